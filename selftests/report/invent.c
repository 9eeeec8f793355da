// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the report of a migration that has never been: usage: invent NAME [postcopy]
 */
#include "invented_report.h"

int main(int argc, char **argv)
{
	struct tsmc_report report;

	if (argc < 2)
		return 2;
	invented_report(&report, argv[1], argc > 2);
	tsmc_report_json(&report, stdout);
	tsmc_report_destroy(&report);
	return fflush(stdout) ? 1 : 0;
}

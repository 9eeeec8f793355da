// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs at work: processes, mapped files, signals, generated code, threads
 * and pipes, each round of them checked.
 */
#include "code.h"
#include "pattern.h"

static const char help[] =
	"usage: code [OPTION]...\n"
	"Run processes, threads, signals and generated code and check them.\n"
	"  --dir DIR          where to put the mapped file (default /tmp)\n"
	"  --rate N           rounds per second, 0: no limit (default 10)\n"
	"  --seed N           of contents and order (default 1)\n"
	TSMC_REPORT_HELP;

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "dir", required_argument, NULL, 'd' },
		{ "rate", required_argument, NULL, 'r' },
		{ "seed", required_argument, NULL, 'e' },
		/* what an executed child is called with */
		{ "self-check", required_argument, NULL, 'x' },
		TSMC_OPTION_REPORT,
		TSMC_OPTION_STATUS,
		TSMC_OPTION_HELP,
		{ }
	};
	static struct tsmc_report report = TSMC_REPORT_INIT("code");
	struct tsmc_pace pace = { .rate = 10 };
	struct code_process *process;
	struct code_file *file;
	struct code_jit *jit;
	const char *dir = "/tmp";
	uint64_t random = 1, rounds = 0;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (tsmc_report_option(&report, opt, optarg, help))
			continue;
		switch (opt) {
		case 'd':
			dir = optarg;
			break;
		case 'r':
			pace.rate = tsmc_parse_number("rate", optarg, 0, 1000);
			break;
		case 'e':
			random = tsmc_parse_number("seed", optarg, 0,
						   UINT64_MAX);
			break;
		case 'x':
			return tsmc_code_self_check(optarg);
		default:
			tsmc_die("try code --help");
		}
	}
	if (optind < argc)
		tsmc_die("unexpected argument %s, try code --help",
			 argv[optind]);

	tsmc_report_start(&report);
	file = tsmc_code_file_open(dir, tsmc_random(&random));
	jit = tsmc_code_jit_open(tsmc_random(&random));
	process = tsmc_code_process_open(tsmc_random(&random));
	tsmc_code_signal_open();
	tsmc_report_ready(&report, "text=%p file=%p jit=%p",
			  (const void *)help, tsmc_code_file_address(file),
			  tsmc_code_jit_address(jit));

	while (!tsmc_stop_requested()) {
		tsmc_code_file_round(file, &report);
		tsmc_code_jit_round(jit, &report);
		tsmc_code_signal_round(tsmc_random(&random), &report);
		tsmc_code_process_round(process, &report);
		rounds++;
		tsmc_report_tick(&report, "rounds=%llu",
				 (unsigned long long)rounds);
		tsmc_pace(&pace);
	}
	tsmc_code_process_close(process);
	return tsmc_report_finish(&report);
}

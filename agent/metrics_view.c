// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_view.h"

#include <inttypes.h>
#include <stddef.h>

#define NS_A_S	((uint64_t)1000000000)

static void head(const char *name, const char *type, const char *help, FILE *out)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_seconds(uint64_t ns, FILE *out)
{
	fprintf(out, " %" PRIu64 ".%09" PRIu64 "\n", ns / NS_A_S, ns % NS_A_S);
}

static void put_labels(const char *name, enum tsmc_side side, enum tsmc_outcome outcome, FILE *out)
{
	fprintf(out, "%s{side=\"%s\",outcome=\"%s\"}", name, tsmc_side_name(side), tsmc_outcome_name(outcome));
}

static void put_ended(const struct tsmc_counters *counters, FILE *out)
{
	static const char name[] = "tsmc_migrations_total";

	head(name, "counter", "Migrations that ended.", out);
	for (enum tsmc_side side = 0; side < TSMC_SIDE_NR; side++) {
		for (enum tsmc_outcome outcome = TSMC_OUTCOME_COMPLETED; outcome < TSMC_OUTCOME_NR; outcome++) {
			put_labels(name, side, outcome, out);
			fprintf(out, " %" PRIu64 "\n", counters->ended[side][outcome]);
		}
	}
}

static void put_duration(const struct tsmc_counters *counters, FILE *out)
{
	static const char name[] = "tsmc_migration_duration_seconds_total";

	head(name, "counter", "Time that migrations took on this host, from their beginning to their end.", out);
	for (enum tsmc_side side = 0; side < TSMC_SIDE_NR; side++) {
		for (enum tsmc_outcome outcome = TSMC_OUTCOME_COMPLETED; outcome < TSMC_OUTCOME_NR; outcome++) {
			put_labels(name, side, outcome, out);
			put_seconds(counters->figures[side][outcome].ns, out);
		}
	}
}

static void put_bytes(const struct tsmc_counters *counters, FILE *out)
{
	static const char name[] = "tsmc_migration_bytes_total";

	head(name, "counter", "Bytes that sources sent and targets received.", out);
	for (enum tsmc_side side = 0; side < TSMC_SIDE_NR; side++) {
		for (enum tsmc_outcome outcome = TSMC_OUTCOME_COMPLETED; outcome < TSMC_OUTCOME_NR; outcome++) {
			put_labels(name, side, outcome, out);
			fprintf(out, " %" PRIu64 "\n", counters->figures[side][outcome].bytes);
		}
	}
}

static struct tsmc_figures sum_of(const struct tsmc_counters *counters, enum tsmc_side side)
{
	struct tsmc_figures sum = { 0 };

	for (enum tsmc_outcome outcome = TSMC_OUTCOME_COMPLETED; outcome < TSMC_OUTCOME_NR; outcome++) {
		const struct tsmc_figures *more = &counters->figures[side][outcome];

		sum.pages += more->pages;
		sum.downtime_ns += more->downtime_ns;
		sum.faults += more->faults;
		sum.fault_wait_ns += more->fault_wait_ns;
	}
	return sum;
}

static void put_number(const char *name, const char *help, uint64_t number, FILE *out)
{
	head(name, "counter", help, out);
	fprintf(out, "%s %" PRIu64 "\n", name, number);
}

static void put_time(const char *name, const char *type, const char *help, uint64_t ns, FILE *out)
{
	head(name, type, help, out);
	fputs(name, out);
	put_seconds(ns, out);
}

static void put_open(const struct tsmc_open_migrations *open, FILE *out)
{
	static const char name[] = "tsmc_migrations_open";

	head(name, "gauge", "Migrations that an agent deals with, and such that wait for somebody.", out);
	for (enum tsmc_side side = 0; side < TSMC_SIDE_NR; side++) {
		fprintf(out, "%s{side=\"%s\",state=\"active\"} %u\n", name, tsmc_side_name(side), open->active[side]);
		fprintf(out, "%s{side=\"%s\",state=\"interrupted\"} %u\n", name, tsmc_side_name(side),
			open->interrupted[side]);
	}
}

/**
 * tsmc_metrics_text - the metrics of a host
 * @counters: of those that ended
 * @open: of the others
 * @out: where to
 */
void tsmc_metrics_text(const struct tsmc_counters *counters, const struct tsmc_open_migrations *open, FILE *out)
{
	struct tsmc_figures source = sum_of(counters, TSMC_SIDE_SOURCE);
	struct tsmc_figures target = sum_of(counters, TSMC_SIDE_TARGET);

	put_ended(counters, out);
	put_duration(counters, out);
	put_bytes(counters, out);
	put_number("tsmc_migration_pages_total", "Pages that were sent from here with their content.", source.pages, out);
	put_time("tsmc_migration_downtime_seconds_total", "counter",
		 "Time that guests stood still that were moved from here.", source.downtime_ns, out);
	put_time("tsmc_migration_downtime_seconds_max", "gauge",
		 "Longest of these times.", counters->downtime_max_ns, out);
	put_number("tsmc_migration_faults_total",
		   "Accesses of guests that came here to pages that they waited for.", target.faults, out);
	put_time("tsmc_migration_fault_wait_seconds_total", "counter",
		 "Time that these accesses waited.", target.fault_wait_ns, out);
	put_open(open, out);
}

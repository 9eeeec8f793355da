// SPDX-License-Identifier: GPL-2.0-or-later
#include "show.h"

#include <inttypes.h>

#include <linux/tsmc_hint.h>

static void text_state(const struct tsmc_status *status, FILE *out)
{
	fprintf(out, "%-18s ", "state");
	switch (status->state) {
	case TSMC_HINT_IDLE:
		fprintf(out, "idle: no migration announced\n");
		break;
	case TSMC_HINT_PREPARED:
		fprintf(out, "prepared for a migration, request %" PRIu64 "\n", status->request);
		break;
	default:
		fprintf(out, "%s\n", tsmc_state_name(status->state));
		break;
	}
}

static void text_tracker(const struct tsmc_status *status, FILE *out)
{
	double mean_ms = status->samples ? status->sample_ns / 1e6 / status->samples : 0.0;

	fprintf(out, "%-18s ", "tracker");
	if (status->interval_now_ms)
		fprintf(out, "a sample every %" PRIu32 " ms\n", status->interval_now_ms);
	else
		fprintf(out, "asleep\n");
	fprintf(out, "%-18s %" PRIu64 ", %.3f s of processor time, %.3f ms each\n", "samples",
		status->samples, status->sample_ns / 1e9, mean_ms);
	fprintf(out, "%-18s %" PRIu64 " pages touched\n", "newest sample", status->sample_pages);
	fprintf(out, "%-18s gave back %" PRIu64 " accessed bits, made way %" PRIu64 " times\n",
		"for reclaim", status->put_back, status->yields);
}

/**
 * tsmc_status_text - the status for people
 * @status: read
 * @out: where to
 */
void tsmc_status_text(const struct tsmc_status *status, FILE *out)
{
	text_state(status, out);
	fprintf(out, "%-18s %" PRIu64 "\n", "migrations so far", status->epoch);
	fprintf(out, "%-18s %" PRIu64 " pfns, %" PRIu64 " scans\n", "table", status->nr_pfns,
		status->generation);
	fprintf(out, "%-18s %.3f ms\n", "last settling", status->settle_ns / 1e6);
	fprintf(out, "%-18s %" PRIu64 " pages before a grant, %" PRIu64 " before being executable\n",
		"touched", status->guard_touches, status->exec_touches);
	text_tracker(status, out);
	fprintf(out, "%-18s %" PRIu32 " ranges of applications\n", "advice", status->advice_ranges);
}

/**
 * tsmc_status_json - the status for programs
 * @status: read
 * @json: where to
 * @key: of the object
 */
void tsmc_status_json(const struct tsmc_status *status, struct tsmc_json *json, const char *key)
{
	tsmc_json_open(json, key, '{');
	tsmc_json_string(json, "state", tsmc_state_name(status->state));
	tsmc_json_number(json, "epoch", status->epoch);
	tsmc_json_number(json, "generation", status->generation);
	tsmc_json_number(json, "request", status->request);
	tsmc_json_number(json, "settle_ns", status->settle_ns);
	tsmc_json_number(json, "guard_touches", status->guard_touches);
	tsmc_json_number(json, "exec_touches", status->exec_touches);
	tsmc_json_number(json, "nr_pfns", status->nr_pfns);
	tsmc_json_number(json, "samples", status->samples);
	tsmc_json_number(json, "sample_ns", status->sample_ns);
	tsmc_json_number(json, "sample_pages", status->sample_pages);
	tsmc_json_number(json, "interval_now_ms", status->interval_now_ms);
	tsmc_json_number(json, "put_back", status->put_back);
	tsmc_json_number(json, "yields", status->yields);
	tsmc_json_number(json, "advice_ranges", status->advice_ranges);
	tsmc_json_close(json, '}');
}

/**
 * tsmc_classes_text - pages of each class for people
 * @classes: read
 * @out: where to
 */
void tsmc_classes_text(const struct tsmc_class_counts *classes, FILE *out)
{
	fprintf(out, "%-10s %12s %12s\n", "CLASS", "PAGES", "HOT");
	for (unsigned int class = 0; class < TSMC_CLASSES; class++) {
		if (classes->told & 1u << class && classes->pages[class])
			fprintf(out, "%-10s %12" PRIu64 " %12" PRIu64 "\n", tsmc_class_name(class),
				classes->pages[class], classes->hot[class]);
	}
}

/**
 * tsmc_classes_json - pages of each class for programs: "classes"
 * @classes: read
 * @json: where to, in an object
 */
void tsmc_classes_json(const struct tsmc_class_counts *classes, struct tsmc_json *json)
{
	tsmc_json_open(json, "classes", '{');
	for (unsigned int class = 0; class < TSMC_CLASSES; class++) {
		if (!(classes->told & 1u << class))
			continue;
		tsmc_json_open(json, tsmc_class_name(class), '{');
		tsmc_json_number(json, "pages", classes->pages[class]);
		tsmc_json_number(json, "hot", classes->hot[class]);
		tsmc_json_close(json, '}');
	}
	tsmc_json_close(json, '}');
}

/**
 * tsmc_run_heading - what stands above runs of pages
 * @out: where to
 */
void tsmc_run_heading(FILE *out)
{
	fprintf(out, "%12s %10s %4s  %s\n", "PFN", "PAGES", "HEAT", "CLASS");
}

/**
 * tsmc_run_text - a run of pages for people
 * @run: read
 * @out: where to
 */
void tsmc_run_text(const struct tsmc_run *run, FILE *out)
{
	fprintf(out, "%#12" PRIx64 " %10" PRIu64 " %4u  %s\n", run->pfn, run->pages, run->heat,
		tsmc_class_name(run->class));
}

/**
 * tsmc_run_json - a run of pages for programs
 * @run: read
 * @json: where to, in an array
 */
void tsmc_run_json(const struct tsmc_run *run, struct tsmc_json *json)
{
	tsmc_json_open(json, NULL, '{');
	tsmc_json_number(json, "pfn", run->pfn);
	tsmc_json_number(json, "pages", run->pages);
	tsmc_json_string(json, "class", tsmc_class_name(run->class));
	tsmc_json_number(json, "heat", run->heat);
	tsmc_json_close(json, '}');
}

/**
 * tsmc_process_heading - what stands above processes
 * @out: where to
 */
void tsmc_process_heading(FILE *out)
{
	fprintf(out, "%10s %-15s %10s %10s %10s\n", "PID", "NAME", "HOT", "WRITTEN", "PAGES");
}

/**
 * tsmc_process_text - a process for people
 * @process: read
 * @out: where to
 */
void tsmc_process_text(const struct tsmc_process *process, FILE *out)
{
	fprintf(out, "%10" PRIu32 " ", process->pid);
	tsmc_text_safe(out, process->comm, 15);
	fprintf(out, " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n", process->hot, process->written,
		process->pages);
}

/**
 * tsmc_process_json - a process for programs
 * @process: read
 * @json: where to, in an array
 */
void tsmc_process_json(const struct tsmc_process *process, struct tsmc_json *json)
{
	tsmc_json_open(json, NULL, '{');
	tsmc_json_number(json, "pid", process->pid);
	tsmc_json_string(json, "comm", process->comm);
	tsmc_json_number(json, "pages", process->pages);
	tsmc_json_number(json, "hot", process->hot);
	tsmc_json_number(json, "written", process->written);
	tsmc_classes_json(&process->classes, json);
	tsmc_json_close(json, '}');
}

/**
 * tsmc_mapping_heading - what stands above mappings
 * @out: where to
 */
void tsmc_mapping_heading(FILE *out)
{
	fprintf(out, "%-25s %-4s %10s %10s %10s  %s\n", "START-END", "PROT", "HOT", "WRITTEN", "PAGES",
		"NAME");
}

/**
 * tsmc_mapping_text - a mapping for people
 * @mapping: read
 * @out: where to
 */
void tsmc_mapping_text(const struct tsmc_mapping *mapping, FILE *out)
{
	char range[48];

	snprintf(range, sizeof(range), "%" PRIx64 "-%" PRIx64, mapping->start,
		 mapping->start + mapping->length);
	fprintf(out, "%-25s %c%c%c%c %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "  ", range,
		mapping->prot & 1 ? 'r' : '-', mapping->prot & 2 ? 'w' : '-',
		mapping->prot & 4 ? 'x' : '-', mapping->prot & 8 ? 's' : 'p', mapping->hot,
		mapping->written, mapping->pages);
	tsmc_text_safe(out, *mapping->name ? mapping->name : "-", 0);
	fputc('\n', out);
}

/**
 * tsmc_mapping_json - a mapping for programs
 * @mapping: read
 * @json: where to, in an array
 */
void tsmc_mapping_json(const struct tsmc_mapping *mapping, struct tsmc_json *json)
{
	tsmc_json_open(json, NULL, '{');
	tsmc_json_number(json, "start", mapping->start);
	tsmc_json_number(json, "length", mapping->length);
	tsmc_json_open(json, "prot", '{');
	tsmc_json_bool(json, "read", mapping->prot & 1);
	tsmc_json_bool(json, "write", mapping->prot & 2);
	tsmc_json_bool(json, "execute", mapping->prot & 4);
	tsmc_json_bool(json, "shared", mapping->prot & 8);
	tsmc_json_close(json, '}');
	if (*mapping->name)
		tsmc_json_string(json, "name", mapping->name);
	tsmc_json_number(json, "pages", mapping->pages);
	tsmc_json_number(json, "hot", mapping->hot);
	tsmc_json_number(json, "written", mapping->written);
	tsmc_classes_json(&mapping->classes, json);
	tsmc_json_close(json, '}');
}

/**
 * tsmc_settings_text - the settings for people, as `set` takes them
 * @settings: read
 * @out: where to
 */
void tsmc_settings_text(const struct tsmc_settings *settings, FILE *out)
{
	fprintf(out, "interval-ms %" PRIu32 "\nbackground-ms %" PRIu32 "\nbudget-permille %" PRIu32 "\n",
		settings->interval_ms, settings->background_ms, settings->budget_permille);
}

/**
 * tsmc_settings_json - the settings for programs
 * @settings: read
 * @json: where to
 */
void tsmc_settings_json(const struct tsmc_settings *settings, struct tsmc_json *json)
{
	tsmc_json_open(json, NULL, '{');
	tsmc_json_number(json, "interval_ms", settings->interval_ms);
	tsmc_json_number(json, "background_ms", settings->background_ms);
	tsmc_json_number(json, "budget_permille", settings->budget_permille);
	tsmc_json_close(json, '}');
}

/**
 * tsmc_event_text - an event for people, as one line
 * @event: read
 * @out: where to
 */
void tsmc_event_text(const struct tsmc_event *event, FILE *out)
{
	fprintf(out, "%s request %" PRIu64 " epoch %" PRIu64 "\n", event->name, event->request,
		event->epoch);
}

/**
 * tsmc_event_json - an event for programs
 * @event: read
 * @json: where to
 */
void tsmc_event_json(const struct tsmc_event *event, struct tsmc_json *json)
{
	tsmc_json_open(json, NULL, '{');
	tsmc_json_string(json, "event", event->name);
	tsmc_json_number(json, "request", event->request);
	tsmc_json_number(json, "epoch", event->epoch);
	tsmc_json_close(json, '}');
}

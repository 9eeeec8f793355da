// SPDX-License-Identifier: GPL-2.0-or-later
#include "report_read.h"

#include <errno.h>
#include <string.h>

#include "report_reader.h"

/* Of objects in objects; a report has 4. */
#define DEPTH_MAX	8
/* What times in microseconds may be off when they are added. */
#define ROUNDING_NS	10000u

/* All but what a report cannot do without may be missing in an older one. */
static bool has(const struct json_object *object, const char *key)
{
	return json_object_object_get_ex(object, key, NULL);
}

static void read_classes(struct tsmc_reader *reader, const struct json_object *object,
			 uint64_t counts[TSMC_CLASS_NR])
{
	if (!object)
		return;
	json_object_object_foreach(object, key, value) {
		unsigned int class = tsmc_read_class(reader, key);

		counts[class] = tsmc_read_count_value(reader, value, key);
	}
}

static void read_stages(struct tsmc_reader *reader, const struct json_object *json, const char *key,
			uint64_t counts[TSMC_STAGES][TSMC_CLASS_NR])
{
	static const char *const stages[TSMC_STAGES] = { "", "stage1", "stage2", "stage3" };
	const struct json_object *object = tsmc_read_member(reader, json, key, json_type_object);

	for (unsigned int stage = 1; stage < TSMC_STAGES; stage++)
		read_classes(reader, tsmc_read_member(reader, object, stages[stage], json_type_object), counts[stage]);
}

/* From lengths to instants. */
static void read_times(struct tsmc_reader *reader, const struct json_object *json, struct tsmc_report *report)
{
	uint64_t total = tsmc_read_seconds(reader, json, "total_s"), residue = 0;

	report->suspend = tsmc_read_seconds(reader, json, "readiness_s");
	report->suspended = report->suspend + tsmc_read_seconds(reader, json, "suspend_s");
	report->running = report->suspend + tsmc_read_seconds(reader, json, "downtime_s");
	report->ended = report->running + tsmc_read_seconds(reader, json, "recovery_s");
	if (report->ended > total + ROUNDING_NS || report->ended + ROUNDING_NS < total ||
	    report->suspended > report->running + ROUNDING_NS)
		tsmc_read_fail(reader, "its times do not add up to 'total_s'");
	if (has(json, "residue_s"))
		residue = tsmc_read_seconds(reader, json, "residue_s");
	if (residue && report->running + residue + ROUNDING_NS < report->ended)
		report->safe = report->running + residue;
}

static void read_target(struct tsmc_reader *reader, const struct json_object *json, struct tsmc_report *report)
{
	struct tsmc_wire_complete *target = &report->target;
	const struct json_object *histogram;

	report->missing_pages = tsmc_read_count(reader, json, "missing_pages");
	target->pages_demanded = tsmc_read_count(reader, json, "pages_demanded");
	target->pages_pushed = tsmc_read_count(reader, json, "pages_pushed");
	target->faults = tsmc_read_count(reader, json, "faults");
	target->faults_local = tsmc_read_count(reader, json, "faults_local");
	report->faults_hot = tsmc_read_count(reader, json, "faults_hot");
	report->requests = tsmc_read_count(reader, json, "requests");
	target->fault_wait_ns = tsmc_read_seconds(reader, json, "fault_wait_s");
	target->fault_wait_max_ns = tsmc_read_seconds(reader, json, "fault_wait_max_s");
	target->switch_ns = tsmc_read_seconds(reader, json, "switch_s");
	target->park_ns = tsmc_read_seconds(reader, json, "park_s");
	target->install_ns = tsmc_read_seconds(reader, json, "install_s");
	histogram = tsmc_read_member(reader, json, "fault_wait_histogram_us", json_type_array);
	if (histogram && json_object_array_length(histogram) != TSMC_WIRE_HISTOGRAM)
		tsmc_read_fail(reader, "'fault_wait_histogram_us' has not %d values", TSMC_WIRE_HISTOGRAM);
	for (unsigned int i = 0; !reader->failed && i < TSMC_WIRE_HISTOGRAM; i++)
		target->histogram[i] = tsmc_read_count_value(reader, json_object_array_get_idx(histogram, i),
							     "fault_wait_histogram_us");
}

static void read_pack(struct tsmc_reader *reader, const struct json_object *json, struct tsmc_pack_counts *pack)
{
	const struct json_object *batches = tsmc_read_member(reader, json, "pack_batches", json_type_object);

	pack->bytes_in = tsmc_read_count(reader, json, "pack_bytes_in");
	pack->bytes_out = tsmc_read_count(reader, json, "pack_bytes_out");
	pack->cpu_ns = tsmc_read_seconds(reader, json, "pack_cpu_s");
	pack->batches[TSMC_CODEC_NONE] = tsmc_read_count(reader, batches, "none");
	pack->batches[TSMC_CODEC_LZ4] = tsmc_read_count(reader, batches, "lz4");
	pack->batches[TSMC_CODEC_ZSTD] = tsmc_read_count(reader, batches, "zstd");
}

static void read_report(struct tsmc_reader *reader, const struct json_object *json, struct tsmc_report *report)
{
	report->name = tsmc_read_string(reader, json, "name");
	report->host = tsmc_read_string(reader, json, "host");
	report->mode = tsmc_read_string(reader, json, "mode");
	report->order = tsmc_read_string(reader, json, "order");
	report->compress = tsmc_read_string(reader, json, "compress");
	read_times(reader, json, report);
	report->rounds = tsmc_read_count(reader, json, "rounds");
	report->ram_pages = tsmc_read_count(reader, json, "ram_pages");
	report->free_pages = tsmc_read_count(reader, json, "free_pages");
	report->bytes_sent = tsmc_read_count(reader, json, "bytes_sent");
	read_stages(reader, json, "pages", report->pages.data);
	read_stages(reader, json, "markers", report->pages.zero);
	read_target(reader, json, report);
	read_pack(reader, json, &report->pages.pack);
	if (has(json, "residue_pages"))
		report->safe_pages = tsmc_read_count(reader, json, "residue_pages");
	if (has(json, "dropped_pages"))
		report->dropped_pages = tsmc_read_count(reader, json, "dropped_pages");
	if (has(json, "bytes"))
		read_stages(reader, json, "bytes", report->pages.bytes);
	if (!reader->failed && has(json, "series"))
		report->series = tsmc_read_series(reader, tsmc_read_member(reader, json, "series", json_type_object));
	if (!reader->failed && has(json, "memory_map"))
		report->map = tsmc_read_map(reader, tsmc_read_member(reader, json, "memory_map", json_type_object));
}

/* A line and a place in it are found more easily than a byte. */
static void say_where(struct tsmc_reader *reader, const char *text, size_t at, const char *what)
{
	size_t line = 1, column = 1;

	for (size_t i = 0; i < at; i++) {
		line += text[i] == '\n';
		column = text[i] == '\n' ? 1 : column + 1;
	}
	tsmc_read_fail(reader, "line %zu, character %zu: it is not JSON: %s", line, column, what);
}

static struct json_object *parse(struct tsmc_reader *reader, const char *text, size_t len)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	enum json_tokener_error error;
	struct json_object *json;

	if (!tokener)
		return NULL;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	json = json_tokener_parse_ex(tokener, text, (int)len);
	error = json_tokener_get_error(tokener);
	if (error == json_tokener_continue)
		tsmc_read_fail(reader, "it ends too early: is it still being written?");
	else if (error != json_tokener_success)
		say_where(reader, text, json_tokener_get_parse_end(tokener), json_tokener_error_desc(error));
	else if (!json_object_is_type(json, json_type_object))
		tsmc_read_fail(reader, "it is no report of tsmc-agent migrate: it is not an object");
	json_tokener_free(tokener);
	return json;
}

/**
 * tsmc_report_read - read a report
 * @text: that tsmc_report_json() wrote, or anything
 * @len: of it
 * @file: result, to be destroyed also after an error
 * @why: gets what is wrong with it
 * @why_len: room there
 *
 * Return: 0; -EINVAL with @why; -ENOMEM.
 */
int tsmc_report_read(const char *text, size_t len, struct tsmc_report_file *file, char *why, size_t why_len)
{
	struct tsmc_reader reader = { .why = why, .why_len = why_len };

	*file = (struct tsmc_report_file){ 0 };
	if (!len || len > TSMC_REPORT_FILE_MAX)
		tsmc_read_fail(&reader, len ? "it is too long for a report" : "it is empty");
	else
		file->json = parse(&reader, text, len);
	if (!reader.failed && !file->json)
		return -ENOMEM;
	if (!reader.failed)
		read_report(&reader, file->json, &file->report);
	return reader.failed ? -EINVAL : 0;
}

/**
 * tsmc_report_file_destroy - free what was read
 * @file: read, well or not
 */
void tsmc_report_file_destroy(struct tsmc_report_file *file)
{
	/* Strings are not malloc'ed here. */
	file->report.name = NULL;
	tsmc_report_destroy(&file->report);
	json_object_put(file->json);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>

#include "hints.h"
#include "json.h"

static double seconds(uint64_t from, uint64_t to)
{
	return to > from ? (to - from) / 1e9 : 0.0;
}

/* From when on no content is lost with the source. */
static uint64_t residue_ns(const struct tsmc_report *report)
{
	return report->safe ? report->safe : report->ended;
}

static uint64_t stage_sum(const uint64_t counts[TSMC_CLASS_NR])
{
	uint64_t sum = 0;

	for (unsigned int class = 0; class < TSMC_CLASS_NR; class++)
		sum += counts[class];
	return sum;
}

static uint64_t all_stages(const uint64_t counts[TSMC_STAGES][TSMC_CLASS_NR])
{
	return stage_sum(counts[1]) + stage_sum(counts[2]) + stage_sum(counts[3]);
}

/**
 * tsmc_page_counts_add - add what another sender counted
 * @sum: changed
 * @more: added
 */
void tsmc_page_counts_add(struct tsmc_page_counts *sum, const struct tsmc_page_counts *more)
{
	for (unsigned int stage = 0; stage < TSMC_STAGES; stage++) {
		for (unsigned int class = 0; class < TSMC_CLASS_NR; class++) {
			sum->data[stage][class] += more->data[stage][class];
			sum->zero[stage][class] += more->zero[stage][class];
			sum->bytes[stage][class] += more->bytes[stage][class];
		}
	}
	for (unsigned int codec = 0; codec < TSMC_CODEC_NR; codec++)
		sum->pack.batches[codec] += more->pack.batches[codec];
	sum->pack.bytes_in += more->pack.bytes_in;
	sum->pack.bytes_out += more->pack.bytes_out;
	sum->pack.cpu_ns += more->pack.cpu_ns;
}

/**
 * tsmc_page_counts_data - how many pages were sent
 * @pages: counts
 *
 * Return: those that crossed with their content, duplicates included.
 */
uint64_t tsmc_page_counts_data(const struct tsmc_page_counts *pages)
{
	return all_stages(pages->data);
}

static void text_pack(const struct tsmc_report *report, FILE *out)
{
	const struct tsmc_pack_counts *pack = &report->pages.pack;

	if (!pack->bytes_in)
		return;
	fprintf(out, "compression        %10.1f MiB became %.1f MiB (%s), in %.3f s of processor time\n",
		pack->bytes_in / 1048576.0, pack->bytes_out / 1048576.0, report->compress, pack->cpu_ns / 1e9);
	fprintf(out, "  batches: %" PRIu64 " by lz4, %" PRIu64 " by zstd, %" PRIu64 " as they are\n",
		pack->batches[TSMC_CODEC_LZ4], pack->batches[TSMC_CODEC_ZSTD], pack->batches[TSMC_CODEC_NONE]);
}

static void text_classes(const struct tsmc_report *report, FILE *out)
{
	const struct tsmc_page_counts *pages = &report->pages;

	fprintf(out, "  %-10s %12s %12s %12s %12s\n", "class", "stage 1", "stage 2", "stage 3", "as marker");
	for (unsigned int class = 0; class < TSMC_CLASS_NR; class++) {
		uint64_t zero = pages->zero[1][class] + pages->zero[2][class] + pages->zero[3][class];

		if (!zero && !pages->data[1][class] && !pages->data[2][class] && !pages->data[3][class])
			continue;
		fprintf(out, "  %-10s %12" PRIu64 " %12" PRIu64 " %12" PRIu64 " %12" PRIu64 "\n",
			tsmc_class_name(class), pages->data[1][class], pages->data[2][class],
			pages->data[3][class], zero);
	}
	fprintf(out, "  %-10s %12" PRIu64 " %12" PRIu64 " %12" PRIu64 " %12" PRIu64 "\n", "all",
		stage_sum(pages->data[1]), stage_sum(pages->data[2]), stage_sum(pages->data[3]),
		all_stages(pages->zero));
}

static void text_faults(const struct tsmc_report *report, FILE *out)
{
	const struct tsmc_wire_complete *target = &report->target;
	uint64_t mean = target->faults ? target->fault_wait_ns / target->faults : 0;

	fprintf(out, "demand faults      %10" PRIu64 "   waited %.3f s in all, %.2f ms on average, %.2f ms at most\n",
		target->faults, target->fault_wait_ns / 1e9, mean / 1e6, target->fault_wait_max_ns / 1e6);
	fprintf(out, "  on the first tenth of the push order: %" PRIu64 "; page had just arrived: %" PRIu64 "\n",
		report->faults_hot, target->faults_local);
	if (!target->faults)
		return;
	fprintf(out, "  waits:");
	for (unsigned int i = 0; i < TSMC_WIRE_HISTOGRAM; i++) {
		if (target->histogram[i])
			fprintf(out, "  <%.3g ms: %" PRIu64, (2ULL << i) / 1000.0, target->histogram[i]);
	}
	fprintf(out, "\n");
}

/**
 * tsmc_report_text - the report for people
 * @report: complete
 * @out: where to
 */
void tsmc_report_text(const struct tsmc_report *report, FILE *out)
{
	fprintf(out, "%s is on %s (%s)\n", report->name, report->host, report->mode);
	fprintf(out, "total migration    %10.3f s\n", seconds(report->started, report->ended));
	fprintf(out, "readiness          %10.3f s   start to suspend, %u pass%s over memory\n",
		seconds(report->started, report->suspend), report->rounds, report->rounds == 1 ? "" : "es");
	fprintf(out, "downtime           %10.3f s   of which the guest took %.3f s to suspend\n",
		seconds(report->suspend, report->running), seconds(report->suspend, report->suspended));
	fprintf(out, "recovery           %10.3f s   resume to the last page\n",
		seconds(report->running, report->ended));
	fprintf(out, "residue            %10.3f s   resume to nothing missing but %" PRIu64 " pages of clean page cache; %" PRIu64 " were dropped\n",
		seconds(report->running, residue_ns(report)), report->safe_pages, report->dropped_pages);
	fprintf(out, "pages transferred  %10" PRIu64 "   of %" PRIu64 "; %" PRIu64 " more as a marker; %" PRIu64 " were free\n",
		all_stages(report->pages.data), report->ram_pages, all_stages(report->pages.zero),
		report->free_pages);
	fprintf(out, "bytes on the wire  %10.1f MiB\n", report->bytes_sent / 1048576.0);
	text_pack(report, out);
	text_classes(report, out);
	fprintf(out, "holes at resume    %10" PRIu64 "   demanded %" PRIu64 " (with prepull), pushed %" PRIu64 " in order of %s\n",
		report->missing_pages, report->target.pages_demanded, report->target.pages_pushed,
		report->order);
	text_faults(report, out);
	fprintf(out, "switchover at the target %.3f s, of which parking %.3f s; filling holes took %.1f us a page\n",
		report->target.switch_ns / 1e9, report->target.park_ns / 1e9,
		report->missing_pages ? report->target.install_ns / 1e3 / report->missing_pages : 0.0);
}

static void json_counts(const uint64_t counts[TSMC_CLASS_NR], FILE *out)
{
	const char *separator = "";

	fputc('{', out);
	for (unsigned int class = 0; class < TSMC_CLASS_NR; class++) {
		if (!counts[class])
			continue;
		fprintf(out, "%s\"%s\": %" PRIu64, separator, tsmc_class_name(class), counts[class]);
		separator = ", ";
	}
	fputc('}', out);
}

static void json_stages(const char *key, const uint64_t counts[TSMC_STAGES][TSMC_CLASS_NR], FILE *out)
{
	fprintf(out, "  \"%s\": {", key);
	for (unsigned int stage = 1; stage < TSMC_STAGES; stage++) {
		fprintf(out, "%s\"stage%u\": ", stage > 1 ? ", " : "", stage);
		json_counts(counts[stage], out);
	}
	fprintf(out, "},\n");
}

static void json_pack(const struct tsmc_report *report, FILE *out)
{
	const struct tsmc_pack_counts *pack = &report->pages.pack;

	fprintf(out, "  \"compress\": \"%s\",\n", report->compress);
	fprintf(out, "  \"pack_bytes_in\": %" PRIu64 ",\n", pack->bytes_in);
	fprintf(out, "  \"pack_bytes_out\": %" PRIu64 ",\n", pack->bytes_out);
	fprintf(out, "  \"pack_cpu_s\": %.6f,\n", pack->cpu_ns / 1e9);
	fprintf(out, "  \"pack_batches\": {\"none\": %" PRIu64 ", \"lz4\": %" PRIu64 ", \"zstd\": %" PRIu64 "},\n",
		pack->batches[TSMC_CODEC_NONE], pack->batches[TSMC_CODEC_LZ4], pack->batches[TSMC_CODEC_ZSTD]);
}

/**
 * tsmc_report_json - the report for programs: one JSON object, times in seconds
 * @report: complete
 * @out: where to
 */
void tsmc_report_json(const struct tsmc_report *report, FILE *out)
{
	const struct tsmc_wire_complete *target = &report->target;

	fprintf(out, "{\n  \"name\": ");
	tsmc_json_string(report->name, out);
	fprintf(out, ",\n  \"host\": ");
	tsmc_json_string(report->host, out);
	fprintf(out, ",\n  \"mode\": \"%s\",\n", report->mode);
	fprintf(out, "  \"order\": \"%s\",\n", report->order);
	fprintf(out, "  \"total_s\": %.6f,\n", seconds(report->started, report->ended));
	fprintf(out, "  \"readiness_s\": %.6f,\n", seconds(report->started, report->suspend));
	fprintf(out, "  \"downtime_s\": %.6f,\n", seconds(report->suspend, report->running));
	fprintf(out, "  \"suspend_s\": %.6f,\n", seconds(report->suspend, report->suspended));
	fprintf(out, "  \"recovery_s\": %.6f,\n", seconds(report->running, report->ended));
	fprintf(out, "  \"residue_s\": %.6f,\n", seconds(report->running, residue_ns(report)));
	fprintf(out, "  \"residue_pages\": %" PRIu64 ",\n", report->safe_pages);
	fprintf(out, "  \"dropped_pages\": %" PRIu64 ",\n", report->dropped_pages);
	fprintf(out, "  \"rounds\": %u,\n", report->rounds);
	fprintf(out, "  \"ram_pages\": %" PRIu64 ",\n", report->ram_pages);
	fprintf(out, "  \"free_pages\": %" PRIu64 ",\n", report->free_pages);
	fprintf(out, "  \"pages_transferred\": %" PRIu64 ",\n", all_stages(report->pages.data));
	fprintf(out, "  \"pages_as_marker\": %" PRIu64 ",\n", all_stages(report->pages.zero));
	json_stages("pages", report->pages.data, out);
	json_stages("markers", report->pages.zero, out);
	json_stages("bytes", report->pages.bytes, out);
	fprintf(out, "  \"bytes_sent\": %" PRIu64 ",\n", report->bytes_sent);
	json_pack(report, out);
	fprintf(out, "  \"missing_pages\": %" PRIu64 ",\n", report->missing_pages);
	fprintf(out, "  \"pages_demanded\": %" PRIu64 ",\n", target->pages_demanded);
	fprintf(out, "  \"pages_pushed\": %" PRIu64 ",\n", target->pages_pushed);
	fprintf(out, "  \"faults\": %" PRIu64 ",\n", target->faults);
	fprintf(out, "  \"faults_local\": %" PRIu64 ",\n", target->faults_local);
	fprintf(out, "  \"faults_hot\": %" PRIu64 ",\n", report->faults_hot);
	fprintf(out, "  \"requests\": %" PRIu64 ",\n", report->requests);
	fprintf(out, "  \"fault_wait_s\": %.6f,\n", target->fault_wait_ns / 1e9);
	fprintf(out, "  \"fault_wait_max_s\": %.6f,\n", target->fault_wait_max_ns / 1e9);
	fprintf(out, "  \"fault_wait_histogram_us\": [");
	for (unsigned int i = 0; i < TSMC_WIRE_HISTOGRAM; i++)
		fprintf(out, "%s%" PRIu64, i ? ", " : "", target->histogram[i]);
	fprintf(out, "],\n  \"switch_s\": %.6f,\n  \"park_s\": %.6f,\n  \"install_s\": %.6f",
		target->switch_ns / 1e9, target->park_ns / 1e9, target->install_ns / 1e9);
	tsmc_report_course_json(report, out);
	fprintf(out, "\n}\n");
}

/**
 * tsmc_report_destroy - free what is malloc'ed of a report
 * @report: any
 */
void tsmc_report_destroy(struct tsmc_report *report)
{
	free((char *)report->name);
	free(report->series);
	free(report->map);
}

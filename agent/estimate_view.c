// SPDX-License-Identifier: GPL-2.0-or-later
#include "estimate_view.h"

#include <inttypes.h>

#include "json.h"

#define MIB	1048576.0

static double total_s(const struct tsmc_estimate *estimate)
{
	return estimate->readiness_s + estimate->downtime_s + estimate->recovery_s;
}

/* Pages that were written by the end of the watch. */
static struct tsmc_look last_look(const struct tsmc_observations *seen)
{
	return seen->nr_looks ? seen->looks[seen->nr_looks - 1] : (struct tsmc_look){ 0 };
}

/**
 * tsmc_estimate_text - an estimate for people
 * @watch: complete
 * @rate_mib: MiB/s of the link
 * @out: where to
 */
void tsmc_estimate_text(const struct tsmc_domain_watch *watch, double rate_mib, FILE *out)
{
	const struct tsmc_observations *seen = &watch->seen;
	struct tsmc_look last = last_look(seen);

	fprintf(out, "%s: %" PRIu64 " pages, %" PRIu64 " of them in use", watch->name, seen->ram,
		seen->wait + seen->fixed);
	fprintf(out, "; in %.1f s it wrote to %" PRIu64 " that may wait and %" PRIu64 " that cannot\n",
		last.at_s, last.wait + last.wait_new, last.fixed + last.fixed_new);
	fprintf(out, "A link of %g MiB/s would make it:\n", rate_mib);
	fprintf(out, "  %-9s %11s %10s %10s %10s %8s %8s %11s\n", "mode", "readiness", "downtime", "recovery",
		"total", "missing", "faults", "bytes");
	for (enum tsmc_mode mode = 0; mode < TSMC_MODE_NR; mode++) {
		struct tsmc_estimate estimate = tsmc_estimate(seen, rate_mib * MIB, mode);

		if (!seen->advised && mode != TSMC_MODE_PRECOPY) {
			fprintf(out, "  %-9s as precopy: %s\n", tsmc_mode_name(mode), watch->why);
			continue;
		}
		fprintf(out, "  %-9s %9.2f s %8.3f s %8.2f s %8.2f s %8" PRIu64 " %8" PRIu64 " %7.1f MiB\n",
			tsmc_mode_name(mode), estimate.readiness_s, estimate.downtime_s, estimate.recovery_s,
			total_s(&estimate), estimate.missing, estimate.faults, estimate.bytes / MIB);
	}
}

static void json_looks(const struct tsmc_observations *seen, FILE *out)
{
	fprintf(out, "    \"looks\": [");
	for (unsigned int i = 0; i < seen->nr_looks; i++) {
		const struct tsmc_look *look = &seen->looks[i];

		fprintf(out, "%s\n      {\"at_s\": %.6f, \"wait\": %" PRIu64 ", \"wait_new\": %" PRIu64,
			i ? "," : "", look->at_s, look->wait, look->wait_new);
		fprintf(out, ", \"fixed\": %" PRIu64 ", \"fixed_new\": %" PRIu64 ", \"freed\": %" PRIu64 "}",
			look->fixed, look->fixed_new, look->freed);
	}
	fprintf(out, "]\n");
}

static void json_seen(const struct tsmc_observations *seen, FILE *out)
{
	fprintf(out, "  \"seen\": {\n    \"ram_pages\": %" PRIu64 ",\n", seen->ram);
	fprintf(out, "    \"wait_pages\": %" PRIu64 ",\n    \"fixed_pages\": %" PRIu64 ",\n", seen->wait, seen->fixed);
	fprintf(out, "    \"hot_pages\": %" PRIu64 ",\n", seen->hot);
	fprintf(out, "    \"zero_wait\": %.4f,\n    \"zero_fixed\": %.4f,\n    \"zero_free\": %.4f,\n",
		seen->zero_wait, seen->zero_fixed, seen->zero_free);
	fprintf(out, "    \"again\": [");
	for (unsigned int i = 0; i < TSMC_AGAIN_NR; i++)
		fprintf(out, "%s{\"length_s\": %.6f, \"fixed\": %.1f, \"all\": %.1f}", i ? ", " : "",
			seen->again[i].length_s, seen->again[i].fixed, seen->again[i].all);
	fprintf(out, "],\n    \"vcpus\": %u,\n    \"host_cpus\": %u,\n", seen->nr_vcpus, seen->nr_cpus);
	fprintf(out, "    \"find_s\": %.6f,\n    \"layout_s\": %.6f,\n", seen->find_s, seen->layout_s);
	fprintf(out, "    \"scan_s\": %.6f,\n    \"page_s\": %.9f,\n", seen->scan_s, seen->page_s);
	json_looks(seen, out);
	fprintf(out, "  },\n");
}

static void json_mode(const struct tsmc_estimate *estimate, FILE *out)
{
	fprintf(out, "{\n      \"total_s\": %.6f,\n      \"readiness_s\": %.6f,\n", total_s(estimate),
		estimate->readiness_s);
	fprintf(out, "      \"downtime_s\": %.6f,\n      \"recovery_s\": %.6f,\n", estimate->downtime_s,
		estimate->recovery_s);
	fprintf(out, "      \"rounds\": %u,\n      \"pages_transferred\": %" PRIu64 ",\n", estimate->rounds,
		estimate->pages);
	fprintf(out, "      \"bytes_sent\": %" PRIu64 ",\n      \"missing_pages\": %" PRIu64 ",\n", estimate->bytes,
		estimate->missing);
	fprintf(out, "      \"faults\": %" PRIu64 "\n    }", estimate->faults);
}

/**
 * tsmc_estimate_json - an estimate for programs: one JSON object, times in seconds
 * @watch: complete
 * @rate_mib: MiB/s of the link
 * @out: where to
 */
void tsmc_estimate_json(const struct tsmc_domain_watch *watch, double rate_mib, FILE *out)
{
	const char *separator = "";

	fprintf(out, "{\n  \"name\": ");
	tsmc_json_string(watch->name, out);
	fprintf(out, ",\n  \"rate_mib\": %g,\n", rate_mib);
	json_seen(&watch->seen, out);
	fprintf(out, "  \"modes\": {");
	for (enum tsmc_mode mode = 0; mode < TSMC_MODE_NR; mode++) {
		struct tsmc_estimate estimate = tsmc_estimate(&watch->seen, rate_mib * MIB, mode);

		if (!watch->seen.advised && mode != TSMC_MODE_PRECOPY)
			continue;
		fprintf(out, "%s\n    \"%s\": ", separator, tsmc_mode_name(mode));
		json_mode(&estimate, out);
		separator = ",";
	}
	fprintf(out, "\n  }\n}\n");
}

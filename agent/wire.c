// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checked decoding of records, see Documentation/wire-format.md.
 *
 * Every tsmc_wire_get_*() looks at the type, the exact length and each bound
 * of the specification before it returns a pointer, and copies the fixed part
 * out before it checks it. Reserved fields must be zero, so that a later
 * version can give them a meaning.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "wire.h"

/* Arrays are used where they lie in the payload. Xen's hosts are little-endian. */
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "arrays on the wire are little-endian");

#define PAGE_BYTES	4096u
#define DOMAIN_NAME_MAX	255u

/* Copies the fixed part of a record of this type; false when it is another or too short. */
static bool get_fixed(const struct tsmc_record *record, unsigned int type, void *fixed, size_t size)
{
	if (record->type != type || record->length < size)
		return false;
	memcpy(fixed, record->payload, size);
	return true;
}

static const void *behind(const struct tsmc_record *record, size_t offset)
{
	return (const char *)record->payload + offset;
}

/* Is every gfn below top? */
static bool gfns_below(const uint64_t *gfns, size_t count, uint64_t top)
{
	for (size_t i = 0; i < count; i++)
		if (gfns[i] >= top)
			return false;
	return true;
}

/**
 * tsmc_wire_get_hello - check and copy a HELLO
 * @record: the record
 * @hello: result. When its version is not TSMC_WIRE_VERSION the peer speaks
 *	another version; only magic and version are set then
 *
 * Return: 0 for the HELLO of an agent of any version: the caller looks at the
 * version, to name it; -EPROTO for anything else, and @hello is zeroed.
 */
int tsmc_wire_get_hello(const struct tsmc_record *record, struct tsmc_wire_hello *hello)
{
	struct tsmc_wire_hello raw = { 0 };
	/* Magic and version stay where they are in every version; the rest may not. */
	size_t constant_part = offsetof(struct tsmc_wire_hello, channel);

	*hello = raw;
	if (!get_fixed(record, TSMC_REC_HELLO, &raw, constant_part) ||
	    le64toh(raw.magic) != TSMC_WIRE_MAGIC)
		return -EPROTO;
	if (le16toh(raw.version) == TSMC_WIRE_VERSION) {
		if (record->length != sizeof(raw))
			return -EPROTO;
		memcpy(&raw, record->payload, sizeof(raw));
		raw.channel = le16toh(raw.channel);
		raw.capabilities = le32toh(raw.capabilities);
		if (raw.channel != TSMC_CHANNEL_BULK && raw.channel != TSMC_CHANNEL_URGENT)
			return -EPROTO;
	}
	raw.magic = le64toh(raw.magic);
	raw.version = le16toh(raw.version);
	*hello = raw;
	return 0;
}

/**
 * tsmc_wire_get_config - check a CONFIG
 * @record: the record
 * @config: result
 * @name: name of the domain, name_len bytes without a NUL, not terminated
 * @json: libxl configuration, json_len bytes without a NUL, not terminated
 *
 * Return: 0; -EPROTO.
 */
int tsmc_wire_get_config(const struct tsmc_record *record, struct tsmc_wire_config *config,
			 const char **name, const char **json)
{
	size_t name_len, json_len;

	if (!get_fixed(record, TSMC_REC_CONFIG, config, sizeof(*config)))
		return -EPROTO;
	config->flags = le32toh(config->flags);
	config->reserved = le32toh(config->reserved);
	config->name_len = le32toh(config->name_len);
	config->json_len = le32toh(config->json_len);
	name_len = config->name_len;
	json_len = config->json_len;
	if (config->flags & ~TSMC_CONFIG_VERIFY || config->reserved ||
	    !name_len || name_len > DOMAIN_NAME_MAX || !json_len ||
	    json_len > TSMC_WIRE_JSON_MAX ||
	    record->length != sizeof(*config) + name_len + json_len)
		return -EPROTO;
	*name = behind(record, sizeof(*config));
	*json = *name + name_len;
	/* Both become C strings: a NUL would cut them off unseen. */
	if (memchr(*name, 0, name_len + json_len))
		return -EPROTO;
	return 0;
}

/* Ranges ascend without overlap, none is empty, and none reaches beyond top. */
static bool ranges_valid(const struct tsmc_wire_range *ranges, unsigned int count, uint64_t top)
{
	uint64_t end = 0;

	for (unsigned int i = 0; i < count; i++) {
		if (ranges[i].first < end || ranges[i].first >= top ||
		    !ranges[i].count || ranges[i].count > top - ranges[i].first)
			return false;
		end = ranges[i].first + ranges[i].count;
	}
	return true;
}

/**
 * tsmc_wire_get_layout - check a LAYOUT
 * @record: the record
 * @layout: result; top_gfn is at most 2^40
 * @ranges: RAM ranges: nr_ranges of them, at least one, ascending, disjoint,
 *	none empty, none reaching beyond top_gfn
 * @specials: nr_specials gfns below 2^40
 *
 * Return: 0; -EPROTO.
 */
int tsmc_wire_get_layout(const struct tsmc_record *record, struct tsmc_wire_layout *layout,
			 const struct tsmc_wire_range **ranges, const uint64_t **specials)
{
	size_t ranges_size, specials_size;

	if (!get_fixed(record, TSMC_REC_LAYOUT, layout, sizeof(*layout)))
		return -EPROTO;
	layout->top_gfn = le64toh(layout->top_gfn);
	layout->nr_ranges = le32toh(layout->nr_ranges);
	layout->nr_specials = le32toh(layout->nr_specials);
	if (layout->top_gfn > TSMC_WIRE_GFN_MASK + 1 ||
	    !layout->nr_ranges || layout->nr_ranges > TSMC_WIRE_RANGES_MAX ||
	    layout->nr_specials > TSMC_WIRE_SPECIALS_MAX)
		return -EPROTO;
	ranges_size = layout->nr_ranges * sizeof(**ranges);
	specials_size = layout->nr_specials * sizeof(**specials);
	if (record->length != sizeof(*layout) + ranges_size + specials_size)
		return -EPROTO;
	*ranges = behind(record, sizeof(*layout));
	*specials = behind(record, sizeof(*layout) + ranges_size);
	if (!ranges_valid(*ranges, layout->nr_ranges, layout->top_gfn) ||
	    !gfns_below(*specials, layout->nr_specials, TSMC_WIRE_GFN_MASK + 1))
		return -EPROTO;
	return 0;
}

/* What is packed is there, and worth it. */
static bool content_fits(const struct tsmc_wire_content *content, unsigned int codec)
{
	if (codec == TSMC_CODEC_NONE)
		return content->length == content->plain_length;
	return content->length && content->length < content->plain_length;
}

/**
 * tsmc_wire_get_pages - check a PAGES
 * @record: the record
 * @top_gfn: from LAYOUT
 * @pages: result
 * @entries: count entries, for tsmc_page_gfn() and tsmc_page_kind()
 * @content: pages of the entries of kind TSMC_PAGE_DATA, in their order; packed as
 *	@pages says, and then not checked but for its length
 *
 * A gfn may stand in a record twice as far as this can tell, and may lie
 * between two ranges of RAM: what the receiver does with a frame that it does
 * not expect is for the receiver to decide.
 *
 * Return: 0; -EPROTO.
 */
int tsmc_wire_get_pages(const struct tsmc_record *record, uint64_t top_gfn,
			struct tsmc_wire_pages *pages, const uint64_t **entries,
			struct tsmc_wire_content *content)
{
	size_t entries_size, nr_data = 0;
	uint64_t most;

	if (!get_fixed(record, TSMC_REC_PAGES, pages, sizeof(*pages)))
		return -EPROTO;
	pages->count = le32toh(pages->count);
	pages->stage = le16toh(pages->stage);
	pages->codec = le16toh(pages->codec);
	if (!pages->count || pages->count > TSMC_WIRE_PAGES_MAX ||
	    pages->stage < 1 || pages->stage > 3 || pages->codec >= TSMC_CODEC_NR)
		return -EPROTO;
	/* Only a domain that has never run can be told what will be absent when it does. */
	most = pages->stage == 1 ? TSMC_PAGE_ABSENT : TSMC_PAGE_ZERO;
	entries_size = pages->count * sizeof(**entries);
	if (record->length < sizeof(*pages) + entries_size)
		return -EPROTO;

	*entries = behind(record, sizeof(*pages));
	for (unsigned int i = 0; i < pages->count; i++) {
		uint64_t entry = (*entries)[i];

		/* Bits between gfn and kind are reserved: putting it together again finds them. */
		if (tsmc_page_gfn(entry) >= top_gfn || tsmc_page_kind(entry) > most ||
		    entry != tsmc_page_entry(tsmc_page_gfn(entry), tsmc_page_kind(entry)))
			return -EPROTO;
		nr_data += tsmc_page_kind(entry) == TSMC_PAGE_DATA;
	}
	*content = (struct tsmc_wire_content){
		.bytes = behind(record, sizeof(*pages) + entries_size),
		.length = record->length - sizeof(*pages) - entries_size,
		.plain_length = nr_data * PAGE_BYTES,
	};
	return content_fits(content, pages->codec) ? 0 : -EPROTO;
}

/**
 * tsmc_wire_get_missing - check a MISSING
 * @record: the record
 * @top_gfn: from LAYOUT
 * @missing: result; the piece begins below @top_gfn and is not empty
 * @bits: nr_bits / 64 words; no bit at or beyond @top_gfn is set
 *
 * Return: 0; -EPROTO.
 */
int tsmc_wire_get_missing(const struct tsmc_record *record, uint64_t top_gfn,
			  struct tsmc_wire_missing *missing, const uint64_t **bits)
{
	size_t nr_words;

	if (!get_fixed(record, TSMC_REC_MISSING, missing, sizeof(*missing)))
		return -EPROTO;
	missing->first = le64toh(missing->first);
	missing->nr_bits = le64toh(missing->nr_bits);
	if (missing->first % 64 || missing->first >= top_gfn || missing->nr_bits % 64 ||
	    !missing->nr_bits || missing->nr_bits / 8 != record->length - sizeof(*missing))
		return -EPROTO;
	*bits = behind(record, sizeof(*missing));
	nr_words = missing->nr_bits / 64;
	for (size_t i = 0; i < nr_words; i++) {
		uint64_t gfn = missing->first + i * 64;
		uint64_t beyond = gfn >= top_gfn ? ~0ULL :
				  top_gfn - gfn < 64 ? ~0ULL << (top_gfn - gfn) : 0;

		if ((*bits)[i] & beyond)
			return -EPROTO;
	}
	return 0;
}

/**
 * tsmc_wire_get_final - check a FINAL
 * @record: the record
 * @final: result; the TSC fields are for Xen to judge
 * @context: HVM context of the guest, context_len bytes, at least one
 *
 * Return: 0; -EPROTO.
 */
int tsmc_wire_get_final(const struct tsmc_record *record, struct tsmc_wire_final *final,
			const void **context)
{
	if (!get_fixed(record, TSMC_REC_FINAL, final, sizeof(*final)))
		return -EPROTO;
	final->tsc_nsec = le64toh(final->tsc_nsec);
	final->tsc_mode = le32toh(final->tsc_mode);
	final->tsc_khz = le32toh(final->tsc_khz);
	final->tsc_incarnation = le32toh(final->tsc_incarnation);
	final->context_len = le32toh(final->context_len);
	final->nr_missing = le64toh(final->nr_missing);
	final->hint_gfn = le64toh(final->hint_gfn);
	if (!final->context_len || final->context_len != record->length - sizeof(*final) ||
	    final->nr_missing > TSMC_WIRE_GFN_MASK + 1 || final->hint_gfn > TSMC_WIRE_GFN_MASK)
		return -EPROTO;
	*context = behind(record, sizeof(*final));
	return 0;
}

/**
 * tsmc_wire_get_request - check a REQUEST
 * @record: the record
 * @top_gfn: from LAYOUT
 * @count: result, 1 .. TSMC_WIRE_REQUEST_MAX
 * @gfns: @count gfns below @top_gfn
 *
 * Return: 0; -EPROTO.
 */
int tsmc_wire_get_request(const struct tsmc_record *record, uint64_t top_gfn,
			  unsigned int *count, const uint64_t **gfns)
{
	struct tsmc_wire_request request;

	if (!get_fixed(record, TSMC_REC_REQUEST, &request, sizeof(request)))
		return -EPROTO;
	*count = le32toh(request.count);
	if (!*count || *count > TSMC_WIRE_REQUEST_MAX || request.reserved ||
	    record->length != sizeof(request) + *count * sizeof(**gfns))
		return -EPROTO;
	*gfns = behind(record, sizeof(request));
	return gfns_below(*gfns, *count, top_gfn) ? 0 : -EPROTO;
}

/**
 * tsmc_wire_get_credit - check a CREDIT
 * @record: the record
 * @pages: result; whether so many were in flight is for the caller to check
 *
 * Return: 0; -EPROTO.
 */
int tsmc_wire_get_credit(const struct tsmc_record *record, uint32_t *pages)
{
	struct tsmc_wire_credit credit;

	if (!get_fixed(record, TSMC_REC_CREDIT, &credit, sizeof(credit)) ||
	    record->length != sizeof(credit) || credit.reserved)
		return -EPROTO;
	*pages = le32toh(credit.pages);
	return 0;
}

/**
 * tsmc_wire_get_complete - check a COMPLETE
 * @record: the record
 * @complete: result; counters, for the report only
 *
 * Return: 0; -EPROTO.
 */
int tsmc_wire_get_complete(const struct tsmc_record *record, struct tsmc_wire_complete *complete)
{
	if (!get_fixed(record, TSMC_REC_COMPLETE, complete, sizeof(*complete)) ||
	    record->length != sizeof(*complete))
		return -EPROTO;
	complete->faults = le64toh(complete->faults);
	complete->faults_local = le64toh(complete->faults_local);
	complete->fault_wait_ns = le64toh(complete->fault_wait_ns);
	complete->fault_wait_max_ns = le64toh(complete->fault_wait_max_ns);
	complete->pages_pushed = le64toh(complete->pages_pushed);
	complete->pages_demanded = le64toh(complete->pages_demanded);
	complete->park_ns = le64toh(complete->park_ns);
	complete->switch_ns = le64toh(complete->switch_ns);
	complete->install_ns = le64toh(complete->install_ns);
	for (unsigned int i = 0; i < TSMC_WIRE_HISTOGRAM; i++)
		complete->histogram[i] = le64toh(complete->histogram[i]);
	return 0;
}

/**
 * tsmc_wire_get_verify - check a VERIFY
 * @record: the record
 * @top_gfn: from LAYOUT
 * @verify: result; a count of 0 means that no more come, first means nothing then
 * @digests: count digests, of gfns first .. first + count - 1, all below @top_gfn
 *
 * Return: 0; -EPROTO.
 */
int tsmc_wire_get_verify(const struct tsmc_record *record, uint64_t top_gfn,
			 struct tsmc_wire_verify *verify, const struct tsmc_wire_digest **digests)
{
	if (!get_fixed(record, TSMC_REC_VERIFY, verify, sizeof(*verify)))
		return -EPROTO;
	verify->first = le64toh(verify->first);
	verify->count = le32toh(verify->count);
	if (verify->reserved || verify->count > TSMC_WIRE_VERIFY_MAX ||
	    record->length != sizeof(*verify) + verify->count * sizeof(**digests))
		return -EPROTO;
	if (verify->count && (verify->first >= top_gfn || verify->count > top_gfn - verify->first))
		return -EPROTO;
	*digests = behind(record, sizeof(*verify));
	return 0;
}

/**
 * tsmc_wire_get_verified - check a VERIFIED
 * @record: the record
 * @verified: result; differing is at most compared
 * @gfns: the first min(differing, TSMC_WIRE_DIFFERING_MAX) frames that differ,
 *	below 2^40; for messages only
 *
 * Return: 0; -EPROTO.
 */
int tsmc_wire_get_verified(const struct tsmc_record *record, struct tsmc_wire_verified *verified,
			   const uint64_t **gfns)
{
	size_t listed;

	if (!get_fixed(record, TSMC_REC_VERIFIED, verified, sizeof(*verified)))
		return -EPROTO;
	verified->compared = le64toh(verified->compared);
	verified->differing = le64toh(verified->differing);
	listed = verified->differing < TSMC_WIRE_DIFFERING_MAX ?
		 verified->differing : TSMC_WIRE_DIFFERING_MAX;
	if (verified->differing > verified->compared ||
	    record->length != sizeof(*verified) + listed * sizeof(**gfns))
		return -EPROTO;
	*gfns = behind(record, sizeof(*verified));
	return gfns_below(*gfns, listed, TSMC_WIRE_GFN_MASK + 1) ? 0 : -EPROTO;
}

/**
 * tsmc_wire_get_resume - check a RESUME
 * @record: the record
 * @resume: result; whether there is such a session is for the caller to find out
 *
 * Return: 0; -EPROTO.
 */
int tsmc_wire_get_resume(const struct tsmc_record *record, struct tsmc_wire_resume *resume)
{
	if (!get_fixed(record, TSMC_REC_RESUME, resume, sizeof(*resume)) ||
	    record->length != sizeof(*resume))
		return -EPROTO;
	resume->verdict = le32toh(resume->verdict);
	if (resume->reserved || (resume->verdict != TSMC_VERDICT_GIVEN &&
				 resume->verdict != TSMC_VERDICT_WITHDRAWN))
		return -EPROTO;
	return 0;
}

/**
 * tsmc_wire_get_state - check a STATE
 * @record: the record
 * @state: result; nr_missing is 0 unless the guest waits
 *
 * Return: 0; -EPROTO.
 */
int tsmc_wire_get_state(const struct tsmc_record *record, struct tsmc_wire_state *state)
{
	if (!get_fixed(record, TSMC_REC_STATE, state, sizeof(*state)) || record->length != sizeof(*state))
		return -EPROTO;
	state->standing = le32toh(state->standing);
	state->nr_missing = le64toh(state->nr_missing);
	if (state->reserved || state->standing < TSMC_STANDING_NONE ||
	    state->standing > TSMC_STANDING_COMPLETE ||
	    (state->nr_missing && state->standing != TSMC_STANDING_WAITING))
		return -EPROTO;
	return 0;
}

/**
 * tsmc_wire_get_error - copy the text of an ERROR for a message
 * @record: the record; any length, none included
 * @text: result: terminated; what is not printable ASCII became '?'
 * @len: bytes at @text, at least 1; a longer text is cut off
 */
void tsmc_wire_get_error(const struct tsmc_record *record, char *text, size_t len)
{
	size_t count = record->length < len ? record->length : len - 1;
	const unsigned char *from = record->payload;

	for (size_t i = 0; i < count; i++)
		text[i] = from[i] >= ' ' && from[i] <= '~' ? (char)from[i] : '?';
	text[count] = '\0';
}

/**
 * tsmc_wire_type_name - name of a record type, for messages
 * @type: enum tsmc_wire_type, or any number
 *
 * Return: a constant string; "unknown" for a number that is no type.
 */
const char *tsmc_wire_type_name(unsigned int type)
{
	static const char *const names[TSMC_REC_DROPPED + 1] = {
		[TSMC_REC_HELLO]	= "HELLO",
		[TSMC_REC_CONFIG]	= "CONFIG",
		[TSMC_REC_PLATFORM]	= "PLATFORM",
		[TSMC_REC_LAYOUT]	= "LAYOUT",
		[TSMC_REC_BUILT]	= "BUILT",
		[TSMC_REC_PAGES]	= "PAGES",
		[TSMC_REC_MISSING]	= "MISSING",
		[TSMC_REC_FINAL]	= "FINAL",
		[TSMC_REC_READY]	= "READY",
		[TSMC_REC_GO]		= "GO",
		[TSMC_REC_RUNNING]	= "RUNNING",
		[TSMC_REC_REQUEST]	= "REQUEST",
		[TSMC_REC_CREDIT]	= "CREDIT",
		[TSMC_REC_COMPLETE]	= "COMPLETE",
		[TSMC_REC_VERIFY]	= "VERIFY",
		[TSMC_REC_VERIFIED]	= "VERIFIED",
		[TSMC_REC_ERROR]	= "ERROR",
		[TSMC_REC_PLUG]		= "PLUG",
		[TSMC_REC_PLUGGED]	= "PLUGGED",
		[TSMC_REC_RESUME]	= "RESUME",
		[TSMC_REC_STATE]	= "STATE",
		[TSMC_REC_DONE]		= "DONE",
		[TSMC_REC_WORKING]	= "WORKING",
		[TSMC_REC_RESIDUE]	= "RESIDUE",
		[TSMC_REC_SAFE]		= "SAFE",
		[TSMC_REC_DROPPED]	= "DROPPED",
	};

	return type <= TSMC_REC_DROPPED && names[type] ? names[type] : "unknown";
}

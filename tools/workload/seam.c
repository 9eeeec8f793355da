// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * String instructions in both directions, unaligned SSE and AVX accesses,
 * xchg and cmpxchg16b across page boundaries, each with its result checked.
 *
 * An operation touches the window with the instruction under test first and
 * with plain loads only afterwards: otherwise the plain load would bring a
 * missing page in and the instruction would never meet a hole.
 */
#include <stdlib.h>
#include <string.h>

#include "pattern.h"
#include "seam.h"

#define WINDOW_BYTES	(2 * TSMC_SEAM_HALF)
#define WINDOW_WORDS	(WINDOW_BYTES / sizeof(uint64_t))

/* Odd, so that one of the vectors lies across the page boundary. */
#define VECTOR_OFFSET	3

/* Keys below this one mean: every byte has this value. */
#define FILL_KEYS	256

/* How often the scanner looks again at a window that is being changed. */
#define SCAN_TRIES	3

/**
 * struct step - one operation on one seam
 * @s: the area
 * @seam: which seam, owned by the calling thread
 * @other: another seam of the same thread, the source of copies
 * @name: the operation, for messages
 * @old_key: what the window contains
 * @new_key: what it is to contain; an operation may choose another one
 */
struct step {
	struct tsmc_seams *s;
	size_t seam;
	size_t other;
	const char *name;
	uint64_t old_key;
	uint64_t new_key;
};

static uint64_t *window_of(struct tsmc_seams *s, size_t seam)
{
	return (uint64_t *)(s->base + (seam + 1) * TSMC_PAGE_SIZE -
			    TSMC_SEAM_HALF);
}

static uint64_t window_word(uint64_t key, size_t index)
{
	if (key < FILL_KEYS)
		return key * 0x0101010101010101ULL;
	return tsmc_pattern_word(key, index);
}

static void window_fill(uint64_t *words, uint64_t key)
{
	size_t i;

	for (i = 0; i < WINDOW_WORDS; i++)
		__atomic_store_n(&words[i], window_word(key, i),
				 __ATOMIC_RELAXED);
}

/* Index of the first wrong word, WINDOW_WORDS if there is none. */
static size_t window_compare(uint64_t *words, uint64_t key)
{
	size_t i;

	for (i = 0; i < WINDOW_WORDS; i++)
		if (__atomic_load_n(&words[i], __ATOMIC_RELAXED) !=
		    window_word(key, i))
			break;
	return i;
}

static void seam_fail(struct step *st, const char *when, size_t word,
		      uint64_t expected, uint64_t found)
{
	uint64_t *window = window_of(st->s, st->seam);

	tsmc_report_fail(st->s->report,
			 "%s: %s, seam of pages %zu and %zu, word %zu at %p: expected %#llx found %#llx",
			 st->name, when, st->seam, st->seam + 1, word,
			 (void *)(window + word), (unsigned long long)expected,
			 (unsigned long long)found);
}

static void movs_forward(struct step *st)
{
	void *to = window_of(st->s, st->seam);
	void *from = window_of(st->s, st->other);
	size_t count = WINDOW_BYTES;

	asm volatile("rep movsb"
		     : "+D" (to), "+S" (from), "+c" (count) : : "memory");
	st->new_key = st->s->mirror[st->other].key;
}

static void movs_backward(struct step *st)
{
	uint8_t *to = (uint8_t *)window_of(st->s, st->seam) + WINDOW_BYTES - 1;
	uint8_t *from = (uint8_t *)window_of(st->s, st->other) +
			WINDOW_BYTES - 1;
	size_t count = WINDOW_BYTES;

	asm volatile("std\n\t"
		     "rep movsb\n\t"
		     "cld"
		     : "+D" (to), "+S" (from), "+c" (count)
		     : : "memory", "cc");
	st->new_key = st->s->mirror[st->other].key;
}

static void stos_forward(struct step *st)
{
	void *to = window_of(st->s, st->seam);
	size_t count = WINDOW_BYTES;

	st->new_key %= FILL_KEYS;
	asm volatile("rep stosb"
		     : "+D" (to), "+c" (count)
		     : "a" ((uint8_t)st->new_key) : "memory");
}

static void stos_backward(struct step *st)
{
	uint8_t *to = (uint8_t *)window_of(st->s, st->seam) + WINDOW_BYTES - 1;
	size_t count = WINDOW_BYTES;

	st->new_key %= FILL_KEYS;
	asm volatile("std\n\t"
		     "rep stosb\n\t"
		     "cld"
		     : "+D" (to), "+c" (count)
		     : "a" ((uint8_t)st->new_key) : "memory", "cc");
}

static void cmps_old(struct step *st)
{
	uint64_t expected[WINDOW_WORDS];
	void *left = window_of(st->s, st->seam);
	void *right = expected;
	size_t count = WINDOW_BYTES;
	bool equal;

	window_fill(expected, st->old_key);
	asm volatile("repe cmpsb"
		     : "+S" (left), "+D" (right), "+c" (count), "=@cce" (equal)
		     : : "memory");
	if (!equal) {
		size_t word = (WINDOW_BYTES - 1 - count) / sizeof(uint64_t);

		seam_fail(st, "old contents", word,
			  window_word(st->old_key, word),
			  window_of(st->s, st->seam)[word]);
	}
	st->new_key = st->old_key;
}

static void sse_copy(uint8_t *to, const uint8_t *from, size_t len)
{
	size_t i;

	for (i = 0; i + 16 <= len; i += 16)
		asm volatile("movdqu (%1), %%xmm0\n\t"
			     "movdqu %%xmm0, (%0)"
			     : : "r" (to + i), "r" (from + i)
			     : "xmm0", "memory");
	for (; i < len; i++)
		to[i] = from[i];
}

static void avx_copy(uint8_t *to, const uint8_t *from, size_t len)
{
	size_t i;

	for (i = 0; i + 32 <= len; i += 32)
		asm volatile("vmovdqu (%1), %%ymm0\n\t"
			     "vmovdqu %%ymm0, (%0)"
			     : : "r" (to + i), "r" (from + i)
			     : "xmm0", "memory");
	asm volatile("vzeroupper" : : : "memory");
	for (; i < len; i++)
		to[i] = from[i];
}

/* Vector loads of the old contents, then vector stores of the new ones. */
static void vector_step(struct step *st,
			void (*copy)(uint8_t *to, const uint8_t *from,
				     size_t len))
{
	uint64_t buffer[WINDOW_WORDS];
	uint8_t *bytes = (uint8_t *)buffer;
	uint8_t *window = (uint8_t *)window_of(st->s, st->seam);
	size_t wrong;

	window_fill(buffer, st->old_key);
	memset(bytes + VECTOR_OFFSET, 0, WINDOW_BYTES - VECTOR_OFFSET);
	copy(bytes + VECTOR_OFFSET, window + VECTOR_OFFSET,
	     WINDOW_BYTES - VECTOR_OFFSET);
	wrong = window_compare(buffer, st->old_key);
	if (wrong < WINDOW_WORDS)
		seam_fail(st, "loaded", wrong,
			  window_word(st->old_key, wrong), buffer[wrong]);

	window_fill(buffer, st->new_key);
	copy(window + VECTOR_OFFSET, bytes + VECTOR_OFFSET,
	     WINDOW_BYTES - VECTOR_OFFSET);
	memcpy(window, bytes, VECTOR_OFFSET);
}

static void sse_step(struct step *st)
{
	vector_step(st, sse_copy);
}

static void avx_step(struct step *st)
{
	vector_step(st, st->s->avx ? avx_copy : sse_copy);
}

static void xchg_step(struct step *st)
{
	uint64_t *window = window_of(st->s, st->seam);
	size_t i;

	for (i = 0; i < WINDOW_WORDS; i++) {
		uint64_t expected = window_word(st->old_key, i);
		uint64_t word = window_word(st->new_key, i);

		asm volatile("xchgq %0, %1"
			     : "+r" (word), "+m" (window[i]) : : "memory");
		if (word != expected)
			seam_fail(st, "returned", i, expected, word);
	}
}

static void cmpxchg16b_step(struct step *st)
{
	uint64_t *window = window_of(st->s, st->seam);
	size_t i;

	for (i = 0; i < WINDOW_WORDS; i += 2) {
		uint64_t low = window_word(st->old_key, i);
		uint64_t high = window_word(st->old_key, i + 1);
		bool equal;

		asm volatile("lock cmpxchg16b %1"
			     : "=@cce" (equal), "+m" (window[i]),
			       "+a" (low), "+d" (high)
			     : "b" (window_word(st->new_key, i)),
			       "c" (window_word(st->new_key, i + 1))
			     : "memory");
		if (!equal)
			seam_fail(st, "compared (low half)", i,
				  window_word(st->old_key, i), low);
	}
}

static const struct {
	const char *name;
	void (*run)(struct step *st);
} operations[] = {
	{ "rep movsb forward", movs_forward },
	{ "rep movsb backward", movs_backward },
	{ "rep stosb forward", stos_forward },
	{ "rep stosb backward", stos_backward },
	{ "repe cmpsb", cmps_old },
	{ "unaligned movdqu", sse_step },
	{ "unaligned vmovdqu", avx_step },
	{ "xchg", xchg_step },
	{ "cmpxchg16b", cmpxchg16b_step },
};

/**
 * tsmc_seams_init() - fill all windows of an area
 * @s: the seams
 * @base: first page
 * @pages: number of pages
 * @seed: of the contents
 * @report: where findings go
 */
void tsmc_seams_init(struct tsmc_seams *s, uint8_t *base, size_t pages,
		     uint64_t seed, struct tsmc_report *report)
{
	size_t i;

	s->base = base;
	s->count = pages - 1;
	s->report = report;
	s->avx = __builtin_cpu_supports("avx");
	s->mirror = calloc(pages, sizeof(*s->mirror));
	if (!s->mirror)
		tsmc_die("no memory for the mirror of %zu seams", s->count);

	for (i = 0; i < s->count; i++) {
		s->mirror[i].key = tsmc_random(&seed) | FILL_KEYS;
		window_fill(window_of(s, i), s->mirror[i].key);
	}
}

/**
 * tsmc_seam_update() - change one window with a rare instruction
 * @s: the seams
 * @seam: the seam to change; only one thread may ever change it
 * @other: another seam of the same thread
 * @random: chooses instruction and contents
 */
void tsmc_seam_update(struct tsmc_seams *s, size_t seam, size_t other,
		      uint64_t random)
{
	size_t which = random % ARRAY_SIZE(operations);
	struct tsmc_seam *mirror = &s->mirror[seam];
	uint64_t *window = window_of(s, seam);
	struct step st = {
		.s = s,
		.seam = seam,
		.other = other,
		.name = operations[which].name,
		.old_key = mirror->key,
		.new_key = tsmc_mix64(random) | FILL_KEYS,
	};
	size_t wrong;

	__atomic_store_n(&mirror->sequence, mirror->sequence + 1,
			 __ATOMIC_SEQ_CST);
	operations[which].run(&st);

	wrong = window_compare(window, st.new_key);
	if (wrong < WINDOW_WORDS) {
		seam_fail(&st, "stored", wrong, window_word(st.new_key, wrong),
			  window[wrong]);
		window_fill(window, st.new_key);
	}
	__atomic_store_n(&mirror->key, st.new_key, __ATOMIC_RELAXED);
	__atomic_store_n(&mirror->sequence, mirror->sequence + 1,
			 __ATOMIC_RELEASE);
	tsmc_report_checks(s->report, 1);
}

/**
 * tsmc_seam_check() - compare a window with its mirror
 * @s: the seams
 * @seam: which one
 *
 * Any thread may call.  A window that its owner is changing at this moment is
 * left to the owner, who compares it too.
 */
void tsmc_seam_check(struct tsmc_seams *s, size_t seam)
{
	struct tsmc_seam *mirror = &s->mirror[seam];
	uint64_t *window = window_of(s, seam);
	struct step st = { .s = s, .seam = seam, .name = "scan" };
	int tries;

	for (tries = 0; tries < SCAN_TRIES; tries++) {
		uint64_t before, found, key;
		size_t wrong;

		before = __atomic_load_n(&mirror->sequence, __ATOMIC_ACQUIRE);
		if (before & 1)
			continue;
		key = __atomic_load_n(&mirror->key, __ATOMIC_ACQUIRE);
		wrong = window_compare(window, key);
		found = wrong < WINDOW_WORDS ?
			__atomic_load_n(&window[wrong], __ATOMIC_ACQUIRE) : 0;
		if (__atomic_load_n(&mirror->sequence, __ATOMIC_ACQUIRE) !=
		    before)
			continue;
		if (wrong < WINDOW_WORDS && mirror->reported != before + 1) {
			mirror->reported = before + 1;
			seam_fail(&st, "contents", wrong,
				  window_word(key, wrong), found);
		}
		return;
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Accesses of a guest to holes: a vCPU chooses addresses, counts and directions.
 * What is described is all that performing it touches.
 */
#include "fuzz.h"
#include "ioreq_access.h"

#define FREQUENT 3u

/* Small numbers, page ends and wild ones alike. */
static uint64_t address(struct fuzz_input *input)
{
	uint8_t kind = fuzz_int(input, 1);
	uint64_t value = fuzz_int(input, 8);

	return kind % FREQUENT ? value % (64 * TSMC_PAGE_SIZE) : value;
}

static struct ioreq request(struct fuzz_input *input)
{
	static const uint32_t sizes[] = { 1, 2, 4, 8 };
	uint8_t flags = fuzz_int(input, 1);
	struct ioreq req = { .state = STATE_IOREQ_READY, .type = IOREQ_TYPE_COPY };

	req.dir = flags & 1 ? IOREQ_READ : IOREQ_WRITE;
	req.df = flags >> 1 & 1;
	req.data_is_ptr = flags >> 2 & 1;
	req.addr = address(input);
	req.data = address(input);
	req.count = fuzz_int(input, flags & 8 ? 4 : 2);
	req.size = flags & 16 ? fuzz_int(input, 4) : sizes[flags >> 5 & 3];
	return req;
}

/* Each frame in memory of its own, so that one byte beyond it is seen. */
static void perform(const struct ioreq *req, const struct tsmc_access *access)
{
	struct tsmc_window window = { .gfns = access->gfns, .nr_gfns = access->nr_gfns };

	for (unsigned int i = 0; i < access->nr_gfns; i++) {
		window.page[i] = aligned_alloc(8, TSMC_PAGE_SIZE);
		MUST(window.page[i]);
		memset(window.page[i], i, TSMC_PAGE_SIZE);
	}
	tsmc_access_perform(req, &window);
	for (unsigned int i = 0; i < access->nr_gfns; i++)
		free(window.page[i]);
}

/* The frames of an access are in no order, but each is there once. */
static void check(const struct tsmc_access *access)
{
	MUST(access->nr_gfns && access->nr_gfns <= TSMC_ACCESS_GFNS);
	for (unsigned int i = 0; i < access->nr_gfns; i++) {
		MUST(access->gfns[i] < TSMC_MAX_GPA / TSMC_PAGE_SIZE);
		for (unsigned int j = 0; j < i; j++)
			MUST(access->gfns[i] != access->gfns[j]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	/* On the heap, so that a frame that was not described is looked for in vain and seen. */
	struct tsmc_access *access = malloc(sizeof(*access));
	struct fuzz_input input = { bytes, size };
	struct ioreq req = request(&input);

	MUST(access);
	if (tsmc_access_describe(&req, 0, access)) {
		check(access);
		perform(&req, access);
	}
	free(access);
	return 0;
}

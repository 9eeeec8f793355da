/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fuzzers share: taking an input apart, and saying what does not hold.
 */
#ifndef TSMC_FUZZ_H
#define TSMC_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the fuzzer, which keeps the input: what must hold of any input does not. */
#define MUST(condition) \
	do { \
		if (!(condition)) \
			fuzz_broken(__FILE__, __LINE__, #condition); \
	} while (0)

static inline void fuzz_broken(const char *file, unsigned int line, const char *what)
{
	fprintf(stderr, "%s:%u: does not hold: %s\n", file, line, what);
	abort();
}

/**
 * struct fuzz_input - what is left of an input
 * @bytes: the rest
 * @left: how long it is
 */
struct fuzz_input {
	const uint8_t *bytes;
	size_t left;
};

/* An integer of up to 8 bytes, little-endian; bytes that are not there are zero. */
static inline uint64_t fuzz_int(struct fuzz_input *input, unsigned int size)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < size && input->left; i++) {
		value |= (uint64_t)*input->bytes++ << 8 * i;
		input->left--;
	}
	return value;
}

/* At most so many bytes, as an input of their own. */
static inline struct fuzz_input fuzz_part(struct fuzz_input *input, size_t most)
{
	struct fuzz_input part = { input->bytes, input->left < most ? input->left : most };

	input->bytes += part.left;
	input->left -= part.left;
	return part;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif /* TSMC_FUZZ_H */

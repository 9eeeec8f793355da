/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An input that is put together and written to a file.
 */
#ifndef TSMC_SEEDS_H
#define TSMC_SEEDS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SEED_MAX 65536u

/* Where the files go. */
static const char *seed_directory;
static uint8_t seed[SEED_MAX];
static size_t seed_length;

static inline void seed_bytes(const void *bytes, size_t length)
{
	if (seed_length + length > sizeof(seed))
		abort();
	memcpy(seed + seed_length, bytes, length);
	seed_length += length;
}

static inline void seed_int(uint64_t value, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++) {
		uint8_t byte = value >> 8 * i & 0xff;

		seed_bytes(&byte, 1);
	}
}

/* Ends an input: DIR/FUZZER/NAME. */
static inline void seed_write(const char *fuzzer, const char *name)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", seed_directory, fuzzer);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/%s/%s", seed_directory, fuzzer, name);
	file = fopen(path, "w");
	if (!file || fwrite(seed, 1, seed_length, file) != seed_length || fclose(file)) {
		perror(path);
		exit(1);
	}
	seed_length = 0;
}

#endif /* TSMC_SEEDS_H */

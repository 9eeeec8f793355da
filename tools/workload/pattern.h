/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Seeded contents: every word that a workload stores can be computed again
 * from a key and its position, so a stale, swapped or zeroed word is seen.
 */
#ifndef TSMC_WORKLOAD_PATTERN_H
#define TSMC_WORKLOAD_PATTERN_H

#include <stddef.h>
#include <stdint.h>

#define TSMC_GOLDEN	0x9e3779b97f4a7c15ULL

/**
 * tsmc_mix64() - spread a number over all 64 bits (splitmix64)
 * @x: the number
 *
 * Return: a value that differs for each @x.
 */
static inline uint64_t tsmc_mix64(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

/**
 * tsmc_random() - next number of a seeded sequence
 * @state: the sequence, any value to start with
 *
 * Return: 64 pseudo-random bits.
 */
static inline uint64_t tsmc_random(uint64_t *state)
{
	return tsmc_mix64(*state += TSMC_GOLDEN);
}

/**
 * tsmc_pattern_word() - one word of the contents that belong to a key
 * @key: which contents
 * @index: position of the word, in words
 *
 * Cheap on purpose: whole pages are compared with it all the time.
 *
 * Return: the word.
 */
static inline uint64_t tsmc_pattern_word(uint64_t key, size_t index)
{
	return key + (index + 1) * TSMC_GOLDEN;
}

#endif

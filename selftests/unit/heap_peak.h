/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much the parts under test have allocated at once, at most. Links with HEAP_PEAK_LIBS.
 */
#ifndef HEAP_PEAK_H
#define HEAP_PEAK_H

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *area, size_t size);
void __real_free(void *area);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *area, size_t size);
void *__wrap_reallocarray(void *area, size_t count, size_t size);
void __wrap_free(void *area);

static uint64_t heap_now, heap_peak;

static inline void *heap_count(void *area)
{
	heap_now += malloc_usable_size(area);
	if (heap_now > heap_peak)
		heap_peak = heap_now;
	return area;
}

void *__wrap_malloc(size_t size)
{
	return heap_count(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	return heap_count(__real_calloc(count, size));
}

/* Both areas are there while one is copied. */
void *__wrap_realloc(void *area, size_t size)
{
	size_t before = malloc_usable_size(area);
	void *bigger = heap_count(__real_realloc(area, size));

	heap_now -= bigger ? before : 0;
	return bigger;
}

void *__wrap_reallocarray(void *area, size_t count, size_t size)
{
	return __wrap_realloc(area, count * size);
}

void __wrap_free(void *area)
{
	heap_now -= malloc_usable_size(area);
	__real_free(area);
}

#endif /* HEAP_PEAK_H */

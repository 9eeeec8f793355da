// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an access touches, and performing it on memory.
 */
#include "ioreq_access.h"

/* Appends the frames of count elements of size bytes at gpa, which run down when df. */
static bool add_gfns(struct tsmc_access *access, uint64_t gpa, uint64_t count, uint32_t size,
		     bool df)
{
	uint64_t before = df ? (count - 1) * size : 0;
	uint64_t after = (df ? size : count * size) - 1;
	uint64_t gfn, last;
	unsigned int i;

	if (gpa < before || gpa >= TSMC_MAX_GPA || gpa + after >= TSMC_MAX_GPA)
		return false;
	last = (gpa + after) >> TSMC_PAGE_SHIFT;
	for (gfn = (gpa - before) >> TSMC_PAGE_SHIFT; gfn <= last; gfn++) {
		for (i = 0; i < access->nr_gfns && access->gfns[i] != gfn; i++)
			;
		if (i < access->nr_gfns)
			continue;
		if (access->nr_gfns == TSMC_ACCESS_GFNS)
			return false;
		access->gfns[access->nr_gfns++] = gfn;
	}
	return true;
}

/**
 * tsmc_access_describe() - which frames a request needs
 * @req: copy of a request
 * @vcpu: whose it is
 * @access: filled in
 *
 * Return: false when it is none that Xen would make.
 */
bool tsmc_access_describe(const struct ioreq *req, unsigned int vcpu, struct tsmc_access *access)
{
	access->vcpu = vcpu;
	access->nr_gfns = 0;
	if (req->size != 1 && req->size != 2 && req->size != 4 && req->size != 8)
		return false;
	if (req->count < 1 || req->count > TSMC_ACCESS_GFNS * TSMC_PAGE_SIZE)
		return false;
	if (!add_gfns(access, req->addr, req->count, req->size, req->df))
		return false;
	return !req->data_is_ptr || add_gfns(access, req->data, req->count, req->size, req->df);
}

static uint8_t *window_at(const struct tsmc_window *win, uint64_t gpa)
{
	unsigned int i;

	/* tsmc_access_describe() listed every frame of the access, so one of them matches. */
	for (i = 0; win->gfns[i] != gpa >> TSMC_PAGE_SHIFT; i++)
		;
	return win->page[i] + gpa % TSMC_PAGE_SIZE;
}

/* An aligned element is read in one piece, as a processor would. */
static uint64_t load(const struct tsmc_window *win, uint64_t gpa, uint32_t size)
{
	uint64_t value = 0;
	uint8_t *p;
	uint32_t i;

	if (gpa % size) {
		for (i = 0; i < size; i++)
			((uint8_t *)&value)[i] = __atomic_load_n(window_at(win, gpa + i), __ATOMIC_RELAXED);
		return value;
	}
	p = window_at(win, gpa);
	switch (size) {
	case 1:
		return __atomic_load_n(p, __ATOMIC_RELAXED);
	case 2:
		return __atomic_load_n((uint16_t *)p, __ATOMIC_RELAXED);
	case 4:
		return __atomic_load_n((uint32_t *)p, __ATOMIC_RELAXED);
	default:
		return __atomic_load_n((uint64_t *)p, __ATOMIC_RELAXED);
	}
}

static void store(const struct tsmc_window *win, uint64_t gpa, uint32_t size, uint64_t value)
{
	uint8_t *p;
	uint32_t i;

	if (gpa % size) {
		for (i = 0; i < size; i++)
			__atomic_store_n(window_at(win, gpa + i), ((uint8_t *)&value)[i], __ATOMIC_RELAXED);
		return;
	}
	p = window_at(win, gpa);
	switch (size) {
	case 1:
		__atomic_store_n(p, value, __ATOMIC_RELAXED);
		break;
	case 2:
		__atomic_store_n((uint16_t *)p, value, __ATOMIC_RELAXED);
		break;
	case 4:
		__atomic_store_n((uint32_t *)p, value, __ATOMIC_RELAXED);
		break;
	default:
		__atomic_store_n((uint64_t *)p, value, __ATOMIC_RELAXED);
		break;
	}
}

/**
 * tsmc_access_perform() - do what a request asks for
 * @req: copy of a request
 * @win: the frames that tsmc_access_describe() listed for it, mapped
 *
 * Element by element in the order of the instruction.
 *
 * Return: the value that a read into a register ends with.
 */
uint64_t tsmc_access_perform(const struct ioreq *req, const struct tsmc_window *win)
{
	uint64_t value = req->data;
	uint64_t offset = 0;
	uint32_t i;

	for (i = 0; i < req->count; i++) {
		bool read = req->dir == IOREQ_READ;

		if (!req->data_is_ptr && read) {
			value = load(win, req->addr + offset, req->size);
		} else if (!req->data_is_ptr) {
			store(win, req->addr + offset, req->size, req->data);
		} else {
			uint64_t from = (read ? req->addr : req->data) + offset;
			uint64_t to = (read ? req->data : req->addr) + offset;

			store(win, to, req->size, load(win, from, req->size));
		}
		offset += req->df ? -(uint64_t)req->size : req->size;
	}
	return value;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the target's agent knows in stage three, in memory that outlives it.
 */
#ifndef TSMC_CARRY_OVER_H
#define TSMC_CARRY_OVER_H

#include <stddef.h>
#include <stdint.h>

#include "pagemap.h"
#include "wire_format.h"

/**
 * struct tsmc_carry_over - a file of the session that is mapped
 * @session: whose
 * @area: the mapping, or NULL
 * @len: of it, bytes
 * @nr_gfns: bound of the frames
 * @nr_vcpus: of the guest
 * @missing: bit g % 64 of word g / 64: the content of frame g is not here yet
 * @io: for tsmc_ioreq_create() and tsmc_ioreq_adopt()
 */
struct tsmc_carry_over {
	uint8_t session[TSMC_WIRE_SESSION_LEN];
	void *area;
	size_t len;
	uint64_t nr_gfns;
	uint32_t nr_vcpus;
	uint64_t *missing;
	void *io;
};

/* New, all zero: 0, or negative errno when there is no room for it. */
int tsmc_carry_over_create(struct tsmc_carry_over *carry, const uint8_t *session, uint64_t nr_gfns,
			   unsigned int nr_vcpus);
/* That of the agent before: 0; -ENOENT; -EPROTO. */
int tsmc_carry_over_open(struct tsmc_carry_over *carry, const uint8_t *session);
/* Unmaps; the file stays. Zeroed is allowed. */
void tsmc_carry_over_close(struct tsmc_carry_over *carry);
/* Removes the file. */
void tsmc_carry_over_remove(const uint8_t *session);

#endif /* TSMC_CARRY_OVER_H */

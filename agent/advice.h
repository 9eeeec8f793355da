/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest's module advises during one migration of it.
 */
#ifndef TSMC_ADVICE_H
#define TSMC_ADVICE_H

#include "agent.h"
#include "guest_hints.h"

/**
 * struct tsmc_advice - zeroed before the first call
 * @guest: the table
 * @announced: the module was told to prepare, and must be told the end
 * @hints: as last read; empty without a module
 */
struct tsmc_advice {
	struct tsmc_guest_hints guest;
	bool announced;
	struct tsmc_hints hints;
};

/* Log-dirty is on: has the module get ready. */
int tsmc_advice_announce(struct tsmc_advice *advice, struct tsmc_agent *agent, uint32_t domid,
			 char *why, size_t why_len);
/* Waits until it is, and reads its table. */
int tsmc_advice_await(struct tsmc_advice *advice, uint64_t top_gfn, char *why, size_t why_len);
/* What the table says of the guest that runs; no more than a guess. */
void tsmc_advice_update(struct tsmc_advice *advice, uint64_t top_gfn);
/* What the table says at the suspend, or NULL: then nothing may wait. */
const struct tsmc_hints *tsmc_advice_settled(struct tsmc_advice *advice, uint64_t top_gfn);
/* As last read, or NULL. */
const struct tsmc_hints *tsmc_advice_hints(const struct tsmc_advice *advice);
/* Whose table was read, or NULL. */
struct tsmc_guest_hints *tsmc_advice_guest(struct tsmc_advice *advice);
/* Header of the table, 0 when there is none. */
uint64_t tsmc_advice_gfn(const struct tsmc_advice *advice);
/* The guest runs on here and need not be ready any longer. */
void tsmc_advice_withdraw(struct tsmc_advice *advice);
void tsmc_advice_destroy(struct tsmc_advice *advice);

#endif /* TSMC_ADVICE_H */

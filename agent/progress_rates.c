// SPDX-License-Identifier: GPL-2.0-or-later
#include "progress_rates.h"

/* A rate of less is noise: pages are counted in batches. */
#define LEAST_NS	1000000000ULL

static const struct tsmc_look *look_at(const struct tsmc_rates *rates, uint64_t number)
{
	return &rates->looks[number % TSMC_RATES_LOOKS];
}

static uint64_t oldest(const struct tsmc_rates *rates)
{
	return rates->nr > TSMC_RATES_LOOKS ? rates->nr - TSMC_RATES_LOOKS : 0;
}

/**
 * tsmc_rates_add - a look at a migration
 * @rates: zeroed, or with looks before this one
 * @ns: now
 * @state: found
 */
void tsmc_rates_add(struct tsmc_rates *rates, uint64_t ns, const struct tsmc_progress_state *state)
{
	rates->looks[rates->nr % TSMC_RATES_LOOKS] = (struct tsmc_look){ .ns = ns, .bytes = state->sums.bytes,
									 .left = state->sums.left,
									 .nr_steps = state->nr_steps };
	rates->nr++;
}

/**
 * tsmc_rates_link - what the link carries
 * @rates: any
 *
 * Return: bytes of pages each second over the looks that are kept; 0 if these are too near.
 */
uint64_t tsmc_rates_link(const struct tsmc_rates *rates)
{
	const struct tsmc_look *first, *last;

	if (!rates->nr)
		return 0;
	first = look_at(rates, oldest(rates));
	last = look_at(rates, rates->nr - 1);
	if (last->ns < first->ns + LEAST_NS)
		return 0;
	return (last->bytes - first->bytes) * 1e9 / (last->ns - first->ns);
}

/**
 * tsmc_rates_left_ns - how long this step will last
 * @rates: any
 *
 * Holds if it goes on as in the looks that are kept.
 *
 * Return: ns, or TSMC_RATES_UNKNOWN.
 */
uint64_t tsmc_rates_left_ns(const struct tsmc_rates *rates)
{
	const struct tsmc_look *first, *last;
	uint64_t number = oldest(rates);

	if (!rates->nr)
		return TSMC_RATES_UNKNOWN;
	last = look_at(rates, rates->nr - 1);
	while (look_at(rates, number)->nr_steps != last->nr_steps)
		number++;
	first = look_at(rates, number);
	if (last->ns < first->ns + LEAST_NS || last->left >= first->left)
		return TSMC_RATES_UNKNOWN;
	return last->left * (double)(last->ns - first->ns) / (first->left - last->left);
}

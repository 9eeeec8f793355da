/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tsmc.ko as a test sees it: loaded, asked for things, and read.
 */
#ifndef GUEST_MODULE_H
#define GUEST_MODULE_H

#include <stdint.h>
#include <linux/tsmc_hint.h>

#define NODE_HEADER_GFN	TSMC_XS_DIR "/" TSMC_XS_HEADER_GFN
#define NODE_REQUEST	TSMC_XS_DIR "/" TSMC_XS_REQUEST
#define NODE_DROP	TSMC_XS_DIR "/" TSMC_XS_DROP

/* No answer of the module takes longer, even in an emulator. */
#define ANSWER_LIMIT_S	30

void module_require(void);
int module_load(void);
int module_unload(void);
int module_unload_limited(void);
int module_read_header(struct tsmc_hint_header *header);
uint8_t *module_read_table(const struct tsmc_hint_header *header);
int module_request(const char *request);
int module_prepare(uint64_t number, struct tsmc_hint_header *header);
int module_prepare_cache(uint64_t number, struct tsmc_hint_header *header);
int module_ask_drop(struct tsmc_hint_drop *portion);
int module_wait_state(enum tsmc_hint_state state,
		      struct tsmc_hint_header *header);
uint64_t module_new_number(void);

#endif /* GUEST_MODULE_H */

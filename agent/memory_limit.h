/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds this process to its bound, as long as it may fail.
 */
#ifndef TSMC_MEMORY_LIMIT_H
#define TSMC_MEMORY_LIMIT_H

#include <stdint.h>

#include "xen_glue.h"

/* From here on no more than so many bytes of heap can be had; whoever asks for more fails. */
void tsmc_memory_limit(uint64_t bytes, const struct tsmc_log *log);
/* As many as the host gives. */
void tsmc_memory_unlimit(void);

#endif /* TSMC_MEMORY_LIMIT_H */

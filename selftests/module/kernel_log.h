/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel complained about since a moment.
 */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

int kernel_log_open(void);
int kernel_log_complaints(int log);
unsigned long kernel_taint(void);

/* Out of tree, and unsigned because of it: nothing else is due to a module. */
#define TAINT_EXPECTED	((1UL << 12) | (1UL << 13))

#endif /* KERNEL_LOG_H */

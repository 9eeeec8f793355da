/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of the code workload; each runs once a round and checks itself.
 */
#ifndef TSMC_WORKLOAD_CODE_H
#define TSMC_WORKLOAD_CODE_H

#include <stdint.h>

#include "report.h"

/* Files mapped shared and private: code_file.c */
struct code_file;
struct code_file *tsmc_code_file_open(const char *dir, uint64_t seed);
void *tsmc_code_file_address(struct code_file *f);
void tsmc_code_file_round(struct code_file *f, struct tsmc_report *r);

/* Code written at run time: code_jit.c */
struct code_jit;
struct code_jit *tsmc_code_jit_open(uint64_t seed);
void *tsmc_code_jit_address(struct code_jit *j);
void tsmc_code_jit_round(struct code_jit *j, struct tsmc_report *r);

/* Processes, threads and pipes, and the program's own text: code_process.c */
struct code_process;
struct code_process *tsmc_code_process_open(uint64_t seed);
uint64_t tsmc_code_text_sum(void);
int tsmc_code_self_check(const char *expected);
void tsmc_code_process_round(struct code_process *p, struct tsmc_report *r);
void tsmc_code_process_close(struct code_process *p);

/* Signals that arrive while SIMD registers are in use: code_signal.c */
void tsmc_code_signal_open(void);
void tsmc_code_signal_round(uint64_t random, struct tsmc_report *r);

#endif

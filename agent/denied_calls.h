/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls that neither an agent nor a program that it starts has any use for. Of each there is
 * a number for 64-bit programs and one for 32-bit programs, in a file of its own: the headers that
 * have them exclude each other.
 */
#ifndef TSMC_DENIED_CALLS_H
#define TSMC_DENIED_CALLS_H

#define TSMC_DENIED_CALLS(number) \
	number(ptrace), number(process_vm_readv), number(process_vm_writev), number(kexec_load), \
	number(reboot), number(swapon), number(swapoff), number(acct), number(perf_event_open), \
	number(userfaultfd), number(iopl), number(ioperm), number(modify_ldt), number(settimeofday), \
	number(clock_settime)

#define TSMC_NUMBER(name) __NR_ ## name

#define TSMC_NR_DENIED_64 16
#define TSMC_NR_DENIED_32 16

extern const unsigned int tsmc_denied_calls_64[TSMC_NR_DENIED_64];
extern const unsigned int tsmc_denied_calls_32[TSMC_NR_DENIED_32];

#endif /* TSMC_DENIED_CALLS_H */

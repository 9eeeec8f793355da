/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the module's messages say, out of their attributes.
 */
#ifndef TSMC_MESSAGES_H
#define TSMC_MESSAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "names.h"

struct nlmsghdr;

/**
 * struct tsmc_status - answer to TSMC_CMD_STATUS_GET; fields as the attributes
 */
struct tsmc_status {
	uint32_t state;
	uint64_t epoch;
	uint64_t generation;
	uint64_t request;
	uint64_t settle_ns;
	uint64_t guard_touches;
	uint64_t exec_touches;
	uint64_t nr_pfns;
	uint64_t samples;
	uint64_t sample_ns;
	uint64_t sample_pages;
	uint32_t interval_now_ms;
	uint64_t put_back;
	uint64_t yields;
	uint32_t advice_ranges;
};

/**
 * struct tsmc_class_counts - pages of each class
 * @told: a bit for each class that the message has
 * @pages: of the class
 * @hot: of these, hot
 */
struct tsmc_class_counts {
	unsigned int told;
	uint64_t pages[TSMC_CLASSES];
	uint64_t hot[TSMC_CLASSES];
};

/**
 * struct tsmc_run - pages that follow one another and are alike
 * @pfn: of the first
 * @pages: how many
 * @class: enum tsmc_class
 * @heat: 0 to 15
 */
struct tsmc_run {
	uint64_t pfn;
	uint64_t pages;
	uint8_t class;
	uint8_t heat;
};

/**
 * struct tsmc_process - a process and its pages
 * @pid: in the first namespace
 * @comm: its name, any bytes
 * @pages: that it maps
 * @hot: of these, hot
 * @written: of these, marked dirty by their entry
 * @classes: of these, each class
 */
struct tsmc_process {
	uint32_t pid;
	char comm[16];
	uint64_t pages;
	uint64_t hot;
	uint64_t written;
	struct tsmc_class_counts classes;
};

/**
 * struct tsmc_mapping - a mapping of a process and its pages
 * @start: address
 * @length: bytes
 * @prot: bits 0 read, 1 write, 2 execute, 3 shared
 * @name: last part of the file's name, any bytes; empty without a file
 * @pages: that it maps
 * @hot: of these, hot
 * @written: of these, marked dirty by their entry
 * @classes: of these, each class
 */
struct tsmc_mapping {
	uint64_t start;
	uint64_t length;
	uint32_t prot;
	char name[256];
	uint64_t pages;
	uint64_t hot;
	uint64_t written;
	struct tsmc_class_counts classes;
};

/**
 * struct tsmc_settings - what can be set; fields as the attributes
 */
struct tsmc_settings {
	uint32_t interval_ms;
	uint32_t background_ms;
	uint32_t budget_permille;
};

/**
 * struct tsmc_event - a multicast event
 * @name: of its kind
 * @request: number of the migration; 0: none is announced
 * @epoch: how often the guest resumed in a new domain
 */
struct tsmc_event {
	const char *name;
	uint64_t request;
	uint64_t epoch;
};

int tsmc_status_read(struct tsmc_status *status, struct nlmsghdr *message);
int tsmc_classes_read(struct tsmc_class_counts *classes, struct nlmsghdr *message);
int tsmc_run_read(struct tsmc_run *run, struct nlmsghdr *message);
int tsmc_process_read(struct tsmc_process *process, struct nlmsghdr *message);
int tsmc_mapping_read(struct tsmc_mapping *mapping, struct nlmsghdr *message);
int tsmc_settings_read(struct tsmc_settings *settings, struct nlmsghdr *message);
int tsmc_event_read(struct tsmc_event *event, struct nlmsghdr *message);

#endif /* TSMC_MESSAGES_H */

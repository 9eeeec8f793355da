/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was read, as text for people and as JSON. JSON has the names of the
 * attributes in lower case.
 */
#ifndef TSMC_SHOW_H
#define TSMC_SHOW_H

#include <stdio.h>

#include "json.h"
#include "messages.h"

void tsmc_status_text(const struct tsmc_status *status, FILE *out);
void tsmc_status_json(const struct tsmc_status *status, struct tsmc_json *json, const char *key);
void tsmc_classes_text(const struct tsmc_class_counts *classes, FILE *out);
void tsmc_classes_json(const struct tsmc_class_counts *classes, struct tsmc_json *json);
void tsmc_run_heading(FILE *out);
void tsmc_run_text(const struct tsmc_run *run, FILE *out);
void tsmc_run_json(const struct tsmc_run *run, struct tsmc_json *json);
void tsmc_process_heading(FILE *out);
void tsmc_process_text(const struct tsmc_process *process, FILE *out);
void tsmc_process_json(const struct tsmc_process *process, struct tsmc_json *json);
void tsmc_mapping_heading(FILE *out);
void tsmc_mapping_text(const struct tsmc_mapping *mapping, FILE *out);
void tsmc_mapping_json(const struct tsmc_mapping *mapping, struct tsmc_json *json);
void tsmc_settings_text(const struct tsmc_settings *settings, FILE *out);
void tsmc_settings_json(const struct tsmc_settings *settings, struct tsmc_json *json);
void tsmc_event_text(const struct tsmc_event *event, FILE *out);
void tsmc_event_json(const struct tsmc_event *event, struct tsmc_json *json);

#endif /* TSMC_SHOW_H */

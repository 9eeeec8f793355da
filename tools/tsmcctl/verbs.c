// SPDX-License-Identifier: GPL-2.0-or-later
#include "verbs.h"

#include <stdio.h>
#include <string.h>

static const struct tsmc_verb *const verbs[] = {
	&tsmc_verb_status, &tsmc_verb_hot, &tsmc_verb_classes, &tsmc_verb_processes,
	&tsmc_verb_mappings, &tsmc_verb_set, &tsmc_verb_hint, &tsmc_verb_monitor,
};

/**
 * tsmc_verb_find - the verb of a name
 * @name: as typed
 *
 * Return: NULL if there is none.
 */
const struct tsmc_verb *tsmc_verb_find(const char *name)
{
	for (unsigned int i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];
	}
	return NULL;
}

/**
 * tsmc_verb_list - one line for each verb
 * @out: where to
 */
void tsmc_verb_list(FILE *out)
{
	for (unsigned int i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		fprintf(out, "  %-10s %s\n", verbs[i]->name, verbs[i]->summary);
}

/**
 * tsmc_verb_check - can the verb be run so?
 * @verb: to be run
 * @args: with these
 * @why: on false, what is wrong
 * @size: of @why
 */
bool tsmc_verb_check(const struct tsmc_verb *verb, const struct tsmc_args *args, char *why,
		     size_t size)
{
	if (args->nr_operands < verb->least) {
		snprintf(why, size, "something is missing");
		return false;
	}
	if (args->nr_operands > verb->most) {
		snprintf(why, size, "'%s' is too much", args->operands[verb->most]);
		return false;
	}
	return !verb->check || verb->check(args, why, size);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an operator is told of a record.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "status_view.h"
#include "unit.h"

static char *shown;

static void show(void (*view)(const struct tsmc_journal *, bool, FILE *), const struct tsmc_journal *journal, bool alive)
{
	size_t len;
	FILE *out;

	free(shown);
	out = open_memstream(&shown, &len);
	EXPECT(out);
	view(journal, alive, out);
	EXPECT(!fclose(out));
}

static const struct tsmc_journal sample = {
	.session = { 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6 },
	.domid = 5,
	.pid = 812,
	.name = "web1",
	.host = "hostb",
};

static struct tsmc_journal in_phase(enum tsmc_phase phase)
{
	struct tsmc_journal journal = sample;

	journal.phase = phase;
	if (!tsmc_phase_is_source(phase))
		journal.host[0] = '\0';
	return journal;
}

/* Documentation/ownership.md, section 2. */
static void the_owner_is_as_documented(void)
{
	static const enum tsmc_owner owners[TSMC_PHASE_NR] = {
		[TSMC_PHASE_GIVEN] = TSMC_OWNER_THERE,
		[TSMC_PHASE_INCOMING] = TSMC_OWNER_THERE,
		[TSMC_PHASE_PREPARED] = TSMC_OWNER_SOURCE_KNOWS,
	};

	for (enum tsmc_phase phase = 0; phase < TSMC_PHASE_NR; phase++) {
		EXPECT(tsmc_situation_of(phase, true).owner == owners[phase]);
		EXPECT(tsmc_situation_of(phase, false).owner == owners[phase]);
	}
}

static void nothing_is_to_be_done_beside_an_agent(void)
{
	for (enum tsmc_phase phase = 0; phase < TSMC_PHASE_NR; phase++) {
		struct tsmc_situation situation = tsmc_situation_of(phase, true);

		EXPECT(situation.next == TSMC_NEXT_NOTHING && !situation.interrupted && situation.why && situation.what);
	}
}

/* Only the source calls; what has never been handed over can be removed where it is. */
static void the_remedy_is_that_of_the_phase(void)
{
	for (enum tsmc_phase phase = 0; phase < TSMC_PHASE_NR; phase++) {
		struct tsmc_situation situation = tsmc_situation_of(phase, false);
		enum tsmc_next next = tsmc_phase_is_source(phase) ? TSMC_NEXT_RECOVER : TSMC_NEXT_RECOVER_THERE;

		if (phase == TSMC_PHASE_INCOMING)
			next = TSMC_NEXT_ABORT_LOST;
		if (phase == TSMC_PHASE_COMPLETE)
			next = TSMC_NEXT_NOTHING;
		EXPECT(situation.next == next && situation.why);
		EXPECT(situation.interrupted == (phase != TSMC_PHASE_COMPLETE));
	}
}

static void text_of_a_source(void)
{
	struct tsmc_journal journal = in_phase(TSMC_PHASE_GIVEN);

	show(tsmc_status_text, &journal, true);
	EXPECT(!strcmp(shown,
		"web1 leaves this host for hostb\n"
		"  phase   given: it was handed over; pages that it lacks there are still here\n"
		"  owner   the other host\n"
		"  agent   process 812\n"
		"  domain  5, session a1b2c3d4\n"
		"  next    nothing: tsmc-agent is at work, or calls the target again\n"));
	show(tsmc_status_text, &journal, false);
	EXPECT(strstr(shown, "web1 leaves this host for hostb: INTERRUPTED\n"));
	EXPECT(strstr(shown, "\n  agent   none\n"));
	EXPECT(strstr(shown, "\n  next    tsmc-agent recover web1\n          the missing pages cross;"));
}

static void text_of_a_target(void)
{
	struct tsmc_journal journal = in_phase(TSMC_PHASE_WAITING);

	show(tsmc_status_text, &journal, false);
	EXPECT(strstr(shown, "web1 comes to this host: INTERRUPTED\n  phase   waiting: it is paused here;"));
	EXPECT(strstr(shown, "\n  next    at the source: tsmc-agent recover web1\n"));
	journal = in_phase(TSMC_PHASE_INCOMING);
	journal.domid = 0;
	show(tsmc_status_text, &journal, false);
	EXPECT(strstr(shown, "\n  domain  not built yet, session a1b2c3d4\n"));
	EXPECT(strstr(shown, "\n  next    tsmc-agent abort --lost web1\n"));
}

static void the_session_stays_secret(void)
{
	for (enum tsmc_phase phase = 0; phase < TSMC_PHASE_NR; phase++) {
		struct tsmc_journal journal = in_phase(phase);

		show(tsmc_status_text, &journal, false);
		EXPECT(strstr(shown, "a1b2c3d4") && !strstr(shown, "e5"));
		show(tsmc_status_json, &journal, false);
		EXPECT(strstr(shown, "a1b2c3d4") && !strstr(shown, "e5"));
	}
}

/* A target is told the name by another host. */
static void a_name_cannot_steer_the_terminal(void)
{
	struct tsmc_journal journal = in_phase(TSMC_PHASE_WAITING);

	strcpy(journal.name, "a\033[2J\nb\177");
	show(tsmc_status_text, &journal, false);
	EXPECT(!strncmp(shown, "a?[2J?b? comes", strlen("a?[2J?b? comes")));
	EXPECT(strstr(shown, "recover a?[2J?b?\n"));
	EXPECT(!strchr(shown, '\033') && !strchr(shown, '\177'));
}

static void json_of_a_source(void)
{
	struct tsmc_journal journal = in_phase(TSMC_PHASE_MOVING);

	strcpy(journal.host, "socat - \"x\"");
	show(tsmc_status_json, &journal, true);
	EXPECT(!strcmp(shown,
		"{\"name\": \"web1\", \"domid\": 5, \"session\": \"a1b2c3d4\", \"side\": \"source\", "
		"\"host\": \"socat - \\\"x\\\"\", \"phase\": \"moving\", "
		"\"what\": \"it runs here, and its memory is being copied\", \"owner\": \"here\", "
		"\"agent\": 812, \"interrupted\": false, \"command\": null, \"command_at\": null, "
		"\"why\": \"tsmc-agent is at work; tsmc-agent abort would stop it\"}"));
}

static void json_of_a_target(void)
{
	struct tsmc_journal journal = in_phase(TSMC_PHASE_PREPARED);

	show(tsmc_status_json, &journal, false);
	EXPECT(strstr(shown, "\"side\": \"target\", \"host\": null, "));
	EXPECT(strstr(shown, "\"owner\": \"source knows\", \"agent\": null, \"interrupted\": true, "));
	EXPECT(strstr(shown, "\"command\": \"tsmc-agent recover web1\", \"command_at\": \"source\", "));
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "the owner is as documented", the_owner_is_as_documented },
		{ "nothing is to be done beside an agent", nothing_is_to_be_done_beside_an_agent },
		{ "the remedy is that of the phase", the_remedy_is_that_of_the_phase },
		{ "a source's record is shown as text", text_of_a_source },
		{ "so is a target's", text_of_a_target },
		{ "a session is not shown as a whole", the_session_stays_secret },
		{ "a guest's name cannot steer the terminal", a_name_cannot_steer_the_terminal },
		{ "a source's record is shown as JSON", json_of_a_source },
		{ "so is a target's", json_of_a_target },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}

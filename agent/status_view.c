// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Of a session only the first bytes are shown, which tell two apart: whoever knows all of them can
 * join the migration.
 */
#include "status_view.h"

#include "json.h"
#include "plain_text.h"

static const char * const owners[] = {
	[TSMC_OWNER_HERE]		= "here",
	[TSMC_OWNER_THERE]		= "there",
	[TSMC_OWNER_SOURCE_KNOWS]	= "source knows",
};

static const char * const owners_in_words[] = {
	[TSMC_OWNER_HERE]		= "this host",
	[TSMC_OWNER_THERE]		= "the other host",
	[TSMC_OWNER_SOURCE_KNOWS]	= "the source knows which host",
};

/* Words of the command line before the guest's name. */
static const char * const commands[] = {
	[TSMC_NEXT_NOTHING]		= NULL,
	[TSMC_NEXT_RECOVER]		= "tsmc-agent recover",
	[TSMC_NEXT_RECOVER_THERE]	= "tsmc-agent recover",
	[TSMC_NEXT_ABORT_LOST]		= "tsmc-agent abort --lost",
};

static void put_session(const struct tsmc_journal *journal, FILE *out)
{
	for (unsigned int i = 0; i < 4; i++)
		fprintf(out, "%02x", journal->session[i]);
}

static void text_next(const struct tsmc_journal *journal, const struct tsmc_situation *situation, FILE *out)
{
	fprintf(out, "  next    ");
	if (situation->next == TSMC_NEXT_NOTHING) {
		fprintf(out, "nothing: %s\n", situation->why);
		return;
	}
	if (situation->next == TSMC_NEXT_RECOVER_THERE)
		fprintf(out, "at the source: ");
	fprintf(out, "%s ", commands[situation->next]);
	tsmc_plain_text(journal->name, out);
	fprintf(out, "\n          %s\n", situation->why);
}

/**
 * tsmc_status_text - a record for people
 * @journal: it
 * @alive: the agent that it names is at work
 * @out: where to
 */
void tsmc_status_text(const struct tsmc_journal *journal, bool alive, FILE *out)
{
	struct tsmc_situation situation = tsmc_situation_of(journal->phase, alive);

	tsmc_plain_text(journal->name, out);
	if (tsmc_phase_is_source(journal->phase)) {
		fprintf(out, " leaves this host for ");
		tsmc_plain_text(journal->host, out);
	} else {
		fprintf(out, " comes to this host");
	}
	fprintf(out, "%s\n  phase   %s: %s\n", situation.interrupted ? ": INTERRUPTED" : "",
		tsmc_phase_name(journal->phase), situation.what);
	fprintf(out, "  owner   %s\n", owners_in_words[situation.owner]);
	if (alive)
		fprintf(out, "  agent   process %d\n", journal->pid);
	else
		fprintf(out, "  agent   none\n");
	if (journal->domid)
		fprintf(out, "  domain  %u, session ", journal->domid);
	else
		fprintf(out, "  domain  not built yet, session ");
	put_session(journal, out);
	fputc('\n', out);
	text_next(journal, &situation, out);
}

static void json_member(const char *key, const char *text, FILE *out)
{
	fprintf(out, ", \"%s\": ", key);
	if (text)
		tsmc_json_string(text, out);
	else
		fprintf(out, "null");
}

static void json_command(const struct tsmc_journal *journal, enum tsmc_next next, FILE *out)
{
	char command[64 + TSMC_JOURNAL_NAME_MAX];

	snprintf(command, sizeof(command), "%s %s", commands[next] ?: "", journal->name);
	json_member("command", commands[next] ? command : NULL, out);
	json_member("command_at", !commands[next] ? NULL : next == TSMC_NEXT_RECOVER_THERE ? "source" : "here", out);
}

/**
 * tsmc_status_json - a record for programs
 * @journal: it
 * @alive: the agent that it names is at work
 * @out: where to
 */
void tsmc_status_json(const struct tsmc_journal *journal, bool alive, FILE *out)
{
	struct tsmc_situation situation = tsmc_situation_of(journal->phase, alive);
	bool source = tsmc_phase_is_source(journal->phase);

	fprintf(out, "{\"name\": ");
	tsmc_json_string(journal->name, out);
	fprintf(out, ", \"domid\": %u, \"session\": \"", journal->domid);
	put_session(journal, out);
	fputc('"', out);
	json_member("side", source ? "source" : "target", out);
	json_member("host", source ? journal->host : NULL, out);
	json_member("phase", tsmc_phase_name(journal->phase), out);
	json_member("what", situation.what, out);
	json_member("owner", owners[situation.owner], out);
	if (alive)
		fprintf(out, ", \"agent\": %d", journal->pid);
	else
		json_member("agent", NULL, out);
	fprintf(out, ", \"interrupted\": %s", situation.interrupted ? "true" : "false");
	json_command(journal, situation.next, out);
	json_member("why", situation.why, out);
	fputc('}', out);
}

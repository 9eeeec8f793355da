// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "html.h"
#include "report_read.h"

static const char help[] =
"usage: tsmc-agent report [-o PAGE] FILE [OTHER]\n"
"\n"
"Shows what migrate --json has written to FILE as an HTML page with pictures; with\n"
"OTHER, two migrations side by side. The page needs nothing but itself.\n"
"\n"
"  -o PAGE    write the page to PAGE (default: FILE with .html instead of .json)\n"
"\n"
"Exit status: 0 the page is written; 1 it is not; 2 bad usage.\n";

enum { OPT_HELP = 256 };

static const struct option long_options[] = {
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static int fail(const char *what, const char *path, const char *why)
{
	fprintf(stderr, "tsmc-agent report: cannot %s %s: %s\n", what, path, why);
	return -1;
}

/* All of a file, or what is one byte too much of it. */
static int load(const char *path, char **text, size_t *len)
{
	FILE *file = fopen(path, "re");

	*text = malloc(TSMC_REPORT_FILE_MAX + 1);
	if (!file || !*text) {
		fail("read", path, strerror(errno));
	} else {
		*len = fread(*text, 1, TSMC_REPORT_FILE_MAX + 1, file);
		if (!ferror(file)) {
			fclose(file);
			return 0;
		}
		fail("read", path, strerror(errno));
	}
	if (file)
		fclose(file);
	return -1;
}

static int read_file(const char *path, struct tsmc_report_file *file)
{
	char why[256] = "";
	char *text = NULL;
	size_t len = 0;
	int rc = load(path, &text, &len);

	if (!rc) {
		rc = tsmc_report_read(text, len, file, why, sizeof(why));
		if (rc)
			fail("use", path, rc == -EINVAL ? why : strerror(-rc));
	}
	free(text);
	return rc;
}

/* To be freed. */
static char *page_path(const char *given, const char *file)
{
	static const char ending[] = ".json";
	size_t len = strlen(file), cut = strlen(ending);
	char *path;

	if (given)
		return strdup(given);
	if (len > cut && !strcmp(file + len - cut, ending))
		len -= cut;
	return asprintf(&path, "%.*s.html", (int)len, file) < 0 ? NULL : path;
}

static int write_page(const char *path, const struct tsmc_report_file *files, unsigned int nr)
{
	const struct tsmc_report *runs[TSMC_HTML_RUNS] = { &files[0].report, &files[1].report };
	FILE *file = path ? fopen(path, "we") : NULL;
	int error;

	if (!file)
		return fail("write", path ? path : "the page", strerror(errno));
	tsmc_html_page(file, runs, nr);
	error = ferror(file);
	if (fclose(file) || error)
		return fail("write", path, strerror(errno));
	return 0;
}

static int report(const char *given, char *const *paths, unsigned int nr)
{
	struct tsmc_report_file files[TSMC_HTML_RUNS] = { 0 };
	char *path = NULL;
	int rc = 0;

	for (unsigned int i = 0; !rc && i < nr; i++)
		rc = read_file(paths[i], &files[i]);
	if (!rc) {
		path = page_path(given, paths[0]);
		rc = write_page(path, files, nr);
	}
	if (!rc && !given)
		printf("%s\n", path);
	free(path);
	for (unsigned int i = 0; i < nr; i++)
		tsmc_report_file_destroy(&files[i]);
	return rc ? TSMC_EXIT_FAILED : TSMC_EXIT_OK;
}

/**
 * tsmc_cmd_report - the verb report
 * @agent: not used: Xen is not needed
 * @argc: arguments from the verb on
 * @argv: likewise
 *
 * Return: enum tsmc_exit.
 */
int tsmc_cmd_report(struct tsmc_agent *agent, int argc, char **argv)
{
	const char *given = NULL;
	int option;

	(void)agent;
	while ((option = getopt_long(argc, argv, "o:", long_options, NULL)) != -1) {
		if (option == 'o') {
			given = optarg;
		} else {
			fputs(help, option == OPT_HELP ? stdout : stderr);
			return option == OPT_HELP ? TSMC_EXIT_OK : TSMC_EXIT_USAGE;
		}
	}
	if (argc - optind < 1 || argc - optind > TSMC_HTML_RUNS) {
		fputs(help, stderr);
		return TSMC_EXIT_USAGE;
	}
	return report(given, argv + optind, argc - optind);
}

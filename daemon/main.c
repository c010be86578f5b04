// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <stdio.h>

#include "cli/lib/cli.h"
#include "cli/lib/fail.h"
#include "cli/verbs/verbs.h"
#include "service/daemon.h"
#include "util/util.h"
#include "version.h"

static int run_daemon(struct cli *cli, int argc, char **argv)
{
	if (cli->host || cli->json)
		return cli_fail(cli, CLI_USAGE, "Usage", "daemon takes neither -H nor --json");
	return lpd_daemon_run(argc, argv);
}

static const struct verb {
	const char *name;
	int (*run)(struct cli *cli, int argc, char **argv);
	const char *arguments;
	const char *help;
} verbs[] = {
	{ "status", cli_status, "", "show on one screen how things stand" },
	{ "load", cli_load, "FILE|NAME", "load a livepatch, or with --all those installed" },
	{ "unload", cli_unload, "NAME", "take a livepatch back" },
	{ "check", cli_check, "FILE|NAME", "look at a livepatch without loading it" },
	{ "list", cli_list, "", "list the livepatches in their order" },
	{ "order", cli_order, "[NAME...]", "show who wins, or stack helper patches anew" },
	{ "show", cli_show, "NAME", "show everything about a livepatch, transition or tracer" },
	{ "trace", cli_trace, "FUNCTION...", "attach tracers to functions" },
	{ "retrace", cli_retrace, "ID...", "change tracers" },
	{ "untrace", cli_untrace, "ID...|--all", "remove tracers" },
	{ "tracers", cli_tracers, "[ID]", "list the tracers with their hits, or show what a BPF tracer found" },
	{ "top", cli_top, "", "show live how often tracers are hit, by body" },
	{ "functions", cli_functions, "[PATTERN...]", "list the functions that have tracers, or who is on a function" },
	{ "blockers", cli_blockers, "[NAME]", "list the tasks that a transition waits for" },
	{ "wait", cli_wait, "[NAME]", "wait until no transition runs" },
	{ "cancel", cli_cancel, "", "cancel the transition that runs" },
	{ "force", cli_force, "", "end the transition that runs, without the kernel's guarantee" },
	{ "history", cli_history, "", "show what was done to the livepatches" },
	{ "doctor", cli_doctor, "", "gather what a bug report needs, and tell what is wrong" },
	{ "monitor", cli_monitor, "", "print every change, or each hit, as it happens" },
	{ "version", cli_version, "", "print the versions of all parts" },
	{ "daemon", run_daemon, "", "run the service; systemd does this" },
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
		if (lpd_streq(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static void print_help(void)
{
	printf("livepatchd [OPTION...] VERB [ARGUMENT...]\n"
	       "\n"
	       "Loads livepatches, attaches tracers, and tells what came of it.\n"
	       "\n"
	       "Verbs:\n");
	for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
		printf("  %-10s%-14s%s\n", verbs[i].name, verbs[i].arguments, verbs[i].help);
	printf("\n"
	       "Options:\n"
	       "      --json              print JSON\n"
	       "  -H, --host=[USER@]HOST  talk to livepatchd on HOST, over ssh\n"
	       "  -h, --help              print this text; after a verb: that verb's options\n"
	       "      --version           print this program's version\n");
}

int main(int argc, char **argv)
{
	enum {
		OPTION_JSON = 256,
		OPTION_VERSION,
	};
	static const struct option options[] = {
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "host", required_argument, NULL, 'H' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, OPTION_VERSION },
		{},
	};
	const struct verb *verb;
	struct cli cli = {};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "+H:h", options, NULL)) >= 0) {
		switch (c) {
		case OPTION_JSON:
			cli.json = true;
			break;
		case 'H':
			cli.host = optarg;
			break;
		case 'h':
			print_help();
			return CLI_DONE;
		case OPTION_VERSION:
			printf("livepatchd %s\n", LIVEPATCHD_VERSION);
			return CLI_DONE;
		default:
			return cli_fail(&cli, CLI_USAGE, "Usage",
					"%s is not an option, or wants a value; see livepatchd --help",
					argv[optind - 1]);
		}
	}

	if (optind >= argc)
		return cli_fail(&cli, CLI_USAGE, "Usage",
				"a verb is wanted, such as status; livepatchd --help lists them");

	verb = find_verb(argv[optind]);
	if (!verb)
		return cli_fail(&cli, CLI_USAGE, "Usage",
				"%s is not a verb; livepatchd --help lists them", argv[optind]);

	cli.verb = verb->name;
	return verb->run(&cli, argc - optind, argv + optind);
}

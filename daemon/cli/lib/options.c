// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>

#include "cli/lib/fail.h"
#include "cli/lib/options.h"
#include "util/parse-util.h"
#include "util/time-util.h"

enum {
	MAX_OPTIONS = 16,
	/* getopt_long() returns OPTION_BASE + i for the i-th option. */
	OPTION_BASE = 256,
};

int cli_parse_flag(const char *value, void *ret_bool)
{
	(void)value;
	*(bool *)ret_bool = true;
	return 0;
}

int cli_parse_string(const char *value, void *ret_const_char)
{
	*(const char **)ret_const_char = value;
	return 0;
}

int cli_parse_int(const char *value, void *ret_int32)
{
	return lpd_parse_int32(value, ret_int32);
}

int cli_parse_time(const char *value, void *ret_usec)
{
	return lpd_parse_timespan(value, ret_usec);
}

static void print_option(const struct cli_option *option)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "%c%c%c --%s%s%s", option->letter ? '-' : ' ',
		       option->letter ?: ' ', option->letter ? ',' : ' ', option->name,
		       option->metavar ? "=" : "", option->metavar ?: "");
	printf("  %-36s %s\n", left, option->help);
}

static void print_help(const struct cli *cli, const struct cli_usage *usage,
		       const struct cli_option *options)
{
	printf("livepatchd %s [OPTION...]%s%s\n\n%s\nOptions:\n", cli->verb,
	       *usage->arguments ? " " : "", usage->arguments, usage->description);
	for (const struct cli_option *o = options; o->name; o++)
		print_option(o);
}

/* The verb's options and those that all verbs have, with an end mark. */
static void collect_options(struct cli *cli, bool *help, const struct cli_option *own,
			    struct cli_option *all)
{
	const struct cli_option common[] = {
		{ "json", 0, NULL, "print JSON", cli_parse_flag, &cli->json },
		{ "host", 'H', "[USER@]HOST", "talk to livepatchd on HOST, over ssh",
		  cli_parse_string, &cli->host },
		{ "help", 'h', NULL, "print this text", cli_parse_flag, help },
		{},
	};
	int n = 0;

	for (; own && own->name; own++)
		all[n++] = *own;
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		all[n++] = common[i];
}

/* The option that getopt_long() returned @c for. */
static const struct cli_option *find_option(const struct cli_option *options, int c)
{
	if (c >= OPTION_BASE)
		return &options[c - OPTION_BASE];
	while (options->letter != c)
		options++;
	return options;
}

static int bad_option(struct cli *cli, int c, const char *word)
{
	if (c == ':')
		return cli_fail(cli, CLI_USAGE, "Usage", "%s wants a value; see livepatchd %s --help",
				word, cli->verb);
	return cli_fail(cli, CLI_USAGE, "Usage",
			"%s is not an option of this verb, or takes no value; see livepatchd %s --help",
			word, cli->verb);
}

bool cli_parse(struct cli *cli, const struct cli_usage *usage, const struct cli_option *options,
	       int *argc, char ***argv, int *ret_exit)
{
	struct cli_option all[MAX_OPTIONS] = {};
	struct option longs[MAX_OPTIONS] = {};
	char shorts[2 * MAX_OPTIONS + 2] = ":", *s = shorts + 1;
	const char *bad_word = NULL;
	bool help = false;
	int c, bad = 0;

	collect_options(cli, &help, options, all);
	for (int i = 0; all[i].name; i++) {
		longs[i] = (struct option){
			.name = all[i].name,
			.has_arg = all[i].metavar ? required_argument : no_argument,
			.val = OPTION_BASE + i,
		};
		if (!all[i].letter)
			continue;
		*s++ = all[i].letter;
		if (all[i].metavar)
			*s++ = ':';
	}

	opterr = 0;
	/* 0 makes glibc start over, main() has used getopt as well. */
	optind = 0;
	while ((c = getopt_long(*argc, *argv, shorts, longs, NULL)) >= 0) {
		const struct cli_option *option;

		if (c == '?' || c == ':') {
			/* Told when all is read: --json may come after it. */
			if (!bad) {
				bad = c;
				bad_word = (*argv)[optind - 1];
			}
			continue;
		}
		option = find_option(all, c);
		if (option->parse(optarg, option->to) < 0) {
			*ret_exit = cli_fail(cli, CLI_USAGE, "Usage",
					     "--%s wants %s, not \"%s\"; see livepatchd %s --help",
					     option->name, option->metavar, optarg, cli->verb);
			return false;
		}
	}

	if (help) {
		print_help(cli, usage, all);
		*ret_exit = CLI_DONE;
		return false;
	}

	if (bad) {
		*ret_exit = bad_option(cli, bad, bad_word);
		return false;
	}

	*argc -= optind;
	*argv += optind;
	if (*argc < usage->min) {
		*ret_exit = cli_fail(cli, CLI_USAGE, "Usage",
				     "%s wants %s; see livepatchd %s --help", cli->verb,
				     usage->arguments, cli->verb);
		return false;
	}
	if (*argc > usage->max) {
		*ret_exit = cli_fail(cli, CLI_USAGE, "Usage",
				     "%s does not know what to do with %s; see livepatchd %s --help",
				     cli->verb, (*argv)[usage->max], cli->verb);
		return false;
	}
	return true;
}

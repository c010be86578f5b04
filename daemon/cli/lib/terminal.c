// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/lib/terminal.h"
#include "util/util.h"

#define GREEN "\x1b[32m"
#define YELLOW "\x1b[33m"
#define RED "\x1b[31m"

static const struct {
	const char *state;
	const char *colour;
} colours[] = {
	{ "patched", GREEN },
	{ "attached", GREEN },
	{ "done", GREEN },
	{ "patching", YELLOW },
	{ "unpatching", YELLOW },
	{ "tracing", YELLOW },
	{ "queued", YELLOW },
	{ "running", YELLOW },
	{ "removing", YELLOW },
	{ "failed", RED },
	{ "reversed", RED },
	{ "cancelled", RED },
};

bool cli_wants_colour(FILE *f)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

	return isatty(fileno(f)) && !(no_color && *no_color) && term && !lpd_streq(term, "dumb");
}

const char *cli_state_colour(const char *state)
{
	for (size_t i = 0; i < ELEMENTSOF(colours); i++)
		if (lpd_streq(colours[i].state, state))
			return colours[i].colour;
	return "";
}

void cli_print_state(FILE *f, const char *state)
{
	const char *colour = cli_wants_colour(f) ? cli_state_colour(state) : "";

	(void)fprintf(f, "%s%s%s", colour, state, *colour ? CLI_COLOUR_RESET : "");
}

unsigned int cli_terminal_width(FILE *f)
{
	struct winsize size;

	if (ioctl(fileno(f), TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

unsigned int cli_terminal_height(FILE *f)
{
	struct winsize size;

	if (ioctl(fileno(f), TIOCGWINSZ, &size) < 0 || size.ws_row == 0)
		return 24;
	return size.ws_row;
}

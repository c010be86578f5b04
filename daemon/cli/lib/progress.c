// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <unistd.h>

#include "cli/lib/progress.h"
#include "cli/lib/terminal.h"
#include "cli/lib/text.h"
#include "util/time-util.h"

/* Lines come no faster than this. */
#define LINE_INTERVAL USEC_PER_SEC

void cli_progress_update(struct cli_progress *p, json_object *transition)
{
	char line[512];
	uint64_t now;

	if (p->silent)
		return;

	if (isatty(STDERR_FILENO)) {
		cli_progress_bar(line, sizeof(line), cli_terminal_width(stderr), transition);
		(void)fprintf(stderr, "\r\x1b[K%s", line);
		(void)fflush(stderr);
		p->drawn = true;
		return;
	}

	now = lpd_now_monotonic();
	if (now < p->next_line)
		return;
	p->next_line = now + LINE_INTERVAL;
	cli_progress_text(line, sizeof(line), transition);
	(void)fprintf(stderr, "%s\n", line);
}

void cli_progress_clear(struct cli_progress *p)
{
	if (!p->drawn)
		return;
	(void)fputs("\r\x1b[K", stderr);
	(void)fflush(stderr);
	p->drawn = false;
}

// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "util/words.h"

int lpd_add_words(char **text, const char *separator, const char *words)
{
	char *longer;

	if (asprintf(&longer, "%s%s%s", *text ?: "", *text ? separator : "", words) < 0)
		return -ENOMEM;
	free(*text);
	*text = longer;
	return 0;
}

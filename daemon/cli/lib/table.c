// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/lib/table.h"
#include "cli/lib/terminal.h"

enum { MAX_COLUMNS = 12 };

struct cell {
	char *text;
	const char *colour;
};

struct cli_table {
	size_t n_columns;
	bool right[MAX_COLUMNS];
	/* The headings, then the rows. */
	struct cell *cells;
	size_t n_cells;
	/* A cell was lost for want of memory. */
	bool broken;
};

static void add(struct cli_table *t, char *text, const char *colour)
{
	struct cell *cells;

	cells = text ? reallocarray(t->cells, t->n_cells + 1, sizeof(*cells)) : NULL;
	if (!cells) {
		free(text);
		t->broken = true;
		return;
	}

	cells[t->n_cells++] = (struct cell){ .text = text, .colour = colour };
	t->cells = cells;
}

struct cli_table *cli_table_new(const char *columns)
{
	struct cli_table *t;

	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;

	while (*columns && t->n_columns < MAX_COLUMNS) {
		size_t length;

		if (*columns == '>') {
			t->right[t->n_columns] = true;
			columns++;
		}
		length = strcspn(columns, " ");
		add(t, strndup(columns, length), CLI_COLOUR_BOLD);
		t->n_columns++;
		columns += length + (columns[length] == ' ');
	}

	return t;
}

struct cli_table *cli_table_free(struct cli_table *t)
{
	if (!t)
		return NULL;

	for (size_t i = 0; i < t->n_cells; i++)
		free(t->cells[i].text);
	free(t->cells);
	free(t);
	return NULL;
}

void cli_table_add(struct cli_table *t, const char *format, ...)
{
	char *text;
	va_list ap;
	int r;

	va_start(ap, format);
	r = vasprintf(&text, format, ap);
	va_end(ap);

	add(t, r < 0 ? NULL : text, "");
}

void cli_table_add_state(struct cli_table *t, const char *state)
{
	add(t, strdup(state), cli_state_colour(state));
}

/* How many columns of a terminal a text takes: its characters, in UTF-8. */
static size_t text_width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static void print_cell(const struct cli_table *t, size_t i, size_t width, FILE *f, bool colour)
{
	const struct cell *cell = &t->cells[i];
	size_t column = i % t->n_columns, pad = width - text_width(cell->text);
	bool last = column + 1 == t->n_columns;
	bool coloured = colour && *cell->colour;

	if (t->right[column])
		(void)fprintf(f, "%*s", (int)pad, "");
	(void)fprintf(f, "%s%s%s", coloured ? cell->colour : "", cell->text,
		      coloured ? CLI_COLOUR_RESET : "");
	/* No blanks at the end of a line. */
	if (!t->right[column] && !last)
		(void)fprintf(f, "%*s", (int)pad, "");
	(void)fputs(last ? "\n" : "  ", f);
}

int cli_table_print(const struct cli_table *t, FILE *f, bool colour)
{
	size_t widths[MAX_COLUMNS] = {};

	if (t->broken)
		return -ENOMEM;

	for (size_t i = 0; i < t->n_cells; i++) {
		size_t *width = &widths[i % t->n_columns], w = text_width(t->cells[i].text);

		if (w > *width)
			*width = w;
	}
	for (size_t i = 0; i < t->n_cells; i++)
		print_cell(t, i, widths[i % t->n_columns], f, colour);

	return 0;
}

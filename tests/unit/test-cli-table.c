// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cli/lib/table.h"
#include "util/util.h"

/* What the table prints. */
static char *print(const struct cli_table *table, bool colour)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	assert_int_equal(cli_table_print(table, f, colour), 0);
	(void)fclose(f);
	return text;
}

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
	_cleanup_(cli_table_freep) struct cli_table *table = cli_table_new(">ORDER NAME STATE");
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_non_null(table);
	cli_table_add(table, "%d", 1);
	cli_table_add(table, "livepatch_cmdline");
	cli_table_add_state(table, "patched");
	cli_table_add(table, "%d", 1000000);
	cli_table_add(table, "b");
	cli_table_add_state(table, "loaded");

	text = print(table, false);
	assert_string_equal(text, "  ORDER  NAME               STATE\n"
				  "      1  livepatch_cmdline  patched\n"
				  "1000000  b                  loaded\n");
}

static void width_counts_characters_not_bytes(void **state)
{
	_cleanup_(cli_table_freep) struct cli_table *table = cli_table_new("FILE >N");
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_non_null(table);
	cli_table_add(table, "/é.ko");
	cli_table_add(table, "1");
	cli_table_add(table, "/ab.ko");
	cli_table_add(table, "22");

	text = print(table, false);
	assert_string_equal(text, "FILE     N\n"
				  "/é.ko    1\n"
				  "/ab.ko  22\n");
}

static void only_headings_and_known_states_are_coloured(void **state)
{
	_cleanup_(cli_table_freep) struct cli_table *table = cli_table_new("STATE N");
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_non_null(table);
	cli_table_add_state(table, "failed");
	cli_table_add(table, "failed");
	cli_table_add_state(table, "loaded");
	cli_table_add(table, "%s", "");

	text = print(table, true);
	assert_string_equal(text, "\x1b[1mSTATE\x1b[0m   \x1b[1mN\x1b[0m\n"
				  "\x1b[31mfailed\x1b[0m  failed\n"
				  "loaded  \n");
}

static void a_table_may_be_empty(void **state)
{
	_cleanup_(cli_table_freep) struct cli_table *table = cli_table_new("A >B");
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_non_null(table);
	text = print(table, false);
	assert_string_equal(text, "A  B\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
		cmocka_unit_test(width_counts_characters_not_bytes),
		cmocka_unit_test(only_headings_and_known_states_are_coloured),
		cmocka_unit_test(a_table_may_be_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

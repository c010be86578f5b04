// SPDX-License-Identifier: GPL-2.0-only
#include "cli/lib/fail.h"
#include "cli/lib/json.h"
#include "cli/lib/list.h"
#include "cli/lib/terminal.h"
#include "util/util.h"

int cli_print_list(const struct cli *cli, json_object *things, const char *columns,
		   const char *none, void (*add_row)(struct cli_table *table, json_object *thing))
{
	_cleanup_(cli_table_freep) struct cli_table *table = NULL;
	size_t n = json_object_array_length(things);

	if (cli->json) {
		cli_print_json(things);
		return CLI_DONE;
	}
	if (n == 0) {
		printf("%s\n", none);
		return CLI_DONE;
	}

	table = cli_table_new(columns);
	if (!table)
		return cli_fail_memory(cli);
	for (size_t i = 0; i < n; i++)
		add_row(table, json_object_array_get_idx(things, i));

	return cli_table_print(table, stdout, cli_wants_colour(stdout)) < 0 ? cli_fail_memory(cli) :
									      CLI_DONE;
}

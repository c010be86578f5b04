// SPDX-License-Identifier: GPL-2.0-only
#include "cli/lib/fail.h"
#include "cli/lib/ids.h"
#include "util/parse-util.h"

int cli_read_ids(const struct cli *cli, char **typed, int n, uint32_t **ret)
{
	_cleanup_free_ uint32_t *ids = calloc((size_t)n + 1, sizeof(*ids));

	if (!ids)
		return cli_fail_memory(cli);
	for (int i = 0; i < n; i++)
		if (lpd_parse_uint32(typed[i], ids + i) < 0)
			return cli_fail(cli, CLI_USAGE, "Usage",
					"%s is not the id of a tracer; livepatchd tracers lists them", typed[i]);
	*ret = TAKE_PTR(ids);
	return CLI_DONE;
}

// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "cli/lib/bus.h"
#include "cli/lib/fail.h"
#include "cli/lib/json.h"
#include "cli/lib/options.h"
#include "cli/lib/patch-name.h"
#include "cli/verbs/verbs.h"
#include "util/util.h"

static const struct cli_shape finding[] = {
	{ "severity", NULL },
	{ "check", NULL },
	{ "function", NULL },
	{ "message", NULL },
	{},
};

static int read_reply(sd_bus_message *reply, json_object **ret)
{
	static const struct {
		const char *key;
		const struct cli_shape *members;
	} parts[] = { { "name", NULL }, { "file", NULL }, { "sha256", NULL }, { "findings", finding } };
	_cleanup_(json_object_putp) json_object *o = json_object_new_object();

	for (size_t i = 0; i < ELEMENTSOF(parts); i++) {
		json_object *part;
		int r = cli_json_read(reply, parts[i].members, &part);

		if (r < 0)
			return r;
		(void)json_object_object_add(o, parts[i].key, part);
	}
	*ret = TAKE_PTR(o);
	return 0;
}

static int call(sd_bus *bus, const char *patch, sd_bus_error *ret_error, json_object **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
	int r;

	r = cli_new_manager_call(bus, "Check", &message);
	if (r >= 0)
		r = sd_bus_message_append(message, "sa{sv}", patch, 0);
	if (r >= 0)
		r = cli_call(bus, message, ret_error, &reply);
	return r < 0 ? r : read_reply(reply, ret);
}

static size_t count_errors(json_object *findings)
{
	size_t n = 0;

	for (size_t i = 0; i < json_object_array_length(findings); i++)
		n += lpd_streq(cli_json_string(json_object_array_get_idx(findings, i), "severity"), "error");
	return n;
}

static void print(json_object *result, size_t n_errors)
{
	json_object *findings = cli_json_get(result, "findings");

	for (size_t i = 0; i < json_object_array_length(findings); i++) {
		json_object *f = json_object_array_get_idx(findings, i);

		printf("%-8s %-10s %s\n", cli_json_string(f, "severity"), cli_json_string(f, "check"),
		       cli_json_string(f, "message"));
	}
	if (n_errors == 0)
		printf("%s can be loaded.\n", cli_json_string(result, "name"));
	else
		printf("%s would be refused.\n", cli_json_string(result, "name"));
}

int cli_check(struct cli *cli, int argc, char **argv)
{
	static const struct cli_usage usage = {
		.arguments = "FILE|NAME",
		.description =
			"Looks at a livepatch without loading it, and tells what speaks for and against it. What is\n"
			"an error would have a load refused.\n",
		.min = 1,
		.max = 1,
	};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_(json_object_putp) json_object *result = NULL;
	_cleanup_free_ char *patch = NULL;
	size_t n_errors;
	int r;

	if (!cli_parse(cli, &usage, NULL, &argc, &argv, &r))
		return r;
	r = cli_name_patch(cli, argv[0], &patch);
	if (r == CLI_DONE)
		r = cli_connect(cli, &bus);
	if (r != CLI_DONE)
		return r;

	r = call(bus, patch, &error, &result);
	if (r < 0)
		return cli_fail_bus(cli, &error, r, "cannot check %s", argv[0]);
	n_errors = count_errors(cli_json_get(result, "findings"));
	if (cli->json)
		cli_print_json(result);
	else
		print(result, n_errors);
	return n_errors ? CLI_FAILED : CLI_DONE;
}

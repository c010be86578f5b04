// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "cli/lib/json.h"
#include "util/util.h"

/* The end of the socket pair that nobody reads. */
static int peer = -1;

/* A message can only be had from a bus: one end of a socket pair will do. */
static int new_bus(void **state)
{
	sd_bus *bus = NULL;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	peer = fds[1];
	assert_true(sd_bus_new(&bus) >= 0);
	assert_true(sd_bus_set_fd(bus, fds[0], fds[0]) >= 0);
	assert_true(sd_bus_start(bus) >= 0);
	*state = bus;
	return 0;
}

static int free_bus(void **state)
{
	sd_bus_close_unref(*state);
	(void)close(peer);
	return 0;
}

static sd_bus_message *new_message(sd_bus *bus)
{
	sd_bus_message *m = NULL;

	assert_true(sd_bus_message_new_signal(bus, &m, "/a", "a.b", "C") >= 0);
	return m;
}

/* What the message's first value is as JSON. */
static char *read_all(sd_bus_message *m, const struct cli_shape *members)
{
	_cleanup_(json_object_putp) json_object *o = NULL;

	assert_true(sd_bus_message_seal(m, 1, 0) >= 0);
	assert_true(sd_bus_message_rewind(m, true) >= 0);
	assert_int_equal(cli_json_read(m, members, &o), 1);
	return strdup(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
								JSON_C_TO_STRING_NOSLASHESCAPE));
}

static void structs_get_their_names(void **state)
{
	static const struct cli_shape body[] = { { "body", NULL }, { "hits", NULL }, {} };
	static const struct cli_shape tracer[] = {
		{ "id", NULL },
		{ "function", NULL },
		{ "priority", NULL },
		{ "on", NULL },
		{ "share", NULL },
		{ "hits", NULL },
		{ "bodies", body },
		{},
	};
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = new_message(*state);
	_cleanup_free_ char *text = NULL;

	assert_true(sd_bus_message_append(m, "a(usibdta(st))", 2, 7, "f", -1, true, 1.0 / 3, UINT64_MAX, 1,
					  "original", UINT64_C(5), 8, "m:g,2", 0, false, 1.0, UINT64_C(0),
					  0) >= 0);
	text = read_all(m, tracer);
	assert_string_equal(
		text,
		"[{\"id\":7,\"function\":\"f\",\"priority\":-1,\"on\":true,\"share\":0.3333,"
		"\"hits\":18446744073709551615,\"bodies\":[{\"body\":\"original\",\"hits\":5}]},"
		"{\"id\":8,\"function\":\"m:g,2\",\"priority\":0,\"on\":false,\"share\":1,"
		"\"hits\":0,\"bodies\":[]}]");
}

static void arrays_of_plain_values(void **state)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = new_message(*state);
	_cleanup_free_ char *text = NULL;

	assert_true(sd_bus_message_append(m, "au", 3, 1, 2, UINT32_MAX) >= 0);
	text = read_all(m, NULL);
	assert_string_equal(text, "[1,2,4294967295]");
}

static void strings_are_escaped(void **state)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = new_message(*state);
	_cleanup_free_ char *text = NULL;

	assert_true(sd_bus_message_append(m, "s", "/a \"b\"\n") >= 0);
	text = read_all(m, NULL);
	assert_string_equal(text, "\"/a \\\"b\\\"\\n\"");
}

static void a_struct_with_more_members_than_names_is_refused(void **state)
{
	static const struct cli_shape shape[] = { { "id", NULL }, {} };
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = new_message(*state);
	json_object *untouched = NULL;

	assert_true(sd_bus_message_append(m, "(us)", 1, "more") >= 0);
	assert_true(sd_bus_message_seal(m, 1, 0) >= 0);
	assert_true(sd_bus_message_rewind(m, true) >= 0);
	assert_true(cli_json_read(m, shape, &untouched) < 0);
	assert_null(untouched);
}

static void members_that_are_missing(void **state)
{
	_cleanup_(json_object_putp) json_object *o = json_object_new_object();

	(void)state;
	assert_string_equal(cli_json_string(o, "a"), "");
	assert_int_equal(cli_json_uint(o, "a"), 0);
	assert_int_equal(cli_json_int(o, "a"), 0);
	assert_int_equal(cli_json_length(o, "a"), 0);
	assert_false(cli_json_bool(o, "a"));
	assert_true(cli_json_double(o, "a") == 0);
	assert_string_equal(cli_json_string(NULL, "a"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(structs_get_their_names),
		cmocka_unit_test(arrays_of_plain_values),
		cmocka_unit_test(strings_are_escaped),
		cmocka_unit_test(a_struct_with_more_members_than_names_is_refused),
		cmocka_unit_test(members_that_are_missing),
	};

	return cmocka_run_group_tests(tests, new_bus, free_bus);
}

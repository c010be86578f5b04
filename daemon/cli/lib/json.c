// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "cli/lib/json.h"
#include "util/util.h"

static int read_basic(sd_bus_message *m, char type, json_object **ret)
{
	union {
		const char *s;
		uint8_t y;
		int b;
		int16_t n;
		uint16_t q;
		int32_t i;
		uint32_t u;
		int64_t x;
		uint64_t t;
		double d;
	} v;
	int r;

	r = sd_bus_message_read_basic(m, type, &v);
	if (r < 0)
		return r;

	switch (type) {
	case SD_BUS_TYPE_STRING:
	case SD_BUS_TYPE_OBJECT_PATH:
	case SD_BUS_TYPE_SIGNATURE:
		*ret = json_object_new_string(v.s);
		return 1;
	case SD_BUS_TYPE_BOOLEAN:
		*ret = json_object_new_boolean(v.b);
		return 1;
	case SD_BUS_TYPE_BYTE:
		*ret = json_object_new_int(v.y);
		return 1;
	case SD_BUS_TYPE_INT16:
		*ret = json_object_new_int(v.n);
		return 1;
	case SD_BUS_TYPE_UINT16:
		*ret = json_object_new_int(v.q);
		return 1;
	case SD_BUS_TYPE_INT32:
		*ret = json_object_new_int(v.i);
		return 1;
	case SD_BUS_TYPE_UINT32:
		*ret = json_object_new_uint64(v.u);
		return 1;
	case SD_BUS_TYPE_INT64:
		*ret = json_object_new_int64(v.x);
		return 1;
	case SD_BUS_TYPE_UINT64:
		*ret = json_object_new_uint64(v.t);
		return 1;
	case SD_BUS_TYPE_DOUBLE: {
		char text[32];

		/* By itself json-c writes a third with 17 digits. */
		(void)snprintf(text, sizeof(text), "%.4g", v.d);
		*ret = json_object_new_double_s(v.d, text);
		return 1;
	}
	default:
		return -EBADMSG;
	}
}

static int read_array(sd_bus_message *m, const char *contents, const struct cli_shape *members,
		      json_object **ret)
{
	_cleanup_(json_object_putp) json_object *array = json_object_new_array();
	int r;

	r = sd_bus_message_enter_container(m, SD_BUS_TYPE_ARRAY, contents);
	if (r < 0)
		return r;

	while ((r = sd_bus_message_at_end(m, false)) == 0) {
		json_object *element;

		r = cli_json_read(m, members, &element);
		if (r < 0)
			return r;
		(void)json_object_array_add(array, element);
	}
	if (r < 0)
		return r;

	r = sd_bus_message_exit_container(m);
	if (r < 0)
		return r;

	*ret = TAKE_PTR(array);
	return 1;
}

static int read_struct(sd_bus_message *m, const char *contents, const struct cli_shape *members,
		       json_object **ret)
{
	_cleanup_(json_object_putp) json_object *o = json_object_new_object();
	int r;

	r = sd_bus_message_enter_container(m, SD_BUS_TYPE_STRUCT, contents);
	if (r < 0)
		return r;

	for (; members && members->name; members++) {
		json_object *member;

		r = cli_json_read(m, members->members, &member);
		if (r < 0)
			return r;
		(void)json_object_object_add(o, members->name, member);
	}

	/* -EBUSY if the struct has more members than names. */
	r = sd_bus_message_exit_container(m);
	if (r < 0)
		return r;

	*ret = TAKE_PTR(o);
	return 1;
}

int cli_json_read(sd_bus_message *m, const struct cli_shape *members, json_object **ret)
{
	const char *contents;
	char type;
	int r;

	r = sd_bus_message_peek_type(m, &type, &contents);
	if (r < 0)
		return r;
	if (r == 0)
		return -EBADMSG;

	switch (type) {
	case SD_BUS_TYPE_ARRAY:
		return read_array(m, contents, members, ret);
	case SD_BUS_TYPE_STRUCT:
		return read_struct(m, contents, members, ret);
	default:
		return read_basic(m, type, ret);
	}
}

json_object *cli_json_get(json_object *o, const char *key)
{
	return json_object_object_get(o, key);
}

const char *cli_json_string(json_object *o, const char *key)
{
	json_object *v = cli_json_get(o, key);

	return v ? json_object_get_string(v) : "";
}

uint64_t cli_json_uint(json_object *o, const char *key)
{
	return json_object_get_uint64(cli_json_get(o, key));
}

int64_t cli_json_int(json_object *o, const char *key)
{
	return json_object_get_int64(cli_json_get(o, key));
}

bool cli_json_bool(json_object *o, const char *key)
{
	return json_object_get_boolean(cli_json_get(o, key));
}

double cli_json_double(json_object *o, const char *key)
{
	return json_object_get_double(cli_json_get(o, key));
}

size_t cli_json_length(json_object *o, const char *key)
{
	json_object *v = cli_json_get(o, key);

	return v ? json_object_array_length(v) : 0;
}

void cli_json_copy(json_object *to, const char *as, json_object *from, const char *key)
{
	(void)json_object_object_add(to, as, json_object_get(cli_json_get(from, key)));
}

void cli_print_json(json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
						       JSON_C_TO_STRING_NOSLASHESCAPE));
}

void cli_print_json_line(json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
						       JSON_C_TO_STRING_NOSLASHESCAPE));
	(void)fflush(stdout);
}

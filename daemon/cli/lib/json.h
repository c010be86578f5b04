/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CLI_JSON_H
#define LIVEPATCHD_CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>
#include <systemd/sd-bus.h>

static inline void json_object_putp(json_object **o)
{
	(void)json_object_put(*o);
}

/**
 * struct cli_shape - the names that D-Bus leaves out: those of a struct's members
 * @name: a member's name
 * @members: if the member is a struct or an array of structs: their members; ended by one
 *	without a name
 */
struct cli_shape {
	const char *name;
	const struct cli_shape *members;
};

/**
 * cli_json_read - turn the next value of a message into JSON
 * @m: the message
 * @members: names for the members of a struct, or of each struct in an array; NULL: no struct
 * @ret: the JSON
 *
 * Return: 1, or a negative errno.
 */
int cli_json_read(sd_bus_message *m, const struct cli_shape *members, json_object **ret);

/* What an object's member holds; nothing, 0 or "" if it has no such member. */
json_object *cli_json_get(json_object *o, const char *key);
const char *cli_json_string(json_object *o, const char *key);
uint64_t cli_json_uint(json_object *o, const char *key);
int64_t cli_json_int(json_object *o, const char *key);
bool cli_json_bool(json_object *o, const char *key);
double cli_json_double(json_object *o, const char *key);
/* The length of a member that is an array. */
size_t cli_json_length(json_object *o, const char *key);

/* Gives @to what @from has as @key, under the name @as. */
void cli_json_copy(json_object *to, const char *as, json_object *from, const char *key);

/* Prints a value in several lines, or in one. */
void cli_print_json(json_object *o);
void cli_print_json_line(json_object *o);

#endif

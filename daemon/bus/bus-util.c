// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "bus/bus-util.h"

int bus_read_ids(sd_bus_message *message, uint32_t **ret, size_t *ret_n)
{
	const void *ids;
	uint32_t *copy;
	size_t size;
	int r;

	r = sd_bus_message_read_array(message, 'u', &ids, &size);
	if (r < 0)
		return r;
	copy = malloc(size ?: 1);
	if (!copy)
		return -ENOMEM;
	if (size > 0)
		memcpy(copy, ids, size);
	*ret = copy;
	*ret_n = size / sizeof(*copy);
	return 0;
}

const char *bus_number_path(char path[BUS_PATH_SIZE], const char *prefix, uint64_t number)
{
	(void)snprintf(path, BUS_PATH_SIZE, "%s/%" PRIu64, prefix, number);
	return path;
}

int bus_number_of_path(const char *path, const char *prefix, uint64_t *ret)
{
	size_t length = strlen(prefix);
	char again[BUS_PATH_SIZE];
	uint64_t number;

	if (strncmp(path, prefix, length) != 0 || path[length] != '/')
		return -ENOENT;
	number = strtoull(path + length + 1, NULL, 10);
	/* One object has one path: no leading zeros, no signs. */
	if (!lpd_streq(bus_number_path(again, prefix, number), path))
		return -ENOENT;
	*ret = number;
	return 0;
}

int bus_invalid(sd_bus_error *error, const char *format, ...)
{
	va_list ap;
	int r;

	va_start(ap, format);
	r = sd_bus_error_setfv(error, failure_name(FAILURE_INVALID_ARGUMENT), format, ap);
	va_end(ap);
	return r;
}

static int read_option(sd_bus_message *message, const struct bus_option *options, size_t n, sd_bus_error *error)
{
	const struct bus_option *option = NULL;
	const char *name, *contents;
	char type;
	int r;

	r = sd_bus_message_read(message, "s", &name);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n && !option; i++)
		if (lpd_streq(options[i].name, name))
			option = options + i;
	if (!option)
		return bus_invalid(error, "There is no option \"%s\".", name);

	r = sd_bus_message_peek_type(message, &type, &contents);
	if (r < 0)
		return r;
	if (contents[0] != option->type || contents[1])
		return bus_invalid(error, "The option \"%s\" is of type %c, not %s.", name, option->type, contents);
	r = sd_bus_message_enter_container(message, SD_BUS_TYPE_VARIANT, contents);
	if (r < 0)
		return r;
	r = sd_bus_message_read_basic(message, option->type, option->value);
	if (r < 0)
		return r;
	return sd_bus_message_exit_container(message);
}

int bus_read_options(sd_bus_message *message, const struct bus_option *options, size_t n, sd_bus_error *error)
{
	int r;

	r = sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "{sv}");
	if (r < 0)
		return r;
	while ((r = sd_bus_message_enter_container(message, SD_BUS_TYPE_DICT_ENTRY, "sv")) > 0) {
		r = read_option(message, options, n, error);
		if (r < 0)
			return r;
		r = sd_bus_message_exit_container(message);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	return sd_bus_message_exit_container(message);
}

int bus_read_timeout(uint64_t timeout_usec, const char *on_timeout, enum on_timeout *ret_on_timeout,
		     sd_bus_error *error)
{
	if (on_timeout && on_timeout_from_name(on_timeout, ret_on_timeout) < 0)
		return bus_invalid(error, "The option \"on-timeout\" is \"reverse\", \"keep\" or \"force\", not \"%s\".",
				   on_timeout);
	/* A sum with the time of day must not overflow. */
	if (timeout_usec != UINT64_MAX && timeout_usec > INT64_MAX / 4)
		return bus_invalid(error, "The option \"timeout-usec\" is too large; 0 is no timeout.");
	return 0;
}

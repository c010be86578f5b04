/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_BUS_UTIL_H
#define LIVEPATCHD_BUS_UTIL_H

#include <stdint.h>
#include <systemd/sd-bus.h>

#include "model/config.h"
#include "model/failure.h"

#define BUS_NAME "org.livepatchd1"
#define BUS_PATH "/org/livepatchd1"

/**
 * struct bus_option - one key that a method's options may have
 * @name: the key
 * @type: the value's, one of s, t, u, i, b
 * @value: where it goes: const char *, uint64_t, uint32_t, int32_t, int
 */
struct bus_option {
	const char *name;
	char type;
	void *value;
};

/**
 * bus_read_options - read the a{sv} at the end of a method call
 * @message: strings read live as long as it
 * @options: those it may have; values that are not given stay as they are
 * @n: how many
 * @error: set if one is unknown, or of the wrong type
 */
int bus_read_options(sd_bus_message *message, const struct bus_option *options, size_t n, sd_bus_error *error);

/**
 * bus_read_ids - read an array of numbers, "au"
 * @message: the method call
 * @ret: the numbers; to be freed, and not NULL even if there are none
 * @ret_n: how many
 */
int bus_read_ids(sd_bus_message *message, uint32_t **ret, size_t *ret_n);

/* Room for the path of an object with a number. */
#define BUS_PATH_SIZE 64

/** bus_number_path - the path of object @number below @prefix */
const char *bus_number_path(char path[BUS_PATH_SIZE], const char *prefix, uint64_t number);

/** bus_number_of_path - the reverse; -ENOENT if it is no such path */
int bus_number_of_path(const char *path, const char *prefix, uint64_t *ret);

/** bus_invalid - set the error InvalidArgument; returns a negative errno */
int bus_invalid(sd_bus_error *error, const char *format, ...) _printf_(2, 3);

/**
 * bus_read_timeout - check the options "timeout-usec" and "on-timeout"
 * @timeout_usec: UINT64_MAX: the request names none
 * @ret_on_timeout: left alone where @on_timeout is NULL: the request names none
 */
int bus_read_timeout(uint64_t timeout_usec, const char *on_timeout, enum on_timeout *ret_on_timeout,
		     sd_bus_error *error);

#endif

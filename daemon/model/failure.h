/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_FAILURE_H
#define LIVEPATCHD_FAILURE_H

#include <stdarg.h>

#include "util/util.h"

/**
 * enum failure_kind - why a request was refused; each has its D-Bus error name
 */
enum failure_kind {
	FAILURE_NONE,
	FAILURE_INVALID_ARGUMENT,
	FAILURE_NO_SUCH_FILE,
	FAILURE_NOT_A_MODULE,
	FAILURE_NOT_A_LIVEPATCH,
	FAILURE_WRONG_KERNEL,
	FAILURE_NO_SUCH_PATCH,
	FAILURE_NO_SUCH_TRACER,
	FAILURE_NO_SUCH_FUNCTION,
	FAILURE_REFUSED_FUNCTION,
	FAILURE_REFUSED_PATCH,
	FAILURE_CONFLICT,
	FAILURE_HELPER_MISSING,
	FAILURE_KERNEL_REFUSED,
	FAILURE_NOTHING_TO_CANCEL,
	FAILURE_NOTHING_TO_FORCE,
	FAILURE_STOPPING,
	FAILURE_FAILED,
	_FAILURE_MAX,
};

/**
 * struct failure - what is told to the one who asked
 * @kind: which error it is
 * @message: names the thing, the rule and the way out; owned
 */
struct failure {
	enum failure_kind kind;
	char *message;
};

/**
 * failure_set - fill in a failure, in place of an earlier one
 * @failure: may be NULL
 * @kind: which error
 * @format: the message
 *
 * Return: -EBADE, which stands for "@failure tells why" wherever a function
 * takes a failure.
 */
int failure_set(struct failure *failure, enum failure_kind kind, const char *format, ...) _printf_(3, 4);

/** failure_clear - free what a failure owns; it is FAILURE_NONE then */
void failure_clear(struct failure *failure);

/** failure_name - the D-Bus error name of a kind */
const char *failure_name(enum failure_kind kind);

/** failure_message - its message, never NULL */
const char *failure_message(const struct failure *failure);

#endif

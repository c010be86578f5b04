// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "model/failure.h"

static const char *const names[_FAILURE_MAX] = {
	[FAILURE_NONE] = "org.freedesktop.DBus.Error.Failed",
	[FAILURE_INVALID_ARGUMENT] = "org.livepatchd1.Error.InvalidArgument",
	[FAILURE_NO_SUCH_FILE] = "org.livepatchd1.Error.NoSuchFile",
	[FAILURE_NOT_A_MODULE] = "org.livepatchd1.Error.NotAModule",
	[FAILURE_NOT_A_LIVEPATCH] = "org.livepatchd1.Error.NotALivepatch",
	[FAILURE_WRONG_KERNEL] = "org.livepatchd1.Error.WrongKernel",
	[FAILURE_NO_SUCH_PATCH] = "org.livepatchd1.Error.NoSuchPatch",
	[FAILURE_NO_SUCH_TRACER] = "org.livepatchd1.Error.NoSuchTracer",
	[FAILURE_NO_SUCH_FUNCTION] = "org.livepatchd1.Error.NoSuchFunction",
	[FAILURE_REFUSED_FUNCTION] = "org.livepatchd1.Error.RefusedFunction",
	[FAILURE_REFUSED_PATCH] = "org.livepatchd1.Error.RefusedPatch",
	[FAILURE_CONFLICT] = "org.livepatchd1.Error.Conflict",
	[FAILURE_HELPER_MISSING] = "org.livepatchd1.Error.HelperMissing",
	[FAILURE_KERNEL_REFUSED] = "org.livepatchd1.Error.KernelRefused",
	[FAILURE_NOTHING_TO_CANCEL] = "org.livepatchd1.Error.NothingToCancel",
	[FAILURE_NOTHING_TO_FORCE] = "org.livepatchd1.Error.NothingToForce",
	[FAILURE_STOPPING] = "org.livepatchd1.Error.Stopping",
	[FAILURE_FAILED] = "org.freedesktop.DBus.Error.Failed",
};

int failure_set(struct failure *failure, enum failure_kind kind, const char *format, ...)
{
	va_list ap;

	if (!failure)
		return -EBADE;
	failure_clear(failure);
	failure->kind = kind;
	va_start(ap, format);
	if (vasprintf(&failure->message, format, ap) < 0)
		failure->message = NULL;
	va_end(ap);
	return -EBADE;
}

void failure_clear(struct failure *failure)
{
	free(failure->message);
	*failure = (struct failure){ 0 };
}

const char *failure_name(enum failure_kind kind)
{
	return names[kind < _FAILURE_MAX ? kind : FAILURE_FAILED];
}

const char *failure_message(const struct failure *failure)
{
	return failure->message ?: "Out of memory.";
}

// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>

#include "model/finding.h"

void finding_add(struct findings *findings, enum severity severity, enum failure_kind kind, const char *check,
		 const char *function, const char *format, ...)
{
	static const char *const names[] = {
		[SEVERITY_ERROR] = "error",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_INFO] = "info",
	};
	struct json_object *finding = json_object_new_object();
	_cleanup_free_ char *message = NULL;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&message, format, ap) < 0)
		message = NULL;
	va_end(ap);
	json_object_object_add(finding, "severity", json_object_new_string(names[severity]));
	json_object_object_add(finding, "check", json_object_new_string(check));
	json_object_object_add(finding, "function", json_object_new_string(function ?: ""));
	json_object_object_add(finding, "message", json_object_new_string(message ?: "Out of memory."));
	json_object_array_add(findings->list, finding);
	if (severity != SEVERITY_ERROR)
		return;
	if (findings->errors++ == 0)
		(void)failure_set(findings->failure, kind, "%s", message ?: "Out of memory.");
}

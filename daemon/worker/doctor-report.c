// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>

#include "worker/doctor-report.h"

void doctor_fact(struct doctor *doctor, const char *section, const char *name, const char *format, ...)
{
	_cleanup_free_ char *value = NULL;
	struct json_object *object;
	va_list ap;
	int r;

	va_start(ap, format);
	r = vasprintf(&value, format, ap);
	va_end(ap);
	if (r < 0) {
		value = NULL;
		return;
	}
	object = json_object_new_object();
	json_object_object_add(object, "section", json_object_new_string(section));
	json_object_object_add(object, "name", json_object_new_string(name));
	json_object_object_add(object, "value", json_object_new_string(value));
	json_object_array_add(doctor->facts, object);
}

void doctor_finding(struct doctor *doctor, const char *severity, const char *check, const char *way_out,
		    const char *format, ...)
{
	_cleanup_free_ char *message = NULL;
	struct json_object *object;
	va_list ap;
	int r;

	va_start(ap, format);
	r = vasprintf(&message, format, ap);
	va_end(ap);
	if (r < 0) {
		message = NULL;
		return;
	}
	object = json_object_new_object();
	json_object_object_add(object, "severity", json_object_new_string(severity));
	json_object_object_add(object, "check", json_object_new_string(check));
	json_object_object_add(object, "message", json_object_new_string(message));
	json_object_object_add(object, "way_out", json_object_new_string(way_out));
	json_object_array_add(doctor->findings, object);
}

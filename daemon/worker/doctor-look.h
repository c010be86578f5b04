/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_DOCTOR_LOOK_H
#define LIVEPATCHD_DOCTOR_LOOK_H

#include "worker/doctor.h"

/**
 * struct doctor - a look, and what has been seen
 */
struct doctor {
	const struct doctor_request *request;
	struct json_object *facts;
	struct json_object *findings;
};

/** doctor_fact - something is so */
void doctor_fact(struct doctor *doctor, const char *section, const char *name, const char *format, ...)
	_printf_(4, 5);

/** doctor_finding - something is not as it should be; @way_out is what to do */
void doctor_finding(struct doctor *doctor, const char *severity, const char *check, const char *way_out,
		    const char *format, ...) _printf_(5, 6);

/** doctor_look_at_set - what is installed, on trial and configured */
void doctor_look_at_set(struct doctor *doctor);

#endif

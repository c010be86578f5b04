/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_FINDING_H
#define LIVEPATCHD_FINDING_H

#include <json-c/json.h>

#include "model/failure.h"

enum severity {
	SEVERITY_ERROR,
	SEVERITY_WARNING,
	SEVERITY_INFO,
};

/**
 * struct findings - what checks have found
 * @list: of them, see check.h
 * @errors: how many are errors
 * @failure: gets the first error; may be NULL
 */
struct findings {
	struct json_object *list;
	unsigned int errors;
	struct failure *failure;
};

/**
 * finding_add - add a finding
 * @findings: to these
 * @severity: how bad it is
 * @kind: as what a load would fail; only of errors
 * @check: the check's name
 * @function: what it is about, NULL: the whole patch
 * @format: the message
 */
void finding_add(struct findings *findings, enum severity severity, enum failure_kind kind, const char *check,
		 const char *function, const char *format, ...) _printf_(6, 7);

#endif

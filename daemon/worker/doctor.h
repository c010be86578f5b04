/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_DOCTOR_H
#define LIVEPATCHD_DOCTOR_H

#include <json-c/json.h>

#include "model/failure.h"

/*
 * What a report on livepatchd needs and only root may read, and what in it is
 * wrong. Nothing of it is anybody's secret: of the kernel's command line only
 * the words that matter, of drop-ins no command.
 */

/**
 * doctor_look - an operation_work_t on a struct doctor_request
 *
 * Result: facts, an array of {section, name, value}; findings, an array of
 * {severity, check, message, way_out}, severity as of a check's.
 */
int doctor_look(const void *request, struct json_object *result, struct failure *failure);

#endif

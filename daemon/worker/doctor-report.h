/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_DOCTOR_REPORT_H
#define LIVEPATCHD_DOCTOR_REPORT_H

#include <json-c/json.h>

#include "model/config.h"
#include "model/transition.h"
#include "worker/kernel-request.h"

/**
 * struct doctor_request - what is looked at
 * @kernel: files and folders, as for inspect_set()
 * @config_file: the configuration
 * @config: as it was read at start
 * @off: livepatchd=off
 * @helper_loaded: the helper answers
 * @helper_version: with this
 * @patches: those there are
 * @transitions: those that are remembered
 * @current: the one that runs, NULL: none
 */
struct doctor_request {
	struct kernel_request kernel;
	const char *config_file;
	const struct config *config;
	bool off;
	bool helper_loaded;
	const char *helper_version;
	const struct patches *patches;
	const struct transitions *transitions;
	const struct transition *current;
};

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

#endif

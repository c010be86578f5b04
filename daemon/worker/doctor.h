/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_DOCTOR_H
#define LIVEPATCHD_DOCTOR_H

#include <json-c/json.h>

#include "model/config.h"
#include "model/transition.h"
#include "worker/kernel.h"

/*
 * What a report on livepatchd needs and only root may read, and what in it is
 * wrong. Nothing of it is anybody's secret: of the kernel's command line only
 * the words that matter, of drop-ins no command.
 */

/**
 * struct doctor_request - what is looked at
 * @kernel: files and folders, as for survey_set()
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
 * doctor_look - an operation_work_t
 *
 * Result: facts, an array of {section, name, value}; findings, an array of
 * {severity, check, message, way_out}, severity as of a check's.
 */
int doctor_look(const void *request, struct json_object *result, struct failure *failure);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_BPF_RESULTS_READ_H
#define LIVEPATCHD_BPF_RESULTS_READ_H

#include <json-c/json.h>

#include "kernel/klp-sysfs.h"
#include "model/failure.h"

/**
 * struct bpf_results_query - what is to be read
 * @root: whose symbols
 * @program: id of a program that comes with livepatchd
 */
struct bpf_results_query {
	struct klp_root root;
	uint32_t program;
};

/**
 * bpf_results_read - an operation_work_t: read what the program of a struct bpf_results_query has counted
 *
 * The result has "processes", an array of {pid, comm, patched, calls}, where the
 * program has a map of that name, and "stacks", one of {patched, calls, frames},
 * where it has one of that; the most calls first.
 */
int bpf_results_read(const void *argument, struct json_object *result, struct failure *failure);

#endif

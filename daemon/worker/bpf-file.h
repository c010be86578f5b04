/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_BPF_FILE_H
#define LIVEPATCHD_BPF_FILE_H

#include <json-c/json.h>

#include "model/failure.h"
#include "model/tracer-spec.h"

/**
 * struct bpf_file - a BPF tracer's program, as it is named
 * @path: absolute
 * @program: the name of its function, "": the only one that can be meant
 */
struct bpf_file {
	char path[LPH_LABEL_LEN];
	char program[LPH_LABEL_LEN];
};

/**
 * bpf_file_parse - read what follows "bpf:" in the kind of a tracer
 * @text: FILE[:PROGRAM]; FILE is an absolute path that ends in .o, or the name of one that comes with livepatchd
 *
 * Return: 0, -EINVAL.
 */
int bpf_file_parse(const char *text, struct bpf_file *ret);

/**
 * bpf_file_load - an operation_work_t: load the program of a struct bpf_file
 *
 * Gives the daemon its descriptor, and in the result "program", its name.
 */
int bpf_file_load(const void *argument, struct json_object *result, struct failure *failure);

#endif

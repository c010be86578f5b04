// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel/roots-file.h"
#include "util/fs.h"
#include "worker/bpf-file.h"
#include "worker/operation.h"

enum { OBJECT_SIZE_MAX = 64 * 1024 * 1024 };

DEFINE_CLEANUP(struct bpf_object *, bpf_object__close)

/* Where FILE ends and :PROGRAM begins, if it does. */
static const char *end_of_file(const char *text)
{
	const char *end = strchr(text, ':');

	if (*text != '/')
		return end ?: text + strlen(text);
	/* A path may have colons, too. */
	for (end = text; (end = strstr(end, ".o")); end++)
		if (end[2] == '\0' || (end[2] == ':' && !strchr(end + 3, '/') && !strchr(end + 3, ':')))
			return end + 2;
	return text;
}

int bpf_file_parse(const char *text, struct bpf_file *ret)
{
	const char *end = end_of_file(text);
	const char *program = *end == ':' ? end + 1 : end;
	int length = (int)(end - text), n;

	if (length == 0 || (*end == ':' && *program == '\0') || strlen(text) >= LPH_LABEL_LEN)
		return -EINVAL;
	if (*text == '/')
		n = snprintf(ret->path, sizeof(ret->path), "%.*s", length, text);
	else if (memchr(text, '/', (size_t)length))
		return -EINVAL;
	else
		n = snprintf(ret->path, sizeof(ret->path), BPF_DIR "/%.*s.bpf.o", length, text);
	if (n >= (int)sizeof(ret->path))
		return -EINVAL;
	(void)snprintf(ret->program, sizeof(ret->program), "%s", program);
	return 0;
}

static bool suits(const struct bpf_program *program)
{
	return bpf_program__type(program) == BPF_PROG_TYPE_RAW_TRACEPOINT;
}

/* The program that is meant; nothing else of the object is loaded. */
static int choose(struct bpf_object *object, const struct bpf_file *file, struct bpf_program **ret,
		  struct failure *failure)
{
	struct bpf_program *program, *chosen = NULL;
	unsigned int n = 0;

	bpf_object__for_each_program(program, object) {
		(void)bpf_program__set_autoload(program, false);
		if (*file->program ? !lpd_streq(bpf_program__name(program), file->program) : !suits(program))
			continue;
		chosen = program;
		n++;
	}
	if (n == 0 && *file->program)
		return failure_set(failure, FAILURE_INVALID_ARGUMENT, "%s has no program %s.", file->path,
				   file->program);
	if (n == 0)
		return failure_set(failure, FAILURE_INVALID_ARGUMENT,
				   "%s has no program that can be a tracer: SEC(\"raw_tp\").", file->path);
	if (n > 1)
		return failure_set(failure, FAILURE_INVALID_ARGUMENT,
				   "%s has several programs: name one, bpf:FILE:PROGRAM.", file->path);
	if (!suits(chosen))
		return failure_set(failure, FAILURE_INVALID_ARGUMENT,
				   "%s of %s cannot be a tracer: it has to be of type raw tracepoint, SEC(\"raw_tp\").",
				   file->program, file->path);
	(void)bpf_program__set_autoload(chosen, true);
	*ret = chosen;
	return 0;
}

int bpf_file_load(const void *argument, struct json_object *result, struct failure *failure)
{
	_cleanup_(bpf_object__closep) struct bpf_object *object = NULL;
	const struct bpf_file *file = argument;
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *data = NULL;
	struct bpf_program *program = NULL;
	size_t size;
	int r;

	r = roots_file_open(file->path, FAILURE_INVALID_ARGUMENT, &fd, failure);
	if (r < 0)
		return r;
	r = lpd_read_fd(fd, OBJECT_SIZE_MAX, &data, &size);
	if (r < 0)
		return failure_set(failure, FAILURE_FAILED, "Cannot read %s: %s.", file->path, strerror(-r));
	object = bpf_object__open_mem(data, size, NULL);
	if (!object)
		return failure_set(failure, FAILURE_INVALID_ARGUMENT, "%s is no object of BPF programs: %s.",
				   file->path, strerror(errno));
	r = choose(object, file, &program, failure);
	if (r < 0)
		return r;
	r = bpf_object__load(object);
	if (r < 0)
		return failure_set(failure, FAILURE_KERNEL_REFUSED,
				   "The kernel refused %s of %s: %s. What its verifier says is in the journal of "
				   "livepatchd.service.",
				   bpf_program__name(program), file->path, strerror(-r));
	json_object_object_add(result, "program", json_object_new_string(bpf_program__name(program)));
	return operation_give_fd(bpf_program__fd(program));
}

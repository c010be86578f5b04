// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "measurable.h"
#include "prototype.h"
#include "util/util.h"

/* By the psABI of x86-64: what is larger, or comes behind the sixth, is on the stack. */
enum {
	WORD_SIZE = 8,
	ARGUMENT_WORDS = 2,
	REGISTERS = 6,
};

DEFINE_CLEANUP(struct btf *, btf__free)

static const struct btf_type *resolve(const struct btf *btf, __u32 id)
{
	int resolved = btf__resolve_type(btf, id);

	return resolved < 0 ? NULL : btf__type_by_id(btf, (__u32)resolved);
}

/* Fields that a packed struct has where they would not be else take it to the stack. */
static bool is_aligned(const struct btf *btf, const struct btf_type *type)
{
	const struct btf_member *members = btf_members(type);

	for (__u16 i = 0; i < btf_vlen(type); i++) {
		const struct btf_type *member = resolve(btf, members[i].type);
		int align = btf__align_of(btf, members[i].type);

		if (btf_member_bitfield_size(type, i) > 0)
			continue;
		while (member && btf_is_array(member))
			member = resolve(btf, btf_array(member)->type);
		if (!member || btf_is_float(member) || align <= 0 ||
		    btf_member_bit_offset(type, i) % (8 * (__u32)align) != 0 ||
		    (btf_is_composite(member) && !is_aligned(btf, member)))
			return false;
	}
	return true;
}

/* In how many registers a value is passed; -1: in none, or there is no telling. */
static int words_of(const struct btf *btf, __u32 id)
{
	const struct btf_type *type = resolve(btf, id);

	if (!type)
		return -1;
	if (btf_is_ptr(type))
		return 1;
	if (!btf_is_int(type) && !btf_is_any_enum(type) && !btf_is_composite(type))
		return -1;
	if (type->size == 0 || type->size > ARGUMENT_WORDS * WORD_SIZE)
		return -1;
	if (btf_is_composite(type) && !is_aligned(btf, type))
		return -1;
	return (int)(type->size + WORD_SIZE - 1) / WORD_SIZE;
}

static int say(char **why, const char *format, ...) __attribute__((__format__(printf, 2, 3)));

static int say(char **why, const char *format, ...)
{
	va_list arguments;
	int r;

	va_start(arguments, format);
	r = vasprintf(why, format, arguments);
	va_end(arguments);
	if (r < 0)
		*why = NULL;
	return r < 0 ? -ENOMEM : 0;
}

#define WAY_OUT "; use another kind of tracer"

int measurable_check(const struct btf *btf, const char *function, char **why)
{
	const struct btf_type *type = prototype_find(btf, function);
	const struct btf_type *result;
	const struct btf_param *params;
	int words = 0;

	*why = NULL;
	type = type ? btf__type_by_id(btf, type->type) : NULL;
	if (!type || !btf_is_func_proto(type))
		return say(why, "BTF does not tell whether all of its arguments are in registers, without which its "
				"returns cannot be caught" WAY_OUT);
	/* A result that fits into no registers comes back where the caller wants it, by a pointer. */
	result = resolve(btf, type->type);
	if (result && btf_is_composite(result) && words_of(btf, type->type) < 0)
		words = 1;

	params = btf_params(type);
	for (__u16 i = 0; i < btf_vlen(type); i++) {
		int n = words_of(btf, params[i].type);

		if (params[i].type == 0)
			return say(why, "it takes variable arguments, which may be on the stack" WAY_OUT);
		if (n < 0)
			return say(why, "its argument %s is passed on the stack, so that its returns cannot be "
					"caught" WAY_OUT,
				   btf__name_by_offset(btf, params[i].name_off));
		words += n;
	}
	if (words > REGISTERS)
		return say(why, "its arguments fill %i registers and %i there are: the others are on the stack, so that "
				"its returns cannot be caught" WAY_OUT,
			   words, REGISTERS);
	return 0;
}

static int look_at(struct btf *kernel, const struct function_name *function, char **why)
{
	_cleanup_(btf__freep) struct btf *module = NULL;
	const struct btf *btf = kernel;

	/* BTF does not tell which of them it describes. */
	if (function->sympos > 0)
		return say(why, "several functions have its name, and BTF does not tell them apart" WAY_OUT);
	if (!lpd_streq(function->module, "vmlinux"))
		btf = module = btf__load_module_btf(function->module, kernel);
	if (!btf)
		return say(why, "module %s has no BTF, without which nothing tells whether its arguments are in "
				"registers" WAY_OUT,
			   function->module);
	return measurable_check(btf, function->symbol, why);
}

int measurable_look(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct measurable_query *query = argument;
	_cleanup_(btf__freep) struct btf *kernel = btf__load_vmlinux_btf();
	struct json_object *refused = json_object_new_array();
	char name[FUNCTION_NAME_MAX];

	json_object_object_add(result, "refused", refused);
	if (!kernel)
		return failure_set(failure, FAILURE_REFUSED_FUNCTION,
				   "The kernel has no BTF, without which no function's returns can be caught (%s).",
				   strerror(errno));
	for (size_t i = 0; i < query->n_functions; i++) {
		_cleanup_free_ char *why = NULL;
		struct json_object *refusal;
		int r;

		r = look_at(kernel, query->functions + i, &why);
		if (r < 0)
			return r;
		if (!why)
			continue;
		refusal = json_object_new_object();
		json_object_object_add(refusal, "function",
				       json_object_new_string(function_name_format(name, query->functions + i)));
		json_object_object_add(refusal, "reason", json_object_new_string(why));
		(void)json_object_array_add(refused, refusal);
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Are all arguments of a function in registers, as BTF describes it?
 *
 * What BTF does not describe, or not as the only one of its name, may have arguments
 * on the stack.
 */
#include <linux/btf.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "arch.h"
#include "error.h"
#include "kinds/prototype.h"

/* Nothing that fits into registers is deeper. */
#define DEPTH_MAX 16

static bool is_modifier(const struct btf_type *type)
{
	switch (btf_kind(type)) {
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return true;
	}
	return false;
}

/* What stands behind names and qualifiers; NULL: there is no telling. */
static const struct btf_type *resolve(const struct btf *btf, u32 id)
{
	const struct btf_type *type = btf_type_by_id(btf, id);
	unsigned int depth = 0;

	while (type && is_modifier(type))
		type = ++depth < DEPTH_MAX ? btf_type_by_id(btf, type->type) : NULL;
	return type;
}

static bool is_composite(const struct btf_type *type)
{
	return btf_kind(type) == BTF_KIND_STRUCT || btf_kind(type) == BTF_KIND_UNION;
}

static u32 align_of(const struct btf *btf, const struct btf_type *type, unsigned int depth);

/* Fields that a packed structure has where they would not be else take it to the stack. */
static u32 align_of_composite(const struct btf *btf, const struct btf_type *type,
			      unsigned int depth)
{
	const struct btf_member *member = btf_members(type);
	u32 align = 1, i, n;

	for (i = 0; i < btf_type_vlen(type); i++, member++) {
		if (__btf_member_bitfield_size(type, member))
			continue;
		n = align_of(btf, resolve(btf, member->type), depth);
		if (!n || __btf_member_bit_offset(type, member) % (8 * n))
			return 0;
		align = max(align, n);
	}
	return align;
}

/* In bytes; 0: it is not what goes into integer registers, or there is no telling. */
static u32 align_of(const struct btf *btf, const struct btf_type *type, unsigned int depth)
{
	if (!type || depth > DEPTH_MAX)
		return 0;
	switch (btf_kind(type)) {
	case BTF_KIND_PTR:
		return sizeof(void *);
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return min(type->size, (u32)sizeof(void *));
	case BTF_KIND_ARRAY:
		return align_of(btf, resolve(btf, btf_array(type)->type), depth + 1);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return align_of_composite(btf, type, depth + 1);
	}
	return 0;
}

/* In how many registers a value is passed; 0: in none, or there is no telling. */
static unsigned int words_of(const struct btf *btf, const struct btf_type *type)
{
	if (!type || !align_of(btf, type, 0) || btf_kind(type) == BTF_KIND_ARRAY)
		return 0;
	if (btf_kind(type) == BTF_KIND_PTR)
		return 1;
	if (type->size > LPH_ARGUMENT_WORDS * sizeof(long))
		return 0;
	return (type->size + sizeof(long) - 1) / sizeof(long);
}

static int judge(const struct btf *btf, const struct btf_type *type, const char *name,
		 struct lph_error *error)
{
	const struct btf_type *result = resolve(btf, type->type);
	const struct btf_param *param = btf_params(type);
	unsigned int words = 0, n;
	u32 i;

	if (!result)
		return lph_error(error, -EOPNOTSUPP, "BTF does not tell what %s returns; use another kind of tracer",
				 name);
	/* A result that fits into no registers comes back by a pointer of the caller's. */
	if (is_composite(result) && !words_of(btf, result))
		words = 1;

	for (i = 0; i < btf_type_vlen(type); i++, param++) {
		if (!param->type)
			return lph_error(error, -EOPNOTSUPP,
					 "%s takes variable arguments, which may be on the stack; use another kind of tracer",
					 name);
		n = words_of(btf, resolve(btf, param->type));
		if (!n)
			return lph_error(error, -EOPNOTSUPP,
					 "argument %u of %s is passed on the stack, so that its returns cannot be caught; use another kind of tracer",
					 i + 1, name);
		words += n;
	}
	if (words > LPH_ARGUMENTS)
		return lph_error(error, -EOPNOTSUPP,
				 "the arguments of %s fill %u registers and %u there are: the others are on the stack, so that its returns cannot be caught; use another kind of tracer",
				 name, words, LPH_ARGUMENTS);
	return 0;
}

/* Return: how all functions of a name are called; NULL: there is none, or they differ. */
static const struct btf_type *find(const struct btf *btf, u32 first, const char *name)
{
	u32 id, end = lph_btf_nr_types(btf), found = 0;
	const struct btf_type *type;

	for (id = first; id < end; id++) {
		if (!(id % 4096))
			cond_resched();
		type = btf_type_by_id(btf, id);
		if (!type || btf_kind(type) != BTF_KIND_FUNC ||
		    strcmp(lph_btf_name_by_offset(btf, type->name_off), name))
			continue;
		if (found && found != type->type)
			return NULL;
		found = type->type;
	}
	type = found ? btf_type_by_id(btf, found) : NULL;
	return type && btf_kind(type) == BTF_KIND_FUNC_PROTO ? type : NULL;
}

/**
 * lph_prototype_judge() - are all arguments of a function in registers?
 * @btf: the BTF of its object
 * @first: id of the first type of that object
 * @name: its name
 * @error: filled on failure
 *
 * Context: process; goes through all types from @first on.
 * Return: 0, -EOPNOTSUPP, or -ENODATA where BTF does not tell.
 */
int lph_prototype_judge(const struct btf *btf, u32 first, const char *name,
			struct lph_error *error)
{
	const struct btf_type *type = find(btf, first, name);

	if (type)
		return judge(btf, type, name, error);
	return lph_error(error, -ENODATA,
			 "BTF does not tell whether all arguments of %s are in registers, without which its returns cannot be caught; use another kind of tracer",
			 name);
}

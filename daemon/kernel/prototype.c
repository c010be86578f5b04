// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>

#include "kernel/prototype.h"
#include "util/util.h"

/* Nothing that is deeper tells two prototypes apart. */
enum { DEPTH_MAX = 8 };

static void print_type(FILE *out, const struct btf *btf, __u32 id, int depth);

static void print_prototype(FILE *out, const struct btf *btf, const struct btf_type *type, int depth)
{
	const struct btf_param *params = btf_params(type);

	print_type(out, btf, type->type, depth + 1);
	(void)fputs(" (", out);
	for (__u16 i = 0; i < btf_vlen(type); i++) {
		(void)fputs(i ? ", " : "", out);
		/* The last one, without a type: variable arguments. */
		if (params[i].type)
			print_type(out, btf, params[i].type, depth + 1);
		else
			(void)fputs("...", out);
	}
	(void)fputc(')', out);
}

static const char *keyword(const struct btf_type *type)
{
	if (btf_is_struct(type))
		return "struct ";
	if (btf_is_union(type))
		return "union ";
	return btf_is_any_enum(type) ? "enum " : "";
}

static void print_type(FILE *out, const struct btf *btf, __u32 id, int depth)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	/* How something is qualified does not change how it is passed. */
	while (type && (btf_is_mod(type)))
		type = btf__type_by_id(btf, id = type->type);
	if (!type || depth > DEPTH_MAX) {
		(void)fputs("?", out);
		return;
	}
	switch (btf_kind(type)) {
	case BTF_KIND_UNKN:
		(void)fputs("void", out);
		break;
	case BTF_KIND_PTR:
		print_type(out, btf, type->type, depth + 1);
		(void)fputs(" *", out);
		break;
	case BTF_KIND_ARRAY:
		print_type(out, btf, btf_array(type)->type, depth + 1);
		(void)fputs("[]", out);
		break;
	case BTF_KIND_FUNC_PROTO:
		print_prototype(out, btf, type, depth);
		break;
	case BTF_KIND_FWD:
		(void)fprintf(out, "%s %s", btf_kflag(type) ? "union" : "struct",
			      btf__name_by_offset(btf, type->name_off));
		break;
	default:
		(void)fprintf(out, "%s%s", keyword(type), btf__name_by_offset(btf, type->name_off));
		break;
	}
}

const struct btf_type *prototype_find(const struct btf *btf, const char *name)
{
	const struct btf *base = btf__base_btf(btf);
	const struct btf_type *found = NULL;

	for (__u32 i = base ? btf__type_cnt(base) : 1; i < btf__type_cnt(btf); i++) {
		const struct btf_type *type = btf__type_by_id(btf, i);

		if (!btf_is_func(type) || !lpd_streq(btf__name_by_offset(btf, type->name_off), name))
			continue;
		if (found)
			return NULL;
		found = type;
	}
	return found;
}

int prototype_text(const struct btf *btf, const char *function, char **ret)
{
	const struct btf_type *type = prototype_find(btf, function);
	size_t size;
	FILE *out;

	if (!type)
		return -ENOENT;
	out = open_memstream(ret, &size);
	if (!out)
		return -ENOMEM;
	print_type(out, btf, type->type, 0);
	return fclose(out) == 0 ? 0 : -ENOMEM;
}

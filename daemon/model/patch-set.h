/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_PATCH_SET_H
#define LIVEPATCHD_PATCH_SET_H

#include "model/patch-conf.h"
#include "model/patch-content.h"

/*
 * The patches that are installed for a kernel, in the order that their drop-ins
 * declare.
 */

/**
 * struct patch_member - one installed patch
 * @name: its module's
 * @helper: it is the helper's
 * @file: its file; owned
 * @sha256: of @file, as the next two
 * @build_id: "" if it has none
 * @srcversion: likewise
 * @content: what it patches
 * @conf: its drop-in; not owned
 * @held: why it must not be loaded now; owned, NULL: it may
 */
struct patch_member {
	char name[MODULE_NAME_SIZE];
	bool helper;
	char *file;
	char sha256[SHA256_HEX_SIZE];
	char build_id[BUILD_ID_HEX_SIZE];
	char srcversion[SRCVERSION_SIZE];
	struct patch_content content;
	const struct patch_conf *conf;
	char *held;
};

/**
 * struct patch_set - all of them
 */
struct patch_set {
	struct patch_member *members;
	size_t n;
};

/** patch_set_add - add a member, all zero; @ret is valid until the next is added */
int patch_set_add(struct patch_set *set, struct patch_member **ret);

void patch_set_clear(struct patch_set *set);

/** patch_set_find - the member @name, NULL: there is none */
struct patch_member *patch_set_find(const struct patch_set *set, const char *name);

/** patch_member_enabled - it is to be loaded */
bool patch_member_enabled(const struct patch_member *member);

/** patch_member_before - whether it is declared that @a comes before @b */
bool patch_member_before(const struct patch_member *a, const struct patch_member *b);

/**
 * patch_set_sort - bring the members into their order
 * @set: those that are enabled come first, in the declared order and by name
 *	where nothing is declared; then the others, by name. Those that require
 *	one that is held are held, too
 * @is_loaded: whether a patch that is not in @set is in the kernel
 * @userdata: for @is_loaded
 * @failure: a cycle, a requirement that is not met, or a conflict, by its chain of names
 *
 * Return: 0, -EBADE, -ENOMEM.
 */
int patch_set_sort(struct patch_set *set, bool (*is_loaded)(const char *name, void *userdata), void *userdata,
		   struct failure *failure);

#endif

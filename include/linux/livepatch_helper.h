/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For authors of patches that livepatch_helper applies.
 *
 * A patch is a module that says which functions it has new bodies for:
 *
 *	#include <linux/livepatch_helper.h>
 *
 *	static struct lph_patch_func funcs[] = {
 *		{ .old_name = "cmdline_proc_show", .new_func = my_proc_show },
 *		{}
 *	};
 *
 *	static struct lph_patch_object objs[] = {
 *		{ .funcs = funcs },
 *		{}
 *	};
 *
 *	LPH_PATCH(objs);
 *	MODULE_LICENSE("GPL");
 *
 * Loading the module registers it and changes nothing; it is applied by
 * "livepatchd load", in one transition for all its functions, and cannot be
 * unloaded before that was undone. The same source is a livepatch of the
 * kernel's own where LPH_PATCH_KLP is defined before the include.
 */
#ifndef _LINUX_LIVEPATCH_HELPER_H
#define _LINUX_LIVEPATCH_HELPER_H

#include <linux/device/driver.h>
#include <linux/module.h>
#include <uapi/linux/livepatch_helper.h>

#ifdef LPH_PATCH_KLP

#include <linux/livepatch.h>

#define lph_patch_func klp_func
#define lph_patch_object klp_object

/* A livepatch of the kernel's own is disabled through sysfs before its module goes. */
static inline void lph_patch_disabled(struct klp_patch *patch)
{
}

#define LPH_PATCH(_objs)							\
	static struct klp_patch lph_patch = { .mod = THIS_MODULE, .objs = (_objs) };	\
	module_driver(lph_patch, klp_enable_patch, lph_patch_disabled);		\
	MODULE_INFO(livepatch, "Y")

#else

/**
 * struct lph_patch_func - a function that gets a new body
 * @old_name: its symbol
 * @new_func: the new body, of the same prototype
 * @old_sympos: 0 where the symbol is unique in its object, else 1, 2, ...
 *	among its namesakes, as in struct klp_func
 *
 * The last one of an array is empty.
 */
struct lph_patch_func {
	const char *old_name;
	void *new_func;
	unsigned long old_sympos;
};

/**
 * struct lph_patch_object - the functions of one object
 * @name: name of the module, or NULL for the kernel itself
 * @funcs: at least one, and an empty one
 *
 * A module that is not loaded is patched when it comes, before it goes live.
 * The last one of an array is empty.
 */
struct lph_patch_object {
	const char *name;
	struct lph_patch_func *funcs;
};

/**
 * struct lph_patch - what a patch registers
 * @mod: the patch's module
 * @objs: at least one, and an empty one
 */
struct lph_patch {
	struct module *mod;
	const struct lph_patch_object *objs;
};

int lph_patch_register(const struct lph_patch *patch);
void lph_patch_unregister(const struct lph_patch *patch);

#define LPH_PATCH(_objs)							\
	static const struct lph_patch lph_patch = { .mod = THIS_MODULE, .objs = (_objs) };	\
	module_driver(lph_patch, lph_patch_register, lph_patch_unregister);	\
	MODULE_INFO(livepatch_helper, "Y")

#endif /* LPH_PATCH_KLP */

#endif /* _LINUX_LIVEPATCH_HELPER_H */

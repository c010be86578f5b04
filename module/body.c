// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which bodies the calls of a function ran.
 *
 * A call knows only an address. It is entered into the function's table by the
 * first call that goes there, in whatever context that is; its name is looked
 * up by readers, and kept when the module that holds it leaves.
 */
#include <linux/atomic.h>
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "arch.h"
#include "body.h"
#include "function.h"

#define LPH_BODY_LEFT 1UL

/**
 * lph_body_index() - the entry of the body at @addr
 * @fn: the function
 * @addr: where the call goes on
 *
 * Two first calls at once may enter a body twice where an entry is just being
 * freed; readers add up what has one name.
 *
 * Context: any, preemption disabled.
 * Return: below LPH_BODIES, or LPH_BODY_OTHER_INDEX where the table is full.
 */
unsigned int lph_body_index(struct lph_function *fn, unsigned long addr)
{
	unsigned int i;

	for (i = 0; i < LPH_BODIES; i++)
		if (likely(READ_ONCE(fn->bodies[i].addr) == addr))
			return i;

	for (i = 1; i < LPH_BODIES; i++) {
		unsigned long seen = cmpxchg(&fn->bodies[i].addr, 0, addr);

		if (!seen || seen == addr)
			return i;
	}
	return LPH_BODY_OTHER_INDEX;
}

/**
 * lph_body_name() - the name of body @index
 * @fn: the function
 * @index: as lph_body_index() returned it
 * @buf: room for KSYM_SYMBOL_LEN bytes
 *
 * Context: process, lph_lock.
 * Return: LPH_BODY_ORIGINAL, LPH_BODY_OTHER, the name of the module that the
 * body is in, the symbol of a body in the kernel itself, or NULL for an entry
 * that is free.
 */
const char *lph_body_name(const struct lph_function *fn, unsigned int index, char *buf)
{
	unsigned long addr;
	char *module, *end;

	if (index == LPH_BODY_ORIGINAL_INDEX)
		return LPH_BODY_ORIGINAL;
	if (index == LPH_BODY_OTHER_INDEX)
		return LPH_BODY_OTHER;
	if (fn->bodies[index].patch)
		return fn->bodies[index].patch;

	addr = READ_ONCE(fn->bodies[index].addr);
	if (!addr)
		return NULL;
	if (addr == LPH_BODY_LEFT)
		return LPH_BODY_OTHER;

	/* "symbol+0x0/0x20 [module]" */
	sprint_symbol(buf, addr);
	module = strrchr(buf, '[');
	if (module) {
		module++;
		end = strchr(module, ']');
		if (end)
			*end = '\0';
		return module;
	}
	end = strchr(buf, '+');
	if (end)
		*end = '\0';
	return buf;
}

/* Apart, since most entries are free and need no room for a symbol. */
static noinline bool has_name(const struct lph_function *fn, unsigned int index, const char *name)
{
	char buf[KSYM_SYMBOL_LEN];
	const char *its = lph_body_name(fn, index, buf);

	return its && !strcmp(its, name);
}

static bool is_free(const struct lph_function *fn, unsigned int index)
{
	return index < LPH_BODIES && !fn->bodies[index].patch && !READ_ONCE(fn->bodies[index].addr);
}

/**
 * lph_body_named() - is this the name of a body?
 * @fn: the function
 * @index: as lph_body_index() returned it
 * @name: the name
 *
 * A patch that was loaded, unloaded and loaded again has two entries: the one
 * that it left and the one where it is now.
 *
 * Context: process, lph_lock.
 */
bool lph_body_named(const struct lph_function *fn, unsigned int index, const char *name)
{
	return !is_free(fn, index) && has_name(fn, index, name);
}

/**
 * lph_body_of_call() - the name of the body that a call is about to run
 * @fn: the function
 * @addr: where the call goes on
 * @buf: room for KSYM_SYMBOL_LEN bytes
 *
 * Context: any, preemption disabled, which keeps what is returned. Calls what
 * can be traced.
 * Return: as lph_body_name().
 */
const char *lph_body_of_call(const struct lph_function *fn, unsigned long addr, char *buf)
{
	const struct module *mod;

	if (addr == fn->original)
		return LPH_BODY_ORIGINAL;
	mod = lph_module_address(addr);
	if (mod)
		return mod->name;
	sprint_symbol_no_offset(buf, addr);
	return buf;
}

static unsigned int left_index(const struct lph_function *fn, const char *patch)
{
	unsigned int i;

	for (i = 0; i < LPH_BODIES; i++)
		if (fn->bodies[i].patch && !strcmp(fn->bodies[i].patch, patch))
			return i;
	return LPH_BODIES;
}

/**
 * lph_body_leave() - keep the names of bodies whose code leaves with @mod
 * @fn: the function
 * @mod: a module on its way out
 * @merge: adds what was counted for one body to another
 *
 * Its address may come to hold another body. A patch that comes and goes
 * keeps to one entry: what a second one counted is added to the first.
 *
 * Context: process, lph_lock. Livepatch has made sure that no stack holds the
 * address of the body any more, so that every call of it has been counted.
 */
void lph_body_leave(struct lph_function *fn, const struct module *mod, lph_body_merge_fn merge)
{
	unsigned int i, kept;

	for (i = 1; i < LPH_BODIES; i++) {
		struct lph_body *body = &fn->bodies[i];

		if (!within_module(READ_ONCE(body->addr), mod))
			continue;
		WRITE_ONCE(body->addr, LPH_BODY_LEFT);
		kept = left_index(fn, mod->name);
		if (kept < LPH_BODIES) {
			merge(fn, i, kept);
			WRITE_ONCE(body->addr, 0);
			continue;
		}
		body->patch = kstrdup(mod->name, GFP_KERNEL);
	}
}

void lph_body_free(struct lph_function *fn)
{
	unsigned int i;

	for (i = 0; i < LPH_BODIES; i++)
		kfree(fn->bodies[i].patch);
}

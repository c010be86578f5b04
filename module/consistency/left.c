// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text that a task must have left before it runs other bodies:
 *
 *  - the functions themselves, even where another body is left: on its way into any
 *    of them, a call has an address in the function, or in the trampoline, on the stack;
 *  - their trampolines, and the stubs that trapped calls go on in;
 *  - the bodies that are left;
 *  - what the compiler has moved out of all these, NAME.cold, by name: that of a
 *    namesake counts, too;
 *  - where a module goes, all of its text: a body may have ended in a call of another
 *    function of the module, and then is not on the stack itself.
 */
#include <linux/err.h>
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "arch.h"
#include "consistency/left.h"
#include "error.h"
#include "function.h"
#include "ranges.h"
#include "symbol.h"

static int add_symbol(struct lph_ranges *ranges, unsigned long addr, struct lph_error *error)
{
	unsigned long size;
	int r;

	r = lph_symbol_size(addr, &size, error);
	if (r)
		return r;
	r = lph_ranges_add(ranges, addr, size);
	return r ? lph_error(error, r, "out of memory") : 0;
}

/* What belongs to a symbol and stands elsewhere. */
static int add_cold(struct lph_ranges *ranges, const char *module, const char *name,
		    struct lph_error *error)
{
	unsigned long *addrs;
	unsigned int i, n;
	int r;

	r = lph_symbol_cold(module, name, &addrs, &n);
	if (r)
		return lph_error(error, r, "out of memory");
	for (i = 0; i < n && !r; i++)
		r = add_symbol(ranges, addrs[i], error);
	kfree(addrs);
	return r;
}

/* Transition queue. */
static char body_name[KSYM_SYMBOL_LEN];

/* The body of a patch, which holds its module. */
static int add_body(struct lph_ranges *ranges, unsigned long body, struct lph_error *error)
{
	const struct module *mod;
	int r;

	r = add_symbol(ranges, body, error);
	if (r)
		return r;
	preempt_disable();
	mod = lph_module_address(body);
	preempt_enable();
	/* "name [module]" */
	sprint_symbol_no_offset(body_name, body);
	*strchrnul(body_name, ' ') = '\0';
	return add_cold(ranges, mod ? mod->name : LPH_VMLINUX, body_name, error);
}

static int add_trampoline(struct lph_ranges *ranges, const struct lph_function *fn)
{
	struct lph_range range[LPH_ARCH_RANGES];
	int i, r = 0;

	lph_arch_text(fn->slot, range);
	for (i = 0; i < LPH_ARCH_RANGES && !r; i++)
		r = lph_ranges_add(ranges, range[i].start, range[i].size);
	return r;
}

static int add_function(struct lph_ranges *ranges, const struct lph_function *fn,
			struct lph_error *error)
{
	const struct lph_symbol *symbol = &fn->symbol;
	int r;

	r = add_symbol(ranges, fn->addr, error);
	if (r)
		return r;
	r = add_cold(ranges, symbol->module, symbol->name, error);
	if (r)
		return r;
	if (add_trampoline(ranges, fn))
		return lph_error(error, -ENOMEM, "out of memory");
	return fn->turn.from ? add_body(ranges, fn->turn.from, error) : 0;
}

static int add_all(struct lph_ranges *ranges, const struct list_head *functions,
		   const struct module *goes, struct lph_error *error)
{
	const struct lph_function *fn;
	int r;

	if (goes) {
		r = lph_ranges_add(ranges, (unsigned long)lph_module_text(goes),
				   lph_module_text_size(goes));
		if (r)
			return lph_error(error, r, "out of memory");
	}
	list_for_each_entry(fn, functions, turn.node) {
		r = add_function(ranges, fn, error);
		if (r)
			return r;
	}
	return 0;
}

/**
 * lph_text_new() - list what is left in a switch
 * @functions: struct lph_function by @turn; have their bodies and trampolines
 * @goes: the module that is used by nobody afterwards, or NULL
 * @epoch: the mark of tasks that this is about
 * @error: filled on failure
 *
 * Context: transition queue, without lph_lock; sleeps.
 * Return: for lph_text_free(), or an error pointer: -ENOMEM, or -ENODATA where the
 * kernel does not know how long one of the functions is.
 */
struct lph_text *lph_text_new(const struct list_head *functions, const struct module *goes,
			      u32 epoch, struct lph_error *error)
{
	struct lph_text *text = kzalloc(sizeof(*text), GFP_KERNEL);
	int r;

	if (!text)
		return ERR_PTR(lph_error(error, -ENOMEM, "out of memory"));
	text->epoch = epoch;
	r = add_all(&text->ranges, functions, goes, error);
	if (r) {
		lph_text_free(text);
		return ERR_PTR(r);
	}
	lph_ranges_sort(&text->ranges);
	return text;
}

/**
 * lph_text_free() - undo lph_text_new()
 * @text: which, or NULL; nobody reads it
 */
void lph_text_free(struct lph_text *text)
{
	if (text)
		lph_ranges_clear(&text->ranges);
	kfree(text);
}

/**
 * lph_text_between() - where a call is that is on its way through ftrace into a function
 * @ranges: empty; to be cleared, on failure, too
 * @fn: the function
 *
 * Return: 0 or -ENOMEM.
 */
int lph_text_between(struct lph_ranges *ranges, const struct lph_function *fn)
{
	int r;

	r = lph_ranges_add(ranges, fn->original, 1);
	if (!r && fn->site != fn->original)
		r = lph_ranges_add(ranges, fn->site, 1);
	if (!r)
		r = add_trampoline(ranges, fn);
	lph_ranges_sort(ranges);
	return r;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a symbol's name to the function's address, with livepatch's rules: a
 * name is looked up in one object (the kernel or a module), and must be unique
 * there unless its position among its namesakes is given.
 *
 * The kernel's look-up functions are not exported, nor are some others that we
 * need. Their addresses come from a kprobe that is registered and dropped
 * again, which only resolves the name.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "arch.h"
#include "symbol.h"

/*
 * Traceable functions that every int3 runs on its way to our handler or back,
 * by what makes it run them. A trap at a site in one of their trampolines
 * would trap again before it has gone on, without end.
 *
 * Whoever is not on the list, and runs all the same, is found when ftrace has
 * attached: lph_arch_try().
 */
static const char *const trap_path[] = {
	"__rcu_read_lock",
	"__rcu_read_unlock",
	"arch_uprobe_exception_notify",
	"atomic_notifier_call_chain",
	"do_int3",
	"get_kprobe",
	"hw_breakpoint_exceptions_notify",
	"kprobe_exceptions_notify",
	"kprobe_int3_handler",
	"notifier_call_chain",
	"rcu_read_unlock_special",
	/* The event notifier_run, where two or more listen. */
	"__traceiter_notifier_run",
#ifdef CONFIG_KGDB_LOW_LEVEL_TRAP
	"kgdb_ll_trap",
#endif
#ifdef CONFIG_DEBUG_NOTIFIERS
	/* The chain looks up whose text each handler is. */
	"__module_address",
	"__module_text_address",
	"core_kernel_text",
	"func_ptr_is_kernel_text",
	"in_gate_area_no_mm",
	"is_module_text_address",
	"mod_find",
#endif
#if defined(CONFIG_DEBUG_PREEMPT) || defined(CONFIG_TRACE_PREEMPT_TOGGLE)
	"preempt_count_add",
	"preempt_count_sub",
#endif
#ifdef CONFIG_DEBUG_LOCK_ALLOC
	/* Whoever walks a list or a pointer of RCU is checked for holding its lock. */
	"rcu_lockdep_current_cpu_online",
	"rcu_read_lock_any_held",
	"rcu_read_lock_bh_held",
	"rcu_read_lock_held",
	"rcu_read_lock_held_common",
	"rcu_read_lock_sched_held",
#endif
#ifdef CONFIG_KCSAN
	/* An access that is watched is delayed. */
	"__const_udelay",
	"__delay",
	"__udelay",
	"delay_halt",
	"delay_halt_mwaitx",
	"delay_halt_tpause",
	"delay_loop",
	"delay_tsc",
#endif
};

/* Where the kernel's own is, or NULL; written at load. */
static struct ftrace_ops __rcu **newest_ftrace_ops;

int lph_symbol_copy(struct lph_symbol *to, const struct lph_symbol *from)
{
	*to = *from;
	to->name = kstrdup(from->name, GFP_KERNEL);
	return to->name ? 0 : -ENOMEM;
}

void lph_symbol_free(struct lph_symbol *symbol)
{
	kfree(symbol->name);
}

bool lph_symbol_in_kernel(const struct lph_symbol *symbol)
{
	return !strcmp(symbol->module, LPH_VMLINUX);
}

bool lph_symbol_equal(const struct lph_symbol *a, const struct lph_symbol *b)
{
	return a->sympos == b->sympos && !strcmp(a->name, b->name) &&
	       !strcmp(a->module, b->module);
}

struct search {
	unsigned int sympos;
	unsigned int found;
	unsigned long addr;
};

/* Return: nonzero once the symbol is found for good. */
static int match(void *data, unsigned long addr)
{
	struct search *search = data;

	search->found++;
	if (search->sympos && search->found != search->sympos)
		return 0;
	search->addr = addr;
	return search->sympos != 0;
}

/* Calls @each for the symbols @name of @mod, until it returns nonzero. Preemption off. */
static void each_symbol(const struct module *mod, const char *name,
			int (*each)(void *data, unsigned long addr), void *data)
{
	const struct mod_kallsyms *syms = rcu_dereference_check(mod->kallsyms, true);
	unsigned int i;

	for (i = 0; i < syms->num_symtab; i++) {
		const Elf_Sym *sym = &syms->symtab[i];

		if (sym->st_shndx == SHN_UNDEF || strcmp(syms->strtab + sym->st_name, name))
			continue;
		if (each(data, kallsyms_symbol_value(sym)))
			break;
	}
}

/* find_module() on 6.1 wants preemption off, later kernels want RCU. */
static int search_module(const struct lph_symbol *symbol, bool coming, struct search *search,
			 struct lph_error *error)
{
	const struct module *mod;
	int r = 0;

	rcu_read_lock();
	preempt_disable();
	mod = lph_find_module(symbol->module);
	if (!mod) {
		r = lph_error(error, -ENOENT, "module %s is not loaded", symbol->module);
		goto out;
	}
	if (mod->state != (coming ? MODULE_STATE_COMING : MODULE_STATE_LIVE)) {
		r = lph_error(error, -ENODEV,
			      "module %s is being loaded or unloaded: try again when it is loaded",
			      symbol->module);
		goto out;
	}
	each_symbol(mod, symbol->name, match, search);
out:
	preempt_enable();
	rcu_read_unlock();
	return r;
}

static int refuse_trap_path(const struct lph_symbol *symbol, struct lph_error *error)
{
	int i;

	if (!lph_symbol_in_kernel(symbol))
		return 0;
	for (i = 0; i < ARRAY_SIZE(trap_path); i++)
		if (!strcmp(symbol->name, trap_path[i]))
			return lph_error(error, -EOPNOTSUPP,
					 "%s handles the very traps that rewriting it would take; trace its caller",
					 symbol->name);
	return 0;
}

/**
 * lph_symbol_look_up() - the address of the function that @symbol names
 * @symbol: the name
 * @coming: its module is on its way in, and its notifiers run
 * @ret_addr: filled on success
 * @error: filled on failure
 *
 * Context: process. The caller holds lph_lock, and lph_module_going() takes it
 * before it looks for functions: so a module that is found alive here will
 * find the function that the caller adds when it leaves.
 * Return: 0, -ENOENT, -ENOTUNIQ or -ENODEV.
 */
int lph_symbol_look_up(const struct lph_symbol *symbol, bool coming, unsigned long *ret_addr,
		       struct lph_error *error)
{
	struct search search = { .sympos = symbol->sympos };
	int r = 0;

	if (lph_symbol_in_kernel(symbol))
		lph_kallsyms_on_each_match_symbol(match, symbol->name, &search);
	else
		r = search_module(symbol, coming, &search, error);
	if (r)
		return r;

	if (!search.found)
		return lph_error(error, -ENOENT, "there is no function %s in %s",
				 symbol->name, symbol->module);
	if (search.found < search.sympos)
		return lph_error(error, -ENOENT, "there are only %u of %s in %s, sympos %u is none",
				 search.found, symbol->name, symbol->module, search.sympos);
	if (!search.sympos && search.found > 1)
		return lph_error(error, -ENOTUNIQ,
				 "there are %u functions %s in %s: name one by its sympos, 1 to %u",
				 search.found, symbol->name, symbol->module, search.found);
	*ret_addr = search.addr;
	return 0;
}

/**
 * lph_symbol_find() - lph_symbol_look_up() of a function that is to be attached to
 * @symbol: the name
 * @coming: its module is on its way in, and its notifiers run
 * @ret_addr: filled on success
 * @error: filled on failure
 *
 * Context: as of lph_symbol_look_up().
 * Return: that too, or -EOPNOTSUPP for a function on the path of the trap.
 */
int lph_symbol_find(const struct lph_symbol *symbol, bool coming, unsigned long *ret_addr,
		    struct lph_error *error)
{
	int r = refuse_trap_path(symbol, error);

	return r ?: lph_symbol_look_up(symbol, coming, ret_addr, error);
}

/**
 * lph_symbol_module_text() - where the functions of a module are
 * @module: its name
 * @ret_start: filled on success
 * @ret_size: likewise, in bytes
 *
 * Context: process. The module may leave at any time.
 * Return: 0 or -ENOENT.
 */
int lph_symbol_module_text(const char *module, unsigned long *ret_start, unsigned long *ret_size)
{
	const struct module *mod;

	rcu_read_lock();
	preempt_disable();
	mod = lph_find_module(module);
	if (mod) {
		*ret_start = (unsigned long)lph_module_text(mod);
		*ret_size = lph_module_text_size(mod);
	}
	preempt_enable();
	rcu_read_unlock();
	return mod ? 0 : -ENOENT;
}

/**
 * lph_symbol_size() - how long the function at @addr is
 * @addr: its address
 * @ret_size: filled on success: bytes, padding included
 * @error: filled on failure
 *
 * Context: process.
 * Return: 0, or -ENODATA where no symbol is there.
 */
int lph_symbol_size(unsigned long addr, unsigned long *ret_size, struct lph_error *error)
{
	unsigned long size, offset;

	if (!lph_kallsyms_lookup_size_offset(addr, &size, &offset) || offset || !size)
		return lph_error(error, -ENODATA,
				 "the kernel's symbols do not tell how long %ps is, so that nobody could tell who stands in it: load what has all its symbols",
				 (void *)addr);
	*ret_size = size;
	return 0;
}

struct addresses {
	unsigned long *addrs;
	unsigned int n;
	int r;
};

static int keep_address(void *data, unsigned long addr)
{
	struct addresses *found = data;
	unsigned long *addrs;

	addrs = krealloc_array(found->addrs, found->n + 1, sizeof(*addrs), GFP_ATOMIC);
	if (!addrs) {
		found->r = -ENOMEM;
		return found->r;
	}
	addrs[found->n++] = addr;
	found->addrs = addrs;
	return 0;
}

/**
 * lph_symbol_cold() - what the compiler has moved out of a function
 * @module: the object, which stays in
 * @name: of the function, or of several in the object
 * @ret_addrs: filled on success: addresses, to be kfree()d
 * @ret_n: filled on success: how many
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int lph_symbol_cold(const char *module, const char *name, unsigned long **ret_addrs,
		    unsigned int *ret_n)
{
	char *cold = kasprintf(GFP_KERNEL, "%s.cold", name);
	struct addresses found = {};
	const struct module *mod;

	if (!cold)
		return -ENOMEM;
	if (!strcmp(module, LPH_VMLINUX)) {
		lph_kallsyms_on_each_match_symbol(keep_address, cold, &found);
	} else {
		rcu_read_lock();
		preempt_disable();
		mod = lph_find_module(module);
		if (mod)
			each_symbol(mod, cold, keep_address, &found);
		preempt_enable();
		rcu_read_unlock();
	}
	kfree(cold);
	if (found.r) {
		kfree(found.addrs);
		return found.r;
	}
	*ret_addrs = found.addrs;
	*ret_n = found.n;
	return 0;
}

static int keep_first(void *data, unsigned long addr)
{
	*(unsigned long *)data = addr;
	return 1;
}

/**
 * lph_symbol_ftrace_ops() - the newest ftrace_ops that is registered
 *
 * By way of the kernel's list, whose head no module may link to, but kallsyms
 * knows: livepatch depends on KALLSYMS_ALL.
 *
 * Context: preemption off, which keeps those in it.
 * Return: the first of the list, each leads to the next older one; or an error pointer
 * where the list is not to be found.
 */
struct ftrace_ops *lph_symbol_ftrace_ops(void)
{
	if (!newest_ftrace_ops)
		return ERR_PTR(-ENODATA);
	return rcu_dereference_raw_check(*newest_ftrace_ops);
}

/**
 * lph_symbol_object() - can functions of this object be patched now?
 * @module: a module's name, or LPH_VMLINUX
 *
 * Context: process, lph_lock: see lph_symbol_find().
 * Return: 1; 0 where the module is not loaded; -ENODEV where it is on its way in
 * or out.
 */
int lph_symbol_object(const char *module)
{
	const struct module *mod;
	int r = 0;

	if (!strcmp(module, LPH_VMLINUX))
		return 1;
	rcu_read_lock();
	preempt_disable();
	mod = lph_find_module(module);
	if (mod)
		r = mod->state == MODULE_STATE_LIVE ? 1 : -ENODEV;
	preempt_enable();
	rcu_read_unlock();
	return r;
}

/**
 * lph_symbol_redirects() - may an ftrace_ops change where calls of a function go on?
 * @ops: of ftrace's list
 * @site: the function's ftrace site
 *
 * Context: preemption off.
 */
bool lph_symbol_redirects(struct ftrace_ops *ops, unsigned long site)
{
	/* Without registers, which are not looked at, one that wants them is taken for none. */
	return READ_ONCE(ops->flags) & FTRACE_OPS_FL_IPMODIFY &&
	       lph_ftrace_ops_test(ops, site, ops);
}

struct tracepoint_search {
	const char *name;
	struct tracepoint *found;
};

static void match_tracepoint(struct tracepoint *tp, void *data)
{
	struct tracepoint_search *search = data;

	if (!strcmp(tp->name, search->name))
		search->found = tp;
}

/**
 * lph_symbol_tracepoint() - a tracepoint of the kernel itself
 * @name: its name
 *
 * Context: process.
 * Return: the tracepoint, or NULL.
 */
struct tracepoint *lph_symbol_tracepoint(const char *name)
{
	struct tracepoint_search search = { .name = name };

	for_each_kernel_tracepoint(match_tracepoint, &search);
	return search.found;
}

/**
 * lph_symbol_link() - find a kernel function that no module may link to
 * @which: the function
 * @name: its name
 *
 * Context: module load.
 * Return: 0 or -errno, with a message in the kernel log.
 */
int lph_symbol_link(enum lph_unexported which, const char *name)
{
	struct kprobe kp = { .symbol_name = name };
	unsigned long addr;
	int r;

	r = register_kprobe(&kp);
	if (r) {
		pr_err("cannot find the kernel's %s by a kprobe: %pe\n", name, ERR_PTR(r));
		return r;
	}
	addr = (unsigned long)kp.addr;
	unregister_kprobe(&kp);
	return lph_arch_link(which, addr);
}

/**
 * lph_symbol_init() - find those that the module cannot be without
 *
 * Return: 0 or -errno, with a message in the kernel log.
 */
int lph_symbol_init(void)
{
	static const char *const names[LPH_UNEXPORTED_MAX] = {
		[LPH_FIND_MODULE] = "find_module",
		[LPH_KALLSYMS_ON_EACH_MATCH_SYMBOL] = "kallsyms_on_each_match_symbol",
		[LPH_FTRACE_OPS_TEST] = "ftrace_ops_test",
		[LPH_KALLSYMS_LOOKUP_SIZE_OFFSET] = "kallsyms_lookup_size_offset",
		[LPH_STACK_TRACE_SAVE_TSK_RELIABLE] = "stack_trace_save_tsk_reliable",
		[LPH_TASK_CALL_FUNC] = "task_call_func",
		[LPH_IDLE_TASK] = "idle_task",
		[LPH_MODULE_ADDRESS] = "__module_address",
		[LPH_FIND_GE_PID] = "find_ge_pid",
		[LPH_TASK_WORK_CANCEL_MATCH] = "task_work_cancel_match",
	};
	unsigned long list = 0;
	int i, r = 0;

	for (i = 0; i < LPH_UNEXPORTED_MAX && !r; i++)
		if (names[i])
			r = lph_symbol_link(i, names[i]);
	if (r)
		return r;
	lph_kallsyms_on_each_match_symbol(keep_first, "ftrace_ops_list", &list);
	newest_ftrace_ops = (struct ftrace_ops __rcu **)list;
	return 0;
}

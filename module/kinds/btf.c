// SPDX-License-Identifier: GPL-2.0-only
/*
 * The BTF of the kernel and of its modules. What looks into it is not exported, and a
 * kernel may be without it.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>

#include "arch.h"
#include "kinds/btf.h"
#include "kinds/prototype.h"
#include "locking.h"
#include "symbol.h"

/* Is all there that looks into BTF? */
static bool linked;

/* Of a module that stays as long as the caller holds lph_lock. Return: to be put, or NULL. */
static struct btf *module_btf(const char *name)
{
	const struct module *mod;

	lockdep_assert_held(&lph_lock);
	rcu_read_lock();
	preempt_disable();
	mod = lph_find_module(name);
	preempt_enable();
	rcu_read_unlock();
	return mod ? lph_btf_get_module_btf(mod) : NULL;
}

/**
 * lph_btf_check() - are all arguments of a function in registers?
 * @symbol: the function, which is there
 * @error: filled on failure
 *
 * Context: process, lph_lock; sleeps, and goes through all of the object's BTF.
 * Return: 0, -EOPNOTSUPP, or -ENODATA where BTF does not tell.
 */
int lph_btf_check(const struct lph_symbol *symbol, struct lph_error *error)
{
	struct btf *kernel, *btf;
	int r;

	kernel = linked ? lph_bpf_get_btf_vmlinux() : NULL;
	if (IS_ERR_OR_NULL(kernel))
		return lph_error(error, -ENODATA,
				 "the kernel has no BTF, which would tell whether all arguments of %s are in registers; use another kind of tracer",
				 symbol->name);
	if (symbol->sympos)
		return lph_error(error, -ENODATA,
				 "several functions are called %s, and BTF does not tell them apart; use another kind of tracer",
				 symbol->name);
	if (lph_symbol_in_kernel(symbol))
		return lph_prototype_judge(kernel, 1, symbol->name, error);

	btf = module_btf(symbol->module);
	if (!btf)
		return lph_error(error, -ENODATA,
				 "module %s has no BTF, which would tell whether all arguments of %s are in registers; use another kind of tracer",
				 symbol->module, symbol->name);
	/* Its types go on behind those of the kernel. */
	r = lph_prototype_judge(btf, lph_btf_nr_types(kernel), symbol->name, error);
	lph_btf_put(btf);
	return r;
}

/**
 * lph_btf_init() - find what looks into BTF
 *
 * A kernel may be without it.
 *
 * Context: module load.
 */
void lph_btf_init(void)
{
	static const struct {
		enum lph_unexported which;
		const char *name;
	} links[] = {
		{ LPH_BPF_GET_BTF_VMLINUX, "bpf_get_btf_vmlinux" },
		{ LPH_BTF_GET_MODULE_BTF, "btf_get_module_btf" },
		{ LPH_BTF_NR_TYPES, "btf_nr_types" },
		{ LPH_BTF_NAME_BY_OFFSET, "btf_name_by_offset" },
		{ LPH_BTF_PUT, "btf_put" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(links); i++)
		if (lph_symbol_link(links[i].which, links[i].name))
			return;
	linked = true;
}

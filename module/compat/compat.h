/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_COMPAT_H
#define LPH_COMPAT_H

/*
 * Kernel differences, in the words of the newest kernel. Included into every
 * C file by Kbuild; nothing else in the module looks at a version.
 */
#include <linux/compiler_types.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "livepatch_helper needs Linux 6.1 or later."
#endif

#include <linux/ftrace.h>

/* 6.17 gave the unbound workqueue of the system the name of a default. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define system_dfl_wq system_unbound_wq
#endif

/* 6.4 gave the direct calls of an ftrace_ops the plain names. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#define register_ftrace_direct register_ftrace_direct_multi

static inline int lph_compat_unregister_ftrace_direct(struct ftrace_ops *ops,
						      unsigned long addr, bool free_filters)
{
	int r = unregister_ftrace_direct_multi(ops, addr);

	if (free_filters)
		ftrace_free_filter(ops);
	return r;
}

#define unregister_ftrace_direct lph_compat_unregister_ftrace_direct
#endif

/* 6.4 gave each kind of a module's memory a place of its own. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#define lph_module_text(mod) ((mod)->core_layout.base)
#define lph_module_text_size(mod) ((mod)->core_layout.text_size)
#else
#define lph_module_text(mod) ((mod)->mem[MOD_TEXT].base)
#define lph_module_text_size(mod) ((mod)->mem[MOD_TEXT].size)
#endif

/* 6.2 gave what ftrace saves accessors. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define ftrace_regs_get_argument(fregs, n) regs_get_kernel_argument(&(fregs)->regs, n)
#define ftrace_regs_get_instruction_pointer(fregs) instruction_pointer(&(fregs)->regs)
#endif

/* 6.19 tells an ops_func the ip as well. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
#define LPH_OPS_FUNC_ARGS struct ftrace_ops *ops, enum ftrace_ops_cmd cmd
#else
#define LPH_OPS_FUNC_ARGS struct ftrace_ops *ops, unsigned long ip, enum ftrace_ops_cmd cmd
#endif

/* 6.19 keeps a program from running within itself by functions of these names. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
#define bpf_prog_get_recursion_context(prog) (this_cpu_inc_return(*(prog)->active) == 1)
#define bpf_prog_put_recursion_context(prog) this_cpu_dec(*(prog)->active)
#endif

/* 6.9 moved what says that a program may sleep. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
#define lph_bpf_sleeps(prog) ((prog)->aux->sleepable)
#else
#define lph_bpf_sleeps(prog) ((prog)->sleepable)
#endif

/* 6.10 has __string() note the source, which __assign_str() used to be told. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define lph_assign_str(field, source) __assign_str(field, source)
#else
#define lph_assign_str(field, source) __assign_str(field)
#endif

#endif /* LPH_COMPAT_H */

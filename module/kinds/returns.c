// SPDX-License-Identifier: GPL-2.0-only
/*
 * Can calls of a function be measured? They have to return, and to find all arguments
 * in registers (arch.h).
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "error.h"
#include "kinds/btf.h"
#include "kinds/returns.h"
#include "op.h"
#include "symbol.h"

/*
 * Functions of the kernel of which calls end with their task, or with the stack of the
 * idle task of a CPU that goes offline: they would be under way for ever. What a CPU may
 * still be in when all others hold it for dead belongs to them.
 */
static const char *const never_return[] = {
	"__fortify_panic",
	"__ia32_sys_exit",
	"__ia32_sys_exit_group",
	"__module_put_and_kthread_exit",
	"__schedule",
	"__stack_chk_fail",
	"__tdx_hypercall_failed",
	"__x64_sys_exit",
	"__x64_sys_exit_group",
	"acpi_idle_play_dead",
	"acpi_mp_play_dead",
	"acpi_processor_ffh_play_dead",
	"arch_cpu_idle_dead",
	"asm_acpi_mp_play_dead",
	"cpu_bringup_and_idle",
	"cpu_report_death",
	"cpu_startup_entry",
	"cpuhp_ap_report_dead",
	"cpuidle_play_dead",
	"do_exit",
	"do_group_exit",
	"do_idle",
	"do_task_dead",
	"ex_handler_msr_mce",
	"fortify_panic",
	"hlt_play_dead",
	"hv_ghcb_terminate",
	"kthread",
	"kthread_complete_and_exit",
	"kthread_exit",
	"machine_real_restart",
	"make_task_dead",
	"mwait_play_dead",
	"native_play_dead",
	"nmi_panic_self_stop",
	"panic",
	"panic_smp_self_stop",
	"play_dead",
	"play_dead_common",
	"rest_init",
	"resume_play_dead",
	"ret_from_fork",
	"rewind_stack_and_make_dead",
	"sev_es_play_dead",
	"sev_es_terminate",
	"snp_abort",
	"start_kernel",
	"start_secondary",
	"stop_this_cpu",
	"tboot_shutdown",
	"usercopy_abort",
	"vpanic",
	"xen_cpu_bringup_again",
	"xen_pv_play_dead",
};

static int check_return(const struct lph_symbol *symbol, struct lph_error *error)
{
	unsigned int i;

	if (!lph_symbol_in_kernel(symbol))
		return 0;
	for (i = 0; i < ARRAY_SIZE(never_return); i++)
		if (!strcmp(symbol->name, never_return[i]))
			return lph_error(error, -EOPNOTSUPP,
					 "there are calls of %s that never return, which take no time to measure: trace it by another kind",
					 symbol->name);
	return 0;
}

/**
 * lph_latency_check() - can calls of a function be measured?
 * @symbol: its name
 * @spec: of the op; in a build for tests, it is believed where BTF does not tell
 * @error: filled on failure
 *
 * Context: process, lph_lock.
 * Return: 0, -EOPNOTSUPP, or an error of lph_symbol_find().
 */
int lph_latency_check(const struct lph_symbol *symbol, const struct lph_op_spec *spec,
		      struct lph_error *error)
{
	unsigned long addr;
	int r;

	r = lph_symbol_find(symbol, false, &addr, error);
	if (r)
		return r;
	r = check_return(symbol, error);
	if (r)
		return r;
	r = lph_btf_check(symbol, error);
	if (__is_defined(LPH_TESTS) && r == -ENODATA && spec->registers)
		return 0;
	return r ? -EOPNOTSUPP : 0;
}

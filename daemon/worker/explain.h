/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_EXPLAIN_H
#define LIVEPATCHD_EXPLAIN_H

#include <stdbool.h>

#include "kernel/klp-file.h"
#include "kernel/klp-sysfs.h"
#include "model/failure.h"

/**
 * struct kernel_facts - what may lie behind the kernel's refusal of a module
 * @transition_of: another livepatch is in transition; owned, NULL: none
 * @ftrace_disabled: kernel.ftrace_enabled is 0
 * @modules_disabled: kernel.modules_disabled is 1
 * @lockdown: the kernel is locked down
 * @holders: who else redirects its functions; owned, NULL: nobody is seen
 * @helper_holds: functions that the helper's patches hold, see held-functions.h; owned, NULL: none
 */
struct kernel_facts {
	char *transition_of;
	bool ftrace_disabled;
	bool modules_disabled;
	bool lockdown;
	char *holders;
	char *helper_holds;
};

/**
 * kernel_facts_read - look at what the kernel shows now; what cannot be read is left out
 * @root: the kernel's files
 * @patch: what the module that was refused patches; NULL: others on its functions do not matter
 */
void kernel_facts_read(const struct klp_root *root, const struct patch_content *patch, struct kernel_facts *ret);

/** kernel_facts_clear - free what the facts own */
void kernel_facts_clear(struct kernel_facts *facts);

/**
 * explain_insert - say why the kernel refused a livepatch's module
 * @error: what finit_module() returned, negative
 * @name: the module's
 * @facts: seen right after it
 * @failure: the explanation
 *
 * Return: -EBADE
 */
int explain_insert(int error, const char *name, const struct kernel_facts *facts, struct failure *failure);

#endif

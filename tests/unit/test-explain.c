// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "worker/explain.h"

static void expect(int error, struct kernel_facts facts, enum failure_kind kind, const char *part)
{
	struct failure failure = { 0 };

	assert_int_equal(explain_insert(error, "patch_x", &facts, &failure), -EBADE);
	assert_int_equal(failure.kind, kind);
	if (!strstr(failure_message(&failure), part))
		fail_msg("\"%s\" does not say \"%s\"", failure_message(&failure), part);
	failure_clear(&failure);
}

#define FACTS(...) ((struct kernel_facts){ __VA_ARGS__ })

static void busy_has_three_causes(void **state)
{
	(void)state;
	expect(-EBUSY, FACTS(.transition_of = (char *)"other", .ftrace_disabled = true), FAILURE_KERNEL_REFUSED,
	       "transition of other");
	expect(-EBUSY, FACTS(.ftrace_disabled = true, .holders = (char *)"f is held"), FAILURE_KERNEL_REFUSED,
	       "kernel.ftrace_enabled=1");
	expect(-EBUSY, FACTS(.holders = (char *)"f is held by kprobe x: unload it"), FAILURE_CONFLICT,
	       "patch_x is not the first: f is held by kprobe x: unload it.");
	expect(-EBUSY, FACTS(.helper_holds = (char *)"vfs_read (fix)", .holders = (char *)"x"), FAILURE_CONFLICT,
	       "livepatch_helper redirects what patch_x wants to: vfs_read (fix)");
	expect(-EBUSY, FACTS(), FAILURE_CONFLICT, "another user of ftrace");
}

static void others(void **state)
{
	(void)state;
	expect(-EEXIST, FACTS(), FAILURE_CONFLICT, "patch_x is already loaded");
	expect(-EPERM, FACTS(.modules_disabled = true), FAILURE_KERNEL_REFUSED, "kernel.modules_disabled");
	expect(-EPERM, FACTS(.lockdown = true), FAILURE_KERNEL_REFUSED, "locked down");
	expect(-EPERM, FACTS(), FAILURE_KERNEL_REFUSED, "CAP_SYS_MODULE");
	expect(-EKEYREJECTED, FACTS(), FAILURE_KERNEL_REFUSED, "signature");
	expect(-ENOKEY, FACTS(), FAILURE_KERNEL_REFUSED, "no key it trusts");
	expect(-ENOEXEC, FACTS(), FAILURE_KERNEL_REFUSED, "livepatch support");
	expect(-ENOENT, FACTS(), FAILURE_KERNEL_REFUSED, "symbol");
	expect(-EINVAL, FACTS(), FAILURE_KERNEL_REFUSED, "ambiguous");
	expect(-EOPNOTSUPP, FACTS(), FAILURE_KERNEL_REFUSED, "cannot livepatch");
	expect(-ENOSPC, FACTS(), FAILURE_KERNEL_REFUSED, "No space left");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(busy_has_three_causes),
		cmocka_unit_test(others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/uevent.h"

#define MESSAGE(text) text, sizeof(text)

static void module(void **state)
{
	(void)state;
	assert_true(uevent_is_module(MESSAGE("add@/module/x\0ACTION=add\0SUBSYSTEM=module\0SEQNUM=7")));
	assert_false(uevent_is_module(MESSAGE("add@/module/x\0SUBSYSTEM=modules")));
	assert_false(uevent_is_module(MESSAGE("add@/devices/x\0SUBSYSTEM=block")));
	/* Cut off. */
	assert_false(uevent_is_module("SUBSYSTEM=module", strlen("SUBSYSTEM=module")));
	assert_false(uevent_is_module("", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(module),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

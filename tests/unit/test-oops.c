// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/oops.h"

/* Whom a log blames, as JSON. */
static const char *blamed(const char *log)
{
	struct oops_reader reader = { .modules = json_object_new_object() };
	static char text[1024], copy[4096];

	(void)snprintf(copy, sizeof(copy), "%s", log);
	oops_read(&reader, copy);
	(void)snprintf(text, sizeof(text), "%s",
		       json_object_to_json_string_ext(reader.modules, JSON_C_TO_STRING_PLAIN));
	json_object_put(reader.modules);
	return text;
}

static void in_rip(void **state)
{
	(void)state;
	assert_string_equal(blamed("<1>[   12.1] BUG: kernel NULL pointer dereference, address: 0000000000000000\n"
				   "<4>[   12.1] Oops: 0002 [#1] PREEMPT SMP NOPTI\n"
				   "<4>[   12.1] CPU: 1 PID: 301 Comm: crash Tainted: G  OE K  6.1.0\n"
				   "<4>[   12.1] RIP: 0010:livepatch_crash_proc_show+0x2e/0x40 [livepatch_crash]\n"
				   "<4>[   12.1] Call Trace:\n"
				   "<4>[   12.1]  seq_read_iter+0x124/0x4b0\n"
				   "<4>[   12.1] Modules linked in: livepatch_innocent(OEK) livepatch_crash(OEK)\n"
				   "<4>[   12.1] ---[ end trace 0000000000000000 ]---\n"),
			    "{\"livepatch_crash\":\"livepatch_crash_proc_show\"}");
	/* Later kernels say which build it was, and "Oops" twice. */
	assert_string_equal(blamed("Oops: Oops: 0002 [#1] SMP NOPTI\n"
				   "RIP: 0010:show.constprop.0+0x2e/0x40 [livepatch_crash 0123abcd]\n"),
			    "{\"livepatch_crash\":\"show.constprop.0\"}");
}

static void in_call_trace(void **state)
{
	(void)state;
	assert_string_equal(blamed("invalid opcode: 0000 [#2] PREEMPT SMP\n"
				   "RIP: 0010:memcpy+0x2e/0x40\n"
				   "Call Trace:\n"
				   " <TASK>\n"
				   " first+0x1/0x20 [fix_a]\n"
				   " ? guess+0x1/0x20 [fix_b]\n"
				   " second+0x10/0x20 [fix_a]\n"
				   " third+0x1/0x20 [fix_c]\n"),
			    "{\"fix_a\":\"first\",\"fix_c\":\"third\"}");
	assert_string_equal(blamed("Kernel panic - not syncing: asked to\n"
				   "Call Trace:\n"
				   " panic+0x118/0x2fa\n"
				   " asked+0x1b/0x20 [fix]\n"
				   "---[ end Kernel panic - not syncing: asked to ]---\n"),
			    "{\"fix\":\"asked\"}");
}

static void blames_nobody(void **state)
{
	(void)state;
	assert_string_equal(blamed("WARNING: CPU: 1 PID: 3 at fix.c:3 warned+0x3/0x20 [fix]\n"
				   "RIP: 0010:warned+0x3/0x20 [fix]\n"
				   "---[ end trace 0000000000000000 ]---\n"),
			    "{}");
	/* Behind an oops the log goes on. */
	assert_string_equal(blamed("Oops: 0002 [#1] SMP\n"
				   "RIP: 0010:vfs_read+0x3/0x20\n"
				   "---[ end trace 0000000000000000 ]---\n"
				   "WARNING: CPU: 1 PID: 3 at fix.c:3 warned+0x3/0x20 [fix]\n"),
			    "{}");
	assert_string_equal(blamed("note [#1] that is none\nRIP: 0010:f+0x1/0x2 [fix]\n"), "{}");
	assert_string_equal(blamed("Oops: 0002 [#1] SMP\nRIP: 0010:f+0x/ [fix]\n+0x1/0x2 [\n f+0x1/0x2 []\n"), "{}");
	assert_string_equal(blamed(""), "{}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_rip),
		cmocka_unit_test(in_call_trace),
		cmocka_unit_test(blames_nobody),
	};

	return cmocka_run_group_tests_name("oops", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/crash-record.h"
#include "kernel/oops.h"

/* Whom a log blames, as JSON. */
static const char *read_log(const char *log, bool dump)
{
	struct oops_reader reader = { .last_only = dump, .modules = json_object_new_object() };
	static char text[1024], copy[4096];

	(void)snprintf(copy, sizeof(copy), "%s", log);
	oops_read(&reader, copy);
	(void)snprintf(text, sizeof(text), "%s",
		       json_object_to_json_string_ext(reader.modules, JSON_C_TO_STRING_PLAIN));
	json_object_put(reader.modules);
	return text;
}

static const char *blamed(const char *log)
{
	return read_log(log, false);
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

/* What is not from its first byte to its last as the kernel writes it. */
static void forged(void **state)
{
	(void)state;
	/* Mount options that there are not. */
	assert_string_equal(blamed("tmpfs: Unknown parameter 'Kernel panic - f+0x1/0x2 [fix]'\n"), "{}");
	assert_string_equal(blamed("tmpfs: Unknown parameter 'Oops: 0002 [#1] SMP\n"
				   "RIP: 0010:f+0x1/0x2 [fix]\n"),
			    "{}");
	assert_string_equal(blamed("<3>[   12.1] fuse: Bad value for 'x: 0000 [#1] SMP\n"
				   "<4>[   12.1]  f+0x1/0x2 [fix]\n"),
			    "{}");
	/* Names of tasks: 15 bytes, and the kernel goes on. */
	assert_string_equal(blamed("Oops: 0002 [#1][123]: segfault at 0 ip 0 sp 0 error 4 in x[1000+1000]\n"
				   "RIP: 0010:f+0x1/0x2 [fix]\n"),
			    "{}");
	assert_string_equal(blamed("Kernel panic - [123]: segfault at 0 ip 0 sp 0 error 4\n"
				   "RIP: 0010:f+0x1/0x2 [fix]\n"),
			    "{}");
	/* Within an oops that is none of the patch's. */
	assert_string_equal(blamed("Oops: 0002 [#1] SMP\n"
				   "RIP: 0010:vfs_read+0x3/0x20\n"
				   "tmpfs: Unknown parameter ' f+0x1/0x2 [fix]'\n"
				   " f+0x1/0x2 [fix[123]: segfault at 0 ip 0 sp 0 error 4\n"
				   "RIP: 0010:f+0x1/0x2 [fix]'\n"),
			    "{}");
}

/* Lines of a dump that the kernel made of one message with newlines in it. */
static void forged_in_dump(void **state)
{
	static const char forged[] = "<3>[   12.1] tmpfs: Unknown parameter 'x\n"
				     "<3>[   12.1] Oops: 0002 [#1] SMP\n"
				     "<3>[   12.1] RIP: 0010:f+0x1/0x2 [fix]\n";
	char log[2048];

	(void)state;
	(void)snprintf(log, sizeof(log), "%s%s", forged,
		       "<4>[   99.1][  T301] Oops: 0002 [#1] PREEMPT(voluntary) SMP NOPTI\n"
		       "<4>[   99.1][  T301] RIP: 0010:g+0x3/0x20 [other]\n"
		       "<4>[   99.2][  T301] ---[ end trace 0000000000000000 ]---\n"
		       "<0>[   99.3][  T301] Kernel panic - not syncing: Fatal exception\n");
	assert_string_equal(read_log(log, true), "{\"other\":\"g\"}");
	(void)snprintf(log, sizeof(log), "%s%s", forged,
		       "<0>[   99.3] Kernel panic - not syncing: sysrq triggered crash\n"
		       "<4>[   99.3]  sysrq_handle_crash+0x16/0x20\n");
	assert_string_equal(read_log(log, true), "{}");
}

/* Whatever a log says, the kernel knows whether it had an oops. What it does not tell may be. */
static void taint(void **state)
{
	char path[] = "/tmp/test-oops.XXXXXX";
	const struct crash_records records = { .tainted = path };
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, "12288\n", 6), 6);
	assert_false(crash_records_may_have_oops(&records));
	assert_int_equal(pwrite(fd, "12416\n", 6, 0), 6);
	assert_true(crash_records_may_have_oops(&records));
	assert_int_equal(pwrite(fd, "what?\n", 6, 0), 6);
	assert_true(crash_records_may_have_oops(&records));
	close(fd);
	unlink(path);
	assert_true(crash_records_may_have_oops(&records));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_rip),
		cmocka_unit_test(in_call_trace),
		cmocka_unit_test(blames_nobody),
		cmocka_unit_test(forged),
		cmocka_unit_test(forged_in_dump),
		cmocka_unit_test(taint),
	};

	return cmocka_run_group_tests_name("oops", tests, NULL, NULL);
}

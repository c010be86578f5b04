// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/ftrace-functions.h"
#include "peers/parse.h"

static char line[512];

static char *text(const char *s)
{
	strcpy(line, s);
	return line;
}

static int parse(const char *s, struct ftrace_function *ret)
{
	return ftrace_function_parse(text(s), ret);
}

static void enabled_functions(void **state)
{
	struct ftrace_function f;
	const char *target;

	(void)state;
	assert_int_equal(parse("cmdline_proc_show (1) R    \ttramp: 0xffffffffc0281000 "
			       "(kprobe_ftrace_handler+0x0/0x1b0) ->kprobe_ftrace_handler+0x0/0x1b0\n",
			       &f),
			 0);
	assert_string_equal(f.symbol, "cmdline_proc_show");
	assert_string_equal(f.module, "vmlinux");
	assert_int_equal(f.n_ops, 1);
	assert_false(f.ipmodify);
	assert_false(f.direct);
	assert_string_equal(f.handler, "kprobe_ftrace_handler");

	/* 6.1, several */
	(void)text("lph_target_0 [lph_test] (12) R I D ->arch_ftrace_ops_list_func+0x0/0x1d0\n");
	assert_int_equal(ftrace_function_parse(line, &f), 0);
	assert_string_equal(f.symbol, "lph_target_0");
	assert_string_equal(f.module, "lph_test");
	assert_int_equal(f.n_ops, 12);
	assert_true(f.ipmodify);
	assert_true(f.direct);
	assert_null(f.handler);
	assert_string_equal(f.flags, "RID");

	/* 7.2 */
	assert_int_equal(parse("cmdline_proc_show (2) R I     M  ->arch_ftrace_ops_list_func+0x0/0x250\n", &f),
			 0);
	assert_true(f.ipmodify);
	assert_false(f.direct);
	assert_string_equal(f.flags, "RIM");
	assert_int_equal(parse("IO_D (1) R         \ttramp: ID (I_D+0x0/0x1)\n", &f), 0);
	assert_false(f.ipmodify);
	assert_false(f.direct);

	assert_int_equal(parse("\tdirect-->lph_pool+0x0/0x20000 [livepatch_helper]\n", &f), -EBADMSG);
	assert_int_equal(parse("x\n", &f), -EBADMSG);
	assert_int_equal(parse("x (y)\n", &f), -EBADMSG);
	assert_int_equal(parse("", &f), -EBADMSG);

	assert_int_equal(ftrace_direct_parse(text("\tdirect-->lph_pool+0x0/0x20000 [livepatch_helper]\n"), &target), 0);
	assert_string_equal(target, "lph_pool");
	assert_int_equal(ftrace_direct_parse(text("\tdirect-->bpf_trampoline_6442509383+0x0/0xee\n"), &target), 0);
	assert_string_equal(target, "bpf_trampoline_6442509383");
	assert_int_equal(ftrace_direct_parse(text("direct-->x\n"), &target), -EBADMSG);
	assert_int_equal(ftrace_direct_parse(text("\tdirect-->\n"), &target), -EBADMSG);
	assert_int_equal(ftrace_direct_parse(text("\ttramp: x\n"), &target), -EBADMSG);
}

static void kprobes(void **state)
{
	struct kprobe_line k;

	(void)state;
	assert_int_equal(kprobe_parse(text("ffffffff814105a0  k  cmdline_proc_show+0x0    [FTRACE]\n"), &k), 0);
	assert_int_equal(k.address, 0xffffffff814105a0);
	assert_string_equal(k.symbol, "cmdline_proc_show");
	assert_string_equal(k.module, "vmlinux");
	assert_int_equal(k.offset, 0);
	assert_false(k.returns);
	assert_false(k.disabled);

	/* behind an ENDBR */
	(void)text("ffffffffc02666a4  r  lph_target_0+0x4  lph_test [DISABLED][FTRACE]\n");
	assert_int_equal(kprobe_parse(line, &k), 0);
	assert_string_equal(k.module, "lph_test");
	assert_int_equal(k.site, 4);
	assert_int_equal(k.offset, 0);
	assert_true(k.returns);
	assert_true(k.disabled);

	assert_int_equal(kprobe_parse(text("0000000000000000  k  f+0x14    [OPTIMIZED]\n"), &k), 0);
	assert_int_equal(k.offset, 20);
	assert_false(k.disabled);
	assert_int_equal(kprobe_parse(text("0000000000000000  k  f+0x14    [GONE]\n"), &k), 0);
	assert_true(k.disabled);

	assert_int_equal(kprobe_parse(text("ffffffff814105a0  k  ffffffff814105a0 \n"), &k), -EBADMSG);
	assert_int_equal(kprobe_parse(text("ffffffff814105a0  x  f+0x0\n"), &k), -EBADMSG);
	assert_int_equal(kprobe_parse(text("address  k  f+0x0\n"), &k), -EBADMSG);
	assert_int_equal(kprobe_parse(text("\n"), &k), -EBADMSG);
}

static void probe_events(void **state)
{
	struct probe_event e;

	(void)state;
	assert_int_equal(probe_event_parse(text("p:kprobes/mine cmdline_proc_show\n"), &e), 0);
	assert_string_equal(e.name, "kprobes/mine");
	assert_string_equal(e.symbol, "cmdline_proc_show");
	assert_string_equal(e.module, "vmlinux");
	assert_int_equal(e.offset, 0);
	assert_false(e.returns);
	assert_false(e.fprobe);

	assert_int_equal(probe_event_parse(text("r10:g/n lph_test:lph_target_0 $retval\n"), &e), 0);
	assert_string_equal(e.module, "lph_test");
	assert_string_equal(e.symbol, "lph_target_0");
	assert_true(e.returns);

	assert_int_equal(probe_event_parse(text("p:kprobes/inside f+20 %ax\n"), &e), 0);
	assert_string_equal(e.symbol, "f");
	assert_int_equal(e.offset, 20);
	assert_int_equal(probe_event_parse(text("p:kprobes/there 0xffffffff814105a0\n"), &e), 0);
	assert_int_equal(e.address, 0xffffffff814105a0);

	assert_int_equal(probe_event_parse(text("f:fprobes/x vfs_*\n"), &e), 0);
	assert_true(e.fprobe);
	assert_false(e.returns);
	assert_string_equal(e.symbol, "vfs_*");
	assert_int_equal(probe_event_parse(text("f:fprobes/x f%return arg=$retval\n"), &e), 0);
	assert_string_equal(e.symbol, "f");
	assert_true(e.returns);

	assert_int_equal(probe_event_parse(text("p:uprobes/x /bin/bash:0x4245c0\n"), &e), -EBADMSG);
	assert_int_equal(probe_event_parse(text("e:eprobes/x sched/sched_switch\n"), &e), -EBADMSG);
	assert_int_equal(probe_event_parse(text("s:x int a\n"), &e), -EBADMSG);
	assert_int_equal(probe_event_parse(text("p:x\n"), &e), -EBADMSG);
	assert_int_equal(probe_event_parse(text("\n"), &e), -EBADMSG);
}

static void filters(void **state)
{
	struct filter_line f;

	(void)state;
	assert_int_equal(filter_parse(text("cmdline_proc_show\n"), &f), 0);
	assert_string_equal(f.symbol, "cmdline_proc_show");
	assert_string_equal(f.module, "vmlinux");
	assert_null(f.command);
	assert_false(f.all);
	assert_int_equal(filter_parse(text("lph_target_0 [lph_test]\n"), &f), 0);
	assert_string_equal(f.module, "lph_test");
	assert_int_equal(filter_parse(text("lph_target_0 [lph_test]:traceon:unlimited\n"), &f), 0);
	assert_string_equal(f.module, "lph_test");
	assert_string_equal(f.command, "traceon:unlimited");
	assert_int_equal(filter_parse(text("f:stacktrace:count=3\n"), &f), 0);
	assert_string_equal(f.symbol, "f");
	assert_string_equal(f.command, "stacktrace:count=3");
	assert_int_equal(filter_parse(text("#### all functions enabled ####\n"), &f), 0);
	assert_true(f.all);
	assert_int_equal(filter_parse(text("#### no functions disabled ####\n"), &f), -EBADMSG);
	assert_int_equal(filter_parse(text("\n"), &f), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enabled_functions),
		cmocka_unit_test(kprobes),
		cmocka_unit_test(probe_events),
		cmocka_unit_test(filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake-tree.h"
#include "kernel/klp-sysfs.h"
#include "model/klp-patch.h"
#include "model/patch.h"

static char sys[256], proc[256];
static struct klp_root root = { sys, proc };

static int setup(void **state)
{
	(void)state;
	fake_make_root();
	(void)snprintf(sys, sizeof(sys), "%s/sys", fake_root);
	(void)snprintf(proc, sizeof(proc), "%s/proc", fake_root);
	fake_file("", "proc/modules");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_remove(fake_root);
	return 0;
}

static void add_livepatch(const char *name, const char *enabled, const char *transition)
{
	fake_file("live\n", "sys/module/%s/initstate", name);
	fake_file(enabled, "sys/kernel/livepatch/%s/enabled", name);
	fake_file(transition, "sys/kernel/livepatch/%s/transition", name);
	fake_file("", "sys/kernel/livepatch/%s/force", name);
}

static void status(void **state)
{
	struct klp_status seen;

	(void)state;
	/* A kernel without livepatches has no such folder. */
	assert_int_equal(klp_read_status(&root, "a", &seen), 0);
	assert_int_equal(seen.module, KLP_MODULE_ABSENT);
	assert_false(seen.registered);

	add_livepatch("a", "1\n", "1\n");
	assert_int_equal(klp_read_status(&root, "a", &seen), 0);
	assert_int_equal(seen.module, KLP_MODULE_LIVE);
	assert_true(seen.registered && seen.enabled && seen.transition);
	assert_int_equal(patch_state_from_status(&seen), PATCH_PATCHING);

	add_livepatch("a", "0\n", "1\n");
	assert_int_equal(klp_read_status(&root, "a", &seen), 0);
	assert_true(seen.registered && !seen.enabled && seen.transition);
	assert_int_equal(patch_state_from_status(&seen), PATCH_UNPATCHING);

	fake_gone("sys/kernel/livepatch/a");
	fake_file("going\n", "sys/module/a/initstate");
	assert_int_equal(klp_read_status(&root, "a", &seen), 0);
	assert_int_equal(seen.module, KLP_MODULE_UNLOADING);
	assert_int_equal(patch_state_from_status(&seen), PATCH_DISABLED);

	fake_file("coming\n", "sys/module/a/initstate");
	assert_int_equal(klp_read_status(&root, "a", &seen), 0);
	assert_int_equal(patch_state_from_status(&seen), PATCH_LOADED);
}

static void transition_of_other(void **state)
{
	char *other = NULL;

	(void)state;
	assert_int_equal(klp_transition_of_other(&root, NULL, NULL), 0);
	add_livepatch("a", "1\n", "1\n");
	add_livepatch("b", "1\n", "0\n");
	assert_int_equal(klp_transition_of_other(&root, "a", &other), 0);
	assert_null(other);
	assert_int_equal(klp_transition_of_other(&root, "b", &other), 1);
	assert_string_equal(other, "a");
	free(other);
	assert_int_equal(klp_transition_of_other(&root, NULL, NULL), 1);
}

static void snapshot(void **state)
{
	struct klp_snapshot seen;

	(void)state;
	fake_file("c_new 16384 1 - Live 0x0000000000000000 (OEK)\n"
		  "ext4 16384 0 - Live 0x0000000000000000\n"
		  "b_off 16384 0 - Live 0x0000000000000000 (OK)\n"
		  "nvidia 16384 2 drm,i2c, Live 0x0000000000000000 (POE)\n"
		  "a_old 16384 1 [permanent], Live 0x0000000000000000 (K)\n",
		  "proc/modules");
	add_livepatch("a_old", "1\n", "0\n");
	add_livepatch("c_new", "1\n", "1\n");
	fake_file("1\n", "sys/kernel/livepatch/a_old/vmlinux/patched");
	fake_file("", "sys/kernel/livepatch/a_old/vmlinux/vfs_read,1/x");
	fake_file("", "sys/kernel/livepatch/a_old/vmlinux/do_exit,2/x");
	fake_file("0\n", "sys/kernel/livepatch/a_old/kvm/patched");
	fake_file("", "sys/kernel/livepatch/a_old/kvm/kvm_init,0/x");

	assert_int_equal(klp_read_snapshot(&root, &seen), 0);
	assert_int_equal(seen.n_patches, 3);
	assert_string_equal(seen.patches[0].name, "a_old");
	assert_string_equal(seen.patches[1].name, "b_off");
	assert_string_equal(seen.patches[2].name, "c_new");
	assert_false(seen.patches[1].status.registered);
	assert_true(seen.patches[2].status.transition);

	assert_int_equal(seen.patches[0].n_functions, 3);
	assert_string_equal(seen.patches[0].functions[0].symbol, "kvm_init");
	assert_string_equal(seen.patches[0].functions[0].module, "kvm");
	assert_false(seen.patches[0].functions[0].patched);
	assert_string_equal(seen.patches[0].functions[1].symbol, "do_exit");
	assert_int_equal(seen.patches[0].functions[1].sympos, 2);
	assert_true(seen.patches[0].functions[2].patched);
	klp_snapshot_clear(&seen);
}

static void modules_line(void **state)
{
	static const struct {
		const char *line;
		int r;
		enum klp_module module;
	} lines[] = {
		{ "x 16384 0 - Live 0x0 (OEK)", 1, KLP_MODULE_LIVE },
		{ "x 16384 0 - Loading 0x0 (OK+)", 1, KLP_MODULE_LOADING },
		{ "x 16384 0 - Unloading 0x0 (K-)", 1, KLP_MODULE_UNLOADING },
		{ "x 16384 0 - Live 0x0", 0, KLP_MODULE_LIVE },
		{ "K 16384 0 - Live 0x0 (O)", 0, KLP_MODULE_LIVE },
		{ "x 16384 0", -EBADMSG, KLP_MODULE_ABSENT },
		{ "", -EBADMSG, KLP_MODULE_ABSENT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		enum klp_module module = KLP_MODULE_ABSENT;
		char *line = strdup(lines[i].line);
		const char *name;

		assert_int_equal(klp_parse_modules_line(line, &name, &module), lines[i].r);
		assert_int_equal(module, lines[i].module);
		free(line);
	}
}

static void expect_order(const struct klp_patch *patches, const char *names)
{
	for (size_t i = 0; names[i]; i++)
		assert_int_equal(patches[i].name[0], names[i]);
}

static void order(void **state)
{
	struct klp_patch by_position[] = {
		{ .name = (char *)"c", .position = 30 },
		{ .name = (char *)"a", .position = 10 },
		{ .name = (char *)"b", .position = 20 },
	};
	struct klp_patch by_stack[] = {
		{ .name = (char *)"c", .position = 10, .stack_order = 3 },
		{ .name = (char *)"x", .position = 20 },
		{ .name = (char *)"a", .position = 30, .stack_order = 1 },
		{ .name = (char *)"y", .position = 40 },
		{ .name = (char *)"b", .position = 50, .stack_order = 2 },
	};

	(void)state;
	klp_sort(NULL, 0);
	klp_sort(by_position, 3);
	expect_order(by_position, "abc");
	/* Those of which the kernel does not tell keep their places. */
	klp_sort(by_stack, 5);
	expect_order(by_stack, "axbyc");
}

static void names(void **state)
{
	char good[] = "a-b_C9", dot[] = "a.b", slash[] = "../a", empty[] = "";

	(void)state;
	assert_int_equal(klp_normalize_name(good), 0);
	assert_string_equal(good, "a_b_C9");
	assert_int_equal(klp_normalize_name(dot), -EINVAL);
	assert_int_equal(klp_normalize_name(slash), -EINVAL);
	assert_int_equal(klp_normalize_name(empty), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(status, setup, teardown),
		cmocka_unit_test_setup_teardown(transition_of_other, setup, teardown),
		cmocka_unit_test_setup_teardown(snapshot, setup, teardown),
		cmocka_unit_test(modules_line),
		cmocka_unit_test(order),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake-tree.h"
#include "model/patch-conf.h"
#include "util/log.h"
#include "worker/conf-files.h"

static void parse(struct patch_conf *conf, const char *text, int expected, const char *message)
{
	struct failure failure = { 0 };

	assert_int_equal(patch_conf_parse(conf, "x.conf", text, &failure), expected);
	if (message)
		assert_string_equal(failure_message(&failure), message);
	else
		assert_int_equal(failure.kind, FAILURE_NONE);
	failure_clear(&failure);
}

static void all(void **state)
{
	struct patch_conf conf = { 0 };

	(void)state;
	parse(&conf,
	      "[Patch]\n"
	      "Before=a b-c\n"
	      "Before=d a\n"
	      "After=e\n"
	      "Requires=f\n"
	      "Conflicts=g\n"
	      "Replaces=h\n"
	      "Keep=yes\n"
	      "SHA256=ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789\n"
	      "Timeout=1min\n"
	      "OnTimeout=force\n"
	      "HealthCheck=test -e /x\n"
	      "Enabled=no\n",
	      0, NULL);
	assert_string_equal(conf.health_check, "test -e /x");
	assert_string_equal(conf.before[0], "a");
	/* Named like the module, and once. */
	assert_string_equal(conf.before[1], "b_c");
	assert_string_equal(conf.before[2], "d");
	assert_null(conf.before[3]);
	assert_true(patch_list_has(conf.after, "e"));
	assert_true(patch_list_has(conf.requires, "f"));
	assert_true(patch_list_has(conf.conflicts, "g"));
	assert_false(patch_list_has(conf.conflicts, "f"));
	assert_true(patch_list_has(conf.replaces, "h"));
	assert_true(conf.keep);
	assert_string_equal(conf.sha256, "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789");
	assert_true(conf.has_timeout);
	assert_int_equal(conf.timeout_usec, 60 * 1000000);
	assert_true(conf.has_on_timeout);
	assert_int_equal(conf.on_timeout, ON_TIMEOUT_FORCE);
	assert_true(conf.disabled);
	patch_conf_clear(&conf);
}

static void an_empty_assignment_clears(void **state)
{
	struct patch_conf conf = { 0 };

	(void)state;
	parse(&conf,
	      "[Patch]\nBefore=a\nBefore=\nBefore=b\nTimeout=1s\nTimeout=\nOnTimeout=keep\nOnTimeout=\n"
	      "Enabled=no\nEnabled=\nReplaces=a\nReplaces=\nKeep=yes\nKeep=\n",
	      0, NULL);
	assert_string_equal(conf.before[0], "b");
	assert_null(conf.before[1]);
	assert_false(conf.has_timeout);
	assert_false(conf.has_on_timeout);
	assert_false(conf.disabled);
	assert_null(conf.replaces);
	assert_false(conf.keep);
	patch_conf_clear(&conf);
}

static void may_replace(struct patch_confs *confs, const char *name, enum klp_replace replace, const char *other,
			const char *says)
{
	struct failure failure = { 0 };

	assert_int_equal(patch_confs_check_replace(confs, name, replace, other, &failure), says ? -EBADE : 0);
	if (says && !strstr(failure_message(&failure), says))
		fail_msg("%s", failure_message(&failure));
	failure_clear(&failure);
}

static void who_may_replace_whom(void **state)
{
	struct patch_conf_file files[] = { { .name = (char *)"cumulative" }, { .name = (char *)"kept" } };
	struct patch_confs confs = { files, 2 };

	(void)state;
	may_replace(&confs, "cumulative", KLP_REPLACE_YES, "any", NULL);
	parse(&files[0].conf, "[Patch]\nReplaces=listed kept\n", 0, NULL);
	parse(&files[1].conf, "[Patch]\nKeep=yes\n", 0, NULL);
	may_replace(&confs, "cumulative", KLP_REPLACE_YES, "listed", NULL);
	may_replace(&confs, "cumulative", KLP_REPLACE_NO, "any", NULL);
	may_replace(&confs, "cumulative", KLP_REPLACE_YES, "any",
		    "cumulative replaces any, which must stay, as Replaces= in /etc/livepatchd/patches.d/cumulative.conf");
	may_replace(&confs, "cumulative", KLP_REPLACE_YES, "kept", "as Keep= in /etc/livepatchd/patches.d/kept.conf");
	may_replace(&confs, "other", KLP_REPLACE_YES, "kept", "other replaces kept");
	may_replace(&confs, "other", KLP_REPLACE_NO, "kept", NULL);
	/* Not known is not no. */
	may_replace(&confs, "other", KLP_REPLACE_UNKNOWN, "kept", "It is not known whether other replaces kept");
	may_replace(&confs, "other", KLP_REPLACE_UNKNOWN, "any", NULL);
	patch_conf_clear(&files[0].conf);
	patch_conf_clear(&files[1].conf);
}

static void errors_name_the_line(void **state)
{
	struct patch_conf conf = { 0 };

	(void)state;
	parse(&conf, "[Patch]\nEnabled=no\n", 0, NULL);
	parse(&conf, "[Patch]\nAfter=a\nBefore=a/b\n", -EBADE, "x.conf:3: Before=a/b: expected names of patches");
	/* Nothing of a wrong file is taken. */
	assert_null(conf.after);
	assert_true(conf.disabled);
	parse(&conf, "[Patch]\nSHA256=12\n", -EBADE, "x.conf:2: SHA256=12: expected 64 hex digits");
	parse(&conf, "[Patch]\nTimeout=soon\n", -EBADE,
	      "x.conf:2: Timeout=soon: expected a time span such as 30s, or infinity");
	parse(&conf, "[Patch]\nOnTimeout=never\n", -EBADE,
	      "x.conf:2: OnTimeout=never: expected reverse, keep or force");
	parse(&conf, "[Patch]\nEnabled=maybe\n", -EBADE, "x.conf:2: Enabled=maybe: expected yes or no");
	parse(&conf, "[Patch]\nKeep=maybe\n", -EBADE, "x.conf:2: Keep=maybe: expected yes or no");
	parse(&conf, "Enabled=no\n", -EBADE, "x.conf:1: an assignment needs a [Section] above it");
	lpd_log_set_level(-1);
	parse(&conf, "[Patch]\nColour=blue\n[Other]\nTimeout=soon\n", 0, NULL);
	patch_conf_clear(&conf);
}

static void folder(void **state)
{
	struct patch_confs confs = { 0 };
	struct failure failure = { 0 };
	char dir[128];

	(void)state;
	fake_make_root();
	lpd_log_set_level(-1);
	(void)snprintf(dir, sizeof(dir), "%s/patches.d", fake_root);
	assert_int_equal(patch_confs_load(dir, NULL, &confs, &failure), 0);
	assert_int_equal(confs.n, 0);
	assert_false(patch_confs_find(&confs, "a")->disabled);

	fake_file("[Patch]\nEnabled=no\n", "patches.d/a-b.conf");
	fake_file("nonsense", "patches.d/README");
	fake_file("nonsense", "patches.d/.c.conf");
	fake_file("nonsense", "patches.d/c d.conf");
	assert_int_equal(patch_confs_load(dir, NULL, &confs, &failure), 0);
	assert_int_equal(confs.n, 1);
	assert_true(patch_confs_find(&confs, "a_b")->disabled);
	patch_confs_clear(&confs);

	/* Somebody else's mistake matters only where all are asked for. */
	fake_file("nonsense", "patches.d/z.conf");
	assert_int_equal(patch_confs_load(dir, "a_b", &confs, &failure), 0);
	assert_int_equal(confs.n, 1);
	patch_confs_clear(&confs);
	assert_int_equal(patch_confs_load(dir, "z", &confs, &failure), -EBADE);
	assert_non_null(strstr(failure_message(&failure), "z.conf:1: expected Key=Value"));
	assert_int_equal(patch_confs_load(dir, NULL, &confs, &failure), -EBADE);
	fake_gone("patches.d/z.conf");
	fake_file("", "patches.d/a_b.conf");
	assert_int_equal(patch_confs_load(dir, NULL, &confs, &failure), -EBADE);
	assert_non_null(strstr(failure_message(&failure), "another drop-in for a_b"));
	failure_clear(&failure);
	fake_remove(fake_root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all),
		cmocka_unit_test(an_empty_assignment_clears),
		cmocka_unit_test(who_may_replace_whom),
		cmocka_unit_test(errors_name_the_line),
		cmocka_unit_test(folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

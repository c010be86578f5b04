// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/patch-set.h"

/* "a After=b" and so on: a set, sorted. "loaded" is in the kernel. */

static struct patch_conf confs[16];

static bool is_loaded(const char *name, void *userdata)
{
	(void)userdata;
	return strcmp(name, "loaded") == 0;
}

static void make(struct patch_set *set, const char *const *patches)
{
	struct failure failure = { 0 };

	*set = (struct patch_set){ 0 };
	for (size_t i = 0; patches[i]; i++) {
		struct patch_member *member;
		char text[256] = "[Patch]\n";
		size_t length = strcspn(patches[i], " ");

		assert_int_equal(patch_set_add(set, &member), 0);
		memcpy(member->name, patches[i], length);
		for (const char *c = patches[i] + length; *c; c++)
			strcat(text, (char[]){ *c == ' ' ? '\n' : *c, '\0' });
		assert_int_equal(patch_conf_parse(confs + i, "x.conf", text, &failure), 0);
		member->conf = confs + i;
	}
}

static void sorts(const char *expected, const char *const *patches)
{
	struct failure failure = { 0 };
	struct patch_set set;
	char order[256] = "";

	make(&set, patches);
	assert_int_equal(patch_set_sort(&set, is_loaded, NULL, &failure), 0);
	for (size_t i = 0; i < set.n; i++)
		strcat(strcat(order, i ? " " : ""), set.members[i].name);
	assert_string_equal(order, expected);
	patch_set_clear(&set);
}

static void fails(enum failure_kind kind, const char *message, const char *const *patches)
{
	struct failure failure = { 0 };
	struct patch_set set;

	make(&set, patches);
	assert_int_equal(patch_set_sort(&set, is_loaded, NULL, &failure), -EBADE);
	assert_int_equal(failure.kind, kind);
	assert_ptr_equal(strstr(failure_message(&failure), message), failure_message(&failure));
	failure_clear(&failure);
	patch_set_clear(&set);
}

static int clear_confs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTSOF(confs); i++)
		patch_conf_clear(confs + i);
	return 0;
}

#define PATCHES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void order(void **state)
{
	(void)state;
	sorts("", PATCHES(NULL));
	sorts("a b c", PATCHES("c", "a", "b"));
	sorts("b a c", PATCHES("a After=b", "b", "c"));
	sorts("b c a", PATCHES("a", "b", "c Before=a"));
	/* What is not declared is by name, as early as can be. */
	sorts("b c d a", PATCHES("a After=d", "b", "c", "d"));
	sorts("c b a", PATCHES("a Requires=b", "b Requires=c", "c"));
	sorts("fix_9 fix_10", PATCHES("fix_10", "fix_9"));
	/* Whom nobody installed is no matter for an order. */
	sorts("a b", PATCHES("b After=x Before=y", "a"));
	sorts("a c b", PATCHES("b Enabled=no Before=a", "a", "c"));
	/* A patch is not before itself. */
	sorts("a b", PATCHES("a After=a Before=a", "b"));
	sorts("a b", PATCHES("a After=b", "b Enabled=no"));
}

static void cycles(void **state)
{
	(void)state;
	fails(FAILURE_CONFLICT, "The declared order is a cycle: a after b after a;", PATCHES("a After=b", "b After=a"));
	fails(FAILURE_CONFLICT, "The declared order is a cycle: b after d after c after b;",
	      PATCHES("a", "b", "c After=b", "d After=c Before=b"));
	/* What only leads to the cycle is not in its chain. */
	fails(FAILURE_CONFLICT, "The declared order is a cycle: c after b after c;",
	      PATCHES("a After=c", "b After=c", "c After=b"));
	fails(FAILURE_CONFLICT, "The declared order is a cycle: a after b after a;",
	      PATCHES("a Requires=b", "b Requires=a"));
	fails(FAILURE_CONFLICT, "The declared order is a cycle: a after b after a;",
	      PATCHES("a Requires=b Before=b", "b"));
}

static void requirements(void **state)
{
	(void)state;
	sorts("a", PATCHES("a Requires=loaded"));
	fails(FAILURE_NO_SUCH_PATCH, "a requires b, which is not installed;", PATCHES("a Requires=b"));
	fails(FAILURE_NO_SUCH_PATCH, "c requires b, which requires a, which requires x, which is not installed;",
	      PATCHES("a Requires=x", "b Requires=a", "c Requires=b"));
	fails(FAILURE_CONFLICT, "a requires b, which has Enabled=no", PATCHES("a Requires=b", "b Enabled=no"));
	sorts("b a", PATCHES("a Requires=x Enabled=no", "b"));
}

static void held(void **state)
{
	struct failure failure = { 0 };
	struct patch_set set;

	(void)state;
	make(&set, PATCHES("a Requires=b", "b Requires=d", "c", "d"));
	set.members[3].held = strdup("it crashed");
	assert_int_equal(patch_set_sort(&set, is_loaded, NULL, &failure), 0);
	assert_string_equal(set.members[0].name, "c");
	assert_string_equal(set.members[1].held, "it requires b, which is not loaded");
	assert_string_equal(set.members[2].held, "it requires d, which is not loaded");
	assert_string_equal(set.members[3].held, "it crashed");
	patch_set_clear(&set);
}

static void conflicts(void **state)
{
	(void)state;
	fails(FAILURE_CONFLICT, "b conflicts with a, and both are enabled;", PATCHES("a", "b Conflicts=a"));
	sorts("a b", PATCHES("a", "b Conflicts=a Enabled=no"));
	sorts("a b", PATCHES("a Conflicts=x", "b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(order, clear_confs),
		cmocka_unit_test_teardown(cycles, clear_confs),
		cmocka_unit_test_teardown(requirements, clear_confs),
		cmocka_unit_test_teardown(held, clear_confs),
		cmocka_unit_test_teardown(conflicts, clear_confs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

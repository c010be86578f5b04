// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/plan.h"

#define YES KLP_REPLACE_YES
#define NO KLP_REPLACE_NO
#define UNKNOWN KLP_REPLACE_UNKNOWN

static struct patch_conf confs[8];
static struct patch_set set;
static struct klp_patch loaded[8];
static struct klp_snapshot snapshot;
static struct patches patches;

static int begin(void **state)
{
	(void)state;
	snapshot = (struct klp_snapshot){ .patches = loaded };
	patches_init(&patches, NULL, NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	patch_set_clear(&set);
	for (size_t i = 0; i < ELEMENTSOF(confs); i++)
		patch_conf_clear(confs + i);
	return 0;
}

/* In the order of the set. */
static void installed(const char *name, enum klp_replace replace, const char *conf)
{
	struct failure failure = { 0 };
	struct patch_member *member;
	size_t i = set.n;

	assert_int_equal(patch_set_add(&set, &member), 0);
	strcpy(member->name, name);
	member->content = (struct patch_content){ .known = true, .replace = replace };
	assert_int_equal(patch_conf_parse(confs + i, "x.conf", conf, &failure), 0);
	member->conf = confs + i;
}

static void is_loaded(const char *name, bool enabled)
{
	loaded[snapshot.n_patches++] = (struct klp_patch){
		.name = (char *)name,
		.status = { .module = KLP_MODULE_LIVE, .registered = enabled, .enabled = enabled },
		.replace = patch_set_find(&set, name) ? UNKNOWN : NO,
	};
}

/* "name action, name action (note)" */
static void plans(const char *expected)
{
	struct plan plan;
	char text[1024] = "";
	size_t used = 0;

	assert_int_equal(plan_make(&set, &snapshot, &patches, &plan), 0);
	for (size_t i = 0; i < plan.n; i++) {
		const struct plan_entry *entry = plan.entries + i;

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s %s%s%s%s", i ? ", " : "", entry->name,
					 plan_action_name(entry->action), entry->note ? " (" : "", entry->note ?: "",
					 entry->note ? ")" : "");
	}
	assert_string_equal(text, expected);
	plan_clear(&plan);
}

static void on_top_of_what_is_there(void **state)
{
	(void)state;
	installed("a", NO, "");
	installed("b", NO, "");
	installed("c", NO, "[Patch]\nEnabled=no\n");
	plans("a load, b load, c off");
	is_loaded("x", true);
	is_loaded("b", true);
	is_loaded("disabled", false);
	plans("x keep, b keep, a load, c off");
}

static void what_cannot_be_put_below(void **state)
{
	(void)state;
	installed("a", NO, "[Patch]\nBefore=b\n");
	installed("b", NO, "");
	is_loaded("b", true);
	plans("b keep, a load (it is declared to come before b, but that is loaded already)");
	is_loaded("a", true);
	plans("b keep, a keep (it is declared to come before b, but that is loaded already)");
}

static void cumulative(void **state)
{
	(void)state;
	installed("a", NO, "");
	installed("b", YES, "");
	installed("c", NO, "");
	plans("a drop (b, which comes later, replaces it), b load, c load");
	is_loaded("x", true);
	plans("x drop (b replaces it), a drop (b, which comes later, replaces it), b load, c load");
	/* What it has replaced already stays so, what is above it stays, too. */
	snapshot.n_patches = 0;
	is_loaded("b", true);
	is_loaded("y", true);
	plans("b keep, y keep, a drop (b, which comes later, replaces it), c load");
}

/* Those of the helper have an order of their own, and livepatches do not replace them. */
static void of_both_backends(void **state)
{
	struct patch applied[] = {
		{ .name = (char *)"h", .backend = PATCH_HELPER, .state = PATCH_PATCHED, .order = 1 },
		{ .name = (char *)"i", .backend = PATCH_HELPER, .state = PATCH_PATCHED, .order = 2 },
		{ .name = (char *)"j", .backend = PATCH_HELPER, .state = PATCH_LOADED },
	};

	(void)state;
	installed("a", NO, "[Patch]\nAfter=h\n");
	installed("h", NO, "");
	set.members[set.n - 1].helper = true;
	installed("k", NO, "");
	set.members[set.n - 1].helper = true;
	installed("r", YES, "");
	is_loaded("x", true);
	for (size_t i = 0; i < ELEMENTSOF(applied); i++)
		TAILQ_INSERT_TAIL(&patches.list, applied + i, link);
	plans("x drop (r replaces it), h keep, i keep, a drop (r, which comes later, replaces it), k load, r load");
}

static void cumulative_but_off(void **state)
{
	(void)state;
	installed("a", NO, "");
	installed("b", YES, "[Patch]\nEnabled=no\n");
	is_loaded("x", true);
	plans("x keep, a load, b off");
}

/* Both are cumulative, and nothing tells. */
static void not_known(void **state)
{
	static const char *const told = "it is not known whether it replaces those before it";
	char expected[512];

	(void)state;
	installed("fix_9", UNKNOWN, "");
	installed("fix_10", UNKNOWN, "");
	(void)snprintf(expected, sizeof(expected), "fix_9 load (%s), fix_10 load (%s)", told, told);
	plans(expected);
	/* The older one went when the newer one came: it must not come back above it. */
	is_loaded("fix_10", true);
	(void)snprintf(expected, sizeof(expected),
		       "fix_10 keep (%s), fix_9 held (it is not known whether fix_10, which comes later and is loaded, "
		       "replaced it; livepatchd unload fix_10 first)",
		       told);
	plans(expected);
	/* As soon as that was seen, it is as with all others. */
	loaded[0].replace = YES;
	plans("fix_10 keep, fix_9 drop (fix_10, which comes later, replaces it)");
	loaded[0].replace = NO;
	plans("fix_10 keep, fix_9 held (it is not known whether it replaces fix_10, which comes later and is loaded; "
	      "livepatchd unload fix_10 first)");
	/* The other way round there is nothing to fear. */
	snapshot.n_patches = 0;
	is_loaded("fix_9", true);
	(void)snprintf(expected, sizeof(expected), "fix_9 keep (%s), fix_10 load (%s)", told, told);
	plans(expected);
}

static void not_above_what_is_newer(void **state)
{
	struct klp_function f = { .symbol = (char *)"f", .module = (char *)"vmlinux" };
	struct klp_function first = { .symbol = (char *)"f", .module = (char *)"vmlinux", .sympos = 1 };

	(void)state;
	installed("a", YES, "");
	installed("b", NO, "");
	installed("c", NO, "[Patch]\nRequires=a\n");
	is_loaded("b", true);
	plans("b keep, a held (it replaces b, which comes later and is loaded; livepatchd unload b first), "
	      "c held (it requires a, which is not loaded)");
	set.members[0].content = (struct patch_content){ .replace = NO };
	plans("b keep, a held (it is not known whether it patches what b does, which comes later and is loaded; "
	      "livepatchd unload b first), c held (it requires a, which is not loaded)");
	set.members[0].content.known = true;
	plans("b keep, a load, c load");
	/* The older body must not win. */
	set.members[0].content.functions = &f;
	set.members[0].content.n_functions = 1;
	loaded[0].functions = &first;
	loaded[0].n_functions = 1;
	plans("b keep, a held (b, which comes later and is loaded, patches f, too; livepatchd unload b first), "
	      "c held (it requires a, which is not loaded)");
	set.members[0].content.functions = NULL;
	set.members[0].content.n_functions = 0;
}

/* What is loaded may be another file than the one that is installed under its name. */
static void of_another_file(void **state)
{
	struct patch from = { .name = (char *)"b", .sha256 = (char *)"other" };

	(void)state;
	installed("a", NO, "");
	installed("b", NO, "");
	is_loaded("b", true);
	plans("b keep, a load");
	TAILQ_INSERT_TAIL(&patches.list, &from, link);
	plans("b keep (it is not known whether it replaces those before it), a held (it is not known whether b, which "
	      "comes later and is loaded, replaced it; livepatchd unload b first)");
	from.replace = NO;
	plans("b keep, a load");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(on_top_of_what_is_there, begin, end),
		cmocka_unit_test_setup_teardown(what_cannot_be_put_below, begin, end),
		cmocka_unit_test_setup_teardown(cumulative, begin, end),
		cmocka_unit_test_setup_teardown(of_both_backends, begin, end),
		cmocka_unit_test_setup_teardown(cumulative_but_off, begin, end),
		cmocka_unit_test_setup_teardown(not_known, begin, end),
		cmocka_unit_test_setup_teardown(not_above_what_is_newer, begin, end),
		cmocka_unit_test_setup_teardown(of_another_file, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/plan.h"

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
static void installed(const char *name, bool replace, const char *conf)
{
	struct failure failure = { 0 };
	struct patch_member *member;
	size_t i = set.n;

	assert_int_equal(patch_set_add(&set, &member), 0);
	strcpy(member->name, name);
	member->content = (struct patch_content){ .known = true, .replace = replace ? PATCH_REPLACE_YES : PATCH_REPLACE_NO };
	assert_int_equal(patch_conf_parse(confs + i, "x.conf", conf, &failure), 0);
	member->conf = confs + i;
}

static void is_loaded(const char *name, bool enabled)
{
	loaded[snapshot.n_patches++] = (struct klp_patch){
		.name = (char *)name,
		.status = { .module = KLP_MODULE_LIVE, .registered = enabled, .enabled = enabled },
	};
}

/* "name action, name action (note)" */
static void plans(const char *expected)
{
	struct plan plan;
	char text[512] = "";
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
	installed("a", false, "");
	installed("b", false, "");
	installed("c", false, "[Patch]\nEnabled=no\n");
	plans("a load, b load, c off");
	is_loaded("x", true);
	is_loaded("b", true);
	is_loaded("disabled", false);
	plans("x keep, b keep, a load, c off");
}

static void what_cannot_be_put_below(void **state)
{
	(void)state;
	installed("a", false, "[Patch]\nBefore=b\n");
	installed("b", false, "");
	is_loaded("b", true);
	plans("b keep, a load (it is declared to come before b, but that is loaded already)");
	is_loaded("a", true);
	plans("b keep, a keep (it is declared to come before b, but that is loaded already)");
}

static void cumulative(void **state)
{
	(void)state;
	installed("a", false, "");
	installed("b", true, "");
	installed("c", false, "");
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
	installed("a", false, "[Patch]\nAfter=h\n");
	installed("h", false, "");
	set.members[set.n - 1].helper = true;
	installed("k", false, "");
	set.members[set.n - 1].helper = true;
	installed("r", true, "");
	is_loaded("x", true);
	for (size_t i = 0; i < ELEMENTSOF(applied); i++)
		TAILQ_INSERT_TAIL(&patches.list, applied + i, link);
	plans("x drop (r replaces it), h keep, i keep, a drop (r, which comes later, replaces it), k load, r load");
}

static void cumulative_but_off(void **state)
{
	(void)state;
	installed("a", false, "");
	installed("b", true, "[Patch]\nEnabled=no\n");
	is_loaded("x", true);
	plans("x keep, a load, b off");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(on_top_of_what_is_there, begin, end),
		cmocka_unit_test_setup_teardown(what_cannot_be_put_below, begin, end),
		cmocka_unit_test_setup_teardown(cumulative, begin, end),
		cmocka_unit_test_setup_teardown(of_both_backends, begin, end),
		cmocka_unit_test_setup_teardown(cumulative_but_off, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

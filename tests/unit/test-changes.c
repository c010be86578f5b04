// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bus/activity-bus.h"
#include "engine/changes/klp-patches.h"
#include "fake-kernel.h"

static bool warned(const void *what)
{
	return ((const struct transition *)what)->message;
}

static bool leaving(const void *what)
{
	return moving(what) && patches_find(&manager->engine.patches, what)->state == PATCH_UNPATCHING;
}

static bool has_current(const void *what)
{
	bool patching;

	(void)what;
	return changes_current(manager->api.changes, PATCH_KLP, &patching);
}

static void cancel(struct transition *transition, int expected)
{
	struct failure failure = { 0 };

	assert_int_equal(changes_cancel(manager->api.changes, transition, &failure), expected);
	failure_clear(&failure);
}

/* ---------------------------------------------------------------- the tests */

static void there_and_back(void **state)
{
	struct change_request other = request("a");
	struct failure failure = { 0 };
	struct transition *transition;

	(void)state;
	transition = load("a");
	assert_int_equal(transition->state, TRANSITION_QUEUED);
	/* The same again is the same. */
	assert_ptr_equal(load("a"), transition);
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_DONE);
	/* However quick the kernel is. */
	assert_string_equal(states, "patching idle ");
	assert_int_equal(patch_state("a"), PATCH_PATCHED);
	assert_string_equal(patches_find(&manager->engine.patches, "a")->file, "/x.ko");
	assert_null(load("a"));

	other.sha256 = "02";
	assert_int_equal(changes_load(manager->api.changes, &other, &transition, &failure), -EBADE);
	assert_int_equal(failure.kind, FAILURE_CONFLICT);
	failure_clear(&failure);

	transition = unload("a");
	assert_ptr_equal(unload("a"), transition);
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_DONE);
	assert_string_equal(states, "patching idle unpatching idle ");
	assert_null(patches_find(&manager->engine.patches, "a"));
	assert_null(store_first(manager->engine.store));
	assert_int_equal(changes_unload(manager->api.changes, &other, &transition, &failure), -EBADE);
	assert_int_equal(failure.kind, FAILURE_NO_SUCH_PATCH);
	failure_clear(&failure);
}

static void refused(void **state)
{
	struct transition *transition;

	(void)state;
	fake_file("", "busy");
	transition = load("a");
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_FAILED);
	assert_string_equal(transition->message, "Refused.");
	assert_null(store_first(manager->engine.store));
}

static void one_at_a_time(void **state)
{
	struct transition *first, *second, *third;

	(void)state;
	fake_file("", "hang");
	first = load("a");
	second = load("b");
	third = load("c");
	run_until(moving, "a");
	assert_int_equal(first->state, TRANSITION_RUNNING);
	assert_int_equal(second->state, TRANSITION_QUEUED);
	assert_int_equal(patch_state("a"), PATCH_PATCHING);
	cancel(second, 0);
	assert_int_equal(second->state, TRANSITION_CANCELLED);
	cancel(second, -EBADE);
	assert_false(there("sys/module/b"));

	settle("a");
	run_until(settled, third);
	assert_int_equal(first->state, TRANSITION_DONE);
	assert_int_equal(third->state, TRANSITION_DONE);
	assert_int_equal(patches_find(&manager->engine.patches, "a")->order, 1);
	assert_int_equal(patches_find(&manager->engine.patches, "c")->order, 2);
	assert_string_equal(states, "patching idle patching idle ");
}

static void cancelled(void **state)
{
	struct transition *transition;

	(void)state;
	fake_file("", "hang");
	transition = load("a");
	run_until(moving, "a");
	cancel(transition, 0);
	cancel(transition, -EBADE);
	fake_gone("hang");
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_REVERSED);
	assert_string_equal(transition->message, "It was cancelled.");
	assert_false(there("sys/module/a"));
	assert_null(store_first(manager->engine.store));
}

static void unload_cancelled(void **state)
{
	struct transition *transition = load("a");

	(void)state;
	run_until(settled, transition);
	fake_file("", "hang");
	transition = unload("a");
	run_until(moving, "a");
	assert_int_equal(patch_state("a"), PATCH_UNPATCHING);
	fake_gone("hang");
	cancel(transition, 0);
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_REVERSED);
	assert_int_equal(patch_state("a"), PATCH_PATCHED);
	assert_string_equal(store_find(manager->engine.store, "a")->sha256, "01");
}

static void timeouts(void **state)
{
	struct change_request what = request("a");
	struct failure failure = { 0 };
	struct transition *transition;

	(void)state;
	fake_file("", "hang");
	what.timeout_usec = 300 * USEC_PER_MSEC;
	what.on_timeout = ON_TIMEOUT_KEEP;
	assert_int_equal(changes_load(manager->api.changes, &what, &transition, &failure), 0);
	run_until(warned, transition);
	assert_int_equal(transition->state, TRANSITION_RUNNING);
	assert_string_equal(transition->message, "It did not settle within 300ms; it goes on.");
	assert_true(transition->deadline > transition->started_at);
	settle("a");
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_DONE);

	fake_file("", "hang");
	what.name = "b";
	what.on_timeout = ON_TIMEOUT_REVERSE;
	assert_int_equal(changes_load(manager->api.changes, &what, &transition, &failure), 0);
	run_until(leaving, "b");
	settle("b");
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_REVERSED);
	assert_string_equal(transition->message, "It did not settle within 300ms and was turned back.");
	assert_false(there("sys/module/b"));
}

static void forced(void **state)
{
	struct change_request what = request("a");
	struct failure failure = { 0 };
	struct transition *transition;

	(void)state;
	fake_file("", "hang");
	what.timeout_usec = 300 * USEC_PER_MSEC;
	what.on_timeout = ON_TIMEOUT_FORCE;
	assert_int_equal(changes_load(manager->api.changes, &what, &transition, &failure), 0);
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_DONE);
	assert_non_null(strstr(transition->message, "It did not settle within 300ms and was forced"));
	assert_int_equal(patch_state("a"), PATCH_PATCHED);
}

static void forced_by_hand(void **state)
{
	struct failure failure = { 0 };
	struct transition *transition;

	(void)state;
	fake_file("", "hang");
	transition = load("a");
	assert_int_equal(changes_force(manager->api.changes, transition, "because", 7, &failure), -EBADE);
	assert_int_equal(failure.kind, FAILURE_NOTHING_TO_FORCE);
	failure_clear(&failure);
	run_until(moving, "a");
	assert_int_equal(changes_force(manager->api.changes, transition, "because", 7, &failure), 0);
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_DONE);
	assert_non_null(strstr(transition->message, "It was forced by user 7 with"));
	assert_int_equal(changes_force(manager->api.changes, transition, "because", 7, &failure), -EBADE);
	failure_clear(&failure);
}

static void not_what_it_seems(void **state)
{
	struct transition *transition;

	(void)state;
	fake_file("", "unpatched");
	transition = load("a");
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_FAILED);
	assert_string_equal(transition->message, "a is loaded, but f is not patched.");
	assert_int_equal(patch_state("a"), PATCH_PATCHED);
}

static void persistent(void **state)
{
	struct change_request what = request("a");
	struct failure failure = { 0 };
	struct transition *transition;

	(void)state;
	what.persist = true;
	assert_int_equal(changes_load(manager->api.changes, &what, &transition, &failure), 0);
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_DONE);
	assert_true(there("installed/a"));
	/* Loaded already, but not installed. */
	fake_gone("installed/a");
	assert_int_equal(changes_load(manager->api.changes, &what, &transition, &failure), 0);
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_DONE);
	assert_true(there("installed/a"));

	run_until(settled, unload("a"));
	assert_true(there("installed/a"));
	/* Installed, but not loaded. */
	what.installed = true;
	assert_int_equal(changes_unload(manager->api.changes, &what, &transition, &failure), 0);
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_DONE);
	assert_false(there("installed/a"));

	what.installed = false;
	assert_int_equal(changes_unload(manager->api.changes, &what, &transition, &failure), -EBADE);
	assert_int_equal(failure.kind, FAILURE_NO_SUCH_PATCH);
	failure_clear(&failure);
	fake_file("", "full");
	assert_int_equal(changes_load(manager->api.changes, &what, &transition, &failure), 0);
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_FAILED);
	assert_string_equal(transition->message, "a is loaded, but what the next boot loads has not changed: Full.");
	assert_int_equal(patch_state("a"), PATCH_PATCHED);
}

static void persistent_and_killed(void **state)
{
	struct change_request what = request("a");
	struct failure failure = { 0 };
	struct transition *transition;
	uint64_t id;

	(void)state;
	fake_file("", "hang");
	what.persist = true;
	assert_int_equal(changes_load(manager->api.changes, &what, &transition, &failure), 0);
	id = transition->id;
	run_until(moving, "a");
	restart();
	settle("a");
	run_until(settled, transitions_find(&manager->engine.transitions, id));
	assert_true(there("installed/a"));
}

/* @what is asked for while the transition of another is under way. */
static void joins(int (*ask)(struct changes *changes, const struct change_request *what, struct transition **ret,
			     struct failure *failure),
		  const struct change_request *what, struct transition *transition)
{
	struct failure failure = { 0 };
	struct transition *joined;

	if (ask(manager->api.changes, what, &joined, &failure) < 0)
		fail_msg("%s", failure_message(&failure));
	assert_ptr_equal(joined, transition);
}

static void persist_joins(void **state)
{
	struct change_request what = request("a");
	struct transition *transition;
	uint64_t id;

	(void)state;
	what.persist = true;
	fake_file("", "hang");
	transition = load("a");
	run_until(moving, "a");
	joins(changes_load, &what, transition);
	/* Who joins later and wants nothing takes nothing away; nor does a kill. */
	assert_ptr_equal(load("a"), transition);
	id = transition->id;
	restart();
	settle("a");
	run_until(settled, transitions_find(&manager->engine.transitions, id));
	assert_true(there("installed/a"));

	fake_file("", "hang");
	transition = unload("a");
	run_until(moving, "a");
	joins(changes_unload, &what, transition);
	settle("a");
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_DONE);
	assert_false(there("installed/a"));
}

static void refuses_to_join(const struct change_request *what, const char *says)
{
	struct failure failure = { 0 };
	struct transition *transition;

	assert_int_equal(changes_load(manager->api.changes, what, &transition, &failure), -EBADE);
	assert_int_equal(failure.kind, FAILURE_CONFLICT);
	assert_non_null(strstr(failure_message(&failure), says));
	failure_clear(&failure);
}

static void timeout_joins(void **state)
{
	struct change_request what = request("a");
	struct transition *transition;

	(void)state;
	fake_file("", "hang");
	transition = load("a");
	run_until(moving, "a");
	what.names_timeout = true;
	what.timeout_usec = 300 * USEC_PER_MSEC;
	what.names_on_timeout = true;
	what.on_timeout = ON_TIMEOUT_KEEP;
	joins(changes_load, &what, transition);
	run_until(warned, transition);
	assert_string_equal(transition->message, "It did not settle within 300ms; it goes on.");
	/* The same is no other, and what is not named is the one that holds. */
	joins(changes_load, &what, transition);
	assert_ptr_equal(load("a"), transition);
	what.timeout_usec = 0;
	refuses_to_join(&what, "The load of a is under way with another timeout (transition 1): ask without one");
	what.names_timeout = false;
	what.on_timeout = ON_TIMEOUT_REVERSE;
	refuses_to_join(&what, "with another on-timeout (transition 1)");
	settle("a");
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_DONE);
}

static bool absent(const void *what)
{
	return !there(what);
}

static void replaced(void **state)
{
	struct change_request what = request("b");
	struct transition *transition = load("a");
	struct failure failure = { 0 };

	(void)state;
	run_until(settled, transition);
	run_until(settled, load("c"));
	/* Disabled by hand: that is nobody's business. */
	set_enabled("c", "0\n");
	assert_int_equal(changes_refresh(manager->api.changes), 0);
	/* What a cumulative patch does to those before it. */
	fake_file("", "hang");
	what.replaces = json_tokener_parse("[\"a\",\"x\"]");
	assert_int_equal(changes_load(manager->api.changes, &what, &transition, &failure), 0);
	assert_string_equal(transition->message, "It replaces a, x.");
	run_until(moving, "b");
	fake_gone("hang");
	set_enabled("a", "0\n");
	settle("b");
	run_until(settled, transition);
	/* Those that did go. */
	assert_string_equal(transition->message, "It replaces a.");
	json_object_put(what.replaces);
	run_until(absent, "sys/module/a");
	assert_true(there("sys/module/b"));
	assert_true(there("sys/module/c"));
}

static void related(void **state)
{
	struct change_request what = request("a");
	struct failure failure = { 0 };
	struct transition *transition, *other;

	(void)state;
	what.requires = json_tokener_parse("[\"b\"]");
	what.conflicts = json_tokener_parse("[\"c\"]");
	assert_int_equal(changes_load(manager->api.changes, &what, &transition, &failure), -EBADE);
	assert_int_equal(failure.kind, FAILURE_CONFLICT);
	assert_non_null(strstr(failure_message(&failure), "a requires b, which is not loaded;"));
	/* It will be when its turn comes. */
	other = load("b");
	assert_int_equal(changes_load(manager->api.changes, &what, &transition, &failure), 0);
	run_until(settled, transition);
	assert_int_equal(other->state, TRANSITION_DONE);

	json_object_put(what.requires);
	json_object_put(what.conflicts);
	what = request("b");
	what.required_by = json_tokener_parse("[\"a\"]");
	assert_int_equal(changes_unload(manager->api.changes, &what, &transition, &failure), -EBADE);
	assert_non_null(strstr(failure_message(&failure), "b is required by a"));
	(void)unload("a");
	assert_int_equal(changes_unload(manager->api.changes, &what, &transition, &failure), 0);
	run_until(settled, transition);

	run_until(settled, load("c"));
	json_object_put(what.required_by);
	what = request("a");
	what.conflicts = json_tokener_parse("[\"c\"]");
	assert_int_equal(changes_load(manager->api.changes, &what, &transition, &failure), -EBADE);
	assert_non_null(strstr(failure_message(&failure), "a conflicts with c, which is loaded"));
	manager->engine.setup.off = true;
	assert_int_equal(changes_load(manager->api.changes, &what, &transition, &failure), -EBADE);
	assert_int_equal(failure.kind, FAILURE_REFUSED_PATCH);
	json_object_put(what.conflicts);
	failure_clear(&failure);
}

static void killed_in_mid_load(void **state)
{
	struct transition *transition;
	uint64_t first, second;

	(void)state;
	fake_file("", "hang");
	first = load("a")->id;
	second = load("b")->id;
	run_until(moving, "a");
	restart();

	assert_int_equal(patch_state("a"), PATCH_PATCHING);
	assert_string_equal(patches_find(&manager->engine.patches, "a")->sha256, "01");
	assert_string_equal(activity_bus_state(&manager->api, &transition), "patching");
	assert_int_equal(transition->id, first);
	transition = transitions_find(&manager->engine.transitions, second);
	assert_non_null(transition);
	assert_int_equal(transition->state, TRANSITION_QUEUED);

	settle("a");
	run_until(settled, transition);
	assert_int_equal(transitions_find(&manager->engine.transitions, first)->state, TRANSITION_DONE);
	assert_int_equal(transition->state, TRANSITION_DONE);
	assert_int_equal(patch_state("a"), PATCH_PATCHED);
	assert_int_equal(patch_state("b"), PATCH_PATCHED);
	restart();
	assert_string_equal(patches_find(&manager->engine.patches, "b")->file, "/x.ko");
	assert_true(TAILQ_EMPTY(&manager->engine.transitions.list));
}

static void killed_in_mid_unload(void **state)
{
	struct transition *transition = load("a");
	uint64_t id;

	(void)state;
	run_until(settled, transition);
	fake_file("", "hang");
	id = unload("a")->id;
	run_until(moving, "a");
	restart();
	assert_int_equal(patch_state("a"), PATCH_UNPATCHING);
	/* It settles while nobody looks. */
	stop();
	fake_gone("hang");
	fake_gone("sys/kernel/livepatch/a");
	start();
	transition = transitions_find(&manager->engine.transitions, id);
	assert_non_null(transition);
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_DONE);
	assert_false(there("sys/module/a"));
}

static void killed_while_turning_back(void **state)
{
	struct transition *transition;
	uint64_t id;

	(void)state;
	fake_file("", "hang");
	transition = load("a");
	id = transition->id;
	run_until(moving, "a");
	cancel(transition, 0);
	restart();
	transition = transitions_find(&manager->engine.transitions, id);
	assert_string_equal(transition->message, "It was cancelled.");
	fake_gone("hang");
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_REVERSED);
	assert_false(there("sys/module/a"));
}

static void of_others(void **state)
{
	struct transition *transition, *ours;
	bool patching;

	(void)state;
	fake_file("", "hang");
	load_module("b");
	klp_patches_module_event(manager->klp);
	run_until(has_current, NULL);
	transition = changes_current(manager->api.changes, PATCH_KLP, &patching);
	assert_true(patching);
	assert_string_equal(transition->subject, "b");
	assert_int_equal(transition->kind, TRANSITION_LOAD);
	/* The kernel has one transition, whoever began it. */
	ours = load("a");
	run_until(moving, "b");
	assert_int_equal(ours->state, TRANSITION_QUEUED);
	settle("b");
	run_until(settled, ours);
	assert_int_equal(transition->state, TRANSITION_DONE);
	assert_int_equal(ours->state, TRANSITION_DONE);
	assert_null(patches_find(&manager->engine.patches, "b")->file);

	/* Disabled by somebody else: its module stays, until it is in the way. */
	set_enabled("b", "0\n");
	klp_patches_module_event(manager->klp);
	assert_int_equal(changes_refresh(manager->api.changes), 0);
	assert_int_equal(patch_state("b"), PATCH_DISABLED);
	assert_true(there("sys/module/b"));
	ours = load("b");
	run_until(settled, ours);
	assert_int_equal(ours->state, TRANSITION_DONE);
	assert_int_equal(patch_state("b"), PATCH_PATCHED);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup_all, teardown_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(there_and_back),
		TEST(refused),
		TEST(one_at_a_time),
		TEST(cancelled),
		TEST(unload_cancelled),
		TEST(timeouts),
		TEST(forced),
		TEST(forced_by_hand),
		TEST(not_what_it_seems),
		TEST(persistent),
		TEST(persistent_and_killed),
		TEST(persist_joins),
		TEST(timeout_joins),
		TEST(replaced),
		TEST(related),
		TEST(killed_in_mid_load),
		TEST(killed_in_mid_unload),
		TEST(killed_while_turning_back),
		TEST(of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

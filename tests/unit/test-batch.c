// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/changes/batch.h"
#include "fake-kernel.h"

/* The load of all, against the folder that is a kernel. */

/* What an inspection would say: @names are to be loaded. */
static struct transition *load_all(const char *const *names)
{
	struct json_object *inspection = json_object_new_object(), *patches = json_object_new_array();
	struct transition *transition;
	struct failure failure = { 0 };

	for (; *names; names++) {
		struct json_object *patch = json_object_new_object();

		json_object_object_add(patch, "name", json_object_new_string(*names));
		json_object_object_add(patch, "action", json_object_new_string("load"));
		json_object_object_add(patch, "file", json_object_new_string("/x.ko"));
		json_object_object_add(patch, "sha256", json_object_new_string("01"));
		json_object_array_add(patches, patch);
	}
	json_object_object_add(inspection, "patches", patches);
	assert_int_equal(batch_load(manager->api.batch, inspection, 0, &transition, &failure), 0);
	json_object_put(inspection);
	return transition;
}

#define LOAD_ALL(...) load_all((const char *const[]){ __VA_ARGS__, NULL })

static bool note_there(void)
{
	return there("run/load-all");
}

static bool patched(const char *name)
{
	struct patch *patch = patches_find(&manager->engine.patches, name);

	return patch && patch->state == PATCH_PATCHED;
}

static void all(void **state)
{
	struct transition *transition = LOAD_ALL("b", "a");

	(void)state;
	assert_int_equal(transition->kind, TRANSITION_LOAD_ALL);
	/* The same again is the same. */
	assert_ptr_equal(LOAD_ALL("b", "a"), transition);
	assert_true(note_there());
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_DONE);
	assert_int_equal(transition->tasks_total, 2);
	/* In that order. */
	assert_string_equal(TAILQ_FIRST(&manager->engine.transitions.list)->subject, "b");
	assert_false(note_there());
	assert_null(LOAD_ALL(NULL));
}

static void one_fails(void **state)
{
	struct transition *transition = load("c");

	(void)state;
	run_until(settled, transition);
	fake_file("", "busy-b");
	transition = LOAD_ALL("a", "b");
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_FAILED);
	assert_string_equal(transition->message, "b could not be loaded: Refused.");
	assert_false(there("sys/module/a"));
	assert_false(there("sys/module/b"));
	assert_true(patched("c"));
	assert_false(note_there());
}

static void one_fails_at_once(void **state)
{
	struct transition *transition;

	(void)state;
	/* A module that is no livepatch is in the way. */
	fake_file("live\n", "sys/module/b/initstate");
	transition = LOAD_ALL("a", "b");
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_FAILED);
	assert_non_null(strstr(transition->message, "b could not be loaded: A module b that is no livepatch"));
	assert_false(there("sys/module/a"));
}

static bool queued_behind(const void *what)
{
	bool unload;

	return moving("a") && changes_pending(manager->api.changes, what, &unload);
}

static void cancelled(void **state)
{
	struct failure failure = { 0 };
	struct transition *transition;

	(void)state;
	fake_file("", "hang");
	transition = LOAD_ALL("a", "b");
	run_until(queued_behind, "b");
	assert_int_equal(batch_cancel(manager->api.batch, transition, &failure), 0);
	assert_int_equal(batch_cancel(manager->api.batch, transition, &failure), -EBADE);
	failure_clear(&failure);
	fake_gone("hang");
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_REVERSED);
	assert_string_equal(transition->message, "It was cancelled.");
	assert_false(there("sys/module/a"));
	assert_false(there("sys/module/b"));
}

static void what_was_replaced_comes_back(void **state)
{
	struct transition *transition = load("c");

	(void)state;
	run_until(settled, transition);
	fake_file("", "hang");
	fake_file("", "busy-b");
	transition = LOAD_ALL("a", "b");
	run_until(moving, "a");
	/* a is cumulative. */
	fake_gone("hang");
	set_enabled("c", "0\n");
	settle("a");
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_FAILED);
	assert_false(there("sys/module/a"));
	assert_true(patched("c"));
	assert_string_equal(patches_find(&manager->engine.patches, "c")->file, "/x.ko");
}

static void killed_while_it_loads(void **state)
{
	uint64_t id;

	(void)state;
	fake_file("", "hang");
	id = LOAD_ALL("a", "b")->id;
	run_until(moving, "a");
	restart();
	assert_int_equal(transitions_find(&manager->engine.transitions, id)->state, TRANSITION_RUNNING);
	settle("a");
	run_until(settled, transitions_find(&manager->engine.transitions, id));
	assert_int_equal(transitions_find(&manager->engine.transitions, id)->state, TRANSITION_DONE);
	assert_true(patched("a") && patched("b"));
	assert_false(note_there());
}

static void killed_before_it_began(void **state)
{
	uint64_t id;

	(void)state;
	id = LOAD_ALL("a", "b")->id;
	restart();
	run_until(settled, transitions_find(&manager->engine.transitions, id));
	assert_int_equal(transitions_find(&manager->engine.transitions, id)->state, TRANSITION_DONE);
	assert_true(patched("a") && patched("b"));
}

static bool undoing(const void *what)
{
	return ((const struct transition *)what)->message && moving("a");
}

static void killed_while_it_is_undone(void **state)
{
	struct transition *transition;
	uint64_t id;

	(void)state;
	transition = LOAD_ALL("a", "b");
	id = transition->id;
	fake_file("", "busy-b");
	while (!patched("a"))
		assert_true(sd_event_run(event, UINT64_MAX) >= 0);
	fake_file("", "hang");
	run_until(undoing, transition);
	restart();
	transition = transitions_find(&manager->engine.transitions, id);
	assert_string_equal(transition->message, "b could not be loaded: Refused.");
	settle("a");
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_FAILED);
	assert_false(there("sys/module/a"));
}

static void off(void **state)
{
	struct json_object *inspection = json_tokener_parse("{\"patches\": []}");
	struct failure failure = { 0 };
	struct transition *transition;

	(void)state;
	manager->engine.setup.off = true;
	assert_int_equal(batch_load(manager->api.batch, inspection, 0, &transition, &failure), -EBADE);
	assert_int_equal(failure.kind, FAILURE_REFUSED_PATCH);
	failure_clear(&failure);
	json_object_put(inspection);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup_all, teardown_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all),
		TEST(one_fails),
		TEST(one_fails_at_once),
		TEST(cancelled),
		TEST(what_was_replaced_comes_back),
		TEST(killed_while_it_loads),
		TEST(killed_before_it_began),
		TEST(killed_while_it_is_undone),
		TEST(off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

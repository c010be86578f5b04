// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/transition.h"

static unsigned int n_added, n_changed, n_removed, what_changed;
static uint64_t last_removed;

static void added(struct transition *transition, void *userdata)
{
	(void)transition;
	(void)userdata;
	n_added++;
}

static void changed(struct transition *transition, unsigned int what, void *userdata)
{
	(void)transition;
	(void)userdata;
	n_changed++;
	what_changed = what;
}

static void removed(struct transition *transition, void *userdata)
{
	(void)userdata;
	n_removed++;
	last_removed = transition->id;
}

static const struct transition_observer observer = { added, changed, removed };
static struct transitions transitions;

static int setup(void **state)
{
	(void)state;
	n_added = n_changed = n_removed = 0;
	transitions_init(&transitions, &observer, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	transitions_clear(&transitions);
	return 0;
}

static struct transition *make(uint64_t id)
{
	struct transition *transition;

	assert_int_equal(transition_new(&transitions, id, TRANSITION_LOAD, "patch", "", "", 0, &transition), 0);
	return transition;
}

static void life(void **state)
{
	struct transition *t = make(7);

	(void)state;
	assert_int_equal(n_added, 1);
	assert_int_equal(t->state, TRANSITION_QUEUED);
	assert_true(t->queued_at > 0);
	assert_ptr_equal(transitions_find(&transitions, 7), t);
	assert_null(transitions_find(&transitions, 8));

	transition_start(t, 0);
	assert_int_equal(t->state, TRANSITION_RUNNING);
	assert_true(t->started_at >= t->queued_at);
	transition_set_tasks(t, 200, 50);
	assert_int_equal(what_changed, TRANSITION_TASKS_CHANGED);
	assert_true(transition_progress(t) == 0.75);
	transition_set_tasks(t, 200, 50);
	assert_int_equal(n_changed, 2);
	assert_false(transition_settled(t));

	transition_finish(t, TRANSITION_DONE, NULL, 0);
	assert_true(transition_settled(t));
	assert_int_equal(t->tasks_remaining, 0);
	assert_true(transition_progress(t) == 1);
	/* A settled one stays as it is. */
	transition_finish(t, TRANSITION_FAILED, "late", 0);
	transition_start(t, 0);
	assert_int_equal(t->state, TRANSITION_DONE);
	assert_int_equal(n_changed, 3);
}

static void history(void **state)
{
	struct transition *running = make(1);

	(void)state;
	transition_start(running, 0);
	for (uint64_t id = 2; id < 2 + TRANSITIONS_KEPT; id++)
		transition_finish(make(id), TRANSITION_DONE, NULL, 0);
	assert_int_equal(n_removed, 0);
	/* The oldest finished one goes, not the one that still runs. */
	transition_finish(make(100), TRANSITION_FAILED, "no", 0);
	assert_int_equal(n_removed, 1);
	assert_int_equal(last_removed, 2);
	assert_non_null(transitions_find(&transitions, 1));
	transition_finish(running, TRANSITION_DONE, NULL, 0);
	assert_int_equal(last_removed, 3);
	assert_non_null(transitions_find(&transitions, 1));
}

static void messages(void **state)
{
	struct transition *t = make(1);

	(void)state;
	transition_start(t, 5);
	assert_int_equal(t->started_at, 5);
	transition_say(t, "Turned back.");
	transition_finish(t, TRANSITION_REVERSED, NULL, 9);
	assert_string_equal(t->message, "Turned back.");
	assert_int_equal(t->finished_at, 9);
	assert_string_equal(transition_state_name(t->state), "reversed");
	assert_string_equal(transition_kind_name(t->kind), "load");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(life, setup, teardown),
		cmocka_unit_test_setup_teardown(history, setup, teardown),
		cmocka_unit_test_setup_teardown(messages, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

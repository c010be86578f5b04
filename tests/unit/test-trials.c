// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/changes/trials.h"
#include "fake-kernel.h"
#include "util/time-util.h"

/* Patches on trial, against the folder that is a kernel. A trial takes 200 ms. */

static struct transition *load_for_good(const char *name)
{
	struct change_request what = request(name);
	struct failure failure = { 0 };
	struct transition *transition;

	what.persist = true;
	assert_int_equal(changes_load(manager->api.changes, &what, &transition, &failure), 0);
	return transition;
}

static enum trial_state trial_state(const char *name)
{
	struct trial trial;
	enum trial_state state;

	if (trial_read(state_dir, name, &trial) < 0)
		return _TRIAL_STATE_MAX;
	state = trial.state;
	trial_clear(&trial);
	return state;
}

static bool is_good(const void *what)
{
	return trial_state(what) == TRIAL_GOOD;
}

static bool quarantines(const char *names)
{
	struct json_object *array = trials_quarantined(manager->api.trials);
	bool same = strcmp(json_object_to_json_string_ext(array, JSON_C_TO_STRING_PLAIN), names) == 0;

	json_object_put(array);
	return same;
}

static void stands_it(void **state)
{
	(void)state;
	run_until(settled, load_for_good("a"));
	run_until(is_good, "a");
	assert_true(quarantines("[]"));
	/* Once is enough. */
	run_until(settled, unload("a"));
	run_until(settled, load_for_good("a"));
	assert_int_equal(trial_state("a"), TRIAL_GOOD);
	/* What the next boot does not load is not on trial. */
	run_until(settled, load("b"));
	assert_int_equal(trial_state("b"), _TRIAL_STATE_MAX);
}

static void went_down(void **state)
{
	struct trial trial;
	char *reason;

	(void)state;
	stop();
	fake_file("{\"state\": \"running\", \"sha256\": \"01\", \"boot\": \"another\", \"since\": 5}",
		  "state/trials/a");
	fake_file("{\"state\": \"suspended\", \"sha256\": \"01\", \"boot\": \"another\"}", "state/trials/b");
	fake_file("{\"state\": \"good\", \"sha256\": \"01\", \"boot\": \"another\"}", "state/trials/c");
	fake_file("nonsense", "state/trials/d");
	start();
	assert_true(quarantines("[\"a\"]"));
	assert_int_equal(trial_read(state_dir, "a", &trial), 0);
	assert_int_equal(trial.state, TRIAL_QUARANTINED);
	assert_string_equal(trial.reason, "the machine went down while it was on trial");
	trial_clear(&trial);
	reason = trial_in_quarantine(state_dir, "a", "01");
	assert_non_null(reason);
	free(reason);
	assert_null(trial_in_quarantine(state_dir, "a", "02"));
	assert_null(trial_in_quarantine(state_dir, "b", "01"));
	/* It stays there. */
	restart();
	assert_true(quarantines("[\"a\"]"));
	/* Until it is tried again. */
	run_until(settled, load_for_good("a"));
	assert_true(quarantines("[]"));
	run_until(is_good, "a");
}

static bool in_quarantine(const void *what)
{
	return quarantines(what);
}

/* In the order of a folder. */
static bool both_in_quarantine(const void *what)
{
	(void)what;
	return quarantines("[\"a\",\"b\"]") || quarantines("[\"b\",\"a\"]");
}

static bool absent(const void *what)
{
	return !there(what);
}

static char words[256];

/* What the kernel said last, in two parts, the later one first. */
static void last_words(const char *module)
{
	fake_file("Panic#1 Part2\n<4>[ 1.0] Oops: 0002 [#1] SMP\n", "pstore/dmesg-erst-2");
	(void)snprintf(words, sizeof(words), "Panic#1 Part1\n<4>[ 1.0] RIP: 0010:show+0x2e/0x40 [%s]\n", module);
	fake_file(words, "pstore/dmesg-erst-1");
}

static void went_down_in_one(void **state)
{
	struct trial trial;

	(void)state;
	stop();
	for (const char *name = "abc"; *name; name++)
		fake_file("{\"state\": \"running\", \"sha256\": \"01\", \"boot\": \"another\", \"since\": 5}",
			  "state/trials/%c", *name);
	fake_file("{\"state\": \"suspended\", \"sha256\": \"01\", \"boot\": \"another\"}", "state/trials/d");
	last_words("b");
	start();
	assert_true(quarantines("[\"b\"]"));
	assert_int_equal(trial_read(state_dir, "b", &trial), 0);
	assert_string_equal(trial.reason, "the machine went down in its show while it was on trial");
	trial_clear(&trial);
	assert_int_equal(trial_state("a"), TRIAL_SUSPENDED);
	assert_int_equal(trial_state("d"), TRIAL_SUSPENDED);
	restart();
	assert_true(quarantines("[\"b\"]"));
	run_until(settled, load_for_good("a"));
	run_until(is_good, "a");
}

static void went_down_elsewhere(void **state)
{
	(void)state;
	stop();
	fake_file("{\"state\": \"running\", \"sha256\": \"01\", \"boot\": \"another\", \"since\": 5}", "state/trials/a");
	last_words("ext4");
	start();
	assert_true(quarantines("[\"a\"]"));
}

/* Words from before the trial are about something else. */
static void old_words(void **state)
{
	(void)state;
	stop();
	(void)snprintf(words, sizeof(words),
		       "{\"state\": \"running\", \"sha256\": \"01\", \"boot\": \"another\", \"since\": %ju}",
		       (uintmax_t)(lpd_now_realtime() + 60 * USEC_PER_SEC));
	fake_file(words, "state/trials/a");
	fake_file(words, "state/trials/b");
	last_words("b");
	start();
	assert_true(both_in_quarantine(NULL));
}

/* The machine goes on after an oops, but not with the patch. */
static void survived(void **state)
{
	struct trial trial;

	(void)state;
	run_until(settled, load_for_good("a"));
	last_words("a");
	run_until(in_quarantine, "[\"a\"]");
	assert_int_equal(trial_read(state_dir, "a", &trial), 0);
	assert_string_equal(trial.reason, "the kernel had an oops in its show");
	trial_clear(&trial);
	run_until(absent, "a");
}

static void stopped_in_an_orderly_way(void **state)
{
	(void)state;
	manager->engine.setup.config.trial_usec = 100 * USEC_PER_SEC;
	run_until(settled, load_for_good("a"));
	stop();
	assert_int_equal(trial_state("a"), TRIAL_SUSPENDED);
	start();
	assert_int_equal(trial_state("a"), TRIAL_RUNNING);
	run_until(is_good, "a");
}

static void health_check(void **state)
{
	(void)state;
	fake_file("[Patch]\nHealthCheck=exit 3\n", "confs/a.conf");
	fake_file("[Patch]\nHealthCheck=true\n", "confs/b.conf");
	run_until(settled, load_for_good("a"));
	run_until(settled, load_for_good("b"));
	run_until(in_quarantine, "[\"a\"]");
	run_until(is_good, "b");
	run_until(absent, "sys/module/a");
	assert_true(there("sys/module/b"));
	assert_int_equal(trial_state("a"), TRIAL_QUARANTINED);
}

static void never_loaded(void **state)
{
	struct transition *transition;

	(void)state;
	fake_file("", "busy");
	transition = load_for_good("a");
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_FAILED);
	assert_int_equal(trial_state("a"), _TRIAL_STATE_MAX);
	/* Trying again what is in quarantine leaves it there. */
	stop();
	fake_file("{\"state\": \"quarantined\", \"sha256\": \"01\", \"boot\": \"another\"}", "state/trials/a");
	start();
	run_until(settled, load_for_good("a"));
	assert_true(quarantines("[\"a\"]"));
	assert_int_equal(trial_state("a"), TRIAL_QUARANTINED);
}

/* Trying again is over when it is unloaded, or is not there after all. */
static void tried_in_vain(void **state)
{
	const char *quarantined = "{\"state\": \"quarantined\", \"sha256\": \"02\", \"boot\": \"another\", "
				  "\"reason\": \"it crashed\"}";
	char *reason;

	(void)state;
	stop();
	fake_file(quarantined, "state/trials/a");
	fake_file(quarantined, "state/trials/b");
	start();
	manager->engine.setup.config.trial_usec = 100 * USEC_PER_SEC;
	run_until(settled, load_for_good("a"));
	assert_int_equal(trial_state("a"), TRIAL_RUNNING);
	assert_true(quarantines("[\"b\"]"));
	run_until(settled, unload("a"));
	assert_true(both_in_quarantine(NULL));
	/* livepatchd is killed before it can tell that it was not loaded. */
	assert_int_equal(trial_begin(state_dir, "b", "01"), 0);
	restart();
	assert_true(quarantines("[\"a\"]"));
	run_until(both_in_quarantine, NULL);
	reason = trial_in_quarantine(state_dir, "b", "02");
	assert_string_equal(reason, "it crashed");
	free(reason);
	assert_null(trial_in_quarantine(state_dir, "b", "01"));
}

static void unloaded_in_time(void **state)
{
	(void)state;
	manager->engine.setup.config.trial_usec = 100 * USEC_PER_SEC;
	run_until(settled, load_for_good("a"));
	assert_int_equal(trial_state("a"), TRIAL_RUNNING);
	run_until(settled, unload("a"));
	assert_int_equal(trial_state("a"), _TRIAL_STATE_MAX);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup_all, teardown_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(stands_it),
		TEST(went_down),
		TEST(went_down_in_one),
		TEST(went_down_elsewhere),
		TEST(old_words),
		TEST(survived),
		TEST(stopped_in_an_orderly_way),
		TEST(health_check),
		TEST(never_loaded),
		TEST(tried_in_vain),
		TEST(unloaded_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

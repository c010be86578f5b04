// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "engine/changes/history.h"
#include "fake-kernel.h"
#include "kernel/klp-sysfs.h"
#include "util/fs.h"
#include "util/json-util.h"

/*
 * A daemon is killed at each system call of a load, one after the other; the
 * next one has to find the kernel and what was asked for, and to bring it to
 * its end.
 */

/**
 * struct scenario - a load
 * @stuck: it hangs, until its time is over
 * @whom: who dies
 * @state: what becomes of it
 */
struct scenario {
	bool stuck;
	enum killer_whom whom;
	enum transition_state state;
};

/* ------------------------------------------------------------- what is seen */

static struct json_object *read_history(void)
{
	const struct history_request what = { .state = state_dir, .limit = 100 };
	struct json_object *result = json_object_new_object();
	struct failure failure = { 0 };

	assert_int_equal(history_read(&what, result, &failure), 0);
	return result;
}

static bool history_has(const void *what)
{
	const size_t *n = what;
	_cleanup_(lpd_json_putp) struct json_object *result = read_history();

	return json_object_array_length(json_object_object_get(result, "entries")) >= *n;
}

static bool is_idle(const void *what)
{
	bool unload;

	return !changes_pending(manager->api.changes, what, &unload);
}

/* Every file of a folder is a whole one. */
static void check_whole(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		_cleanup_(lpd_json_putp) struct json_object *object = NULL;
		_cleanup_free_ char *text = NULL, *file = NULL;

		if (entry->d_name[0] == '.')
			continue;
		assert_true(asprintf(&file, "%s/%s", path, entry->d_name) > 0);
		assert_int_equal(lpd_read_file(file, 1 << 20, &text, NULL), 0);
		object = json_tokener_parse(text);
		if (!object)
			fail_msg("%s is torn: %s", file, text);
	}
	(void)closedir(dir);
}

static void check_stores(void)
{
	char trials[300];

	check_whole(run_dir);
	(void)snprintf(trials, sizeof(trials), "%s/trials", state_dir);
	check_whole(trials);
}

/* Nothing of it is left, but for what the history tells. */
static void check_gone(void)
{
	struct trial trial;

	assert_false(there("sys/module/a"));
	assert_false(there("installed/a"));
	assert_null(patches_find(&manager->engine.patches, "a"));
	assert_null(store_find(manager->engine.store, "a"));
	assert_int_equal(trial_read(state_dir, "a", &trial), -ENOENT);
}

/* It is there, by everybody's word. */
static void check_there(void)
{
	const struct store_record *record = store_find(manager->engine.store, "a");
	struct klp_status status;
	struct trial trial;

	assert_int_equal(klp_read_status(&manager->engine.setup.root, "a", &status), 0);
	assert_true(status.registered && status.enabled && !status.transition);
	assert_int_equal(patch_state("a"), PATCH_PATCHED);
	assert_string_equal(patches_find(&manager->engine.patches, "a")->file, "/x.ko");
	assert_true(there("installed/a"));
	assert_non_null(record);
	assert_false(record->has_change);
	assert_int_equal(trial_read(state_dir, "a", &trial), 0);
	assert_int_equal(trial.state, TRIAL_RUNNING);
	trial_clear(&trial);
}

static void check_history(enum transition_state state)
{
	_cleanup_(lpd_json_putp) struct json_object *result = read_history();
	struct json_object *entries = json_object_object_get(result, "entries"), *entry;

	assert_int_equal(json_object_array_length(entries), 1);
	entry = json_object_array_get_idx(entries, 0);
	if (strcmp(json_object_get_string(json_object_object_get(entry, "state")), transition_state_name(state)) != 0)
		fail_msg("it is not %s: %s", transition_state_name(state), json_object_to_json_string(entry));
}

/* --------------------------------------------------------------- one round */

static void begin(void)
{
	assert_true(sd_event_new(&event) >= 0);
	start();
}

static void end(void)
{
	stop();
	event = sd_event_unref(event);
}

static _Noreturn void be_the_daemon(const struct scenario *scenario, int ready_fd, int go_fd)
{
	struct change_request what = request("a");
	struct transition *transition;
	struct failure failure = { 0 };
	const size_t one = 1;
	char byte = 0;

	/* What fails here must not go on as the test. */
	(void)setenv("CMOCKA_TEST_ABORT", "1", 1);
	begin();
	if (write(ready_fd, &byte, 1) != 1 || read(go_fd, &byte, 1) != 1)
		abort();
	what.persist = true;
	what.timeout_usec = scenario->stuck ? 20 * USEC_PER_MSEC : 0;
	assert_int_equal(changes_load(manager->api.changes, &what, &transition, &failure), 0);
	run_until(settled, transition);
	run_until(history_has, &one);
	_exit(0);
}

static void kill_one(const struct scenario *scenario, struct killer *killer)
{
	int ready_fds[2], go_fds[2];
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe2(ready_fds, O_CLOEXEC), 0);
	assert_int_equal(pipe2(go_fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		be_the_daemon(scenario, ready_fds[1], go_fds[0]);
	assert_int_equal(read(ready_fds[0], &byte, 1), 1);
	assert_int_equal(killer_attach(killer, pid), 0);
	assert_int_equal(write(go_fds[1], &byte, 1), 1);
	assert_int_equal(killer_run(killer), 0);
	for (int i = 0; i < 2; i++) {
		(void)close(ready_fds[i]);
		(void)close(go_fds[i]);
	}
	if (killer->status < 0)
		assert_int_equal(waitpid(pid, &killer->status, 0), pid);
	/* It may have been through when a child of it made the call. */
	if (killer->status != 0) {
		assert_true(killer->nr >= 0 && killer->whom != KILLER_CHILD);
		assert_int_equal(WTERMSIG(killer->status), SIGKILL);
	}
}

static void check_successor(const struct scenario *scenario)
{
	size_t n;

	check_stores();
	begin();
	/* Asked for and under way, or through, or it never came to that. */
	n = !TAILQ_EMPTY(&manager->engine.transitions.list) || patches_find(&manager->engine.patches, "a") ||
	    history_has(&(size_t){ 1 });
	run_until(is_idle, "a");
	run_until(history_has, &n);
	if (n > 0)
		check_history(scenario->state);
	if (n > 0 && scenario->state == TRANSITION_DONE)
		check_there();
	else
		check_gone();
	end();
	check_stores();
}

/* False: it was through before it came to that many calls. */
static bool round_at(const struct scenario *scenario, unsigned long at, long *ret_nr)
{
	struct killer killer = { .whom = scenario->whom, .at = at };

	make_world();
	if (scenario->stuck)
		fake_file("", "stuck");
	kill_one(scenario, &killer);
	*ret_nr = (long)killer.nr;
	check_successor(scenario);
	fake_remove(fake_root);
	return killer.nr >= 0;
}

/* -------------------------------------------------------------------- tests */

/* Rounds wait more than they work. */
enum { WORKERS = 8 };

/**
 * struct worker - whoever makes the rounds K, K + WORKERS, ...
 * @at: of its round, shared with the test
 * @nr: the last call at which it killed somebody, likewise
 */
struct worker {
	unsigned long at;
	long nr;
};

static _Noreturn void work(const struct scenario *scenario, struct worker *worker, unsigned long at)
{
	(void)setenv("CMOCKA_TEST_ABORT", "1", 1);
	for (;; at += WORKERS) {
		worker->at = at;
		if (!round_at(scenario, at, &worker->nr))
			_exit(0);
	}
}

static void every_call(void **state)
{
	const size_t size = WORKERS * sizeof(struct worker);
	struct worker *workers = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const struct scenario *scenario = *state;
	unsigned long calls = ULONG_MAX;
	pid_t pids[WORKERS];
	bool failed = false;

	assert_ptr_not_equal(workers, MAP_FAILED);
	for (unsigned long i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			work(scenario, workers + i, i + 1);
	}
	for (unsigned long i = 0; i < WORKERS; i++) {
		int status;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		if (workers[i].at <= calls)
			calls = workers[i].at - 1;
		if (status == 0)
			continue;
		failed = true;
		print_error("killed at call %lu, number %li of the kernel's: it failed\n", workers[i].at,
			    workers[i].nr);
	}
	(void)munmap(workers, size);
	assert_false(failed);
	print_message("killed at each of %lu calls\n", calls);
	assert_true(calls > 50);
}

static struct scenario all = { false, KILLER_ALL, TRANSITION_DONE };
static struct scenario leader = { false, KILLER_LEADER, TRANSITION_DONE };
static struct scenario child = { false, KILLER_CHILD, TRANSITION_DONE };
static struct scenario turned_back = { true, KILLER_ALL, TRANSITION_REVERSED };

#define TEST(name) cmocka_unit_test_prestate(every_call, &name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all),
		TEST(leader),
		TEST(child),
		TEST(turned_back),
	};

	/* Longer than a round. */
	trial_usec = 3600 * USEC_PER_SEC;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

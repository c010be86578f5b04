// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "fake-tree.h"
#include "manager.h"
#include "patching.h"
#include "util/log.h"
#include "util/time-util.h"

/*
 * The whole of loads and unloads, against a kernel that is a folder. The file
 * "hang" in it makes transitions last until settle(); "busy" makes it refuse
 * modules. The manager's bus ends here, where its signals are read.
 */

#define PATIENCE (20 * USEC_PER_SEC)

static char sys[256], proc[256], run_dir[256];
static sd_event *event;
static sd_bus *bus, *peer;
static struct manager *manager;
static char states[256];

/* --------------------------------------------------------------- the kernel */

static bool there(const char *name)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", fake_root, name);
	return access(path, F_OK) == 0;
}

static void list_modules(void)
{
	static const char *const names[] = { "c", "b", "a" };
	char text[512] = "", name[32];

	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		(void)snprintf(name, sizeof(name), "sys/module/%s", names[i]);
		if (there(name)) {
			strcat(text, names[i]);
			strcat(text, " 16384 0 - Live 0x0 (OK)\n");
		}
	}
	fake_file(text, "proc/modules");
}

static void set_enabled(const char *name, const char *enabled)
{
	bool hang = there("hang");

	if (enabled[0] == '0' && !hang) {
		fake_gone("sys/kernel/livepatch/%s", name);
		return;
	}
	fake_file(hang ? "1\n" : "0\n", "sys/kernel/livepatch/%s/transition", name);
	fake_file(enabled, "sys/kernel/livepatch/%s/enabled", name);
}

static void load_module(const char *name)
{
	fake_file("live\n", "sys/module/%s/initstate", name);
	list_modules();
	set_enabled(name, "1\n");
}

static void settle(const char *name)
{
	struct klp_status status;

	fake_gone("hang");
	assert_int_equal(klp_read_status(&manager->setup.root, name, &status), 0);
	set_enabled(name, status.enabled ? "1\n" : "0\n");
}

static int insert(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;

	(void)result;
	if (there("busy"))
		return failure_set(failure, FAILURE_CONFLICT, "Refused.");
	load_module(request->name);
	return 0;
}

static int remove_module(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;
	struct klp_status status;

	(void)result;
	(void)failure;
	if (klp_read_status(&request->root, request->name, &status) < 0)
		return -EIO;
	if (status.registered)
		return -EAGAIN;
	fake_gone("sys/module/%s", request->name);
	list_modules();
	return 0;
}

static int enable(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;

	(void)result;
	(void)failure;
	set_enabled(request->name, request->enable ? "1\n" : "0\n");
	return 0;
}

static const struct kernel_ops kernel = {
	.insert = insert,
	.remove = remove_module,
	.enable = enable,
};

/* -------------------------------------------------------------- the manager */

static int on_changed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const char *interface, *name, *state;

	(void)userdata;
	(void)error;
	assert_true(sd_bus_message_read(message, "s", &interface) > 0);
	if (strcmp(interface, "org.livepatchd1.Manager") != 0)
		return 0;
	assert_true(sd_bus_message_enter_container(message, 'a', "{sv}") > 0);
	while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
		assert_true(sd_bus_message_read(message, "s", &name) > 0);
		if (strcmp(name, "TransitionState") == 0) {
			assert_true(sd_bus_message_read(message, "v", "s", &state) > 0);
			strcat(strcat(states, state), " ");
		} else {
			assert_true(sd_bus_message_skip(message, "v") >= 0);
		}
		assert_true(sd_bus_message_exit_container(message) >= 0);
	}
	return 0;
}

static void open_buses(void)
{
	sd_id128_t id;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_true(sd_id128_randomize(&id) >= 0);
	assert_true(sd_bus_new(&bus) >= 0);
	assert_true(sd_bus_set_fd(bus, fds[0], fds[0]) >= 0);
	assert_true(sd_bus_set_server(bus, true, id) >= 0);
	assert_true(sd_bus_start(bus) >= 0);
	assert_true(sd_bus_attach_event(bus, event, 0) >= 0);
	assert_true(sd_bus_new(&peer) >= 0);
	assert_true(sd_bus_set_fd(peer, fds[1], fds[1]) >= 0);
	assert_true(sd_bus_start(peer) >= 0);
	assert_true(sd_bus_attach_event(peer, event, 0) >= 0);
	assert_true(sd_bus_match_signal(peer, NULL, NULL, NULL, "org.freedesktop.DBus.Properties",
					"PropertiesChanged", on_changed, NULL) >= 0);
}

static void ready(void *userdata)
{
	(void)userdata;
}

static void start(void)
{
	const struct manager_setup setup = {
		.root = { .sys = sys, .proc = proc },
		.kernel = &kernel,
		.run = run_dir,
		.config = { .log_level = LOG_ERR },
	};

	open_buses();
	assert_int_equal(manager_new(event, bus, &setup, ready, NULL, &manager), 0);
}

static void stop(void)
{
	if (manager)
		manager = manager_free(manager);
	peer = sd_bus_close_unref(peer);
	bus = sd_bus_close_unref(bus);
}

/* A daemon that is killed leaves nothing but its files. */
static void restart(void)
{
	stop();
	start();
}

static int setup_all(void **state)
{
	sigset_t child;

	(void)state;
	fake_make_root();
	(void)snprintf(sys, sizeof(sys), "%s/sys", fake_root);
	(void)snprintf(proc, sizeof(proc), "%s/proc", fake_root);
	(void)snprintf(run_dir, sizeof(run_dir), "%s/run", fake_root);
	fake_file("", "proc/modules");
	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &child, NULL);
	lpd_log_set_level(LOG_CRIT);
	states[0] = '\0';
	assert_true(sd_event_new(&event) >= 0);
	start();
	return 0;
}

static int teardown_all(void **state)
{
	(void)state;
	stop();
	event = sd_event_unref(event);
	fake_remove(fake_root);
	return 0;
}

static void run_until(bool (*reached)(const void *what), const void *what)
{
	uint64_t end = lpd_now_monotonic() + PATIENCE;

	while (!reached(what)) {
		assert_true(lpd_now_monotonic() < end);
		assert_true(sd_event_run(event, 50 * USEC_PER_MSEC) >= 0);
	}
	/* What has been said has been heard, too. */
	while (sd_event_run(event, 0) > 0)
		;
}

static bool settled(const void *what)
{
	return transition_settled(what);
}

static bool moving(const void *what)
{
	struct klp_status status;

	assert_int_equal(klp_read_status(&manager->setup.root, what, &status), 0);
	return status.transition && patches_find(&manager->patches, what) &&
	       patches_find(&manager->patches, what)->state == patch_state_from_status(&status);
}

static bool warned(const void *what)
{
	return ((const struct transition *)what)->message;
}

static bool leaving(const void *what)
{
	return moving(what) && patches_find(&manager->patches, what)->state == PATCH_UNPATCHING;
}

static bool has_current(const void *what)
{
	bool patching;

	(void)what;
	return patching_current(manager, &patching);
}

static struct patching_request request(const char *name)
{
	return (struct patching_request){
		.name = name,
		.file = "/x.ko",
		.sha256 = "01",
		.build_id = "",
		.srcversion = "",
	};
}

static struct transition *load(const char *name)
{
	const struct patching_request what = request(name);
	struct failure failure = { 0 };
	struct transition *transition;

	assert_int_equal(patching_load(manager, &what, &transition, &failure), 0);
	return transition;
}

static struct transition *unload(const char *name)
{
	const struct patching_request what = request(name);
	struct failure failure = { 0 };
	struct transition *transition;

	assert_int_equal(patching_unload(manager, &what, &transition, &failure), 0);
	return transition;
}

static void cancel(struct transition *transition, int expected)
{
	struct failure failure = { 0 };

	assert_int_equal(patching_cancel(manager, transition, &failure), expected);
	failure_clear(&failure);
}

static enum patch_state patch_state(const char *name)
{
	struct patch *patch = patches_find(&manager->patches, name);

	assert_non_null(patch);
	return patch->state;
}

/* ---------------------------------------------------------------- the tests */

static void there_and_back(void **state)
{
	struct patching_request other = request("a");
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
	assert_string_equal(patches_find(&manager->patches, "a")->file, "/x.ko");
	assert_null(load("a"));

	other.sha256 = "02";
	assert_int_equal(patching_load(manager, &other, &transition, &failure), -EBADE);
	assert_int_equal(failure.kind, FAILURE_CONFLICT);
	failure_clear(&failure);

	transition = unload("a");
	assert_ptr_equal(unload("a"), transition);
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_DONE);
	assert_string_equal(states, "patching idle unpatching idle ");
	assert_null(patches_find(&manager->patches, "a"));
	assert_null(store_first(manager->store));
	assert_int_equal(patching_unload(manager, &other, &transition, &failure), -EBADE);
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
	assert_null(store_first(manager->store));
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
	assert_int_equal(patches_find(&manager->patches, "a")->order, 1);
	assert_int_equal(patches_find(&manager->patches, "c")->order, 2);
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
	assert_null(store_first(manager->store));
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
	assert_string_equal(store_find(manager->store, "a")->sha256, "01");
}

static void timeouts(void **state)
{
	struct patching_request what = request("a");
	struct failure failure = { 0 };
	struct transition *transition;

	(void)state;
	fake_file("", "hang");
	what.timeout_usec = 300 * USEC_PER_MSEC;
	what.on_timeout = ON_TIMEOUT_KEEP;
	assert_int_equal(patching_load(manager, &what, &transition, &failure), 0);
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
	assert_int_equal(patching_load(manager, &what, &transition, &failure), 0);
	run_until(leaving, "b");
	settle("b");
	run_until(settled, transition);
	assert_int_equal(transition->state, TRANSITION_REVERSED);
	assert_string_equal(transition->message, "It did not settle within 300ms and was turned back.");
	assert_false(there("sys/module/b"));
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
	assert_string_equal(patches_find(&manager->patches, "a")->sha256, "01");
	assert_string_equal(manager_state(manager, &transition), "patching");
	assert_int_equal(transition->id, first);
	transition = transitions_find(&manager->transitions, second);
	assert_non_null(transition);
	assert_int_equal(transition->state, TRANSITION_QUEUED);

	settle("a");
	run_until(settled, transition);
	assert_int_equal(transitions_find(&manager->transitions, first)->state, TRANSITION_DONE);
	assert_int_equal(transition->state, TRANSITION_DONE);
	assert_int_equal(patch_state("a"), PATCH_PATCHED);
	assert_int_equal(patch_state("b"), PATCH_PATCHED);
	restart();
	assert_string_equal(patches_find(&manager->patches, "b")->file, "/x.ko");
	assert_true(TAILQ_EMPTY(&manager->transitions.list));
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
	transition = transitions_find(&manager->transitions, id);
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
	transition = transitions_find(&manager->transitions, id);
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
	patching_module_event(manager);
	run_until(has_current, NULL);
	transition = patching_current(manager, &patching);
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
	assert_null(patches_find(&manager->patches, "b")->file);

	/* Disabled by somebody else: its module stays, until it is in the way. */
	set_enabled("b", "0\n");
	patching_module_event(manager);
	assert_int_equal(patching_reconcile(manager), 0);
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
		TEST(killed_in_mid_load),
		TEST(killed_in_mid_unload),
		TEST(killed_while_turning_back),
		TEST(of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

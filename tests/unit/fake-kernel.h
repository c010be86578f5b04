/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_TEST_FAKE_KERNEL_H
#define LIVEPATCHD_TEST_FAKE_KERNEL_H

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "engine/changes/changes.h"
#include "fake-tree.h"
#include "killer.h"
#include "service/manager.h"
#include "util/log.h"
#include "util/time-util.h"
#include "worker/kernel-ops.h"
#include "worker/operation.h"
#include "worker/trial.h"

/*
 * A manager and its loads and unloads, against a kernel that is a folder. The
 * file "hang" in it makes transitions last until settle(), "stuck" those of loads
 * until they are turned back; "busy" makes it refuse modules, "busy-NAME" that one. What is installed are files in
 * "installed". The manager's bus ends here, where its signals are read.
 */

#define PATIENCE (20 * USEC_PER_SEC)

static char sys[256], proc[256], run_dir[256], state_dir[256], confs_dir[256], pstore_dir[256];
static sd_event *event;
static sd_bus *bus, *peer;
static struct manager *manager;
static char states[256];
static pid_t daemon_pid;
static uint64_t trial_usec = 200 * USEC_PER_MSEC;

/* --------------------------------------------------------------- the kernel */

static inline bool there(const char *name)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", fake_root, name);
	return access(path, F_OK) == 0;
}

/* What a child does in the kernel it does as a whole, even if its parent is killed. */
static inline void enter_kernel(void)
{
	daemon_pid = getppid();
	(void)prctl(PR_SET_PDEATHSIG, 0);
	(void)syscall(KILLER_PAUSE);
}

static inline int leave_kernel(int r)
{
	(void)syscall(KILLER_RESUME);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != daemon_pid)
		(void)raise(SIGKILL);
	return r;
}

static inline void list_modules(void)
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

static inline void set_enabled(const char *name, const char *enabled)
{
	bool hang = there("hang") || (there("stuck") && enabled[0] == '1');

	if (enabled[0] == '0' && !hang) {
		fake_gone("sys/kernel/livepatch/%s", name);
		return;
	}
	fake_file(hang ? "1\n" : "0\n", "sys/kernel/livepatch/%s/transition", name);
	fake_file(enabled, "sys/kernel/livepatch/%s/enabled", name);
}

static inline void load_module(const char *name)
{
	fake_file("coming\n", "sys/module/%s/initstate", name);
	list_modules();
	set_enabled(name, "1\n");
	fake_file("live\n", "sys/module/%s/initstate", name);
}

static inline void settle(const char *name)
{
	struct klp_status status;

	fake_gone("hang");
	assert_int_equal(klp_read_status(&manager->engine.setup.root, name, &status), 0);
	set_enabled(name, status.enabled ? "1\n" : "0\n");
}

static inline int insert(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;
	char busy[64];

	(void)result;
	if (request->trial && trial_begin(request->state, request->name, request->sha256) < 0)
		return -EIO;
	(void)snprintf(busy, sizeof(busy), "busy-%s", request->name);
	if (there("busy") || there(busy))
		return failure_set(failure, FAILURE_CONFLICT, "Refused.");
	enter_kernel();
	load_module(request->name);
	return leave_kernel(0);
}

static inline int remove_module(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;
	struct klp_status status;

	(void)result;
	(void)failure;
	if (klp_read_status(&request->root, request->name, &status) < 0)
		return -EIO;
	if (status.registered)
		return -EAGAIN;
	enter_kernel();
	fake_gone("sys/module/%s", request->name);
	list_modules();
	return leave_kernel(0);
}

static inline int enable(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;

	(void)result;
	(void)failure;
	enter_kernel();
	set_enabled(request->name, request->enable ? "1\n" : "0\n");
	return leave_kernel(0);
}

static inline int force(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;
	struct klp_status status;

	(void)result;
	(void)failure;
	if (klp_read_status(&request->root, request->name, &status) < 0)
		return -EIO;
	enter_kernel();
	fake_gone("hang");
	set_enabled(request->name, status.enabled ? "1\n" : "0\n");
	return leave_kernel(0);
}

static inline int install(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;

	(void)result;
	if (there("full"))
		return failure_set(failure, FAILURE_FAILED, "Full.");
	enter_kernel();
	fake_file(request->file, "installed/%s", request->name);
	return leave_kernel(0);
}

static inline int uninstall(const void *argument, struct json_object *result, struct failure *failure)
{
	const struct kernel_request *request = argument;

	(void)result;
	(void)failure;
	fake_gone("installed/%s", request->name);
	return 0;
}

static inline int verify(const void *argument, struct json_object *result, struct failure *failure)
{
	(void)argument;
	(void)result;
	return there("unpatched") ? failure_set(failure, FAILURE_KERNEL_REFUSED, "f is not patched.") : 0;
}

static const struct kernel_ops kernel = {
	.insert = insert,
	.remove = remove_module,
	.enable = enable,
	.force = force,
	.verify = verify,
	.install = install,
	.uninstall = uninstall,
};

/* -------------------------------------------------------------- the manager */

static inline int on_changed(sd_bus_message *message, void *userdata, sd_bus_error *error)
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

static inline void open_buses(void)
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

static inline void ready(void *userdata)
{
	(void)userdata;
}

static inline void start(void)
{
	const struct engine_setup setup = {
		.root = { .sys = sys, .proc = proc },
		.kernel = &kernel,
		.run = run_dir,
		.state = state_dir,
		.confs = confs_dir,
		.records = { pstore_dir, NULL },
		.config = { .log_level = LOG_ERR, .trial_usec = trial_usec },
	};

	open_buses();
	assert_int_equal(manager_new(event, bus, &setup, ready, NULL, &manager), 0);
}

static inline void stop(void)
{
	if (manager)
		manager = manager_free(manager);
	peer = sd_bus_close_unref(peer);
	bus = sd_bus_close_unref(bus);
}

/* A daemon that is killed leaves nothing but its files. */
static inline void restart(void)
{
	stop();
	start();
}

/* A machine without a daemon. */
static inline void make_world(void)
{
	sigset_t child;

	fake_make_root();
	(void)snprintf(sys, sizeof(sys), "%s/sys", fake_root);
	(void)snprintf(proc, sizeof(proc), "%s/proc", fake_root);
	(void)snprintf(run_dir, sizeof(run_dir), "%s/run", fake_root);
	(void)snprintf(state_dir, sizeof(state_dir), "%s/state", fake_root);
	fake_file("", "state/other");
	(void)snprintf(confs_dir, sizeof(confs_dir), "%s/confs", fake_root);
	(void)snprintf(pstore_dir, sizeof(pstore_dir), "%s/pstore", fake_root);
	fake_file("", "proc/modules");
	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &child, NULL);
	lpd_log_set_level(LOG_CRIT);
	states[0] = '\0';
}

static inline int setup_all(void **state)
{
	(void)state;
	make_world();
	assert_true(sd_event_new(&event) >= 0);
	start();
	return 0;
}

static inline int teardown_all(void **state)
{
	(void)state;
	stop();
	event = sd_event_unref(event);
	fake_remove(fake_root);
	return 0;
}

static inline void run_until(bool (*reached)(const void *what), const void *what)
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

static inline bool settled(const void *what)
{
	return transition_settled(what);
}

static inline bool moving(const void *what)
{
	struct klp_status status;

	assert_int_equal(klp_read_status(&manager->engine.setup.root, what, &status), 0);
	return status.transition && patches_find(&manager->engine.patches, what) &&
	       patches_find(&manager->engine.patches, what)->state == patch_state_from_status(&status);
}

static inline struct change_request request(const char *name)
{
	return (struct change_request){
		.name = name,
		.file = "/x.ko",
		.sha256 = "01",
		.build_id = "",
		.srcversion = "",
	};
}

static inline struct transition *load(const char *name)
{
	const struct change_request what = request(name);
	struct failure failure = { 0 };
	struct transition *transition;

	assert_int_equal(changes_load(manager->api.changes, &what, &transition, &failure), 0);
	return transition;
}

static inline struct transition *unload(const char *name)
{
	const struct change_request what = request(name);
	struct failure failure = { 0 };
	struct transition *transition;

	assert_int_equal(changes_unload(manager->api.changes, &what, &transition, &failure), 0);
	return transition;
}

static inline enum patch_state patch_state(const char *name)
{
	struct patch *patch = patches_find(&manager->engine.patches, name);

	assert_non_null(patch);
	return patch->state;
}

#endif

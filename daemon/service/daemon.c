// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>

#include "bus/bus-util.h"
#include "model/patch-conf.h"
#include "service/daemon.h"
#include "service/manager.h"
#include "util/fs.h"
#include "util/log.h"
#include "worker/conf-files.h"
#include "worker/kernel-ops.h"

#define CONFIG_FILE "/etc/livepatchd/livepatchd.conf"
#define RUN_DIR "/run/livepatchd"
#define STATE_DIR "/var/lib/livepatchd"
#define PSTORE_DIR "/sys/fs/pstore"
#define PSTORE_ARCHIVE "/var/lib/systemd/pstore"

struct service {
	sd_event *event;
	sd_bus *bus;
};

static void usage(void)
{
	printf("livepatchd daemon\n\n"
	       "Runs the service: loads, unloads and traces on request of " BUS_NAME " on the\n"
	       "system bus. It is started by livepatchd.service.\n\n"
	       "  -h --help   Show this text\n\n"
	       "Configuration: " CONFIG_FILE "\n");
}

/* 1: go on; else the exit status is in @ret. */
static int parse_arguments(int argc, char **argv, int *ret)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	optind = 0;
	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		if (c == 'h') {
			usage();
			*ret = EXIT_SUCCESS;
			return 0;
		}
		*ret = 2;
		return 0;
	}
	if (optind < argc) {
		(void)fprintf(stderr, "livepatchd daemon takes no arguments.\n");
		*ret = 2;
		return 0;
	}
	return 1;
}

static int block_signals(void)
{
	sigset_t signals;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGCHLD);
	return sigprocmask(SIG_BLOCK, &signals, NULL) < 0 ? -errno : 0;
}

static int on_name(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error)
{
	sd_event *event = userdata;
	const sd_bus_error *error = sd_bus_message_get_error(reply);
	uint32_t answer;

	(void)ret_error;
	if (error) {
		lpd_log(LOG_ERR, "Cannot have the name " BUS_NAME ": %s", error->message);
		return sd_event_exit(event, -EPERM);
	}
	if (sd_bus_message_read(reply, "u", &answer) < 0 || answer > 1) {
		lpd_log(LOG_ERR, "Another livepatchd has the name " BUS_NAME ".");
		return sd_event_exit(event, -EEXIST);
	}
	(void)sd_notify(false, "READY=1\nSTATUS=idle");
	lpd_log(LOG_INFO, "Ready.");
	return 0;
}

/* Who sees the name finds everything as the kernel has it. */
static void on_ready(void *userdata)
{
	struct service *service = userdata;
	int r;

	r = sd_bus_request_name_async(service->bus, NULL, BUS_NAME, 0, on_name, service->event);
	if (r < 0) {
		lpd_log(LOG_ERR, "Cannot ask for the name " BUS_NAME ": %s", strerror(-r));
		(void)sd_event_exit(service->event, r);
	}
}

static int on_disconnected(sd_bus_message *message, void *userdata, sd_bus_error *ret_error)
{
	(void)message;
	(void)ret_error;
	lpd_log(LOG_ERR, "The bus has gone.");
	return sd_event_exit(userdata, -ECONNRESET);
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	(void)userdata;
	lpd_log(LOG_INFO, "Stopping, on SIG%s. Patches and tracers stay.", sigabbrev_np((int)info->ssi_signo));
	return sd_event_exit(sd_event_source_get_event(source), 0);
}

static int open_bus(sd_event *event, sd_bus **ret)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	int r;

	r = sd_bus_open_system_with_description(&bus, "livepatchd");
	if (r < 0)
		return r;
	r = sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL);
	if (r < 0)
		return r;
	r = sd_bus_match_signal_async(bus, NULL, "org.freedesktop.DBus.Local", "/org/freedesktop/DBus/Local",
				      "org.freedesktop.DBus.Local", "Disconnected", on_disconnected, NULL, event);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(bus);
	return 0;
}

static int run(const struct engine_setup *setup)
{
	_cleanup_(sd_event_unrefp) sd_event *event = NULL;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(manager_freep) struct manager *manager = NULL;
	struct service service;
	int r;

	r = block_signals();
	if (r < 0)
		return r;
	/* Whoever reads from a pipe of ours may close it at any time. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -errno;
	r = sd_event_default(&event);
	if (r < 0)
		return r;
	r = sd_event_set_watchdog(event, true);
	if (r < 0)
		return r;
	r = sd_event_add_signal(event, NULL, SIGTERM, on_signal, NULL);
	if (r < 0)
		return r;
	r = sd_event_add_signal(event, NULL, SIGINT, on_signal, NULL);
	if (r < 0)
		return r;
	r = open_bus(event, &bus);
	if (r < 0) {
		lpd_log(LOG_ERR, "Cannot reach the system bus: %s", strerror(-r));
		return r;
	}
	service = (struct service){ event, bus };
	r = manager_new(event, bus, setup, on_ready, &service, &manager);
	if (r < 0)
		return r;

	r = sd_event_loop(event);
	(void)sd_notify(false, "STOPPING=1");
	return r;
}

/* Whether the machine was booted to come up without patches. */
static bool is_off(const char *proc)
{
	_cleanup_free_ char *path = NULL, *line = NULL;
	char *save = NULL;

	if (asprintf(&path, "%s/cmdline", proc) < 0) {
		path = NULL;
		return false;
	}
	if (lpd_read_file(path, 1024 * 1024, &line, NULL) < 0)
		return false;
	for (char *word = strtok_r(line, " \n", &save); word; word = strtok_r(NULL, " \n", &save))
		if (lpd_streq(word, "livepatchd=off"))
			return true;
	return false;
}

/* As systemd does: one mistake does not take down the service. */
static void wrong_config(const char *problem, void *userdata)
{
	(void)userdata;
	lpd_log(LOG_WARNING, "%s: passed over.", problem);
}

int lpd_daemon_run(int argc, char **argv)
{
	struct engine_setup setup = {
		.root = { .sys = "/sys", .proc = "/proc" },
		.kernel = &kernel_ops_native,
		.run = RUN_DIR,
		.state = STATE_DIR,
		.confs = PATCH_CONF_DIR,
		.config_file = CONFIG_FILE,
		.records = { PSTORE_DIR, PSTORE_ARCHIVE, "/proc/sys/kernel/tainted" },
	};
	int status, r;

	if (!parse_arguments(argc, argv, &status))
		return status;

	config_defaults(&setup.config);
	r = config_load(&setup.config, CONFIG_FILE, wrong_config, NULL);
	if (r < 0) {
		lpd_log(LOG_ERR, "%s: %s", CONFIG_FILE, strerror(-r));
		return EXIT_FAILURE;
	}
	lpd_log_set_level(setup.config.log_level);
	setup.off = is_off(setup.root.proc);
	if (setup.off)
		lpd_log(LOG_NOTICE, "livepatchd=off on the kernel command line: no patch is loaded.");

	r = run(&setup);
	if (r < 0) {
		lpd_log(LOG_ERR, "livepatchd failed: %s", strerror(-r));
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

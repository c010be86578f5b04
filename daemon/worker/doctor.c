// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "kernel/ftrace-functions.h"
#include "kernel/kallsyms.h"
#include "kernel/klp-sysfs.h"
#include "model/klp-patch.h"
#include "util/fs.h"
#include "util/time-util.h"
#include "version.h"
#include "worker/doctor-report.h"
#include "worker/doctor-set.h"
#include "worker/doctor.h"
#include "worker/explain.h"
#include "worker/trial.h"

/* A transition that takes longer is worth a look. */
#define LONG_USEC (60 * USEC_PER_SEC)

enum { ENABLED_FUNCTIONS_MAX = 200 };

/* ---------------------------------------------------------------- the kernel */

/* A line of a file, "" where it cannot be read. */
static void read_line(const char *folder, const char *path, char *line, size_t size)
{
	_cleanup_free_ char *full = NULL;

	line[0] = '\0';
	if (asprintf(&full, "%s/%s", folder, path) < 0) {
		full = NULL;
		return;
	}
	if (lpd_read_line_at(AT_FDCWD, full, line, size) < 0)
		line[0] = '\0';
}

static void look_at_settings(struct doctor *doctor)
{
	static const struct {
		const char *name;
		bool in_sys;
		const char *path;
	} files[] = {
		{ "lockdown", true, "kernel/security/lockdown" },
		{ "sig_enforce", true, "module/module/parameters/sig_enforce" },
		{ "tainted", false, "sys/kernel/tainted" },
		{ "ftrace_enabled", false, "sys/kernel/ftrace_enabled" },
		{ "modules_disabled", false, "sys/kernel/modules_disabled" },
		{ "panic_on_oops", false, "sys/kernel/panic_on_oops" },
	};
	const struct klp_root *root = &doctor->request->kernel.root;
	struct utsname kernel;
	char line[256];

	if (uname(&kernel) >= 0) {
		doctor_fact(doctor, "kernel", "release", "%s", kernel.release);
		doctor_fact(doctor, "kernel", "version", "%s", kernel.version);
		doctor_fact(doctor, "kernel", "machine", "%s", kernel.machine);
	}
	for (size_t i = 0; i < ELEMENTSOF(files); i++) {
		read_line(files[i].in_sys ? root->sys : root->proc, files[i].path, line, sizeof(line));
		doctor_fact(doctor, "kernel", files[i].name, "%s", *line ? line : "unknown");
	}
}

/* The words of the command line that have to do with us; others may be nobody's business. */
static void look_at_command_line(struct doctor *doctor)
{
	static const char *const words[] = { "livepatchd=", "lockdown=", "module.sig_enforce", "mitigations=",
					     "ftrace",	    "nokaslr",	 "oops=",	       "panic=" };
	char line[4096], *save = NULL;

	read_line(doctor->request->kernel.root.proc, "cmdline", line, sizeof(line));
	for (char *word = strtok_r(line, " ", &save); word; word = strtok_r(NULL, " ", &save))
		for (size_t i = 0; i < ELEMENTSOF(words); i++)
			if (strncmp(word, words[i], strlen(words[i])) == 0)
				doctor_fact(doctor, "command-line", word, "%s", "");
}

static void judge_kernel(struct doctor *doctor)
{
	_cleanup_(kernel_facts_clear) struct kernel_facts facts = { 0 };
	const struct klp_root *root = &doctor->request->kernel.root;
	char line[64];
	unsigned long taint;

	kernel_facts_read(root, NULL, &facts);
	if (facts.ftrace_disabled)
		doctor_finding(doctor, "error", "ftrace", "sysctl kernel.ftrace_enabled=1",
			       "ftrace is off: nothing can be patched or traced.");
	if (facts.modules_disabled)
		doctor_finding(doctor, "error", "modules", "boot without what sets kernel.modules_disabled",
			       "The kernel takes no more modules until the next boot.");
	if (facts.lockdown)
		doctor_finding(doctor, "info", "lockdown", "sign patches with a key that the kernel trusts",
			       "The kernel is locked down: it takes signed modules only.");
	read_line(root->proc, "sys/kernel/tainted", line, sizeof(line));
	taint = strtoul(line, NULL, 10);
	if (taint & (1UL << 7))
		doctor_finding(doctor, "error", "oops", "see journalctl --dmesg, and reboot",
			       "The kernel has had an oops since it was booted.");
	if (taint & (1UL << 9))
		doctor_finding(doctor, "warning", "oops", "see journalctl --dmesg",
			       "The kernel has warned of itself since it was booted.");
	if (doctor->request->off)
		doctor_finding(doctor, "warning", "off", "boot without livepatchd=off",
			       "livepatchd=off on the kernel command line: no patch is loaded.");
}

/* What a kernel has is probed: few have their configuration with them. */
static void look_at_features(struct doctor *doctor)
{
	static const struct {
		const char *option;
		const char *symbol;
		const char *who;
	} features[] = {
		{ "CONFIG_LIVEPATCH", "klp_enable_patch", "A livepatch" },
		{ "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS", "register_ftrace_direct", "A helper patch" },
		{ "CONFIG_HAVE_RELIABLE_STACKTRACE", "stack_trace_save_tsk_reliable", "A transition" },
		{ "CONFIG_KPROBES", "register_kprobe", "livepatch_helper" },
	};
	const struct klp_root *root = &doctor->request->kernel.root;
	struct klp_function functions[ELEMENTSOF(features)] = {};
	unsigned int counts[ELEMENTSOF(features)] = {};
	_cleanup_free_ char *btf = NULL;

	for (size_t i = 0; i < ELEMENTSOF(features); i++)
		functions[i] = (struct klp_function){
			.symbol = (char *)features[i].symbol,
			.module = (char *)"vmlinux",
		};
	if (kallsyms_count(root, functions, ELEMENTSOF(features), counts) < 0) {
		doctor_finding(doctor, "warning", "features", "let livepatchd.service read /proc/kallsyms",
			       "It cannot be seen what the kernel is built with.");
		return;
	}
	for (size_t i = 0; i < ELEMENTSOF(features); i++) {
		doctor_fact(doctor, "features", features[i].option, "%s", counts[i] ? "yes" : "no");
		if (!counts[i])
			doctor_finding(doctor, "error", "features", "use a kernel that has it",
				       "%s needs %s, which this kernel is built without.", features[i].who,
				       features[i].option);
	}
	if (asprintf(&btf, "%s/kernel/btf/vmlinux", root->sys) < 0)
		btf = NULL;
	doctor_fact(doctor, "features", "CONFIG_DEBUG_INFO_BTF", "%s", btf && access(btf, R_OK) == 0 ? "yes" : "no");
}

/* ---------------------------------------------------------------- the helper */

static void look_at_parameters(struct doctor *doctor)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	_cleanup_free_ char *path = NULL;
	struct dirent *entry;
	char line[128];

	if (asprintf(&path, "%s/module/livepatch_helper/parameters", doctor->request->kernel.root.sys) < 0) {
		path = NULL;
		return;
	}
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		read_line(path, entry->d_name, line, sizeof(line));
		doctor_fact(doctor, "helper", entry->d_name, "%s", line);
	}
}

/* Of the transitions that are remembered. */
static void look_at_counters(struct doctor *doctor)
{
	const struct transition *transition;
	uint64_t traps = 0, lapses = 0;
	unsigned int n = 0, depth = 0;

	TAILQ_FOREACH(transition, &doctor->request->transitions->list, link) {
		n++;
		traps += transition->traps;
		lapses += transition->lapses;
		if (transition->max_depth > depth)
			depth = transition->max_depth;
	}
	doctor_fact(doctor, "helper", "transitions", "%u", n);
	doctor_fact(doctor, "helper", "traps", "%" PRIu64, traps);
	doctor_fact(doctor, "helper", "max-depth", "%u", depth);
	doctor_fact(doctor, "helper", "lapses", "%" PRIu64, lapses);
	if (lapses > 0)
		doctor_finding(doctor, "error", "lapses", "report it, with this",
			       "%" PRIu64 " calls did not run every tracer exactly once.", lapses);
}

static void look_at_helper(struct doctor *doctor)
{
	const struct doctor_request *request = doctor->request;

	doctor_fact(doctor, "helper", "loaded", "%s", request->helper_loaded ? "yes" : "no");
	if (!request->helper_loaded) {
		doctor_finding(doctor, "warning", "helper", "modprobe livepatch_helper",
			       "livepatch_helper is not loaded: there are no tracers and no helper patches.");
		return;
	}
	doctor_fact(doctor, "helper", "version", "%s", request->helper_version);
	if (!lpd_streq(request->helper_version, LIVEPATCHD_VERSION))
		doctor_finding(doctor, "warning", "helper", "install both from one source, and reload the older",
			       "livepatch_helper is %s, but livepatchd is " LIVEPATCHD_VERSION ".",
			       request->helper_version);
	look_at_parameters(doctor);
	look_at_counters(doctor);
}

/* --------------------------------------------------------------- the patches */

static void look_at_sysfs(struct doctor *doctor)
{
	_cleanup_(klp_snapshot_clear) struct klp_snapshot snapshot = { 0 };
	int r;

	r = klp_read_snapshot(&doctor->request->kernel.root, &snapshot);
	if (r < 0) {
		doctor_finding(doctor, "error", "livepatch", "see whether /sys/kernel/livepatch is there",
			       "The kernel's livepatches cannot be read: %s.", strerror(-r));
		return;
	}
	for (size_t i = 0; i < snapshot.n_patches; i++) {
		const struct klp_patch *patch = snapshot.patches + i;

		doctor_fact(doctor, "livepatch", patch->name, "registered=%i enabled=%i transition=%i functions=%zu",
			    patch->status.registered, patch->status.enabled, patch->status.transition,
			    patch->n_functions);
		if (!patch->status.enabled && !patch->status.transition)
			doctor_finding(doctor, "warning", "livepatch", "livepatchd unload it",
				       "The livepatch %s is disabled, and its module still loaded.", patch->name);
	}
}

static void look_at_patches(struct doctor *doctor)
{
	const struct transition *current = doctor->request->current;
	uint64_t now = lpd_now_realtime();
	const struct patch *patch;

	TAILQ_FOREACH(patch, &doctor->request->patches->list, link) {
		doctor_fact(doctor, "patch", patch->name, "%s %s order=%u file=%s sha256=%s",
			    patch_backend_name(patch->backend), patch_state_name(patch->state), patch->order,
			    patch->file ?: "unknown", patch->sha256 ?: "unknown");
		if (!patch->file)
			doctor_finding(doctor, "info", "patch", "unload it and load it with livepatchd",
				       "%s was loaded past livepatchd: its file is not known.", patch->name);
	}
	if (current && current->started_at && now > current->started_at + LONG_USEC)
		doctor_finding(doctor, "warning", "transition", "livepatchd blockers tells whom it waits for",
			       "The %s of %s has been under way for %" PRIu64 " s.",
			       transition_kind_name(current->kind), current->subject,
			       (now - current->started_at) / USEC_PER_SEC);
}

/**
 * struct enabled - what is seen in enabled_functions
 * @n: how many there are
 * @told: how many of them became facts
 */
struct enabled {
	struct doctor *doctor;
	unsigned int n;
	unsigned int told;
};

/* Those of which something decides where calls go on, and the helper's. */
static int on_enabled(const struct ftrace_function *function, void *userdata)
{
	const char *rest = function->text + strcspn(function->text, " ");
	struct enabled *enabled = userdata;

	enabled->n++;
	if (!function->ipmodify && !function->direct && !strstr(rest, "livepatch_helper"))
		return 0;
	if (enabled->told++ >= ENABLED_FUNCTIONS_MAX)
		return 0;
	rest += strspn(rest, " ");
	doctor_fact(enabled->doctor, "enabled_functions", function->symbol, "%.*s", (int)strcspn(rest, "\n"), rest);
	return 0;
}

static void look_at_enabled_functions(struct doctor *doctor)
{
	struct enabled enabled = { .doctor = doctor };

	(void)ftrace_functions_each(&doctor->request->kernel.root, on_enabled, &enabled);
	doctor_fact(doctor, "enabled_functions", "total", "%u", enabled.n);
}

int doctor_look(const void *argument, struct json_object *result, struct failure *failure)
{
	struct doctor doctor = {
		.request = argument,
		.facts = json_object_new_array(),
		.findings = json_object_new_array(),
	};

	(void)failure;
	json_object_object_add(result, "facts", doctor.facts);
	json_object_object_add(result, "findings", doctor.findings);
	doctor_fact(&doctor, "livepatchd", "version", LIVEPATCHD_VERSION);
	look_at_settings(&doctor);
	look_at_command_line(&doctor);
	judge_kernel(&doctor);
	look_at_features(&doctor);
	look_at_helper(&doctor);
	look_at_sysfs(&doctor);
	look_at_patches(&doctor);
	look_at_enabled_functions(&doctor);
	doctor_look_at_set(&doctor);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#include "model/helper-names.h"
#include "model/patch-conf.h"
#include "util/fs.h"
#include "util/json-util.h"
#include "util/log.h"
#include "util/time-util.h"
#include "wire/codec.h"
#include "worker/conf-files.h"
#include "worker/doctor-report.h"
#include "worker/doctor-set.h"
#include "worker/inspect.h"
#include "worker/trial.h"

static const char *get(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key)) ?: "";
}

static const char *reason(int r, const struct failure *failure)
{
	return failure->kind != FAILURE_NONE ? failure_message(failure) : strerror(-r);
}

/* What a load of all would come to, which is what the next boot does. */
static void look_at_installed(struct doctor *doctor)
{
	_cleanup_(lpd_json_putp) struct json_object *result = json_object_new_object();
	_cleanup_(failure_clear) struct failure failure = { 0 };
	struct json_object *patches;
	int r;

	r = inspect_set(&doctor->request->kernel, result, &failure);
	if (r < 0) {
		doctor_finding(doctor, "error", "set", "mend it, then see livepatchd order --plan",
			       "The installed patches cannot be loaded: %s", reason(r, &failure));
		return;
	}
	patches = json_object_object_get(result, "patches");
	for (size_t i = 0; i < json_object_array_length(patches); i++) {
		struct json_object *patch = json_object_array_get_idx(patches, i);
		const char *note = get(patch, "note");

		doctor_fact(doctor, "set", get(patch, "name"), "%s%s%s file=%s sha256=%s", get(patch, "action"),
			    *note ? ": " : "", note, get(patch, "file"), get(patch, "sha256"));
	}
}

static void look_at_trial(struct doctor *doctor, const char *name)
{
	static const char *const states[_TRIAL_STATE_MAX] = {
		[TRIAL_RUNNING] = "on trial",
		[TRIAL_SUSPENDED] = "on trial, suspended",
		[TRIAL_GOOD] = "good",
		[TRIAL_QUARANTINED] = "in quarantine",
	};
	_cleanup_(trial_clear) struct trial trial = { 0 };
	_cleanup_free_ char *way_out = NULL;
	int r;

	r = trial_read(doctor->request->kernel.state, name, &trial);
	if (r < 0) {
		doctor_finding(doctor, "warning", "trial", "remove its file in trials/ of /var/lib/livepatchd",
			       "It cannot be read whether %s is on trial: %s.", name, strerror(-r));
		return;
	}
	doctor_fact(doctor, "trial", name, "%s sha256=%s", states[trial.state], trial.sha256);
	if (trial.state != TRIAL_QUARANTINED)
		return;
	if (asprintf(&way_out, "livepatchd load --retry %s", name) < 0)
		way_out = NULL;
	doctor_finding(doctor, "warning", "quarantine", way_out ?: "", "%s is in quarantine: %s.", name, trial.reason);
}

static void look_at_trials(struct doctor *doctor)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	struct dirent *entry;
	int fd;

	if (trial_open(doctor->request->kernel.state, false, &fd) < 0)
		return;
	dir = fdopendir(fd);
	if (!dir) {
		(void)close(fd);
		return;
	}
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			look_at_trial(doctor, entry->d_name);
}

static void tell_config(struct doctor *doctor, const struct config *config)
{
	char text[LPD_TIMESPAN_MAX];

	doctor_fact(doctor, "config", "Timeout", "%s",
		    config->timeout_usec ? lpd_format_timespan(text, config->timeout_usec) : "infinity");
	doctor_fact(doctor, "config", "OnTimeout", "%s", on_timeout_name(config->on_timeout));
	doctor_fact(doctor, "config", "Strategy", "%s", strategy_name(config->strategy));
	doctor_fact(doctor, "config", "Consistency", "%s", consistency_name(config->consistency));
	doctor_fact(doctor, "config", "Trial", "%s", lpd_format_timespan(text, config->trial_usec));
	doctor_fact(doctor, "config", "LogLevel", "%i", config->log_level);
}

static bool is_same(const struct config *a, const struct config *b)
{
	return a->timeout_usec == b->timeout_usec && a->on_timeout == b->on_timeout && a->strategy == b->strategy &&
	       a->consistency == b->consistency && a->trial_usec == b->trial_usec && a->log_level == b->log_level;
}

static void wrong_config(const char *problem, void *userdata)
{
	doctor_finding(userdata, "warning", "config", "mend it; until then the line is passed over", "%s.", problem);
}

static void look_at_config(struct doctor *doctor)
{
	const struct doctor_request *request = doctor->request;
	struct config config;
	int r;

	tell_config(doctor, request->config);
	config_defaults(&config);
	r = config_load(&config, request->config_file, wrong_config, doctor);
	if (r < 0)
		doctor_finding(doctor, "error", "config", "look again", "The configuration could not be read: %s.",
			       strerror(-r));
	else if (!is_same(&config, request->config))
		doctor_finding(doctor, "warning", "config", "systemctl restart livepatchd.service",
			       "%s has changed since livepatchd was started.", request->config_file);
}

static void tell_list(struct doctor *doctor, const char *name, const char *key, char *const *list)
{
	_cleanup_free_ char *field = NULL;

	if (asprintf(&field, "%s %s", name, key) < 0) {
		field = NULL;
		return;
	}
	for (; list && *list; list++)
		doctor_fact(doctor, "drop-in", field, "%s", *list);
}

static void tell_drop_in(struct doctor *doctor, const struct patch_conf_file *file)
{
	const struct patch_conf *conf = &file->conf;

	doctor_fact(doctor, "drop-in", file->name, "%s%s%s%s%s", conf->disabled ? "Enabled=no" : "Enabled=yes",
		    conf->keep ? " Keep=yes" : "", conf->health_check ? " HealthCheck=..." : "",
		    *conf->sha256 ? " SHA256=" : "", conf->sha256);
	tell_list(doctor, file->name, "Before", conf->before);
	tell_list(doctor, file->name, "After", conf->after);
	tell_list(doctor, file->name, "Requires", conf->requires);
	tell_list(doctor, file->name, "Conflicts", conf->conflicts);
	tell_list(doctor, file->name, "Replaces", conf->replaces);
}

static void look_at_drop_ins(struct doctor *doctor)
{
	_cleanup_(patch_confs_clear) struct patch_confs confs = { 0 };
	_cleanup_(failure_clear) struct failure failure = { 0 };
	int r;

	r = patch_confs_load(doctor->request->kernel.confs, NULL, &confs, &failure);
	if (r < 0)
		doctor_finding(doctor, "error", "drop-in", "mend it", "A drop-in is wrong: %s.", reason(r, &failure));
	for (size_t i = 0; i < confs.n; i++)
		tell_drop_in(doctor, confs.files + i);
}

void doctor_look_at_set(struct doctor *doctor)
{
	look_at_installed(doctor);
	look_at_trials(doctor);
	look_at_config(doctor);
	look_at_drop_ins(doctor);
}

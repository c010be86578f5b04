// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <systemd/sd-id128.h>

#include "util/fs.h"
#include "util/json-util.h"
#include "util/time-util.h"
#include "worker/trial.h"

enum { TRIAL_SIZE_MAX = 64 * 1024 };

static const char *const state_names[_TRIAL_STATE_MAX] = {
	[TRIAL_RUNNING] = "running",
	[TRIAL_SUSPENDED] = "suspended",
	[TRIAL_GOOD] = "good",
	[TRIAL_QUARANTINED] = "quarantined",
};

void trial_clear(struct trial *trial)
{
	free(trial->reason);
	*trial = (struct trial){ 0 };
}

static const char *get(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key)) ?: "";
}

int trial_open(const char *state, bool create, int *ret)
{
	return lpd_open_folder_in(state, "trials", create, ret);
}

static int parse(const char *text, struct trial *ret)
{
	_cleanup_(lpd_json_putp) struct json_object *object = json_tokener_parse(text);
	struct trial trial = { .state = _TRIAL_STATE_MAX };

	for (int i = 0; i < _TRIAL_STATE_MAX; i++)
		if (lpd_streq(get(object, "state"), state_names[i]))
			trial.state = i;
	if (trial.state == _TRIAL_STATE_MAX)
		return -EBADMSG;
	(void)snprintf(trial.sha256, sizeof(trial.sha256), "%s", get(object, "sha256"));
	(void)snprintf(trial.earlier, sizeof(trial.earlier), "%s", get(object, "earlier"));
	(void)snprintf(trial.boot, sizeof(trial.boot), "%s", get(object, "boot"));
	trial.since = json_object_get_uint64(json_object_object_get(object, "since"));
	trial.reason = strdup(get(object, "reason"));
	if (!trial.reason)
		return -ENOMEM;
	*ret = trial;
	return 0;
}

int trial_read(const char *state, const char *name, struct trial *ret)
{
	_cleanup_close_ int dir = -1, fd = -1;
	_cleanup_free_ char *text = NULL;
	int r;

	r = trial_open(state, false, &dir);
	if (r < 0)
		return r;
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = lpd_read_fd(fd, TRIAL_SIZE_MAX, &text, NULL);
	return r < 0 ? r : parse(text, ret);
}

int trial_write(const char *state, const char *name, const struct trial *trial)
{
	_cleanup_(lpd_json_putp) struct json_object *object = json_object_new_object();
	_cleanup_close_ int dir = -1;
	const char *text;
	int r;

	json_object_object_add(object, "state", json_object_new_string(state_names[trial->state]));
	json_object_object_add(object, "sha256", json_object_new_string(trial->sha256));
	if (trial->state < TRIAL_GOOD)
		json_object_object_add(object, "earlier", json_object_new_string(trial->earlier));
	json_object_object_add(object, "boot", json_object_new_string(trial->boot));
	json_object_object_add(object, "since", json_object_new_uint64(trial->since));
	json_object_object_add(object, "reason", json_object_new_string(trial->reason ?: ""));
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY);
	r = trial_open(state, true, &dir);
	return r < 0 ? r : lpd_write_atomic(dir, name, text, strlen(text));
}

int trial_remove(const char *state, const char *name)
{
	_cleanup_close_ int dir = -1;
	int r;

	r = trial_open(state, false, &dir);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (unlinkat(dir, name, 0) < 0)
		return errno == ENOENT ? 0 : -errno;
	return fsync(dir) < 0 ? -errno : 0;
}

int trial_this_boot(char ret[33])
{
	sd_id128_t boot;
	int r = sd_id128_get_boot(&boot);

	if (r >= 0)
		(void)sd_id128_to_string(boot, ret);
	return r;
}

int trial_begin(const char *state, const char *name, const char *sha256)
{
	_cleanup_(trial_clear) struct trial trial = { 0 };
	int r;

	r = trial_read(state, name, &trial);
	if (r >= 0 && trial.state == TRIAL_GOOD && lpd_streq(trial.sha256, sha256))
		return 0;
	if (trial.state == TRIAL_QUARANTINED)
		memcpy(trial.earlier, trial.sha256, sizeof(trial.earlier));
	else if (!trial.earlier[0])
		trial_clear(&trial);
	trial.state = TRIAL_RUNNING;
	trial.since = lpd_now_realtime();
	(void)snprintf(trial.sha256, sizeof(trial.sha256), "%s", sha256);
	r = trial_this_boot(trial.boot);
	return r < 0 ? r : trial_write(state, name, &trial);
}

int trial_abandon(const char *state, const char *name, struct trial *trial)
{
	if (!trial->earlier[0])
		return trial_remove(state, name);
	trial->state = TRIAL_QUARANTINED;
	memcpy(trial->sha256, trial->earlier, sizeof(trial->sha256));
	return trial_write(state, name, trial);
}

char *trial_in_quarantine(const char *state, const char *name, const char *sha256)
{
	_cleanup_(trial_clear) struct trial trial = { 0 };

	if (trial_read(state, name, &trial) < 0 || trial.state != TRIAL_QUARANTINED ||
	    !lpd_streq(trial.sha256, sha256))
		return NULL;
	return TAKE_PTR(trial.reason);
}

// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "model/klp-patch.h"
#include "model/patch-conf.h"
#include "util/ini.h"
#include "util/log.h"
#include "util/time-util.h"

static void list_free(char **list)
{
	for (char **p = list; p && *p; p++)
		free(*p);
	free(list);
}

void patch_conf_clear(struct patch_conf *conf)
{
	list_free(conf->before);
	list_free(conf->after);
	list_free(conf->requires);
	list_free(conf->conflicts);
	list_free(conf->replaces);
	free(conf->health_check);
	*conf = (struct patch_conf){ 0 };
}

bool patch_list_has(char *const *list, const char *name)
{
	for (; list && *list; list++)
		if (lpd_streq(*list, name))
			return true;
	return false;
}

/* ---------------------------------------------------------------- parsing */

static int list_add(char ***list, const char *word)
{
	_cleanup_free_ char *name = strdup(word);
	char **grown;
	size_t n = 0;
	int r;

	if (!name)
		return -ENOMEM;
	r = klp_normalize_name(name);
	if (r < 0)
		return r;
	if (patch_list_has(*list, name))
		return 0;
	while (*list && (*list)[n])
		n++;
	grown = reallocarray(*list, n + 2, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	grown[n] = TAKE_PTR(name);
	grown[n + 1] = NULL;
	*list = grown;
	return 0;
}

static int parse_list(const char *value, char ***list)
{
	_cleanup_free_ char *copy = strdup(value);
	char *save = NULL;
	int r;

	if (!copy)
		return -ENOMEM;
	if (!*value) {
		list_free(*list);
		*list = NULL;
	}
	for (char *word = strtok_r(copy, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		r = list_add(list, word);
		if (r < 0)
			return r;
	}
	return 0;
}

static int parse_sha256(const char *value, char ret[SHA256_HEX_SIZE])
{
	char text[SHA256_HEX_SIZE] = "";

	if (*value && strlen(value) != SHA256_HEX_SIZE - 1)
		return -EINVAL;
	for (size_t i = 0; value[i]; i++) {
		if (!isxdigit((unsigned char)value[i]))
			return -EINVAL;
		text[i] = (char)tolower((unsigned char)value[i]);
	}
	memcpy(ret, text, sizeof(text));
	return 0;
}

static int parse_boolean(const char *value, bool *ret)
{
	static const char *const yes[] = { "1", "yes", "y", "true", "t", "on" };
	static const char *const no[] = { "0", "no", "n", "false", "f", "off" };

	for (size_t i = 0; i < ELEMENTSOF(yes); i++)
		if (strcasecmp(value, yes[i]) == 0 || strcasecmp(value, no[i]) == 0) {
			*ret = strcasecmp(value, yes[i]) == 0;
			return 0;
		}
	return -EINVAL;
}

static int parse_timeout(struct patch_conf *conf, const char *value)
{
	int r;

	conf->has_timeout = *value;
	if (!*value)
		return 0;
	r = lpd_parse_timespan(value, &conf->timeout_usec);
	return r < 0 ? r : 0;
}

static int parse_on_timeout(struct patch_conf *conf, const char *value)
{
	conf->has_on_timeout = *value;
	return *value ? on_timeout_from_name(value, &conf->on_timeout) : 0;
}

static int parse_enabled(struct patch_conf *conf, const char *value)
{
	bool enabled = true;
	int r = *value ? parse_boolean(value, &enabled) : 0;

	conf->disabled = !enabled;
	return r;
}

static int parse_keep(struct patch_conf *conf, const char *value)
{
	conf->keep = false;
	return *value ? parse_boolean(value, &conf->keep) : 0;
}

static int parse_health_check(struct patch_conf *conf, const char *value)
{
	free(conf->health_check);
	conf->health_check = *value ? strdup(value) : NULL;
	return *value && !conf->health_check ? -ENOMEM : 0;
}

struct parse {
	struct patch_conf conf;
	const char *file;
	struct failure *failure;
};

static int assignment(const char *section, const char *key, const char *value, unsigned int line, void *userdata)
{
	struct parse *parse = userdata;
	struct patch_conf *conf = &parse->conf;
	const char *expected = "names of patches";
	int r;

	if (!lpd_streq(section, "Patch")) {
		lpd_log(LOG_WARNING, "%s:%u: unknown section [%s], ignored", parse->file, line, section);
		return 0;
	}

	if (lpd_streq(key, "Before")) {
		r = parse_list(value, &conf->before);
	} else if (lpd_streq(key, "After")) {
		r = parse_list(value, &conf->after);
	} else if (lpd_streq(key, "Requires")) {
		r = parse_list(value, &conf->requires);
	} else if (lpd_streq(key, "Conflicts")) {
		r = parse_list(value, &conf->conflicts);
	} else if (lpd_streq(key, "Replaces")) {
		r = parse_list(value, &conf->replaces);
	} else if (lpd_streq(key, "Keep")) {
		r = parse_keep(conf, value);
		expected = "yes or no";
	} else if (lpd_streq(key, "SHA256")) {
		r = parse_sha256(value, conf->sha256);
		expected = "64 hex digits";
	} else if (lpd_streq(key, "Timeout")) {
		r = parse_timeout(conf, value);
		expected = "a time span such as 30s, or infinity";
	} else if (lpd_streq(key, "OnTimeout")) {
		r = parse_on_timeout(conf, value);
		expected = "reverse, keep or force";
	} else if (lpd_streq(key, "HealthCheck")) {
		r = parse_health_check(conf, value);
	} else if (lpd_streq(key, "Enabled")) {
		r = parse_enabled(conf, value);
		expected = "yes or no";
	} else {
		lpd_log(LOG_WARNING, "%s:%u: unknown key %s=, ignored", parse->file, line, key);
		return 0;
	}

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return failure_set(parse->failure, FAILURE_INVALID_ARGUMENT, "%s:%u: %s=%s: expected %s", parse->file,
				   line, key, value, expected);
	return 0;
}

int patch_conf_parse(struct patch_conf *conf, const char *file, const char *text, struct failure *failure)
{
	struct parse parse = { .file = file, .failure = failure };
	const char *reason;
	unsigned int line;
	int r;

	r = lpd_ini_parse(text, assignment, NULL, &parse, &line, &reason);
	if (r < 0) {
		patch_conf_clear(&parse.conf);
		return r == -EBADMSG ? failure_set(failure, FAILURE_INVALID_ARGUMENT, "%s:%u: %s", file, line, reason) :
				       r;
	}
	patch_conf_clear(conf);
	*conf = parse.conf;
	return 0;
}

/* ------------------------------------------------------------ all of them */

void patch_confs_clear(struct patch_confs *confs)
{
	for (size_t i = 0; i < confs->n; i++) {
		free(confs->files[i].name);
		patch_conf_clear(&confs->files[i].conf);
	}
	free(confs->files);
	*confs = (struct patch_confs){ 0 };
}

static const struct patch_conf_file *find(const struct patch_confs *confs, const char *name)
{
	for (size_t i = 0; i < confs->n; i++)
		if (lpd_streq(confs->files[i].name, name))
			return confs->files + i;
	return NULL;
}

bool patch_confs_has(const struct patch_confs *confs, const char *name)
{
	return find(confs, name);
}

const struct patch_conf *patch_confs_find(const struct patch_confs *confs, const char *name)
{
	static const struct patch_conf nothing;
	const struct patch_conf_file *file = find(confs, name);

	return file ? &file->conf : &nothing;
}

int patch_confs_check_replace(const struct patch_confs *confs, const char *name, enum klp_replace replace,
			      const char *other, struct failure *failure)
{
	const struct patch_conf *own = patch_confs_find(confs, name);
	bool keep = patch_confs_find(confs, other)->keep;

	if (replace == KLP_REPLACE_NO || (!keep && (!own->replaces || patch_list_has(own->replaces, other))))
		return 0;
	return failure_set(failure, FAILURE_CONFLICT,
			   "%s%s replaces %s, which must stay, as %s in " PATCH_CONF_DIR "/%s.conf says; change that, or "
			   "unload %s first.",
			   replace == KLP_REPLACE_YES ? "" : "It is not known whether ", name, other,
			   keep ? "Keep=" : "Replaces=", keep ? other : name, other);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_PATCH_CONF_H
#define LIVEPATCHD_PATCH_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "model/config.h"
#include "model/failure.h"
#include "model/klp-patch.h"
#include "model/module-id.h"

#define PATCH_CONF_DIR "/etc/livepatchd/patches.d"

/**
 * struct patch_conf - what the administrator declares of a patch, in NAME.conf
 * @before: Before=, patches that come after this one; NULL-terminated, owned, as the next four
 * @after: After=
 * @requires: Requires=, which also say After=
 * @conflicts: Conflicts=
 * @replaces: Replaces=, all that this one may replace; NULL: whatever there is
 * @sha256: SHA256=, "": any file will do
 * @has_timeout: @timeout_usec is given
 * @timeout_usec: Timeout=
 * @has_on_timeout: @on_timeout is given
 * @on_timeout: OnTimeout=
 * @health_check: HealthCheck=, a command for the shell; owned, NULL: none
 * @keep: Keep=yes, none may replace this one
 * @disabled: Enabled=no
 */
struct patch_conf {
	char **before;
	char **after;
	char **requires;
	char **conflicts;
	char **replaces;
	char sha256[SHA256_HEX_SIZE];
	bool has_timeout;
	uint64_t timeout_usec;
	bool has_on_timeout;
	enum on_timeout on_timeout;
	char *health_check;
	bool keep;
	bool disabled;
};

/**
 * struct patch_conf_file - the drop-in of one patch
 * @name: the patch's; owned
 */
struct patch_conf_file {
	char *name;
	struct patch_conf conf;
};

/**
 * struct patch_confs - all drop-ins, by name
 */
struct patch_confs {
	struct patch_conf_file *files;
	size_t n;
};

/**
 * patch_conf_parse - take over the assignments of a drop-in
 * @conf: changed by what is right in @text, untouched on failure
 * @file: its name, for messages
 * @text: its content
 * @failure: says file, line and what is wrong
 *
 * Lists add up; an empty assignment clears what was there, as in systemd.
 *
 * Return: 0, -EBADE, -ENOMEM.
 */
int patch_conf_parse(struct patch_conf *conf, const char *file, const char *text, struct failure *failure);

void patch_conf_clear(struct patch_conf *conf);

void patch_confs_clear(struct patch_confs *confs);

/** patch_confs_has - whether there is a drop-in of the patch @name */
bool patch_confs_has(const struct patch_confs *confs, const char *name);

/** patch_confs_find - the drop-in of the patch @name, one that declares nothing if there is none */
const struct patch_conf *patch_confs_find(const struct patch_confs *confs, const char *name);

/**
 * patch_confs_check_replace - whether the drop-ins let one patch replace another
 * @confs: all of them
 * @name: the one that would
 * @replace: whether it would; where that is not known, it may
 * @other: the one that would go
 * @failure: why not
 *
 * Return: 0, -EBADE.
 */
int patch_confs_check_replace(const struct patch_confs *confs, const char *name, enum klp_replace replace,
			      const char *other, struct failure *failure);

/** patch_list_has - whether a list of names has @name; @list may be NULL */
bool patch_list_has(char *const *list, const char *name);

#endif

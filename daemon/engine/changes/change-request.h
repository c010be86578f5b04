/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_CHANGE_REQUEST_H
#define LIVEPATCHD_CHANGE_REQUEST_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/config.h"
#include "model/patch.h"
#include "wire/codec.h"

/**
 * struct change_request - what is asked for
 * @name: the patch's, normalized
 * @backend: whose it is; only for loads, as the next six
 * @file: where it is
 * @sha256: of it
 * @build_id: of it, "" if it has none
 * @srcversion: of it, "" if it has none
 * @replace: whether it replaces those before it
 * @replaces: patches that surely go when it comes; may be NULL
 * @requires: patches that have to be loaded before; may be NULL, as the next two
 * @conflicts: patches that must not be loaded
 * @required_by: only for unloads: patches that must not be loaded either
 * @how: the helper's transition; only for its patches
 * @timeout_usec: 0: none
 * @on_timeout: what then
 * @names_how: who asks said something of @how, and not only the configuration
 * @names_timeout: likewise of @timeout_usec
 * @names_on_timeout: likewise of @on_timeout
 * @persist: have it loaded at the next boot, too, or no more
 * @installed: only for unloads: it is to be loaded at the next boot
 * @uid: who asks
 */
struct change_request {
	const char *name;
	enum patch_backend_id backend;
	const char *file;
	const char *sha256;
	const char *build_id;
	const char *srcversion;
	enum klp_replace replace;
	struct json_object *replaces;
	struct json_object *requires;
	struct json_object *conflicts;
	struct json_object *required_by;
	struct codec_change how;
	uint64_t timeout_usec;
	enum on_timeout on_timeout;
	bool names_how;
	bool names_timeout;
	bool names_on_timeout;
	bool persist;
	bool installed;
	uint32_t uid;
};

/**
 * change_request_from_inspection - what an inspection found, as a request
 * @config: for what it does not tell
 * @inspection: of one patch, see inspect.h; has to outlive @ret
 */
void change_request_from_inspection(const struct config *config, struct json_object *inspection,
				    struct change_request *ret);

#endif

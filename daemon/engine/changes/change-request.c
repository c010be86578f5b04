// SPDX-License-Identifier: GPL-2.0-only
#include "engine/changes/change-request.h"
#include "util/util.h"

static const char *get(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key)) ?: "";
}

void change_request_from_inspection(const struct config *config, struct json_object *inspection,
				    struct change_request *ret)
{
	bool helper = lpd_streq(get(inspection, "backend"), patch_backend_name(PATCH_HELPER));
	struct json_object *timeout_usec, *on_timeout;

	*ret = (struct change_request){
		.name = get(inspection, "name"),
		.backend = helper ? PATCH_HELPER : PATCH_KLP,
		.file = get(inspection, "file"),
		.sha256 = get(inspection, "sha256"),
		.build_id = get(inspection, "build_id"),
		.srcversion = get(inspection, "srcversion"),
		.replaces = json_object_object_get(inspection, "replaces"),
		.requires = json_object_object_get(inspection, "requires"),
		.conflicts = json_object_object_get(inspection, "conflicts"),
		.how = { .strategy = config->strategy, .consistency = config->consistency },
		.timeout_usec = config->timeout_usec,
		.on_timeout = config->on_timeout,
	};
	(void)klp_replace_from_name(get(inspection, "replace"), &ret->replace);
	if (json_object_object_get_ex(inspection, "timeout_usec", &timeout_usec))
		ret->timeout_usec = json_object_get_uint64(timeout_usec);
	if (json_object_object_get_ex(inspection, "on_timeout", &on_timeout))
		(void)on_timeout_from_name(json_object_get_string(on_timeout), &ret->on_timeout);
}

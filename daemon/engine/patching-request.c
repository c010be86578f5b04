// SPDX-License-Identifier: GPL-2.0-only
#include "engine/patching.h"

static const char *get(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key)) ?: "";
}

void patching_request_from_survey(const struct config *config, struct json_object *survey,
				  struct patching_request *ret)
{
	bool helper = lpd_streq(get(survey, "backend"), patch_backend_name(PATCH_HELPER));
	struct json_object *timeout_usec, *on_timeout;

	*ret = (struct patching_request){
		.name = get(survey, "name"),
		.backend = helper ? PATCH_HELPER : PATCH_KLP,
		.file = get(survey, "file"),
		.sha256 = get(survey, "sha256"),
		.build_id = get(survey, "build_id"),
		.srcversion = get(survey, "srcversion"),
		.requires = json_object_object_get(survey, "requires"),
		.conflicts = json_object_object_get(survey, "conflicts"),
		.how = { .strategy = config->strategy, .consistency = config->consistency },
		.timeout_usec = config->timeout_usec,
		.on_timeout = config->on_timeout,
	};
	if (json_object_object_get_ex(survey, "timeout_usec", &timeout_usec))
		ret->timeout_usec = json_object_get_uint64(timeout_usec);
	if (json_object_object_get_ex(survey, "on_timeout", &on_timeout))
		(void)on_timeout_from_name(json_object_get_string(on_timeout), &ret->on_timeout);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCHD_JSON_UTIL_H
#define LIVEPATCHD_JSON_UTIL_H

#include <json-c/json.h>

/* For _cleanup_(). */
static inline void lpd_json_putp(struct json_object **object)
{
	(void)json_object_put(*object);
}

#endif

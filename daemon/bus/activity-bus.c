// SPDX-License-Identifier: GPL-2.0-only
#include <systemd/sd-daemon.h>

#include "bus/activity-bus.h"
#include "bus/api.h"
#include "bus/bus-util.h"
#include "engine/changes/changes.h"
#include "engine/tracing/tracing.h"
#include "util/log.h"

const char *activity_bus_state(const struct api *api, struct transition **ret_current)
{
	struct transition *current = NULL;
	const char *state = "idle";
	bool to_patch;

	for (int i = 0; !current && i < _PATCH_BACKEND_MAX; i++)
		current = changes_current(api->changes, i, &to_patch);
	if (current) {
		state = to_patch ? "patching" : "unpatching";
	} else {
		current = tracing_current(api->tracing);
		if (current)
			state = "tracing";
	}
	if (ret_current)
		*ret_current = current;
	return state;
}

void activity_bus_update(struct api *api)
{
	struct transition *current;
	const char *state = activity_bus_state(api, &current);
	uint64_t id = current ? current->id : 0;
	int r;

	if (lpd_streq(state, api->told_state) && id == api->told_current)
		return;
	api->told_state = state;
	api->told_current = id;
	r = sd_bus_emit_properties_changed(api->bus, BUS_PATH, MANAGER_INTERFACE, "TransitionState",
					   "CurrentTransition", NULL);
	if (r < 0)
		lpd_log(LOG_WARNING, "Cannot tell the bus of a change: %s", strerror(-r));
	(void)sd_notifyf(false, "STATUS=%s%s%s", state, current ? ": " : "", current ? current->subject : "");
}

// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <systemd/sd-daemon.h>

#include "bus/hits-bus.h"
#include "bus/manager-bus.h"
#include "bus/patch-bus.h"
#include "bus/request.h"
#include "bus/tracer-bus.h"
#include "bus/transition-bus.h"
#include "engine/batch.h"
#include "engine/helper.h"
#include "engine/history.h"
#include "engine/holds.h"
#include "engine/patching.h"
#include "engine/stacking.h"
#include "engine/tracing.h"
#include "engine/transition-watch.h"
#include "engine/trials.h"
#include "service/manager.h"
#include "util/log.h"

const char *manager_state(struct manager *m, struct transition **ret_current)
{
	struct transition *current;
	const char *state = "idle";
	bool patching;

	current = m->patching ? patching_current(m, &patching) : NULL;
	if (!current && m->stacking)
		current = stacking_current(m, &patching);
	if (current) {
		state = patching ? "patching" : "unpatching";
	} else {
		current = tracing_current(m);
		if (current)
			state = "tracing";
	}
	if (ret_current)
		*ret_current = current;
	return state;
}

void manager_update(struct manager *m)
{
	struct transition *current;
	const char *state = manager_state(m, &current);
	uint64_t id = current ? current->id : 0;

	if (lpd_streq(state, m->told_state) && id == m->told_current)
		return;
	m->told_state = state;
	m->told_current = id;
	manager_bus_state_changed(m);
	(void)sd_notifyf(false, "STATUS=%s%s%s", state, current ? ": " : "", current ? current->subject : "");
}

void manager_ready(struct manager *m)
{
	void (*ready)(void *userdata) = TAKE_PTR(m->ready);

	if (ready)
		ready(m->ready_userdata);
}

static void on_module(void *userdata)
{
	patching_module_event(userdata);
}

static void on_news(enum transition_news what, void *userdata)
{
	patching_news(userdata, what);
}

static void on_watch_changed(void *userdata)
{
	manager_bus_watch_changed(userdata);
}

static const struct transition_watch_observer watch_observer = {
	.news = on_news,
	.changed = on_watch_changed,
};

static int register_bus(struct manager *m)
{
	int r;

	r = manager_bus_register(m);
	if (r < 0)
		return r;
	r = patch_bus_register(m);
	if (r < 0)
		return r;
	r = tracer_bus_register(m);
	if (r < 0)
		return r;
	return transition_bus_register(m);
}

static int start(struct manager *m)
{
	int r;

	r = requests_new(&m->requests);
	if (r < 0)
		return r;
	r = operations_new(m->event, &m->operations);
	if (r < 0)
		return r;
	r = store_open(m->setup.run, &m->store);
	if (r < 0) {
		lpd_log(LOG_ERR, "Cannot use %s: %s", m->setup.run, strerror(-r));
		return r;
	}
	r = history_new(m->operations, m->store, m->setup.state, &m->history);
	if (r < 0)
		return r;
	r = trials_new(m, &m->trials);
	if (r < 0)
		return r;
	r = trials_resume(m->trials);
	if (r < 0)
		lpd_log(LOG_ERR, "Cannot see which patches are on trial: %s", strerror(-r));
	r = batch_new(m, &m->batch);
	if (r < 0)
		return r;
	r = patching_new(m, &m->patching);
	if (r < 0)
		return r;
	r = tracing_new(m, &m->tracing);
	if (r < 0)
		return r;
	r = holds_new(m, &m->holds);
	if (r < 0)
		return r;
	r = hits_new(m, &m->hits);
	if (r < 0)
		return r;
	r = stacking_new(m, &m->stacking);
	if (r < 0)
		return r;
	r = helper_new(m, &m->helper);
	if (r < 0)
		return r;
	r = transition_watch_new(m->event, m->operations, &watch_observer, m, &m->watch);
	if (r < 0)
		return r;
	r = register_bus(m);
	if (r < 0)
		return r;
	/* Without it modules that others load are noticed a little later. */
	r = uevent_new(m->event, on_module, m, &m->uevent);
	if (r < 0)
		lpd_log(LOG_NOTICE, "Cannot hear of modules from the kernel: %s", strerror(-r));
	r = holds_resume(m);
	if (r < 0)
		return r;
	r = stacking_resume(m);
	if (r < 0)
		return r;
	r = patching_resume(m);
	if (r < 0)
		return r;
	r = batch_resume(m);
	if (r < 0)
		return r;
	history_resume(m->history);
	return 0;
}

int manager_new(sd_event *event, sd_bus *bus, const struct manager_setup *setup, void (*ready)(void *userdata),
		void *userdata, struct manager **ret)
{
	_cleanup_(manager_freep) struct manager *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return -ENOMEM;
	m->setup = *setup;
	m->event = sd_event_ref(event);
	m->bus = sd_bus_ref(bus);
	m->ready = ready;
	m->ready_userdata = userdata;
	m->told_state = "idle";
	patches_init(&m->patches, &patch_bus_observer, m);
	tracers_init(&m->tracers, &tracer_bus_observer, m);
	transitions_init(&m->transitions, &transition_bus_observer, m);
	if (uname(&m->uts) < 0)
		return -errno;
	r = start(m);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(m);
	return 0;
}

struct manager *manager_free(struct manager *m)
{
	if (m->requests)
		(void)requests_free(m->requests);
	if (m->uevent)
		(void)uevent_free(m->uevent);
	if (m->watch)
		(void)transition_watch_free(m->watch);
	if (m->helper)
		(void)helper_free(m->helper);
	if (m->stacking)
		(void)stacking_free(m->stacking);
	if (m->hits)
		(void)hits_free(m->hits);
	if (m->holds)
		(void)holds_free(m->holds);
	if (m->tracing)
		(void)tracing_free(m->tracing);
	if (m->patching)
		(void)patching_free(m->patching);
	if (m->batch)
		(void)batch_free(m->batch);
	if (m->trials)
		(void)trials_free(m->trials);
	if (m->history)
		(void)history_free(m->history);
	if (m->operations)
		(void)operations_free(m->operations);
	if (m->store)
		(void)store_free(m->store);
	/* The objects' last word went out with the state they are in. */
	(void)sd_bus_flush(m->bus);
	patches_clear(&m->patches);
	tracers_clear(&m->tracers);
	transitions_clear(&m->transitions);
	sd_bus_unref(m->bus);
	sd_event_unref(m->event);
	free(m);
	return NULL;
}

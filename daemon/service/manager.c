// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "bus/activity-bus.h"
#include "bus/hits-bus.h"
#include "bus/manager-bus.h"
#include "bus/patch-bus.h"
#include "bus/tracer-bus.h"
#include "bus/transition-bus.h"
#include "engine/changes/batch.h"
#include "engine/changes/changes.h"
#include "engine/changes/helper-patches.h"
#include "engine/changes/history.h"
#include "engine/changes/klp-patches.h"
#include "engine/changes/trials.h"
#include "engine/helper-link.h"
#include "engine/store.h"
#include "engine/tracing/tracer-owner.h"
#include "engine/tracing/tracing.h"
#include "engine/transition-watch.h"
#include "kernel/uevent.h"
#include "service/manager.h"
#include "util/log.h"
#include "worker/operation.h"

/* ------------------------------------------------------------- who is told */

static void on_module(void *userdata)
{
	struct manager *m = userdata;

	klp_patches_module_event(m->klp);
}

static void on_news(enum transition_news what, void *userdata)
{
	struct manager *m = userdata;

	klp_patches_news(m->klp, what);
}

static void on_watch_changed(void *userdata)
{
	struct manager *m = userdata;

	manager_bus_watch_changed(&m->api);
}

static const struct transition_watch_observer watch_observer = {
	.news = on_news,
	.changed = on_watch_changed,
};

static void on_quarantined(void *userdata)
{
	struct manager *m = userdata;

	manager_bus_quarantined_changed(&m->api);
}

static void on_helper_changed(void *userdata)
{
	struct manager *m = userdata;

	manager_bus_helper_changed(&m->api);
	activity_bus_update(&m->api);
}

static const struct helper_observer helper_observer = { .changed = on_helper_changed };

/* The helper is the last that has to answer, or not to be there. */
static void on_looked(enum patch_backend_id backend, void *userdata)
{
	struct manager *m = userdata;

	if (backend == PATCH_HELPER && !m->engine.known) {
		m->engine.known = true;
		m->ready(m->ready_userdata);
	}
	activity_bus_update(&m->api);
}

static const struct changes_observer looked_observer = { .looked = on_looked };

static void forget_operations(void *object, const void *userdata)
{
	operations_forget(object, userdata);
}

static void forget_tracing(void *object, const void *userdata)
{
	tracing_forget(object, userdata);
}

static void forget_helper(void *object, const void *userdata)
{
	helper_forget(object, userdata);
}

/* ----------------------------------------------------------------- making it */

static int make_changes(struct manager *m)
{
	const struct changes_observers *observers;
	struct engine *engine = &m->engine;
	int r;

	r = changes_new(engine, &m->api.changes);
	if (r < 0)
		return r;
	observers = changes_observers(m->api.changes);
	r = klp_patches_new(engine, observers, m->watch, &m->klp);
	if (r < 0)
		return r;
	changes_add_backend(m->api.changes, klp_patches_queue(m->klp));
	r = helper_patches_new(engine, observers, m->api.helper, &m->helper_patches);
	if (r < 0)
		return r;
	changes_add_backend(m->api.changes, helper_patches_queue(m->helper_patches));

	/* In the order in which they have to hear of what settles. */
	r = trials_new(engine, m->api.changes, on_quarantined, m, &m->api.trials);
	if (r < 0)
		return r;
	r = changes_subscribe(m->api.changes, &history_observer, engine->history);
	if (r < 0)
		return r;
	r = batch_new(engine, m->api.changes, &m->api.batch);
	if (r < 0)
		return r;
	return changes_subscribe(m->api.changes, &looked_observer, m);
}

static int make_engine(struct manager *m)
{
	struct engine *engine = &m->engine;
	int r;

	r = operations_new(engine->event, &engine->operations);
	if (r < 0)
		return r;
	r = store_open(engine->setup.run, &engine->store);
	if (r < 0) {
		lpd_log(LOG_ERR, "Cannot use %s: %s", engine->setup.run, strerror(-r));
		return r;
	}
	r = history_new(engine->operations, engine->store, engine->setup.state, &engine->history);
	if (r < 0)
		return r;
	r = helper_new(engine, &m->api.helper);
	if (r < 0)
		return r;
	r = transition_watch_new(engine->event, engine->operations, &watch_observer, m, &m->watch);
	if (r < 0)
		return r;
	m->api.watch = m->watch;
	r = tracing_new(engine, m->api.helper, &m->api.tracing);
	if (r < 0)
		return r;
	r = tracer_owners_new(engine, m->api.tracing, m->api.bus, &m->api.owners);
	if (r < 0)
		return r;
	r = make_changes(m);
	if (r < 0)
		return r;
	return helper_subscribe(m->api.helper, &helper_observer, m);
}

static int make_bus(struct manager *m)
{
	int r;

	m->waits[0] = (struct request_wait){ forget_operations, m->engine.operations };
	m->waits[1] = (struct request_wait){ forget_tracing, m->api.tracing };
	m->waits[2] = (struct request_wait){ forget_helper, m->api.helper };
	r = requests_new(m->waits, ELEMENTSOF(m->waits), &m->api.requests);
	if (r < 0)
		return r;
	r = hits_new(&m->api, &m->api.hits);
	if (r < 0)
		return r;
	r = manager_bus_register(&m->api);
	if (r < 0)
		return r;
	r = patch_bus_register(&m->api);
	if (r < 0)
		return r;
	r = tracer_bus_register(&m->api);
	if (r < 0)
		return r;
	return transition_bus_register(&m->api);
}

/* Takes up what the daemon before was at. */
static int resume(struct manager *m)
{
	int r;

	r = trials_resume(m->api.trials);
	if (r < 0)
		lpd_log(LOG_ERR, "Cannot see which patches are on trial: %s", strerror(-r));
	r = tracer_owners_resume(m->api.owners);
	if (r < 0)
		return r;
	r = changes_resume(m->api.changes);
	if (r < 0)
		return r;
	r = batch_resume(m->api.batch);
	if (r < 0)
		return r;
	history_resume(m->engine.history);
	return 0;
}

int manager_new(sd_event *event, sd_bus *bus, const struct engine_setup *setup, void (*ready)(void *userdata),
		void *userdata, struct manager **ret)
{
	_cleanup_(manager_freep) struct manager *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return -ENOMEM;
	m->engine.setup = *setup;
	m->engine.event = sd_event_ref(event);
	m->api.engine = &m->engine;
	m->api.bus = sd_bus_ref(bus);
	m->api.told_state = "idle";
	m->ready = ready;
	m->ready_userdata = userdata;
	patches_init(&m->engine.patches, &patch_bus_observer, &m->api);
	tracers_init(&m->engine.tracers, &tracer_bus_observer, &m->api);
	transitions_init(&m->engine.transitions, &transition_bus_observer, &m->api);
	if (uname(&m->engine.uts) < 0)
		return -errno;
	r = make_engine(m);
	if (r < 0)
		return r;
	r = make_bus(m);
	if (r < 0)
		return r;
	/* Without it modules that others load are noticed a little later. */
	r = uevent_new(event, on_module, m, &m->uevent);
	if (r < 0)
		lpd_log(LOG_NOTICE, "Cannot hear of modules from the kernel: %s", strerror(-r));
	r = resume(m);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(m);
	return 0;
}

struct manager *manager_free(struct manager *m)
{
	if (m->api.requests)
		(void)requests_free(m->api.requests);
	if (m->uevent)
		(void)uevent_free(m->uevent);
	if (m->watch)
		(void)transition_watch_free(m->watch);
	if (m->api.helper)
		(void)helper_free(m->api.helper);
	if (m->api.hits)
		(void)hits_free(m->api.hits);
	if (m->api.owners)
		(void)tracer_owners_free(m->api.owners);
	if (m->api.tracing)
		(void)tracing_free(m->api.tracing);
	if (m->helper_patches)
		(void)helper_patches_free(m->helper_patches);
	if (m->klp)
		(void)klp_patches_free(m->klp);
	if (m->api.batch)
		(void)batch_free(m->api.batch);
	if (m->api.trials)
		(void)trials_free(m->api.trials);
	if (m->api.changes)
		(void)changes_free(m->api.changes);
	if (m->engine.history)
		(void)history_free(m->engine.history);
	if (m->engine.operations)
		(void)operations_free(m->engine.operations);
	if (m->engine.store)
		(void)store_free(m->engine.store);
	/* The objects' last word went out with the state they are in. */
	(void)sd_bus_flush(m->api.bus);
	patches_clear(&m->engine.patches);
	tracers_clear(&m->engine.tracers);
	transitions_clear(&m->engine.transitions);
	sd_bus_unref(m->api.bus);
	sd_event_unref(m->engine.event);
	free(m);
	return NULL;
}

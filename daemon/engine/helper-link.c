// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sys/queue.h>

#include "engine/helper-link.h"
#include "util/log.h"
#include "util/time-util.h"
#include "wire/codec.h"
#include "worker/kernel-ops.h"
#include "worker/operation.h"

#define HELPER "livepatch_helper"
#define PROBE_USEC (60 * USEC_PER_SEC)
#define REFRESH_USEC (300 * USEC_PER_MSEC)

/**
 * struct listing - a dump for somebody else
 */
struct listing {
	LIST_ENTRY(listing) link;
	helper_listed_t listed;		/* NULL: nobody waits any more */
	void *userdata;
};

/**
 * struct waiter - somebody who needs the helper to be there
 */
struct waiter {
	TAILQ_ENTRY(waiter) link;
	helper_needed_t needed;		/* NULL: nobody waits any more */
	void *userdata;
};

struct helper_subscription {
	STAILQ_ENTRY(helper_subscription) link;
	const struct helper_observer *observer;
	void *userdata;
};

/**
 * struct helper - the link
 * @observers: those who are told
 * @listings: dumps for others
 * @waiters: those who wait for it to be loaded
 * @version: its own, "" while it is not known
 * @told_up: what was told of it last
 * @probing: a child loads the module
 * @again: when all is to be read anew
 */
struct helper {
	struct engine *engine;
	struct genl *genl;
	STAILQ_HEAD(, helper_subscription) observers;
	LIST_HEAD(, listing) listings;
	TAILQ_HEAD(, waiter) waiters;
	char version[64];
	bool told_up;
	bool probing;
	sd_event_source *again;
};

/* Calls @what of each observer that has it. */
#define TELL(helper, what, ...)                                                                      \
	do {                                                                                         \
		for (const struct helper_subscription *s_ = STAILQ_FIRST(&(helper)->observers); s_;  \
		     s_ = STAILQ_NEXT(s_, link))                                                     \
			if (s_->observer->what)                                                      \
				s_->observer->what(__VA_ARGS__ __VA_OPT__(, ) s_->userdata);         \
	} while (0)

bool helper_is_up(const struct helper *h)
{
	return genl_is_up(h->genl);
}

const char *helper_version(const struct helper *h)
{
	return h->version;
}

/* Soon, but not as often as somebody else changes things. */
static void refresh_soon(struct helper *h)
{
	int enabled = SD_EVENT_OFF;

	(void)sd_event_source_get_enabled(h->again, &enabled);
	if (enabled != SD_EVENT_OFF)
		return;
	(void)sd_event_source_set_time_relative(h->again, REFRESH_USEC);
	(void)sd_event_source_set_enabled(h->again, SD_EVENT_ONESHOT);
}

void helper_refresh_soon(struct helper *h)
{
	refresh_soon(h);
}

/* -------------------------------------------------------- what it tells */

static void on_info(const void *attributes, size_t size, void *userdata)
{
	struct helper *h = userdata;

	if (codec_decode_version(attributes, size, h->version, sizeof(h->version)) >= 0)
		TELL(h, changed);
}

static void refresh(struct helper *h)
{
	int r = genl_request(h->genl, LPH_CMD_GET_INFO, false, NULL, NULL, on_info, NULL, h);

	if (r < 0)
		lpd_log(LOG_ERR, "Cannot read the helper's version: %s", strerror(-r));
	TELL(h, up);
}

static int on_again(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct helper *h = userdata;

	(void)source;
	(void)usec;
	if (helper_is_up(h))
		refresh(h);
	return 0;
}

static void on_op_gone(struct helper *h, const void *attributes, size_t size)
{
	_cleanup_(codec_op_clear) struct codec_op op = { 0 };

	if (codec_decode_op(attributes, size, &op) >= 0)
		TELL(h, op_gone, &op);
}

static void on_event(uint8_t command, const void *attributes, size_t size, void *userdata)
{
	struct helper *h = userdata;
	struct codec_transition transition;

	switch (command) {
	case LPH_CMD_TRANSITION_EVENT:
		if (codec_decode_transition(attributes, size, &transition) >= 0)
			TELL(h, transition, &transition);
		break;
	case LPH_CMD_PATCH_EVENT:
		TELL(h, patches_changed);
		break;
	case LPH_CMD_OP_GONE_EVENT:
		on_op_gone(h, attributes, size);
		break;
	default:
		break;
	}
}

static void on_overrun(void *userdata)
{
	struct helper *h = userdata;

	lpd_log(LOG_NOTICE, "Events of the helper were lost; reading its state anew.");
	refresh(h);
	/* Those queued before the lost ones are still to come, and may begin what has long settled: look once more. */
	refresh_soon(h);
}

/* ------------------------------------------------- whether it is there */

static void tell_waiters(struct helper *h, enum failure_kind kind, const char *message)
{
	_cleanup_(failure_clear) struct failure failure = { 0 };
	struct waiter *waiter;

	if (kind != FAILURE_NONE)
		(void)failure_set(&failure, kind, "%s", message);
	while ((waiter = TAILQ_FIRST(&h->waiters))) {
		TAILQ_REMOVE(&h->waiters, waiter, link);
		if (waiter->needed)
			waiter->needed(&failure, waiter->userdata);
		free(waiter);
	}
}

static void on_up(void *userdata)
{
	struct helper *h = userdata;

	lpd_log(LOG_INFO, "The helper is there.");
	h->told_up = true;
	TELL(h, changed);
	refresh(h);
	tell_waiters(h, FAILURE_NONE, NULL);
}

static void on_down(void *userdata)
{
	struct helper *h = userdata;
	bool was_up = TAKE(h->told_up, false);

	h->version[0] = '\0';
	TELL(h, down);
	if (was_up) {
		lpd_log(LOG_NOTICE, "The helper is gone.");
		TELL(h, changed);
	}
	if (!h->probing)
		tell_waiters(h, FAILURE_HELPER_MISSING,
			     "The module " HELPER " is not loaded, or was unloaded in the middle of this.");
}

static void on_probed(int r, struct json_object *result, struct failure *failure, void *userdata)
{
	struct helper *h = userdata;

	(void)result;
	h->probing = false;
	if (helper_is_up(h))
		return;
	if (r >= 0)
		r = genl_look(h->genl);
	if (r < 0)
		tell_waiters(h, FAILURE_HELPER_MISSING,
			     failure->kind != FAILURE_NONE ? failure_message(failure) : strerror(-r));
}

static int probe(struct helper *h)
{
	const struct kernel_request request = { .root = h->engine->setup.root, .name = HELPER };
	int r;

	if (h->probing)
		return 0;
	r = operation_start(h->engine->operations, "load the helper", PROBE_USEC, h->engine->setup.kernel->probe,
			    &request, on_probed, h);
	h->probing = r >= 0;
	return r;
}

int helper_need(struct helper *h, helper_needed_t needed, void *userdata)
{
	struct waiter *waiter;
	int r;

	r = probe(h);
	if (r < 0)
		return r;
	waiter = calloc(1, sizeof(*waiter));
	if (!waiter)
		return -ENOMEM;
	waiter->needed = needed;
	waiter->userdata = userdata;
	TAILQ_INSERT_TAIL(&h->waiters, waiter, link);
	return 0;
}

/* -------------------------------------------------------- for the others */

int helper_request(struct helper *h, uint8_t command, genl_encode_t encode, const void *argument, genl_reply_t reply,
		   genl_done_t done, void *userdata)
{
	return genl_request(h->genl, command, false, encode, argument, reply, done, userdata);
}

int helper_dump(struct helper *h, uint8_t command, genl_encode_t encode, const void *argument, genl_reply_t reply,
		genl_done_t done, void *userdata)
{
	return genl_request(h->genl, command, true, encode, argument, reply, done, userdata);
}

static void on_listed(const void *attributes, size_t size, void *userdata)
{
	struct listing *listing = userdata;

	if (listing->listed)
		listing->listed(attributes, size, 0, listing->userdata);
}

static void on_list_done(int error, const char *message, void *userdata)
{
	struct listing *listing = userdata;
	helper_listed_t listed = listing->listed;
	void *for_whom = listing->userdata;

	(void)message;
	LIST_REMOVE(listing, link);
	free(listing);
	if (listed)
		listed(NULL, 0, error, for_whom);
}

int helper_list(struct helper *h, uint8_t command, helper_listed_t listed, void *userdata)
{
	struct listing *listing;
	int r;

	if (!helper_is_up(h))
		return -ENODEV;
	listing = calloc(1, sizeof(*listing));
	if (!listing)
		return -ENOMEM;
	listing->listed = listed;
	listing->userdata = userdata;
	r = genl_request(h->genl, command, true, NULL, NULL, on_listed, on_list_done, listing);
	if (r < 0) {
		free(listing);
		return r;
	}
	LIST_INSERT_HEAD(&h->listings, listing, link);
	return 0;
}

void helper_forget(struct helper *h, const void *userdata)
{
	struct listing *listing;
	struct waiter *waiter;

	LIST_FOREACH(listing, &h->listings, link)
		if (listing->userdata == userdata)
			listing->listed = NULL;
	TAILQ_FOREACH(waiter, &h->waiters, link)
		if (waiter->userdata == userdata)
			waiter->needed = NULL;
}

int helper_subscribe(struct helper *h, const struct helper_observer *observer, void *userdata)
{
	struct helper_subscription *subscription = malloc(sizeof(*subscription));

	if (!subscription)
		return -ENOMEM;
	subscription->observer = observer;
	subscription->userdata = userdata;
	STAILQ_INSERT_TAIL(&h->observers, subscription, link);
	return 0;
}

static const struct genl_observer genl_observer = {
	.up = on_up,
	.down = on_down,
	.event = on_event,
	.overrun = on_overrun,
};

int helper_new(struct engine *engine, struct helper **ret)
{
	_cleanup_(helper_freep) struct helper *h = calloc(1, sizeof(*h));
	int r;

	if (!h)
		return -ENOMEM;
	h->engine = engine;
	STAILQ_INIT(&h->observers);
	LIST_INIT(&h->listings);
	TAILQ_INIT(&h->waiters);
	r = sd_event_add_time_relative(engine->event, &h->again, CLOCK_MONOTONIC, REFRESH_USEC, 0, on_again, h);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(h->again, SD_EVENT_OFF);
	if (r < 0)
		return r;
	r = genl_new(engine->event, &genl_observer, h, &h->genl);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(h);
	return 0;
}

struct helper *helper_free(struct helper *h)
{
	struct helper_subscription *subscription;
	struct listing *listing;
	struct waiter *waiter;

	sd_event_source_disable_unref(h->again);
	if (h->genl)
		(void)genl_free(h->genl);
	while ((listing = LIST_FIRST(&h->listings))) {
		LIST_REMOVE(listing, link);
		free(listing);
	}
	while ((waiter = TAILQ_FIRST(&h->waiters))) {
		TAILQ_REMOVE(&h->waiters, waiter, link);
		free(waiter);
	}
	while ((subscription = STAILQ_FIRST(&h->observers))) {
		STAILQ_REMOVE_HEAD(&h->observers, link);
		free(subscription);
	}
	free(h);
	return NULL;
}

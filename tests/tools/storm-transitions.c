// SPDX-License-Identifier: GPL-2.0-only
/* What is asked of the helper, and what must come of it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "storm-stir.h"

bool storm_patching(void)
{
	unsigned int i;

	for (i = 0; i < TRANSITIONS; i++)
		if (storm.transitions[i].id && storm.transitions[i].what != OP)
			return true;
	return false;
}

static struct transition *by_id(uint64_t id)
{
	unsigned int i;

	for (i = 0; i < TRANSITIONS; i++)
		if (storm.transitions[i].id == id)
			return &storm.transitions[i];
	return NULL;
}

unsigned int storm_in_flight(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < TRANSITIONS; i++)
		n += storm.transitions[i].id != 0;
	return n;
}

const char *storm_transition_name(const struct transition *transition)
{
	static const char *const verbs[] = { "apply", "remove", "order", "op" };
	static char text[64];

	snprintf(text, sizeof(text), "%s%s%s", verbs[transition->what], transition->patch ? " " : "",
		 transition->patch ? transition->patch->name : "");
	return text;
}

static void take_off(struct patch *patch)
{
	unsigned int i, n = 0;

	for (i = 0; i < PATCHES; i++)
		if (storm.stack[i] && storm.stack[i] != patch)
			storm.stack[n++] = storm.stack[i];
	while (n < PATCHES)
		storm.stack[n++] = NULL;
}

static void put_on(struct patch *patch)
{
	unsigned int n = 0;

	take_off(patch);
	while (storm.stack[n])
		n++;
	storm.stack[n] = patch;
}

void storm_unload_patch(struct patch *patch)
{
	int r;

	storm_doing("rmmod %s", patch->name);
	r = storm_rmmod_soon(patch->name);
	if (r) {
		storm_violation("%s cannot be unloaded: %s", patch->name, strerror(-r));
		return;
	}
	patch->state = ABSENT;
	(void)storm_check_left(patch, "is unloaded");
	patch->entered = storm.churn ? storm_entered(patch) : 0;
}

static void patch_settled(struct transition *transition, bool done)
{
	struct patch *patch = transition->patch;

	if (transition->what == ORDER && done)
		memcpy(storm.stack, transition->order, sizeof(storm.stack));
	if (!patch)
		return;
	patch->pending = false;
	patch->state = (transition->what == APPLY) == done ? APPLIED : LOADED;
	if (transition->what == APPLY && done)
		put_on(patch);
	else if (transition->what == REMOVE && done)
		take_off(patch);
	/* Whoever is in it against the rule, the kernel finds in freed text. */
	if (patch->state == LOADED && !storm_check_left(patch, done ? "is removed" : "is not applied") &&
	    storm.go_on)
		storm_unload_patch(patch);
}

static bool may_fail(const struct transition *transition, uint32_t error)
{
	switch (error) {
	case EAGAIN: /* a stop that found somebody in it at each try */
	case ENODEV: /* lph_churn comes or goes */
	case ENOENT:
		return true;
	case EBUSY: /* an op: the function is latency's, or a direct caller's */
	case ENOSPC:
		return transition->what == OP;
	default:
		return false;
	}
}

static void on_event(const struct lph_event *event, void *arg)
{
	struct transition *transition = event->id ? by_id(event->id) : NULL;
	double took;

	(void)arg;
	if (!transition || event->state == LPH_TRANSITION_QUEUED || event->state == LPH_TRANSITION_RUNNING)
		return;
	took = storm_now() - transition->begun;
	storm_doing("transition %" PRIu64 " (%s): %s after %.3f s", event->id, storm_transition_name(transition),
		    event->state == LPH_TRANSITION_DONE	  ? "done" :
		    event->state == LPH_TRANSITION_FAILED ? event->message :
							    "reversed",
		    took);
	if (took > storm.longest) {
		storm.longest = took;
		snprintf(storm.longest_what, sizeof(storm.longest_what), "%s", storm_transition_name(transition));
	}
	storm.lapses += event->lapses;
	switch (event->state) {
	case LPH_TRANSITION_DONE:
		storm.done++;
		if (transition->cancelled)
			storm_violation("the cancel of transition %" PRIu64 " (%s) was accepted, and it is done all the same",
					event->id, storm_transition_name(transition));
		break;
	case LPH_TRANSITION_REVERSED:
		storm.reversed++;
		if (!transition->cancelled)
			storm_violation("nobody cancelled transition %" PRIu64 " (%s), and it is reversed", event->id,
					storm_transition_name(transition));
		break;
	default:
		storm.failed++;
		if (!may_fail(transition, event->error))
			storm_violation("transition %" PRIu64 " (%s) failed: %s: %s", event->id,
					storm_transition_name(transition), strerror((int)event->error), event->message);
		break;
	}
	/* What there is of an op, whatever came of it, is deleted in the end. */
	if (transition->what != OP)
		patch_settled(transition, event->state == LPH_TRANSITION_DONE);
	*transition = (struct transition){};
	if (!storm_patching())
		storm_begin_calm();
}

/* Hands on what comes in so many seconds. */
int storm_listen_for(double seconds)
{
	double end = storm_now() + seconds, left;
	int r;

	while ((left = end - storm_now()) > 0 || lph_wait(storm.lph, 0) > 0) {
		r = lph_wait(storm.lph, left > 0 ? (int)(left * 1000) + 1 : 0);
		if (r > 0)
			r = lph_events(storm.lph, 0, on_event, NULL);
		if (r < 0)
			return r;
	}
	return 0;
}

void storm_check_times(void)
{
	unsigned int i;

	for (i = 0; i < TRANSITIONS; i++) {
		struct transition *transition = &storm.transitions[i];

		if (!transition->id || storm_now() - transition->begun < TRANSITION_TIMEOUT)
			continue;
		storm_violation("transition %" PRIu64 " (%s%s) has not settled after %.0f s", transition->id,
				storm_transition_name(transition), transition->cancelled ? ", cancelled" : "",
				TRANSITION_TIMEOUT);
		transition->begun = storm_now();
		/* Nothing that it holds can be taken away. */
		storm.hung = true;
		storm.over = true;
	}
}

struct transition *storm_begin(enum what what, struct patch *patch)
{
	struct transition *transition = by_id(0);

	*transition = (struct transition){ .what = what, .patch = patch, .begun = storm_now() };
	return transition;
}

void storm_refuse(struct transition *transition)
{
	*transition = (struct transition){};
	storm.refused++;
}

uint32_t storm_any_consistency(void)
{
	return storm_has(STORM_STOP) && !storm_below(3) ? LPH_CONSISTENCY_STOP : LPH_CONSISTENCY_TASK;
}

void storm_change(struct patch *patch, enum what what, uint32_t consistency)
{
	struct transition *transition;

	storm_doing("%s %s, consistency %s", what == APPLY ? "apply" : "remove", patch->name,
		    consistency == LPH_CONSISTENCY_STOP ? "stop" : "task");
	storm_end_calm();
	transition = storm_begin(what, patch);
	if (lph_patch(storm.lph, what == APPLY ? LPH_CMD_APPLY_PATCH : LPH_CMD_REMOVE_PATCH, patch->name,
		      consistency, &transition->id))
		storm_refuse(transition);
	else
		patch->pending = true;
	if (!storm_patching())
		storm_begin_calm();
}

/* Waits until no transition is in flight. */
void storm_settle_all(void)
{
	while (storm_in_flight() && !storm.hung) {
		storm_doing("wait for %u transitions", storm_in_flight());
		if (storm_listen_for(0.5))
			break;
		storm_check_times();
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/* What is done at random. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storm-stir.h"

static struct patch *any_patch(enum patch_state state)
{
	struct patch *found[PATCHES];
	uint32_t i, n = 0;

	for (i = 0; i < PATCHES; i++)
		if (storm_patches[i].state == state && !storm_patches[i].pending)
			found[n++] = &storm_patches[i];
	return n ? found[storm_below(n)] : NULL;
}

static void load_patch(struct patch *patch)
{
	int r;

	storm_doing("insert %s", patch->name);
	if (patch->entered && storm.churn && storm_entered(patch) != patch->entered)
		storm_violation("bodies of %s were entered while its module was not loaded", patch->name);
	r = storm_insert(patch->name, patch->owner == CHURN_C ? storm.clone : "");
	if (r)
		storm_violation("%s cannot be loaded: %s", patch->name, strerror(-r));
	else
		patch->state = LOADED;
}

static bool act_load(void)
{
	struct patch *patch = any_patch(ABSENT);

	if (patch)
		load_patch(patch);
	return patch;
}

static bool act_unload(void)
{
	struct patch *patch = storm_has(STORM_UNLOAD) ? any_patch(LOADED) : NULL;

	if (patch)
		storm_unload_patch(patch);
	return patch;
}

static bool act_unload_applied(void)
{
	struct patch *patch = storm_has(STORM_UNLOAD) ? any_patch(APPLIED) : NULL;

	if (!patch)
		return false;
	storm_doing("rmmod %s, which is applied", patch->name);
	if (!storm_rmmod(patch->name))
		storm_violation("%s was unloaded while it was applied", patch->name);
	return true;
}

static bool act_apply(void)
{
	struct patch *patch = any_patch(LOADED);

	if (patch)
		storm_change(patch, APPLY, storm_any_consistency());
	return patch;
}

static bool act_remove(void)
{
	struct patch *patch = any_patch(APPLIED);

	if (patch)
		storm_change(patch, REMOVE, storm_any_consistency());
	return patch;
}

static bool act_order(void)
{
	struct transition *transition;
	char *names[PATCHES];
	unsigned int n, i, j;

	if (!storm_has(STORM_ORDER) || storm_patching() || !storm.stack[1])
		return false;
	storm_end_calm();
	transition = storm_begin(ORDER, NULL);
	memcpy(transition->order, storm.stack, sizeof(storm.stack));
	for (n = 0; n < PATCHES && storm.stack[n]; n++)
		;
	for (i = n - 1; i; i--) {
		struct patch *other = transition->order[i];

		j = storm_below(i + 1);
		transition->order[i] = transition->order[j];
		transition->order[j] = other;
	}
	for (i = 0; i < n; i++)
		names[i] = (char *)transition->order[i]->name;
	storm_doing("order %s %s %s", names[0], names[1], n > 2 ? names[2] : "");
	if (lph_order(storm.lph, names, n, storm_any_consistency(), &transition->id))
		storm_refuse(transition);
	if (!storm_patching())
		storm_begin_calm();
	return true;
}

static bool act_cancel(void)
{
	uint32_t i = storm_below(TRANSITIONS), n = TRANSITIONS;
	struct transition *transition;
	int r;

	if (!storm_has(STORM_CANCEL))
		return false;
	do
		transition = &storm.transitions[++i % TRANSITIONS];
	while (--n && (!transition->id || transition->what == OP || transition->cancelled));
	if (!n)
		return false;
	storm_doing("cancel %" PRIu64 " (%s)", transition->id, storm_transition_name(transition));
	r = lph_cancel(storm.lph, transition->id);
	if (!r) {
		transition->cancelled = true;
		storm.cancels++;
	} else {
		storm.late++;
		if (r != -EALREADY)
			storm_violation("cancel of transition %" PRIu64 " (%s): %s", transition->id,
					storm_transition_name(transition), strerror(-r));
	}
	return true;
}

static bool act_add_op(void)
{
	static const char *const symbols[] = { "lph_churn_outer", "lph_churn_inner", "lph_churn_tail",
					       "lph_churn_cold", "lph_churn_sleep" };
	struct lph_function function = { .symbol = symbols[storm_below(CHURN_TARGETS)], .module = "lph_churn" };
	struct transition *transition;
	unsigned int i;

	for (i = 0; i < OPS && storm.ops[i]; i++)
		;
	if (!storm_has(STORM_OPS) || i == OPS || !storm.churn || storm_in_flight() > TRANSITIONS - 4)
		return false;
	storm_doing("add an op to %s", function.symbol);
	transition = storm_begin(OP, NULL);
	if (lph_add(storm.lph, &function, (int32_t)storm_below(3) - 1, &storm.ops[i], &transition->id)) {
		storm.ops[i] = 0;
		storm_refuse(transition);
	}
	return true;
}

static bool act_change_op(void)
{
	static const uint32_t kinds[] = { LPH_KIND_COUNT, LPH_KIND_EVENT, LPH_KIND_LATENCY };
	uint32_t *op = &storm.ops[storm_below(OPS)];
	struct transition *transition;

	if (!*op || storm_in_flight() > TRANSITIONS - 4)
		return false;
	storm_doing("change op %u", *op);
	transition = storm_begin(OP, NULL);
	if (lph_change(storm.lph, *op, kinds[storm_below(3)], (int32_t)storm_below(3) - 1, &transition->id))
		storm_refuse(transition);
	return true;
}

void storm_delete_op(uint32_t *op)
{
	struct transition *transition = storm_begin(OP, NULL);

	storm_doing("delete op %u", *op);
	if (lph_del(storm.lph, *op, &transition->id))
		storm_refuse(transition);
	/* Refused, it is gone already: with lph_churn, or since it could not be added. */
	*op = 0;
}

static bool act_delete_op(void)
{
	uint32_t *op = &storm.ops[storm_below(OPS)];

	if (!*op || storm_in_flight() > TRANSITIONS - 3)
		return false;
	storm_delete_op(op);
	return true;
}

static bool act_reload(void)
{
	if (!storm_has(STORM_RELOAD))
		return false;
	storm_unload_churn();
	if (storm.over || storm_listen_for(storm_below(2) ? 0 : 0.05 * storm_below(10)))
		return true;
	/* While it is gone, a patch of it comes or goes. */
	if (storm_below(2))
		(void)act_apply();
	else if (storm_below(2))
		(void)act_remove();
	storm.reloads += storm_load_churn();
	return true;
}

void storm_remove_patches(void)
{
	unsigned int i, tries;

	storm_settle_all();
	for (i = 0; i < PATCHES; i++) {
		for (tries = 0; storm_patches[i].state == APPLIED && tries < 3 && !storm.hung; tries++) {
			storm_change(&storm_patches[i], REMOVE, LPH_CONSISTENCY_TASK);
			storm_settle_all();
		}
		if (storm_patches[i].state == APPLIED && !storm.hung)
			storm_violation("%s cannot be removed", storm_patches[i].name);
	}
	if (storm.over && storm.hung)
		return;
	for (i = 0; i < PATCHES; i++)
		if (storm_patches[i].state == LOADED)
			storm_unload_patch(&storm_patches[i]);
}

/* What is queued when it is asked to go, it sees to first. */
static bool act_helper(void)
{
	unsigned int i;

	if (!storm_has(STORM_HELPER))
		return false;
	storm_remove_patches();
	if (storm.over)
		return true;
	(void)act_add_op();
	for (i = 0; i < OPS; i++)
		if (storm.ops[i])
			storm_delete_op(&storm.ops[i]);
	storm_doing("rmmod livepatch_helper");
	lph_close(storm.lph);
	storm.lph = NULL;
	if (storm_rmmod_soon("livepatch_helper")) {
		storm.over = true;
		return true;
	}
	memset(storm.transitions, 0, sizeof(storm.transitions));
	storm_doing("insert livepatch_helper");
	if (storm_insert("livepatch_helper", "") || lph_open(&storm.lph)) {
		storm_violation("livepatch_helper cannot be loaded again");
		storm.over = true;
		return true;
	}
	storm.helpers++;
	storm_begin_calm();
	return true;
}

void storm_kill_worker(struct worker *worker)
{
	/* With all that it has started. */
	kill(-worker->pid, SIGKILL);
	waitpid(worker->pid, NULL, 0);
}

static bool act_kill(void)
{
	struct worker *worker = &storm.workers[storm_below(WORKERS)];

	if (!storm_has(STORM_KILL) || !worker->pid)
		return false;
	storm_doing("kill a worker: %s", storm_ingredients[worker->what]);
	storm_kill_worker(worker);
	storm.kills++;
	worker->pid = storm_worker(worker->what, storm_random());
	setpgid(worker->pid, worker->pid);
	return true;
}

/* One action that there is something to do for; while all is in flight there may be none. */
void storm_act(void)
{
	static const struct {
		bool (*fn)(void);
		uint32_t weight;
	} actions[] = {
		{ act_load, 6 },
		{ act_unload, 5 },
		{ act_unload_applied, 1 },
		{ act_apply, 10 },
		{ act_remove, 8 },
		{ act_order, 5 },
		{ act_cancel, 3 },
		{ act_add_op, 3 },
		{ act_change_op, 2 },
		{ act_delete_op, 2 },
		{ act_reload, 1 },
		{ act_helper, 1 },
		{ act_kill, 3 },
	};
	uint32_t at, i, tries;

	for (tries = 0; tries < 50; tries++) {
		at = storm_below(50);
		for (i = 0; at >= actions[i].weight; i++)
			at -= actions[i].weight;
		if (!actions[i].fn())
			continue;
		storm.actions++;
		return;
	}
}

// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/helper-change.h"

/*
 * Against a helper that is a few variables: whatever is cancelled, fails or is
 * forgotten after whichever step, the change ends, and where it says.
 */

struct world {
	struct helper_seen seen;
	bool fails;		/* every transition does */
	unsigned int inserted;
	unsigned int removed;
};

enum what {
	LOAD,
	UNLOAD,
	ORDER,
};

static const struct helper_seen nothing = { .module = KLP_MODULE_ABSENT };
static const struct helper_seen loaded = { .module = KLP_MODULE_LIVE, .registered = true, .state = PATCH_LOADED };
static const struct helper_seen patched = { .module = KLP_MODULE_LIVE, .registered = true, .state = PATCH_PATCHED };

static enum change_step next(enum what what, const struct change *change, bool brings_module,
			     const struct helper_seen *seen)
{
	switch (what) {
	case LOAD:
		return helper_change_next_load(change, brings_module, seen);
	case UNLOAD:
		return helper_change_next_unload(change, seen);
	default:
		return helper_change_next_order(change, seen);
	}
}

/* The helper's transition settles, this way or that. */
static void settle(struct world *world, enum what what, bool back)
{
	world->seen.pending = false;
	if (what == ORDER)
		world->seen.in_order = !back;
	else
		world->seen.state = (what == LOAD) != back ? PATCH_PATCHED : PATCH_LOADED;
}

static void act(struct world *world, enum what what, struct change *change, enum change_step step)
{
	switch (step) {
	case CHANGE_INSERT:
		world->seen = loaded;
		world->inserted++;
		break;
	case CHANGE_REMOVE:
		world->seen = nothing;
		world->removed++;
		break;
	case CHANGE_REQUEST:
		assert_false(world->seen.pending);
		change->acted = true;
		world->seen.pending = true;
		if (what != ORDER)
			world->seen.state = what == LOAD ? PATCH_PATCHING : PATCH_UNPATCHING;
		break;
	case CHANGE_CANCEL:
		settle(world, what, true);
		break;
	case CHANGE_WAIT:
		settle(world, what, world->fails);
		break;
	default:
		fail();
	}
}

static enum change_step run(struct world *world, enum what what, unsigned int cancel_at)
{
	bool brings_module = world->seen.module == KLP_MODULE_ABSENT;
	struct change change = { .unload = what == UNLOAD };
	enum change_step step;

	for (unsigned int i = 0; i < 10; i++) {
		if (i == cancel_at)
			change.reversing = true;
		step = next(what, &change, brings_module, &world->seen);
		if (step == CHANGE_DONE || step == CHANGE_REVERSED)
			return step;
		act(world, what, &change, step);
	}
	fail();
	return CHANGE_WAIT;
}

static void straight(void **state)
{
	struct world world = { .seen = nothing };

	(void)state;
	assert_int_equal(run(&world, LOAD, UINT32_MAX), CHANGE_DONE);
	assert_int_equal(world.seen.state, PATCH_PATCHED);
	assert_int_equal(run(&world, LOAD, UINT32_MAX), CHANGE_DONE);
	assert_int_equal(world.inserted, 1);
	assert_int_equal(run(&world, ORDER, UINT32_MAX), CHANGE_DONE);
	assert_true(world.seen.in_order);
	assert_int_equal(run(&world, UNLOAD, UINT32_MAX), CHANGE_DONE);
	assert_int_equal(world.seen.module, KLP_MODULE_ABSENT);
	assert_int_equal(run(&world, UNLOAD, UINT32_MAX), CHANGE_DONE);
}

/* A load that is turned back leaves no module that it brought, and every one that it found. */
static void cancelled_load(void **state)
{
	(void)state;
	for (unsigned int at = 0; at < 5; at++) {
		struct world world = { .seen = nothing }, found = { .seen = loaded };

		if (run(&world, LOAD, at) == CHANGE_REVERSED)
			assert_int_equal(world.seen.module, KLP_MODULE_ABSENT);
		else
			assert_int_equal(world.seen.state, PATCH_PATCHED);
		if (run(&found, LOAD, at) == CHANGE_REVERSED)
			assert_int_equal(found.seen.state, PATCH_LOADED);
		assert_int_equal(found.seen.module, KLP_MODULE_LIVE);
		assert_int_equal(found.removed, 0);
	}
}

static void cancelled_unload(void **state)
{
	(void)state;
	for (unsigned int at = 0; at < 5; at++) {
		struct world world = { .seen = patched };

		if (run(&world, UNLOAD, at) == CHANGE_REVERSED)
			assert_int_equal(world.seen.state, PATCH_PATCHED);
		else
			assert_int_equal(world.seen.module, KLP_MODULE_ABSENT);
	}
}

static void failed(void **state)
{
	struct world world = { .seen = nothing, .fails = true };

	(void)state;
	assert_int_equal(run(&world, LOAD, UINT32_MAX), CHANGE_REVERSED);
	assert_int_equal(world.seen.module, KLP_MODULE_ABSENT);
	assert_int_equal(world.removed, 1);
	world.seen = patched;
	assert_int_equal(run(&world, UNLOAD, UINT32_MAX), CHANGE_REVERSED);
	assert_int_equal(world.seen.state, PATCH_PATCHED);
	assert_int_equal(run(&world, ORDER, UINT32_MAX), CHANGE_REVERSED);
}

/* Somebody else's transition of the patch is waited for, and not turned back. */
static void others(void **state)
{
	const struct change reversing = { .reversing = true };
	struct helper_seen seen = loaded;

	(void)state;
	seen.state = PATCH_PATCHING;
	assert_int_equal(helper_change_next_load(&reversing, false, &seen), CHANGE_WAIT);
	seen.module = KLP_MODULE_UNLOADING;
	assert_int_equal(helper_change_next_unload(&reversing, &seen), CHANGE_WAIT);
}

/* Neither loads nor unloads begin with what is in between. */
static void module_of_no_patch(void **state)
{
	const struct change load = { 0 }, given_up = { .reversing = true };
	const struct helper_seen unregistered = { .module = KLP_MODULE_LIVE };

	(void)state;
	/* The helper is asked, and tells that there is no such patch. */
	assert_int_equal(helper_change_next_load(&load, true, &unregistered), CHANGE_REQUEST);
	assert_int_equal(helper_change_next_load(&given_up, true, &unregistered), CHANGE_REMOVE);
	assert_int_equal(helper_change_next_load(&given_up, false, &unregistered), CHANGE_REVERSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(straight),
		cmocka_unit_test(cancelled_load),
		cmocka_unit_test(cancelled_unload),
		cmocka_unit_test(failed),
		cmocka_unit_test(others),
		cmocka_unit_test(module_of_no_patch),
	};

	return cmocka_run_group_tests_name("stack-change", tests, NULL, NULL);
}

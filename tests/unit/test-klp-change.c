// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/klp-change.h"

#define LOAD ((struct change){ 0 })
#define UNLOAD ((struct change){ .unload = true })

#define ABSENT ((struct klp_status){ 0 })
#define LOADING ((struct klp_status){ .module = KLP_MODULE_LOADING })
#define UNLOADING ((struct klp_status){ .module = KLP_MODULE_UNLOADING })
#define LEFT ((struct klp_status){ .module = KLP_MODULE_LIVE })
#define KLP(e, t) \
	((struct klp_status){ .module = KLP_MODULE_LIVE, .registered = true, .enabled = e, .transition = t })

static enum change_step next(struct change change, struct klp_status seen)
{
	return klp_change_next(&change, &seen);
}

static void load(void **state)
{
	const struct change acted = { .acted = true };

	(void)state;
	assert_int_equal(next(LOAD, ABSENT), CHANGE_INSERT);
	assert_int_equal(next(LOAD, LOADING), CHANGE_WAIT);
	assert_int_equal(next(acted, KLP(true, true)), CHANGE_WAIT);
	assert_int_equal(next(acted, KLP(true, false)), CHANGE_DONE);
	/* It was so already, or the daemon was killed before it could note that it acted. */
	assert_int_equal(next(LOAD, KLP(true, true)), CHANGE_WAIT);
	assert_int_equal(next(LOAD, KLP(true, false)), CHANGE_DONE);
}

static void load_over_leftover(void **state)
{
	(void)state;
	assert_int_equal(next(LOAD, KLP(false, true)), CHANGE_WAIT);
	assert_int_equal(next(LOAD, KLP(false, false)), CHANGE_WAIT);
	assert_int_equal(next(LOAD, LEFT), CHANGE_REMOVE);
	assert_int_equal(next(LOAD, UNLOADING), CHANGE_WAIT);
}

static void load_reversed(void **state)
{
	const struct change back = { .acted = true, .reversing = true };
	const struct change early = { .reversing = true };

	(void)state;
	assert_int_equal(next(back, KLP(true, true)), CHANGE_DISABLE);
	assert_int_equal(next(back, KLP(false, true)), CHANGE_WAIT);
	assert_int_equal(next(back, KLP(false, false)), CHANGE_REMOVE);
	assert_int_equal(next(back, LEFT), CHANGE_REMOVE);
	assert_int_equal(next(back, ABSENT), CHANGE_REVERSED);
	assert_int_equal(next(early, ABSENT), CHANGE_REVERSED);
	/* Too late. */
	assert_int_equal(next(back, KLP(true, false)), CHANGE_DONE);
}

static void load_reversed_by_others(void **state)
{
	const struct change acted = { .acted = true };

	(void)state;
	assert_int_equal(next(acted, KLP(false, true)), CHANGE_WAIT);
	assert_int_equal(next(acted, LEFT), CHANGE_REMOVE);
	assert_int_equal(next(acted, ABSENT), CHANGE_REVERSED);
}

static void unload(void **state)
{
	const struct change acted = { .unload = true, .acted = true };

	(void)state;
	assert_int_equal(next(UNLOAD, KLP(true, false)), CHANGE_DISABLE);
	assert_int_equal(next(acted, KLP(false, true)), CHANGE_WAIT);
	assert_int_equal(next(acted, KLP(false, false)), CHANGE_REMOVE);
	assert_int_equal(next(acted, LEFT), CHANGE_REMOVE);
	assert_int_equal(next(acted, UNLOADING), CHANGE_WAIT);
	assert_int_equal(next(acted, ABSENT), CHANGE_DONE);
	/* Disabled long ago. */
	assert_int_equal(next(UNLOAD, LEFT), CHANGE_REMOVE);
}

static void unload_reversed(void **state)
{
	const struct change back = { .unload = true, .acted = true, .reversing = true };
	const struct change acted = { .unload = true, .acted = true };

	(void)state;
	assert_int_equal(next(back, KLP(false, true)), CHANGE_ENABLE);
	assert_int_equal(next(back, KLP(true, true)), CHANGE_WAIT);
	assert_int_equal(next(back, KLP(true, false)), CHANGE_REVERSED);
	/* Too late. */
	assert_int_equal(next(back, LEFT), CHANGE_REMOVE);
	assert_int_equal(next(back, ABSENT), CHANGE_DONE);
	/* By somebody else. */
	assert_int_equal(next(acted, KLP(true, true)), CHANGE_WAIT);
	assert_int_equal(next(acted, KLP(true, false)), CHANGE_REVERSED);
}

static void foreign(void **state)
{
	const struct change in = { .foreign = true, .acted = true };
	const struct change out = { .unload = true, .foreign = true, .acted = true };

	(void)state;
	assert_int_equal(next(in, KLP(true, true)), CHANGE_WAIT);
	assert_int_equal(next(in, KLP(true, false)), CHANGE_DONE);
	assert_int_equal(next(in, LEFT), CHANGE_REVERSED);
	assert_int_equal(next(out, KLP(false, true)), CHANGE_WAIT);
	/* Its module is somebody else's, too. */
	assert_int_equal(next(out, LEFT), CHANGE_DONE);
	assert_int_equal(next(out, ABSENT), CHANGE_DONE);
	assert_int_equal(next(out, KLP(true, false)), CHANGE_REVERSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(load),
		cmocka_unit_test(load_over_leftover),
		cmocka_unit_test(load_reversed),
		cmocka_unit_test(load_reversed_by_others),
		cmocka_unit_test(unload),
		cmocka_unit_test(unload_reversed),
		cmocka_unit_test(foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

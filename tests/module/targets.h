/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions that the tests trace and patch, and what a call of each must
 * return. The value depends on every argument: whoever loses a register or a
 * stack argument on the way into a function makes its call return something
 * else.
 */
#ifndef LPH_TEST_TARGETS_H
#define LPH_TEST_TARGETS_H

#include <linux/bitops.h>
#include <linux/types.h>

#define LPH_TARGETS	10
#define LPH_TARGET_ARGS 8

/* A patched body returns the original's value with these bits flipped, */
#define LPH_PATCHED 0x5ca1ab1e0ddba11ull
/* and a second one with these. */
#define LPH_PATCHED2 0x0ddba115ca1ab1eull

struct completion;
struct lph_guest;

u64 lph_target_0(u64 a);
u64 lph_target_1(u64 a, u64 b);
u64 lph_target_2(u64 a, u64 b, u64 c);
u64 lph_target_3(u64 a, u64 b, u64 c, u64 d);
u64 lph_target_4(u64 a, u64 b, u64 c, u64 d, u64 e);
u64 lph_target_5(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f);
u64 lph_target_6(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g);
u64 lph_target_7(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g, u64 h);
u64 lph_target_8(u64 a, u64 b, u64 c);
u64 lph_target_9(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g);

/*
 * Says that it has arrived, then sits there until its kthread is told to stop, or,
 * of a process, until that is killed.
 */
u64 lph_target_sleep(struct completion *arrived, u64 a);

/* Serves a guest, and runs task work meanwhile; see serve.h. */
u64 lph_target_serve(struct lph_guest *guest, u64 a);

/* ftrace can't attach to it. */
u64 lph_target_notrace(u64 a);

/* Both call a function of their own that is named lph_twice. */
u64 lph_call_first_twice(u64 a);
u64 lph_call_second_twice(u64 a);

/* For each value so far another one for each argument. */
static __always_inline u64 lph_mix(u64 value, u64 arg)
{
	return rol64(value ^ arg, 13) * 0x9e3779b97f4a7c15ull;
}

static __always_inline u64 lph_value_1(u64 value, u64 a)
{
	return lph_mix(value, a);
}

static __always_inline u64 lph_value_2(u64 value, u64 a, u64 b)
{
	return lph_mix(lph_value_1(value, a), b);
}

static __always_inline u64 lph_value_3(u64 value, u64 a, u64 b, u64 c)
{
	return lph_mix(lph_value_2(value, a, b), c);
}

static __always_inline u64 lph_value_4(u64 value, u64 a, u64 b, u64 c, u64 d)
{
	return lph_mix(lph_value_3(value, a, b, c), d);
}

static __always_inline u64 lph_value_5(u64 value, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	return lph_mix(lph_value_4(value, a, b, c, d), e);
}

static __always_inline u64 lph_value_6(u64 value, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
	return lph_mix(lph_value_5(value, a, b, c, d, e), f);
}

static __always_inline u64 lph_value_7(u64 value, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f,
				       u64 g)
{
	return lph_mix(lph_value_6(value, a, b, c, d, e, f), g);
}

static __always_inline u64 lph_value_8(u64 value, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f,
				       u64 g, u64 h)
{
	return lph_mix(lph_value_7(value, a, b, c, d, e, f, g), h);
}

#endif /* LPH_TEST_TARGETS_H */

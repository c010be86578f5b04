// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bodies that targets are patched with: as the original, but for the value.
 */
#include "callers.h"

const u64 body_bits[BODIES] = { 0, LPH_PATCHED, LPH_PATCHED2 };

#define BODY(name, value, ...)			\
	static u64 name##_1(__VA_ARGS__)	\
	{					\
		return (value) ^ LPH_PATCHED;	\
	}					\
	static u64 name##_2(__VA_ARGS__)	\
	{					\
		return (value) ^ LPH_PATCHED2;	\
	}

BODY(target_0, lph_value_1(0, a), u64 a)
BODY(target_1, lph_value_2(1, a, b), u64 a, u64 b)
BODY(target_2, lph_value_3(2, a, b, c), u64 a, u64 b, u64 c)
BODY(target_3, lph_value_4(3, a, b, c, d), u64 a, u64 b, u64 c, u64 d)
BODY(target_4, lph_value_5(4, a, b, c, d, e), u64 a, u64 b, u64 c, u64 d, u64 e)
BODY(target_5, lph_value_6(5, a, b, c, d, e, f), u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
BODY(target_6, lph_value_7(6, a, b, c, d, e, f, g), u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g)
BODY(target_7, lph_value_8(7, a, b, c, d, e, f, g, h), u64 a, u64 b, u64 c, u64 d, u64 e, u64 f,
     u64 g, u64 h)
BODY(target_8, lph_value_3(8, a, b, c), u64 a, u64 b, u64 c)
BODY(target_9, lph_value_7(9, a, b, c, d, e, f, g), u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g)

void *const body_functions[LPH_TARGETS][BODIES] = {
	{ NULL, target_0_1, target_0_2 },
	{ NULL, target_1_1, target_1_2 },
	{ NULL, target_2_1, target_2_2 },
	{ NULL, target_3_1, target_3_2 },
	{ NULL, target_4_1, target_4_2 },
	{ NULL, target_5_1, target_5_2 },
	{ NULL, target_6_1, target_6_2 },
	{ NULL, target_7_1, target_7_2 },
	{ NULL, target_8_1, target_8_2 },
	{ NULL, target_9_1, target_9_2 },
};

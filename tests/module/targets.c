// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file of their own, so that the compiler knows nothing of the callers. The
 * first value tells the targets apart.
 */
#include "targets.h"

noinline u64 lph_target_0(u64 a)
{
	return lph_value_1(0, a);
}

noinline u64 lph_target_1(u64 a, u64 b)
{
	return lph_value_2(1, a, b);
}

noinline u64 lph_target_2(u64 a, u64 b, u64 c)
{
	return lph_value_3(2, a, b, c);
}

noinline u64 lph_target_3(u64 a, u64 b, u64 c, u64 d)
{
	return lph_value_4(3, a, b, c, d);
}

noinline u64 lph_target_4(u64 a, u64 b, u64 c, u64 d, u64 e)
{
	return lph_value_5(4, a, b, c, d, e);
}

noinline u64 lph_target_5(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
	return lph_value_6(5, a, b, c, d, e, f);
}

noinline u64 lph_target_6(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g)
{
	return lph_value_7(6, a, b, c, d, e, f, g);
}

noinline u64 lph_target_7(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g, u64 h)
{
	return lph_value_8(7, a, b, c, d, e, f, g, h);
}

noinline u64 lph_target_8(u64 a, u64 b, u64 c)
{
	return lph_value_3(8, a, b, c);
}

noinline u64 lph_target_9(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f, u64 g)
{
	return lph_value_7(9, a, b, c, d, e, f, g);
}

noinline notrace u64 lph_target_notrace(u64 a)
{
	return lph_value_1(0, a);
}

static noinline u64 lph_twice(u64 a)
{
	return lph_value_1(1, a);
}

u64 lph_call_first_twice(u64 a)
{
	return lph_twice(a) + 1;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions of lph_churn and their bodies, of which each patch makes one of
 * its own: what a call returns tells whose body it ran, and each body tells when
 * it is entered and left. lph-storm includes this, too.
 */
#ifndef LPH_CHURN_H
#define LPH_CHURN_H

#include <linux/types.h>

enum churn_target {
	CHURN_OUTER,	/* calls CHURN_INNER, rests, and calls it again */
	CHURN_INNER,
	CHURN_TAIL,	/* rests in another function, which it ends in */
	CHURN_COLD,	/* rests in a part of it that lies elsewhere */
	CHURN_SLEEP,	/* rests */
	CHURN_TARGETS
};

/* Whose body: all patches have one of CHURN_OUTER and CHURN_INNER. */
enum churn_owner {
	CHURN_ORIGINAL,
	CHURN_A,
	CHURN_B,
	CHURN_C,
	CHURN_OWNERS
};

enum churn_rest {
	CHURN_NOT,	/* it does not */
	CHURN_BUSY,	/* runs */
	CHURN_NAP,	/* sleeps, and no signal wakes it */
	CHURN_SIT,	/* sleeps until a signal comes */
	CHURN_DEAF,	/* sleeps until a fatal one does */
	CHURN_GUEST,	/* handles what is pending between naps, as KVM does, deep in the kernel */
	CHURN_RESTS
};

/*
 * The position at which a process reads lph_churn/call: what it calls, how that
 * rests and for how many microseconds.
 */
#define CHURN_AT(_target, _rest, _us) ((long long)(_us) << 16 | (_rest) << 8 | (_target))

#ifdef __KERNEL__

#include <linux/compiler.h>
#include <linux/hash.h>

struct churn_call;

/*
 * A body reaches lph_churn through its argument: it needs none of its symbols, so that
 * lph_churn comes and goes while the patch is there.
 */
struct churn_ops {
	void (*enter)(enum churn_target target, enum churn_owner owner);
	void (*leave)(enum churn_target target, enum churn_owner owner);
	void (*rest)(const struct churn_call *call);
	u64 (*inner)(struct churn_call *call);
};

struct churn_call {
	const struct churn_ops *ops;
	u64 seed;
	enum churn_rest rest;
	unsigned int us;
	u64 inner[2];	/* what CHURN_OUTER got */
};

/* What a body returns. */
static __always_inline u64 churn_value(const struct churn_call *call, enum churn_target target,
				       enum churn_owner owner)
{
	return hash_64(call->seed, 64) + target * CHURN_OWNERS + owner;
}

static __always_inline void churn_enter(struct churn_call *call, enum churn_target target,
					enum churn_owner owner)
{
	call->ops->enter(target, owner);
}

static __always_inline u64 churn_leave(struct churn_call *call, enum churn_target target,
				       enum churn_owner owner)
{
	call->ops->leave(target, owner);
	return churn_value(call, target, owner);
}

static __always_inline u64 churn_outer(struct churn_call *call, enum churn_owner owner)
{
	churn_enter(call, CHURN_OUTER, owner);
	call->inner[0] = call->ops->inner(call);
	call->ops->rest(call);
	call->inner[1] = call->ops->inner(call);
	return churn_leave(call, CHURN_OUTER, owner);
}

static __always_inline u64 churn_inner(struct churn_call *call, enum churn_owner owner)
{
	churn_enter(call, CHURN_INNER, owner);
	return churn_leave(call, CHURN_INNER, owner);
}

static __always_inline u64 churn_rest(struct churn_call *call, enum churn_target target,
				      enum churn_owner owner)
{
	call->ops->rest(call);
	return churn_leave(call, target, owner);
}

static __always_inline u64 churn_sleep(struct churn_call *call, enum churn_owner owner)
{
	churn_enter(call, CHURN_SLEEP, owner);
	return churn_rest(call, CHURN_SLEEP, owner);
}

/* @end: churn_rest(), in a function of its own, to which it jumps. */
static __always_inline u64 churn_tail(struct churn_call *call, enum churn_owner owner,
				      u64 (*end)(struct churn_call *call))
{
	churn_enter(call, CHURN_TAIL, owner);
	return end(call);
}

/* @mark: a cold function, which makes the branch that calls it lie elsewhere. */
static __always_inline u64 churn_cold(struct churn_call *call, enum churn_owner owner,
				      void (*mark)(void))
{
	churn_enter(call, CHURN_COLD, owner);
	if (call->rest != CHURN_NOT) {
		mark();
		call->ops->rest(call);
	}
	return churn_leave(call, CHURN_COLD, owner);
}

u64 lph_churn_outer(struct churn_call *call);
u64 lph_churn_inner(struct churn_call *call);
u64 lph_churn_tail(struct churn_call *call);
u64 lph_churn_cold(struct churn_call *call);
u64 lph_churn_sleep(struct churn_call *call);

#endif /* __KERNEL__ */

#endif /* LPH_CHURN_H */

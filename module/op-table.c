// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ops that there are, from the request that makes one until it is freed.
 *
 * An op that is changed is another one of the same id: one array (op-array.c) has the
 * old one, the next one has the new one in its place. So each call runs exactly one of
 * them. Both count into the same counters.
 */
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "counters.h"
#include "function.h"
#include "garbage.h"
#include "kinds/kind.h"
#include "locking.h"
#include "op-table.h"
#include "op.h"

static u32 last_id;
static unsigned int op_count;
/* All ops by id; lph_lock. */
static DEFINE_XARRAY(ops);

static struct lph_op *make_op(struct lph_function *fn, const struct lph_op_spec *spec)
{
	struct lph_op *op = kzalloc(sizeof(*op), GFP_KERNEL);

	if (!op)
		return NULL;
	op->fn = fn;
	if (lph_kind_set(op, spec)) {
		kfree(op);
		return NULL;
	}
	op->plain = !op->act && !op->filter.pid && !*op->filter.comm;
	return op;
}

static void free_op(struct lph_op *op)
{
	lph_kind_clear(op);
	if (!op->replaced)
		free_percpu(op->counters);
	kfree(op);
}

static void free_garbage(struct lph_garbage *garbage)
{
	free_op(container_of(garbage, struct lph_op, garbage));
}

/**
 * lph_op_insert() - give an op its place in the run order
 * @op: which; among those of its priority it is by the id
 *
 * Context: lph_lock.
 */
void lph_op_insert(struct lph_op *op)
{
	struct lph_op *behind;

	list_for_each_entry(behind, &op->fn->ops, node)
		if (behind->priority > op->priority ||
		    (behind->priority == op->priority && behind->id > op->id))
			break;
	list_add_tail(&op->node, &behind->node);
}

/**
 * lph_op_new() - a new op, in its place in the run order
 * @fn: its function
 * @spec: what it should be
 *
 * It keeps the module in, whose text the trampolines are, until lph_op_leave().
 *
 * Context: lph_lock.
 * Return: the op, LPH_OP_QUEUED, or NULL without memory.
 */
struct lph_op *lph_op_new(struct lph_function *fn, const struct lph_op_spec *spec)
{
	struct lph_op *op;

	lockdep_assert_held(&lph_lock);
	op = make_op(fn, spec);
	if (!op)
		return NULL;
	op->counters = alloc_percpu(struct lph_counters);
	if (!op->counters || xa_is_err(xa_store(&ops, last_id + 1, op, GFP_KERNEL))) {
		free_op(op);
		return NULL;
	}
	op->id = ++last_id;
	op->state = LPH_OP_QUEUED;

	lph_op_insert(op);
	op_count++;
	__module_get(THIS_MODULE);
	return op;
}

/**
 * lph_op_variant() - what an op is to become
 * @op: the op
 * @spec: what it should be; but for what it has measured, with which it goes on
 *
 * Context: lph_lock.
 * Return: for lph_op_replace() or lph_op_drop_variant(), or NULL without memory.
 */
struct lph_op *lph_op_variant(const struct lph_op *op, const struct lph_op_spec *spec)
{
	struct lph_op_spec goes_on = *spec;
	struct lph_op *by;

	lockdep_assert_held(&lph_lock);
	goes_on.latency = op->latency;
	by = make_op(op->fn, &goes_on);
	if (by)
		by->id = op->id;
	return by;
}

/**
 * lph_op_drop_variant() - free what no op has become
 * @by: of lph_op_variant()
 */
void lph_op_drop_variant(struct lph_op *by)
{
	free_op(by);
}

struct lph_op *lph_op_by_id(u32 id)
{
	lockdep_assert_held(&lph_lock);
	return xa_load(&ops, id);
}

/**
 * lph_op_behind() - the op with the lowest id above another
 * @id: the other's, or 0
 *
 * Context: lph_lock.
 * Return: the op, or NULL behind the last one.
 */
struct lph_op *lph_op_behind(u32 id)
{
	unsigned long index = id;

	lockdep_assert_held(&lph_lock);
	return xa_find_after(&ops, &index, ULONG_MAX, XA_PRESENT);
}

unsigned int lph_op_count(void)
{
	lockdep_assert_held(&lph_lock);
	return op_count;
}

/**
 * lph_op_leave() - take an op out of its function's list and free it in time
 * @op: the op
 *
 * Context: lph_lock; the op is in no published array.
 */
void lph_op_leave(struct lph_op *op)
{
	lockdep_assert_held(&lph_lock);
	list_del(&op->node);
	xa_erase(&ops, op->id);
	op_count--;
	lph_garbage_add(&op->garbage, free_garbage);
	module_put(THIS_MODULE);
}

/**
 * lph_op_take_place() - let another op of the same id be the op from here on
 * @op: which; freed in time
 * @by: of lph_op_variant(), inserted; has what the other has counted
 *
 * It is there without an allocation: the id has its entry.
 *
 * Context: lph_lock; the array that has @op in it is about to be replaced.
 */
void lph_op_take_place(struct lph_op *op, struct lph_op *by)
{
	lockdep_assert_held(&lph_lock);
	by->counters = op->counters;
	by->state = op->state;
	op->replaced = true;
	(void)xa_store(&ops, by->id, by, GFP_KERNEL);
	list_del(&op->node);
	lph_garbage_add(&op->garbage, free_garbage);
}

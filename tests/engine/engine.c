// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the rest of the module is to the engine.
 */
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "arch.h"
#include "arch/x86/layout.h"
#include "body.h"
#include "counters.h"
#include "engine.h"
#include "error.h"
#include "exit.h"
#include "function-table.h"
#include "function.h"
#include "garbage.h"
#include "kernel/kernel.h"
#include "kinds/kind.h"
#include "kinds/latency.h"
#include "locking.h"
#include "op-array.h"
#include "op-table.h"
#include "op.h"

DEFINE_MUTEX(lph_lock);
LIST_HEAD(lph_functions);

extern const struct kernel_param __start_params[], __stop_params[];

int lph_error(struct lph_error *error, int errno_, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return errno_;
}

/* Ops that count, and ops that are told of returns: kinds/kind.c without what the others need. */
int lph_kind_set(struct lph_op *op, const struct lph_op_spec *spec)
{
	op->kind = spec->kind;
	op->priority = spec->priority;
	op->act = spec->kind == LPH_KIND_LATENCY ? lph_latency_run : NULL;
	return 0;
}

void lph_kind_clear(struct lph_op *op)
{
	(void)op;
}

void (*engine_shared_call)(struct lph_frame *frame);

void lph_shared_call(struct lph_frame *frame)
{
	engine_shared_call(frame);
}

/* Of the change under way. */
static struct engine_change *change;

static bool (*has_to_trap)(bool begins);

void engine_wait_for_traps(bool (*has_to)(bool begins))
{
	has_to_trap = has_to;
}

static u64 taken(void)
{
	struct lph_traps traps;
	u64 sum = 0;
	int i;

	lph_traps_read(&traps);
	for (i = 0; i < LPH_CONTEXTS; i++)
		sum += traps.taken[i];
	return sum;
}

static void wait_for_trap(void)
{
	u64 before = taken();

	has_to_trap(true);
	while (taken() == before) {
		sched_yield();
		/* The calls first: their traps are counted by then. */
		if (has_to_trap(false) && taken() == before)
			die("calls run a site that is being rewritten, and none traps");
	}
}

static void note_phase(void *data, enum lph_phase phase)
{
	(void)data;
	if (phase == LPH_PHASE_INT3 && has_to_trap)
		wait_for_trap();
	change->ns[phase] = ktime_get() - change->ns[LPH_PHASE_START];
}

void engine_init(void)
{
	smp_init();
	alias_init();
	cpu_init();
	trap_init();
	trap_aim(lph_arch_entry(0), lph_arch_entry(lph_arch_trampolines()));
	lph_thread_init();
	if (lph_arch_init())
		die("lph_arch_init() failed");
}

void engine_param(const char *name, const char *value)
{
	const struct kernel_param *param;

	for (param = __start_params; param < __stop_params; param++) {
		if (strcmp(param->name, name))
			continue;
		if (param->ops->set(value, param))
			die("the engine's parameter %s refused %s", name, value);
		return;
	}
	die("the engine has no parameter %s", name);
}

/* The call that ftrace would write. */
static void write_call(unsigned long site, unsigned long to)
{
	struct page *page = vmalloc_to_page((void *)site);
	int offset = to - site - 5;
	unsigned char *alias;

	if (!lph_arch_original(site) || lph_arch_attached(site))
		die("the function at 0x%lx does not begin with a nop of 5 bytes", site);
	if (offset_in_page(site) > PAGE_SIZE - 5)
		die("the site at 0x%lx lies on two pages", site);
	alias = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	if (!alias)
		die("out of memory");
	alias[offset_in_page(site)] = 0xe8;
	memcpy(alias + offset_in_page(site) + 1, &offset, sizeof(offset));
	vunmap(alias);
	smp_membarrier();
}

struct lph_function *engine_attach(void *addr, unsigned int slot)
{
	struct lph_function *fn = kzalloc(sizeof(*fn), GFP_KERNEL);

	if (!fn || slot >= lph_arch_trampolines())
		die("no memory, or no trampoline %u", slot);
	INIT_LIST_HEAD(&fn->ops);
	INIT_LIST_HEAD(&fn->redirects);
	fn->addr = (unsigned long)addr;
	fn->slot = slot;
	fn->original = lph_arch_original(fn->addr);
	fn->bodies[LPH_BODY_ORIGINAL_INDEX].addr = fn->original;
	fn->state = LPH_FUNCTION_ATTACHED;
	if (lph_arch_reset(slot, fn->original))
		die("out of memory");
	lph_arch_bind(slot, fn);
	write_call(fn->original - 5, lph_arch_entry(slot));
	if (lph_arch_try(slot))
		die("the function at 0x%lx runs in a trap", fn->addr);

	mutex_lock(&lph_lock);
	list_add_tail(&fn->node, &lph_functions);
	mutex_unlock(&lph_lock);
	return fn;
}

static void settle_traps(struct lph_traps *traps, const struct lph_traps *before)
{
	int i;

	lph_traps_read(traps);
	for (i = 0; i < LPH_CONTEXTS; i++)
		traps->taken[i] -= before->taken[i];
	for (i = 0; i <= LPH_STRATEGY_MAX; i++)
		traps->by_strategy[i] -= before->by_strategy[i];
	traps->stale -= before->stale;
	traps->overflows -= before->overflows;
	traps->lapses -= before->lapses;
}

static void begin_change(struct engine_change *ret_change, struct lph_traps *before)
{
	memset(ret_change, 0, sizeof(*ret_change));
	change = ret_change;
	lph_traps_reset_max_depth();
	lph_traps_read(before);
	change->ns[LPH_PHASE_START] = ktime_get();
}

static void end_change(const struct lph_traps *before)
{
	note_phase(NULL, LPH_PHASE_SETTLED);
	settle_traps(&change->traps, before);
	change->ns[LPH_PHASE_START] = 0;
	lph_exit_lead();
}

static void apply(struct lph_op *op, enum lph_op_change what, enum lph_strategy strategy,
		  struct engine_change *ret_change)
{
	const struct lph_rewrite how = { .strategy = strategy, .phase = note_phase };
	struct lph_traps before;
	struct lph_error error;

	begin_change(ret_change, &before);
	if (lph_op_apply(op, what, &how, &error))
		die("lph_op_apply: %s", error.text);
	end_change(&before);
}

struct lph_op *engine_add(struct lph_function *fn, enum lph_op_kind kind, s32 priority,
			  enum lph_strategy strategy, struct engine_change *ret_change)
{
	const struct lph_op_spec spec = { .kind = kind, .priority = priority };
	struct lph_op *op;

	mutex_lock(&lph_lock);
	op = lph_op_new(fn, &spec);
	mutex_unlock(&lph_lock);
	if (!op)
		die("out of memory");
	apply(op, LPH_OP_ENTERS, strategy, ret_change);
	mutex_lock(&lph_lock);
	op->state = LPH_OP_ATTACHED;
	mutex_unlock(&lph_lock);
	return op;
}

void engine_remove(struct lph_op *op, enum lph_strategy strategy, struct engine_change *ret_change)
{
	op->state = LPH_OP_REMOVING;
	apply(op, LPH_OP_LEAVES, strategy, ret_change);
	mutex_lock(&lph_lock);
	lph_op_leave(op);
	mutex_unlock(&lph_lock);
}

/* As patch-transition.c and consistency.c do for all functions of a patch. */
void engine_redirect(struct lph_function *fn, unsigned long body, u32 epoch,
		     enum lph_strategy strategy, struct engine_change *ret_change)
{
	struct lph_choice choice = { .body = { body, body }, .epoch = epoch };
	struct lph_traps before;
	struct lph_error error;
	int r;

	if (epoch)
		choice.body[LPH_OLD] = fn->choice.body[LPH_NEW];
	begin_change(ret_change, &before);
	fn->turn.to = body;
	r = lph_op_hold(fn, strategy, &error);
	if (r)
		die("lph_op_hold: %s", error.text);

	mutex_lock(&lph_lock);
	r = lph_op_prepare(fn, &choice);
	mutex_unlock(&lph_lock);
	if (r)
		die("out of memory");
	lph_op_switch(fn);
	mutex_lock(&lph_lock);
	lph_op_drop_prepared(fn);
	mutex_unlock(&lph_lock);

	lph_op_release(fn, strategy);
	end_change(&before);
}

void engine_mark(u32 epoch)
{
	lph_thread_set_old(current, epoch);
}

bool engine_marked(u32 epoch)
{
	return lph_thread_old(epoch);
}

unsigned int engine_body(struct lph_function *fn, unsigned long body)
{
	return body ? lph_body_index(fn, body) : LPH_BODY_ORIGINAL_INDEX;
}

bool engine_straight(struct lph_function *fn)
{
	bool straight;

	mutex_lock(&lph_lock);
	straight = lph_op_needs_trace(fn) || fn->entry != LPH_ENTRY_TRACE ||
		   fn->choice.body[LPH_OLD] != fn->choice.body[LPH_NEW];
	mutex_unlock(&lph_lock);
	return straight;
}

enum lph_entry engine_entry(struct lph_function *fn)
{
	enum lph_entry entry;

	mutex_lock(&lph_lock);
	entry = fn->entry;
	mutex_unlock(&lph_lock);
	return entry;
}

unsigned long engine_count_at(struct lph_function *fn, bool loaded)
{
	static const unsigned char inc[] = { 0x65, 0x49, 0xff, 0x03 };
	/* mov counter(%rip), %r11 */
	const unsigned int load = 7, room = 32;
	enum lph_entry entry = engine_entry(fn);
	const unsigned char *at;

	if (entry != LPH_ENTRY_COUNT && entry != LPH_ENTRY_COUNT_REDIRECT)
		return 0;
	at = (const void *)(lph_arch_entry(fn->slot) +
			    (entry == LPH_ENTRY_COUNT ? LPH_COUNT : LPH_COUNT_REDIRECT));
	at = memmem(at, room, inc, sizeof(inc));
	if (!at)
		die("count of trampoline %u increments nothing", fn->slot);
	return (unsigned long)at - (loaded ? 0 : load);
}

unsigned long engine_exit_at(struct lph_function *fn)
{
	return lph_arch_entry(fn->slot) + LPH_SITE_EXIT;
}

void engine_quiescent(void)
{
	cpu_quiescent();
}

void engine_poll(void)
{
	engine_quiescent();
	workqueue_run(lph_queue);
}

bool engine_still(bool tasks)
{
	return workqueue_still(tasks);
}

bool engine_idle(void)
{
	return workqueue_idle();
}

void engine_settle(void)
{
	unsigned int ops;

	cpu_down();
	lph_exit_cancel();
	lph_garbage_exit();
	percpu_check();
	mutex_lock(&lph_lock);
	ops = lph_op_count();
	mutex_unlock(&lph_lock);
	if (engine_module.references != (int)ops)
		die("%u ops are left, and %d references to the module", ops,
		    engine_module.references);
}

u64 *engine_counters(const struct lph_op *op)
{
	return op->counters->hits;
}

u64 engine_hits(const struct lph_op *op, unsigned int body)
{
	return lph_op_hits(op, body);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pool of trampolines, and the rewriting of their sites.
 *
 * lph_arch_rewrite() follows the protocol of the kernel's text_poke_bp()
 * (arch/x86/kernel/alternative.c), for all sites of a trampoline at once:
 *
 *  1. Write int3 over byte 0 of every site that changes; sync all cores. From
 *     here on a CPU that comes by traps, and trap.c sends it on.
 *  2. Write bytes 1 to 4; sync. Nobody decodes them: byte 0 traps.
 *  3. Write byte 0; sync. Nobody traps any more, but a trap that was taken
 *     may still be on its way: trap.c finds the byte whole, and goes on.
 *  4. Sync again, for the second store of step 3.
 *
 * Every byte is stored twice, the second time behind the sync. A CPU needs
 * that not, an emulator may: QEMU drops its translation of an instruction
 * before it stores to it, and another virtual CPU can translate the old byte
 * in between, for good (seen in 10.0 with one thread a CPU). The sync ends
 * such a translation, and the second store drops it. In step 3 that is not
 * enough: a CPU that goes on to see the int3 with interrupts off, and executes
 * it again and again as 6.1's kprobes make it, never takes the sync. So the
 * store is repeated until all have. And it is two stores in a row each time,
 * between which an emulator takes no interrupt: one that saw the int3 on the
 * writer's own CPU would keep it from the next.
 *
 * "Sync all cores" makes each CPU execute a serializing instruction, so that
 * none goes on with bytes that it fetched before.
 *
 * Module text is not writable. The writes go through an alias, a second
 * mapping of the page that exists only between lph_arch_open() and _close().
 */
#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/objtool.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/sync_core.h>
#include <asm/text-patching.h>

#include "ranges.h"
#include "text.h"
#include "thread.h"

static_assert(offsetof(struct lph_frame, args) == LPH_FRAME_ARGS);
static_assert(offsetof(struct lph_frame, parent_ip) == LPH_FRAME_PARENT_IP);
static_assert(offsetof(struct lph_frame, body) == LPH_FRAME_BODY);
static_assert(offsetof(struct lph_frame, arch) == LPH_FRAME_ARCH);
static_assert(offsetof(struct lph_frame, measures) == LPH_FRAME_MEASURES);
static_assert(offsetof(struct lph_frame, index) == LPH_FRAME_MEASURES + 4);
static_assert(sizeof(struct lph_frame) == LPH_FRAME_SIZE);
static_assert(offsetof(struct lph_shared_counts, mask) == LPH_COUNTS_MASK);
static_assert(offsetof(struct lph_shared_counts, base) == LPH_COUNTS_BASE);
static_assert(offsetof(struct lph_count, key) == LPH_COUNT_KEY);
static_assert(offsetof(struct lph_count, counter) == LPH_COUNT_COUNTER);
static_assert(sizeof(struct lph_count) == LPH_COUNT_SIZE);
static_assert(LPH_SITE_SIZE == CALL_INSN_SIZE && LPH_SITE_SIZE == JMP32_INSN_SIZE);
static_assert(PAGE_SIZE % LPH_TRAMPOLINE_SIZE == 0);

/* Each offset in one aligned quadword, see layout.h. */
static_assert((LPH_SITE_ENTRY + 1) / 8 == (LPH_SITE_ENTRY + 4) / 8);
static_assert((LPH_SITE_CALL + 1) / 8 == (LPH_SITE_CALL + 4) / 8);

struct lph_function *lph_pool_function[LPH_TRAMPOLINES];

/*
 * What the two forms of count increment. They are apart since a call may be
 * held up in one of them while E comes to lead to the other: it still counts
 * for the body that it goes on in.
 */
u64 __percpu *lph_pool_counter[LPH_TRAMPOLINES];
u64 __percpu *lph_pool_redirect_counter[LPH_TRAMPOLINES];

/*
 * The trampolines that lph_arch_try() has to try yet. Until then E leads to trace,
 * and C to list_untried().
 */
static bool untried[LPH_TRAMPOLINES];

/* The function that is being tried, or NULL, and calls of it on each CPU meanwhile. */
static const struct lph_function *trial_of;
static DEFINE_PER_CPU(unsigned int, trial_calls);

/* An NMI that calls the function in the midst of a trial does so once. */
#define TRIALS 3

struct insn {
	u8 bytes[LPH_SITE_SIZE];
};

static const struct insn nop = { { 0x0f, 0x1f, 0x44, 0x00, 0x00 } };
/* lea 8(%rsp), %rsp */
static const struct insn drop = { { 0x48, 0x8d, 0x64, 0x24, 0x08 } };

struct site {
	unsigned int at;
	struct insn insn;
};

/*
 * X of each trampoline as the module loader left it: a return in the form
 * that this machine's mitigations want, relative to where it stands.
 */
static struct insn *returns;

/* The task that has a trampoline open. */
static const struct task_struct *writer;

/* Of the rewrite under way. */
static enum lph_strategy strategy_in_use;

static void *trampoline(unsigned int slot)
{
	return (void *)(lph_text.pool + slot * LPH_TRAMPOLINE_SIZE);
}

/*
 * Maps the page that @addr lies in writable.
 * Return: the alias of @addr, for alias_unmap(), or NULL.
 */
static u8 *alias_map(const void *addr)
{
	struct page *page = vmalloc_to_page(addr);
	u8 *alias;

	if (!page)
		return NULL;
	alias = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	return alias ? alias + offset_in_page(addr) : NULL;
}

static void alias_unmap(u8 *alias)
{
	vunmap((void *)PAGE_ALIGN_DOWN((unsigned long)alias));
}

static void sync_one_core(void *unused)
{
	sync_core();
}

static void sync_all_cores(void)
{
	on_each_cpu(sync_one_core, NULL, 1);
}

static void step_over(enum lph_phase phase, lph_phase_fn told, void *data)
{
	unsigned int us = lph_linger_us();

	sync_all_cores();
	told(data, phase);
	if (us)
		usleep_range(us, us + us / 4);
}

static struct insn jump(u8 opcode, const u8 *from, unsigned long to)
{
	s32 offset = to - (unsigned long)from - LPH_SITE_SIZE;
	struct insn insn = { { opcode } };

	memcpy(&insn.bytes[1], &offset, sizeof(offset));
	return insn;
}

static s32 tail(const struct insn *insn)
{
	s32 bytes;

	memcpy(&bytes, &insn->bytes[1], sizeof(bytes));
	return bytes;
}

/* Appends the site at @at to the @n that change, if it does. */
static unsigned int plan(struct site *sites, unsigned int n, const u8 *tramp,
			 unsigned int at, struct insn insn, bool force)
{
	if (!force && !memcmp(tramp + at, insn.bytes, LPH_SITE_SIZE))
		return n;
	sites[n].at = at;
	sites[n].insn = insn;
	return n + 1;
}

static void store_int3(u8 *alias, const struct site *sites, unsigned int n)
{
	for (; n; n--, sites++)
		WRITE_ONCE(alias[sites->at], INT3_INSN_OPCODE);
}

/* In one xchg: the trap reads the four bytes in one load, read_tail(). */
static void store_tail(u8 *alias, const struct site *sites, unsigned int n)
{
	for (; n; n--, sites++)
		(void)xchg((s32 *)(alias + sites->at + 1), tail(&sites->insn));
}

/* Two stores in a row: see above. */
static void store_head(u8 *alias, const struct site *sites, unsigned int n)
{
	for (; n; n--, sites++) {
		WRITE_ONCE(alias[sites->at], sites->insn.bytes[0]);
		WRITE_ONCE(alias[sites->at], sites->insn.bytes[0]);
	}
}

void *lph_arch_open(unsigned int slot)
{
	u8 *alias = alias_map(trampoline(slot));

	if (alias)
		WRITE_ONCE(writer, current);
	return alias;
}

void lph_arch_close(void *window)
{
	WRITE_ONCE(writer, NULL);
	alias_unmap(window);
}

static void sync_and_tell(void *unsynced)
{
	sync_core();
	atomic_dec((atomic_t *)unsynced);
}

/* Syncs all cores, and stores the heads again and again until all have. */
static void sync_storing_head(u8 *alias, const struct site *sites, unsigned int n)
{
	atomic_t unsynced;

	/* No CPU comes or goes between the count and the last answer. */
	cpus_read_lock();
	preempt_disable();
	atomic_set(&unsynced, num_online_cpus() - 1);
	smp_call_function_many(cpu_online_mask, sync_and_tell, &unsynced, false);
	sync_core();
	while (atomic_read(&unsynced)) {
		udelay(5);
		store_head(alias, sites, n);
	}
	preempt_enable();
	cpus_read_unlock();
}

static void list_untried(struct lph_frame *frame, struct lph_function *fn)
{
	if (fn && fn == READ_ONCE(trial_of))
		this_cpu_inc(trial_calls);
	lph_list(frame, fn);
}

/* Traps, and goes on: trap.c knows the place. */
static noinline void trap_here(void)
{
	asm volatile(".globl lph_text_trap_at\n"
		     "lph_text_trap_at:\n\t" ANNOTATE_NOENDBR "\n\t"
		     "int3");
}

static bool runs_in_trap(void)
{
	unsigned int before;
	unsigned long flags;
	bool runs;

	local_irq_save(flags);
	before = this_cpu_read(trial_calls);
	trap_here();
	runs = this_cpu_read(trial_calls) != before;
	local_irq_restore(flags);
	return runs;
}

int lph_arch_try(unsigned int slot)
{
	unsigned int n;

	WRITE_ONCE(trial_of, READ_ONCE(lph_pool_function[slot]));
	for (n = 0; n < TRIALS && runs_in_trap(); n++)
		;
	WRITE_ONCE(trial_of, NULL);
	if (n == TRIALS)
		return -EOPNOTSUPP;
	untried[slot] = false;
	return 0;
}

static struct insn entry_insn(const u8 *tramp, enum lph_entry entry)
{
	switch (entry) {
	case LPH_ENTRY_TRACE:
		return jump(JMP32_INSN_OPCODE, tramp + LPH_SITE_ENTRY,
			    (unsigned long)tramp + LPH_TRACE);
	case LPH_ENTRY_COUNT:
		return jump(JMP32_INSN_OPCODE, tramp + LPH_SITE_ENTRY,
			    (unsigned long)tramp + LPH_COUNT);
	case LPH_ENTRY_COUNT_REDIRECT:
		return jump(JMP32_INSN_OPCODE, tramp + LPH_SITE_ENTRY,
			    (unsigned long)tramp + LPH_COUNT_REDIRECT);
	case LPH_ENTRY_REDIRECT:
		return drop;
	default:
		return nop;
	}
}

/*
 * Where E leads to count already, calls go over to another counter here, and
 * each increments one of the two. Else they find it: the syncs are in between.
 */
static void set_counter(unsigned int slot, const struct lph_sites *want)
{
	if (want->entry == LPH_ENTRY_COUNT)
		WRITE_ONCE(lph_pool_counter[slot], want->counter);
	else if (want->entry == LPH_ENTRY_COUNT_REDIRECT)
		WRITE_ONCE(lph_pool_redirect_counter[slot], want->counter);
}

void lph_arch_rewrite(unsigned int slot, void *window, const struct lph_sites *want,
		      lph_phase_fn phase, void *data)
{
	const u8 *tramp = trampoline(slot);
	lph_call_fn call = untried[slot] ? list_untried : want->call;
	struct site sites[2];
	struct insn insn;
	unsigned int n = 0;
	u8 *alias = window;

	set_counter(slot, want);
	insn = entry_insn(tramp, want->entry);
	n = plan(sites, n, tramp, LPH_SITE_ENTRY, insn, want->force);
	insn = jump(CALL_INSN_OPCODE, tramp + LPH_SITE_CALL, (unsigned long)call);
	n = plan(sites, n, tramp, LPH_SITE_CALL, insn, want->force);
	if (!n)
		return;

	/*
	 * 1. A trap reads the writer and the strategy only where it finds the
	 * int3: x86 keeps the order of these stores, and of the trap's loads.
	 */
	WRITE_ONCE(strategy_in_use, want->strategy);
	store_int3(alias, sites, n);
	step_over(LPH_PHASE_INT3, phase, data);
	store_int3(alias, sites, n);

	/* 2. */
	store_tail(alias, sites, n);
	step_over(LPH_PHASE_TAIL, phase, data);
	store_tail(alias, sites, n);

	/* 3. */
	store_head(alias, sites, n);
	sync_storing_head(alias, sites, n);
	store_head(alias, sites, n);

	/* 4. */
	step_over(LPH_PHASE_HEAD, phase, data);
}

static void store_unused(u8 *alias, unsigned int at, const void *bytes, unsigned int n)
{
	memcpy(alias + at, bytes, n);
	sync_all_cores();
	/* As in lph_arch_rewrite(). */
	memcpy(alias + at, bytes, n);
	sync_all_cores();
}

/* Where the function at @addr begins, to a call or jump that needs no ENDBR: its ftrace site. */
static const u8 *behind_endbr(unsigned long addr)
{
	static const u8 endbr[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	/* What the kernel writes over an ENDBR that no indirect call needs. */
	static const u8 sealed[] = { 0x66, 0x0f, 0x1f, 0x00 };
	static const u8 poison[] = { 0x0f, 0x1f, 0x40, 0xd6 };
	const u8 *at = (const u8 *)addr;

	if (!memcmp(at, endbr, 4) || !memcmp(at, sealed, 4) || !memcmp(at, poison, 4))
		return at + 4;
	return at;
}

void lph_arch_exit_to(unsigned int slot, void *window, unsigned long body)
{
	const u8 *at = trampoline(slot) + LPH_SITE_EXIT;
	struct insn insn = returns[slot];

	if (body)
		insn = jump(JMP32_INSN_OPCODE, at, (unsigned long)behind_endbr(body));
	store_unused(window, LPH_SITE_EXIT, insn.bytes, LPH_SITE_SIZE);
}

int lph_arch_reset(unsigned int slot, unsigned long original)
{
	const u8 *tramp = trampoline(slot);
	/* The processor extends its sign: kernel text is in the topmost 2 GiB. */
	s32 immediate = original;
	struct insn entry = entry_insn(tramp, LPH_ENTRY_TRACE);
	struct insn call = jump(CALL_INSN_OPCODE, tramp + LPH_SITE_CALL,
				(unsigned long)list_untried);
	void *window;

	untried[slot] = true;
	if (!memcmp(tramp + LPH_SITE_ENTRY, entry.bytes, LPH_SITE_SIZE) &&
	    !memcmp(tramp + LPH_SITE_CALL, call.bytes, LPH_SITE_SIZE) &&
	    !memcmp(tramp + LPH_SITE_EXIT, returns[slot].bytes, LPH_SITE_SIZE) &&
	    !memcmp(tramp + LPH_COUNT_ORIGINAL, &immediate, sizeof(immediate)))
		return 0;
	window = lph_arch_open(slot);
	if (!window)
		return -ENOMEM;
	store_unused(window, LPH_SITE_ENTRY, entry.bytes, LPH_SITE_SIZE);
	store_unused(window, LPH_SITE_CALL, call.bytes, LPH_SITE_SIZE);
	store_unused(window, LPH_COUNT_ORIGINAL, &immediate, sizeof(immediate));
	lph_arch_exit_to(slot, window, 0);
	lph_arch_close(window);
	return 0;
}

/*
 * Bytes 1 to 4 of the old or of the new instruction of a site. Pairs with
 * store_tail(): one access each, within an aligned quadword, so it is exactly
 * the one or exactly the other. A locked read would be no more atomic, and
 * would need a writable mapping in the trap.
 */
static s32 read_tail(unsigned long tramp, unsigned int at)
{
	return READ_ONCE(*(s32 *)(tramp + at + 1));
}

/**
 * lph_text_enter() - do what the new or the old instruction at E does
 * @regs: of the trap
 * @tramp: address of the trampoline
 *
 * Context: the trap. Both go with what X is, which changes only while both
 * lead to trace.
 */
void lph_text_enter(struct pt_regs *regs, unsigned long tramp)
{
	s32 bytes = read_tail(tramp, LPH_SITE_ENTRY);

	if (bytes == tail(&drop))
		int3_emulate_pop(regs);
	if (bytes == tail(&drop) || bytes == tail(&nop))
		bytes = 0;
	int3_emulate_jmp(regs, tramp + LPH_SITE_ENTRY + LPH_SITE_SIZE + bytes);
}

/**
 * lph_text_call() - do what the new or the old instruction at C does
 * @regs: of the trap
 * @tramp: address of the trampoline
 *
 * Context: the trap.
 */
void lph_text_call(struct pt_regs *regs, unsigned long tramp)
{
	unsigned long next = tramp + LPH_SITE_CALL + LPH_SITE_SIZE;
	s32 bytes = read_tail(tramp, LPH_SITE_CALL);

	/* Nothing was called yet. */
	if (bytes == tail(&nop)) {
		int3_emulate_jmp(regs, next);
		return;
	}
	int3_emulate_push(regs, next);
	int3_emulate_jmp(regs, next + bytes);
}

/**
 * lph_text_writer() - the task that is rewriting, or NULL
 */
const struct task_struct *lph_text_writer(void)
{
	return READ_ONCE(writer);
}

/**
 * lph_text_strategy() - how traps go on, in the rewrite under way
 */
enum lph_strategy lph_text_strategy(void)
{
	return READ_ONCE(strategy_in_use);
}

/**
 * lph_list_at() - lph_list() for a call that trapped at E
 * @frame: the call
 * @tramp: address of the trampoline
 */
void lph_list_at(struct lph_frame *frame, unsigned long tramp)
{
	unsigned int slot = (tramp - lph_text.pool) / LPH_TRAMPOLINE_SIZE;

	lph_list(frame, READ_ONCE(lph_pool_function[slot]));
}

unsigned int lph_arch_trampolines(void)
{
	return LPH_TRAMPOLINES;
}

void lph_arch_text(unsigned int slot, struct lph_range *ret_range)
{
	ret_range[0].start = (unsigned long)trampoline(slot);
	ret_range[0].size = LPH_TRAMPOLINE_SIZE;
	ret_range[1].start = lph_text.stub_entry;
	ret_range[1].size = lph_text.stubs_end - lph_text.stub_entry;
}

unsigned long lph_arch_entry(unsigned int slot)
{
	return (unsigned long)trampoline(slot);
}

void lph_arch_bind(unsigned int slot, struct lph_function *fn)
{
	WRITE_ONCE(lph_pool_function[slot], fn);
}

unsigned long lph_arch_shared_entry(void)
{
	return lph_text.shared;
}

unsigned long lph_arch_site(unsigned long addr)
{
	return (unsigned long)behind_endbr(addr);
}

unsigned long lph_arch_original(unsigned long addr)
{
	return lph_arch_site(addr) + CALL_INSN_SIZE;
}

bool lph_arch_attached(unsigned long addr)
{
	/* A call, or the kernel's own int3 while it is being changed. */
	return READ_ONCE(*behind_endbr(addr)) != nop.bytes[0];
}

int lph_arch_link(enum lph_unexported which, unsigned long addr)
{
	u8 *at = (u8 *)lph_text.link[which];
	struct insn insn = jump(JMP32_INSN_OPCODE, at, addr);
	u8 *alias = alias_map(at);

	if (!alias)
		return -ENOMEM;
	memcpy(alias, insn.bytes, LPH_SITE_SIZE);
	sync_all_cores();
	alias_unmap(alias);
	return 0;
}

int lph_text_init(void)
{
	unsigned int slot;

	returns = kvmalloc_array(LPH_TRAMPOLINES, sizeof(*returns), GFP_KERNEL);
	if (!returns)
		return -ENOMEM;
	for (slot = 0; slot < LPH_TRAMPOLINES; slot++)
		memcpy(&returns[slot], trampoline(slot) + LPH_SITE_EXIT, LPH_SITE_SIZE);
	return 0;
}

void lph_text_exit(void)
{
	kvfree(returns);
}

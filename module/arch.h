/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_ARCH_H
#define LPH_ARCH_H

#include <linux/types.h>
#include <linux/livepatch_helper.h>

/*
 * What an architecture gives the rest of the module: a pool of trampolines,
 * the rewriting of their sites under traffic, and the trap that covers it.
 * Only arch/ knows instruction bytes.
 *
 * A trampoline has three sites:
 *
 *	E  entry	go on at X | go to trace | drop the return address, go on at X |
 *			go to count, in one of two forms
 *	X  exit		go on in the body that ftrace chose | jump to another body
 *	C  call		call the list function | call one kind's own function
 *
 * trace saves the registers into a struct lph_frame, runs C, restores them
 * and goes on in the body that the frame then names. E and C are rewritten while
 * CPUs run them; X only while E leads to trace, and nobody can be behind it.
 *
 * Where the ops want to know when the call returns (@measures), the frame stays on
 * the stack and trace calls the body, which returns to lph_latency_return(), and that
 * to the caller. The body finds no arguments on the stack then: it must have none.
 *
 * count is trace and C in a few instructions, for a lone op that does nothing but
 * count: it increments a counter, and goes on in the original body (a call that
 * goes on elsewhere runs trace), or drops the return address and goes on at X.
 */

struct btf;
struct callback_head;
struct ftrace_ops;
struct lph_function;
struct lph_latency;
struct lph_range;
struct module;
struct pid;
struct pid_namespace;
struct task_struct;

/* In how many registers integer arguments are, and how many one of them may take. */
#define LPH_ARGUMENTS 6
#define LPH_ARGUMENT_WORDS 2

/* How many ops may measure one call. */
#define LPH_MEASURES 3

/**
 * struct lph_frame - what an op knows of one call
 * @args: the first six integer arguments
 * @ip: address of the function
 * @parent_ip: the caller
 * @body: where the call goes on: the body that ftrace chose for it, or, once
 *	the list function has looked, the one of a patch of ours
 * @arch: saved registers that no op needs
 * @measures: how many of @latency are in use; 0 as the call comes
 * @index: lph_body_index() of @body, for them
 * @start: when the body was entered, for them
 * @latency: what the time until the body returns is told
 */
struct lph_frame {
	u64 args[LPH_ARGUMENTS];
	u64 ip;
	u64 parent_ip;
	u64 body;
	u64 arch[2];
	u32 measures;
	u32 index;
	u64 start;
	struct lph_latency *latency[LPH_MEASURES];
};

typedef void (*lph_call_fn)(struct lph_frame *frame, struct lph_function *fn);

/* What a call that enters a trampoline does. */
enum lph_entry {
	LPH_ENTRY_PASS,		/* goes on in the body that ftrace chose */
	LPH_ENTRY_TRACE,	/* runs the ops, goes on in the body of the frame */
	LPH_ENTRY_REDIRECT,	/* goes on in the body that X leads to */
	LPH_ENTRY_COUNT,	/* counts, goes on in the original; or as LPH_ENTRY_TRACE */
	LPH_ENTRY_COUNT_REDIRECT, /* counts, goes on in the body that X leads to */
	LPH_ENTRIES
};

/**
 * struct lph_sites - what the sites of one trampoline should be
 * @entry: E; LPH_ENTRY_REDIRECT and LPH_ENTRY_COUNT_REDIRECT only where X leads
 *	to a body, LPH_ENTRY_PASS only where it does not
 * @counter: of LPH_ENTRY_COUNT and LPH_ENTRY_COUNT_REDIRECT: what calls of the
 *	body increment; must be there for a grace period of RCU tasks behind
 *	the rewrite that gives up this entry or this counter
 * @call: what C calls
 * @strategy: how traps go on meanwhile
 * @force: rewrite the sites that are as wanted already, too (test only)
 */
struct lph_sites {
	enum lph_entry entry;
	u64 __percpu *counter;
	lph_call_fn call;
	enum lph_strategy strategy;
	bool force;
};

/* Told by lph_arch_rewrite() when a step is over on every CPU. */
typedef void (*lph_phase_fn)(void *data, enum lph_phase phase);

/**
 * lph_arch_init() - take the pool into use and start to answer traps
 *
 * Context: process, at module load.
 * Return: 0, or -errno with a message in the kernel log.
 */
int lph_arch_init(void);

/**
 * lph_arch_exit() - stop answering traps
 *
 * Every trampoline is detached, and nobody is left in one.
 */
void lph_arch_exit(void);

/**
 * lph_arch_trampolines() - size of the pool
 */
unsigned int lph_arch_trampolines(void);

/**
 * lph_arch_entry() - where a function's fentry calls trampoline @slot
 *
 * Even: ftrace takes bit 0 for a flag of its own.
 */
unsigned long lph_arch_entry(unsigned int slot);

/**
 * lph_arch_bind() - say which function trampoline @slot serves, or NULL
 *
 * Context: @slot is not attached.
 */
void lph_arch_bind(unsigned int slot, struct lph_function *fn);

/**
 * lph_arch_open() - make trampoline @slot writable for lph_arch_rewrite()
 *
 * Apart from the rewrite, so that nothing can fail once an op set is published.
 *
 * Context: process; one at a time (the transition queue).
 * Return: the window, for lph_arch_close(), or NULL.
 */
void *lph_arch_open(unsigned int slot);
void lph_arch_close(void *window);

/**
 * lph_arch_rewrite() - rewrite the sites of trampoline @slot under traffic
 * @slot: its number in the pool
 * @window: of lph_arch_open()
 * @want: what they become
 * @phase: told of LPH_PHASE_INT3, _TAIL and _HEAD as each is over; not called
 *	where no site changes
 * @data: for @phase
 *
 * Until LPH_PHASE_HEAD, a call that meets a site runs what enum lph_strategy
 * says. From its return on, it runs what @want says.
 *
 * Context: process; one at a time (the transition queue).
 */
void lph_arch_rewrite(unsigned int slot, void *window, const struct lph_sites *want,
		      lph_phase_fn phase, void *data);

/**
 * lph_arch_exit_to() - let X of trampoline @slot lead to a body
 * @slot: its number in the pool
 * @window: of lph_arch_open()
 * @body: address, or 0 for the one that ftrace chose
 *
 * Context: process; one at a time (the transition queue). E has led to trace for
 * a grace period of RCU tasks, or the trampoline was never attached: nobody
 * is between E and X.
 */
void lph_arch_exit_to(unsigned int slot, void *window, unsigned long body);

/**
 * lph_arch_reset() - make trampoline @slot as new, for a function to be tried
 * @slot: its number in the pool
 * @original: where a call of the function goes on that nothing redirected
 *
 * Context: process; @slot is not attached, and nobody is in it.
 * Return: 0 or -ENOMEM.
 */
int lph_arch_reset(unsigned int slot, unsigned long original);

/**
 * lph_arch_try() - see whether every trap runs the function of trampoline @slot
 * @slot: its number in the pool; bound and attached, no site of it rewritten since
 *
 * Traps once, on purpose, and looks whether its trampoline was entered on the way to
 * our handler or back. A site of such a function would trap on the way to every trap.
 * What a trap runs only at times, or from later on, is not found.
 *
 * Context: process; one at a time (the transition queue).
 * Return: 0, or -EOPNOTSUPP where it does.
 */
int lph_arch_try(unsigned int slot);

/**
 * struct lph_count - a slot of the table of the shared backend, see shared-counts.c
 * @key: where the original of a function goes on; 0: free; or one that is gone
 * @counter: what its calls increment
 */
struct lph_count {
	unsigned long key;
	u64 __percpu *counter;
};

/**
 * struct lph_shared_counts - where that table is
 * @mask: of a key: the offset of its first slot, in bytes. Who searches reads it first
 * @base: the slots
 */
struct lph_shared_counts {
	unsigned long mask;
	const struct lph_count *base;
};

extern struct lph_shared_counts lph_shared_counts;

/**
 * lph_arch_shared_entry() - the trampoline of the shared backend
 *
 * What the fentry of a function calls that nobody but the shared backend has. A call
 * that is found in lph_shared_counts increments its counter and goes on; any other
 * runs lph_shared_call(). Its text is told by lph_arch_text().
 *
 * Return: its address, for ftrace_ops.trampoline.
 */
unsigned long lph_arch_shared_entry(void);

/* Pieces of text that lph_arch_text() tells. */
#define LPH_ARCH_RANGES 2

/**
 * lph_arch_text() - where a call is that has not reached a body yet
 * @slot: number of the trampoline
 * @ret_range: LPH_ARCH_RANGES of them, filled: trampoline @slot, and the stubs, which are
 *	everybody's
 */
void lph_arch_text(unsigned int slot, struct lph_range *ret_range);

/**
 * lph_arch_original() - where a call goes on that nothing redirected
 * @addr: address of a function with an ftrace site
 */
unsigned long lph_arch_original(unsigned long addr);

/**
 * lph_arch_site() - the ftrace site of a function, what ftrace calls its ip
 * @addr: address of a function with an ftrace site
 */
unsigned long lph_arch_site(unsigned long addr);

/**
 * lph_arch_attached() - does the ftrace site at @addr call something?
 * @addr: address of a function with an ftrace site
 *
 * ftrace may report success without having touched the site, while
 * ftrace_enabled is 0 for one.
 */
bool lph_arch_attached(unsigned long addr);

/**
 * lph_arch_each_measured() - look at the measured calls that a task is in
 * @task: the current one, or one that cannot run meanwhile, and has a stack
 * @each: told the frame of each, the innermost first
 *
 * Context: task, or the locks that keep @task from running.
 * Return: were these all? Not where the stack cannot be read to its end, or a call is on
 * its way back from its body.
 */
bool lph_arch_each_measured(struct task_struct *task, void (*each)(struct lph_frame *frame));

/* Kernel functions that no module may link to; see lph_arch_link(). */
enum lph_unexported {
	LPH_FIND_MODULE,
	LPH_KALLSYMS_ON_EACH_MATCH_SYMBOL,
	LPH_FTRACE_OPS_TEST,
	LPH_KALLSYMS_LOOKUP_SIZE_OFFSET,
	LPH_STACK_TRACE_SAVE_TSK_RELIABLE,
	LPH_TASK_CALL_FUNC,
	LPH_IDLE_TASK,
	LPH_MODULE_ADDRESS,
	LPH_FIND_GE_PID,
	LPH_TASK_WORK_CANCEL_MATCH,
	LPH_BPF_GET_BTF_VMLINUX,
	LPH_BTF_GET_MODULE_BTF,
	LPH_BTF_NR_TYPES,
	LPH_BTF_NAME_BY_OFFSET,
	LPH_BTF_PUT,
	LPH_UNEXPORTED_MAX
};

/**
 * lph_arch_link() - give an unexported kernel function its address
 * @which: the function
 * @addr: where it is
 *
 * An indirect call to a function whose ENDBR was sealed faults where IBT is
 * on, so the functions below are direct jumps in the module's own text, and
 * this writes them.
 *
 * Context: process, at module load, before anyone calls them.
 * Return: 0 or -ENOMEM.
 */
int lph_arch_link(enum lph_unexported which, unsigned long addr);

struct module *lph_find_module(const char *name);
int lph_kallsyms_on_each_match_symbol(int (*fn)(void *data, unsigned long addr),
				      const char *name, void *data);
/* Preemption off. Nonzero where @ops has the ftrace site @ip. */
int lph_ftrace_ops_test(struct ftrace_ops *ops, unsigned long ip, void *regs);
int lph_kallsyms_lookup_size_offset(unsigned long addr, unsigned long *ret_size,
				    unsigned long *ret_offset);
int lph_stack_trace_save_tsk_reliable(struct task_struct *task, unsigned long *store,
				      unsigned int size);
int lph_task_call_func(struct task_struct *task, int (*fn)(struct task_struct *task, void *arg),
		       void *arg);
struct task_struct *lph_idle_task(int cpu);
/* Preemption off, which keeps the module in. */
struct module *lph_module_address(unsigned long addr);
/* RCU. */
struct pid *lph_find_ge_pid(int nr, struct pid_namespace *ns);
struct callback_head *lph_task_work_cancel_match(struct task_struct *task,
						 bool (*match)(struct callback_head *work,
							       void *data),
						 void *data);
/* Those that look into BTF: only where lph_btf_init() has found them all. */
struct btf *lph_bpf_get_btf_vmlinux(void);
struct btf *lph_btf_get_module_btf(const struct module *mod);
u32 lph_btf_nr_types(const struct btf *btf);
const char *lph_btf_name_by_offset(const struct btf *btf, u32 offset);
void lph_btf_put(struct btf *btf);

/*
 * And what the rest of the module gives an architecture: where calls go that trap,
 * or that C sends there (op-array.c), those of the shared backend that have more to do
 * than to count (shared.c); and the returns of bodies (kinds/latency.c).
 */
void lph_shared_call(struct lph_frame *frame);
void lph_list(struct lph_frame *frame, struct lph_function *fn);
void lph_latency_return(struct lph_frame *frame);

#endif /* LPH_ARCH_H */

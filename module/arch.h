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
 * A trampoline has three sites, each rewritten while CPUs run it:
 *
 *	E  entry	go on at X | go to trace
 *	X  exit		go on in the body that ftrace chose | somewhere else
 *	C  call		call the list function | call one kind's own function
 *
 * trace saves the registers into a struct lph_frame, runs C, restores them
 * and goes on at X.
 */

struct lph_function;

/**
 * struct lph_frame - what an op knows of one call
 * @args: the first six integer arguments
 * @ip: address of the function
 * @parent_ip: the caller
 * @body: where the call goes on: the body that ftrace chose for it
 * @arch: saved registers that no op needs
 */
struct lph_frame {
	u64 args[6];
	u64 ip;
	u64 parent_ip;
	u64 body;
	u64 arch[3];
};

typedef void (*lph_call_fn)(struct lph_frame *frame, struct lph_function *fn);

/**
 * struct lph_sites - what the sites of one trampoline should be
 * @enter: E goes to trace
 * @redirect_exit: X jumps to a plain return instead of being one (test only)
 * @call: what C calls
 * @strategy: how traps go on meanwhile
 * @force: rewrite the sites that are as wanted already, too (test only)
 */
struct lph_sites {
	bool enter;
	bool redirect_exit;
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
 * Until LPH_PHASE_HEAD, a call that meets a site at E or C runs what enum
 * lph_strategy says, and at X the old or the new exit. From its return on, it
 * runs what @want says.
 *
 * Context: process; one at a time (the transition queue).
 */
void lph_arch_rewrite(unsigned int slot, void *window, const struct lph_sites *want,
		      lph_phase_fn phase, void *data);

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

/* Kernel functions that no module may link to; see lph_arch_call_unexported(). */
enum lph_unexported {
	LPH_FIND_MODULE,
	LPH_KALLSYMS_ON_EACH_MATCH_SYMBOL,
	LPH_FTRACE_OPS_TEST,
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

struct ftrace_ops;
struct module;
struct module *lph_find_module(const char *name);
int lph_kallsyms_on_each_match_symbol(int (*fn)(void *data, unsigned long addr),
				      const char *name, void *data);
/* Preemption off. Nonzero where @ops has the ftrace site @ip. */
int lph_ftrace_ops_test(struct ftrace_ops *ops, unsigned long ip, void *regs);

#endif /* LPH_ARCH_H */

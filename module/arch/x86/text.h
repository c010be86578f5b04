/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_X86_TEXT_H
#define LPH_X86_TEXT_H

#include <linux/types.h>

#include "arch.h"
#include "layout.h"

struct pt_regs;
struct task_struct;

/* Addresses of what trampoline.S defines. */
struct lph_text {
	unsigned long pool;
	unsigned long stub_entry;
	unsigned long stub_call;
	unsigned long shared;
	unsigned long stubs_end;
	unsigned long body_return;
	unsigned long link[LPH_UNEXPORTED_MAX];
};

extern const struct lph_text lph_text;

/* By slot; the trampoline loads its own from here. */
extern struct lph_function *lph_pool_function[LPH_TRAMPOLINES];
extern u64 __percpu *lph_pool_counter[LPH_TRAMPOLINES];
extern u64 __percpu *lph_pool_redirect_counter[LPH_TRAMPOLINES];

void lph_text_enter(struct pt_regs *regs, unsigned long tramp);
void lph_text_call(struct pt_regs *regs, unsigned long tramp);
const struct task_struct *lph_text_writer(void);
enum lph_strategy lph_text_strategy(void);
void lph_list_at(struct lph_frame *frame, unsigned long tramp);
int lph_text_init(void);
void lph_text_exit(void);

/* Where lph_arch_try() has its int3. */
extern const u8 lph_text_trap_at[];

#endif /* LPH_X86_TEXT_H */

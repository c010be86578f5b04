/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ENGINE_ASM_TEXT_PATCHING_H
#define ENGINE_ASM_TEXT_PATCHING_H

#include <linux/types.h>
#include <asm/ptrace.h>

#define INT3_INSN_OPCODE	0xcc
#define INT3_INSN_SIZE		1
#define CALL_INSN_OPCODE	0xe8
#define CALL_INSN_SIZE		5
#define JMP32_INSN_OPCODE	0xe9
#define JMP32_INSN_SIZE		5

static inline void int3_emulate_jmp(struct pt_regs *regs, unsigned long ip)
{
	regs->ip = ip;
}

/* The kernel's trap leaves room below the stack pointer for this, and so does a signal. */
static inline void int3_emulate_push(struct pt_regs *regs, unsigned long value)
{
	regs->sp -= sizeof(unsigned long);
	*(unsigned long *)regs->sp = value;
}

static inline unsigned long int3_emulate_pop(struct pt_regs *regs)
{
	unsigned long value = *(unsigned long *)regs->sp;

	regs->sp += sizeof(unsigned long);
	return value;
}

#endif /* ENGINE_ASM_TEXT_PATCHING_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trampolines and the stubs that trapped calls go on in.
 *
 * They are assembled here, not generated: so they have ORC data and every
 * stack through them unwinds, livepatch's reliable unwinder included; the
 * module loader applies the machine's return mitigations to them; and they lie
 * within reach of a rel32 from the kernel's text.
 *
 * At the entry of a trampoline the stack is (%rsp) = where the function will
 * go on, the body that ftrace and livepatch chose for this call, and
 * 8(%rsp) = the function's caller. All argument registers are live; %r11 is
 * free, as ftrace's own shared path does not preserve it either.
 *
 * count is all of a lone op that counts: one increment, of the counter that it
 * would find by way of the frame. The address of the counter is data, since it
 * is changed while calls are on their way here (text.c); where the original
 * body goes on is an immediate, since that is written once, for the function.
 *
 * X has one description for the unwinder, and it holds in both of its forms:
 * with (%rsp) dropped by E, the function's caller is the one to return to.
 */
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/nospec-branch.h>
#include <asm/orc_types.h>
#include <asm/unwind_hints.h>

#include "layout.h"

.macro NOP5
	.byte 0x0f, 0x1f, 0x44, 0x00, 0x00
.endm

.macro FRAME_SAVE
	lea	-LPH_FRAME_SIZE(%rsp), %rsp
	mov	%rdi, LPH_FRAME_ARGS + 0(%rsp)
	mov	%rsi, LPH_FRAME_ARGS + 8(%rsp)
	mov	%rdx, LPH_FRAME_ARGS + 16(%rsp)
	mov	%rcx, LPH_FRAME_ARGS + 24(%rsp)
	mov	%r8, LPH_FRAME_ARGS + 32(%rsp)
	mov	%r9, LPH_FRAME_ARGS + 40(%rsp)
	mov	%rax, LPH_FRAME_ARCH + 0(%rsp)
	mov	%r10, LPH_FRAME_ARCH + 8(%rsp)
	mov	LPH_FRAME_SIZE + 0(%rsp), %rax
	mov	%rax, LPH_FRAME_BODY(%rsp)
	mov	LPH_FRAME_SIZE + 8(%rsp), %rax
	mov	%rax, LPH_FRAME_PARENT_IP(%rsp)
	movq	$0, LPH_FRAME_MEASURES(%rsp)
.endm

.macro TRAMPOLINE
	.balign	LPH_TRAMPOLINE_SIZE, 0xcc
.Ltrampoline_\@:
	UNWIND_HINT_FUNC
	NOP5
	RET
	.org	.Ltrampoline_\@ + LPH_TRACE, 0xcc
	UNWIND_HINT_FUNC
	FRAME_SAVE
	mov	lph_pool_function + 8 * pool_index(%rip), %rsi
	mov	%rsp, %rdi
	.org	.Ltrampoline_\@ + LPH_SITE_CALL, 0x90
	NOP5
.Lbehind_call_\@:
	ANNOTATE_NOENDBR
	jmp	lph_leave

	/* Stubs of strategy "stub": see strategy-stub.c. */
	.org	.Ltrampoline_\@ + LPH_STUB_ENTRY_STI, 0xcc
	UNWIND_HINT_FUNC
	sti
	jmp	.Ltrampoline_\@ + LPH_TRACE
	.org	.Ltrampoline_\@ + LPH_STUB_CALL, 0xcc
	UNWIND_HINT	sp_reg=ORC_REG_SP sp_offset=LPH_FRAME_SIZE+8 type=UNWIND_HINT_TYPE_CALL
	push	$.Lbehind_call_\@
	jmp	lph_list
	.org	.Ltrampoline_\@ + LPH_STUB_CALL_STI, 0xcc
	UNWIND_HINT	sp_reg=ORC_REG_SP sp_offset=LPH_FRAME_SIZE+8 type=UNWIND_HINT_TYPE_CALL
	push	$.Lbehind_call_\@
	sti
	jmp	lph_list

	.org	.Ltrampoline_\@ + LPH_COUNT, 0xcc
	UNWIND_HINT_FUNC
	.byte	0x48, 0x81, 0x3c, 0x24	/* cmpq $original, (%rsp) */
	.long	0
	jne	.Ltrampoline_\@ + LPH_TRACE
	mov	lph_pool_counter + 8 * pool_index(%rip), %r11
	incq	%gs:(%r11)
	RET
	.org	.Ltrampoline_\@ + LPH_COUNT_REDIRECT, 0xcc
	UNWIND_HINT_FUNC
	mov	lph_pool_redirect_counter + 8 * pool_index(%rip), %r11
	incq	%gs:(%r11)
	lea	8(%rsp), %rsp
	UNWIND_HINT_FUNC
	jmp	.Ltrampoline_\@ + LPH_SITE_EXIT
	.set	pool_index, pool_index + 1
.endm

	.text
	.balign	LPH_TRAMPOLINE_SIZE, 0xcc
SYM_CODE_START_NOALIGN(lph_pool)
	ANNOTATE_NOENDBR
	.set	pool_index, 0
	.rept	LPH_TRAMPOLINES
	TRAMPOLINE
	.endr
	.balign	LPH_TRAMPOLINE_SIZE, 0xcc
SYM_CODE_END(lph_pool)

/*
 * Goes on from a trap at E: what trace does, with the list function, for the
 * trampoline whose address the slot holds.
 */
SYM_CODE_START(lph_stub_entry)
	ANNOTATE_NOENDBR
	UNWIND_HINT_FUNC
	FRAME_SAVE
	call	lph_thread_pop
	mov	%rsp, %rdi
	mov	%rax, %rsi
	call	lph_list_at
	jmp	lph_leave
SYM_CODE_END(lph_stub_entry)

/*
 * Goes on from a trap at C: calls the list function, which returns to the
 * address that the slot holds, behind C. %rdi and %rsi are loaded already.
 */
SYM_CODE_START(lph_stub_call)
	ANNOTATE_NOENDBR
	UNWIND_HINT	sp_reg=ORC_REG_SP sp_offset=LPH_FRAME_SIZE+8 type=UNWIND_HINT_TYPE_CALL
	lea	-8(%rsp), %rsp
	push	%rsi
	call	lph_thread_pop
	pop	%rsi
	mov	%rax, (%rsp)
	lea	8(%rsp), %rdi
	jmp	lph_list
SYM_CODE_END(lph_stub_call)

/*
 * What ftrace has functions call that only the shared backend has: (%rsp), where the
 * original goes on, is the key of lph_shared_counts. %r10 is free, as %r11 is.
 */
	.balign	64, 0xcc
SYM_CODE_START(lph_shared_trampoline)
	ANNOTATE_NOENDBR
	UNWIND_HINT_FUNC
	mov	(%rsp), %r11
	mov	%r11d, %r10d
	and	lph_shared_counts + LPH_COUNTS_MASK(%rip), %r10d
	add	lph_shared_counts + LPH_COUNTS_BASE(%rip), %r10
	cmp	%r11, LPH_COUNT_KEY(%r10)
	jne	.Lother
.Lcount:
	mov	LPH_COUNT_COUNTER(%r10), %r11
	incq	%gs:(%r11)
	RET
.Lother:
	cmpq	$0, LPH_COUNT_KEY(%r10)
	je	.Lmore
	add	$LPH_COUNT_SIZE, %r10
	cmp	%r11, LPH_COUNT_KEY(%r10)
	jne	.Lother
	jmp	.Lcount
.Lmore:
	FRAME_SAVE
	mov	%rsp, %rdi
	call	lph_shared_call
	jmp	lph_leave
SYM_CODE_END(lph_shared_trampoline)
_ASM_NOKPROBE(lph_shared_trampoline)

/*
 * On to the body that the ops were told, behind C.
 *
 * A call that is measured is made from here, as if lph_body_returned had made it. What
 * stands below the frame then is (%rsp) = lph_body_returned, and all that there is to the
 * unwinder at each step is a body that will be run, is being run, or has been:
 *
 *  1. The body takes the place of the one that ftrace chose: who looks at the stack
 *     until 3 finds it there.
 *  2. lph_body_returned is pushed,
 *  3. and the body, which the RET goes on in: an indirect jump would need an ENDBR.
 *  4. The body has returned: nothing of it is on the stack any more.
 *
 * The processor predicts that 3 goes on where ftrace's call came from, rightly,
 * and mispredicts the returns that follow, as with all who catch returns.
 */
SYM_CODE_START(lph_leave)
	ANNOTATE_NOENDBR
	UNWIND_HINT	sp_reg=ORC_REG_SP sp_offset=LPH_FRAME_SIZE+8 type=UNWIND_HINT_TYPE_CALL
	mov	LPH_FRAME_ARGS + 0(%rsp), %rdi
	mov	LPH_FRAME_ARGS + 8(%rsp), %rsi
	mov	LPH_FRAME_ARGS + 16(%rsp), %rdx
	mov	LPH_FRAME_ARGS + 24(%rsp), %rcx
	mov	LPH_FRAME_ARGS + 32(%rsp), %r8
	mov	LPH_FRAME_ARGS + 40(%rsp), %r9
	mov	LPH_FRAME_ARCH + 0(%rsp), %rax
	mov	LPH_FRAME_ARCH + 8(%rsp), %r10
	mov	LPH_FRAME_BODY(%rsp), %r11
	/* 1. */
	mov	%r11, LPH_FRAME_SIZE(%rsp)
	cmpl	$0, LPH_FRAME_MEASURES(%rsp)
	jne	.Lmeasured
	lea	LPH_FRAME_SIZE(%rsp), %rsp
	RET
.Lmeasured:
	UNWIND_HINT	sp_reg=ORC_REG_SP sp_offset=LPH_FRAME_SIZE+8 type=UNWIND_HINT_TYPE_CALL
	/* 2. */
	push	$lph_body_returned
	UNWIND_HINT	sp_reg=ORC_REG_SP sp_offset=LPH_FRAME_SIZE+16 type=UNWIND_HINT_TYPE_CALL
	/* 3. */
	push	%r11
	UNWIND_HINT_FUNC
	RET
SYM_CODE_END(lph_leave)

/* Where the stubs above end: who has one of them on its stack has not reached a body yet. */
SYM_CODE_START(lph_stubs_end)
	ANNOTATE_NOENDBR
	UNWIND_HINT_FUNC
	RET
SYM_CODE_END(lph_stubs_end)

/*
 * Where the body of a measured call returns to, with the frame as it was. The unwinder
 * looks up return addresses one byte before, so that the hint stands on an
 * instruction that nobody runs.
 */
SYM_CODE_START(lph_return)
	ANNOTATE_NOENDBR
	UNWIND_HINT	sp_reg=ORC_REG_SP sp_offset=LPH_FRAME_SIZE+16 type=UNWIND_HINT_TYPE_CALL
	nop
SYM_INNER_LABEL(lph_body_returned, SYM_L_GLOBAL)
	ANNOTATE_NOENDBR
	/* 4. */
	mov	%rax, LPH_FRAME_ARCH + 0(%rsp)
	mov	%rdx, LPH_FRAME_ARCH + 8(%rsp)
	mov	%rsp, %rdi
	call	lph_latency_return
	mov	LPH_FRAME_ARCH + 0(%rsp), %rax
	mov	LPH_FRAME_ARCH + 8(%rsp), %rdx
	lea	LPH_FRAME_SIZE+8(%rsp), %rsp
	RET
	.org	lph_body_returned + LPH_RETURN_SIZE, 0xcc
SYM_CODE_END(lph_return)

/* Jumps to kernel functions; the offsets are written at load. */
.macro LINK name:req
SYM_CODE_START(\name)
	ANNOTATE_NOENDBR
	UNWIND_HINT_FUNC
	jmp	lph_stubs_end
	.org	\name + 16, 0xcc
SYM_CODE_END(\name)
.endm

	.balign	16, 0xcc
LINK lph_find_module
LINK lph_kallsyms_on_each_match_symbol
LINK lph_ftrace_ops_test
LINK lph_kallsyms_lookup_size_offset
LINK lph_stack_trace_save_tsk_reliable
LINK lph_task_call_func
LINK lph_idle_task
LINK lph_module_address
LINK lph_find_ge_pid
LINK lph_task_work_cancel_match
LINK lph_bpf_get_btf_vmlinux
LINK lph_btf_get_module_btf
LINK lph_btf_nr_types
LINK lph_btf_name_by_offset
LINK lph_btf_put

/*
 * Code whose address C takes: through data, so that objtool sees a reference
 * to the text and not a function that wants an ENDBR.
 */
	.section .rodata
	.balign	8
SYM_DATA_START(lph_text)
	.quad	lph_pool
	.quad	lph_stub_entry
	.quad	lph_stub_call
	.quad	lph_shared_trampoline
	.quad	lph_stubs_end
	.quad	lph_body_returned
	.quad	lph_find_module
	.quad	lph_kallsyms_on_each_match_symbol
	.quad	lph_ftrace_ops_test
	.quad	lph_kallsyms_lookup_size_offset
	.quad	lph_stack_trace_save_tsk_reliable
	.quad	lph_task_call_func
	.quad	lph_idle_task
	.quad	lph_module_address
	.quad	lph_find_ge_pid
	.quad	lph_task_work_cancel_match
	.quad	lph_bpf_get_btf_vmlinux
	.quad	lph_btf_get_module_btf
	.quad	lph_btf_nr_types
	.quad	lph_btf_name_by_offset
	.quad	lph_btf_put
SYM_DATA_END(lph_text)

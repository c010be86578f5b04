/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86-64: the functions that lazy.inc lists, a line LAZY LIBRARY, FUNCTION each.
 *
 * Each is a jump by way of a pointer, which leads to bind at first, and to the
 * library's function from the first call on. bind keeps what registers may carry
 * arguments; those of vectors do not: none of these functions takes a double.
 */
	.macro LAZY library, function
	.text
	.globl	\function
	.type	\function, @function
\function:
	endbr64
	jmp	*.Lpointer.\function(%rip)
.Lfirst.\function:
	endbr64
	leaq	.Lentry.\function(%rip), %r11
	jmp	bind
	.size	\function, . - \function

	.section .rodata
.Llibrary.\function:
	.asciz	"\library"
.Lname.\function:
	.asciz	"\function"

	.section .data.rel.local, "aw", @progbits
	.balign	8
.Lentry.\function:
	.quad	.Llibrary.\function
	.quad	.Lname.\function
.Lpointer.\function:
	.quad	.Lfirst.\function
	.endm

	.macro SAVE register
	pushq	\register
	.cfi_adjust_cfa_offset 8
	.endm

	.macro RESTORE register
	popq	\register
	.cfi_adjust_cfa_offset -8
	.endm

	/* %r11: an entry, its pointer behind two more. Seven saves align the stack. */
	.text
	.type	bind, @function
bind:
	.cfi_startproc
	SAVE	%rdi
	SAVE	%rsi
	SAVE	%rdx
	SAVE	%rcx
	SAVE	%r8
	SAVE	%r9
	SAVE	%r11
	movq	(%r11), %rdi
	movq	8(%r11), %rsi
	call	lpd_lazy_bind@PLT
	RESTORE	%r11
	RESTORE	%r9
	RESTORE	%r8
	RESTORE	%rcx
	RESTORE	%rdx
	RESTORE	%rsi
	RESTORE	%rdi
	movq	%rax, 16(%r11)
	jmp	*%rax
	.cfi_endproc
	.size	bind, . - bind

#include "lazy.inc"

	.section .note.GNU-stack, "", @progbits

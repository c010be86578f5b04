/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LPH_X86_LAYOUT_H
#define LPH_X86_LAYOUT_H

/*
 * One trampoline, as trampoline.S lays it out and text.c rewrites it:
 *
 *	+0   E  nop  | jmp trace, count  | lea 8(%rsp), %rsp
 *	+5   X  ret  |                   | jmp body
 *	+16  trace: save registers into the frame, load the call's arguments
 *	+105 C  nop  | call
 *	+110 jmp lph_leave: restore registers, return into the body that the frame names
 *	+160 sti; jmp trace
 *	+168 push behind C; jmp list function
 *	+180 push behind C; sti; jmp list function
 *	+192 count: anything but the original: trace; increment; return
 *	+224 count, redirect: increment; lea 8(%rsp), %rsp; jmp X
 *
 * The offsets of E and C lie within aligned quadwords: so one store changes them,
 * one load reads them, and neither is torn ("Guaranteed Atomic Operations" in
 * Intel's manual, volume 3; "Access Atomicity" in AMD's, volume 2).
 */
#define LPH_TRAMPOLINES		512
#define LPH_TRAMPOLINE_SIZE	256

#define LPH_SITE_SIZE		5
#define LPH_SITE_ENTRY		0
#define LPH_SITE_EXIT		5
#define LPH_TRACE		16
#define LPH_SITE_CALL		105
#define LPH_STUB_ENTRY_STI	160
#define LPH_STUB_CALL		168
#define LPH_STUB_CALL_STI	180
#define LPH_COUNT		192
#define LPH_COUNT_ORIGINAL	196
#define LPH_COUNT_REDIRECT	224

/* What a call runs on its way back from its body; see lph_return. */
#define LPH_RETURN_SIZE		64

/* struct lph_shared_counts, struct lph_count */
#define LPH_COUNTS_MASK		0
#define LPH_COUNTS_BASE		8
#define LPH_COUNT_KEY		0
#define LPH_COUNT_COUNTER	8
#define LPH_COUNT_SIZE		16

/* struct lph_frame */
#define LPH_FRAME_ARGS		0
#define LPH_FRAME_PARENT_IP	56
#define LPH_FRAME_BODY		64
#define LPH_FRAME_ARCH		72
#define LPH_FRAME_MEASURES	88
#define LPH_FRAME_SIZE		128

#endif /* LPH_X86_LAYOUT_H */

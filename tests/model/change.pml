/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of how the ops of a function change while CPUs call it: module/op-array.c
 * over module/arch/x86/ (text.c, trap.c, strategy-slots.c) and module/thread.c.
 *
 * A label such as text_2 is step 2 of the protocol that the comment at the top
 * of text.c numbers; op_N likewise of op-array.c, slots_N of strategy-slots.c.
 *
 * Two ops, A and B, enter and leave: 0, 1, 2, 1, 0 of them are in, and either
 * leaves first. On each CPU a call of the function may be interrupted between
 * any two of its steps, by other calls, which use the same task's record; these
 * likewise, CONTEXTS deep.
 *
 * What a CPU may execute: any value that byte 0 has had since all cores were
 * last synced, an older one after a newer one, too. Bytes 1 to 4 must not have
 * changed since then: what it fetched could be a mixture. Nothing but the sync
 * makes old bytes go away; no interrupt, no return from one.
 *
 * A sync or a grace period is over as soon as each CPU has had interrupts on,
 * or was in no section with preemption off, at one moment since it began. That
 * it takes longer is the writer being slow, which it may always be.
 *
 * Order of accesses: one behind the other, which is enough for x86. It makes
 * the stores of a CPU visible in their order, and does its loads in theirs. A
 * store that waits in a store buffer is the writer being slow, up to where it
 * waits for others; the IPIs of a sync and of a grace period drain the buffer. A
 * record is its own CPU's. What x86 does not keep is the order of a store and a
 * later load: a call turns preemption off and reads the array. But only the
 * same CPU looks at that store, in the interrupt by which a grace period asks it.
 *
 * Steps that touch nothing but the record of their own CPU are in one atomic
 * sequence with the step before: only an interrupt can tell, and may come in
 * between all the same.
 *
 * Not in here: X, which changes only while no call can be there; the bodies of
 * patches; count, to which E leads for a lone op; the second store of each
 * byte, which stores what is there; attaching and detaching.
 *
 * Flags: those below, and
 *
 *	ANY_ORDER		A may also leave before B enters
 *	INTERRUPTS_ANYWHERE	see interruptible_too()
 *	CALLS			calls of a context, and interrupts of it, in all
 *
 * All others break something, see check.
 */

#ifndef CPUS
#define CPUS 2
#endif
#ifndef CONTEXTS
#define CONTEXTS 2
#endif
/* How many slots a record has; where none is left, the site is emulated. */
#ifndef SLOTS
#define SLOTS CONTEXTS
#endif
/* How often one of the ops enters or leaves. */
#ifndef CHANGES
#define CHANGES 4
#endif

/*
 * What must never be. None of these is true in any state but the last one of a
 * search that failed, which tells its name.
 */
bool torn;	/* a CPU executed bytes of two instructions */
bool stolen;	/* a stub popped what it had not pushed */
bool lost;	/* a call ended, and its task has a slot in use */
bool lapse;	/* an op that was in the set all the time did not run */
bool undue;	/* an op ran that was in the set at no time */
bool twice;	/* an op ran twice in one call */
bool freed;	/* an array or an op was used that had been freed */

#define never(property, condition) property = (condition); assert(!property)

/* Scratch, of no meaning from one step to the next. */
hidden byte i;
hidden byte insn;

/* The CPU of a context, and its number there: the next one interrupts it. */
#define cpu (_pid / CONTEXTS)
#define me (_pid % CONTEXTS)

/* ------------------------------------------------------------------- sites */

/* Byte 0; a jmp at E and a call at C are both a JUMP. */
#define NOP 1
#define JUMP 2
#define INT3 4

/* Bytes 1 to 4: those of a nop, or where a JUMP leads to. */
#define NOWHERE 1
#define SAVE_FRAME 2
#define SINGLE 2
#define LIST 4

#define several(set) ((set) & ((set) - 1))

/* What memory holds, and all that it has held since the last sync. */
typedef site {
	byte head = NOP;
	byte heads = NOP;
	byte tail = NOWHERE;
	byte tails = NOWHERE
}
site E;
site C;

/* By CPU, how many traps it is in: its interrupts are off where it is in one. */
byte traps[CPUS];

/* The CPUs where a count is not 0, as a set of bits. */
#define busy(count) ((count[0] != 0) | ((CPUS > 1 && count[CPUS - 1] != 0) << 1))

/* CPUs that have had no interrupts on since the sync began. */
byte unsynced;

inline sync_all_cores() {
	atomic {
		unsynced = busy(traps);
		unsynced == 0;
		E.heads = E.head;
		E.tails = E.tail;
		C.heads = C.head;
		C.tails = C.tail
	}
}

inline interrupts_off() {
	traps[cpu]++
}

inline interrupts_on() {
	traps[cpu]--;
	if
	:: traps[cpu] == 0 -> unsynced = unsynced & ~(1 << cpu)
	:: else
	fi
}

/* --------------------------------------------------------------------- ops */

#define A 1
#define B 2

/* The function's array, by number: 0 is NULL; and the short way to its op. */
byte array;
byte single;
byte ops_of[CHANGES + 1];

/* By CPU, how many sections with preemption off it is in. */
byte sections[CPUS];

/* What is freed in time: the arrays by number, and the ops. */
#define OP(op) (CHANGES + op)
#define ITEMS (CHANGES + B + 1)

/* What was dropped, as a set of bits, and which CPUs still may use it. */
unsigned dropped : 7;
byte users[ITEMS];

/* Begins a grace period, at whose end the item is freed. */
inline drop(item) {
	dropped = dropped | (1 << (item));
#ifndef NO_GRACE_PERIOD
	users[item] = busy(sections)
#endif
}

inline drop_array() {
	if
	:: array != 0 -> drop(array)
	:: else
	fi
}

/* The op that the change took out of the set. */
inline drop_op() {
	if
	:: leaving != 0 -> drop(OP(leaving)); leaving = 0
	:: else
	fi
}

#define is_freed(item) (((dropped >> (item)) & 1) && users[item] == 0)

inline preempt_disable() {
#ifndef PREEMPTION_ON
	sections[cpu]++
#else
	skip
#endif
}

inline preempt_enable() {
#ifndef PREEMPTION_ON
	sections[cpu]--;
	if
	:: sections[cpu] == 0 ->
		d_step {
			for (i : 0 .. ITEMS - 1) {
				users[i] = users[i] & ~(1 << cpu)
			}
		}
	:: else
	fi
#else
	skip
#endif
}

/* ---------------------------------------------------------------- contexts */

/* The task record: struct lph_thread. A slot that is free holds 0. */
typedef record {
	byte depth;
	byte slot[CONTEXTS]
}
record task[CPUS];

/* By CPU, the context that it is in. */
byte level[CPUS];

#ifdef CALLS
#define may_call (me > 0 || calls > 0)
#define count_call() calls = calls - (me == 0)
#define may_interrupt (me < CONTEXTS - 1 && interrupts > 0)
#define count_interrupt() interrupts--
#else
#define may_call true
#define count_call() skip
#define may_interrupt (me < CONTEXTS - 1)
#define count_interrupt() skip
#endif

/* Any number of interrupts that call the function. */
inline interruptible() {
	do
	:: true -> break
	:: may_interrupt ->
		count_interrupt();
		level[cpu] = me + 1;
		level[cpu] == me
	od
}

/*
 * The same where the call holds nothing of its CPU: no trap, no slot, no
 * section. Whatever is interrupted here might as well be slow, and the other
 * call come by itself.
 */
inline interruptible_too() {
#ifdef INTERRUPTS_ANYWHERE
	interruptible()
#else
	skip
#endif
}

/* ------------------------------------------------------------ watched call */

/* The op set before the change under way, and after it; the same in between. */
byte before;
byte after;

/*
 * The context on CPU 0 whose calls are watched, + 1; the other CPU is like
 * CPU 0. Of the call that it is in: the ops that were in the set all the time,
 * those that were in it at any time, those that ran.
 */
byte watched;
bool in_call;
byte all_time;
byte any_time;
byte ran;

#define is_watched (cpu == 0 && me + 1 == watched)

inline begin_call() {
	if
	:: is_watched ->
		in_call = true;
		all_time = before & after;
		any_time = before | after
	:: else
	fi
}

/* The op set is changing. */
inline watch_change() {
	if
	:: in_call ->
		all_time = all_time & after;
		any_time = any_time | after
	:: else
	fi
}

inline run_op(op) {
	never(freed, is_freed(OP(op)));
	if
	:: is_watched ->
		never(twice, (ran & op) != 0);
		ran = ran | op
	:: else
	fi
}

inline end_call() {
	never(lost, me == 0 && task[cpu].depth != 0);
	if
	:: is_watched ->
		never(lapse, (all_time & ~ran) != 0);
		never(undue, (ran & ~any_time) != 0);
		in_call = false;
		all_time = 0;
		any_time = 0;
		ran = 0
	:: else
	fi;
	/* What was interrupted goes on. */
	if
	:: me > 0 -> level[cpu] = me - 1
	:: else
	fi
}

/* ------------------------------------------------------------------ a call */

/* What the CPU finds when it executes a site: an instruction, or a trap. */
inline fetch(at) {
	if
	:: at.heads & NOP -> insn = NOP
	:: at.heads & JUMP -> insn = JUMP
	:: at.heads & INT3 -> insn = INT3
	fi;
	never(torn, insn != INT3 && (several(at.tails) || (insn == NOP) != (at.tails == NOWHERE)))
}

/* What a slot saves: who pushed it, and where that call goes on. */
#define AT_E 1
#define AT_C 2
#define address(where) (me << 2 | where)

#ifdef ONE_SLOT
#define slot_at(depth) 0
#else
#define slot_at(depth) (depth)
#endif

/* lph_thread_push() */
inline push(where) {
	depth = task[cpu].depth;
	interruptible();
#ifdef FILL_BEFORE_TAKE
	task[cpu].slot[slot_at(depth)] = address(where);
	interruptible();
	task[cpu].depth = depth + 1;
#else
	task[cpu].depth = depth + 1;
	interruptible();
	task[cpu].slot[slot_at(depth)] = address(where);
#endif
	depth = 0
}

/* lph_thread_pop() */
inline pop() {
	depth = task[cpu].depth - 1;
	interruptible();
#ifdef GIVE_BEFORE_READ
	task[cpu].depth = depth;
	interruptible();
	popped = task[cpu].slot[slot_at(depth)];
	task[cpu].slot[slot_at(depth)] = 0;
#else
	popped = task[cpu].slot[slot_at(depth)];
	interruptible();
	task[cpu].slot[slot_at(depth)] = 0;
#ifndef NEVER_GIVEN_BACK
	interruptible();
	task[cpu].depth = depth;
#endif
#endif
	depth = 0
}

active [CPUS * CONTEXTS] proctype context()
{
	byte where, depth, popped, found;
#ifdef RETURN_TO_TRACE
	bool again;
#endif
#ifdef CALLS
	byte calls = CALLS;
	byte interrupts = CALLS;
#endif

end_idle:
	atomic {
		watched != 0 && level[cpu] == me && may_call;
		count_call();
		begin_call();
		fetch(E);
		if
		:: insn == NOP -> end_call(); goto end_idle
		:: insn == JUMP -> goto save_frame
		:: insn == INT3 -> where = AT_E; interrupts_off(); goto trap
		fi
	}

	/* trampoline.S: trace, up to C */
save_frame:
	atomic {
		interruptible_too();
		fetch(C);
		if
		:: insn == NOP -> end_call(); goto end_idle
		:: insn == JUMP && C.tails == SINGLE -> goto single_count
		:: insn == JUMP && C.tails == LIST -> goto list
		:: insn == INT3 -> where = AT_C; interrupts_off(); goto trap
		fi
	}

	/* trap.c and strategy-slots.c; the stubs in trampoline.S */
trap:
	atomic {
		interruptible();
#ifdef TRAP_IS_NOP
		where = 0;
		interrupts_on();
		end_call();
		goto end_idle;
#endif
#ifdef TRY_AGAIN
		if
		:: where == AT_E && E.head == INT3 -> goto trap
		:: where == AT_C && C.head == INT3 -> goto trap
		:: else
		fi;
#endif
		if
		:: where == AT_E && E.head != INT3 ->
			where = 0;
			interrupts_on();
#ifdef STALE_IS_NOP
			end_call();
			goto end_idle
#else
			goto save_frame
#endif
		:: where == AT_C && C.head != INT3 ->
			where = 0;
			interrupts_on();
#ifdef STALE_IS_NOP
			end_call();
			goto end_idle
#else
			goto list
#endif
		:: else
		fi;
		if
		:: task[cpu].depth >= SLOTS -> goto emulate
		:: else
		fi;
slots_1:	push(where);
		/* An interrupt right before: as one behind, but syncs wait for it. */
slots_2:	interrupts_on();
		interruptible();
slots_3:	pop();
		never(stolen, popped != address(where));
#ifdef RETURN_TO_TRACE
		again = where == AT_E;
#endif
		popped = 0;
		where = 0;
slots_4:	goto list
	}

	/* strategy-emulate.c */
emulate:
	atomic {
		interruptible();
		interrupts_on();
		if
		:: where == AT_E && E.tail == NOWHERE -> where = 0; end_call(); goto end_idle
		:: where == AT_E && E.tail == SAVE_FRAME -> where = 0; goto save_frame
		:: where == AT_C && C.tail == NOWHERE -> where = 0; end_call(); goto end_idle
		:: where == AT_C && C.tail == SINGLE -> where = 0; goto single_count
		:: where == AT_C && C.tail == LIST -> where = 0; goto list
		fi
	}

	/* op-array.c */
single_count:
	atomic {
		interruptible_too();
		preempt_disable();
		found = single;
		if
		:: found == 0 -> goto run_array
		:: else -> goto run_single
		fi
	}

run_single:
	atomic {
		interruptible();
		run_op(found);
		found = 0;
		preempt_enable();
		end_call();
		goto end_idle
	}

	/* lph_list() */
list:
	atomic {
		interruptible_too();
		preempt_disable();
		found = array;
		goto run_ops
	}

run_array:
	atomic {
		interruptible();
		found = array;
		goto run_ops
	}

run_ops:
	atomic {
		interruptible();
		never(freed, is_freed(found));
		if
		:: ops_of[found] & A -> run_op(A)
		:: else
		fi;
		if
		:: ops_of[found] & B -> run_op(B)
		:: else
		fi;
		found = 0;
		preempt_enable();
#ifdef RETURN_TO_TRACE
		if
		:: again -> again = false; goto save_frame
		:: else
		fi;
#endif
		end_call();
		goto end_idle
	}
}

/* -------------------------------------------------------------- the writer */

#define set_head(at, value) at.head = value; at.heads = at.heads | value
#define set_tail(at, value) at.tail = value; at.tails = at.tails | value

/* To the sites that change, C always; each store is a step. */
inline store_int3() {
	if
	:: atomic { e_tail != 0 -> set_head(E, INT3) }; atomic { set_head(C, INT3) }
	:: atomic { e_tail == 0 -> set_head(C, INT3) }
	fi
}

inline store_tail() {
	if
	:: atomic { e_tail != 0 -> set_tail(E, e_tail) }; atomic { set_tail(C, c_tail) }
	:: atomic { e_tail == 0 -> set_tail(C, c_tail) }
	fi
}

inline store_head() {
	if
	:: atomic { e_tail != 0 -> set_head(E, e_head) }; atomic { set_head(C, JUMP) }
	:: atomic { e_tail == 0 -> set_head(C, JUMP) }
	fi
}

/* lph_arch_rewrite(): what the sites become; E may stay, and e_tail is 0. */
inline plan() {
	if
	:: after == 0 && E.head != NOP -> e_head = NOP; e_tail = NOWHERE
	:: after != 0 && E.head == NOP -> e_head = JUMP; e_tail = SAVE_FRAME
	:: else
	fi;
	c_tail = (after == A || after == B -> SINGLE : LIST);
	assert(C.tail != c_tail)
}

/* What the next change does; A is the op that enters first. */
inline choose() {
	if
	:: had == 0 -> after = A
	:: after == A && had == A -> after = A | B
	:: after == A && had == (A | B) -> after = 0; leaving = A
	:: after == B -> after = 0; leaving = B
	:: after == (A | B) -> after = A; leaving = B
	:: after == (A | B) -> after = B; leaving = A
#ifdef ANY_ORDER
	:: after == A && had == A -> after = 0; leaving = A
	:: after == 0 && had == A -> after = B
#endif
	fi;
	had = had | after
}

/*
 * lph_op_apply(), CHANGES times, with what lph_arch_rewrite() does in it. Step 1
 * is nothing that a call could notice.
 */
active proctype writer()
{
	byte change, had, leaving, e_head, e_tail, c_tail;

	if
	:: watched = 1
	:: watched = (CONTEXTS + 1) / 2
	:: watched = CONTEXTS
	fi;

	do
	:: atomic {
			change < CHANGES ->
			change++;
			choose();
			watch_change();
			ops_of[change] = after;
#ifdef SETTLED_TOO_EARLY
			before = after;
#endif
op_2:			drop_array();
#ifdef ARRAY_LEAVES_EARLY
		}
		atomic {
#endif
			array = change;
#ifdef OP_LEAVES_EARLY
			drop_op()
#endif
		}

op_3:		atomic {
#ifndef SINGLE_STAYS
			single = 0;
#endif
			plan()
		}

op_4:		/* lph_arch_rewrite() */
#ifdef TAIL_FIRST
text_2:		store_tail();
		sync_all_cores();
text_1:		store_int3();
		sync_all_cores();
#else
#ifndef NO_INT3
text_1:		store_int3();
#ifndef NO_SYNC_1
		sync_all_cores();
#endif
#endif
text_2:		store_tail();
#ifndef NO_SYNC_2
		sync_all_cores();
#endif
#endif
text_3:		store_head();
		sync_all_cores();
text_4:		/* It is there for the second store of step 3. */

op_5:		atomic {
			if
			:: after == A || after == B -> single = after
			:: else
			fi;
			e_head = 0;
			e_tail = 0;
			c_tail = 0;
			/* Settled. */
			before = after;
#ifndef OP_LEAVES_EARLY
op_6:			drop_op()
#endif
		}
	:: else -> break
	od
}

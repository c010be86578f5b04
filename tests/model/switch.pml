/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of how the calls of functions come to run other bodies:
 * module/consistency/consistency.c over patch-transition.c and transition-queue.c.
 *
 * A label such as task_2 is step 2 of the protocol that the comment at the top of
 * consistency.c numbers.
 *
 * F and G change together from body A to body B, and back to A where that is
 * reversed; F's bodies call G, too. A and B are in modules of their own, and
 * whichever was left in the end is freed at once: in truth one of them is the
 * function itself, or stays loaded, which asks for less.
 *
 * A task makes any number of calls. Between any two of its steps it may leave its
 * CPU, preempted or asleep, for as long as it likes: so that there is a CPU for
 * each. In a body it may do all that it may do outside: fork, exit, and run the
 * work by which it is asked to come by. What it stands in is on its stack: the
 * trampoline, by which a call enters that has chosen, and any of the function
 * itself; the body; or, in its stead, another function of the body's module, which
 * the body has jumped to for its last call.
 *
 * A call reads its array and its mark in one step: preemption is off, so that
 * the CPUs cannot be stopped in between, and nobody else writes the mark of a task
 * that runs. An array that changes in between says the same (step 5), or it would
 * have to be with all CPUs stopped. A call that has not chosen yet is nowhere. It
 * is seen all the same, which only makes others wait. So is an interrupt that
 * calls the function: it is over before its task leaves the CPU or is stopped.
 *
 * What is done under a task's locks, with all CPUs stopped, or under lph_lock is
 * one step. So is the look of a task at its own stack, which takes its time: but
 * what it looks at is that of the task itself, and the list of what is to be
 * left belongs to an epoch and is there as long as somebody reads it. If the CPUs
 * are stopped meanwhile, the mark is of another epoch.
 *
 * A count of switches is compared with what it was: all that counts is whether
 * the task has left its CPU since. So "seen" is forgotten when it does, and when
 * the CPUs are stopped, for which it does.
 *
 * All tasks are asked at once, after each look that finds marks: a work that is
 * there may as well wait. They are withdrawn at once, too. Why tasks are looked at
 * again is time; here, that something has happened: else the look finds the same.
 *
 * A grace period of RCU tasks is over when all are dead that were exiting when it
 * began, and all have left the code between a work's last access and its
 * return, in which they do not sleep. That it takes longer is the queue being slow.
 *
 * Order of accesses: one behind the other. The mark of a task that does not run
 * is written under its run queue's lock, which it takes before it runs; arrays
 * and marks where all CPUs are stopped, which orders all. The last arrays (step 5)
 * may be seen late, and say the same then.
 *
 * Not promised, and so not in here: that a task that is exiting and in the list
 * of tasks no longer, which nobody finds, runs bodies of one kind. What it runs
 * must be there, though.
 *
 * Not in here: the arrays themselves, see change.pml; tasks that come with a
 * module, or functions; stacks that cannot be read, which are like those of
 * tasks that stand in a function; kthreads, which cannot be asked, and so are
 * tasks that do not come by.
 *
 * Flags: those below, and
 *
 *	STOP		LPH_CONSISTENCY_STOP; else LPH_CONSISTENCY_TASK
 *	CANCEL		it may be cancelled, once, at any time
 *	FORK		a task may fork, once
 *	EXIT		a task may exit
 *	SECOND		first F changes, then G, in a transition of its own; F does not
 *			call G
 *	CALLS, NAPS	calls of a task, and how often it leaves its CPU, in all
 *
 * All others break something, see check.
 */

#ifndef TASKS
#define TASKS 2
#endif
#ifdef FORK
#define CHILD TASKS
#define ALL (TASKS + 1)
#else
#define ALL TASKS
#endif

/*
 * What must never be. None of these is true in any state but the last one of a
 * search that failed, which tells its name.
 */
bool freed;	/* text was freed that a task is in or returns to, or a call chose it */
bool mixed;	/* one outermost call ran both an A and a B */
bool back;	/* a task ran what is left after it had run what is wanted */
bool ends;	/* an accepted cancel did not reverse, or a refused one did */
bool touched;	/* a transition was freed, and somebody is to use it */
bool doubled;	/* a task was asked that had not come by yet */
bool outlived;	/* the helper was unloaded, and a task is to run its text, or does */

#define never(property, condition) property = (condition); assert(!property)

/* Scratch, of no meaning from one step to the next. */
hidden byte body;

/* --------------------------------------------------------------- functions */

#define F 0
#define G 1

#define A 0
#define B 1

/*
 * What an array says: the only body, or that of a task whose mark is the array's
 * epoch; all others run the other one.
 */
#define ONLY(body) (body)
#define IF_MARKED(body) (2 | (body))

typedef function {
	unsigned array : 2;
	unsigned epoch : 2;
	/* As a set of bits, which bodies. */
	unsigned freed : 2
}
function fn[2];

#define chosen(array, epoch, mark) (((array) & 1) ^ (((array) >> 1) & ((mark) != (epoch))))

/* ------------------------------------------------------------------- tasks */

/* An address on a stack: what it is in, and which body was chosen; or 0. */
#define CHOOSES 0
#define TRAMPOLINE 1
#define BODY 2
#define SIBLING 3

#define address(in, from) ((in) << 1 | (from))
#define what(at) ((at) >> 1)
#define body_of(at) ((at) & 1)

/* Is it in the list of tasks? */
#define UNBORN 0
#define CREATED 1	/* not yet, but it has a stack, and so a record */
#define LISTED 2
#define UNLISTED 3	/* no longer */
#define DEAD 4

/* The work that asks a task to come by. */
#define NONE 0
#define QUEUED 1
#define RUNS 2		/* cannot be withdrawn any more */
#define IS_CLEAR 3	/* has looked */
#define RETURNS 4	/* is done and told so, but still in the helper's text */

/* What the last look saw, forgotten as the task's count of switches moves. */
#define NOTHING 0
#define INSIDE 1
#define CLEAR 2

typedef thread {
	unsigned life : 3;
	bool off_cpu;
	/* Its stack: a call of function "whose", and one of G by the body of F. */
	unsigned outer : 3;
	unsigned whose : 1;
	unsigned inner : 3;
	/* In its record: the epoch in which it runs what is left. */
	unsigned mark : 2;
	unsigned seen : 2;
	unsigned work : 3;
	unsigned work_epoch : 2;
	bool forking;
	/* What it ran last, + 1. */
	unsigned ran : 2
}
thread task[ALL];

/* -------------------------------------------------------------- transition */

/* Which functions change, as a set of bits; which of their bodies is left. */
unsigned changes : 2;
unsigned left : 1;
#define wanted (1 - left)

unsigned epoch : 2;

/* What becomes of it, which only one can decide. */
#define OPEN 0
#define COMMITTED 1
#define CANCELLED 2
unsigned fate : 2;

bool reversed;
bool failed;
bool settled;
bool gone;

/* The canceller was told so. */
bool accepted;
bool refused;

/* A cancel has queued a run of it. */
bool run_queued;

/* Something has happened that a look could find. */
bool stirred;

/* What the list of text says, from which all that is left is told. */
#ifdef BODY_ONLY
#define in_body_left(at) (what(at) == BODY && body_of(at) == left)
#else
#define in_body_left(at) (what(at) >= BODY && body_of(at) == left)
#endif
#ifdef TRAMPOLINE_UNLISTED
#define in_function(at) false
#else
#define in_function(at) ((at) == address(CHOOSES, 1) || what(at) == TRAMPOLINE)
#endif
#define is_listed(at) (in_function(at) || in_body_left(at))

#define is_clear(t) \
	(!((changes >> task[t].whose) & 1 && is_listed(task[t].outer)) && \
	 !((changes >> G) & 1 && is_listed(task[t].inner)))

#define is_marked(t) (task[t].life == LISTED && task[t].mark == epoch)

#define is_inside(t) (task[t].life == LISTED && task[t].seen == INSIDE)

#if ALL == 1
#define any_task(is) is(0)
#else
#define any_task(is) (is(0) || is(1))
#endif

/* ------------------------------------------------------------------ a task */

#define me task[_pid]

#ifdef CALLS
#define may_call (calls > 0)
#define count_call() calls--
#define may_nap (naps > 0)
#define count_nap() naps--
#else
#define may_call true
#define count_call() skip
#define may_nap true
#define count_nap() skip
#endif

/* One that may be asked may as well not come by, but for those who wait for it. */
#ifdef KTHREADS
#define may_be_asked(t) false
#else
#define may_be_asked(t) true
#endif

#define on_cpu ((me.life == LISTED || me.life == UNLISTED) && !me.off_cpu)
/* And not busy with something that is not to be interrupted by itself. */
#define free_to_go (on_cpu && me.work < RUNS && !me.forking)
#define outside (me.outer == 0)
#define in_body (what(me.outer) >= BODY && me.inner == 0)

inline enter(f, slot, reads_array, reads_epoch) {
	body = chosen(reads_array, reads_epoch, me.mark);
	never(freed, (fn[f].freed >> body) & 1);
#ifndef SECOND
	if
	:: me.life == LISTED ->
		never(mixed, me.inner == 0 && what(me.outer) == BODY && body_of(me.outer) != body);
		never(back, me.ran != 0 && me.ran != body + 1 && body == left);
		me.ran = body + 1
	:: else
	fi;
#endif
	slot = address(TRAMPOLINE, body);
	body = 0
}

active [ALL] proctype task_runs()
{
#ifdef CALLS
	byte calls = CALLS;
	byte naps = NAPS;
#endif
#ifdef PREEMPTION_ON
	byte array, array_epoch;
#endif

	if
	:: d_step { _pid < TASKS -> me.life = LISTED }
	:: else
	fi;

end_idle:
	do
	:: d_step {
			on_cpu && may_nap ->
			count_nap();
#ifndef SEEN_FOR_EVER
			me.seen = NOTHING;
#endif
			me.off_cpu = true
		}
	:: d_step { me.off_cpu -> me.off_cpu = false }
#ifdef CALLS
	/* Somewhere else, and for ever. */
	:: me.off_cpu && outside && me.work < RUNS && !me.forking -> break
#endif

	/* A call. */
#ifdef PREEMPTION_ON
	:: d_step {
			free_to_go && outside && may_call ->
			count_call();
			array = fn[F].array;
			array_epoch = fn[F].epoch;
			me.outer = address(CHOOSES, 1);
			stirred = true
		}
	:: d_step {
			free_to_go && me.outer == address(CHOOSES, 1) ->
			enter(F, me.outer, array, array_epoch);
			array = 0;
			array_epoch = 0
		}
#else
	:: atomic {
			free_to_go && outside && may_call ->
			count_call();
#ifdef SECOND
			if
			:: me.whose = F
			:: me.whose = G
			fi;
#endif
			enter(me.whose, me.outer, fn[me.whose].array, fn[me.whose].epoch);
			stirred = true
		}
#endif
	:: d_step {
			free_to_go && what(me.outer) == TRAMPOLINE ->
			me.outer = address(BODY, body_of(me.outer));
			stirred = true
		}
#ifndef SECOND
	:: d_step {
			free_to_go && what(me.outer) == BODY && me.inner == 0 && may_call ->
			count_call();
			enter(G, me.inner, fn[G].array, fn[G].epoch);
			stirred = true
		}
	:: d_step {
			free_to_go && what(me.inner) == TRAMPOLINE ->
			me.inner = address(BODY, body_of(me.inner));
			stirred = true
		}
	:: d_step {
			free_to_go && what(me.inner) == BODY ->
			me.inner = 0;
			stirred = true
		}
#endif
	:: d_step {
			free_to_go && what(me.outer) == BODY && me.inner == 0 ->
			me.outer = address(SIBLING, body_of(me.outer));
			stirred = true
		}
	:: d_step {
			free_to_go && in_body ->
			me.outer = 0;
			me.whose = F;
			stirred = true
		}

	/* It comes by. */
	:: d_step {
			free_to_go && (outside || in_body) && me.work == QUEUED ->
			me.work = RUNS
		}
	:: d_step {
			on_cpu && me.work == RUNS ->
#ifdef SWITCHED_UNSEEN
			me.work = IS_CLEAR
#else
			me.work = (me.mark == me.work_epoch && is_clear(_pid) -> IS_CLEAR : RETURNS)
#endif
		}
	:: d_step {
			on_cpu && me.work == IS_CLEAR ->
#ifdef PLAIN_STORE
			me.mark = 0;
#else
			me.mark = (me.mark == me.work_epoch -> 0 : me.mark);
#endif
			me.work = RETURNS;
			stirred = true
		}
	:: d_step {
			on_cpu && me.work == RETURNS ->
			me.work = NONE;
			me.work_epoch = 0
		}

#ifdef FORK
	:: d_step {
			free_to_go && _pid == 0 && (outside || in_body) && task[CHILD].life == UNBORN ->
			me.forking = true;
#ifdef INHERITED
			task[CHILD].mark = me.mark;
#endif
			task[CHILD].life = CREATED
		}
	:: d_step {
			on_cpu && me.forking ->
			me.forking = false;
			task[CHILD].life = LISTED;
			stirred = true
		}
#endif

#ifdef EXIT
	/* With what is on its stack; works have run, and none is taken any more. */
	:: d_step {
			free_to_go && _pid == 0 && (outside || in_body) && me.work == NONE &&
			me.life == LISTED ->
			me.life = UNLISTED;
			stirred = true
		}
	:: d_step {
			free_to_go && me.life == UNLISTED ->
			me.life = DEAD;
			me.outer = 0;
			me.whose = F;
			me.inner = 0;
			me.mark = 0;
			me.seen = NOTHING;
			me.ran = 0;
			stirred = true
		}
#endif
	od;
end_asleep:
	false
}

/* ---------------------------------------------------------------- cancel */

#ifdef CANCEL
active proctype canceller()
{
end_idle:
	atomic {
		!gone;
#ifdef CANCEL_UNLOCKED
	}
	atomic {
		never(touched, gone);
#endif
		if
#ifdef NO_FATE
		:: !settled ->
#else
		:: fate == OPEN ->
#endif
			never(ends, settled);
			fate = CANCELLED;
			accepted = true;
			run_queued = true;
			stirred = true
		:: else -> refused = true
		fi
	}
}
#endif

/* --------------------------------------------------------------- the queue */

/* Who runs is preempted for it. */
inline stop_cpus() {
#ifdef SEEN_FOR_EVER
	skip
#else
	for (i : 0 .. ALL - 1) {
		task[i].seen = (task[i].off_cpu -> task[i].seen : NOTHING)
	}
#endif
}

inline forget_looks() {
	for (i : 0 .. ALL - 1) {
		task[i].seen = NOTHING
	}
}

inline set_array(f, value) {
	if
	:: (changes >> f) & 1 ->
		fn[f].array = value;
		fn[f].epoch = ((value) & 2 -> epoch : 0)
	:: else
	fi
}

/* Under the task's locks: it does not run. */
inline look_at(t) {
	if
	:: is_clear(t) -> task[t].mark = 0; task[t].seen = NOTHING
	:: else -> task[t].seen = INSIDE
	fi
}

/* Is the body on the stack of a task, or about to be? */
#define stands_in(t, f, body) \
	((what(task[t].outer) != 0 && task[t].whose == f && body_of(task[t].outer) == body) || \
	 (task[t].inner != 0 && f == G && body_of(task[t].inner) == body))

inline free_text(f) {
	if
	:: (changes >> f) & 1 ->
		for (i : 0 .. ALL - 1) {
			never(freed, stands_in(i, f, left))
		}
		fn[f].freed = fn[f].freed | 1 << left
	:: else
	fi
}

active proctype queue()
{
	byte i, t, running, exiting;
#ifdef LOOKED_UNLOCKED
	bool clear;
#endif

	task[0].life != UNBORN && task[TASKS - 1].life != UNBORN;

begin:	atomic {
		epoch++;
#ifdef SAME_EPOCH
		epoch = 1;
#endif
#ifdef SECOND
		changes = (changes == 0 -> 1 << F : 1 << G);
		fate = OPEN;
		settled = false;
#else
		changes = 1 << F | 1 << G;
#endif
#ifndef SEEN_STAYS
		forget_looks()
#endif
	}
	/* Cancelled before its turn. */
	if
	:: d_step { fate == CANCELLED -> run_queued = false; reversed = true; left = B }
		goto settle
	:: else
	fi;
#ifdef STOP
	goto look_first;
#endif

	/* LPH_CONSISTENCY_TASK */
#ifdef MARKED_ONE_BY_ONE
task_1:	do
	:: d_step {
			t < ALL ->
			task[t].mark = (task[t].life == LISTED -> epoch : task[t].mark);
			t++
		}
	:: d_step { t == ALL -> t = 0 } break
	od;
	atomic {
#else
task_1:	atomic {
		for (i : 0 .. ALL - 1) {
			task[i].mark = (task[i].life == LISTED -> epoch : task[i].mark)
		}
#endif
		stop_cpus();
		set_array(F, IF_MARKED(A));
#ifdef PUBLISHED_ONE_BY_ONE
	}
	atomic {
#endif
		set_array(G, IF_MARKED(A))
	}

look:	stirred = false;
task_2:	do
	:: d_step {
			t < ALL ->
			if
#ifdef RUNNING_SWITCHED
			:: is_marked(t) && !task[t].off_cpu -> task[t].mark = 0
#else
			:: is_marked(t) && !task[t].off_cpu -> running = running | 1 << t
#endif
#ifdef LOOKED_UNLOCKED
			:: is_marked(t) && task[t].off_cpu -> clear = is_clear(t)
#else
			:: is_marked(t) && task[t].off_cpu && task[t].seen != INSIDE -> look_at(t)
#endif
			:: else
			fi;
#ifdef LOOKED_UNLOCKED
		}
		d_step {
			task[t].mark = (clear -> 0 : task[t].mark);
			clear = false;
#endif
			t++
		}
	:: d_step { t == ALL -> t = 0 } break
	od;

task_3:	atomic {
#ifndef RUNNING_LEFT
		if
		:: running != 0 ->
			stop_cpus();
			for (t : 0 .. ALL - 1) {
				if
				:: (running >> t) & 1 && is_marked(t) -> look_at(t)
				:: else
				fi
			}
		:: else
		fi;
#endif
		t = 0;
		running = 0
	}

task_4:	atomic {
		for (i : 0 .. ALL - 1) {
			if
#ifdef ASKED_AGAIN
			:: is_marked(i) && may_be_asked(i) ->
#else
			:: is_marked(i) && may_be_asked(i) && task[i].work == NONE ->
#endif
				never(doubled, task[i].work != NONE && task[i].work != RETURNS);
				task[i].work = QUEUED;
				task[i].work_epoch = epoch
			:: else
			fi
		}
	}
	atomic {
		if
		:: fate == CANCELLED && !reversed -> goto reversal
		:: !(fate == CANCELLED && !reversed) && any_task(is_marked) -> goto again
		:: else
		fi
	}

task_5:	atomic {
		if
		:: reversed
#ifdef NO_FATE
		:: else
#else
		:: !reversed && fate == OPEN -> fate = COMMITTED
		:: else -> goto reversal
#endif
		fi
	}
publish:
	atomic { set_array(F, ONLY(wanted)) }
	atomic { set_array(G, ONLY(wanted)) }
	goto settle;

again:	atomic { stirred -> run_queued = false }
	goto look;

#ifdef INVERTED_ONE_BY_ONE
reversal:
	do
	:: d_step {
			t < ALL ->
			task[t].mark = (task[t].life == LISTED && task[t].mark != epoch -> epoch + 1 : 0);
			t++
		}
	:: d_step { t == ALL -> t = 0 } break
	od;
	atomic {
#else
reversal:
	atomic {
		for (i : 0 .. ALL - 1) {
			task[i].mark = (task[i].life == LISTED && task[i].mark != epoch ->
					epoch + 1 : 0)
		}
#endif
		/* Who was to run B may do so for the first time. */
		for (i : 0 .. ALL - 1) {
			task[i].ran = (task[i].mark == epoch + 1 -> 0 : task[i].ran)
		}
		stop_cpus();
		forget_looks();
		epoch++;
		reversed = true;
#ifndef NOT_RELISTED
		left = B;
#endif
		set_array(F, IF_MARKED(B));
		set_array(G, IF_MARKED(B))
	}
	goto look;

	/* LPH_CONSISTENCY_STOP */
look_first:
	stirred = false;
	do
	:: d_step {
			t < ALL ->
			if
			:: task[t].life == LISTED && task[t].off_cpu && task[t].seen == NOTHING ->
				task[t].seen = (is_clear(t) -> CLEAR : INSIDE)
			:: else
			fi;
			t++
		}
	:: d_step { t == ALL -> t = 0 } break
	od;
stop:	atomic {
		stop_cpus();
		for (i : 0 .. ALL - 1) {
			if
			:: task[i].life == LISTED && task[i].seen == NOTHING ->
#ifdef RUNNING_SWITCHED
				task[i].seen = (task[i].off_cpu && !is_clear(i) -> INSIDE : CLEAR)
#else
				task[i].seen = (is_clear(i) -> CLEAR : INSIDE)
#endif
			:: else
			fi
		}
		if
		:: fate == CANCELLED -> reversed = true; left = B; goto settle
		:: fate == OPEN && any_task(is_inside) -> goto try_again
		:: fate == OPEN && !any_task(is_inside) ->
			fate = COMMITTED;
#ifdef PUBLISHED_LATE
			goto publish
#else
			set_array(F, ONLY(wanted));
			set_array(G, ONLY(wanted));
			goto settle
#endif
		fi
	}
try_again:
	if
	:: atomic { stirred -> run_queued = false }
		goto look_first
#ifdef CANCEL
#ifdef GIVES_UP_UNASKED
	:: d_step { failed = true; left = B }
#else
	:: d_step { fate == OPEN -> fate = COMMITTED; failed = true; left = B }
#endif
#endif
	fi;

settle:
	atomic {
#ifndef NOT_WITHDRAWN
		for (i : 0 .. ALL - 1) {
			if
			:: task[i].work == QUEUED -> task[i].work = NONE; task[i].work_epoch = 0
			:: else
			fi
		}
#else
		skip
#endif
	}
	atomic {
		never(ends, (accepted && (!reversed || failed)) || (refused && reversed));
		settled = true;
#ifndef RUN_STAYS
		run_queued = false
#endif
	}
	atomic {
		never(touched, run_queued);
		gone = true
	}

	/* A grace period of RCU tasks, then the module that was left goes. */
#ifdef EXIT
#ifndef NO_GRACE_PERIOD
	exiting = (task[0].life == UNLISTED);
	!exiting || task[0].life == DEAD;
	exiting = 0;
#endif
#endif
	atomic {
		free_text(F);
		free_text(G)
	}
#ifdef SECOND
	if
	:: changes == 1 << F -> goto begin
	:: else
	fi;
#endif

	/* The helper is unloaded. */
	atomic { forget_looks(); stirred = false }
#ifndef UNLOADED_AT_ONCE
	do
	:: d_step { t < ALL && (task[t].work == NONE || task[t].work == RETURNS) -> t++ }
	:: d_step { t == ALL -> t = 0 } break
	od;
#ifndef UNLOADED_TOO_EARLY
	do
	:: d_step { t < ALL && task[t].work == NONE -> t++ }
	:: d_step { t == ALL -> t = 0 } break
	od;
#endif
#endif
	atomic {
		for (i : 0 .. ALL - 1) {
			never(outlived, task[i].work != NONE)
		}
	}
}

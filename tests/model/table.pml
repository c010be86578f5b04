/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of the table of the shared backend's lone counts, module/shared-counts.c: calls
 * search it while entries come and go, and tables.
 *
 * A label such as counts_2 is step 2 of the protocol that the comment at the top of
 * that file numbers.
 *
 * Three functions, by their keys, two of which begin their search at the same slot of either
 * table. The small table has room for one of these; the first slot of the large one that they
 * look at is beyond its end.
 *
 * A grace period is over as soon as each CPU was in no call at one moment since it
 * began, and what waits for it is freed at once. That it takes longer is the writer being
 * slow, which it may always be.
 *
 * Order of accesses: one behind the other, which is enough for x86, see change.pml.
 *
 * Not in here: how full a table may be; the callback, which looks at one struct with
 * preemption off.
 *
 * Flags: those below; all others break something, see check.
 */

#ifndef CPUS
#define CPUS 2
#endif
#ifndef CALLS
#define CALLS 2
#endif
/* How often an entry or the table changes. */
#ifndef CHANGES
#define CHANGES 4
#endif

#define SMALL 2
#define LARGE 4
#define TABLES (CHANGES + 1)
#define OPS (CHANGES + 1)

/* Of the functions; a key that is gone is another number. */
#define KEY_1 2
#define KEY_2 3
#define KEY_3 7
#define GONE 8
#define FUNCTIONS 3
#define FUNCTION(key) ((key) == KEY_3 -> 3 : (key) - 1)
#define SLOT(key, mask) ((key) & (mask))

/*
 * What must never be. None of these is true in any state but the last one of a
 * search that failed, which tells its name.
 */
bool beyond;	/* a slot was read that is not in the table */
bool stolen;	/* a call counted for an op of another function */
bool undue;	/* a call counted for an op that was in at no time while it was under way */
bool freed;	/* a table or an op was used that had been freed */

#define never(property, condition) property = (condition); assert(!property)

typedef slots_of {
	byte slots;
	byte key[LARGE + 1];
	byte counter[LARGE + 1];
	byte waits;
	bool freed;
};

typedef what_counts {
	byte key;
	byte waits;
	bool freed;
};

/* What calls read. */
slots_of tables[TABLES];
what_counts ops[OPS];
byte base, mask;

/* By CPU, a bit each: in a call. And of which function, and which ops it may have. */
byte calling;
byte key_of[CPUS];
byte may[CPUS];

/* The writer's. */
byte last_table, last_op;
byte op_of[FUNCTIONS + 1];
/* The function whose next op is last_op: its calls may have either. */
byte comes;

hidden byte i, j;

/* ------------------------------------------------------------------- calls */

inline end_of_call(cpu) {
	d_step {
		calling = calling & ~(1 << cpu);
		i = 0;
		do
		:: i < TABLES -> tables[i].waits = tables[i].waits & ~(1 << cpu);
			i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < OPS -> ops[i].waits = ops[i].waits & ~(1 << cpu);
			i++
		:: else -> break
		od;
		may[cpu] = 0;
		key_of[cpu] = 0
	}
}

#define TABLE_FREED(t) (tables[t].freed && !tables[t].waits)
#define OP_FREED(o) (!(o) || (ops[o].freed && !ops[o].waits))

inline read_mask() {
	m = mask
}

inline read_base() {
	t = base
}

proctype cpu(byte me)
{
	byte calls, k, m, t, at, seen, o;

	do
	:: calls < CALLS ->
		calls++;
		d_step {
			k = 0;
			m = 0;
			t = 0;
			at = 0;
			seen = 0;
			o = 0
		}
		atomic {
			if
			:: k = KEY_1
			:: k = KEY_2
			:: k = KEY_3
			fi;
			calling = calling | (1 << me);
			key_of[me] = k;
			may[me] = (op_of[FUNCTION(k)] -> (1 << op_of[FUNCTION(k)]) : 0) |
				  (comes == k -> (1 << last_op) : 0)
		}
#ifdef BASE_READ_FIRST
		read_base();
		read_mask();
#else
		read_mask();
		read_base();
#endif
		at = SLOT(k, m);
		do
		:: atomic {
			never(freed, TABLE_FREED(t));
			never(beyond, at > tables[t].slots);
			seen = tables[t].key[at];
			if
			:: seen == k || !seen -> break
			:: else -> at++
			fi
		}
		od;
		if
		:: seen == k ->
			atomic {
				never(freed, TABLE_FREED(t));
				o = tables[t].counter[at]
			}
			atomic {
				never(freed, OP_FREED(o));
				never(stolen, ops[o].key != k);
				never(undue, !(may[me] & (1 << o)))
			}
		/* The list, which is as right. */
		:: else -> skip
		fi;
		end_of_call(me)
	:: else -> break
	od
}

/* ------------------------------------------------------------------ writer */

inline free_table(which) {
#ifdef TABLE_FREED_AT_ONCE
	tables[which].waits = 0;
#else
	tables[which].waits = calling;
#endif
	tables[which].freed = true
}

/* Of the table that is searched: where @k is, live or gone, or where its search ends. */
inline find_slot(in, wanted) {
	i = SLOT(wanted, tables[in].slots - 1);
	do
	:: !tables[in].key[i] || tables[in].key[i] == wanted || tables[in].key[i] == wanted + GONE -> break
#ifdef SLOT_FOR_ANOTHER
	:: tables[in].key[i] > GONE -> break
#endif
	:: else -> i++
	od
}

/* The op of @k may be last_op from here on, for those who are in a call, too. */
inline begin_change(k) {
	comes = k;
	i = 0;
	do
	:: i < CPUS ->
		if
		:: key_of[i] == k -> may[i] = may[i] | (1 << last_op)
		:: else -> skip
		fi;
		i++
	:: else -> break
	od
}

/* From here on it is @o, or none. */
inline end_change(k, o) {
	old = op_of[FUNCTION(k)];
	if
	:: old ->
#ifdef OP_FREED_AT_ONCE
		ops[old].waits = 0;
#else
		ops[old].waits = calling;
#endif
		ops[old].freed = true
	:: else -> skip
	fi;
	op_of[FUNCTION(k)] = o;
	old = 0;
	comes = 0
}

inline set_entry(k) {
	d_step {
		last_op++;
		ops[last_op].key = k;
		begin_change(k);
		find_slot(now, k);
		slot = i
	}
	if
	:: slot < tables[now].slots && tables[now].key[slot] == k ->
counts_2:	tables[now].counter[slot] = last_op
	:: slot < tables[now].slots && tables[now].key[slot] != k ->
#ifdef KEY_FIRST
		tables[now].key[slot] = k;
		tables[now].counter[slot] = last_op
#else
counts_1:	tables[now].counter[slot] = last_op;
		tables[now].key[slot] = k
#endif
	/* No room. */
	:: else -> skip
	fi;
	d_step {
		end_change(k, last_op);
		slot = 0
	}
}

inline clear_entry(k) {
	d_step {
		find_slot(now, k);
		slot = i
	}
	if
	:: tables[now].key[slot] == k ->
counts_3:	tables[now].key[slot] = k + GONE
	:: else -> skip
	fi;
	d_step {
		end_change(k, 0);
		slot = 0
	}
}

/* The live entries, into a table that nobody sees. Its room is enough, or there is none. */
inline fill() {
	d_step {
		last_table++;
		tables[last_table].slots = size;
		fits = true;
		j = 0;
		do
		:: j < tables[now].slots ->
			if
			:: tables[now].key[j] && tables[now].key[j] < GONE ->
				find_slot(last_table, tables[now].key[j]);
				if
				:: i == size -> fits = false
				:: else ->
					tables[last_table].key[i] = tables[now].key[j];
					tables[last_table].counter[i] = tables[now].counter[j]
				fi
			:: else -> skip
			fi;
			j++
		:: else -> break
		od
	}
}

inline publish_base() {
	base = last_table
}

inline publish_mask() {
	mask = size - 1
}

inline other_table() {
	/* counts_4. */
	fill();
	if
	:: !fits -> skip
	:: fits && size < tables[now].slots ->
counts_5:	publish_mask();
#ifndef SHRINK_AT_ONCE
		atomic {
			tables[last_table].waits = calling
		}
		tables[last_table].waits == 0;
#endif
		publish_base();
counts_6:	atomic {
			free_table(now);
			now = last_table
		}
	:: fits && size >= tables[now].slots ->
#ifdef MASK_FIRST
		publish_mask();
		publish_base();
#else
		publish_base();
		publish_mask();
#endif
		atomic {
			free_table(now);
			now = last_table
		}
	fi;
	d_step {
		size = 0;
		fits = false
	}
}

proctype writer()
{
	byte changes, now, old, slot, size;
	bool fits;

	do
	:: changes < CHANGES ->
		changes++;
		if
		:: set_entry(KEY_1)
		:: set_entry(KEY_2)
		:: set_entry(KEY_3)
		:: op_of[1] -> clear_entry(KEY_1)
		:: op_of[2] -> clear_entry(KEY_2)
		:: op_of[3] -> clear_entry(KEY_3)
		:: size = SMALL;
			other_table()
		:: size = LARGE;
			other_table()
		fi
	:: else -> break
	od
}

init {
	atomic {
		tables[0].slots = FIRST;
		mask = FIRST - 1;
		run writer();
		run cpu(0);
#if CPUS == 2
		run cpu(1)
#endif

	}
}

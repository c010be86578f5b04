#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What every int3 runs is refused: a trap in there would trap again, without end.
# The function tracer tells what that is on this kernel, in every context.
. "$(dirname "$0")/lib.sh"

tracefs=/sys/kernel/tracing
[ -e $tracefs/trace ] || mount -t tracefs tracefs $tracefs
contexts="lph_int3_irqs_on lph_int3_irqs_off lph_int3_softirq lph_int3_hardirq lph_int3_nmi"

# What the tracer saw between lph_int3_begin() and lph_int3_end() on a CPU, as "context
# rounds of it function rounds": so often was there such a round, and so often the function in it.
path_of() {
	awk '
		match($0, /\[[0-9]+\]/) && $(NF - 1) != "" && $NF ~ /^<-/ {
			cpu = substr($0, RSTART, RLENGTH)
			if ($(NF - 1) == "lph_int3_begin") {
				context[cpu] = substr($NF, 3)
				rounds[context[cpu]]++
			} else if ($(NF - 1) == "lph_int3_end") {
				delete context[cpu]
			} else if (cpu in context && $(NF - 1) !~ /^lph_/) {
				where = context[cpu] " " $(NF - 1)
				if (last[where] != rounds[context[cpu]])
					seen[where]++
				last[where] = rounds[context[cpu]]
			}
		}
		END {
			for (where in seen) {
				split(where, part, " ")
				print part[1], rounds[part[1]], part[2], seen[where]
			}
		}' "$1"
}

# record FILE: what an int3 runs in each context, as path_of() has it
record_path() {
	echo >$tracefs/trace
	echo 1 >$LPH_TEST/int3
	path_of $tracefs/trace >"$1"
}

# Those that are on it every time. What interrupts bring in between is not.
always() {
	awk '$2 == $4 { print $3 }' "$@" | sort -u
}

# Asked for what is not there: nothing is attached, whatever the answer.
refused() {
	try livepatchd trace "$1,999"
	[ "$code" = 4 ] && grep -q 'very traps' <<<"$err"
}

# check_path DESCRIPTION FILE
check_path() {
	local context function missing=()
	for context in $contexts; do
		# One that is on it with every configuration, and that no compiler inlines.
		if ! grep -q "^$context [0-9]* kprobe_int3_handler " "$2"; then
			fail "$1: the tracer saw the int3 in each context" \
				"not in $context: $(wc -l <"$2") of it, of $(head -n 40 $tracefs/trace)"
			return
		fi
	done
	pass "$1: the tracer saw the int3 in each context"
	for function in $(always "$2"); do
		refused "$function" || missing+=("$function")
	done
	equal "$1: what every int3 runs is refused" "" "${missing[*]}"
	note "$1: $(always "$2" | paste -sd ' ')"
}

need_service || fail "the service is up and the helper loaded"
load_lph_test
# lph_test turns it on where it matters.
echo 0 >$tracefs/tracing_on
defer sh -c "echo 1 >$tracefs/tracing_on"
echo function >$tracefs/current_tracer
defer sh -c "echo nop >$tracefs/current_tracer"

record_path "$work/path"
check_path "as it is" "$work/path"
try livepatchd trace vfs_read,999
equal "what no int3 runs is not" 3 "$code"

if [ -e $tracefs/events/notifier/notifier_run ]; then
	instance=$tracefs/instances/lph_path
	mkdir $instance
	defer rmdir $instance
	for events in $tracefs/events $instance/events; do
		echo 1 >"$events/notifier/notifier_run/enable"
		defer sh -c "echo 0 >$events/notifier/notifier_run/enable"
	done
	record_path "$work/path"
	check_path "with two listeners to the event" "$work/path"
fi
echo nop >$tracefs/current_tracer

note "a handler that no list knows"
expect 0 "behind the helper's it can be traced" livepatchd trace lph_test:lph_int3_handle
echo 1 >$LPH_TEST/int3
more "it counts" "$(livepatchd tracers --json | jq '.[0].hits')" 0
expect 0 "untrace it" livepatchd untrace --all
expect 0 "the helper leaves" rmmod livepatch_helper
modprobe livepatch_helper
expect 4 "ahead of the helper's it is refused" livepatchd trace lph_test:lph_int3_handle
says "since each trap runs it" 'very traps'
expect 0 "other functions can be traced" livepatchd trace lph_test:lph_target_0
echo 1 >$LPH_TEST/run
echo 0 >$LPH_TEST/run
read_calls
equal "to the call" "${calls[lph_target_0]}" "$(livepatchd tracers --json | jq '.[0].hits')"
expect 0 "untrace all" livepatchd untrace --all
end_case

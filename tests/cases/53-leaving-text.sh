#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# A task in the text of a patch that leaves is waited for, wherever in it: in a function
# that the new body has left for by a jump, and in the body's part that lies elsewhere.
. "$(dirname "$0")/lib.sh"

lph_patch() {
	"$TESTS/tools/lph-patch" "$@"
}

state() {
	lph_patch transitions | sed -n "s/^$1 //p"
}

waited_for() {
	livepatchd blockers --json | jq -e --argjson tid "$1" --arg function "$2" \
		'length == 1 and (.[0] | .tid == $tid and .reason == "stack" and .function == $function)' >/dev/null
}

# The functions on the sleeper's stack that are the patch's.
on_stack() {
	sed -nE 's/.* ([a-z_.]+)\+.*\[helper_leave\].*/\1/p' "/proc/$sleeper/stack" | paste -sd ' '
}

# The process that sits in the old body is the only one left.
one_is_left() {
	waited_for "$sitter" lph_test:lph_target_sleep
}

sits() {
	[ "$(<"/proc/$sitter/comm")" = bash ] && grep -q lph_target_sleep "/proc/$sitter/stack"
}

need_service || fail "the service is up and the helper loaded"
load_lph_test

for where in sit_elsewhere patched_target_sleep.cold; do
	cold=0
	[ $where = sit_elsewhere ] || cold=1
	note "in $where"
	insmod "$PATCHES/helper_leave.ko" cold=$cold
	expect 0 "a patch" lph_patch apply helper_leave
	echo 1 >$LPH_TEST/sleeper
	sleeper=$(pgrep -x lph_sleeper)
	equal "a task sleeps there, and the body is not on its stack" $where "$(on_stack)"
	expect 1 "all at once, it cannot be removed" lph_patch -c stop remove helper_leave
	expect 0 "the kernel log" dmesg
	says "names the task and the function" "lph_sleeper\\) stands in $where"
	expect 0 "task by task" lph_patch -n remove helper_leave
	transition=$out
	holds "the removal waits for it" eventually 30 waited_for "$sleeper" "helper_leave:$where"
	equal "the transition goes on" running "$(state "$transition")"
	expect 1 "the module cannot be unloaded" rmmod helper_leave
	echo 0 >$LPH_TEST/sleeper
	equal "the task ran the new body" patched "$(<$LPH_TEST/slept)"
	expect 0 "now it is removed" lph_patch wait "$transition"

	note "in $where, while it is applied and that is reversed"
	bash -c "echo 1 >$LPH_TEST/sit" &
	sitter=$!
	background+=("$sitter")
	holds "a process sits in the old body" eventually 30 sits
	expect 0 "the patch" lph_patch -n apply helper_leave
	transition=$out
	holds "only that process is waited for" eventually 60 one_is_left
	echo 1 >$LPH_TEST/sleeper
	sleeper=$(pgrep -x lph_sleeper)
	equal "a new task sleeps in the new body" $where "$(on_stack)"
	expect 0 "it is cancelled" lph_patch cancel "$transition"
	holds "and waits for that task" eventually 30 waited_for "$sleeper" "helper_leave:$where"
	equal "the transition goes on" running "$(state "$transition")"
	expect 1 "the module cannot be unloaded" rmmod helper_leave
	echo 0 >$LPH_TEST/sleeper
	equal "the task ran the new body" patched "$(<$LPH_TEST/slept)"
	expect 1 "now it ends" lph_patch wait "$transition"
	says "reversed" reversed
	kill "$sitter"
	wait "$sitter" 2>/dev/null
	expect 0 "the module is unloaded" rmmod helper_leave
done
end_case

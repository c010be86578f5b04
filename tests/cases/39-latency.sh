#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# Tracers that measure how long calls take: each call once, under the body that it
# ran; and calls that sleep meanwhile, while everything around them changes.
. "$(dirname "$0")/lib.sh"

of_tracer() {
	jq -r --argjson id "$1" '.[] | select(.id == $id)' "$work/tracers" | jq -r "$2"
}

# measured ID [BODY]: how many calls
measured() {
	of_tracer "$1" "[.latency[] | select(\"${2-}\" == \"\" or .body == \"${2-}\").buckets[].calls] | add // 0"
}

hits() {
	of_tracer "$1" "[.bodies[] | select(.body == \"$2\").hits] | add // 0"
}

# measure FUNCTION: the test module may have no BTF, so by way of another kind
measure() {
	livepatchd trace --json "$1" >"$work/traced" || return
	id=$(jq '.tracers[0].id' "$work/traced")
	"$TESTS/tools/lph-latency" "$id"
}

# A busy machine wakes who sleeps too late, never too early: so sooner or later one
# has slept for about as long as it said.
slow=0 fast=0
until_over() {
	local end=$((SECONDS + 60 * slower))
	# Not eventually(), which sleeps.
	until "$@"; do [ "$SECONDS" -lt "$end" ] || return 1; done
}
buckets() {
	livepatchd tracers --json >"$work/tracers"
	of_tracer "$id" "[.latency[] | select(.body == \"original\").buckets[] | select($1).calls] | add // 0"
}
slept_long() {
	sleep 0.3
	slow=$((slow + 1))
	[ "$(buckets '.ns == 268435456')" -gt 0 ]
}
slept_short() {
	sleep 0.02
	fast=$((fast + 1))
	[ "$(buckets '.ns < 268435456')" -gt 0 ]
}

need_service || fail "the service is up and the helper loaded"
load_lph_test
# Or a livepatch would wait long: newer kernels rewrite code of theirs for it, which
# an emulated machine that is all traps and interrupts gets round to at last.
echo 1 >$LPH_PARAMETERS/burst
refs=$(cat /sys/module/livepatch_helper/refcnt)

note "a function that sleeps a known time"
expect 0 "a tracer of kind latency" livepatchd trace --json --kind=latency --comm=sleep hrtimer_nanosleep
id=$(jq '.tracers[0].id' <<<"$out")
holds "0.3 s are from 2^28 ns on, and below 2^29" until_over slept_long
holds "0.02 s are less" until_over slept_short
more "0.3 s never are" "$(buckets '.ns >= 268435456')" $((slow - 1))
equal "all are counted" "latency $((slow + fast))" "$(of_tracer "$id" '"\(.kind) \(.hits)"')"
equal "and measured" $((slow + fast)) "$(measured "$id")"
expect 0 "for people" livepatchd show "tracer/$id"
says "a histogram" '268ms to +537ms +[0-9]+ +####'
expect 0 "for a while" livepatchd trace --for=1s --kind=latency vfs_read
says "in the end, too" 'vfs_read in original, [0-9]+ calls'
livepatchd untrace --all

note "each call, in every context, once"
expect 0 "three arguments" measure lph_test:lph_target_2
three=$id
expect 0 "six arguments" measure lph_test:lph_target_5
six=$id
expect 0 "a counter beside it" livepatchd trace --json lph_test:lph_target_5
expect 0 "and a second one that measures" measure lph_test:lph_target_5
second=$id
echo 1 >$LPH_TEST/run
expect 0 "a livepatch comes" livepatchd load --timeout="$ample" "$PATCHES/livepatch_target.ko"
expect 0 "one becomes another kind" livepatchd retrace --kind=count "$second"
expect 0 "and is again what it was" "$TESTS/tools/lph-latency" "$second"
expect 0 "the livepatch goes" livepatchd unload --timeout="$ample" livepatch_target
echo 0 >$LPH_TEST/run
read_calls
equal "no call returned what no body returns" 0 "$mismatches"
livepatchd tracers --json >"$work/tracers"
new=${patched[lph_target_2]}
more "calls ran the livepatch's body" "$new" 0
equal "each is measured as such" "$new $new" "$(measured "$three" livepatch_target) $(hits "$three" livepatch_target)"
equal "and each other one" $((calls[lph_target_2] - new)) "$(measured "$three" original)"
equal "of six arguments" "${calls[lph_target_5]} ${calls[lph_target_5]}" "$(measured "$six") $(hits "$six" original)"
equal "each was counted while it became another" "${calls[lph_target_5]}" "$(hits "$second" original)"
more "and some measured" "$(measured "$second")" 0
equal "none was missed" 0 "$(jq 'map(.missed) | add' "$work/tracers")"
livepatchd untrace --all

note "a function of a module that has BTF"
expect 0 "a tracer" livepatchd trace --json --kind=latency overlay:ovl_getattr
id=$(jq '.tracers[0].id' <<<"$out")
stat -c %n /usr >"$work/out"
livepatchd tracers --json >"$work/tracers"
more "whose calls are measured" "$(measured "$id")" 0
livepatchd untrace --all

note "a task sleeps in it"
expect 0 "a tracer" measure lph_test:lph_target_sleep
echo 1 >$LPH_TEST/sleeper
sleeper=$(pgrep -x lph_sleeper)
cat "/proc/$sleeper/stack" >"$work/stack"
equal "its stack goes on behind ours" "lph_target_sleep lph_return lph_sleeper kthread" \
	"$(sed -nE 's/.* ([a-z_0-9]+)\+.*/\1/p' "$work/stack" | sed -n '/lph_target_sleep/,/^kthread$/p' | paste -sd ' ')"
expect 0 "a livepatch of others need not wait" livepatchd load --timeout="$ample" "$PATCHES/livepatch_target.ko"
expect 0 "nor when it goes" livepatchd unload --timeout="$ample" livepatch_target
expect 6 "one of this function has to" livepatchd load --timeout=3s "$PATCHES/livepatch_hang.ko"
insmod "$PATCHES/helper_target.ko"
expect 0 "a helper patch of others need not" "$TESTS/tools/lph-patch" apply helper_target
expect 0 "nor when it goes" "$TESTS/tools/lph-patch" remove helper_target
rmmod helper_target
expect 6 "one of this function has to" livepatchd load --timeout=3s "$PATCHES/helper_hang.ko"
livepatchd tracers --json >"$work/tracers"
equal "it is counted, and not measured yet" "1 0" "$(hits "$id" original) $(measured "$id")"
expect 0 "the tracer is removed meanwhile" livepatchd untrace --all
detached() {
	livepatchd functions --json | jq -e 'all(.[]; .function != "lph_test:lph_target_sleep")' >/dev/null
}
holds "the function is left alone" eventually 60 detached
equal "the module stays for the call" $((refs + 1)) "$(cat /sys/module/livepatch_helper/refcnt)"
echo 0 >$LPH_TEST/sleeper
equal "which returned" original "$(cat $LPH_TEST/slept)"
unused() {
	[ "$(cat /sys/module/livepatch_helper/refcnt)" = "$refs" ]
}
holds "then it need not stay" eventually 30 unused

expect 0 "a tracer again" measure lph_test:lph_target_sleep
echo 1 >$LPH_TEST/sleeper
echo 0 >$LPH_TEST/sleeper
livepatchd tracers --json >"$work/tracers"
equal "whose call returns is measured" "1 1" "$(hits "$id" original) $(measured "$id")"
livepatchd untrace --all

note "a task ends in it"
expect 0 "a tracer of what kills a task" livepatchd trace --json --kind=latency --comm=sleep get_signal
id=$(jq '.tracers[0].id' <<<"$out")
sleep 100 &
victim=$!
eventually 30 grep -qs nanosleep "/proc/$victim/wchan" "/proc/$victim/stack"
kill -9 "$victim"
wait "$victim" 2>/dev/null
livepatchd tracers --json >"$work/tracers"
equal "the call is counted, and never measured" "1 0" "$(hits "$id" original) $(measured "$id")"
livepatchd untrace --all
holds "and keeps nothing" eventually 30 unused

note "a task ends without its stack, as one that an oops kills"
kept() {
	[ "$(cat /sys/module/livepatch_helper/refcnt)" = "$1" ]
}
cpu1() {
	echo "$1" >/sys/devices/system/cpu/cpu1/online
}
given_up() {
	dmesg | grep -c "$1 of lph_target_rewind"
}
before=$(given_up "1 call")
expect 0 "a tracer of a call that sleeps" measure lph_test:lph_target_sleep
echo 1 >$LPH_TEST/sleeper
livepatchd untrace --all
holds "which the module stays for" eventually 30 kept $((refs + 1))
expect 0 "one of what ends its task" measure lph_test:lph_target_rewind
echo 1 >$LPH_TEST/rewind
livepatchd tracers --json >"$work/tracers"
equal "its call is counted, and never measured" "1 0" "$(hits "$id" original) $(measured "$id")"
livepatchd untrace --all
holds "and given up" eventually 60 kept $((refs + 1))
equal "which the kernel's log tells" $((before + 1)) "$(given_up "1 call")"
if [ "$(nproc)" -gt 1 ]; then
	expect 0 "of each of an idle task" livepatchd trace --kind=latency tick_nohz_idle_enter schedule_idle
	expect 0 "a CPU goes" cpu1 0
	expect 0 "one of what ends its task" measure lph_test:lph_target_rewind
	echo 1 >$LPH_TEST/rewind
	echo 1 >$LPH_TEST/rewind
	livepatchd untrace --all
	holds "neither the idle task's calls are kept nor the lost ones" eventually 60 kept $((refs + 1))
	equal "of which there were two" 1 "$(given_up "2 calls")"
	expect 0 "the CPU comes again" cpu1 1
fi
echo 0 >$LPH_TEST/sleeper
equal "the call that slept has returned" original "$(cat $LPH_TEST/slept)"
holds "and nothing is kept" eventually 30 unused

note "what is refused"
expect 4 "arguments on the stack" livepatchd trace --kind=latency ip_append_data
says "says how many" 'fill [0-9]+ registers and 6 there are'
expect 4 "variable arguments" livepatchd trace --kind=latency _printk
says "says so" 'variable arguments'
expect 4 "without BTF, or with a seventh argument" livepatchd trace --kind=latency lph_test:lph_target_6
says "says which" 'has no BTF|fill 7 registers'
for function in do_exit do_task_dead do_idle cpu_startup_entry arch_cpu_idle_dead; do
	expect 4 "what never returns, or not always: $function" livepatchd trace --kind=latency $function
	says "says so" 'never return'
done
id=$(livepatchd trace --json ip_append_data | jq '.tracers[0].id')
expect 1 "nor does it help to say that all arguments are in registers" "$TESTS/tools/lph-latency" "$id"
says "says why" 'fill [0-9]+ registers and 6 there are'
livepatchd untrace "$id"
expect 1 "some of several" livepatchd trace --json --kind=latency vfs_read ip_append_data
json "the others are traced" '[.tracers[].function] == ["vfs_read"] and [.refused[].function] == ["ip_append_data"]'
id=$(livepatchd trace --json ip_append_data | jq '.tracers[0].id')
expect 4 "nor can a tracer become it" livepatchd retrace --kind=latency "$id"
says "says why" 'fill [0-9]+ registers and 6 there are'
others=$(livepatchd trace --json vfs_read vfs_write | jq '.tracers[].id')
# shellcheck disable=SC2086 # each is a word
expect 1 "of several the others do" livepatchd retrace --json --kind=latency $others "$id"
json "and it is told which does not" '
	.refused | map([.id, (.reason | test("fill [0-9]+ registers"))]) == [[$id, true]]' --argjson id "$id"
equal "it stays what it was" '[["ip_append_data","count"],["vfs_read","latency"],["vfs_write","latency"]]' \
	"$(livepatchd tracers --json | jq -c --argjson since "$id" \
		'[.[] | select(.id >= $since) | [.function, .kind]] | sort')"
livepatchd untrace --all
end_case

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Tracers that fire a trace event, which others read; and filters.
. "$(dirname "$0")/lib.sh"

tracefs=/sys/kernel/tracing
[ -e $tracefs/trace ] || mount -t tracefs tracefs $tracefs
# An instance of our own, so that nothing of the machine's is disturbed.
instance=$tracefs/instances/lph_test
mkdir $instance
defer rmdir $instance
echo 8192 >$instance/buffer_size_kb

# The events of the last run, as "function body", and how often each.
events() {
	sed -nE 's/.*function_hit: ([^ ]*) body=([^ ]*) .*/\1 \2/p' $instance/trace | sort | uniq -c |
		awk '{ print $2, $3, $1 }'
}

run_calls() {
	echo >$instance/trace
	echo 1 >$LPH_TEST/run
	sleep 0.2
	echo 0 >$LPH_TEST/run
	read_calls
}

hits() {
	livepatchd tracers --json | jq ".[] | select(.id == $1).hits"
}

need_service || fail "the service is up and the helper loaded"
load_lph_test
# Few enough calls for the buffer to hold them all.
echo 1 >$LPH_PARAMETERS/burst

note "each hit is an event"
expect 0 "a tracer of kind event" livepatchd trace --json --kind=event lph_test:lph_target_2
id=$(jq '.tracers[0].id' <<<"$out")
run_calls
equal "nobody listens: it counts all the same" "${calls[lph_target_2]}" "$(hits "$id")"
equal "and nothing is written" "" "$(events)"

echo 1 >$instance/events/livepatch_helper/function_hit/enable
defer sh -c "echo 0 >$instance/events/livepatch_helper/enable"
run_calls
equal "every call, in every context, is an event of the original" \
	"lph_target_2 original ${calls[lph_target_2]}" "$(events)"
equal "the tracer's id is in it" "$(grep -c function_hit $instance/trace)" "$(grep -c "tracer=$id\$" $instance/trace)"
equal "and who called it" "$(grep -c function_hit $instance/trace)" "$(grep -c 'caller=.*\[lph_test\]' $instance/trace)"
livepatchd tracers --json >"$work/tracers"
equal "none was missed" 0 "$(jq '.[0].missed' "$work/tracers")"
equal "its kind is told" event "$(jq -r '.[0].kind' "$work/tracers")"

note "of a patched function"
insmod "$PATCHES/livepatch_target.ko"
holds "the livepatch's transition ends" eventually 20 grep -q 0 $KLP/livepatch_target/transition
run_calls
equal "the body is the livepatch's" "lph_target_2 livepatch_target ${calls[lph_target_2]}" "$(events)"
unload_patch livepatch_target
insmod "$PATCHES/helper_target.ko"
expect 0 "a patch of the helper" "$TESTS/tools/lph-patch" apply helper_target
run_calls
equal "the body is the patch's" "lph_target_2 helper_target ${calls[lph_target_2]}" "$(events)"
expect 0 "it leaves" "$TESTS/tools/lph-patch" remove helper_target

note "read by trace-cmd"
expect 0 "trace-cmd records it" trace-cmd record -q -o "$work/trace.dat" -e livepatch_helper:function_hit \
	sh -c "echo 1 >$LPH_TEST/run; sleep 0.1; echo 0 >$LPH_TEST/run"
expect 0 "and reports it" trace-cmd report -q -i "$work/trace.dat"
says "by name and body" 'function_hit: +lph_target_2 body=original'
expect 0 "the tracer leaves" livepatchd untrace "$id"

note "what fires an event calls traced functions"
ring='ring_buffer_lock_reserve trace_event_buffer_reserve trace_event_buffer_commit'
# shellcheck disable=SC2086 # words are wanted
expect 0 "tracers on the way of an event" livepatchd trace --json --kind=event lph_test:lph_target_2 $ring
run_calls
equal "each call is an event" "${calls[lph_target_2]}" "$(events | sed -n 's/^lph_target_2 original //p')"
livepatchd tracers --json >"$work/tracers"
holds "what an event calls is counted and missed" \
	jq -e 'map(select(.function == "ring_buffer_lock_reserve"))[0] | .missed > 0 and .hits >= .missed' \
	"$work/tracers"
expect 0 "they leave" livepatchd untrace --all
echo 0 >$instance/events/livepatch_helper/enable

note "filters"
expect 0 "a tracer of one process" livepatchd trace --json --pid=$$ cmdline_proc_show
mine=$(jq '.tracers[0].id' <<<"$out")
expect 0 "one of tasks of a name" livepatchd trace --json --comm=cat cmdline_proc_show
cats=$(jq '.tracers[0].id' <<<"$out")
for _ in 1 2 3; do
	read -r line </proc/cmdline
done
cat /proc/cmdline /proc/cmdline >/dev/null
head -n 1 /proc/cmdline >/dev/null
# A read may take several calls.
holds "the process's calls, and nobody else's" test "$(hits "$mine")" -ge 3 -a "$(hits "$mine")" -lt 6
holds "cat's calls, and nobody else's" test "$(hits "$cats")" -ge 2 -a "$(hits "$cats")" -lt 5
livepatchd tracers --json >"$work/tracers"
equal "the filters are told" "[[$$,\"\"],[0,\"cat\"]]" "$(jq -c 'map([.pid, .comm])' "$work/tracers")"
expect 2 "a name that no task can have is refused" livepatchd trace --comm=a-name-of-16-char vfs_read
expect 2 "there is no such kind" livepatchd trace --kind=nothing vfs_read
says "the kinds are named" 'count'
end_case

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
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
	sed -nE 's/.*function_hit: ([^ ]*) body=([^ ]*) .*/\1 \2/p' "$work/trace" | sort | uniq -c |
		awk '{ print $2, $3, $1 }'
}

run_calls() {
	echo >$instance/trace
	echo 1 >$instance/tracing_on
	echo 1 >$LPH_TEST/run
	sleep 0.05
	echo 0 >$LPH_TEST/run
	# What prints the events calls what is traced here.
	echo 0 >$instance/tracing_on
	cat $instance/trace >"$work/trace"
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
equal "the tracer's id is in it" "$(grep -c function_hit "$work/trace")" "$(grep -c "tracer=$id\$" "$work/trace")"
equal "and who called it" "$(grep -c function_hit "$work/trace")" "$(grep -c 'caller=.*\[lph_test\]' "$work/trace")"
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

note "what fires an event calls traced functions"
try livepatchd trace __module_address,999
if grep -q 'very traps' <<<"$err"; then
	note "this kernel runs it in each trap, too (DEBUG_NOTIFIERS): it cannot be traced"
else
	expect 0 "a tracer of what looks up a patch's name" livepatchd trace --kind=event __module_address
	run_calls
	equal "each call is an event" "lph_target_2 helper_target ${calls[lph_target_2]}" "$(events | grep lph_target_2)"
	livepatchd tracers --json >"$work/tracers"
	equal "what an event calls is counted, and missed" true "$(jq --argjson calls "${calls[lph_target_2]}" \
		'map(select(.function == "__module_address"))[0] | .missed >= $calls and .hits >= .missed' "$work/tracers")"
fi
expect 0 "the patch leaves" "$TESTS/tools/lph-patch" remove helper_target

note "read by trace-cmd"
expect 0 "trace-cmd records it" trace-cmd record -q -o "$work/trace.dat" -e livepatch_helper:function_hit \
	sh -c "echo 1 >$LPH_TEST/run; sleep 0.1; echo 0 >$LPH_TEST/run"
trace-cmd report -i "$work/trace.dat" 2>/dev/null >"$work/report"
holds "and reports name and body" grep -qE 'function_hit: +lph_target_2 body=original' "$work/report"
expect 0 "the tracers leave" livepatchd untrace --all
echo 0 >$instance/events/livepatch_helper/enable

note "filters"
expect 0 "a tracer of one process" livepatchd trace --json --pid=$$ cmdline_proc_show
mine=$(jq '.tracers[0].id' <<<"$out")
expect 0 "one of tasks of a name" livepatchd trace --json --comm=cat cmdline_proc_show
cats=$(jq '.tracers[0].id' <<<"$out")
for _ in 1 2 3; do
	read -r _ </proc/cmdline
done
cat /proc/cmdline /proc/cmdline >/dev/null
head -n 1 /proc/cmdline >/dev/null
# A read may take several calls.
holds "the process's calls, and nobody else's" test "$(hits "$mine")" -ge 3 -a "$(hits "$mine")" -lt 10
holds "cat's calls, and nobody else's" test "$(hits "$cats")" -ge 2 -a "$(hits "$cats")" -lt 10
livepatchd tracers --json >"$work/tracers"
equal "the filters are told" "[[$$,\"\"],[0,\"cat\"]]" "$(jq -c 'map([.pid, .comm])' "$work/tracers")"
expect 2 "a name that no task can have is refused" livepatchd trace --comm=a-name-of-16-char vfs_read
expect 2 "there is no such kind" livepatchd trace --kind=nothing vfs_read
says "the kinds are named" 'count'
end_case

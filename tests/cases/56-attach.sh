#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How a function comes to its direct call: what is refused leaves no trace, what is there
# already is known, and no call is lost on the way.
. "$(dirname "$0")/lib.sh"

lph_patch() {
	"$TESTS/tools/lph-patch" "$@"
}

# measure ID: it becomes a tracer of kind latency
measure() {
	"$TESTS/tools/lph-latency" "$1"
}

# trace FUNCTION...: a tracer each, their ids are in $ids
trace() {
	expect 0 "tracers of $*" livepatchd trace --json "$@"
	mapfile -t ids < <(jq '.tracers[].id' <<<"$out")
}

# Functions keep their direct call for a while when they are idle.
detached() {
	livepatchd functions --json | jq -e --arg f "$1" 'all(.[]; .function | startswith($f) | not)' >/dev/null
}

probe_goes() {
	[ ! -e /sys/module/lph_probe ] || rmmod lph_probe
}

need_service || fail "the service is up and the helper loaded"
booted=$(</proc/cmdline)
load_lph_test

note "refused because of a livepatch, which then leaves"
echo 0 >$HELPER_PARAMETERS/direct_limit
for tracer in with without; do
	if [ $tracer = with ]; then
		trace cmdline_proc_show
		equal "it is shared" '["shared"]' "$(livepatchd tracers --json | jq -c 'map(.backend)')"
	fi
	expect 0 "a livepatch, $tracer a tracer on its function" livepatchd load "$PATCHES/livepatch_cmdline.ko"
	insmod "$PATCHES/helper_cmdline.ko"
	expect 1 "the patch of that function is refused" lph_patch apply helper_cmdline
	says "and why, and the function" "cmdline_proc_show is (taken|redirected)"
	expect 0 "the livepatch leaves" livepatchd unload livepatch_cmdline
	[ $tracer = without ] || expect 0 "the tracer can measure" measure "${ids[0]}"
	expect 0 "the patch is applied now" lph_patch apply helper_cmdline
	equal "it runs" "helper_cmdline: this has been live patched" "$(</proc/cmdline)"
	expect 0 "the patch is removed" lph_patch remove helper_cmdline
	equal "the original runs" "$booted" "$(</proc/cmdline)"
	rmmod helper_cmdline
	livepatchd untrace --all >/dev/null
	holds "the function is left alone" eventually 120 detached cmdline_proc_show
done

note "a tracer that cannot measure, then can"
coproc fentry { exec "$TESTS/tools/lph-fentry" version_proc_show; }
read -r said <&"${fentry[0]}"
equal "a BPF program has a function's direct call" attached "$said"
trace version_proc_show
expect 1 "a tracer of it cannot measure" measure "${ids[0]}"
eval "exec ${fentry[1]}>&-"
read -r _ <&"${fentry[0]}"
expect 0 "when that is gone it can" measure "${ids[0]}"
livepatchd untrace --all >/dev/null

note "from the shared callback to the direct call, under traffic"
echo 0 >$HELPER_PARAMETERS/direct_limit
trace lph_test:lph_target_{0,1,2,3,4,5}
counting=("${ids[@]}")
trace lph_test:lph_target_{0,1,2,3,4,5}
equal "all are shared" '["shared"]' "$(livepatchd tracers --json | jq -c 'map(.backend) | unique')"
echo 1 >$LPH_TEST/run
for id in "${ids[@]}"; do
	measure "$id" || break
done
echo 0 >$LPH_TEST/run
read_calls
try livepatchd tracers --json
json "all have a direct call now" 'map(.backend) | unique == ["direct"]'
for i in "${!counting[@]}"; do
	equal "lph_target_$i: each call was counted once" "${calls[lph_target_$i]}" \
		"$(jq --argjson id "${counting[i]}" '.[] | select(.id == $id).hits' <<<"$out")"
	equal "by the one that measures, too" "${calls[lph_target_$i]}" \
		"$(jq --argjson id "${ids[i]}" '.[] | select(.id == $id).hits' <<<"$out")"
done
equal "no call returned what no body returns" 0 "$mismatches"
livepatchd untrace --all >/dev/null

note "kprobes that may redirect a function that has a direct tracer"
echo "$direct_limit" >$HELPER_PARAMETERS/direct_limit
insmod "$PATCHES/helper_target.ko"
defer probe_goes
trace lph_test:lph_target_2
# They share an ftrace_ops, which ftrace asks about only when the first comes.
for order in lph_target_3,lph_target_2 lph_target_2,lph_target_3; do
	expect 0 "on $order" insmod "$TESTS/module/lph_probe.ko" symbol=$order post=1
	expect 1 "a patch is refused" lph_patch apply helper_target
	says "and why, and the function" "lph_target_2 is (taken|redirected).*kprobe"
	rmmod lph_probe
	expect 0 "at once when they are gone, it is applied" lph_patch apply helper_target
	expect 0 "and removed" lph_patch remove helper_target
done
rmmod helper_target
livepatchd untrace --all >/dev/null
end_case

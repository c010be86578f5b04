#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# The shared backend: functions that have no direct call are traced as exactly,
# in every context, and their bodies are told as exactly, a livepatch beside it; and so
# are they where ftrace does not take the backend's trampoline. At length more ops come
# and go, and the livepatch more often.
. "$(dirname "$0")/exact.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test

echo 0 >$HELPER_PARAMETERS/direct_limit
note "no function gets a direct call"
backend=shared
exact "$(extent 500 20000)"
expect 0 "functions --json" livepatchd functions --json
json "are shared, too" '[.[] | select(.function | startswith("lph_test:")).backend] | unique == ["shared"]'
expect 0 "the tracers leave" livepatchd untrace --all

# reload_helper [PARAMETER...]
reload_helper() {
	rmmod livepatch_helper && modprobe livepatch_helper "$@" && eventually 10 need_service
}

# hits FUNCTION [BODY]: of $out, what tracers --json said.
hits() {
	jq --arg f "lph_test:$1" --arg body "${2-}" '
		[.[] | select(.function == $f) | if $body == "" then .hits else
		.bodies[] | select(.body == $body).hits end] | add // 0' <<<"$out"
}

# What the tracers say is what the callers saw.
check_bodies() {
	local function called new
	read_calls
	expect 0 "tracers --json" livepatchd tracers --json
	json "all are shared" 'map(.backend) | unique == ["shared"]'
	for function in lph_target_2 lph_target_6; do
		called=${calls[$function]} new=${patched[$function]}
		note "$function: $called calls, $new ran the patched body"
		equal "$function: hits are calls" "$called" "$(hits $function)"
		equal "$function: hits of the patched body are the calls that returned its value" \
			"$new" "$(hits $function livepatch_target)"
		equal "$function: hits of the original body are the other calls" \
			$((called - new)) "$(hits $function original)"
		more "$function: the patched body ran" "$new" 0
		more "$function: the original body ran" "$called" "$new"
	done
	equal "lph_target_3: all calls ran the original" "${calls[lph_target_3]}" \
		"$(hits lph_target_3 original)"
	equal "no call returned what no body returns" 0 "$mismatches"
}

note "the tracers first, then the livepatch"
rounds=$(extent 1 5)
expect 0 "tracers on two functions that are patched, one that is not" \
	livepatchd trace --json lph_test:lph_target_{2,3,6}
echo 1 >$LPH_TEST/run
for ((i = 1; i <= rounds; i++)); do
	expect 0 "round $i: load under load" livepatchd load --timeout="$ample" "$PATCHES/livepatch_target.ko"
	expect 0 "round $i: unload under load" livepatchd unload --timeout="$ample" livepatch_target
done
echo 0 >$LPH_TEST/run
check_bodies
expect 0 "the tracers leave" livepatchd untrace --all

note "the livepatch first, then the tracers"
expect 0 "load" livepatchd load --timeout="$ample" "$PATCHES/livepatch_target.ko"
expect 0 "tracers" livepatchd trace --json lph_test:lph_target_{2,3,6}
json "none was refused" '(.tracers | length) == 3 and .refused == []'
echo 1 >$LPH_TEST/run
expect 0 "unload under load" livepatchd unload --timeout="$ample" livepatch_target
echo 0 >$LPH_TEST/run
check_bodies
expect 0 "the tracers leave" livepatchd untrace --all

# ------------------------------------------------------- BPF's direct calls
# show FILE: a hundred times.
show() {
	local i
	for ((i = 0; i < 100; i++)); do
		read -r _ <"$1"
	done
}

of() {
	livepatchd tracers --json | jq -c --arg f "$1" '.[] | select(.function == $f) | [.backend, .hits]'
}

echo "$direct_limit" >$HELPER_PARAMETERS/direct_limit
coproc fentry { exec "$TESTS/tools/lph-fentry" version_proc_show; }
read -r said <&"${fentry[0]}"
equal "a BPF program has the direct call of a function" attached "$said"
expect 0 "a tracer on it" livepatchd trace version_proc_show
show /proc/version
equal "it is shared, and saw every call" '["shared",100]' "$(of version_proc_show)"
eval "exec ${fentry[1]}>&-"
read -r said <&"${fentry[0]}"
equal "so did the BPF program" 100 "$said"
expect 0 "a tracer on another function" livepatchd trace loadavg_proc_show
show /proc/loadavg
expect 1 "a BPF program on that one" "$TESTS/tools/lph-fentry" loadavg_proc_show
says "is refused by the kernel" "attach: (Device or resource busy|Invalid argument)"
show /proc/loadavg
equal "the tracer is direct, and saw every call" '["direct",200]' "$(of loadavg_proc_show)"
expect 0 "the tracers leave" livepatchd untrace --all

# ------------------------------------------- a livepatch older than the helper
# The order of ftrace's handlers is that of their registration: this livepatch
# would run behind the shared one.
note "the livepatch first, then the helper"
expect 0 "load" livepatchd load --timeout="$ample" "$PATCHES/livepatch_target.ko"
holds "the helper comes again" reload_helper
echo 0 >$HELPER_PARAMETERS/direct_limit
expect 0 "tracers" livepatchd trace --json lph_test:lph_target_{2,3,6}
expect 0 "tracers --json" livepatchd tracers --json
json "what the livepatch has is direct, beyond any limit; the rest is shared" '
	map({(.function): .backend}) | add == {
		"lph_test:lph_target_2": "direct",
		"lph_test:lph_target_3": "shared",
		"lph_test:lph_target_6": "direct"}'
echo 1 >$LPH_TEST/run
expect 0 "unload under load" livepatchd unload --timeout="$ample" livepatch_target
echo 0 >$LPH_TEST/run
read_calls
expect 0 "tracers --json" livepatchd tracers --json
for function in lph_target_2 lph_target_6; do
	equal "$function: hits of the patched body are the calls that returned its value" \
		"${patched[$function]}" "$(hits $function livepatch_target)"
	more "$function: the patched body ran" "${patched[$function]}" 0
done
expect 0 "the tracers leave" livepatchd untrace --all

# ------------------------------------------------ without a trampoline of ours
holds "the helper comes again, with nothing but the callback" reload_helper only_callback=1
echo 0 >$HELPER_PARAMETERS/direct_limit
rmmod lph_test
load_lph_test
exact "$(extent 300 20000)"
end_case

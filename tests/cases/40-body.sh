#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# Which body a call ran: a livepatch comes and goes under load, and what the
# tracers say is what the callers got back. At length it does so more often.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test
rounds=$(extent 2 10)

expect 0 "tracers on two functions that are patched, one that is not" \
	livepatchd trace --json lph_test:lph_target_{2,3,6}
json "none was refused" '(.tracers | length) == 3 and .refused == []'
echo 1 >$LPH_TEST/run
for ((i = 1; i <= rounds; i++)); do
	expect 0 "round $i: load under load" livepatchd load --timeout="$ample" "$PATCHES/livepatch_target.ko"
	expect 0 "round $i: unload under load" livepatchd unload --timeout="$ample" livepatch_target
done
# One tracer comes while the patch is in place.
expect 0 "load once more" livepatchd load --timeout="$ample" "$PATCHES/livepatch_target.ko"
expect 0 "a tracer on a function that is patched already" livepatchd trace --priority=1 lph_test:lph_target_2
expect 0 "remove it" livepatchd untrace "$(livepatchd tracers --json | jq 'map(.id) | max')"
echo 0 >$LPH_TEST/run

read_calls

# hits FUNCTION [BODY]
hits() {
	jq --arg f "lph_test:$1" --arg body "${2-}" '
		[.[] | select(.function == $f) | if $body == "" then .hits else
		.bodies[] | select(.body == $body).hits end] | add // 0' <<<"$out"
}

expect 0 "tracers --json" livepatchd tracers --json
for function in lph_target_2 lph_target_6; do
	called=${calls[$function]} new=${patched[$function]}
	note "$function: $called calls, $new ran the patched body"
	equal "$function: hits are calls" "$called" "$(hits $function)"
	equal "$function: hits of the patched body are the calls that returned its value" \
		"$new" "$(hits $function livepatch_target)"
	equal "$function: hits of the original body are the other calls" \
		$((called - new)) "$(hits $function original)"
	more "$function: both bodies ran" "$new" 0
	more "$function: both bodies ran" "$called" "$new"
done
equal "lph_target_3: all calls ran the original" "${calls[lph_target_3]}" "$(hits lph_target_3 original)"
equal "no call returned what no body returns" 0 "$mismatches"

json "each body is listed once" 'all(.[]; [.bodies[].body] | length == (unique | length))'
expect 0 "functions --json" livepatchd functions --json
json "has the bodies, too" '
	.[] | select(.function == "lph_test:lph_target_2") | [.bodies[].body] | sort == ["livepatch_target", "original"]'
expect 0 "unload" livepatchd unload --timeout="$ample" livepatch_target
end_case

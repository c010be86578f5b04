#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Tracers that are changed while they are at work: no call runs one twice, or not at all.
# At length there are more changes.
. "$(dirname "$0")/exact.sh"

hits() {
	livepatchd tracers --json | jq ".[] | select(.id == $1).hits"
}

need_service || fail "the service is up and the helper loaded"
load_lph_test

note "priorities and kinds change, ops come and go beside them"
echo 1 >$HELPER_PARAMETERS/rewrite_all
exact "$(extent 200 5000)" slots -c
json "the ops that stay were changed" '.changed > 20'
echo 0 >$HELPER_PARAMETERS/rewrite_all
expect 0 "the tracers leave" livepatchd untrace --all

note "what a user changes"
expect 0 "a tracer" livepatchd trace --json --priority=3 lph_test:lph_target_2
id=$(jq '.tracers[0].id' <<<"$out")
expect 0 "and another one" livepatchd trace lph_test:lph_target_2
echo 1 >$LPH_TEST/run
for i in 1 2 3; do
	expect 0 "its kind, in traffic" livepatchd retrace --kind=event "$id"
	expect 0 "its place" livepatchd retrace --priority=-$i "$id"
	expect 0 "and kind and place" livepatchd retrace --kind=count --priority=$i "$id"
done
echo 0 >$LPH_TEST/run
read_calls
equal "each call was counted once" "${calls[lph_target_2]}" "$(hits "$id")"
expect 0 "it goes before the other" livepatchd retrace --priority=-5 "$id"
equal "its object on the bus says so" -5 "$(property $ROOT/tracer/"$id" Tracer Priority)"
equal "and so does the order of the function's tracers" "$id" \
	"$(livepatchd functions --json | jq '.[] | select(.function == "lph_test:lph_target_2").tracers[0]')"

note "several at once"
expect 0 "some more" livepatchd trace --json lph_test:lph_target_{0,1,3}
mapfile -t several < <(jq '.tracers[].id' <<<"$out")
echo 1 >$LPH_TEST/run
for i in 1 2 3; do
	expect 0 "their kind and place, in traffic" livepatchd retrace --json --kind=event --priority=$i "${several[@]}" "$id"
	json "none was refused" '.refused == []'
	expect 0 "and back" livepatchd retrace --kind=count --priority=-$i "${several[@]}" "$id"
done
echo 0 >$LPH_TEST/run
read_calls
for i in 0 1 3; do
	equal "lph_target_$i: each call was counted once" "${calls[lph_target_$i]}" \
		"$(livepatchd tracers --json | jq ".[] | select(.function == \"lph_test:lph_target_$i\").hits")"
done
equal "all are what was asked for" '[["count",-3]]' "$(livepatchd tracers --json |
	jq -c --args '[.[] | select(.id | tostring | IN($ARGS.positional[])) | [.kind, .priority]] | unique' "${several[@]}" "$id")"
expect 3 "one of them is not there" livepatchd retrace --priority=7 "${several[@]}" 4711
equal "so none is changed" -3 "$(property $ROOT/tracer/"${several[0]}" Tracer Priority)"

note "a filter changes"
expect 0 "a tracer of one process" livepatchd trace --json --pid=$$ cmdline_proc_show
filtered=$(jq '.tracers[0].id' <<<"$out")
before=$(hits "$filtered")
for i in 1 2 3 4; do
	read -r _ </proc/cmdline
	# It may be named by either: the process stays in the filter all the time.
	expect 0 "the filter is the name" livepatchd retrace --pid=0 --comm="$(<"/proc/$$/comm")" "$filtered"
	read -r _ </proc/cmdline
	expect 0 "the filter is the process" livepatchd retrace --pid=$$ --comm= "$filtered"
done
cat /proc/cmdline >/dev/null
holds "all its calls were counted" test $(($(hits "$filtered") - before)) -ge 8
expect 0 "what cat calls" livepatchd retrace --pid=0 --comm=cat "$filtered"
n=$(hits "$filtered")
read -r _ </proc/cmdline
equal "the process is not seen any more" "$n" "$(hits "$filtered")"
cat /proc/cmdline >/dev/null
holds "cat is" test "$(hits "$filtered")" -gt "$n"

note "what is refused"
expect 3 "a tracer that is not there" livepatchd retrace --priority=1 4711
expect 2 "nothing to change" livepatchd retrace "$id"
expect 2 "a kind that is not there" livepatchd retrace --kind=nothing "$id"
expect 4 "a user who may not" runuser -u tester -- livepatchd retrace --priority=1 "$id"
end_case

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# Thousands of functions traced by one request: one transition, one step of
# ftrace's, exact counts, each refusal told, and a machine that lives with it.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test

wanted=2200
available=/sys/kernel/tracing/available_filter_functions
[ -e $available ] || mount -t tracefs tracefs /sys/kernel/tracing
# All over the kernel; a name that it has twice would be refused, rightly.
mapfile -t functions < <(awk 'NF == 1 && !/^__ftrace_invalid/ { print $1 }' $available | sort | uniq -u |
	awk -v n=$wanted '{ line[NR] = $0 } END { for (i = 0; i < n; i++) print line[int(i * NR / n) + 1] }')
targets=(lph_test:lph_target_{0..9})
refused=(no_such_function lph_test:lph_target_notrace do_int3 no_such_module:schedule)
requested=$((${#functions[@]} + ${#targets[@]} + ${#refused[@]}))
transitions() {
	busctl --json=short call $NAME $ROOT org.freedesktop.DBus.ObjectManager GetManagedObjects |
		jq '[.data[0] | to_entries[].value["org.livepatchd1.Transition"].Id.data | select(.)] | max // 0'
}

# The daemon may still be reading what was before: it has read all that when it tells of this.
expect 0 "one tracer comes" livepatchd trace lph_test:lph_target_0
expect 0 "and goes" livepatchd untrace --all
before=$(transitions)
start=${EPOCHREALTIME/./}
expect 1 "trace $requested functions, some of which cannot be" \
	livepatchd trace --json "${functions[@]}" "${targets[@]}" "${refused[@]}"
end=${EPOCHREALTIME/./}
note "$requested functions: $(((end - start) / 1000)) ms"
json "each of them is traced or refused" '(.tracers | length) + (.refused | length) == $n' \
	--argjson n $requested
json "each refusal says why" '.refused | all(.[]; (.reason | length) > 0)'
for function in "${refused[@]}"; do
	json "$function is refused" 'any(.refused[]; .function == $f)' --arg f "$function"
done
json "2000 are traced" '(.tracers | length) > 2000'
note "refused: $(jq -r '.refused | map(.reason) | group_by(.[0:24]) | map("\(length) as: \(.[0])") | join("; ")' <<<"$out")"
traced=$(jq '.tracers | length' <<<"$out")
equal "it was one transition" $((before + 1)) "$(transitions)"

expect 0 "functions --json" livepatchd functions --json
json "all are attached, by the shared backend" \
	'map(select(.tracers != []) | [.state, .backend]) | length == $n and (unique == [["attached", "shared"]])' \
	--argjson n "$traced"

echo 1 >$LPH_TEST/run
for ((i = 0; i < 30; i++)); do
	cat /proc/[0-9]*/stat >/dev/null 2>&1
	sync -f /run
done
echo 0 >$LPH_TEST/run
read_calls
expect 0 "tracers --json" livepatchd tracers --json
for ((i = 0; i < 10; i++)); do
	equal "lph_target_$i: hits are calls" "${calls[lph_target_$i]}" \
		"$(jq --arg f "lph_test:lph_target_$i" '.[] | select(.function == $f).hits' <<<"$out")"
done
json "the kernel's own functions were called, too" 'map(select(.hits > 0)) | length > 100'
note "hits: $(jq 'map(.hits) | add' <<<"$out") in $(jq 'map(select(.hits > 0)) | length' <<<"$out") functions"
equal "no call has lost an argument" 0 "$mismatches"

# The daemon may still be reading what was before: it has read all that when it tells of this.
expect 0 "one tracer comes" livepatchd trace lph_test:lph_target_0
expect 0 "and goes" livepatchd untrace --all
before=$(transitions)
start=${EPOCHREALTIME/./}
expect 0 "untrace all" livepatchd untrace --all
end=${EPOCHREALTIME/./}
note "removed: $(((end - start) / 1000)) ms"
equal "in one transition" $((before + 1)) "$(transitions)"
equal "none is left" '[]' "$(livepatchd tracers --json | jq -c .)"
detached() {
	[ "$(livepatchd functions --json | jq length)" = 0 ]
}
holds "all are detached in the background" eventually 60 detached
end_case

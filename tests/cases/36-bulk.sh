#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# Thousands of functions traced by one request: one transition, one step of
# ftrace's, exact counts, each refusal told, and a machine that lives with it.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test

# At length: in one request of several hundred kB.
wanted=$(extent 1000 5000)
available=/sys/kernel/tracing/available_filter_functions
[ -e $available ] || mount -t tracefs tracefs /sys/kernel/tracing
# All over the kernel; a name that it has twice would be refused, rightly.
mapfile -t functions < <(awk 'NF == 1 && !/^__ftrace_invalid/ { print $1 }' $available | sort | uniq -u |
	awk -v n="$wanted" '{ line[NR] = $0 } END { for (i = 0; i < n; i++) print line[int(i * NR / n) + 1] }')
targets=(lph_test:lph_target_{0..9})
refused=(no_such_function lph_test:lph_target_notrace do_int3 no_such_module:schedule)
requested=$((${#functions[@]} + ${#targets[@]} + ${#refused[@]}))
transitions() {
	busctl --json=short call $NAME $ROOT org.freedesktop.DBus.ObjectManager GetManagedObjects |
		jq '[.data[0] | to_entries[].value["org.livepatchd1.Transition"].Id.data | select(.)] | max // 0'
}

detached() {
	[ "$(livepatchd functions --json | jq length)" = 0 ]
}

# The daemon may still be reading what was before: it has read all that when it tells of this.
expect 0 "one tracer comes" livepatchd trace lph_test:lph_target_sleep
expect 0 "and goes" livepatchd untrace --all
holds "without a trace" eventually 60 detached
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
json "most are traced" '(.tracers | length) > $wanted * 0.96' --argjson wanted "$wanted"
note "refused: $(jq -r '.refused | map(.reason) | group_by(.[0:24]) | map("\(length) as: \(.[0])") | join("; ")' <<<"$out")"
traced=$(jq '.tracers | length' <<<"$out")
equal "it was one transition" $((before + 1)) "$(transitions)"

expect 0 "functions --json" livepatchd functions --json
json "all are attached, by the shared backend" \
	'map(select(.tracers != []) | [.state, .backend]) | length == $n and (unique == [["attached", "shared"]])' \
	--argjson n "$traced"

echo 1 >$LPH_TEST/run
for ((i = 0; i < wanted / 200; i++)); do
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
json "the kernel's own functions were called, too" 'map(select(.hits > 0)) | length > $wanted / 50' --argjson wanted "$wanted"
note "hits: $(jq 'map(.hits) | add' <<<"$out") in $(jq 'map(select(.hits > 0)) | length' <<<"$out") functions"
equal "no call has lost an argument" 0 "$mismatches"

before=$(transitions)
start=${EPOCHREALTIME/./}
expect 0 "untrace all" livepatchd untrace --all
end=${EPOCHREALTIME/./}
note "removed: $(((end - start) / 1000)) ms"
equal "in one transition" $((before + 1)) "$(transitions)"
equal "none is left" '[]' "$(livepatchd tracers --json | jq -c .)"
holds "all are detached in the background" eventually 60 detached

# ---------------------------------------------------------------- patterns

mapfile -t matching < <(awk 'NF == 1 && /^vfs_[a-r]/ { print $1 }' $available | sort -u)
expect 0 "trace all that match a pattern" livepatchd trace --json 'vfs_[a-r]*'
equal "each is traced" "${matching[*]}" "$(jq -r '.tracers[].function' <<<"$out" | sort | paste -sd ' ')"
expect 0 "untrace all" livepatchd untrace --all
expect 1 "patterns, names, and what is not there" \
	livepatchd trace --json lph_test:lph_target_1 'lph_test:lph_target_[0-2]' 'lph_t?st:lph_target_2' 'no_such_*'
json "each function has one tracer" \
	'(.tracers | map(.function) | sort) == ["lph_test:lph_target_0", "lph_test:lph_target_1", "lph_test:lph_target_2"]'
json "the pattern that nothing matches is told" \
	'.refused | length == 1 and .[0].function == "no_such_*" and (.[0].reason | test("can be traced"))'
expect 0 "untrace all" livepatchd untrace --all
expect 3 "nothing but that" livepatchd trace 'no_such_*'
expect 2 "more than can be" livepatchd trace '*'
says "what to do is told" 'narrow'
expect 2 "no pattern" livepatchd trace 'vfs_*,1'
# A name that several functions have: each of them, or why not.
namesake=$(awk 'NF == 1 && /^[a-z]/ && seen[$1]++ { print $1; exit }' $available)
many=$(awk -v name="$namesake" 'NF == 3 && $3 == name' /proc/kallsyms | wc -l)
try livepatchd trace --json "[${namesake:0:1}]${namesake:1}"
note "$namesake: $many of that name"
json "of several functions of one name each is traced or refused" '
	[.tracers[].function, .refused[].function] | sort == ([range(1; $n + 1) | "\($name),\(.)"] | sort)' \
	--arg name "$namesake" --argjson n "$many"
json "at least two are traced" '(.tracers | length) >= 2'
expect 0 "untrace all" livepatchd untrace --all
equal "none is left" '[]' "$(livepatchd tracers --json | jq -c .)"
end_case

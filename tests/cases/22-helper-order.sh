#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# The order of helper patches: the topmost wins, live.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test

# Which body calls of a function run now: original, patched, patched2, or several.
runs() {
	local bodies=()
	echo 1 >$LPH_TEST/run
	echo 0 >$LPH_TEST/run
	read_calls
	[ "${patched[$1]}" = 0 ] || bodies+=(patched)
	[ "${patched2[$1]}" = 0 ] || bodies+=(patched2)
	[ $((patched[$1] + patched2[$1])) = "${calls[$1]}" ] || bodies+=(original)
	echo "${bodies[*]}"
}

# From bottom to top.
order() {
	livepatchd order --json | jq -r '[.patches[] | select(.backend == "helper").name] | join(" ")'
}

expect 0 "nothing is applied" livepatchd order
says "says so" '[Nn]o livepatch'
expect 0 "the first patch" livepatchd load "$PATCHES/helper_target.ko"
expect 0 "another on top of it" livepatchd load "$PATCHES/helper_target2.ko"
equal "the last one loaded is on top" "helper_target helper_target2" "$(order)"
equal "it wins" patched2 "$(runs lph_target_6)"
equal "not where it has no body" patched "$(runs lph_target_2)"
expect 0 "order --json" livepatchd order --json
json "tells the winners" '
	[.functions[] | {key: .symbol, value: [.winner, (.patches | join(" "))]}] | from_entries | .lph_target_6 ==
	["helper_target2", "helper_target helper_target2"] and .lph_target_2 == ["helper_target", "helper_target"]'
expect 0 "list --json" livepatchd list --json
json "the orders, and which function runs whose body" '
	[.[] | {key: .name, value: [.order, (.functions[] | select(.symbol == "lph_target_6").patched)]}] |
	from_entries == {helper_target: [1, false], helper_target2: [2, true]}'
expect 0 "for people" livepatchd order
says "tells the winner of what is shared" 'lph_test:lph_target_6 +helper_target2 +helper_target helper_target2'

# ---------------------------------------------------------------------- anew
record "$work/signals"
expect 0 "the other way round" livepatchd order --json helper_target2 helper_target
json "tells its transition" '
	.transition | .kind == "order" and .subject == "helper_target2 helper_target" and .state == "done" and .lapses == 0'
equal "so they are" "helper_target2 helper_target" "$(order)"
equal "the other one wins" patched "$(runs lph_target_6)"
holds "signals: idle" wait_signal "$work/signals" 60 "$(changed $ROOT TransitionState '"idle"')"
equal "signals: the order of each" "2 1" \
	"$(recorded_values "$work/signals" $ROOT/patch/helper_5ftarget Order) $(recorded_values "$work/signals" $ROOT/patch/helper_5ftarget2 Order)"
expect 0 "again is no error" livepatchd order helper_target2 helper_target
says "and says so" '[Aa]lready'
expect 0 "names as files have them" livepatchd order helper-target.ko helper-target2
equal "they do" "helper_target helper_target2" "$(order)"

# ----------------------------------------------------------------- under load
expect 0 "a tracer" livepatchd trace lph_test:lph_target_6
echo 1 >$LPH_TEST/run
for options in --consistency=task --consistency=stop --strategy=emulate --strategy=stub --strategy=spin; do
	expect 0 "$options: under load" livepatchd order $options helper_target2 helper_target
	expect 0 "$options: and back" livepatchd order $options helper_target helper_target2
done
echo 0 >$LPH_TEST/run
read_calls
equal "no call returned what no body returns" 0 "$mismatches"
equal "every call ran one of the two" "${calls[lph_target_6]}" $((patched[lph_target_6] + patched2[lph_target_6]))
more "the one" "${patched[lph_target_6]}" 0
more "the other" "${patched2[lph_target_6]}" 0
equal "the tracer tells them apart" "${patched[lph_target_6]} ${patched2[lph_target_6]}" \
	"$(livepatchd tracers --json | jq -r '.[0].bodies | map({key: .body, value: .hits}) | from_entries | "\(.helper_target) \(.helper_target2)"')"
expect 0 "untrace" livepatchd untrace --all

# -------------------------------------------------------------------- refused
expect 2 "one is missing" livepatchd order helper_target
says "names it" helper_target2
expect 2 "one is named twice" livepatchd order helper_target helper_target2 helper_target
says "names it" 'helper_target.*more than once'
expect 3 "one is not there" livepatchd order helper_target helper_target2 no_such_patch
says "names it" no_such_patch
expect 0 "a kernel livepatch" livepatchd load "$PATCHES/livepatch_cmdline.ko"
expect 5 "its place cannot be changed" livepatchd order livepatch_cmdline helper_target helper_target2
says "names it, and the way out" 'livepatch_cmdline.*order of their loads'
equal "both backends are listed" "livepatch_cmdline helper_target helper_target2" \
	"$(livepatchd order --json | jq -r '[.patches[].name] | join(" ")')"
expect 0 "the helper's order is its own" livepatchd order helper_target2 helper_target
expect 0 "unload it" livepatchd unload livepatch_cmdline
expect 0 "what is only inserted" insmod "$PATCHES/helper_cmdline.ko"
state_is() {
	[ "$(patch_state "$1")" = "$2" ]
}
holds "is known" eventually 30 state_is helper_cmdline loaded
expect 5 "has no place" livepatchd order helper_target2 helper_target helper_cmdline
says "and says so" 'helper_cmdline.*not applied'
expect 0 "unload it" livepatchd unload helper_cmdline
equal "nothing has changed" "helper_target2 helper_target" "$(order)"
as_tester() {
	runuser -u tester -- "$@"
}
expect 4 "a user may not" as_tester livepatchd order helper_target helper_target2
expect 0 "but look" as_tester livepatchd order

# ------------------------------------------------------------ out of the middle
expect 0 "a third on top" livepatchd load "$PATCHES/helper_cmdline.ko"
equal "there" "helper_target2 helper_target helper_cmdline" "$(order)"
expect 0 "unload the one in the middle" livepatchd unload helper_target
equal "the others stay where they are" "helper_target2 helper_cmdline" "$(order)"
equal "the one below wins" patched2 "$(runs lph_target_6)"
equal "where it has no body, the original" original "$(runs lph_target_2)"
expect 0 "unload the bottom" livepatchd unload helper_target2
equal "the original runs" original "$(runs lph_target_6)"
equal "the order starts at 1 again" 1 "$(livepatchd list --json | jq '.[0].order')"
expect 0 "unload the last" livepatchd unload helper_cmdline
end_case

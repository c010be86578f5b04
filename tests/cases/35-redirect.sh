#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Patches of livepatch_helper come, go and change places under traffic, by each
# consistency and each strategy, while ops come and go beside them: each call
# runs one of the bodies, and each op is told which. At length they do so more often.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test
insmod "$PATCHES/helper_target.ko"
insmod "$PATCHES/helper_target2.ko"
echo 4 >$LPH_PARAMETERS/burst
echo 2000 >$LPH_PARAMETERS/nmi_us

# What ops must have been told, from what the calls returned.
returned() {
	local target
	for target in lph_target_0 lph_target_2 lph_target_6; do
		echo "$target $((${calls[$target]} - ${patched[$target]} - ${patched2[$target]}))" \
			"${patched[$target]} ${patched2[$target]}"
	done
}

# redirect STRATEGY CHANGES
redirect() {
	local said target
	# Of 2 and 6, which has two bodies beside its own, ops come and go next to one
	# that stays; to 8 they come and go alone; 9 has none, and both patches.
	expect 0 "$1: patches and ops come and go" \
		"$TESTS/tools/lph-churn" -m lph_test -s "$1" -n "$2" -r $LPH_TEST/run \
		-p helper_target -p helper_target2 -t lph_target_8 lph_target_0 lph_target_2 lph_target_6
	equal "$1: the callers have stopped" 0 "$(<$LPH_TEST/run)"
	read_calls
	said=$(jq -r '
		"transitions: \(.transitions) in \(.seconds) s, \(.of_patches) of patches, \(.failed) failed",
		"traps: task \(.traps.task), softirq \(.traps.softirq), hardirq \(.traps.hardirq), NMI \(.traps.nmi), stale \(.stale)",
		"max depth: \(.max_depth), overflows: \(.overflows), lapses: \(.lapses)"' <<<"$out")
	note "calls: task ${calls_in[task]}, softirq ${calls_in[softirq]}," \
		"hardirq ${calls_in[hardirq]}, NMI ${calls_in[nmi]}"
	note "${said//$'\n'/$'\n# '}"

	json "$1: no transition failed, many were of patches, none lapsed" \
		'.failed == 0 and .of_patches > 5 and .lapses == 0'
	equal "$1: no call ran anything but one of the bodies" 0 "$mismatches"
	equal "$1: each op was told the body of each call" "$(returned)" "$(jq -r '
		.ops | sort_by(.function)[] |
		"\(.function) \(.bodies.original // 0) \(.bodies.helper_target // 0) \(.bodies.helper_target2 // 0)"' <<<"$out")"
	for target in lph_target_8 lph_target_9; do
		more "$1: $target: calls that ran helper_target's body" "${patched[$target]}" 0
	done
	more "$1: lph_target_9: calls that ran helper_target2's" "${patched2[lph_target_9]}" 0
}

for strategy in slots emulate stub spin; do
	redirect $strategy "$(extent 80 2000)"
done
note "every site in every change"
echo 1 >$HELPER_PARAMETERS/rewrite_all
redirect slots "$(extent 80 2000)"
expect 0 "helper_target can be unloaded" rmmod helper_target
expect 0 "helper_target2 too" rmmod helper_target2
end_case

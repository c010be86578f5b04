# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016 # jq has variables of its own
#
# The exactness cases, in what they have in common: ops that stay on functions
# run exactly once in each call, whatever comes and goes beside them.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# exact CHANGES [STRATEGY [OPTION]]: lph_test calls its targets in every context, on every CPU;
# targets 0..3 have an op of lph-churn that stays, 4..7 a tracer of the daemon,
# 8 and 9 none; CHANGES ops come and go on all of them, all of which have
# $backend. OPTION is one of lph-churn; $out is then what that says.
backend=direct
exact() {
	local changes=$1 strategy=${2:-slots} options=(${3+"$3"}) i target before after said churn=() tracers=()
	[ "$backend" != direct ] || options+=(-e)

	# The service's tracers, before the first call.
	expect 0 "tracers on targets 4..7" livepatchd trace --json lph_test:lph_target_{4..7}
	json "none was refused" '(.tracers | length) == 4 and .refused == []'
	before=$(livepatchd tracers --json)

	expect 0 "$changes ops come and go, each transition reaches done" \
		"$TESTS/tools/lph-churn" -m lph_test -s "$strategy" -n "$changes" "${options[@]}" -r $LPH_TEST/run \
		-t lph_target_{4..9} lph_target_{0..3}
	after=$(livepatchd tracers --json)
	equal "the callers have stopped" 0 "$(<$LPH_TEST/run)"
	read_calls
	note "calls, of all targets: task ${calls_in[task]}, softirq ${calls_in[softirq]}," \
		"hardirq ${calls_in[hardirq]}, NMI ${calls_in[nmi]}"
	said=$(jq -r '
		"transitions: \(.transitions) in \(.seconds) s, \(.failed) failed",
		"traps: task \(.traps.task), softirq \(.traps.softirq), hardirq \(.traps.hardirq), NMI \(.traps.nmi), stale \(.stale)",
		"max depth: \(.max_depth), overflows: \(.overflows), lapses: \(.lapses)"' <<<"$out")
	note "${said//$'\n'/$'\n# '}"

	json "none of $changes transitions failed" '.transitions >= $changes and .failed == 0' \
		--argjson changes "$changes"
	json "no lapses" '.lapses == 0 and .of_transitions.lapses == 0'
	mapfile -t churn < <(jq '.ops | sort_by(.function)[].hits' <<<"$out")
	mapfile -t tracers < <(jq 'sort_by(.function)[].hits' <<<"$after")
	for i in 0 1 2 3; do
		target=lph_target_$i
		equal "$target: hits of its op are its calls" "${calls[$target]}" "${churn[i]-none}"
	done
	for i in 0 1 2 3; do
		target=lph_target_$((i + 4))
		equal "$target: hits of its tracer are its calls" "${calls[$target]}" "${tracers[i]-none}"
	done
	equal "all tracers have the $backend backend" "[\"$backend\"]" \
		"$(jq -c 'map(.backend) | unique' <<<"$after")"
	equal "nobody called them before" "[0,0,0,0]" "$(jq -c 'map(.hits)' <<<"$before")"
	equal "all calls ran the original body" true \
		"$(jq 'all(.[]; .bodies == [{body: "original", hits: .hits}])' <<<"$after")"
	equal "no call has lost an argument" 0 "$mismatches"
	for i in task softirq hardirq nmi; do
		more "calls in $i context" "${calls_in[$i]}" 0
	done
	if [ "$backend" = direct ]; then
		json "traps in every context" '.traps | .task > 0 and .softirq > 0 and .hardirq > 0 and .nmi > 0'
	else
		json "the shared backend takes no traps" '.traps | .task + .softirq + .hardirq + .nmi == 0'
	fi
}

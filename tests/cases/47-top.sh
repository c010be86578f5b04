#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# top: how often tracers are hit, live; in a slow transition calls move from
# the old body to the new one.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test
expect 0 "a tracer" livepatchd trace lph_test:lph_target_1

# shows FILTER: a line of top is so, with $t the tracer and $b its rates by body
shows() {
	jq -ne "any(inputs; .tracers[0] as \$t | (\$t.bodies // [] | map({(.body): .rate}) | add // {}) as \$b | $1)" \
		"$work/top" >/dev/null 2>&1
}

livepatchd top --json --interval=400ms >"$work/top" &
top=$!
background+=("$top")
holds "a line when nothing is called" eventually 60 shows '$t.rate == 0 and .state == "idle" and .transition == null'
echo 1 >$LPH_TEST/run
echo 1 >$LPH_TEST/sleeper
holds "calls, of the original" eventually 60 shows '$b.original > 0 and $t.rate == $b.original'
expect 0 "a load that hangs" livepatchd load --no-wait "$PATCHES/helper_hang.ko"
holds "calls move to the new body while the transition runs" eventually 60 shows \
	'$b.helper_hang > 0 and .state == "patching" and .transition.subject == "helper_hang"'
holds "there is a line with both" shows '$b.helper_hang > 0 and $b.original > 0'
kill_daemon "while top runs"
lines=$(wc -l <"$work/top")
more_lines() {
	[ "$(wc -l <"$work/top")" -gt $((lines + 1)) ]
}
holds "top goes on" eventually 60 more_lines
echo 0 >$LPH_TEST/sleeper
holds "in the end all calls run the new body" eventually 60 shows \
	'.state == "idle" and $b.helper_hang > 0 and $b.original == 0'

kill -TERM "$top"
wait "$top"
equal "SIGTERM: it ends well" 0 $?
holds "each line has its members" jq -se \
	'all(.time > 0 and .interval_ms > 0 and (.tracers | length == 1 and (.[0] |
	.function == "lph_test:lph_target_1" and .kind == "count" and .hits >= 0 and .id > 0)))' "$work/top"

# ------------------------------------------------------------------- for people
expect 0 "no terminal: a table after the other" livepatchd top --count=2 --interval=300ms
equal "as many as wanted" 2 "$(grep -c '^ *ID ' <<<"$out")"
says "with the rates by body" 'lph_test:lph_target_1 +[0-9]+ +[0-9]+\.[0-9] +.*helper_hang [0-9]+\.[0-9]'
expect 0 "on a terminal" script -qec "livepatchd top --count=2 --interval=300ms" /dev/null
equal "it is drawn anew" 2 "$(grep -c $'\e\\[H\e\\[J' <<<"$out")"
expect 2 "no interval" livepatchd top --interval=0
expect 2 "no sense" livepatchd top --count=-1
echo 0 >$LPH_TEST/run
expect 0 "unload" livepatchd unload helper_hang
end_case

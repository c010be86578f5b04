#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# Tracers for a while, and tracers that live as long as a client: gone when it
# goes, however it does, and whatever becomes of the daemon meanwhile.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test

# --------------------------------------------------------------- for a while
echo 1 >$LPH_TEST/run
start=${EPOCHREALTIME/./}
expect 0 "trace for a second" livepatchd trace --for=1s --json lph_test:lph_target_{0,1}
end=${EPOCHREALTIME/./}
echo 0 >$LPH_TEST/run
more "it took that long" $((end - start)) 1000000
counts=$(jq -sc '.[1].counts' <<<"$out")
json "first what is traced, in the end the counts" '
	length == 2 and (.[0] | (.tracers | length) == 2 and .refused == []) and (.[1].counts | length) == 2 and
	(.[0].tracers | map(.id)) == (.[1].counts | map(.id))' -s
json "both were called, and ran the original" \
	'.[1].counts | all(.hits > 0 and .bodies == [{body: "original", hits: .hits}])' -s
equal "they are gone at once" '[]' "$(livepatchd tracers --json | jq -c .)"
read_calls
for i in 0 1; do
	hits=$(jq --arg f "lph_test:lph_target_$i" '.[] | select(.function == $f).hits' <<<"$counts")
	called=${calls[lph_target_$i]}
	more "no more hits than calls" "$((called + 1))" "$hits"
done
expect 1 "one of them cannot be traced" livepatchd trace --for=100ms lph_test:lph_target_0 no_such_function
says "the other is counted" 'lph_test:lph_target_0 +count'
expect 3 "none of them can be" livepatchd trace --for=1h no_such_function
expect 2 "no time" livepatchd trace --for=x lph_test:lph_target_0

# ------------------------------------------------------------ until it ends
none_left() {
	[ "$(livepatchd tracers --json | jq -c .)" = '[]' ]
}

# hold ARGUMENT...: begins a trace until exit as $holder; its output is $work/held
hold() {
	# Or what the last one said would be taken for its word.
	rm -f "$work/held"
	livepatchd trace --until-exit --json "$@" >"$work/held" &
	holder=$!
	eventually 60 test -s "$work/held"
}

holds "a trace until exit" hold lph_test:lph_target_{0,1}
equal "is there" 2 "$(livepatchd tracers --json | jq length)"
echo 1 >$LPH_TEST/run
echo 0 >$LPH_TEST/run
kill -TERM "$holder"
wait "$holder"
equal "SIGTERM: it ends well" 0 $?
out=$(<"$work/held")
json "with the counts" '.[1].counts | length == 2 and all(.hits > 0)' -s
holds "its tracers are gone" none_left

holds "a trace until exit" hold lph_test:lph_target_{0,1}
expect 0 "somebody else's" livepatchd trace --json lph_test:lph_target_1
other=$(jq '.tracers[0].id' <<<"$out")
kill -9 "$holder"
only_other() {
	[ "$(livepatchd tracers --json | jq -c 'map(.id)')" = "[$other]" ]
}
holds "kill -9: its tracers go, the other one stays" eventually 30 only_other

# a client that is none of ours, and goes
busctl call $NAME $ROOT $NAME.Manager Trace 'asa{sv}' 1 lph_test:lph_target_2 1 until-exit b true >/dev/null
holds "over D-Bus: gone with the connection" eventually 30 only_other
expect 0 "untrace" livepatchd untrace "$other"

# ------------------------------------------------------------ without a daemon
holds "a trace until exit" hold lph_test:lph_target_{0,1}
kill_daemon "while it is held"
equal "the tracers are there" 2 "$(livepatchd tracers --json | jq length)"
kill -9 "$holder"
holds "the next daemon removes them" eventually 30 none_left

holds "a trace until exit" hold lph_test:lph_target_{0,1}
systemctl stop livepatchd.service
kill -9 "$holder"
wait "$holder" 2>/dev/null
systemctl start livepatchd.service
holds "the client left while there was no daemon" eventually 30 none_left

holds "a trace until exit" hold lph_test:lph_target_0
expect 0 "somebody else removes it" livepatchd untrace --all
kill -TERM "$holder"
wait "$holder"
equal "which is no error" 0 $?

# A request that the daemon's death cuts off, as far as one can tell when it comes: a transition each.
record "$work/signals"
daemon=$(systemctl show --property=MainPID --value livepatchd.service)
rm -f "$work/held"
livepatchd trace --until-exit --json lph_test:lph_target_{0..9} cmdline_proc_show >"$work/held" 2>&1 &
holder=$!
holds "tracers are on their way" wait_signal "$work/signals" 60 \
	'.member == "InterfacesAdded" and (.payload.data[0] | startswith("/org/livepatchd1/tracer/"))'
kill -9 "$daemon"
eventually 30 test -s "$work/held"
out=$(<"$work/held")
if [ "$(jq -s '.[0].tracers | length' <<<"$out")" -gt 0 ]; then
	note "it was answered before"
	kill -9 "$holder"
else
	wait "$holder"
	equal "the client is told" 7 $?
fi
holds "nothing is left of it" eventually 60 none_left
holds "nor in the store" eventually 10 test ! -e /run/livepatchd/holds
end_case

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# The hits of event tracers, as livepatchd streams them: each call is a line, or is
# told to be lost.
. "$(dirname "$0")/lib.sh"

hits() {
	livepatchd tracers --json | jq ".[] | select(.id == $1).hits"
}

# follow FILE [TRACER]: writes the hits to FILE from now on; $follower is who does.
follow() {
	local file=$1
	shift
	livepatchd monitor --events --json "$@" >"$file" 2>"$file.err" &
	follower=$!
	background+=("$follower")
	eventually 30 grep -q '"event":"up"' "$file"
}

lines() {
	grep -c '"kind":"hit"' "$1"
}

lost() {
	grep '"kind":"lost"' "$1" | jq -s 'map(.lost) | add // 0'
}

# all_told FILE N: N calls are lines, or told to be lost.
all_told() {
	[ $(($(lines "$1") + $(lost "$1"))) = "$2" ]
}

# How often the daemon has a program on our trace event.
attached() {
	local pid
	pid=$(systemctl show --property=MainPID --value livepatchd.service)
	grep -ls '^tp_name:.*function_hit' /proc/"$pid"/fdinfo/* | wc -l
}
is_attached() {
	[ "$(attached)" = "$1" ]
}

# What a process of bash calls, 50 times.
read_cmdline() {
	local i
	for ((i = 0; i < 50; i++)); do
		read -r _ </proc/cmdline
	done
}

need_service || fail "the service is up and the helper loaded"
load_lph_test
echo 1 >$LPH_PARAMETERS/burst

note "each call is a line"
# Others read that file, too.
expect 0 "a tracer" livepatchd trace --json --kind=event --pid=$$ cmdline_proc_show
id=$(jq '.tracers[0].id' <<<"$out")
equal "nobody listens: no program is attached" 0 "$(attached)"
holds "somebody listens" follow "$work/hits"
holds "the program is attached" is_attached 1
before=$(hits "$id")
read_cmdline
n=$(($(hits "$id") - before))
holds "calls were made" test "$n" -ge 50
holds "each is told" eventually 30 all_told "$work/hits" "$n"
equal "and none is lost" 0 "$(lost "$work/hits")"
read -r address _ < <(sysctl -qw kernel.kptr_restrict=0; grep ' cmdline_proc_show$' /proc/kallsyms)
expect 0 "with all there is to say" jq -se --arg address "0x$address" --argjson id "$id" --argjson pid $$ '
	map(select(.kind == "hit")) | all(.[]; .function == "cmdline_proc_show" and .body == "original" and
	.tracer == $id and .pid == $pid and .tid == $pid and .ip == $address and .depth == 0 and
	.context == "task" and (.cpu == 0 or .cpu == 1) and (.parent | startswith("seq_read_iter+0x"))) and
	(map(.comm) | unique == ["'"$(<"/proc/$$/comm")"'"]) and
	(map(.time) | . == sort and (now * 1e6 - .[-1] | . >= 0 and . < 60e6))' "$work/hits"

note "before and after a patch"
expect 0 "load" livepatchd load "$PATCHES/livepatch_cmdline.ko"
before=$(hits "$id")
read_cmdline
m=$(($(hits "$id") - before))
expect 0 "unload" livepatchd unload livepatch_cmdline
total=$(hits "$id")
holds "every call is told" eventually 30 all_told "$work/hits" "$total"
equal "by the body that it ran" "$(livepatchd tracers --json | jq -c ".[] | select(.id == $id).bodies | sort")" \
	"$(jq -cs 'map(select(.kind == "hit")) | group_by(.body) | map({body: .[0].body, hits: length}) | sort' "$work/hits")"
holds "the patch's among them" test "$(grep -c '"body":"livepatch_cmdline"' "$work/hits")" -ge "$m"

note "two who listen, one of them to one tracer"
expect 0 "a tracer on what is called in every context" livepatchd trace --json --kind=event lph_test:lph_target_2
target=$(jq '.tracers[0].id' <<<"$out")
all=$follower
holds "a second one listens" follow "$work/target" "$target"
equal "there is one program" 1 "$(attached)"
in_every_context() {
	[ "$(awk '$1 == "lph_target_2" && $3 >= 10' $LPH_TEST/calls | wc -l)" = 4 ]
}
echo 1 >$LPH_TEST/run
holds "calls in every context" eventually 30 in_every_context
echo 0 >$LPH_TEST/run
read_calls
n=${calls[lph_target_2]}
note "$n calls, $(livepatchd tracers --json | jq ".[] | select(.id == $target).missed") missed by the tracer"
holds "each call is told, or is told to be lost" eventually 60 all_told "$work/target" "$n"
note "$(lost "$work/target") lost"
holds "in every context" sh -c "for c in task softirq hardirq nmi; do grep -q '\"context\":\"'\$c '$work/target' || exit 1; done"
expect 0 "each line is JSON" jq -e . "$work/target"
holds "and of that tracer" test "$(lines "$work/target")" = "$(grep -c "\"tracer\":$target," "$work/target")"
holds "the first one is told the same, and of its own" eventually 60 all_told "$work/hits" $((total + n))

note "one who does not keep up"
kill -STOP "$follower"
told=$(lost "$work/target")
echo 1 >$LPH_TEST/run
eventually 60 sh -c "[ \"\$(livepatchd tracers --json | jq '.[] | select(.id == $target).hits')\" -gt $((n + 6000)) ]"
echo 0 >$LPH_TEST/run
read_calls
n=$((n + calls[lph_target_2]))
holds "the other is told all the while" eventually 60 all_told "$work/hits" $((total + n))
kill -CONT "$follower"
holds "he is told what he has lost" eventually 60 all_told "$work/target" "$n"
more "which is a lot" "$(lost "$work/target")" "$told"
note "$(lines "$work/target") lines, $(lost "$work/target") lost of $n calls"

note "the daemon dies"
kill_daemon "while two listen"
holds "they hear of it" eventually 30 grep -q '"event":"down"' "$work/target"
up_again() {
	[ "$(grep -c '"event":"up"' "$work/target")" = 2 ] && [ "$(grep -c '"event":"up"' "$work/hits")" = 2 ]
}
holds "and listen again" eventually 30 up_again
before=$(lines "$work/hits")
n=$(hits "$id")
read_cmdline
n=$(($(hits "$id") - n))
more_lines() {
	[ "$(lines "$work/hits")" = $((before + n)) ]
}
holds "as before" eventually 30 more_lines

note "who dies listens no more"
kill -KILL "$follower"
holds "one is left" is_attached 1
kill -TERM "$all"
wait "$all"
equal "SIGTERM: it ends well" 0 $?
holds "nobody listens: the program is detached" eventually 30 is_attached 0
# Each tracer uses it, too.
holds "and the helper is free of it" eventually 30 \
	grep -qx "$(livepatchd tracers --json | jq length)" /sys/module/livepatch_helper/refcnt

note "what is refused"
expect 3 "a tracer that is not there" livepatchd monitor --events 4711
expect 0 "a tracer of another kind" livepatchd trace --json cmdline_proc_show
other=$(jq '.tracers[0].id' <<<"$out")
expect 2 "does not tell of its hits" livepatchd monitor --events "$other"
says "the way out is told" "retrace --kind=event $other"
expect 2 "no tracer's id" livepatchd monitor --events vfs_read
expect 2 "tracers without --events" livepatchd monitor "$id"
expect 2 "another machine" livepatchd -H nowhere.invalid monitor --events
expect 4 "a user who may not" runuser -u tester -- livepatchd monitor --events

note "where the kernel does not take the program"
without_bpf
expect 1 "the reason is told" livepatchd monitor --events
says "the kernel's" 'Operation not permitted'
says "and who else can read them" 'trace-cmd record -e livepatch_helper:function_hit'
end_case

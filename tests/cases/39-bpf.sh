#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Tracers that run BPF programs: those that come with livepatchd, and a user's own.
. "$(dirname "$0")/lib.sh"

mine=$TESTS/tools/lph-calls.bpf.o

run_calls() {
	echo 1 >$LPH_TEST/run
	sleep 0.2
	echo 0 >$LPH_TEST/run
	read_calls
}

map() {
	"$TESTS/tools/lph-map" "$1"
}

# sum INDEX: of what calls were told, see lph-calls.bpf.c
sum() {
	map lph_calls | awk -v index_="$1" '$1 == index_ { print $2 }'
}

need_service || fail "the service is up and the helper loaded"
load_lph_test
sysctl -q kernel.kptr_restrict=0
address=$(awk '$3 == "lph_target_2" && $4 == "[lph_test]" { print "0x" $1 }' /proc/kallsyms)

note "what a program is told"
expect 0 "a program of a user's own" livepatchd trace --json --kind=bpf:"$mine:lph_told" lph_test:lph_target_2
id=$(jq '.tracers[0].id' <<<"$out")
run_calls
n=${calls[lph_target_2]} ran=$(sum 7)
more "calls were made" "$n" 0
livepatchd tracers --json >"$work/tracers"
equal "each was counted" "$n" "$(jq '.[0].hits' "$work/tracers")"
equal "and ran it, or was missed" "$n" "$((ran + $(jq '.[0].missed' "$work/tracers")))"
holds "which only those are that interrupt the program itself" test "$ran" -gt $((n * 9 / 10))
equal "it was told which function" "$((address * ran))" "$(($(sum 0)))"
equal "who called it" "$ran" "$(sum 1)"
equal "that the original runs" "$ran" "$(sum 2)"
equal "the tracer" "$((id * ran))" "$(sum 3)"
equal "nothing else" 0 "$(sum 5)"
holds "and the arguments" test "$(sum 4)" != 0
equal "the kind tells file and program" "bpf:$mine:lph_told" "$(jq -r '.[0].kind' "$work/tracers")"

note "on a patched function, and several of them"
insmod "$PATCHES/livepatch_target.ko"
holds "the livepatch's transition ends" eventually 20 grep -q 0 $KLP/livepatch_target/transition
expect 0 "another one beside it, in the same list" \
	livepatchd trace --kind=bpf:"$mine:lph_second" --priority=-1 lph_test:lph_target_2
run_calls
m=${calls[lph_target_2]}
# Each has maps of its own; the older are found.
missed=$(livepatchd tracers --json | jq ".[] | select(.id == $id).missed")
equal "the first ran for each call, or missed it" "$((n + m))" "$(($(sum 7) + missed))"
equal "and was told that another body runs" "$ran" "$(sum 2)"
equal "the tracers tell which" "[{\"body\":\"original\",\"hits\":$n},{\"body\":\"livepatch_target\",\"hits\":$m}]" \
	"$(livepatchd tracers --json | jq -c ".[] | select(.id == $id).bodies")"
equal "the second saw each call since" "$m" "$(livepatchd tracers --json | jq ".[] | select(.id != $id).hits")"
unload_patch livepatch_target

note "the daemon comes and goes"
kill_daemon "killed"
equal "the kinds are the same" "[\"bpf:$mine:lph_second\",\"bpf:$mine:lph_told\"]" \
	"$(livepatchd tracers --json | jq -c 'map(.kind) | sort')"
expect 0 "they leave" livepatchd untrace --all
no_map() {
	! map lph_calls >/dev/null 2>&1
}
holds "and their maps with them" eventually 20 no_map

note "those that come with livepatchd"
expect 0 "processes and stacks" livepatchd trace --kind=bpf:processes cmdline_proc_show
expect 0 "on one function" livepatchd trace --kind=bpf:stacks cmdline_proc_show
cat /proc/cmdline /proc/cmdline >/dev/null
head -n 1 /proc/cmdline >/dev/null
# the name, "cat", as a number
holds "cat is among the processes, with its calls" \
	sh -c "'$TESTS/tools/lph-map' processes | awk '\$3 == 7627107 && \$2 >= 2 { found = 1 } END { exit !found }'"
equal "every call has a stack" "$(livepatchd tracers --json | jq 'map(select(.kind | test("stacks")))[0].hits')" \
	"$(map stacks | awk '{ s += $2 } END { print s }')"
more "and the stacks have frames" "$(map frames | wc -l)" 0
livepatchd tracers --json >"$work/tracers"
processes=$(jq 'map(select(.kind | test("/processes")))[0].id' "$work/tracers")
stacks=$(jq 'map(select(.kind | test("/stacks")))[0].id' "$work/tracers")
# Constants are in maps of the compiler's.
equal "the maps are told" '[["frames","stacks"],["processes"]]' \
	"$(jq -c 'map(.maps | map(select(.id > 0) | .name | select(endswith(".rodata") | not)) | sort) | sort' "$work/tracers")"
expect 0 "what processes has found" livepatchd tracers "$processes"
says "cat and its calls" ' [0-9]+  original +[0-9]+  cat$'
expect 0 "in JSON" livepatchd tracers --json "$processes"
json "all calls are some process's" '(.[0].processes | map(.calls) | add) == .[0].hits - .[0].missed'
json "cat's among them" '.[0].processes | any(.comm == "cat" and .calls >= 2 and .pid > 0 and .patched == false)'
expect 0 "what stacks has found" livepatchd tracers --json "$stacks"
json "all calls have a stack" '(.[0].stacks | map(.calls) | add) == .[0].hits - .[0].missed'
json "they come from a system call" '.[0].stacks | all(.frames[-1] | startswith("entry_SYSCALL_64_after_hwframe+0x")) and
	all(.frames | any(startswith("seq_read_iter+0x")))'
expect 0 "for people" livepatchd tracers "$stacks"
says "too" '^    seq_read_iter\+0x'
expect 0 "show tells the maps" livepatchd show tracer/"$processes"
says "by name and id" '^Maps: +processes id [0-9]+ \(percpu_hash\)'
expect 3 "a tracer that is not there" livepatchd tracers 4711
expect 4 "a user who may not" runuser -u tester -- livepatchd tracers "$stacks"
expect 0 "they leave" livepatchd untrace --all

note "what is refused"
expect 2 "an object with several programs, and none is named" livepatchd trace --kind=bpf:"$mine" vfs_read
says "they are to be named" 'name one'
expect 2 "a program of another type" livepatchd trace --kind=bpf:"$mine:lph_other_type" vfs_read
says "the type is told" 'raw_tp'
expect 2 "a program that is not there" livepatchd trace --kind=bpf:"$mine:nothing" vfs_read
expect 3 "a file that is not there" livepatchd trace --kind=bpf:/nowhere.o vfs_read
expect 2 "a file that is no object" sh -c "echo x >'$work/x.o'; livepatchd trace --kind=bpf:'$work/x.o' vfs_read"
cp "$mine" "$work/shared.o"
chmod o+w "$work/shared.o"
expect 4 "a file that others may write" livepatchd trace --kind=bpf:"$work/shared.o:lph_told" vfs_read
cd "$work" && chmod o-w shared.o
expect 0 "a relative path is the client's" livepatchd trace --kind=bpf:shared.o:lph_told vfs_read
end_case

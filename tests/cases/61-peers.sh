#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# Who is on a function: neighbours of all kinds, each seen, named and classed,
# and what is said of them is what happens.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/neighbours.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test
# A function without a livepatch, of a module.
target=lph_test:lph_target_0

# sees DESCRIPTION FILTER: what is said of the function, as $f, is so.
sees() {
	try livepatchd functions --json $function
	json "$1" "length == 1 and (.[0] as \$f | .[0].peers as \$peers | $2)"
}

# peer KIND NAME CLASS: a jq filter
peer() {
	printf '([$peers[] | select(.kind == "%s" and .name == "%s" and .class == "%s" and .active)] | length) == 1' "$@"
}

# --------------------------------------------------------------- nobody

expect 0 "a function that nobody is on" livepatchd functions --json $function
json "nobody is there, and the original runs" '
	map({function, winner, unless, peers, conflicts, unseen}) ==
	[{function: "cmdline_proc_show", winner: "original", unless: [], peers: [], conflicts: [], unseen: []}]'
expect 3 "no such function" livepatchd functions no_such_function
says "it is named" 'no_such_function'
expect 2 "not even a pattern" livepatchd functions 'a b*'
expect 0 "every user may ask" runuser -u tester -- livepatchd functions $function
says "nobody is on it" 'Nobody is on it'
expect 0 "a pattern that nothing matches" livepatchd functions --json 'no_such_*'
json "is an empty list" '. == []'

# ------------------------------------------------------ who is there, by name

probe "p:peers/kp $function"
probe "r:peers/krp $function"
expect 0 "a tracer of ours" livepatchd trace --json --priority=3 $function
id=$(jq '.tracers[0].id' <<<"$out")
echo $function >$tracefs/set_ftrace_filter
echo function >$tracefs/current_tracer
mkdir $tracefs/instances/peers
echo $function >$tracefs/instances/peers/set_ftrace_filter
echo function >$tracefs/instances/peers/current_tracer
sees "our tracer comes first" "\$peers[0] | .kind == \"tracer\" and .name == \"$id\" and .files == \"body\""
sees "a kprobe of tracefs" "$(peer kprobe peers/kp observer)"
sees "a kretprobe of tracefs" "$(peer kretprobe peers/krp observer)"
sees "the function tracer" "$(peer function tracing observer)"
sees "the function tracer of an instance" "$(peer function tracing/instances/peers observer)"
sees "nobody else is there, and nobody is wronged" '
	($peers | length) == 5 and $f.winner == "original" and $f.conflicts == [] and ($peers | all(.misfiles | not))'
sees "it has its trampoline's members, too" ".[0].tracers == [$id] and .[0].backend == \"direct\""
echo 0 >$tracefs/events/peers/kp/enable
sees "a kprobe that is off" '[$peers[] | select(.name == "peers/kp").active] == [false]'
echo 1 >$tracefs/events/peers/kp/enable
echo nop >$tracefs/instances/peers/current_tracer
rmdir $tracefs/instances/peers
echo function_graph >$tracefs/current_tracer
sees "function_graph" "$(peer function_graph tracing observer)"
echo nop >$tracefs/current_tracer
echo >$tracefs/set_ftrace_filter
echo "$function:traceon" >>$tracefs/set_ftrace_filter
sees "a command of ftrace" "$(peer ftrace-command traceon:unlimited observer)"
echo "!$function:traceon" >>$tracefs/set_ftrace_filter
expect 0 "a module's kprobe" insmod "$TESTS/module/lph_probe.ko" symbol=lph_target_0
expect 0 "functions of a pattern" livepatchd functions --json 'lph_test:*'
json "a module's kprobe has no name" "map(.function) == [\"$target\"] and
	(.[0].peers | map([.kind, .name, .class])) == [[\"kprobe\", \"\", \"observer\"]]"
rmmod lph_probe
if probe "f:peers/fp $function" 2>/dev/null; then
	probe "f:peers/fpx $function%return"
	sees "an fprobe" "$(peer fprobe peers/fp observer)"
	sees "an fprobe on the way out" "$(peer fprobe-exit peers/fpx observer)"
	unprobe fp
	unprobe fpx
else
	note "this kernel has no fprobe events"
fi
unprobe kp
unprobe krp
expect 0 "untrace" livepatchd untrace --all
nobody_left() {
	[ "$(livepatchd functions --json $function | jq -c '.[0].peers')" = "[]" ] &&
		[ "$(livepatchd functions --json | jq -c .)" = "[]" ]
}
holds "nobody is left" eventually 30 nobody_left

# ------------------------------------------------------------- BPF programs

sysctl -qw kernel.bpf_stats_enabled=1
kinds=(fentry fexit kprobe kretprobe)
for kind in "${kinds[@]}"; do
	holds "BPF $kind: attaches" program "$kind"
	pid=${programs[$kind]#* }
	sees "BPF $kind: the program, and who has it" "$(peer "bpf-$kind" "my_$kind" observer) and
		(\$peers[] | select(.name == \"my_$kind\") | .detail | test(\"of lph-bpf, process $pid\"))"
done
if program kprobe_multi; then
	kinds+=(kprobe_multi)
	sees "BPF kprobe_multi: the program" "$(peer bpf-kprobe_multi my_kprobe_multi observer)"
else
	note "this kernel has no kprobe_multi: $(<"$work/kprobe_multi.err")"
fi
sees "all of them, and nobody without a name" "(\$peers | map(.kind) | sort) ==
	($(printf '"bpf-%s"\n' "${kinds[@]}" | jq -sc 'sort'))"

# They hold what our trampoline would need.
expect 0 "a tracer of ours goes another way" livepatchd trace $function
sees "it is there, and nobody without a name" '
	.[0].backend == "shared" and $peers[0].kind == "tracer" and ([$peers[].name] | all(. != ""))'
expect 0 "untrace" livepatchd untrace --all

# ------------------------------------------------------ next to a livepatch

# Where the first instruction behind ftrace's site begins.
probe "p:peers/inside $function+5" 2>/dev/null || probe "p:peers/inside $function+9"
inside_hits() {
	awk '$1 == "inside" { print $2 }' $tracefs/kprobe_profile
}
read -r _ </proc/cmdline
more "a kprobe inside of the original fires" "$(inside_hits)" 0
# Programs that are readers of /proc/cmdline, too, run the original until then.
expect 0 "load a livepatch next to all of them" livepatchd load "$PATCHES/livepatch_cmdline.ko"
sees "it is there, and wins" "$(peer livepatch livepatch_cmdline mutator) and \$f.winner == \"livepatch_cmdline\""
sees "all who file by function are in the wrong" '
	([$peers[] | select(.kind | startswith("bpf-")) | .misfiles] | all) and
	([$peers[] | select(.kind == "livepatch") | .misfiles] == [false])'
sees "ftrace has it, too" '$f.ftrace | .ops >= 3 and (.flags | test("I")) and (.flags | test("D")) and
	(.calls | startswith("bpf_trampoline_"))'
sees "and it is said of each" '[$peers[] | select(.misfiles) | .name] as $names |
	all($names[]; . as $name | $f.conflicts | any(contains($name)))'
before=$(inside_hits)
read -r _ </proc/cmdline
equal "the kprobe inside of the original does not fire any more" "$before" "$(inside_hits)"
sees "that was foretold" '$f.conflicts | any(contains("peers/inside") and contains("does not fire"))'
expect 0 "as text" livepatchd functions $function
says "names the patch" '^Runs: +livepatch_cmdline$'
says "names the conflict" '^Conflict: .*my_fentry'
unprobe inside
expect 0 "unload" livepatchd unload livepatch_cmdline
sees "the original runs again, and nobody is in the wrong" '
	$f.winner == "original" and $f.conflicts == [] and ([$peers[].misfiles] | any | not)'
for kind in "${kinds[@]}"; do
	unprogram "$kind"
	more "BPF $kind: it ran" "$hits" 0
done
holds "all programs have gone" eventually 30 nobody_left

# ------------------------------------------------------------ who refuses whom

# Behind a livepatch that is older than the helper only a direct call tells the
# body, and that is taken.
expect 0 "a livepatch" livepatchd load "$PATCHES/livepatch_cmdline.ko"
rmmod livepatch_helper
modprobe livepatch_helper
holds "the helper is younger" eventually 30 need_service
holds "BPF fentry: attaches" program fentry
expect 5 "a tracer of ours is refused" livepatchd trace --json $function
read -r _ pid <<<"${programs[fentry]}"
json "who holds the function, and the way out, are named" '.error == "Conflict" and (.message | test($pattern))' \
	--arg pattern "$function is held by BPF program my_fentry .*, process $pid\\): end lph-bpf, process $pid"
unprogram fentry
expect 0 "when it has gone, the tracer is welcome" livepatchd trace $function
expect 0 "untrace" livepatchd untrace --all
expect 0 "unload" livepatchd unload livepatch_cmdline
holds "nobody is left" eventually 30 nobody_left

# A kprobe with a post_handler may redirect, as a livepatch does.
expect 0 "a module's kprobe with a post_handler" insmod "$TESTS/module/lph_probe.ko" symbol=$function post=1
sees "is a mutator" "$(peer kprobe '' mutator)"' and ($peers[0].detail | test("post_handler")) and
	($f.conflicts | length) == 1'
expect 5 "a livepatch is refused" livepatchd load --json "$PATCHES/livepatch_cmdline.ko"
json "the function, its owner and the way out are named" '
	.error == "Conflict" and (.message | test("cmdline_proc_show is held by kprobe.*post_handler.*unload the module that"))'
expect 0 "a tracer of ours gets along with it" livepatchd trace --json $function
id=$(jq '.tracers[0].id' <<<"$out")
read -r _ </proc/cmdline
more "the tracer counts" "$(livepatchd tracers --json | jq '.[0].hits')" 0
more "so does the kprobe" "$(<"/sys/module/lph_probe/parameters/hits")" 0
expect 0 "the kprobe goes" rmmod lph_probe
expect 0 "then the livepatch is welcome" livepatchd load "$PATCHES/livepatch_cmdline.ko"
try insmod "$TESTS/module/lph_probe.ko" symbol=$function post=1
if [ "$code" = 0 ]; then
	note "this kernel takes the kprobe, and does not attach it"
	read -r _ </proc/cmdline
	equal "and the kernel does not let the kprobe in" 0 "$(<"/sys/module/lph_probe/parameters/hits")"
	rmmod lph_probe
else
	says "and the kernel refuses the kprobe" 'busy'
fi
sees "which changes nothing" '($peers | map(.kind)) == ["tracer", "livepatch"] and $f.winner == "livepatch_cmdline"'
before=$(livepatchd tracers --json | jq '.[0].bodies[] | select(.body == "livepatch_cmdline").hits')
read -r line </proc/cmdline
equal "the patch runs" "livepatch_cmdline: this has been live patched" "$line"
more "the tracer files that under the patch" \
	"$(livepatchd tracers --json | jq '.[0].bodies[] | select(.body == "livepatch_cmdline").hits')" "${before:-0}"
expect 0 "unload" livepatchd unload livepatch_cmdline
expect 0 "a kprobe with a post_handler next to a tracer" insmod "$TESTS/module/lph_probe.ko" symbol=$function post=1
sees "both are there" '($peers | map(.kind)) == ["tracer", "kprobe"] and $peers[1].class == "mutator"'
rmmod lph_probe
expect 0 "untrace" livepatchd untrace "$id"
holds "nobody is left" eventually 30 nobody_left

# ------------------------------------------------------------- helper patches

patched_line="helper_cmdline: this has been live patched"
note "the helper patch first"
expect 0 "a helper patch" livepatchd load "$PATCHES/helper_cmdline.ko"
sees "it is there, and wins" "$(peer helper-patch helper_cmdline mutator) and \$f.winner == \"helper_cmdline\" and
	\$f.conflicts == []"
expect 5 "a livepatch is refused" livepatchd load --json "$PATCHES/livepatch_cmdline.ko"
json "the function and the patch that has it are named" '.error == "Conflict" and
	(.message | test("cmdline_proc_show") and test("helper_cmdline"))'
try insmod "$TESTS/module/lph_probe.ko" symbol=$function post=1
if [ "$code" = 0 ]; then
	read -r _ </proc/cmdline
	equal "a kprobe with a post_handler is not attached" 0 "$(<"/sys/module/lph_probe/parameters/hits")"
	rmmod lph_probe
else
	says "a kprobe with a post_handler is refused" 'busy'
fi
if program fentry; then
	fail "BPF fentry is refused" "it is attached"
	unprogram fentry
else
	pass "BPF fentry is refused"
fi
read -r line </proc/cmdline
equal "all of which changed nothing" "$patched_line" "$line"
sees "nobody else is there" '($peers | map(.kind)) == ["helper-patch"]'
probe "p:peers/kp $function"
sees "a kprobe files under the function, which is the wrong body" '
	[$peers[] | select(.name == "peers/kp") | .misfiles] == [true] and ($f.conflicts | any(contains("peers/kp")))'
unprobe kp
expect 0 "a tracer of ours" livepatchd trace $function
read -r line </proc/cmdline
sees "it files by body" '($peers | map(.kind)) == ["tracer", "helper-patch"] and
	([.[0].bodies[] | select(.body == "helper_cmdline").hits] | add) > 0'
expect 0 "untrace" livepatchd untrace --all
expect 0 "unload" livepatchd unload helper_cmdline
holds "nobody is left" eventually 30 nobody_left

# refuses DESCRIPTION PATTERN: what is on the function refuses the helper patch.
refuses() {
	expect 5 "$1: a helper patch is refused" livepatchd load --json "$PATCHES/helper_cmdline.ko"
	json "$1: the function, who holds it, and the way out are named" '
		.error == "Conflict" and (.message | test("cmdline_proc_show is held by " + $pattern))' --arg pattern "$2"
	holds "$1: its module has gone" test ! -e /sys/module/helper_cmdline
	sees "$1: the one who was first is alone" '($peers | length) == 1 and $peers[0].kind != "helper-patch"'
}

note "the others first"
expect 0 "a kprobe with a post_handler" insmod "$TESTS/module/lph_probe.ko" symbol=$function post=1
refuses "a kprobe with a post_handler" 'kprobe .*post_handler.*: unload the module that registered it'
rmmod lph_probe
expect 0 "a livepatch" livepatchd load "$PATCHES/livepatch_cmdline.ko"
refuses "a livepatch" 'livepatch livepatch_cmdline: livepatchd unload livepatch_cmdline'
expect 0 "unload" livepatchd unload livepatch_cmdline
holds "BPF fentry: attaches" program fentry
refuses "BPF fentry" 'BPF program my_fentry .*: end lph-bpf, process [0-9]+'
unprogram fentry
holds "nobody is left" eventually 30 nobody_left
clear_neighbours
end_case

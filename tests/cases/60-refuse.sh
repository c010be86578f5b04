#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# What can't be traced, the order of tracers, and modules that leave.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test
enabled_functions=/sys/kernel/tracing/enabled_functions
[ -e $enabled_functions ] || mount -t tracefs tracefs /sys/kernel/tracing
# Functions that had tracers before are detached in the background.
detached() {
	[ "$(livepatchd functions --json | jq -c .)" = "[]" ]
}
holds "functions without tracers are detached in time" eventually 30 detached
# All but the function that the helper's shared ftrace_ops holds on to.
attached() {
	grep -vc lph_anchor $enabled_functions
}
attached_before=$(attached)

# ----------------------------------------------------------- refused functions
messages=()

# refused CODE DESCRIPTION PATTERN FUNCTION
refused() {
	expect "$1" "$2: refused" livepatchd trace "$4" || return
	says "$2: said so" "$3"
	messages+=("${err//$4/}")
}

refused 3 "no such function" 'no_such_function' no_such_function
refused 3 "no such function in the module" 'lph_test' lph_test:cmdline_proc_show
refused 3 "no such module" 'no_such_module' no_such_module:lph_target_0
refused 4 "a function without fentry" 'lph_target_notrace' lph_test:lph_target_notrace
refused 4 "an ambiguous symbol" 'sympos|several|,[12]|ambiguous|[Nn]th' lph_test:lph_twice
refused 4 "the trap path" '[Tt]rap' atomic_notifier_call_chain
equal "each has a message of its own" ${#messages[@]} "$(printf '%s\n' "${messages[@]}" | sort -u | wc -l)"
for function in do_int3 kprobe_int3_handler get_kprobe notifier_call_chain __rcu_read_lock; do
	grep -q " $function\$" /proc/kallsyms || continue
	try livepatchd trace $function
	if [ "$code" = 4 ]; then
		pass "$function: refused"
	else
		fail "$function: refused" "$(tried)"
	fi
done
expect 2 "a malformed name" livepatchd trace 'a b;c'
expect 2 "a malformed sympos" livepatchd trace lph_test:lph_twice,x
equal "nothing was attached" "[]" "$(livepatchd tracers --json | jq -c .)"
equal "nor to the kernel" "$attached_before" "$(attached)"

expect 0 "with sympos: the first" livepatchd trace --json lph_test:lph_twice,1
expect 0 "with sympos: the second" livepatchd trace --json lph_test:lph_twice,2
equal "two functions of one name" 2 "$(livepatchd functions --json | jq '[.[] | select(.function | test("lph_twice"))] | length')"
expect 3 "there is no third" livepatchd trace lph_test:lph_twice,3
expect 1 "some refused, some not" livepatchd trace --json lph_test:lph_target_0 no_such_function
json "says which" '
	(.tracers | map(.function)) == ["lph_test:lph_target_0"] and
	(.refused | map(.function)) == ["no_such_function"] and (.refused[0].reason | length) > 0'
expect 0 "untrace all" livepatchd untrace --all
expect 0 "what the helper itself calls while it rewrites a site may be traced" \
	"$TESTS/tools/lph-churn" -n 100 -t on_each_cpu_cond_mask -t smp_call_function_many_cond
json "no transition failed" '.failed == 0 and .lapses == 0'

# ---------------------------------------------------------------------- order
ids=()
for priority in 10 0 -5 0; do
	expect 0 "a tracer of priority $priority" livepatchd trace --json --priority=$priority lph_test:lph_target_0
	ids+=("$(jq '.tracers[0].id' <<<"$out")")
done
expect 0 "functions --json" livepatchd functions --json
json "the tracers run by priority, then in the order of their requests" '
	.[] | select(.function == "lph_test:lph_target_0").tracers == $ids' \
	--argjson ids "[${ids[2]},${ids[1]},${ids[3]},${ids[0]}]"
expect 0 "untrace one" livepatchd untrace "${ids[1]}"
expect 3 "untrace it again" livepatchd untrace "${ids[1]}"
says "names it" "${ids[1]}"
expect 3 "untrace one that is there and one that never was" livepatchd untrace "${ids[2]}" 999999
equal "that request changed nothing" "[${ids[0]},${ids[2]},${ids[3]}]" "$(livepatchd tracers --json | jq -c 'map(.id) | sort')"

# ------------------------------------------------------------ modules that leave
expect 1 "the helper does not go while it has tracers" rmmod livepatch_helper
says "it is in use" 'in use'
holds "the helper is there" test -d /sys/module/livepatch_helper

expect 0 "a tracer on a function of the kernel" livepatchd trace cmdline_proc_show
record "$work/signals"
echo 1 >$LPH_TEST/run
expect 0 "the traced module goes, in the midst of calls" rmmod lph_test
holds "signals: its tracers have gone" wait_signal "$work/signals" 60 \
	".member == \"InterfacesRemoved\" and .payload.data[0] == \"$ROOT/tracer/${ids[0]}\""
gone() {
	[ "$(livepatchd tracers --json | jq -c 'map(.function)')" = '["cmdline_proc_show"]' ]
}
holds "only the kernel's own is left" eventually 30 gone
read -r _ </proc/cmdline
more "it still counts" "$(livepatchd tracers --json | jq '.[0].hits')" 0
load_lph_test
expect 0 "the module is back and can be traced" livepatchd trace lph_test:lph_target_0
expect 0 "untrace all" livepatchd untrace --all

# ---------------------------------------------------------- the helper leaves
without_us() {
	! grep -q lph_ $enabled_functions && [ "$(attached)" = "$attached_before" ]
}
expect 0 "without tracers the helper goes" rmmod livepatch_helper
holds "it leaves no trace in enabled_functions" without_us
equal "nor symbols" 0 "$(grep -c '\[livepatch_helper\]' /proc/kallsyms)"
helper_is() {
	[ "$(property $ROOT Manager HelperLoaded)" = "$1" ]
}
holds "the daemon knows" eventually 30 helper_is false
echo 1 >$LPH_TEST/run
echo 0 >$LPH_TEST/run
read_calls
equal "the functions work without it" 0 "$mismatches"
expect 0 "tracing loads it again" livepatchd trace lph_test:lph_target_0
holds "the helper is there" test -d /sys/module/livepatch_helper
holds "the daemon knows" eventually 30 helper_is true
echo 1 >$LPH_TEST/run
echo 0 >$LPH_TEST/run
read_calls
equal "it counts as ever" "${calls[lph_target_0]}" "$(livepatchd tracers --json | jq '.[0].hits')"
expect 0 "untrace all" livepatchd untrace --all
end_case

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Patches of livepatch_helper beside what a machine does: modules that come and
# go, tasks that sleep in a patched function or never leave user mode, others
# who want to redirect the same function, and a shared tracer.
. "$(dirname "$0")/lib.sh"

lph_patch() {
	"$TESTS/tools/lph-patch" "$@"
}

run_calls() {
	echo 1 >$LPH_TEST/run
	sleep 0.3
	echo 0 >$LPH_TEST/run
	read_calls
}

need_service || fail "the service is up and the helper loaded"
insmod "$PATCHES/helper_target.ko"

note "a module that comes and goes"
expect 0 "a patch of a module that is not loaded is applied" lph_patch apply helper_target
for again in first second; do
	load_lph_test
	run_calls
	more "$again time: the module was called" "${calls[lph_target_2]}" 0
	equal "$again time: each of its calls ran the new body" "${calls[lph_target_2]}" "${patched[lph_target_2]}"
	equal "$again time: of a target that takes an argument on the stack, too" \
		"${calls[lph_target_9]}" "${patched[lph_target_9]}"
	equal "$again time: what is not patched runs as it is" 0 "${patched[lph_target_0]}"
	[ $again = second ] || expect 0 "the module goes" rmmod lph_test
done

note "ftrace cannot be switched off"
expect 1 "kernel.ftrace_enabled=0 is refused" sh -c 'echo 0 >/proc/sys/kernel/ftrace_enabled'
run_calls
equal "each call still runs the new body" "${calls[lph_target_2]}" "${patched[lph_target_2]}"

note "who else would redirect it"
expect 1 "a kernel livepatch of the same functions is refused" insmod "$PATCHES/klp_target.ko"
says "as busy" "busy"
equal "nothing of it is left" "" "$(ls $KLP)"
expect 0 "the patch is removed" lph_patch -c stop remove helper_target
run_calls
equal "no call runs the new body any more" 0 "${patched[lph_target_2]}"
expect 0 "now the livepatch is loaded, from the same source" insmod "$PATCHES/klp_target.ko"
holds "its transition ends" eventually 20 grep -q 0 $KLP/klp_target/transition
expect 1 "and the patch is refused" lph_patch apply helper_target
says "who may be in its way is said" "kernel livepatch"
run_calls
equal "the livepatch is not disturbed" "${calls[lph_target_2]}" "${patched[lph_target_2]}"

note "the same where the functions have tracers"
expect 0 "tracers share the functions with the livepatch" livepatchd trace lph_test:lph_target_{2,6,8,9}
expect 1 "the patch is refused" lph_patch apply helper_target
says "who is in its way is said" "redirected already, by a kernel livepatch"
unload_patch klp_target
expect 0 "without the livepatch it is applied" lph_patch apply helper_target
expect 1 "and the livepatch refused" insmod "$PATCHES/klp_target.ko"
run_calls
equal "each call runs the new body" "${calls[lph_target_2]}" "${patched[lph_target_2]}"
expect 0 "the patch is removed" lph_patch remove helper_target
expect 0 "the tracers are removed" livepatchd untrace --all

note "a shared tracer whose function gets a patch"
insmod "$PATCHES/helper_hang.ko"
limit=$(<$HELPER_PARAMETERS/direct_limit)
defer tee $HELPER_PARAMETERS/direct_limit <<<"$limit"
echo 0 >$HELPER_PARAMETERS/direct_limit
expect 0 "two tracers" livepatchd trace lph_test:lph_target_1 lph_test:lph_target_3
equal "they are shared" '["shared","shared"]' "$(livepatchd tracers --json | jq -c 'map(.backend)')"
echo 1 >$LPH_TEST/run
expect 0 "the patch is applied under traffic" lph_patch apply helper_hang
expect 0 "and removed" lph_patch remove helper_hang
echo 0 >$LPH_TEST/run
read_calls
try livepatchd tracers --json
json "its function has a direct call now, the other not" \
	'sort_by(.function) | map(.backend) == ["direct", "shared"]'
equal "it saw each call, under the body that was run" \
	"$((calls[lph_target_1] - patched[lph_target_1])) ${patched[lph_target_1]}" \
	"$(jq -r 'min_by(.function).bodies | map({(.body): .hits}) | add | "\(.original // 0) \(.helper_hang // 0)"' <<<"$out")"
more "some of them the new one" "${patched[lph_target_1]}" 0
expect 0 "the tracers are removed" livepatchd untrace --all
echo "$limit" >$HELPER_PARAMETERS/direct_limit

note "tasks"
# Never leaves user mode, and never enters the kernel but for the tick.
sh -c 'while :; do :; done' &
background+=($!)
# Sleeps in a system call that has nothing to do with it.
sleep 1000 &
background+=($!)
expect 0 "neither of them holds up a patch" lph_patch apply helper_hang
expect 0 "nor its removal" lph_patch remove helper_hang

echo 1 >$LPH_TEST/sleeper
expect 1 "all at once cannot be while a task sleeps in a function" lph_patch -c stop apply helper_hang
says "everybody is told why" "a task, which the kernel log names, stands in"
says_not "but not who" lph_sleeper
expect 0 "who may read the kernel log" dmesg
says "is told the task and the function" "task [0-9]+ \(lph_sleeper\) stands in lph_target_sleep"
echo 1 >$LPH_TEST/run
expect 1 "task by task, it is reversed while that task sleeps" lph_patch -C 3000 apply helper_hang
says "as asked" reversed
echo 0 >$LPH_TEST/run
read_calls
more "meanwhile others ran the new bodies" "${patched[lph_target_1]}" 0
more "and before or behind it the old ones" "$((calls[lph_target_1] - patched[lph_target_1]))" 0
equal "nothing else" 0 "$mismatches"
run_calls
equal "now all do" 0 "${patched[lph_target_1]}"
echo 0 >$LPH_TEST/sleeper
equal "the sleeper ran the original" original "$(<$LPH_TEST/slept)"

expect 0 "when it is awake the patch is applied" lph_patch apply helper_hang
echo 1 >$LPH_TEST/sleeper
expect 1 "its removal is reversed while a task sleeps in the new body" lph_patch -C 3000 remove helper_hang
run_calls
equal "each call runs the new body then" "${calls[lph_target_1]}" "${patched[lph_target_1]}"
expect 1 "its module cannot be unloaded" rmmod helper_hang
echo 0 >$LPH_TEST/sleeper
equal "the sleeper ran the new body" patched "$(<$LPH_TEST/slept)"
expect 0 "awake, it is removed" lph_patch remove helper_hang
expect 0 "and its module unloaded" rmmod helper_hang
expect 0 "the other's, too" rmmod helper_target
end_case

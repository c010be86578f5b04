#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# Whom the transition of a kernel livepatch waits for, why, and the way out.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test

# A service whose process sits in the function, and leaves it for SIGKILL only.
sit=lph-sitter.service
defer systemctl stop $sit
systemd-run --quiet --unit=$sit --property=KillSignal=SIGKILL bash -c "echo 1 >$LPH_TEST/sit"
sitter=$(systemctl show --property=MainPID --value $sit)
sits() {
	[ "$(awk '{ print $3 }' "/proc/$sitter/stat")" = S ] && [ "$(<"/proc/$sitter/comm")" = bash ] &&
		grep -q lph_target_sleep "/proc/$sitter/stack"
}
holds "a process of a service sits in the function" eventually 30 sits
echo 1 >$LPH_TEST/sleeper
sleeper=$(pgrep -x lph_sleeper)

only() {
	livepatchd blockers --json >"$work/blockers"
	[ "$(jq -c 'map(.tid) | sort' "$work/blockers")" = "[$1]" ]
}
both=$(printf '%s\n' "$sitter" "$sleeper" | sort -n | paste -sd ,)

# --------------------------------------------------------------- to the new bodies
expect 0 "a load that hangs" livepatchd load --no-wait "$PATCHES/livepatch_hang.ko"
holds "the two are left" eventually 60 only "$both"
expect 0 "blockers --json" livepatchd blockers --json
json "the function is on both stacks" '
	all(.reason == "stack" and .function == "lph_test:lph_target_sleep" and .patch == "livepatch_hang")'
json "the process, its unit, and the way out" '
	.[] | select(.tid == $tid) | .pid == $tid and .comm == "bash" and .unit == $unit and
	.kernel_thread == false and .way_out == "restart"' --argjson tid "$sitter" --arg unit $sit
json "the kernel thread can only be waited for" '
	.[] | select(.tid == $tid) | .comm == "lph_sleeper" and .unit == "" and .kernel_thread == true and
	.way_out == "wait"' --argjson tid "$sleeper"
age=$(jq '.[0].age_ms' <<<"$out")
expect 0 "for people" livepatchd blockers livepatch_hang
says "the process" "$sitter +bash +stack +lph_test:lph_target_sleep +[0-9.]+ s +$sit +restart +livepatch_hang"
says "the kernel thread" "$sleeper +lph_sleeper +stack +lph_test:lph_target_sleep +[0-9.]+ s +kernel thread +wait"
more "it waits for longer and longer" "$(livepatchd blockers --json | jq '.[0].age_ms')" "$age"

# -------------------------------------------------------------- without the helper
rmmod livepatch_helper
defer modprobe livepatch_helper
expect 0 "blockers without the helper" livepatchd blockers
says "tells who sleeps" "$sitter +bash +sleeping +- +[0-9.]+ s +$sit +restart"
says "and why no more than that" 'livepatch_helper is not loaded'
modprobe livepatch_helper
holds "with it the function is known" eventually 30 \
	sh -c 'livepatchd blockers --json | jq -e "all(.function == \"lph_test:lph_target_sleep\")" >/dev/null'

# --------------------------------------------------------------------- the way out
expect 0 "take it: restart the unit" systemctl restart $sit
sitter=$(systemctl show --property=MainPID --value $sit)
holds "the kernel thread is left" eventually 30 only "$sleeper"
echo 0 >$LPH_TEST/sleeper
expect 0 "the transition ends" livepatchd wait --timeout="$ample" livepatch_hang
equal "patched" patched "$(patch_state livepatch_hang)"

# ----------------------------------------------------------- and from them again
holds "the restarted process sits in the new body" eventually 30 \
	grep -q 'livepatch_target_sleep.*livepatch_hang' "/proc/$sitter/stack"
expect 0 "an unload that hangs" livepatchd unload --no-wait livepatch_hang
holds "it is left" eventually 60 only "$sitter"
expect 0 "blockers --json" livepatchd blockers --json
json "the patch's own body is on its stack" '
	map([.reason, .function]) == [["stack", "livepatch_hang:livepatch_target_sleep"]]'
expect 0 "stop the unit" systemctl stop $sit
expect 0 "the transition ends" livepatchd wait --timeout="$ample"
holds "the module is gone" eventually 30 test ! -e /sys/module/livepatch_hang
equal "nobody is waited for" "[]" "$(livepatchd blockers --json | jq -c .)"

# ------------------------------------------------------------ when the time is up
echo 1 >$LPH_TEST/sleeper
expect 1 "it may be kept" livepatchd load --timeout=2s --on-timeout=keep "$PATCHES/livepatch_hang.ko"
says "and load says so" 'kept'
equal "it goes on" "patching patching" "$(property $ROOT Manager TransitionState) $(patch_state livepatch_hang)"
echo 0 >$LPH_TEST/sleeper
expect 0 "until nobody is in its way" livepatchd wait --timeout="$ample" livepatch_hang
expect 0 "unload it" livepatchd unload livepatch_hang
end_case

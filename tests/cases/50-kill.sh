#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# The daemon is killed in mid-transition: it comes back, knows what the kernel
# knows, and goes on.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test
record "$work/signals"

kernel_state() {
	echo "$(<$KLP/livepatch_hang/enabled) $(<$KLP/livepatch_hang/transition)"
}

# kernel_is ENABLED TRANSITION
kernel_is() {
	[ -e $KLP/livepatch_hang/transition ] && [ "$(kernel_state)" = "$1 $2" ]
}

# Tracers of ours, with counts.
expect 0 "attach tracers" livepatchd trace --json lph_test:lph_target_{0,1} cmdline_proc_show
tracers=$(jq -c '[.tracers[].id] | sort' <<<"$out")
echo 1 >$LPH_TEST/run

# -------------------------------------------------------------- in mid-load
echo 1 >$LPH_TEST/sleeper
expect 0 "a load that hangs" livepatchd load --no-wait "$PATCHES/livepatch_hang.ko"
holds "signals: patching" wait_signal "$work/signals" 60 "$(changed $ROOT TransitionState '"patching"')"
holds "the kernel: enabled, in transition" eventually 30 kernel_is 1 1
kill_daemon "in mid-load"
equal "the kernel is where it was" "1 1" "$(kernel_state)"
equal "the daemon: patching" patching "$(property $ROOT Manager TransitionState)"
equal "the patch: patching" patching "$(patch_state livepatch_hang)"
transition=$(property $ROOT Manager CurrentTransition)
equal "its transition runs: a load of this patch" "running load livepatch_hang" \
	"$(property "$transition" Transition State) $(property "$transition" Transition Kind) $(property "$transition" Transition Subject)"
expect 0 "the patch's file is known" livepatchd list --json
json "as before" '.[] | select(.name == "livepatch_hang").file | test("/livepatch_hang\\.ko$")'

record "$work/signals2"
echo 0 >$LPH_TEST/sleeper
holds "the thread is out: signals say idle" \
	wait_signal "$work/signals2" 60 "$(changed $ROOT TransitionState '"idle"')"
equal "the patch: patched" patched "$(patch_state livepatch_hang)"
equal "its transition: done" "done" "$(property "$transition" Transition State)"
equal "the kernel: enabled, no transition" "1 0" "$(kernel_state)"

# ------------------------------------------------------------ in mid-unload
echo 1 >$LPH_TEST/sleeper
record "$work/signals3"
expect 0 "an unload that hangs" livepatchd unload --no-wait livepatch_hang
holds "signals: unpatching" wait_signal "$work/signals3" 60 "$(changed $ROOT TransitionState '"unpatching"')"
holds "the kernel: disabled, in transition" eventually 30 kernel_is 0 1
kill_daemon "in mid-unload"
equal "the kernel is where it was" "0 1" "$(kernel_state)"
equal "the daemon: unpatching" unpatching "$(property $ROOT Manager TransitionState)"
equal "the patch: unpatching" unpatching "$(patch_state livepatch_hang)"
record "$work/signals4"
echo 0 >$LPH_TEST/sleeper
equal "the thread was in the new body" patched "$(<$LPH_TEST/slept)"
holds "signals: idle" wait_signal "$work/signals4" 60 "$(changed $ROOT TransitionState '"idle"')"
holds "the module is removed in the end" eventually 30 test ! -e /sys/module/livepatch_hang
equal "no patch is listed" "[]" "$(livepatchd list --json | jq -c .)"

# ----------------------------------------------------------------- idle, too
kill_daemon "idle"
equal "idle it stays" idle "$(property $ROOT Manager TransitionState)"

# ---------------------------------------------------------------- the tracers
echo 0 >$LPH_TEST/run
read_calls
expect 0 "tracers --json" livepatchd tracers --json
equal "the tracers are the same" "$tracers" "$(jq -c 'map(.id) | sort' <<<"$out")"
for function in lph_target_0 lph_target_1; do
	equal "$function: its tracer has lost no call" "${calls[$function]}" \
		"$(jq --arg f "lph_test:$function" '.[] | select(.function == $f).hits' <<<"$out")"
done
more "there were calls" "${calls[lph_target_0]}" 1000
expect 0 "the tracers can be removed" livepatchd untrace --all
equal "none is left" "[]" "$(livepatchd tracers --json | jq -c .)"
end_case

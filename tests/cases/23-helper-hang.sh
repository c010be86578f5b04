#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# Transitions of helper patches that wait for a task: time limits, blockers,
# cancelling, and a daemon that is killed meanwhile.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test
echo 1 >$LPH_TEST/sleeper
sleeper=$(pgrep -x lph_sleeper)

# current PROPERTY: of the transition that runs
current() {
	property "$(property $ROOT Manager CurrentTransition)" Transition "$1"
}

one_is_left() {
	[ "$(current TasksRemaining)" = 1 ]
}

# ------------------------------------------------------------------ time limits
expect 6 "a load that hangs is reversed in time" livepatchd load --timeout=3s "$PATCHES/helper_hang.ko"
says "and load says so" '[Rr]evers'
holds "its module is gone" test ! -e /sys/module/helper_hang
equal "no patch is listed" "[]" "$(livepatchd list --json | jq -c .)"
equal "the service is idle" idle "$(property $ROOT Manager TransitionState)"
expect 6 "in JSON" livepatchd load --json --timeout=3s "$PATCHES/helper_hang.ko"
json "with the transition" '
	.error == "TimedOut" and (.transition | .state == "reversed" and .subject == "helper_hang" and
	.tasks_remaining >= 0 and .deadline > 0)'
expect 1 "it may be kept" livepatchd load --timeout=2s --on-timeout=keep "$PATCHES/helper_hang.ko"
says "and load says so" 'kept'
equal "it goes on" "patching patching" "$(property $ROOT Manager TransitionState) $(patch_state helper_hang)"

# -------------------------------------------------------------------- blockers
holds "one task is left" eventually 30 one_is_left
expect 0 "blockers --json" livepatchd blockers --json
json "the sleeper, on whose stack the function is" '
	length == 1 and (.[0] | .tid == $tid and .pid == $tid and .comm == "lph_sleeper" and .reason == "stack" and
	.function == "lph_test:lph_target_sleep" and .patch == "helper_hang" and .age_ms > 1000)' --argjson tid "$sleeper"
expect 0 "of that patch" livepatchd blockers helper_hang
says "for people" "$sleeper +lph_sleeper +stack +lph_test:lph_target_sleep"
expect 3 "of one that is not there" livepatchd blockers no_such_patch
as_tester() {
	runuser -u tester -- "$@"
}
expect 0 "every user may look" as_tester livepatchd blockers --json
json "and sees the same" 'length == 1'

# -------------------------------------------------------- others have their turn
expect 0 "tracers come and go meanwhile" livepatchd trace lph_test:lph_target_0
expect 0 "and go" livepatchd untrace --all
expect 0 "so do kernel livepatches" livepatchd load --timeout="$ample" "$PATCHES/livepatch_cmdline.ko"
expect 0 "and go" livepatchd unload --timeout="$ample" livepatch_cmdline
expect 0 "another helper patch waits" livepatchd load --no-wait --json "$PATCHES/helper_cmdline.ko"
json "queued" '.transition.state == "queued"'
waiting=$(jq .transition.id <<<"$out")
expect 5 "the order has to wait" livepatchd order helper_hang
says "says for what" 'helper_hang'
expect 5 "an unload of what is being loaded is a conflict" livepatchd unload helper_hang
expect 0 "the one that waits is cancelled" busctl call $NAME "$ROOT/transition/$waiting" $NAME.Transition Cancel
equal "at once" cancelled "$(property "$ROOT/transition/$waiting" Transition State)"
holds "it was never loaded" test ! -e /sys/module/helper_cmdline

# ---------------------------------------------------------------------- cancel
transition=$(property $ROOT Manager CurrentTransition)
expect 0 "cancel" livepatchd cancel
expect 0 "wait" livepatchd wait --timeout="$ample"
equal "it is reversed" reversed "$(property "$transition" Transition State)"
holds "its module is gone" eventually 30 test ! -e /sys/module/helper_hang
expect 1 "there is nothing to cancel now" livepatchd cancel

# ----------------------------------------------------------------- all at once
expect 1 "stop does not wait for a task that stays" livepatchd load --consistency=stop "$PATCHES/helper_hang.ko"
says "says where to find who" 'a task, which the kernel log names, stands in'
expect 0 "the kernel log" dmesg
says "names the task and the function" 'lph_sleeper\) stands in lph_target_sleep'
holds "its module is gone" test ! -e /sys/module/helper_hang

# ------------------------------------------------------------------- a daemon's death
record "$work/signals"
expect 0 "a load that hangs" livepatchd load --no-wait --strategy=stub "$PATCHES/helper_hang.ko"
holds "one task is left" eventually 60 one_is_left
transition=$(property $ROOT Manager CurrentTransition)
kill_daemon "in mid-load"
equal "the daemon: patching" patching "$(property $ROOT Manager TransitionState)"
equal "the patch: patching" "patching 1" "$(patch_state helper_hang) $(property $ROOT/patch/helper_5fhang Patch Order)"
equal "the same transition runs" "$transition running load helper_hang stub" \
	"$(property $ROOT Manager CurrentTransition) $(for p in State Kind Subject Strategy; do property "$transition" Transition $p; done | paste -sd ' ')"
expect 0 "the patch's file is known" livepatchd list --json
json "as before" '.[] | select(.name == "helper_hang").file | test("/helper_hang\\.ko$")'
expect 0 "so are its blockers" livepatchd blockers --json
json "the sleeper" 'map(.comm) == ["lph_sleeper"]'
record "$work/signals2"
echo 0 >$LPH_TEST/sleeper
equal "the sleeper was in the old body" original "$(<$LPH_TEST/slept)"
holds "it is out: signals say idle" wait_signal "$work/signals2" 60 "$(changed $ROOT TransitionState '"idle"')"
equal "the transition: done" "done" "$(property "$transition" Transition State)"
equal "the patch: patched" patched "$(patch_state helper_hang)"

echo 1 >$LPH_TEST/sleeper
expect 6 "an unload that hangs is reversed in time" livepatchd unload --timeout=3s helper_hang
equal "the patch is patched" patched "$(patch_state helper_hang)"
expect 0 "an unload that hangs" livepatchd unload --no-wait --timeout=600s helper_hang
holds "one task is left" eventually 60 one_is_left
transition=$(property $ROOT Manager CurrentTransition)
deadline=$(property "$transition" Transition Deadline)
kill_daemon "in mid-unload"
equal "the daemon: unpatching" "unpatching unpatching" "$(property $ROOT Manager TransitionState) $(patch_state helper_hang)"
equal "the same transition runs" "$transition running unload" \
	"$(property $ROOT Manager CurrentTransition) $(property "$transition" Transition State) $(property "$transition" Transition Kind)"
more "with its deadline" 2000000 $((deadline - $(property "$transition" Transition Deadline)))
expect 0 "what another daemon began can be cancelled" livepatchd cancel
expect 0 "wait" livepatchd wait --timeout="$ample"
equal "it is reversed" "reversed patched" "$(property "$transition" Transition State) $(patch_state helper_hang)"
expect 0 "an unload once more" livepatchd unload --no-wait helper_hang
holds "one task is left" eventually 60 one_is_left
kill_daemon "in mid-unload"
record "$work/signals3"
echo 0 >$LPH_TEST/sleeper
equal "the sleeper was in the new body" patched "$(<$LPH_TEST/slept)"
holds "signals: idle" wait_signal "$work/signals3" 60 "$(changed $ROOT TransitionState '"idle"')"
holds "the module is removed in the end" eventually 30 test ! -e /sys/module/helper_hang
equal "no patch is listed" "[]" "$(livepatchd list --json | jq -c .)"

# ---------------------------------------------------------- idle, with patches
expect 0 "a patch" livepatchd load "$PATCHES/helper_target.ko"
expect 0 "another" livepatchd load "$PATCHES/helper_target2.ko"
expect 0 "stacked anew" livepatchd order helper_target2 helper_target
before=$(livepatchd list --json | jq -S .)
kill_daemon "idle"
equal "all is known as before" "$before" "$(livepatchd list --json | jq -S .)"
expect 0 "unload" livepatchd unload helper_target
expect 0 "unload" livepatchd unload helper_target2
end_case

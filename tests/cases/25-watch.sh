#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# How the kernel's own transitions are followed: by BPF programs that tell of each
# step, and where the kernel does not take them, by polling.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
daemon() {
	systemctl show --property=MainPID --value livepatchd.service
}
rss() {
	awk '/^RssAnon/ { print $2 }' "/proc/$(daemon)/status"
}
watches() {
	[[ $(property $ROOT Manager TransitionWatch) == "$1"* ]]
}
holds "the BPF programs are loaded" eventually 30 watches bpf
equal "it is all that is said" bpf "$(property $ROOT Manager TransitionWatch)"
expect 0 "status --json" livepatchd status --json
json "tells it" '.transition_watch == "bpf"'
expect 0 "who is on the kernel's function" livepatchd functions klp_try_complete_transition --json
json "its program, and that the daemon has it" \
	"[.[0].peers[] | select(.name == \"under_way\").detail] | length == 1 and all(test(\"process $(daemon)$\"))"
note "private memory: $(rss) kB"

# ------------------------------------------------- a transition of somebody else
load_lph_test
echo 1 >$LPH_TEST/sleeper
record "$work/signals"
insmod "$PATCHES/livepatch_hang.ko"
started=${EPOCHREALTIME/./}
holds "signals: patching" wait_signal "$work/signals" 60 "$(changed $ROOT TransitionState '"patching"')"
note "somebody's insmod was told of $(((${EPOCHREALTIME/./} - started) / 1000)) ms after its end"
transition=$(property $ROOT Manager CurrentTransition)
one_is_left() {
	[ "$(property "$transition" Transition TasksRemaining)" = 1 ]
}
holds "signals: tasks were counted" wait_signal "$work/signals" 60 \
	".path == \"$transition\" and .payload.data[1].TasksRemaining.data != null"
holds "one task is left in the end" eventually 60 one_is_left
equal "somebody else's load" "running load livepatch_hang" \
	"$(for p in State Kind Subject; do property "$transition" Transition $p; done | paste -sd ' ')"

# ------------------------------------------------------------ without any polling
# While the daemon does nothing of its own, sysfs belongs to others: what it hears
# of, it hears from the kernel.
quiet() {
	local before after
	before=$(awk '/^voluntary/ { print $2 }' "/proc/$(daemon)/status")
	sleep 3
	after=$(awk '/^voluntary/ { print $2 }' "/proc/$(daemon)/status")
	note "woken $((after - before)) times in 3 s of a transition that hangs"
	[ $((after - before)) -lt 25 ]
}
holds "a transition that hangs is not polled ten times a second" eventually 30 quiet
record "$work/signals2"
echo 0 >$KLP/livepatch_hang/enabled
holds "signals: it is turned back" wait_signal "$work/signals2" 60 "$(changed "$transition" State '"reversed"')"
holds "signals: idle" wait_signal "$work/signals2" 60 "$(changed $ROOT TransitionState '"idle"')"
eventually 30 test ! -e $KLP/livepatch_hang
rmmod livepatch_hang
echo 0 >$LPH_TEST/sleeper

# --------------------------------------------------------------- a patch at rest
expect 0 "load" livepatchd load "$PATCHES/livepatch_cmdline.ko"
at_rest() {
	local before after
	before=$(awk '/^voluntary/ { print $2 }' "/proc/$(daemon)/status")
	sleep 5
	after=$(awk '/^voluntary/ { print $2 }' "/proc/$(daemon)/status")
	[ "$before" = "$after" ]
}
holds "a patch at rest is not polled at all" eventually 60 at_rest
record "$work/signals3"
echo 0 >$KLP/livepatch_cmdline/enabled
holds "but whoever disables it is told of" wait_signal "$work/signals3" 60 \
	"$(changed $ROOT/patch/livepatch_5fcmdline State '"disabled"')"
unload_patch livepatch_cmdline

# ------------------------------------------------- where the kernel does not take it
without_bpf
holds "polling, and why" eventually 30 watches "polling: the kernel does not load the BPF programs: Operation not permitted"
expect 0 "status" livepatchd status
says "says so" 'Transitions: +polling: the kernel does not load the BPF programs: Operation not permitted'
expect 0 "status --json" livepatchd status --json
json "too" '.transition_watch | startswith("polling: ")'
note "private memory without BPF: $(rss) kB"
record "$work/signals4"
insmod "$PATCHES/livepatch_cmdline.ko"
patch=$ROOT/patch/livepatch_5fcmdline
# It may have settled by the time that it is seen first.
holds "somebody's load is seen all the same" wait_signal "$work/signals4" 60 \
	"($(changed $patch State '"patched"')) or
	(.member == \"InterfacesAdded\" and .payload.data[0] == \"$patch\" and
	.payload.data[1][\"$NAME.Patch\"].State.data == \"patched\")"
expect 0 "a load and an unload" livepatchd unload livepatch_cmdline
equal "nothing is loaded" "[]" "$(livepatchd list --json | jq -c .)"
end_case

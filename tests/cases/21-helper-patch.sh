#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# Patches that the helper applies: load, list, show, unload, and what is refused.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
booted=$(</proc/cmdline)
load_lph_test

# ----------------------------------------------------------------- there and back
helper_is() {
	[ "$(property $ROOT Manager HelperLoaded)" = "$1" ]
}
expect 0 "the helper is not there" rmmod livepatch_helper
holds "the daemon knows" eventually 30 helper_is false
record "$work/signals"
expect 0 "load brings it" livepatchd load "$PATCHES/helper_cmdline.ko"
says "load names the patch" helper_cmdline
holds "the helper is there" test -d /sys/module/livepatch_helper
equal "the new body runs" "helper_cmdline: this has been live patched" "$(</proc/cmdline)"
holds "the kernel's own livepatch is not in it" test ! -e $KLP/helper_cmdline
holds "a signal said that the service is idle" \
	wait_signal "$work/signals" 60 "$(changed $ROOT TransitionState '"idle"')"
equal "signals: TransitionState went patching, idle" "patching idle" \
	"$(recorded_values "$work/signals" $ROOT TransitionState)"
transition=$(recorded_values "$work/signals" $ROOT CurrentTransition | cut -d ' ' -f 1)
equal "the transition: a load of this patch, done" "done load helper_cmdline" \
	"$(property "$transition" Transition State) $(property "$transition" Transition Kind) $(property "$transition" Transition Subject)"
equal "by the defaults" "slots task" \
	"$(property "$transition" Transition Strategy) $(property "$transition" Transition Consistency)"
more "it was about tasks" "$(property "$transition" Transition TasksTotal)" 1
equal "none is left, and no call lapsed" "0 1 0" \
	"$(property "$transition" Transition TasksRemaining) $(property "$transition" Transition Progress) $(property "$transition" Transition Lapses)"
patch=$ROOT/patch/helper_5fcmdline
equal "the patch's object" "helper_cmdline helper patched 1" \
	"$(for p in Name Backend State Order; do property $patch Patch $p; done | paste -sd ' ')"

expect 0 "list --json" livepatchd list --json
json "one patch, with its keys" '
	length == 1 and (.[0] | .name == "helper_cmdline" and .backend == "helper" and .state == "patched" and
	.order == 1 and (.file | test("/helper_cmdline\\.ko$")))'
json "its function" '
	.[0].functions == [{symbol: "cmdline_proc_show", module: "vmlinux", sympos: 0, patched: true}]'
equal "its checksum is the file's" "$(sha256sum "$PATCHES/helper_cmdline.ko" | cut -d ' ' -f 1)" \
	"$(jq -r '.[0].sha256' <<<"$out")"
listed=$(jq -S '.[0]' <<<"$out")
expect 0 "show --json" livepatchd show --json helper_cmdline
json "is that patch" 'contains($listed)' --argjson listed "$listed"
expect 0 "status --json" livepatchd status --json
json "has it, too" '.state == "idle" and .transition == null and .patches == [$listed]' --argjson listed "$listed"

expect 0 "loading it twice is no error" livepatchd load "$PATCHES/helper_cmdline.ko"
says "and load says so" '[Aa]lready'
mkdir "$work/other"
sed 's/this has been live patched/this is not the same patch/' "$PATCHES/helper_cmdline.ko" >"$work/other/helper_cmdline.ko"
expect 5 "same name, other content: a conflict" livepatchd load "$work/other/helper_cmdline.ko"
says "it names the patch and the reason" 'helper_cmdline.*(content|differ|other)'
expect 1 "rmmod does not take an applied patch away" rmmod helper_cmdline

record "$work/signals2"
expect 0 "unload" livepatchd unload helper_cmdline
equal "the old body is back" "$booted" "$(</proc/cmdline)"
holds "the module is gone" test ! -e /sys/module/helper_cmdline
holds "signals: idle" wait_signal "$work/signals2" 60 "$(changed $ROOT TransitionState '"idle"')"
equal "signals: TransitionState went unpatching, idle" "unpatching idle" \
	"$(recorded_values "$work/signals2" $ROOT TransitionState)"
equal "no patch is listed" "[]" "$(livepatchd list --json | jq -c .)"
expect 3 "unload of what is not there" livepatchd unload helper_cmdline

# ------------------------------------------------- inserted by somebody else
expect 0 "insmod only registers" insmod "$PATCHES/helper_cmdline.ko"
state_is() {
	[ "$(patch_state "$1")" = "$2" ]
}
holds "the daemon hears of it: loaded" eventually 30 state_is helper_cmdline loaded
equal "no call runs it" "$booted" "$(</proc/cmdline)"
equal "it has no place in the order" 0 "$(livepatchd list --json | jq '.[0].order')"
expect 0 "load applies it" livepatchd load --consistency=stop --strategy=emulate "$PATCHES/helper_cmdline.ko"
equal "now it runs" "helper_cmdline: this has been live patched" "$(</proc/cmdline)"
expect 0 "unload" livepatchd unload --json helper_cmdline
json "tells its transition" '.transition | .kind == "unload" and .state == "done" and .error == ""'
expect 0 "insmod once more" insmod "$PATCHES/helper_cmdline.ko"
holds "loaded" eventually 30 state_is helper_cmdline loaded
expect 0 "unload of what is only loaded" livepatchd unload helper_cmdline
holds "the module is gone" test ! -e /sys/module/helper_cmdline

# ------------------------------------------------------------------- under load
echo 1 >$LPH_TEST/run
for options in --strategy=slots --strategy=emulate --strategy=stub --strategy=spin --consistency=stop; do
	expect 0 "$options: load under load" livepatchd load --json $options "$PATCHES/helper_target.ko"
	json "$options: it was so" '
		.transition | .state == "done" and .lapses == 0 and (.strategy == $value or .consistency == $value)' \
		--arg value "${options#*=}"
	expect 0 "$options: unload under load" livepatchd unload $options helper_target
done
echo 0 >$LPH_TEST/run
read_calls
equal "no call returned what no body returns" 0 "$mismatches"
for function in lph_target_2 lph_target_6 lph_target_9; do
	note "$function: ${calls[$function]} calls, ${patched[$function]} of the patched body"
	more "$function: both bodies ran" "${patched[$function]}" 0
	more "$function: both bodies ran" "${calls[$function]}" "${patched[$function]}"
done
equal "lph_target_3: only the original did" 0 "${patched[lph_target_3]}"

# ----------------------------------------------------------- who shares, who not
expect 0 "a tracer on a function to be patched" livepatchd trace lph_test:lph_target_2
expect 0 "load a helper patch" livepatchd load "$PATCHES/helper_target.ko"
echo 1 >$LPH_TEST/run
echo 0 >$LPH_TEST/run
read_calls
equal "the tracer sees every call, by body" "${calls[lph_target_2]} ${patched[lph_target_2]}" \
	"$(livepatchd tracers --json | jq -r '.[0] | "\(.hits) \(.bodies[] | select(.body == "helper_target").hits)"')"
expect 0 "untrace" livepatchd untrace --all
expect 5 "the same as a kernel livepatch: a conflict" livepatchd load --timeout="$ample" "$PATCHES/klp_target.ko"
says "it names a function" 'lph_target_[2689]'
holds "nothing of it is left" test ! -e /sys/module/klp_target
equal "the helper's patch is untouched" patched "$(patch_state helper_target)"
expect 0 "a livepatch of other functions is welcome" livepatchd load "$PATCHES/livepatch_cmdline.ko"
equal "both are listed" "klp:livepatch_cmdline helper:helper_target" \
	"$(livepatchd list --json | jq -r '[.[] | "\(.backend):\(.name)"] | join(" ")')"
expect 0 "unload it" livepatchd unload livepatch_cmdline
expect 0 "unload the helper's" livepatchd unload helper_target

expect 0 "the kernel livepatch, now that nobody is in its way" livepatchd load "$PATCHES/klp_target.ko"
expect 5 "the helper's patch: a conflict" livepatchd load --timeout="$ample" "$PATCHES/helper_target.ko"
says "it names the function and what holds it" 'lph_target_[2689].*(livepatch|klp_target|redirect)'
holds "nothing of it is left" test ! -e /sys/module/helper_target
equal "nor in the list" klp_target "$(livepatchd list --json | jq -r '.[].name' | paste -sd ' ')"
expect 0 "unload it" livepatchd unload klp_target

# ---------------------------------------------------------------------- usage
expect 2 "no such strategy" livepatchd load --strategy=magic "$PATCHES/helper_target.ko"
says "tells those that there are" 'slots.*spin'
expect 2 "no such consistency" livepatchd load --consistency=none "$PATCHES/helper_target.ko"
says "tells those that there are" 'task.*stop'
expect 2 "what a kernel livepatch does not know" livepatchd load --consistency=stop "$PATCHES/livepatch_cmdline.ko"
says "names what is for helper patches" 'consistency.*livepatch_helper'
holds "nothing was loaded" test ! -e /sys/module/livepatch_cmdline
expect 2 "what a helper patch does not know" livepatchd load --timeout=5s --on-timeout=force "$PATCHES/helper_target.ko"
says "names what there is" 'reverse.*keep'
holds "nothing was loaded" test ! -e /sys/module/helper_target

# ------------------------------------------------------------- for the next boot
installed=/var/lib/livepatchd/patches/$(uname -r)/helper_cmdline.ko
expect 0 "load --persist" livepatchd load --persist "$PATCHES/helper_cmdline.ko"
holds "it is installed" cmp "$installed" "$PATCHES/helper_cmdline.ko"
expect 0 "unload" livepatchd unload helper_cmdline
expect 0 "load --all, as the next boot does" livepatchd load --all
equal "it is applied" "patched helper" "$(livepatchd list --json | jq -r '.[] | "\(.state) \(.backend)"')"
equal "it runs" "helper_cmdline: this has been live patched" "$(</proc/cmdline)"
expect 0 "unload --persist" livepatchd unload --persist helper_cmdline
holds "it is installed no more" test ! -e "$installed"

# --------------------------------------------------- defaults of livepatchd.conf
restore_defaults() {
	restore_conf
	systemctl restart livepatchd.service
}
defer restore_defaults
printf '[Daemon]\nStrategy=stub\nConsistency=stop\n' >$CONF
expect 0 "restart with other defaults" systemctl restart livepatchd.service
expect 0 "load" livepatchd load --json "$PATCHES/helper_target.ko"
json "by those defaults" '.transition | .strategy == "stub" and .consistency == "stop"'
expect 0 "unload by others" livepatchd unload --json --strategy=spin --consistency=task helper_target
json "by those" '.transition | .strategy == "spin" and .consistency == "task"'
printf '[Daemon]\nConsistency=sometimes\nStrategy=stub\n' >$CONF
expect 0 "a wrong value does not take it down" systemctl restart livepatchd.service
expect 0 "load" livepatchd load --json "$PATCHES/helper_target.ko"
json "by the default, and by what is right" '.transition | .strategy == "stub" and .consistency == "task"'
expect 0 "unload" livepatchd unload helper_target
equal "a wrong value: the service says so" "livepatchd.conf:2: Consistency=sometimes: expected task or stop: passed over." \
	"$(journalctl --unit=livepatchd.service --output=cat --no-pager | grep -o 'livepatchd.conf:2: Consistency.*' | tail -n 1)"
restore_defaults

# ------------------------------------------------------------- without the helper
rmmod livepatch_helper
holds "the daemon knows" eventually 30 helper_is false
mkdir -p /run/modprobe.d
echo 'install livepatch_helper /bin/false' >/run/modprobe.d/no-helper.conf
defer rm -f /run/modprobe.d/no-helper.conf
expect 8 "no helper can be had: exit code 8" livepatchd load "$PATCHES/helper_cmdline.ko"
says "names it" livepatch_helper
holds "nothing was loaded" test ! -e /sys/module/helper_cmdline
rm /run/modprobe.d/no-helper.conf
expect 0 "with it, all is well" livepatchd load "$PATCHES/helper_cmdline.ko"
expect 0 "unload" livepatchd unload helper_cmdline
end_case

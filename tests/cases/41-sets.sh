#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# Installed patches: their order, what they require, loading all of them as one.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test
confs=/etc/livepatchd/patches.d
installed=/var/lib/livepatchd/patches/$(uname -r)
clean_up() {
	rm -rf "$installed" "$confs"/*.conf
}
clean_up
defer clean_up
booted=$(</proc/cmdline)

# conf NAME LINE...: the drop-in of a patch; without lines it is removed
conf() {
	local name=$1
	shift
	rm -f "$confs/$name.conf"
	[ $# = 0 ] || printf '%s\n' '[Patch]' "$@" >"$confs/$name.conf"
}

# loaded: the names of the patches that are patched, in their order
loaded() {
	livepatchd list --json | jq -r '[.[] | select(.state == "patched").name] | join(" ")'
}

# plan ACTION: the names of the patches of that action, in their order
plan() {
	livepatchd order --plan --json | jq -r --arg action "$1" '[.patches[] | select(.action == $action).name] | join(" ")'
}

# ------------------------------------------------------------------ installing
expect 0 "load --persist" livepatchd load --persist "$PATCHES/livepatch_cmdline.ko"
holds "the patch is installed" cmp -s "$PATCHES/livepatch_cmdline.ko" "$installed/livepatch_cmdline.ko"
equal "for root alone to write" "0 600" "$(stat -c '%u %a' "$installed/livepatch_cmdline.ko")"
expect 0 "load --persist of what is loaded" livepatchd load --persist "$PATCHES/livepatch_cmdline.ko"
expect 0 "unload without --persist" livepatchd unload livepatch_cmdline
holds "leaves it installed" test -e "$installed/livepatch_cmdline.ko"
expect 0 "an installed patch is loaded by its name" livepatchd load livepatch-cmdline
equal "from where it is installed" "$installed/livepatch_cmdline.ko" \
	"$(livepatchd list --json | jq -r '.[0].file')"
expect 0 "load --all: all are loaded" livepatchd load --all
says "and it says so" '[Aa]lready'
expect 0 "unload --persist" livepatchd unload --persist livepatch_cmdline
holds "nothing is installed any more" test ! -e "$installed/livepatch_cmdline.ko"
expect 3 "once more: there is no such patch" livepatchd unload --persist livepatch_cmdline
says "neither loaded nor installed" 'loaded or installed'

# ------------------------------------------------------------------- the order
# As a package would do it.
cp "$PATCHES"/livepatch_{target,hang,cmdline}.ko "$installed/"
equal "without declarations: by name" "livepatch_cmdline livepatch_hang livepatch_target" "$(plan load)"
conf livepatch-cmdline After=livepatch_hang
conf livepatch_hang After=livepatch-target
equal "After= puts them behind" "livepatch_target livepatch_hang livepatch_cmdline" "$(plan load)"
conf livepatch_cmdline
conf livepatch-cmdline
conf livepatch_hang Before=livepatch_cmdline
equal "Before= puts one in front" "livepatch_hang livepatch_cmdline livepatch_target" "$(plan load)"

conf livepatch_cmdline After=livepatch_target
conf livepatch_target After=livepatch_hang
conf livepatch_hang After=livepatch_cmdline
expect 5 "a cycle is an error" livepatchd order --plan
says "that names the chain" 'livepatch_cmdline after livepatch_target after livepatch_hang after livepatch_cmdline'
expect 5 "load --all refuses it" livepatchd load --all
equal "and loads nothing" "" "$(loaded)"

conf livepatch_cmdline Requires=livepatch_target
conf livepatch_target Requires=livepatch_missing
conf livepatch_hang
expect 3 "a missing requirement is an error" livepatchd load --all
says "that names the chain" 'livepatch_cmdline requires livepatch_target, which requires livepatch_missing, which is not installed'
equal "nothing is loaded" "" "$(loaded)"
expect 5 "a patch alone wants what it requires, too" livepatchd load livepatch_cmdline
says "and names it" 'livepatch_cmdline requires livepatch_target'
conf livepatch_target Enabled=no
expect 5 "what is disabled does not meet a requirement" livepatchd load --all
says "and it says so" 'Enabled=no'
conf livepatch_cmdline Conflicts=livepatch_hang
conf livepatch_target
expect 5 "a conflict in the set is an error" livepatchd load --all
says "that names both" 'livepatch_cmdline conflicts with livepatch_hang'
expect 0 "one of them can be loaded" livepatchd load livepatch_hang
expect 5 "the other not any more" livepatchd load livepatch_cmdline
expect 0 "unload" livepatchd unload livepatch_hang
conf livepatch_hang 'Timeout=tomorrow'
expect 2 "a drop-in that makes no sense" livepatchd load --all
says "is named by its line" "$confs/livepatch_hang.conf:2: Timeout=tomorrow"
conf livepatch_hang "SHA256=$(printf '0%.0s' {1..64})"
expect 4 "another checksum than SHA256=" livepatchd load livepatch_hang
says "is refused" 'SHA256='
conf livepatch_hang "SHA256=$(sha256sum "$PATCHES/livepatch_hang.ko" | cut -d ' ' -f 1)"
expect 0 "the right one is not" livepatchd load livepatch_hang
expect 0 "unload" livepatchd unload livepatch_hang

# ---------------------------------------------------------------- all, as one
conf livepatch_cmdline Requires=livepatch_target After=livepatch_hang
conf livepatch_hang Enabled=no
equal "the plan: to be loaded" "livepatch_target livepatch_cmdline" "$(plan load)"
equal "the plan: not enabled" livepatch_hang "$(plan off)"
expect 0 "order --json" livepatchd order --plan --json
json "its functions are known before it is loaded" '
	.functions[] | select(.symbol == "cmdline_proc_show") |
	.winner == "livepatch_cmdline" and .module == "vmlinux" and .patches == ["livepatch_cmdline"]'
json "those of modules, too" '[.functions[] | select(.module == "lph_test").winner] | unique == ["livepatch_target"]'
predicted=$(jq -c '[.functions[] | [.symbol, .module, .winner]] | sort' <<<"$out")
expect 0 "load --all" livepatchd load --all
equal "they are loaded, in their order" "livepatch_target livepatch_cmdline" "$(loaded)"
equal "the functions are those that were predicted" "$predicted" "$(livepatchd list --json |
	jq -c '[.[] | .name as $name | .functions[] | [.symbol, .module, $name]] | sort')"
equal "the plan is to keep them" "livepatch_target livepatch_cmdline" "$(plan keep)"
expect 5 "what is required is not unloaded" livepatchd unload livepatch_target
says "the message names by whom" 'required by livepatch_cmdline'
systemctl stop livepatchd.service
equal "stopping the service unloads nothing" 1 "$(<$KLP/livepatch_cmdline/enabled)"
expect 0 "nor does starting it" livepatchd status

# The last of the set hangs: back to where it was.
expect 0 "unload one" livepatchd unload livepatch_cmdline
conf livepatch_cmdline
conf livepatch_hang After=livepatch_cmdline Timeout=1s OnTimeout=reverse
echo 1 >$LPH_TEST/sleeper
expect 6 "load --all: the last one runs out of time" livepatchd load --all
says "the message names it" 'livepatch_hang could not be loaded: .*1s'
equal "what was loaded before still is, and no more" livepatch_target "$(loaded)"
equal "the old body is back" "$booted" "$(</proc/cmdline)"
holds "no module stays behind" test ! -e /sys/module/livepatch_cmdline -a ! -e /sys/module/livepatch_hang
expect 0 "unload the one that was there" livepatchd unload livepatch_target

# ---------------------------------------------------------- cumulative patches
gone() {
	[ ! -e "/sys/module/$1" ]
}
conf livepatch_hang
rm -f "$installed"/*
expect 0 "a patch" livepatchd load --persist "$PATCHES/livepatch_cmdline.ko"
expect 0 "one that replaces it" livepatchd load --persist "$PATCHES/livepatch_cmdline2.ko"
holds "the module of the replaced one is removed" eventually 30 gone livepatch_cmdline
equal "the other one is patched" livepatch_cmdline2 "$(loaded)"
expect 0 "the replaced one can be loaded again" livepatchd load livepatch_cmdline
equal "above the other" "livepatch_cmdline2 livepatch_cmdline" "$(loaded)"
equal "its body wins" "livepatch_cmdline: this has been live patched" "$(</proc/cmdline)"
expect 0 "unload it" livepatchd unload livepatch_cmdline
expect 0 "unload the other" livepatchd unload livepatch_cmdline2
equal "the plan drops what is replaced" livepatch_cmdline "$(plan drop)"
expect 0 "load --all" livepatchd load --all
equal "does not load it" livepatch_cmdline2 "$(loaded)"
expect 0 "unload" livepatchd unload livepatch_cmdline2

# A set that fails behind a cumulative patch: what that replaced comes back.
expect 0 "a patch that is not installed" livepatchd load "$PATCHES/livepatch_target.ko"
expect 0 "one that hangs is" cp "$PATCHES/livepatch_hang.ko" "$installed/"
conf livepatch_hang After=livepatch_cmdline2 Timeout=1s
expect 6 "load --all: the last one runs out of time" livepatchd load --all
equal "what was replaced is loaded again" livepatch_target "$(loaded)"
holds "by the kernel's word, too" test "$(<$KLP/livepatch_target/enabled)" = 1
equal "nothing else is" "" "$(find $KLP -mindepth 1 -maxdepth 1 -name 'livepatch_[ch]*' -printf '%f ')"

# ------------------------------------------------------------------- cancelling
conf livepatch_hang After=livepatch_cmdline2
expect 0 "load --all without a limit" livepatchd load --all --no-wait --json
all=$ROOT/transition/$(jq .transition.id <<<"$out")
in_hang() {
	[ "$(patch_state livepatch_hang)" = patching ]
}
holds "it hangs" eventually 60 in_hang
expect 0 "its transition can be cancelled" busctl call $NAME "$all" $NAME.Transition Cancel
echo 0 >$LPH_TEST/sleeper
expect 0 "wait" livepatchd wait --timeout="$ample"
equal "it is as it was before" livepatch_target "$(loaded)"
equal "its transition says so" reversed "$(property "$all" Transition State)"

# ---------------------------------------------------------------------- at boot
expect 0 "unload it" livepatchd unload livepatch_target
conf livepatch_hang
rm -f "$installed"/*
cp "$PATCHES/livepatch_hang.ko" "$installed/"
equal "the boot waits for so long" "1min 30s" "$(systemctl show --property=TimeoutStartUSec --value livepatchd-load.service)"
short=/run/systemd/system/livepatchd-load.service.d
mkdir -p $short
forget_short() {
	rm -r $short
	systemctl daemon-reload
	systemctl reset-failed livepatchd-load.service
}
defer forget_short
printf '[Service]\nTimeoutStartSec=3s\n' >$short/short.conf
systemctl daemon-reload
echo 1 >$LPH_TEST/sleeper
systemctl stop livepatchd-load.service
expect 1 "a load at boot that does not settle" systemctl start livepatchd-load.service
equal "is given up" timeout "$(systemctl show --property=Result --value livepatchd-load.service)"
holds "but goes on" in_hang
echo 0 >$LPH_TEST/sleeper
expect 0 "wait" livepatchd wait --timeout="$ample"
equal "and settles" livepatch_hang "$(loaded)"
expect 0 "unload" livepatchd unload livepatch_hang
end_case

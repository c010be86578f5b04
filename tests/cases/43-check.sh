#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# What is found out about a patch before it is loaded, and that a load minds it.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test

# altered NAME FOLDER SED-SCRIPT: a copy of a patch with other bytes in it, of the same length
altered() {
	mkdir -p "$work/$2"
	sed "$3" "$PATCHES/$1.ko" >"$work/$2/$1.ko"
	echo "$work/$2/$1.ko"
}

# finding SEVERITY CHECK PATTERN: the last command's JSON has it
finding() {
	json "a finding: $1, $2" '[.findings[] | select(.severity == $severity and .check == $check) |
		.message | test($pattern)] | any' --arg severity "$1" --arg check "$2" --arg pattern "$3"
}

expect 0 "check of a good patch" livepatchd check --json "$PATCHES/livepatch_cmdline.ko"
json "tells its name, file and checksum" '
	.name == "livepatch_cmdline" and (.file | test("/livepatch_cmdline\\.ko$")) and .sha256 == $sha256' \
	--arg sha256 "$(sha256sum "$PATCHES/livepatch_cmdline.ko" | cut -d ' ' -f 1)"
json "finds no error" '[.findings[] | select(.severity == "error")] == []'
finding info signature 'not signed'
expect 0 "check for people" livepatchd check "$PATCHES/livepatch_target.ko"
says "says so" 'livepatch_target can be loaded'
holds "it loads nothing" test ! -e /sys/module/livepatch_target
expect 3 "check of a missing file" livepatchd check "$work/missing.ko"
expect 1 "check of what is no livepatch" livepatchd check "$PATCHES/no_livepatch.ko"

# ------------------------------------------------------------------ functions
absent=$(altered livepatch_cmdline absent 's/cmdline_proc_show/cmdline_proc_shoo/g')
expect 1 "a function that is not there" livepatchd check --json "$absent"
finding error symbol 'cmdline_proc_shoo'
json "says which" '.findings[] | select(.severity == "error").function == "cmdline_proc_shoo"'
expect 1 "a load refuses it" livepatchd load "$absent"
says "with the same words" 'no function cmdline_proc_shoo in vmlinux'
equal "before the kernel saw it" 0 "$(dmesg | grep -c cmdline_proc_shoo)"

ambiguous=$(altered livepatch_target ambiguous 's/lph_target_2/lph_twice\x00\x00\x00/g')
expect 1 "one that is there twice" livepatchd check --json "$ambiguous"
finding error symbol 'lph_test has 2 symbols lph_twice'
rmmod lph_test
expect 0 "a module that is not there is no error" livepatchd check --json "$PATCHES/livepatch_target.ko"
finding info symbol 'lph_test is not loaded'
load_lph_test

expect 0 "another prototype" livepatchd check --json "$PATCHES/livepatch_wrong.ko"
if LC_ALL=C grep -q '\.BTF' "$PATCHES/livepatch_wrong.ko"; then
	finding warning prototype 'int \(struct seq_file \*, void \*\).*long.* \(struct seq_file \*, int\)'
else
	note "this kernel's modules have no BTF: no word on prototypes"
fi

# ------------------------------------------------------------- who else is there
mkdir -p "$work/other"
expect 0 "load" livepatchd load "$PATCHES/livepatch_cmdline.ko"
expect 0 "the loaded one" livepatchd check --json "$PATCHES/livepatch_cmdline.ko"
finding info loaded 'already'
expect 0 "unload" livepatchd unload livepatch_cmdline

sysctl -q kernel.ftrace_enabled=0
if [ "$(</proc/sys/kernel/ftrace_enabled)" = 0 ]; then
	expect 1 "ftrace is off" livepatchd check --json "$PATCHES/livepatch_cmdline.ko"
	finding error kernel 'ftrace_enabled'
	sysctl -q kernel.ftrace_enabled=1
else
	note "this kernel, or a tracer, keeps ftrace on"
fi

confs=/etc/livepatchd/patches.d
remove_confs() {
	rm -f "$confs"/*.conf
}
defer remove_confs
printf '[Patch]\nRequires=livepatch_target\nConflicts=livepatch_hang\nSHA256=%064d\n' 0 >"$confs/livepatch_cmdline.conf"
expect 0 "load" livepatchd load "$PATCHES/livepatch_hang.ko"
expect 1 "drop-ins" livepatchd check --json "$PATCHES/livepatch_cmdline.ko"
finding error sha256 'SHA256='
finding warning requires 'livepatch_target'
finding warning conflicts 'livepatch_hang'
expect 0 "unload" livepatchd unload livepatch_hang

# A module that is not the one that is installed for this kernel.
modules=/lib/modules/$(uname -r)/updates
cp "$PATCHES/no_livepatch.ko" "$modules/lph_test.ko"
remove_module() {
	rm -f "$modules/lph_test.ko"
	depmod
}
defer remove_module
depmod
expect 0 "another module than the installed one is loaded" livepatchd check --json "$PATCHES/livepatch_target.ko"
if [ -e /sys/module/lph_test/srcversion ]; then
	finding warning srcversion 'lph_test .*is not the one that is installed'
else
	note "modules have no srcversion"
fi
end_case

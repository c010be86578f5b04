#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What may go into the kernel, and how much one client may ask for.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test
patch=$work/livepatch_cmdline.ko
cp "$PATCHES/livepatch_cmdline.ko" "$patch"
chmod 755 "$work"

chown tester "$patch"
expect 4 "a file of another user" livepatchd load "$patch"
says "is refused, with the reason" "belongs to user $(id -u tester)"
chown root "$patch"
chmod o+w "$patch"
expect 4 "a file that others may write" livepatchd load "$patch"
says "is refused, with the reason" 'written by others'
chmod o-w "$patch"
chgrp tester "$patch"
chmod g+w "$patch"
expect 4 "a file that a group may write" livepatchd check "$patch"
chmod g-w "$patch"
equal "nothing is loaded" "[]" "$(livepatchd list --json | jq -c .)"
expect 0 "root's own file" livepatchd load "$patch"
expect 0 "unload" livepatchd unload livepatch_cmdline

# The file changes between the check and the load, which waits for its turn.
echo 1 >$LPH_TEST/sleeper
expect 0 "a load that hangs" livepatchd load --no-wait "$PATCHES/livepatch_hang.ko"
expect 0 "another one waits" livepatchd load --no-wait --json "$patch"
transition=$ROOT/transition/$(jq .transition.id <<<"$out")
sed 's/this has been live patched/this is not the same patch/' "$PATCHES/livepatch_cmdline.ko" >"$patch.new"
mv "$patch.new" "$patch"
echo 0 >$LPH_TEST/sleeper
expect 0 "its turn comes" livepatchd wait --timeout="$ample"
equal "another file is not loaded in its place" failed "$(property "$transition" Transition State)"
says_so() {
	[[ $(property "$transition" Transition Message) == *"changed since it was checked"* ]]
}
holds "it says so" says_so
holds "the kernel has not seen it" test ! -e /sys/module/livepatch_cmdline
expect 0 "unload" livepatchd unload livepatch_hang

# -------------------------------------------------------------- one client's share
expect 0 "one client asks for too much at once" runuser -u tester -- "$TESTS/tools/bus-flood" 400
json "some of it is refused" '.limited > 0 and .answered + .limited + .others == 400'
expect 0 "the service answers" livepatchd status
expect 0 "and gives the same client an answer, later" runuser -u tester -- "$TESTS/tools/bus-flood" 1
json "to all it asks" '.answered == 1'

# ---------------------------------------------------------------- a forged oops
# Whoever may mount in a namespace of his own has the kernel log words of his.
trial=/var/lib/livepatchd/trials/livepatch_cmdline
forget_trial() {
	livepatchd unload --persist livepatch_cmdline
	rm -f $trial
	restore_conf
	systemctl restart livepatchd.service
}
defer forget_trial
printf '[Daemon]\nTrial=3s\n' >$CONF
expect 0 "a short trial" systemctl restart livepatchd.service
expect 0 "load and install" livepatchd load --persist "$PATCHES/livepatch_cmdline.ko"
forged='Kernel panic - cmdline_proc_show+0x1/0x20 [livepatch_cmdline]'
runuser -u tester -- unshare --user --map-root-user --mount mount -t tmpfs -o "$forged" none /mnt 2>/dev/null
has_stood() {
	[ "$(jq -r .state $trial)" != running ]
}
holds "the kernel has logged it" sh -c "dmesg | grep -F '$forged'"
holds "the trial ends" eventually 60 has_stood
equal "and the patch has stood it" good "$(jq -r .state $trial)"
holds "it is still loaded" test -e /sys/module/livepatch_cmdline
expect 0 "unload" livepatchd unload --persist livepatch_cmdline

# ------------------------------------------------------------------- arguments
# refused DESCRIPTION PATTERN METHOD ARGUMENT...: an argument makes no sense, and the error says which
refused() {
	local description=$1 pattern=$2
	shift 2
	expect 1 "$description" busctl call $NAME $ROOT $NAME.Manager "$@"
	says "$description: says so" "$pattern"
}
refused "a relative path" 'neither an absolute path nor' LoadPatch 'sa{sv}' '../x.ko' 0
refused "an unknown option" 'no option "bogus"' LoadPatch 'sa{sv}' /x.ko 1 bogus b true
refused "an option of another type" '"timeout-usec" is of type t' LoadPatch 'sa{sv}' /x.ko 1 timeout-usec s long
refused "no way to time out" 'not "explode"' LoadPatch 'sa{sv}' /x.ko 2 timeout-usec t 5 on-timeout s explode
refused "what is no patch's name" "is no patch's name" UnloadPatch 'sa{sv}' 'a/b' 0
refused "an option where there is none" 'no option "persist"' LoadAll 'a{sv}' 1 persist b true
refused "more history than there may be" '1000 at most' History 'a{sv}' 1 limit t 100000
equal "nothing is loaded" "[]" "$(livepatchd list --json | jq -c .)"

# --------------------------------------------------------------------- the unit
expect 0 "systemd finds the unit hardened" systemd-analyze security --threshold=40 --no-pager livepatchd.service
end_case

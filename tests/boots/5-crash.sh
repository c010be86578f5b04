#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# boot: ENDS=126
# The fifth boot: a patch that is installed, and on trial, takes the machine down.
# shellcheck source=tests/cases/lib.sh
. /usr/lib/livepatchd/tests/cases/lib.sh
# The machine ends as it is.
trap - EXIT

standing() {
	jq -r .state "/var/lib/livepatchd/trials/$1"
}
stands_it() {
	[ "$(standing livepatch_target)" = good ]
}
# trial TIME
trial() {
	printf '[Daemon]\nTrial=%s\n' "$1" >/etc/livepatchd/livepatchd.conf
	systemctl restart livepatchd.service
}

expect 0 "a short trial" trial 1s
holds "the patch that was loaded at boot stands it" eventually 60 stands_it
expect 0 "a long one" trial 10min
cp "$PATCHES/livepatch_cmdline.ko" "$PATCHES/livepatch_crash.ko" "$PATCHES/livepatch_hang.ko" "/var/lib/livepatchd/patches/$(uname -r)/"
printf '[Patch]\nRequires=livepatch_crash\n' >/etc/livepatchd/patches.d/livepatch_cmdline.conf
expect 0 "load --all" livepatchd load --all
equal "all are loaded" "livepatch_target livepatch_crash livepatch_cmdline livepatch_hang" \
	"$(livepatchd list --json | jq -r '[.[] | select(.state == "patched").name] | join(" ")')"
equal "the one that will crash is on trial" running "$(standing livepatch_crash)"
equal "so is one that will not" running "$(standing livepatch_hang)"
equal "the one that has stood it is not" good "$(standing livepatch_target)"
expect 0 "what hides the body that crashes is unloaded" livepatchd unload livepatch_cmdline
holds "its trial is over, with no result" test ! -e /var/lib/livepatchd/trials/livepatch_cmdline
end_case
cp /bin/cat /run/crash
sync
/run/crash /proc/cmdline

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# boot: ENDS=126
# The eighth boot: the kernel has an oops in a patch that is on trial, and lives on.
# shellcheck source=tests/cases/lib.sh
. /usr/lib/livepatchd/tests/cases/lib.sh
# The machine ends as it is.
trap - EXIT

file=/var/lib/livepatchd/trials/livepatch_crash
# trial TIME
trial() {
	printf '[Daemon]\nTrial=%s\n' "$1" >/etc/livepatchd/livepatchd.conf
	systemctl restart livepatchd.service
}
is_in_quarantine() {
	[ "$(jq -r .state $file)" = quarantined ]
}

expect 0 "an oops is not the end" sysctl --quiet kernel.panic_on_oops=0
livepatchd unload livepatch_cmdline >/dev/null 2>&1
livepatchd unload --persist livepatch_crash >/dev/null 2>&1
rm -f $file
expect 0 "a long trial" trial 10min
expect 0 "load and install" livepatchd load --persist "$PATCHES/livepatch_crash.ko"
equal "it is on trial" running "$(jq -r .state $file)"
cp /bin/cat /run/crash
try /run/crash /proc/cmdline
equal "whoever reads gets killed" $((128 + 9)) "$code"
expect 0 "its time is over" trial 1s
holds "in the end it is in quarantine" eventually 120 is_in_quarantine
expect 0 "status" livepatchd status
says "with the reason" 'Quarantine: +livepatch_crash: the kernel had an oops in its livepatch_crash_proc_show'
holds "it is unloaded" eventually 60 test ! -e /sys/module/livepatch_crash
holds "the file is still there" test -e "/var/lib/livepatchd/patches/$(uname -r)/livepatch_crash.ko"
expect 4 "it is not loaded again" livepatchd load livepatch_crash
end_case

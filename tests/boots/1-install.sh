#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The first boot: patches are installed, and have a declared order.
# shellcheck source=tests/cases/lib.sh
. /usr/lib/livepatchd/tests/cases/lib.sh
# The machine ends as it is.
trap - EXIT

expect 0 "the units are enabled" systemctl enable livepatchd.service
holds "that for loading too" systemctl is-enabled --quiet livepatchd-load.service
equal "nothing was loaded at this boot" inactive "$(systemctl is-active livepatchd-load.service)"
expect 0 "load and install a patch" livepatchd load --persist "$PATCHES/livepatch_cmdline.ko"
load_lph_test
expect 0 "and another" livepatchd load --persist "$PATCHES/livepatch_target.ko"
printf '[Patch]\nAfter=livepatch_target\n' >/etc/livepatchd/patches.d/livepatch_cmdline.conf

# A forced transition: its module stays for ever, which here is not long.
expect 1 "nothing runs: nothing to force" livepatchd force --reason=test
echo 1 >$LPH_TEST/sleeper
expect 0 "a load that hangs" livepatchd load --no-wait "$PATCHES/livepatch_hang.ko"
in_transition() {
	[ "$(cat $KLP/livepatch_hang/transition 2>/dev/null)" = 1 ]
}
holds "in its transition" eventually 60 in_transition
expect 2 "forcing it wants a reason" livepatchd force
expect 4 "and an authorization" runuser -u tester -- livepatchd force --reason=test
expect 4 "so does a load that would" runuser -u tester -- \
	livepatchd load --timeout=1s --on-timeout=force "$PATCHES/livepatch_cmdline.ko"
equal "it is in transition still" 1 "$(<$KLP/livepatch_hang/transition)"
expect 0 "with both it is forced" livepatchd force --reason='the machine reboots soon'
expect 0 "wait" livepatchd wait --timeout=60s livepatch_hang
equal "the kernel's transition is over, though a thread sits in the old body" "1 0" \
	"$(<$KLP/livepatch_hang/enabled) $(<$KLP/livepatch_hang/transition)"
told() {
	livepatchd history --json | jq -e '.[-1] | .state == "done" and (.message | test("forced by user 0.*the machine reboots soon"))' >/dev/null
}
holds "the history has the reason" eventually 20 told
forced='bd26d54723404ec48d33b9182ba2548f'
equal "the journal, too" "livepatch_hang 0" "$(journalctl --unit=livepatchd.service --output=json --no-pager \
	MESSAGE_ID=$forced | jq -r '.PATCH + " " + .REQUESTED_BY')"
left='70e23ff719684459a25f4b3994f1b062'
expect 0 "and whom it left behind" journalctl --unit=livepatchd.service --output=json --no-pager MESSAGE_ID=$left
json "with what it was doing" '.PATCH == "livepatch_hang" and (.MESSAGE | test("sleeping. Its kernel stack:\\n.*lph_target_sleep"; "s"))'
# Its own time limit forces as well; the thread sits in the new body by now.
echo 0 >$LPH_TEST/sleeper
echo 1 >$LPH_TEST/sleeper
expect 1 "an unload is forced when its time is up" livepatchd unload --timeout=2s --on-timeout=force livepatch_hang
says "and says what is left" 'its module cannot be removed: .*a transition of it was forced'
holds "nobody waits for the thread" test ! -e $KLP/livepatch_hang
holds "its module stays" grep -q '^livepatch_hang ' /proc/modules
expect 0 "and what the thread was doing is in the journal" \
	journalctl --unit=livepatchd.service --lines=1 --output=json --no-pager MESSAGE_ID=$left
json "in the new body" '.PATCH == "livepatch_hang" and (.MESSAGE | test("livepatch_target_sleep.*livepatch_hang"; "s"))'
expect 0 "the catalog explains it" grep -A 1 "^-- $left" /usr/lib/systemd/catalog/livepatchd.catalog
# What an orderly shutdown does: the patches' trial goes on at the next boot.
expect 0 "stop the service" systemctl stop livepatchd.service
end_case

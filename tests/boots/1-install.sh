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
echo 1 >$LPH_TEST/sleeper
expect 0 "a transition that is forced" livepatchd load --timeout=1s --on-timeout=force "$PATCHES/livepatch_hang.ko"
equal "the patch is patched" patched "$(patch_state livepatch_hang)"
equal "though a thread sits in the old body" 1 "$(<$KLP/livepatch_hang/enabled)"
forced='bd26d54723404ec48d33b9182ba2548f'
equal "the journal says that it was forced" livepatch_hang \
	"$(journalctl --unit=livepatchd.service --output=json --no-pager MESSAGE_ID=$forced | jq -r .PATCH)"
end_case

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# boot: APPEND=livepatchd=off
# The fourth boot: the kernel command line keeps everything out.
# shellcheck source=tests/cases/lib.sh
. /usr/lib/livepatchd/tests/cases/lib.sh
# The machine ends as it is.
trap - EXIT

equal "nothing was loaded" inactive "$(systemctl is-active livepatchd-load.service)"
equal "no patch is there" "[]" "$(livepatchd list --json | jq -c .)"
expect 4 "load --all is refused" livepatchd load --all
says "with the reason" 'livepatchd=off'
expect 4 "a single load is refused" livepatchd load "$PATCHES/livepatch_cmdline.ko"
holds "the installed patch is still there" test -e "/var/lib/livepatchd/patches/$(uname -r)/livepatch_target.ko"
end_case

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The third boot: what was taken out is not loaded any more.
# shellcheck source=tests/cases/lib.sh
. /usr/lib/livepatchd/tests/cases/lib.sh
# The machine ends as it is.
trap - EXIT

equal "what is left is loaded" livepatch_target \
	"$(livepatchd list --json | jq -r '[.[] | select(.state == "patched").name] | join(" ")')"
holds "what was taken out is not" test ! -e /sys/module/livepatch_cmdline
# What an orderly shutdown does: the patches' trial goes on at the next boot.
expect 0 "stop the service" systemctl stop livepatchd.service
end_case

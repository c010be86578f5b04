#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The second boot: what was installed is back, in its order, before the network.
# shellcheck source=tests/cases/lib.sh
. /usr/lib/livepatchd/tests/cases/lib.sh
# The machine ends as it is.
trap - EXIT

equal "the unit has loaded the patches" active "$(systemctl is-active livepatchd-load.service)"
equal "all that were installed are patched, in their order" "livepatch_target livepatch_cmdline" \
	"$(livepatchd list --json | jq -r '[.[] | select(.state == "patched").name] | join(" ")')"
equal "the kernel says so, too" "livepatch_cmdline: this has been live patched" "$(</proc/cmdline)"
timestamp() {
	systemctl show --property="$2" --value "$1"
}
more "before network-pre.target" "$(timestamp network-pre.target ActiveEnterTimestampMonotonic)" \
	"$(timestamp livepatchd-load.service ActiveEnterTimestampMonotonic)"
expect 0 "history --json" livepatchd history --json
# shellcheck disable=SC2016 # jq's own variable
json "the history has both boots" '[.[].boot] | unique | length == 2'
json "the loads of the first" '.[0] | .kind == "load" and .subject == "livepatch_cmdline" and .state == "done"'
json "and that of all of this one" '.[-1] | .kind == "load-all" and .state == "done" and .uid == 0'

expect 0 "stop the units" systemctl stop livepatchd-load.service livepatchd.service
equal "which unloads nothing" "livepatch_cmdline: this has been live patched" "$(</proc/cmdline)"
expect 0 "unload one for good" livepatchd unload --persist livepatch_cmdline
# What an orderly shutdown does: the patches' trial goes on at the next boot.
expect 0 "stop the service" systemctl stop livepatchd.service
end_case

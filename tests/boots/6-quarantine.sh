#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The sixth boot: the machine comes up without the patch that took it down.
# shellcheck source=tests/cases/lib.sh
. /usr/lib/livepatchd/tests/cases/lib.sh
# The machine ends as it is.
trap - EXIT

patched() {
	livepatchd list --json | jq -r '[.[] | select(.state == "patched").name] | join(" ")'
}

equal "the unit has loaded the others" active "$(systemctl is-active livepatchd-load.service)"
equal "but neither it nor what requires it" "livepatch_hang livepatch_target" "$(patched)"
expect 0 "status --json" livepatchd status --json
json "status says that it is in quarantine" '.quarantined == ["livepatch_crash"]'
expect 0 "status for people" livepatchd status
says "too, with the reason" 'Quarantine: +livepatch_crash: the machine went down in its livepatch_crash_proc_show while it was on trial'
expect 0 "order --plan --json" livepatchd order --plan --json
json "and the plan, with the reason" '[.patches[] | select(.action == "held") | [.name, .note]] | sort == [
	["livepatch_cmdline", "it requires livepatch_crash, which is not loaded"],
	["livepatch_crash", "the machine went down in its livepatch_crash_proc_show while it was on trial"]]'
equal "the journal says so, with an id of its own" livepatch_crash \
	"$(journalctl --unit=livepatchd.service --boot --output=json --no-pager MESSAGE_ID=231dccea20864661b9b726005993cd06 | jq -r .PATCH)"

equal "what was on trial with it, and is not named, is on trial again" running \
	"$(jq -r .state /var/lib/livepatchd/trials/livepatch_hang)"
expect 4 "it is not loaded by its name either" livepatchd load livepatch_crash
says "with the reason, and the way out" 'the machine went down in its livepatch_crash_proc_show while it was on trial; .*load --retry livepatch_crash'
printf '[Daemon]\nTrial=1s\n' >/etc/livepatchd/livepatchd.conf
expect 0 "a short trial" systemctl restart livepatchd.service
expect 0 "but with --retry" livepatchd load --retry livepatch_crash
equal "nothing is in quarantine" "[]" "$(livepatchd status --json | jq -c .quarantined)"
stands_it() {
	[ "$(jq -r .state /var/lib/livepatchd/trials/livepatch_crash)" = good ]
}
holds "this time it stands its trial" eventually 60 stands_it
expect 0 "load --all loads what requires it, too" livepatchd load --all
equal "all are loaded" "livepatch_hang livepatch_target livepatch_crash livepatch_cmdline" "$(patched)"
end_case

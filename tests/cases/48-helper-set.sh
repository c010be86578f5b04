#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# Helper patches as members of the set: checked, planned, on trial, in quarantine.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
confs=/etc/livepatchd/patches.d
installed=/var/lib/livepatchd/patches/$(uname -r)
trials=/var/lib/livepatchd/trials
clean_up() {
	rm -rf "$installed" "$trials" "$confs"/*.conf
	restore_conf
	systemctl restart livepatchd.service
}
clean_up
defer clean_up

plan() {
	livepatchd order --plan --json | jq -c '[.patches[] | [.name, .action]]'
}
quarantined() {
	livepatchd status --json | jq -c .quarantined
}
standing() {
	jq -r .state "$trials/helper_cmdline"
}

# ------------------------------------------------------------------- looking
expect 0 "check a helper patch" livepatchd check --json "$PATCHES/helper_cmdline.ko"
json "its functions are known: nothing is said of that" 'all(.findings[]; .check != "functions" and .severity != "error")'
expect 0 "a livepatch of the same function" livepatchd load "$PATCHES/livepatch_cmdline.ko"
expect 1 "is in its way" livepatchd check --json "$PATCHES/helper_cmdline.ko"
json "which check tells, with the owner" 'any(.findings[]; .check == "owner" and .function == "cmdline_proc_show" and
	(.message | test("livepatch_cmdline")))'
expect 0 "without it" livepatchd unload livepatch_cmdline

# ------------------------------------------------------------------ planning
mkdir -p "$installed"
cp "$PATCHES/helper_cmdline.ko" "$installed/"
equal "it is planned to be loaded" '[["helper_cmdline","load"]]' "$(plan)"
expect 0 "load --all" livepatchd load --all
equal "it is patched" patched "$(patch_state helper_cmdline)"
equal "and the plan keeps it" '[["helper_cmdline","keep"]]' "$(plan)"
expect 0 "order --plan --json" livepatchd order --plan --json
json "as the winner of its function" '.functions == [{symbol: "cmdline_proc_show", module: "vmlinux", sympos: 0,
	winner: "helper_cmdline", patches: ["helper_cmdline"]}]'

# ------------------------------------------------------------------ on trial
equal "it is on trial" running "$(standing)"
# The machine went down, as far as the next daemon can tell.
sed -i 's/"boot": *"[0-9a-f]*"/"boot": "00000000000000000000000000000000"/' "$trials/helper_cmdline"
kill_daemon "after a crash"
equal "it is in quarantine" '["helper_cmdline"]' "$(quarantined)"
expect 0 "unload it" livepatchd unload helper_cmdline
equal "where it stays" quarantined "$(standing)"
equal "so it is held" '[["helper_cmdline","held"]]' "$(plan)"
expect 0 "load --all does not load it" livepatchd load --all
equal "it is not there" "" "$(patch_state helper_cmdline)"
expect 4 "and a load is refused" livepatchd load helper_cmdline
says "with the way out" 'load --retry helper_cmdline'

printf '[Daemon]\nTrial=2s\n' >$CONF
systemctl restart livepatchd.service
expect 0 "load --retry" livepatchd load --retry helper_cmdline
equal "ends the quarantine" '[]' "$(quarantined)"
stands_it() {
	[ "$(standing)" = good ]
}
holds "and it stands its trial" eventually 60 stands_it

# A health check that fails has it unloaded.
rm "$trials/helper_cmdline"
printf '[Patch]\nHealthCheck=exit 3\n' >"$confs/helper_cmdline.conf"
expect 0 "unload it" livepatchd unload helper_cmdline
expect 0 "load it for good" livepatchd load --persist "$PATCHES/helper_cmdline.ko"
is_gone() {
	[ ! -e /sys/module/helper_cmdline ] && [ "$(quarantined)" = '["helper_cmdline"]' ]
}
holds "its HealthCheck= fails: it is unloaded, and in quarantine" eventually 60 is_gone
json_status=$(livepatchd history --json | jq -c '.[-1] | [.kind, .subject, .state]')
equal "which the history has" '["unload","helper_cmdline","done"]' "$json_status"
expect 0 "take it out" livepatchd unload --persist helper_cmdline
end_case

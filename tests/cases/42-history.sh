#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# What was done, by whom, and what came of it: in the history and in the journal.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test
uid=$(id -u tester)

# as_tester COMMAND...: with a rule that lets him load, but not unload
rule=/etc/polkit-1/rules.d/10-livepatchd-test.rules
mkdir -p "${rule%/*}"
cat >"$rule" <<'RULE'
polkit.addRule(function(action, subject) {
	if (action.id == "org.livepatchd1.load" && subject.user == "tester")
		return polkit.Result.YES;
});
RULE
chmod -R a+rX /etc/polkit-1/rules.d
forget_rule() {
	rm -f "$rule"
	systemctl try-restart polkit.service
}
defer forget_rule
systemctl restart polkit.service

# last N: the latest entries
last() {
	livepatchd history --json | jq -c ".[-$1:][] | [.kind, .subject, .state, .uid]"
}
written() {
	[ "$(last "$1")" = "$2" ]
}

expect 0 "history --json" livepatchd history --json
json "is a list" 'type == "array"'
expect 0 "a load by a user that polkit lets" runuser -u tester -- livepatchd load "$PATCHES/livepatch_cmdline.ko"
holds "is in the history, with the user's number" eventually 20 written 1 \
	"[\"load\",\"livepatch_cmdline\",\"done\",$uid]"
expect 0 "unload" livepatchd unload livepatch_cmdline
holds "is in the history, too" eventually 20 written 1 '["unload","livepatch_cmdline","done",0]'
expect 0 "history for people" livepatchd history
says "names the user" 'tester +load +livepatch_cmdline +done'
expect 1 "a load that fails" livepatchd load "$PATCHES/no_livepatch.ko"
equal "what never became a transition is not in the history" '["unload","livepatch_cmdline","done",0]' "$(last 1)"

# Turned back, with its reason.
echo 1 >$LPH_TEST/sleeper
expect 6 "a load that is turned back" livepatchd load --timeout=1s "$PATCHES/livepatch_hang.ko"
echo 0 >$LPH_TEST/sleeper
holds "is in the history" eventually 20 written 1 '["load","livepatch_hang","reversed",0]'
expect 0 "history --json" livepatchd history --limit=1 --json
json "with its reason and its times" '
	length == 1 and (.[0] | (.message | test("1s")) and .started_at >= .queued_at and .finished_at > .started_at and
	(.boot | test("^[0-9a-f]{32}$")))'

# Somebody who does not ask. A transition that is over before livepatchd looks is not noticed as one.
echo 1 >$LPH_TEST/sleeper
expect 0 "insmod goes past livepatchd" insmod "$PATCHES/livepatch_hang.ko"
noticed() {
	[ "$(patch_state livepatch_hang)" = patching ]
}
holds "which it notices" eventually 20 noticed
echo 0 >$LPH_TEST/sleeper
holds "its load is in the history, by nobody" eventually 180 written 1 '["load","livepatch_hang","done",null]'
expect 0 "unload" livepatchd unload livepatch_hang
holds "is in the history" eventually 20 written 1 '["unload","livepatch_hang","done",0]'

# It outlives the daemon.
entries=$(livepatchd history --json | jq -c .)
systemctl restart livepatchd.service
equal "a restart changes nothing" "$entries" "$(livepatchd history --json | jq -c .)"
expect 2 "a limit that is none" livepatchd history --limit=-1
expect 0 "no entry is asked for" livepatchd history --limit=0
says "and none is told" '[Nn]othing'

# -------------------------------------------------------------- the journal
journal=(journalctl --unit=livepatchd.service --output=json --no-pager)
catalog=/usr/lib/systemd/catalog/livepatchd.catalog
ids=$("${journal[@]}" | jq -r 'select(.PATCH == "livepatch_cmdline" and .REQUESTED_BY == $uid).MESSAGE_ID // empty' --arg uid "$uid")
equal "the journal has the load, by its user, with one id" 1 "$(wc -w <<<"$ids")"
expect 0 "the catalog explains it" grep -A 1 "^-- $ids" "$catalog"
says "as a load" 'livepatch is loaded'
id=$("${journal[@]}" | jq -r 'select(.PATCH == "livepatch_hang" and (.MESSAGE | test("reversed"))).MESSAGE_ID' | tail -n 1)
expect 0 "what was turned back has another" grep -A 1 "^-- $id" "$catalog"
says "that says so" 'turned back'
expect 0 "systemd takes the catalog" journalctl --update-catalog
expect 0 "journalctl --catalog" journalctl --unit=livepatchd.service --catalog --no-pager "MESSAGE_ID=$id"
says "has the text" 'a task sat in one of the functions of livepatch_hang'
end_case

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# kill -9 of the service where a load changes the store, the disk or the kernel,
# one call after the other: it comes back, and what was asked for is done, once,
# or was never taken on. tests/unit/test-kill.c does the same at every call there
# is, without a kernel.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
installed=/var/lib/livepatchd/patches/$(uname -r)
trials=/var/lib/livepatchd/trials
clean_up() {
	rm -rf "$installed"
}
clean_up
defer clean_up
file=$PATCHES/livepatch_cmdline.ko

main_pid() {
	systemctl show --property=MainPID --value livepatchd.service
}
answers() {
	[ "$(property $ROOT Manager TransitionState)" = idle ]
}
entries() {
	livepatchd history --json | jq -c '[.[] | select(.kind == "load") | [.kind, .state, .id, .boot]]'
}
said() {
	grep -qs "$1" "$work/kill-at"
}
torn() {
	local f
	for f in /run/livepatchd/*.patch "$trials"/*; do
		[ ! -e "$f" ] || jq -e . "$f" >/dev/null || echo "$f"
	done
}

# under_threat N COMMAND...: runs it while the service is to die at its Nth call
under_threat() {
	local n=$1 killer
	shift
	rm -f "$work/kill-at"
	"$TESTS/tools/kill-at" "$(main_pid)" "$n" renameat finit_module unlinkat >"$work/kill-at" &
	killer=$!
	eventually 20 said ready
	try "$@"
	# Nobody was killed: it lets go.
	kill "$killer" 2>/dev/null
	wait "$killer"
}

# What everybody has to say of a load that was asked for.
is_loaded() {
	[ "$(patch_state livepatch_cmdline)" = patched ] && [ "$(cat $KLP/livepatch_cmdline/enabled)" = 1 ] &&
		[ "$(cat $KLP/livepatch_cmdline/transition)" = 0 ] &&
		grep -q 'has been live patched' /proc/cmdline &&
		cmp -s "$file" "$installed/livepatch_cmdline.ko" &&
		[ "$(jq -r .state "$trials/livepatch_cmdline")" != quarantined ]
}
is_absent() {
	[ ! -e /sys/module/livepatch_cmdline ] && [ ! -e "$installed/livepatch_cmdline.ko" ] &&
		[ "$(livepatchd list --json | jq -c .)" = '[]' ]
}

rounds=0 done=0 absent=0
n=0
while :; do
	n=$((n + 1))
	before=$(entries)
	under_threat $n livepatchd load --json --persist "$file"
	killed=$(sed -n 's/^killed at //p' "$work/kill-at")
	eventually 30 answers || fail "round $n: the service comes back" "$(tried)"
	livepatchd wait --timeout="$ample" >/dev/null
	rounds=$((rounds + 1))
	what="round $n, killed at ${killed:-no call}"
	[ -z "$(torn)" ] || fail "$what: the store is whole" "$(torn)"
	if is_loaded; then
		done=$((done + 1))
		told() {
			[ "$(jq -c --argjson before "$before" '. - $before | map(.[0:2])' <<<"$(entries)")" = '[["load","done"]]' ]
		}
		eventually 20 told || fail "$what: the history has it once" "$(entries)"
		[ "$(jq .change /run/livepatchd/livepatch_cmdline.patch)" = null ] ||
			fail "$what: nothing is left to do" "$(cat /run/livepatchd/livepatch_cmdline.patch)"
		expect 0 "$what: loaded, once; it can be unloaded" livepatchd unload --persist livepatch_cmdline
	elif is_absent && [ "$code" != 0 ]; then
		absent=$((absent + 1))
		pass "$what: not taken on"
	else
		fail "$what: it is loaded, by everybody's word, or was refused" "$(tried)
$(livepatchd list --json) $(ls "$installed") $(cat /proc/cmdline)"
	fi
	[ -n "$killed" ] || break
done
note "$rounds rounds: loaded after $done of them, not taken on in $absent"
more "the service was killed often enough" "$rounds" 8
equal "each round ended in one way or the other" "$rounds" "$((done + absent))"
more "most of them in a load" "$done" "$absent"
end_case

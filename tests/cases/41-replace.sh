#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# Cumulative patches: no older one comes over a newer one, whatever the files tell; whom they replace is
# told, and can be refused. And what is asked for of a transition that is under way already.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
load_lph_test
confs=/etc/livepatchd/patches.d
state=/var/lib/livepatchd
installed=$state/patches/$(uname -r)
clean_up() {
	rm -rf "$installed" "$state/contents" "$confs"/*.conf
}
clean_up
defer clean_up

conf() {
	local name=$1
	shift
	rm -f "$confs/$name.conf"
	[ $# = 0 ] || printf '%s\n' '[Patch]' "$@" >"$confs/$name.conf"
}
plan() {
	livepatchd order --plan --json | jq -r '[.patches[] | .name + " " + .action] | join(", ")'
}
gone() {
	[ ! -e "/sys/module/$1" ]
}

# --------------------------------------------- what is put together at run time
nine=livepatch_runtime_9 ten=livepatch_runtime_10
expect 0 "check of a patch whose file does not tell" livepatchd check --json "$PATCHES/$nine.ko"
json "says so" 'any(.findings[]; .check == "replaces" and (.message | test("not known")))'
expect 0 "load version 9" livepatchd load --persist "$PATCHES/$nine.ko"
expect 0 "load version 10" livepatchd load --persist "$PATCHES/$ten.ko"
says "which tells that it has replaced version 9" "It replaces $nine\\."
holds "whose module goes" eventually 30 gone $nine
equal "version 10 runs" $ten "$(</proc/cmdline)"
equal "the plan has nothing to do" "$ten keep, $nine drop" "$(plan)"
for how in "load --all" "load --all once more" "the boot's unit"; do
	case $how in
	load*) expect 0 "$how" livepatchd load --all ;;
	*) expect 0 "$how" systemctl restart livepatchd-load.service ;;
	esac
	equal "$how: version 10 still runs" $ten "$(</proc/cmdline)"
	holds "$how: version 9 is not loaded" gone $nine
done

# As it is at boot.
expect 0 "unload version 10" livepatchd unload $ten
equal "what was seen is known of the file" "$nine drop, $ten load" "$(plan)"
expect 0 "load --all" livepatchd load --all
equal "loads version 10" $ten "$(</proc/cmdline)"
holds "and not version 9" gone $nine
expect 0 "status" livepatchd status
says_not "has nothing to say of it" 'not known'

# Nobody has seen anything.
expect 0 "unload version 10" livepatchd unload $ten
rm -rf "$state/contents"
expect 0 "load version 10 alone" livepatchd load $ten
if [ -e $KLP/$ten/replace ]; then
	equal "the kernel tells that it replaces" "$ten keep, $nine drop" "$(plan)"
else
	equal "it is not known whether it has replaced version 9, which is held" "$ten keep, $nine held" "$(plan)"
	expect 0 "status" livepatchd status
	says "says so" "$ten  patched  \\(it is not known"
fi
expect 0 "load --all" livepatchd load --all
equal "leaves version 10 alone" $ten "$(</proc/cmdline)"
expect 0 "take version 10 out" livepatchd unload --persist $ten
expect 0 "take version 9 out" livepatchd unload --persist $nine

# ------------------------------------------------------------------- compressed
for name in livepatch_cmdline livepatch_cmdline2; do
	gzip -c "$PATCHES/$name.ko" >"$work/$name.ko.gz"
	expect 0 "load a compressed one" livepatchd load --persist "$work/$name.ko.gz"
done
equal "which runs" "livepatch_cmdline2: this has been live patched again" "$(</proc/cmdline)"
holds "the one that it replaces goes" eventually 30 gone livepatch_cmdline
equal "what it does is known" "livepatch_cmdline2 keep, livepatch_cmdline drop" "$(plan)"
expect 0 "load --all" livepatchd load --all
equal "the newer one runs" "livepatch_cmdline2: this has been live patched again" "$(</proc/cmdline)"
expect 0 "take it out" livepatchd unload --persist livepatch_cmdline2
expect 0 "and the other" livepatchd unload --persist livepatch_cmdline
head -c 3000 "$work/livepatch_cmdline.ko.gz" >"$work/cut.ko.gz"
expect 1 "load of one that is cut short" livepatchd load "$work/cut.ko.gz"
says "says so" 'cut short'

# ------------------------------------------------------------ who is replaced
expect 0 "a patch of somebody else" livepatchd load "$PATCHES/livepatch_target.ko"
expect 0 "check of one that replaces it" livepatchd check --json "$PATCHES/livepatch_cmdline2.ko"
json "warns, with the name" 'any(.findings[]; .check == "replaces" and .severity == "warning" and
	(.message | test("livepatch_target")))'
conf livepatch_target Keep=yes
expect 1 "check where the other one has to stay" livepatchd check "$PATCHES/livepatch_cmdline2.ko"
expect 5 "so its load is refused" livepatchd load "$PATCHES/livepatch_cmdline2.ko"
says "with the reason" 'replaces livepatch_target, which must stay, as Keep= in .*/livepatch_target.conf'
equal "nothing has changed" patched "$(patch_state livepatch_target)"
mkdir -p "$installed"
cp "$PATCHES"/livepatch_cmdline2.ko "$installed/"
expect 5 "load --all is refused, too" livepatchd load --all
says "with the reason" 'livepatch_target, which must stay'
rm "$installed"/*
conf livepatch_target
conf livepatch_cmdline2 Replaces=livepatch_cmdline
expect 5 "Replaces= names those that may go" livepatchd load "$PATCHES/livepatch_cmdline2.ko"
says "and the one that may not is told" 'as Replaces= in .*/livepatch_cmdline2.conf'
conf livepatch_cmdline2 Replaces=livepatch_target
expect 0 "check with the other one in it" livepatchd check --json "$PATCHES/livepatch_cmdline2.ko"
json "warns no more" 'all(.findings[]; .check != "replaces" or .severity == "info")'
expect 0 "and it is loaded" livepatchd load "$PATCHES/livepatch_cmdline2.ko"
says "load tells who has gone" 'It replaces livepatch_target\.'
holds "it goes" eventually 30 gone livepatch_target
expect 0 "history" livepatchd history --json
json "has it" 'any(.[]; .subject == "livepatch_cmdline2" and .state == "done" and
	.message == "It replaces livepatch_target.")'
expect 0 "unload" livepatchd unload livepatch_cmdline2

# ------------------------------------------------------------------- joining
hang=livepatch_hang
state_is() {
	[ "$(patch_state $hang)" = "$1" ]
}
joined() {
	livepatchd "$@" >"$work/joined" 2>&1 &
	joined=$!
	# The request has come when the transition has its deadline.
	holds "the request has joined" eventually 30 has_deadline
}
has_deadline() {
	[ "$(livepatchd status --json | jq .transition.deadline)" != 0 ]
}
echo 1 >$LPH_TEST/sleeper
expect 0 "a load that hangs" livepatchd load --no-wait "$PATCHES/$hang.ko"
holds "it does" eventually 30 state_is patching
joined load --persist --timeout=1h "$PATCHES/$hang.ko"
expect 5 "who wants another timeout is refused" livepatchd load --timeout=2h "$PATCHES/$hang.ko"
says "by name" 'under way with another timeout'
echo 0 >$LPH_TEST/sleeper
wait $joined
equal "who has joined is told of its end" 0 $?
holds "and what was asked for is done" cmp -s "$PATCHES/$hang.ko" "$installed/$hang.ko"

echo 1 >$LPH_TEST/sleeper
expect 0 "an unload that hangs" livepatchd unload --no-wait $hang
holds "it does" eventually 30 state_is unpatching
joined unload --persist --timeout=1h $hang
echo 0 >$LPH_TEST/sleeper
wait $joined
equal "who has joined is told of its end" 0 $?
holds "and it is not installed any more" test ! -e "$installed/$hang.ko"
end_case

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What becomes of a transition: it is in the history when it has settled, however long it
# waited, and a cancel is either done or refused.
. "$(dirname "$0")/lib.sh"

HOLD=/sys/kernel/debug/lph_hold

lph_patch() {
	"$TESTS/tools/lph-patch" "$@"
}

state() {
	lph_patch transitions | sed -n "s/^$1 //p"
}

# 70 transitions of a function that has nothing to do with it: the history has room for 64.
others() {
	lph_patch trace 35 lph_target_0 lph_test
}

let_go() {
	[ ! -e /sys/module/lph_hold ] || rmmod lph_hold
}

need_service || fail "the service is up and the helper loaded"
load_lph_test
insmod "$PATCHES/helper_hang.ko"

note "one that waits while others settle"
echo 1 >$LPH_TEST/sleeper
expect 0 "a patch" lph_patch -n apply helper_hang
transition=$out
expect 0 "70 others" others
equal "it waits" running "$(state "$transition")"
echo 0 >$LPH_TEST/sleeper
expect 0 "it is done" lph_patch wait "$transition"
equal "and in the history" "done" "$(state "$transition")"
equal "which has 64" 64 "$(lph_patch transitions | wc -l)"
expect 0 "the patch is removed" lph_patch remove helper_hang

note "a cancel that comes when it is through"
defer let_go
for way in apply remove; do
	insmod "$TESTS/module/lph_hold.ko" symbol=lph_patch_end
	expect 0 "$way" lph_patch -n $way helper_hang
	transition=$out
	expect 0 "all tasks have switched, and it is about to settle" timeout $((60 * slower)) cat $HOLD/held
	equal "it has not settled" running "$(state "$transition")"
	try lph_patch cancel "$transition"
	cancelled=$code
	[ "$cancelled" = 0 ] || says "the cancel is refused: it comes too late" "cancel: .*: .*(late|settl|through)"
	others &
	behind=$!
	echo 1 >$HOLD/go
	try lph_patch wait "$transition"
	if [ "$cancelled" = 0 ]; then
		says "the cancel is accepted, and it is reversed" reversed
	else
		equal "the cancel is refused, and it is done" 0 "$code"
	fi
	holds "others settle behind it" wait $behind
	rmmod lph_hold
done
expect 1 "a cancel of one that has settled is refused" lph_patch cancel "$transition"
expect 0 "what comes next is done" lph_patch apply helper_hang
expect 0 "and removed" lph_patch remove helper_hang
expect 0 "its module is unloaded" rmmod helper_hang
end_case

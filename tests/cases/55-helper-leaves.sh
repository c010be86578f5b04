#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The helper is unloaded: right behind the last things that it did, and while a task that
# it has asked for something sleeps.
. "$(dirname "$0")/lib.sh"

HOLD=/sys/kernel/debug/lph_hold

lph_patch() {
	"$TESTS/tools/lph-patch" "$@"
}

loaded() {
	[ -e /sys/module/livepatch_helper ]
}

leaves() {
	! loaded || rmmod livepatch_helper 2>/dev/null
}

sits() {
	[ "$(<"/proc/$sitter/comm")" = bash ] && grep -q lph_target_sleep "/proc/$sitter/stack"
}

ended() {
	! kill -0 "$1" 2>/dev/null
}

let_go() {
	[ ! -e /sys/module/lph_hold ] || rmmod lph_hold
}

# Without its module each change would have it loaded again.
back() {
	modprobe livepatch_helper
	systemctl start livepatchd.service
	eventually 60 need_service
}

# A helper's whole life, to the last moment.
comes_and_goes() {
	modprobe livepatch_helper && insmod "$PATCHES/helper_target.ko" &&
		lph_patch apply helper_target && lph_patch -c stop remove helper_target &&
		rmmod helper_target && lph_patch last "lph_target_$((i % 10))" lph_test 2>/dev/null &&
		eventually 30 leaves
}

need_service || fail "the service is up and the helper loaded"
defer back
load_lph_test

note "a task that was asked to come by sleeps"
bash -c "echo 1 >$LPH_TEST/sit" &
sitter=$!
background+=("$sitter")
holds "a process sits in a function" eventually 30 sits
insmod "$PATCHES/helper_hang.ko"
expect 1 "a patch waits for it, and is reversed" lph_patch -C 4000 apply helper_hang
says "as asked" reversed
rmmod helper_hang
rmmod livepatch_helper 2>"$work/rmmod" &
rmmod=$!
holds "the helper is unloaded or that is refused, at once" eventually 15 ended $rmmod
kill "$sitter"
wait "$sitter" 2>/dev/null
holds "when the process has left it can be unloaded" eventually 60 leaves
holds "and is loaded again" back

note "it is about to tidy up behind its last change"
defer let_go
expect 0 "a tracer" livepatchd trace lph_test:lph_target_0
insmod "$TESTS/module/lph_hold.ko" symbol=lph_exit_lead
expect 0 "is removed" livepatchd untrace --all
expect 0 "that is done, but for what is left to tidy up" timeout $((60 * slower)) cat $HOLD/held
rmmod livepatch_helper 2>"$work/rmmod" &
rmmod=$!
# Either is right: that it waits, or that it is in use.
eventually 1 ended $rmmod
echo 1 >$HOLD/go
holds "that ends when it has tidied up" eventually 30 ended $rmmod
holds "it can be unloaded" eventually 60 leaves
rmmod lph_hold

note "again and again, on a busy machine"
systemctl stop livepatchd.service
echo 1 >$LPH_TEST/run
# The short form leaves out only the number.
rounds=$(extent 5 20)
for ((i = 0; i < rounds; i++)); do
	comes_and_goes || break
done
equal "it came and went" "$rounds" "$i"
echo 0 >$LPH_TEST/run
read_calls
equal "no call returned what no body returns" 0 "$mismatches"
holds "it is back" back
end_case

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# A task that runs task work deep in the kernel, as KVM's vcpu loop does, stands in the
# function below all the same: it has not switched until it left it.
. "$(dirname "$0")/lib.sh"

lph_patch() {
	"$TESTS/tools/lph-patch" "$@"
}

serves() {
	[ "$(<$LPH_TEST/serve)" = 1 ]
}

# serve: a process that does, its id is $server
serve() {
	bash -c "echo 1 >$LPH_TEST/serve" &
	server=$!
	background+=("$server")
	eventually 30 serves
}

worked() {
	[ "$(<$LPH_TEST/worked)" != 0 ]
}

# leave BODY: it leaves, and that is what it ran
leave() {
	echo 0 >$LPH_TEST/serve
	wait "$server"
	equal "it ran the body that it was in: $1" "$1" "$(<$LPH_TEST/served)"
}

state() {
	lph_patch transitions | sed -n "s/^$1 //p"
}

# Is it the only one that is waited for, and on account of this function?
waited_for() {
	livepatchd blockers --json | jq -e --argjson tid "$server" --arg function "$1" \
		'length == 1 and (.[0] | .tid == $tid and .reason == "stack" and .function == $function)' >/dev/null
}

need_service || fail "the service is up and the helper loaded"
load_lph_test
insmod "$PATCHES/helper_serve.ko"

note "in the old body"
holds "a process serves a guest" serve
expect 0 "a patch" lph_patch -n apply helper_serve
transition=$out
holds "task work ran on top of the old body" eventually 60 worked
holds "its task is waited for" eventually 30 waited_for lph_test:lph_target_serve
equal "the transition goes on" running "$(state "$transition")"
expect 0 "it is cancelled" lph_patch cancel "$transition"
expect 1 "and ends" lph_patch wait "$transition"
says "reversed" reversed
leave original

holds "one serves again" serve
expect 0 "the patch" lph_patch -n apply helper_serve
transition=$out
holds "task work ran on top of the old body" eventually 60 worked
equal "the transition goes on" running "$(state "$transition")"
leave original
expect 0 "now it is through" lph_patch wait "$transition"

note "in the new body"
holds "one serves in the new body" serve
expect 0 "its removal" lph_patch -n remove helper_serve
transition=$out
holds "task work ran on top of the new body" eventually 60 worked
holds "its task is waited for" eventually 30 waited_for helper_serve:patched_target_serve
equal "the transition goes on" running "$(state "$transition")"
expect 1 "the module cannot be unloaded" rmmod helper_serve
leave patched
expect 0 "now it is through" lph_patch wait "$transition"
expect 0 "and the module unloaded" rmmod helper_serve
end_case

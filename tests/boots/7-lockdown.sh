#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The seventh boot: the kernel is locked down in mid-transition. What is loaded is
# followed and unloaded all the same; what is not signed is refused with the reason.
# shellcheck source=tests/cases/lib.sh
. /usr/lib/livepatchd/tests/cases/lib.sh
# The machine ends as it is.
trap - EXIT

watches() {
	[[ $(property $ROOT Manager TransitionWatch) == "$1"* ]]
}
in_transition() {
	[ "$(cat $KLP/livepatch_hang/transition 2>/dev/null)" = 1 ]
}

need_service || fail "the service is up and the helper loaded"
livepatchd unload --persist livepatch_hang >/dev/null 2>&1
holds "the kernel tells of transitions" eventually 60 watches bpf
load_lph_test
# What is open stays so: nobody opens files of debugfs for writing later.
exec 9>$LPH_TEST/sleeper
echo 1 >&9
expect 0 "a tracer" livepatchd trace --kind=bpf:processes cmdline_proc_show
expect 0 "a load that hangs" livepatchd load --no-wait "$PATCHES/livepatch_hang.ko"
holds "in its transition" eventually 60 in_transition
echo confidentiality >/sys/kernel/security/lockdown
expect 0 "the kernel is locked down now" grep -F '[confidentiality]' /sys/kernel/security/lockdown
expect 0 "restart the service" systemctl restart livepatchd.service
holds "polling, and why" eventually 60 watches "polling: the kernel does not attach the BPF programs to its livepatch functions: Operation not permitted"
expect 0 "status" livepatchd status
says "says so" 'Transitions: +polling: .*Operation not permitted'
says "the transition goes on" 'livepatch_hang'
expect 0 "the helper looks at stacks all the same" livepatchd blockers --json
json "the thread that sleeps, and where" 'any(.[]; .comm == "lph_sleeper" and .function == "lph_test:lph_target_sleep")'
echo 0 >&9
expect 0 "the thread is out: the load settles" livepatchd wait --timeout=60s livepatch_hang
equal "patched" patched "$(patch_state livepatch_hang)"

expect 1 "what is not signed is not loaded" livepatchd load "$PATCHES/helper_cmdline.ko"
says "with the reason, and the way out" 'is not signed, and the kernel is locked down; sign it with a key that the kernel trusts'
expect 1 "check" livepatchd check --json "$PATCHES/helper_cmdline.ko"
json "says it beforehand" 'any(.findings[]; .severity == "error" and .check == "signature")'
expect 0 "doctor" livepatchd doctor
says "knows it, too" 'locked down|lockdown'
cat /proc/cmdline >/dev/null
expect 0 "the tracer counts on" livepatchd tracers --json
json "each call" '.[0].hits > 0'
expect 0 "unload" livepatchd unload livepatch_hang
holds "its module is gone" eventually 30 test ! -e /sys/module/livepatch_hang
end_case

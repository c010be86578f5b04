#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Netlink requests by a generator that knows the interface, right and wrong ones, of root and of
# a user, at a time: what there is in the end is what was accepted, exactly.
# 3000 of them, 10000 at length; FUZZ=MESSAGES FUZZ_SEED=SEED in its environment send others.
. "$(dirname "$0")/lib.sh"

messages=${FUZZ:-$(extent 3000 10000)} seed=${FUZZ_SEED:-$((EPOCHSECONDS % 100000))}
functions=(lph_test:lph_target_{0,1,2,3,4,5} cmdline_proc_show version_proc_show loadavg_proc_show uptime_proc_show)
patches=(helper_cmdline helper_proc helper_target helper_target2)

need_service || fail "the service is up and the helper loaded"
livepatchd wait --timeout="$ample" >/dev/null
# Nobody else changes anything: the daemon does not, but looks at each event.
systemctl stop livepatchd.service
defer systemctl start livepatchd.service
load_lph_test
for patch in "${patches[@]}"; do
	expect 0 "$patch: loaded" insmod "$PATCHES/$patch.ko"
done
dmesg --clear
echo 1 >$LPH_TEST/run
note "seed $seed"
expect 0 "what there is is what was accepted" "$TESTS/tools/lph-fuzz" -n "$messages" -s "$seed" -u tester \
	"${functions[@]/#/-t}" "${patches[@]/#/-p}"
echo 0 >$LPH_TEST/run
note "$out"
json "all were sent" ".messages > $messages * 0.9"
json "many were accepted, and done" ".accepted > $messages / 20 and .done > .accepted / 2"
json "many were refused" '.refused.EPERM > 0 and .refused.EINVAL > 0 and .refused.ENOENT > 0'
read_calls
equal "each call returned what a body returns" 0 "$mismatches"
# What it says of broken messages, or of a host that is slow, are no complaints of us.
complaints='BUG:|WARNING:|KASAN:|UBSAN:|KCSAN:|Oops|general protection|INFO: (task|possible|suspicious|trying)|unreferenced object'
equal "the kernel did not complain" "" "$(dmesg | grep -E "$complaints")"
for patch in "${patches[@]}"; do
	expect 0 "$patch: nothing holds it" rmmod "$patch"
done
expect 0 "nor the helper" rmmod livepatch_helper
end_case

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The ninth boot: ftrace does not detach a function. Its calls still enter its trampoline,
# which nobody else gets from then on, and the helper stays for them.
# shellcheck source=tests/cases/lib.sh
. /usr/lib/livepatchd/tests/cases/lib.sh
# The machine ends as it is.
trap - EXIT

refused() {
	[ "$(</sys/module/lph_refuse/parameters/refused)" != 0 ]
}

run_calls() {
	echo 1 >$LPH_TEST/run
	sleep 0.3
	echo 0 >$LPH_TEST/run
	read_calls
}

holds "the service is up and the helper loaded" eventually 60 need_service
load_lph_test
unregister=unregister_ftrace_direct
! grep -q ' unregister_ftrace_direct_multi$' /proc/kallsyms || unregister=unregister_ftrace_direct_multi
expect 0 "a tracer" livepatchd trace lph_test:lph_target_0
insmod "$TESTS/module/lph_refuse.ko" symbol=$unregister
expect 0 "it is removed" livepatchd untrace --all
holds "the function, idle, is not detached" eventually 60 refused
rmmod lph_refuse
holds "the kernel log says so" eventually 10 sh -c "dmesg | grep -q 'detach.*lph_target_0'"
run_calls
more "its calls go on" "${calls[lph_target_0]}" 0
equal "and return what they should" 0 "$mismatches"

expect 0 "tracers of others" livepatchd trace lph_test:lph_target_{1,2}
run_calls
for i in 1 2; do
	equal "lph_target_$i: its own calls are counted, once each" "${calls[lph_target_$i]}" \
		"$(livepatchd tracers --json | jq --arg f "lph_test:lph_target_$i" '.[] | select(.function == $f).hits')"
done
equal "all calls return what they should" 0 "$mismatches"
expect 0 "the tracers are removed" livepatchd untrace --all
expect 1 "the helper cannot be unloaded" rmmod livepatch_helper
run_calls
equal "all calls return what they should" 0 "$mismatches"
end_case

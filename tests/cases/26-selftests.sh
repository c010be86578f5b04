#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's own tests of livepatch (tools/testing/selftests/livepatch) pass while
# livepatchd is idle, and while it watches: with a tracer on the function that they
# patch, and somebody who monitors. They compare what the kernel logs line by line: livepatchd
# logs to the journal, which keeps it out of the kernel's log.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
kernel=$TESTS/kernel
# They are built; later ones ask for the headers all the same.
export KDIR=$kernel
defer sysctl --quiet kernel.ftrace_enabled=1

# A test that dies leaves its modules.
leave_nothing() {
	local patch
	for patch in "$KLP"/test_klp_*; do
		[ ! -e "$patch/enabled" ] || echo 0 >"$patch/enabled"
		eventually 20 test ! -e "$patch"
	done
	for patch in /sys/module/test_klp_*; do
		[ ! -e "$patch" ] || rmmod "${patch##*/}"
	done
}

# pass_tests HOW TEST...: each has to
pass_tests() {
	local how=$1 name
	shift
	for name; do
		cd "$kernel" || return
		try timeout $((400 * slower)) bash "./$name"
		cd / || return
		note "$how: $name: $(grep -c 'TEST: .*ok$' <<<"$out") tests"
		if [ "$code" = 0 ] && grep -q 'TEST: .*ok$' <<<"$out"; then
			pass "$how: the kernel's $name"
		else
			fail "$how: the kernel's $name" "$(tried)"
			leave_nothing
		fi
	done
}

mapfile -t all < <(cd "$kernel" && printf '%s\n' test-*.sh)
# In short: not while it is idle, when it has less to get in their way with.
! long || pass_tests idle "${all[@]}"
livepatchd wait --timeout="$ample" >/dev/null

# -------------------------------------------------------------------- watching
expect 0 "a tracer on the function that they patch" livepatchd trace cmdline_proc_show
livepatchd monitor --json >"$work/monitor" &
background+=($!)
pass_tests watching "${all[@]}"
livepatchd wait --timeout="$ample" >/dev/null
seen() {
	jq -en 'first(inputs | select(.kind == "patch" and .object.name == "test_klp_livepatch")) | true' \
		"$work/monitor" >/dev/null
}
holds "the monitor saw the kernel's test patch" eventually 20 seen
expect 0 "the tracer's counts" livepatchd tracers --json
# shellcheck disable=SC2016 # jq's
json "the tracer told its calls from those of the original" '
	.[0].bodies | map(select(.hits > 0).body) | contains(["test_klp_livepatch", "original"])'
expect 0 "untrace" livepatchd untrace --all
end_case

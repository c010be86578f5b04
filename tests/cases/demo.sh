#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What "make demo" shows: a livepatch comes and goes on this machine, and a
# tracer tells which body each call ran. Fails with the first step that fails.
set -euo pipefail

patch=/usr/lib/livepatchd/tests/patches/livepatch_cmdline.ko
export SYSTEMD_COLORS=0 SYSTEMD_PAGER=''

say() {
	printf '\n# %s\n' "$*"
}

# Shows a command and what it prints.
run() {
	printf '$ %s\n' "$*"
	"$@"
}

# shows PATTERN COMMAND...: the command must print it.
shows() {
	local pattern=$1
	shift
	run "$@" | tee /run/livepatchd-demo
	grep -qE -e "$pattern" /run/livepatchd-demo || {
		echo "demo: expected to see: $pattern" >&2
		exit 1
	}
}

say "A Debian machine with its own kernel."
run uname -srv
shows . grep PRETTY_NAME /etc/os-release

say "The service: started by whoever calls it, and by systemd at boot."
shows 'idle' livepatchd status
shows '^active$' systemctl is-active livepatchd.service

say "What everyone sees who reads /proc/cmdline; systemd's own programs are among them."
booted=$(</proc/cmdline)
shows "${booted%% *}" cut -c 1-72 /proc/cmdline

say "A tracer on the function behind it. It counts calls, and tells by which body they were served."
shows cmdline_proc_show livepatchd trace cmdline_proc_show
run cut -c 1-72 /proc/cmdline
shows original livepatchd tracers

say "Load a livepatch. It returns when every task of the machine runs the new body."
shows livepatch_cmdline livepatchd load $patch
shows '^livepatch_cmdline: this has been live patched$' cat /proc/cmdline
run cat /proc/cmdline

say "Patch and tracer share the function; the tracer files each call under the body that it ran."
shows 'livepatch_cmdline' livepatchd tracers
shows 'cmdline_proc_show' livepatchd functions
shows 'patched' livepatchd list

say "The same over D-Bus, for every user."
shows '^s "idle"$' runuser -u tester -- \
	busctl get-property org.livepatchd1 /org/livepatchd1 org.livepatchd1.Manager TransitionState
shows '^s "patched"$' runuser -u tester -- \
	busctl get-property org.livepatchd1 /org/livepatchd1/patch/livepatch_5fcmdline org.livepatchd1.Patch State

say "But only root and whom polkit allows may change anything."
printf '$ %s\n' "runuser -u tester -- livepatchd unload livepatch_cmdline"
status=0
runuser -u tester -- livepatchd unload livepatch_cmdline 2>&1 || status=$?
[ $status = 4 ] || exit 1

say "Unload it: the kernel is what it was."
shows livepatch_cmdline livepatchd unload livepatch_cmdline
shows "${booted%% *}" cut -c 1-72 /proc/cmdline
[ "$(</proc/cmdline)" = "$booted" ]
shows original livepatchd tracers --json
run livepatchd untrace --all
shows '^Tracers: +0$' livepatchd status

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# What a bug report needs, for everybody who may look; what is wrong comes with
# the way out.
. "$(dirname "$0")/lib.sh"

need_service || fail "the service is up and the helper loaded"
confs=/etc/livepatchd/patches.d
installed=/var/lib/livepatchd/patches/$(uname -r)
clean_up() {
	rm -rf "$installed" "$confs"/*.conf
	restore_conf
}
clean_up
defer clean_up

# finding SEVERITY CHECK TEXT: the last report has it
finding() {
	json "finds: $3" 'any(.findings[]; .severity == $s and .check == $c and (.message | test($m)) and .way_out != "")' \
		--arg s "$1" --arg c "$2" --arg m "$3"
}

expect 0 "load a patch for good" livepatchd load --persist "$PATCHES/livepatch_cmdline.ko"
printf '[Patch]\nHealthCheck=curl --user admin:secret http://localhost\n' >"$confs/livepatch_cmdline.conf"
try livepatchd doctor --json
json "no error" '[.findings[] | select(.severity == "error")] == []' && equal "which is exit code 0" 0 "$code"
json "versions" '.client == .version and .facts.livepatchd.version == [.version] and .facts.helper.version == [.version]'
json "the kernel" '.kernel == $r and .facts.kernel.release == [$r] and (.facts.kernel | has("lockdown") and has("tainted"))' \
	--arg r "$(uname -r)"
json "what it is built with" '.facts.features | .CONFIG_LIVEPATCH == ["yes"] and
	.CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS == ["yes"] and has("CONFIG_DEBUG_INFO_BTF")'
json "sysfs" '.facts.livepatch.livepatch_cmdline[0] | test("enabled=1 transition=0 functions=1")'
json "the function, by tracefs" '.facts.enabled_functions.cmdline_proc_show[0] | test("I")'
json "the helper's parameters and counters" '.facts.helper | has("direct_limit") and .lapses == ["0"] and has("traps")'
json "what is installed, and on trial" '(.facts.set.livepatch_cmdline[0] | test("^keep .*sha256=[0-9a-f]{64}")) and
	(.facts.trial.livepatch_cmdline[0] | test("^on trial"))'
json "the configuration" '.facts.config | .OnTimeout == ["reverse"] and (.Trial[0] | test("^5min"))'
json "the drop-in" '.facts["drop-in"].livepatch_cmdline[0] | test("HealthCheck=")'
json "the units" '.units | map(.unit) == ["livepatchd.service", "livepatchd-load.service"] and .[0].active == "active"'
json "the history" '.history[-1] | .kind == "load" and .subject == "livepatch_cmdline"'
json "the journal, with an id" '.journal[-1] | .patch == "livepatch_cmdline" and (.message_id | length == 32)'
equal "no secret" 0 "$(grep -c secret <<<"$out")"
expect 0 "for people" livepatchd doctor
says "in sections" '^\[features\]$'

# Without authorization for anything else; the journal is not everybody's.
try runuser -u tester -- livepatchd doctor --json
json "every user may ask" '.facts.livepatch | has("livepatch_cmdline")'
finding info journal 'nothing of livepatchd'

# -------------------------------------------------------------- what is wrong
echo 'Nonsense' >>"$confs/livepatch_cmdline.conf"
printf '[Patch]\nRequires=nobody_has_it\n' >"$confs/livepatch_target.conf"
cp "$PATCHES/livepatch_target.ko" "$installed/"
printf '[Daemon]\nTrial=never\n' >$CONF
expect 1 "with errors the exit code is 1" livepatchd doctor --json
finding error drop-in 'livepatch_cmdline.conf'
finding warning config 'Trial=never'
finding error set 'cannot be loaded'
rm "$confs"/*.conf
restore_conf
rm "$installed/livepatch_target.ko"
kill_daemon "a restart"
expect 0 "and mended" livepatchd doctor --json
finding warning unit 'restarted [0-9]+ times'
printf '[Daemon]\nTrial=1h\n' >$CONF
try livepatchd doctor --json
finding warning config 'has changed since'
restore_conf
expect 0 "unload it" livepatchd unload --persist livepatch_cmdline

# Nobody there: what can be known without it.
systemctl stop livepatchd.service
systemctl mask --runtime --quiet livepatchd.service
unmask() {
	systemctl unmask --runtime --quiet livepatchd.service
}
defer unmask
expect 7 "without the service the exit code is 7" livepatchd doctor --json
finding error service 'does not answer'
json "the units all the same" '.units[0].active == "inactive"'
json "and the journal" '.journal | length > 0'
unmask
expect 0 "the service is back" systemctl start livepatchd.service
end_case

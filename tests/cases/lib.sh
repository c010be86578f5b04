# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # the cases use what is set here
#
# What the cases have in common. A case sources it, makes its checks, and calls
# end_case last: a case that dies on the way has no plan and has failed. When
# the case ends, whichever way, the guest is put back to what it was.
set -uo pipefail

TESTS=${LIVEPATCHD_TESTS:-/usr/lib/livepatchd/tests}
PATCHES=$TESTS/patches
LPH_TEST=/sys/kernel/debug/lph_test
LPH_PARAMETERS=/sys/module/lph_test/parameters
HELPER_PARAMETERS=/sys/module/livepatch_helper/parameters
KLP=/sys/kernel/livepatch
CONF=/etc/livepatchd/livepatchd.conf
NAME=org.livepatchd1
ROOT=/org/livepatchd1
# How many times longer than on an idle machine all may take; a suite's kernel may be slow
# besides. What is waited for is an event: that costs nothing but where it fails.
slower=$((4 * ${VM_SLOWER:-1}))
# For a transition that does end.
ample=$((60 * slower))s
export SYSTEMD_PAGER='' SYSTEMD_COLORS=0 SYSTEMD_BUS_TIMEOUT=$((25 * slower))

work=$(mktemp -d /run/livepatchd-test.XXXXXX)

# What a case may change, and gets back.
direct_limit=$(cat $HELPER_PARAMETERS/direct_limit 2>/dev/null || echo 32)
cp -p $CONF "$work/conf"

checks=0
out='' err='' code=0

# ------------------------------------------------------------------- checks

pass() {
	echo "ok $((++checks)) - $1"
}

# fail DESCRIPTION [DETAIL]
fail() {
	echo "not ok $((++checks)) - $1"
	[ -z "${2-}" ] || printf '#   %s\n' "${2//$'\n'/$'\n#   '}"
}

end_case() {
	echo "1..$checks"
}

# long: whether the case is to do all that it can
long() {
	[ "${LIVEPATCHD_LONG-}" = 1 ]
}

# extent SHORT LONG: that of what can be done for longer or shorter
extent() {
	if long; then echo "$2"; else echo "$1"; fi
}

# What is said about the case, not checked.
note() {
	echo "# $*"
}

# Runs a command: $out, $err and $code are what came of it.
try() {
	"$@" >"$work/out" 2>"$work/err" </dev/null
	code=$?
	out=$(<"$work/out")
	err=$(<"$work/err")
}

# The last command, for the detail of a failure.
tried() {
	printf 'exit code %s\n' "$code"
	[ -z "$out" ] || printf 'stdout: %s\n' "$out"
	[ -z "$err" ] || printf 'stderr: %s\n' "$err"
}

# expect CODE DESCRIPTION COMMAND...
expect() {
	local want=$1 description=$2
	shift 2
	try "$@"
	if [ "$code" = "$want" ]; then
		pass "$description"
	else
		fail "$description" "$*: expected exit code $want; $(tried)"
		return 1
	fi
}

# says DESCRIPTION PATTERN: the last command said it, an extended regular
# expression, on stdout or stderr.
says() {
	if grep -qE -e "$2" <<<"$out"$'\n'"$err"; then
		pass "$1"
	else
		fail "$1" "expected to find: $2"$'\n'"$(tried)"
		return 1
	fi
}

# says_not DESCRIPTION PATTERN: the last command did not say it.
says_not() {
	if grep -qE -e "$2" <<<"$out"$'\n'"$err"; then
		fail "$1" "expected not to find: $2"$'\n'"$(tried)"
		return 1
	fi
	pass "$1"
}

# json DESCRIPTION FILTER [JQ-OPTION...]: the filter is true of the last
# command's stdout.
json() {
	local description=$1 filter=$2 r
	shift 2
	r=$(jq "$@" "$filter" <<<"$out" 2>&1)
	if [ "$r" = true ]; then
		pass "$description"
	else
		fail "$description" "expected $filter; got $r; of: $out"
		return 1
	fi
}

# equal DESCRIPTION EXPECTED ACTUAL
equal() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "expected: $2"$'\n'"actual:   $3"
		return 1
	fi
}

# more DESCRIPTION NUMBER THAN
more() {
	if [ "$2" -gt "$3" ] 2>/dev/null; then
		pass "$1"
	else
		fail "$1" "expected more than $3, got: $2"
		return 1
	fi
}

# eventually SECONDS COMMAND...: for what the kernel has no event for.
eventually() {
	local end=$((SECONDS + $1 * slower))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# holds DESCRIPTION COMMAND...
holds() {
	local description=$1
	shift
	if "$@"; then
		pass "$description"
	else
		fail "$description" "$* does not hold"
		return 1
	fi
}

# ------------------------------------------------------------------ cleanup

deferred=()
background=()

# livepatchd.conf, as it was when the case began
restore_conf() {
	cp -p "$work/conf" $CONF
}

# defer COMMAND...: run it when the case ends; the last one first.
defer() {
	deferred+=("$(printf '%q ' "$@")")
}

unload_patch() {
	local dir=$KLP/$1
	livepatchd unload --timeout=$((10 * slower))s "$1" >/dev/null 2>&1
	[ -e "/sys/module/$1" ] || return 0
	[ ! -e "$dir/enabled" ] || echo 0 >"$dir/enabled"
	eventually 10 test ! -e "$dir"
	rmmod "$1"
}

restore() {
	local i
	for ((i = ${#deferred[@]} - 1; i >= 0; i--)); do
		eval "${deferred[i]}"
	done
	[ "${#background[@]}" = 0 ] || kill "${background[@]}" 2>/dev/null
	if [ -e "$LPH_TEST" ]; then
		echo 0 >"$LPH_TEST/run"
		[ "$(<"$LPH_TEST/sleeper")" = 0 ] || echo 0 >"$LPH_TEST/sleeper"
		echo 0 >"$LPH_TEST/serve"
	fi
	for i in livepatch_hang livepatch_target livepatch_cmdline2 livepatch_cmdline no_livepatch \
		klp_target klp_proc helper_proc helper_leave helper_serve helper_hang helper_target2 helper_target \
		helper_cmdline churn_a churn_b churn_c; do
		[ ! -e "/sys/module/$i" ] || unload_patch $i
	done
	livepatchd untrace --all >/dev/null 2>&1
	if [ -e "$HELPER_PARAMETERS/linger_us" ]; then
		echo 0 >"$HELPER_PARAMETERS/linger_us"
		echo 4 >"$HELPER_PARAMETERS/slots"
		echo 0 >"$HELPER_PARAMETERS/rewrite_all"
		echo "$direct_limit" >"$HELPER_PARAMETERS/direct_limit"
	fi
	[ ! -e /sys/module/lph_test ] || rmmod lph_test
	[ ! -e /sys/module/lph_churn ] || rmmod lph_churn
	rm -rf "$work"
}
trap restore EXIT
trap 'note "ended by a signal"; exit 1' TERM INT

# -------------------------------------------------------------- the service

# The service is up and the helper is loaded.
need_service() {
	systemctl start livepatchd.service
	[ "$(property $ROOT Manager HelperLoaded)" = true ]
}

# kill_daemon DESCRIPTION: kill -9, and wait until systemd has brought it back.
kill_daemon() {
	local old new
	old=$(systemctl show --property=MainPID --value livepatchd.service)
	kill -9 "$old"
	back() {
		new=$(systemctl show --property=MainPID --value livepatchd.service)
		[ "$new" != 0 ] && [ "$new" != "$old" ] && [ "$(systemctl is-active livepatchd.service)" = active ]
	}
	holds "$1: systemd brings the daemon back" eventually 30 back
}

# without_bpf: until the case ends, the service has no right to load BPF programs.
without_bpf() {
	local dropin=/run/systemd/system/livepatchd.service.d/no-bpf.conf
	mkdir -p ${dropin%/*}
	printf '[Service]\nCapabilityBoundingSet=~CAP_SYS_ADMIN\n' >$dropin
	defer with_bpf $dropin
	systemctl daemon-reload
	expect 0 "restart without the right to load BPF programs" systemctl restart livepatchd.service
}

with_bpf() {
	rm -f "$1"
	systemctl daemon-reload
	systemctl restart livepatchd.service
}

# property OBJECT INTERFACE NAME: its value, a string without its quotes.
property() {
	local value
	value=$(busctl get-property $NAME "$1" "$NAME.$2" "$3" 2>/dev/null)
	value=${value#* }
	value=${value#\"}
	printf '%s\n' "${value%\"}"
}

# patch_state NAME: as the daemon sees it
patch_state() {
	livepatchd list --json | jq -r --arg name "$1" '.[] | select(.name == $name).state'
}

# record FILE: writes every signal of the service to FILE, one JSON object a
# line, from now on.
record() {
	local file=$1
	busctl monitor --json=short --match="type='signal',path_namespace='$ROOT'" >"$file" 2>"$file.err" &
	background+=($!)
	# The bus tells nobody that the monitor listens but the monitor.
	local i
	for ((i = 0; i < 100 * slower; i++)); do
		busctl emit $ROOT/test $NAME.Test Listening
		grep -q Listening "$file" && return
		sleep 0.05
	done
	return 1
}

# wait_signal FILE SECONDS FILTER: until a recorded signal is what the jq filter
# says.
wait_signal() {
	local follow fd r
	exec {fd}< <(exec tail -n +1 -s 0.05 -f "$1")
	follow=$!
	timeout "$(($2 * slower))" jq -n "first(inputs | select($3))" <&"$fd" >/dev/null 2>&1
	r=$?
	kill "$follow"
	exec {fd}<&-
	return "$r"
}

# A jq filter: the recorded signal says that the property of OBJECT has VALUE.
changed() {
	printf '.member == "PropertiesChanged" and .path == "%s" and .payload.data[1]["%s"].data == %s' \
		"$1" "$2" "$3"
}

# recorded_values FILE OBJECT PROPERTY: the values it was said to have, in order.
recorded_values() {
	jq -r --arg path "$2" --arg property "$3" '
		select(.member == "PropertiesChanged" and .path == $path) |
		.payload.data[1][$property].data | select(. != null)' "$1" | paste -sd ' '
}

# ---------------------------------------------------------- the test module

load_lph_test() {
	insmod "$TESTS/module/lph_test.ko"
}

# What came of the calls, read by read_calls: by target, and by context; how
# many returned what the patched body returns, by target; and how many returned
# what no body returns.
declare -A calls calls_in patched patched2
mismatches=0

read_calls() {
	local target context n new newer bad
	calls=() calls_in=() patched=() patched2=() mismatches=0
	while read -r target context n new newer bad; do
		calls[$target]=$((${calls[$target]-0} + n))
		calls_in[$context]=$((${calls_in[$context]-0} + n))
		patched[$target]=$((${patched[$target]-0} + new))
		patched2[$target]=$((${patched2[$target]-0} + newer))
		mismatches=$((mismatches + bad))
	done <"$LPH_TEST/calls"
}

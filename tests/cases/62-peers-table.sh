#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# What becomes of a patch and a neighbour on one function: each kind of
# neighbour, next to a patch of each backend, in both orders. The table is
# docs/peers.md; a row that is not as it says there has failed.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/neighbours.sh"

need_service || fail "the service is up and the helper loaded"
release=$(uname -r | cut -d . -f 1,2)
sysctl -qw kernel.bpf_stats_enabled=1

# ------------------------------------------------------------- neighbours

# What each is for livepatchd: its kind and its name.
declare -A known_as=(
	[kprobe]='kprobe peers/kp'
	['kprobe with post_handler']='kprobe '
	[kretprobe]='kretprobe peers/krp'
	[fprobe]='fprobe peers/fp'
	['fprobe on return']='fprobe-exit peers/fpx'
	['function tracer']='function tracing/instances/peers'
	['function_graph tracer']='function_graph tracing'
	['BPF fentry']='bpf-fentry my_fentry'
	['BPF fexit']='bpf-fexit my_fexit'
	['BPF kprobe']='bpf-kprobe my_kprobe'
	['BPF kretprobe']='bpf-kretprobe my_kretprobe'
	[livepatchd]='tracer'
)

# attach NEIGHBOUR
attach() {
	case $1 in
	kprobe) probe "p:peers/kp $function" ;;
	'kprobe with post_handler') insmod "$TESTS/module/lph_probe.ko" symbol=$function post=1 ;;
	kretprobe) probe "r:peers/krp $function" ;;
	fprobe) probe "f:peers/fp $function" ;;
	'fprobe on return') probe "f:peers/fpx $function%return" ;;
	'function tracer')
		mkdir $tracefs/instances/peers && echo $function >$tracefs/instances/peers/set_ftrace_filter &&
			echo function >$tracefs/instances/peers/current_tracer
		;;
	'function_graph tracer')
		echo $function >$tracefs/set_ftrace_filter && echo function_graph >$tracefs/current_tracer
		;;
	BPF*) program "${1#BPF }" ;;
	livepatchd) livepatchd trace $function ;;
	esac >/dev/null 2>&1
}

# detach NEIGHBOUR
detach() {
	case $1 in
	kprobe) unprobe kp ;;
	'kprobe with post_handler') rmmod lph_probe ;;
	kretprobe) unprobe krp ;;
	fprobe) unprobe fp ;;
	'fprobe on return') unprobe fpx ;;
	'function tracer')
		echo nop >$tracefs/instances/peers/current_tracer
		rmdir $tracefs/instances/peers
		;;
	'function_graph tracer')
		echo nop >$tracefs/current_tracer
		echo >$tracefs/set_ftrace_filter
		;;
	BPF*) unprogram "${1#BPF }" ;;
	livepatchd) livepatchd untrace --all ;;
	esac >/dev/null 2>&1
}

# bodies: how often each ran, by our tracer
bodies() {
	livepatchd tracers --json | jq -r '.[0].bodies[] | "\(.body) \(.hits)"' | sort
}

# count NEIGHBOUR: how often it was hit, where it has no record of its own
count() {
	case $1 in
	'kprobe with post_handler') cat /sys/module/lph_probe/parameters/hits 2>/dev/null ;;
	BPF*) runs "${1#BPF }" ;;
	livepatchd) bodies ;;
	*) echo 0 ;;
	esac
}

# record_of NEIGHBOUR: under which symbol it has reported calls
record_of() {
	case $1 in
	kprobe) sed -nE 's/.*kp: \(([a-z0-9_]+)\+.*/\1/p' $tracefs/trace ;;
	kretprobe) sed -nE 's/.*krp: \(.* <- ([a-z0-9_]+)\).*/\1/p' $tracefs/trace ;;
	fprobe) sed -nE 's/.*fp: \(([a-z0-9_]+)[+)].*/\1/p' $tracefs/trace ;;
	'fprobe on return') sed -nE 's/.*fpx: \(.* <- ([a-z0-9_]+)\).*/\1/p' $tracefs/trace ;;
	'function tracer') sed -nE 's/.*: ([a-z0-9_]+) <-.*/\1/p' $tracefs/instances/peers/trace ;;
	'function_graph tracer') sed -nE 's/.*\| +([a-z0-9_]+)\(\).*/\1/p' $tracefs/trace ;;
	esac | sort -u | paste -sd ' '
}

# ------------------------------------------------------------------- a row

declare -A before=()

begin() {
	local neighbour
	before=()
	for neighbour; do
		before[$neighbour]=$(count "$neighbour")
	done
	echo >$tracefs/trace
	[ ! -d $tracefs/instances/peers ] || echo >$tracefs/instances/peers/trace
}

# filed NEIGHBOUR: where the call went that was made since begin; "-": nowhere
filed() {
	local after symbol
	case $1 in
	livepatchd)
		symbol=$(comm -13 <(echo "${before[$1]}") <(bodies) | cut -d ' ' -f 1)
		[ "$symbol" = "$module" ] && echo body && return
		[ "$symbol" = original ] && echo function && return
		;;
	'kprobe with post_handler' | BPF*)
		after=$(count "$1")
		# They are attached to the function, and know nothing else.
		[ "${after:-0}" -gt "${before[$1]:-0}" ] && echo function && return
		;;
	*)
		symbol=$(record_of "$1")
		[ "$symbol" = $function ] && echo function && return
		;;
	esac
	echo "${symbol:--}"
}

# says_misfiled NEIGHBOUR: what livepatchd says of it, of $functions
says_misfiled() {
	local kind name
	read -r kind name <<<"${known_as[$1]}"
	jq -r --arg kind "$kind" --arg name "$name" '[.[0].peers[] |
		select(.kind == $kind and ($kind == "tracer" or .name == $name)) | .misfiles] | any' <<<"$functions"
}

# row NEIGHBOUR PATCH FIRST THERE RUNS FILED: one of the table
row() {
	local line kernels
	line="| $1 | $2 | $3 | $4 | $5 | $6 |"
	kernels=$(grep -F -e "$line" "$TESTS/peers.md")
	kernels=${kernels#"$line"}
	if ! grep -qE "^\| .*[ ,]${release/./\\.}[ ,]" "$TESTS/peers.md"; then
		note "not documented for $release: $line"
	elif [[ " ${kernels//[,|]/ } " == *" $release "* ]]; then
		pass "$line"
	else
		fail "$line" "docs/peers.md: $(grep -F "| $1 | $2 | $3 |" "$TESTS/peers.md")"
	fi
}

# measure PATCH FIRST NEIGHBOUR...: makes a call, and a row for each neighbour
measure() {
	local patch=$1 first=$2 neighbour line body=original where
	shift 2
	functions=$(livepatchd functions --json $function)
	begin "$@"
	read -r line </proc/cmdline
	[[ $line != "$module: "* ]] || body="patch"
	for neighbour; do
		where=$(filed "$neighbour")
		row "$neighbour" "$patch" "$first" both "$body" "$where"
		if [ "$where" = function ] && [ "$neighbour" != 'kprobe with post_handler' ]; then
			equal "livepatchd tells whether that is wrong" \
				"$([ $body = patch ] && echo true || echo false)" "$(says_misfiled "$neighbour")"
		fi
	done
}

# alone PATCH FIRST NEIGHBOUR THERE: the other one was refused
alone() {
	local line body=original where=-
	begin "$3"
	read -r line </proc/cmdline
	[[ $line != "$module: "* ]] || body="patch"
	[ "$4" != neighbour ] || where=$(filed "$3")
	row "$3" "$1" "$2" "$4" $body "$where"
}

# ------------------------------------------------------------------ orders

# patch_first PATCH: each neighbour comes to the patch
patch_first() {
	local neighbour
	note "$1, the patch first"
	expect 0 "load" livepatchd load "$PATCHES/$module.ko"
	for neighbour in "${neighbours[@]}"; do
		if attach "$neighbour"; then
			measure "$1" patch "$neighbour"
			detach "$neighbour"
		else
			alone "$1" patch "$neighbour" patch
		fi
	done
	expect 0 "unload" livepatchd unload $module
}

# neighbour_first PATCH REFUSING...: the patch comes to all that do not refuse it, and to each that does
neighbour_first() {
	local patch=$1 neighbour refusing together=()
	shift
	refusing=$(printf '|%s|' "$@")
	note "$patch, the neighbours first"
	for neighbour; do
		attach "$neighbour" || fail "$neighbour is attached"
		expect 5 "the patch is refused by $neighbour" livepatchd load "$PATCHES/$module.ko"
		alone "$patch" neighbour "$neighbour" neighbour
		detach "$neighbour"
	done
	for neighbour in "${neighbours[@]}"; do
		[[ $refusing != *"|$neighbour|"* ]] || continue
		attach "$neighbour" || fail "$neighbour is attached"
		together+=("$neighbour")
	done
	expect 0 "the patch comes to all others" livepatchd load "$PATCHES/$module.ko"
	measure "$patch" neighbour "${together[@]}"
	for neighbour in "${together[@]}"; do
		detach "$neighbour"
	done
	expect 0 "unload" livepatchd unload $module
}

neighbours=(kprobe 'kprobe with post_handler' kretprobe)
if attach fprobe; then
	detach fprobe
	neighbours+=(fprobe 'fprobe on return')
else
	note "this kernel has no fprobe events"
fi
neighbours+=('function tracer' 'function_graph tracer' 'BPF fentry' 'BPF fexit' 'BPF kprobe' 'BPF kretprobe' livepatchd)

module=livepatch_cmdline
patch_first 'kernel livepatch'
neighbour_first 'kernel livepatch' 'kprobe with post_handler'
module=helper_cmdline
patch_first 'helper patch'
neighbour_first 'helper patch' 'kprobe with post_handler' 'BPF fentry' 'BPF fexit'
clear_neighbours
end_case

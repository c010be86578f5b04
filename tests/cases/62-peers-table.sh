#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # jq has variables of its own
# What becomes of a patch and a neighbour on one function: each kind of
# neighbour, next to a patch of each backend, in both orders. What is measured
# has to be what docs/peers.md says, and what livepatchd says of it.
#
# Each neighbour has a function of its own, and each patch has them all: one
# transition serves the whole table.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/neighbours.sh"

need_service || fail "the service is up and the helper loaded"
release=$(uname -r | cut -d . -f 1,2)
sysctl -qw kernel.bpf_stats_enabled=1

# ------------------------------------------------------------- neighbours

neighbours=()
declare -A function_of=() file_of=() known_as=() tracer_of=()
event='livepatchd, an event'

# neighbour NAME FUNCTION FILE KNOWN: what livepatchd calls it, kind and name
neighbour() {
	neighbours+=("$1")
	function_of[$1]=$2 file_of[$1]=/proc/$3 known_as[$1]=$4
}

# If the kernel has it.
neighbour_if() {
	neighbour "$@"
	if attach "$1" 2>/dev/null; then
		detach "$1"
	else
		note "this kernel has no $1"
		unset 'neighbours[-1]'
	fi
}

# attach NEIGHBOUR
attach() {
	local function=${function_of[$1]}
	case $1 in
	kprobe) probe "p:peers/kp $function" ;;
	'kprobe with post_handler') insmod "$TESTS/module/lph_probe.ko" symbol="$function" post=1 ;;
	kretprobe) probe "r:peers/krp $function value=\$retval:s32" ;;
	fprobe) probe "f:peers/fp $function" ;;
	'fprobe on return') probe "f:peers/fpx $function%return value=\$retval:s32" ;;
	'function tracer')
		mkdir $tracefs/instances/peers && echo "$function" >$tracefs/instances/peers/set_ftrace_filter &&
			echo function >$tracefs/instances/peers/current_tracer
		;;
	'function_graph tracer')
		echo "$function" >$tracefs/set_ftrace_filter && echo function_graph >$tracefs/current_tracer
		;;
	BPF*) program "${1#BPF }" "$function" ;;
	livepatchd) trace "$1" --kind=count ;;
	'livepatchd, shared') shared_trace "$1" ;;
	"$event") trace "$1" --kind=event ;;
	esac
}

trace() {
	local told
	told=$(livepatchd trace --json "$2" "${function_of[$1]}") && tracer_of[$1]=$(jq '.tracers[0].id' <<<"$told")
}

shared_trace() {
	local r
	echo 0 >"$HELPER_PARAMETERS/direct_limit"
	trace "$1" --kind=count
	r=$?
	echo "$direct_limit" >"$HELPER_PARAMETERS/direct_limit"
	return $r
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
	livepatchd*) livepatchd untrace "${tracer_of[$1]}" ;;
	esac
}

# -------------------------------------------------------- what a call comes to

declare -A before=() after=() body_of=() files_of=() reports_of=()

# count NEIGHBOUR ARRAY: what it has seen so far, where it keeps no record of each call
# shellcheck disable=SC2034 # the array is the caller's
count() {
	local -n counts=$2
	case $1 in
	'kprobe with post_handler') read -r "counts[$1]" 2>/dev/null </sys/module/lph_probe/parameters/hits ;;
	BPF*)
		[ -n "${programs[${1#BPF }]-}" ] || return
		runs "${1#BPF }"
		counts[$1]=$ran
		;;
	livepatchd*) counts[$1]=$(jq -c --argjson id "${tracer_of[$1]}" '.[] | select(.id == $id).bodies' <<<"$tracers") ;;
	esac
}

# count_all ARRAY NEIGHBOUR...
count_all() {
	local array=$1 neighbour
	shift
	[[ " $* " != *livepatchd* ]] || tracers=$(livepatchd tracers --json)
	for neighbour; do
		count "$neighbour" "$array"
	done
}

# record_of NEIGHBOUR: "SYMBOL [VALUE]", of calls that it has reported one by one
record_of() {
	case $1 in
	kprobe) sed -nE 's/.*kp: \(([a-z0-9_]+)\+.*/\1/p' "$work/trace" ;;
	kretprobe) sed -nE 's/.*krp: \(.* <- ([a-z0-9_]+)\) value=(-?[0-9]+).*/\1 \2/p' "$work/trace" ;;
	fprobe) sed -nE 's/.*fp: \(([a-z0-9_]+)[+)].*/\1/p' "$work/trace" ;;
	'fprobe on return') sed -nE 's/.*fpx: \(.* <- ([a-z0-9_]+)\) value=(-?[0-9]+).*/\1 \2/p' "$work/trace" ;;
	'function tracer') sed -nE 's/.*: ([a-z0-9_]+) <-.*/\1/p' $tracefs/instances/peers/trace 2>/dev/null ;;
	'function_graph tracer') sed -nE 's/.*\| +([a-z0-9_]+)\(\).*/\1/p' "$work/trace" ;;
	esac | sort -u
}

# new_calls NEIGHBOUR: $n is how often the patch's body ran
new_calls() {
	n=0
	read -r n 2>/dev/null <"/sys/module/$module/parameters/${function_of[$1]}"
}

# call NEIGHBOUR: its function, once; body_of is what ran: what the original
# shows, or nothing from a body that counts itself.
call() {
	local n old shown=no
	new_calls "$1"
	old=$n
	cat "${file_of[$1]}" >"$work/shown" &
	caller=$!
	wait $caller
	new_calls "$1"
	[ ! -s "$work/shown" ] || shown=yes
	body_of[$1]=neither
	[ $shown = yes ] && [ "$n" = "$old" ] && body_of[$1]=original
	[ $shown = no ] && [ "$n" -gt "$old" ] && body_of[$1]="patch"
}

# is_filed NEIGHBOUR SYMBOL [VALUE]: that is what it has reported of the call
is_filed() {
	local symbol=${2-}
	[ "$symbol" != "${function_of[$1]}" ] || symbol=function
	files_of[$1]=${symbol:--}
	reports_of[$1]=${symbol:+the call}
	case ${3-} in
	'') ;;
	0) reports_of[$1]="the original's value" ;;
	1) reports_of[$1]="the patch's value" ;;
	*) reports_of[$1]="the value $3" ;;
	esac
	reports_of[$1]=${reports_of[$1]:--}
}

# is_filed_under NEIGHBOUR BODIES: likewise, of those that tell bodies
is_filed_under() {
	local ran=original
	[ "${body_of[$1]}" != patch ] || ran=$module
	is_filed "$1" "$([ "$2" = "$ran" ] && echo body || echo "$2")"
}

# What has come of it with a neighbour that keeps a record of each call.
look_at_record() {
	local symbol='' value=''
	record_of "$1" >"$work/record"
	read -r symbol value <"$work/record"
	# Of one call there is one record; of several that are alike, too.
	[ "$(wc -l <"$work/record")" -le 1 ] || symbol=$(paste -sd ' ' "$work/record")
	is_filed "$1" "$symbol" "$value"
}

# Likewise with one that counts.
look_at_count() {
	local hits value
	if [[ $1 == livepatchd* ]]; then
		is_filed_under "$1" "$(jq -nr --argjson before "${before[$1]}" --argjson after "${after[$1]}" \
			'$after - $before | map(.body) | join(" ")')"
		return
	fi
	read -r hits value <<<"${after[$1]-}"
	# They are attached to the function, and know no other.
	if [ "${hits:-0}" -gt "${before[$1]%% *}" ]; then
		is_filed "$1" "${function_of[$1]}" "$value"
	else
		is_filed "$1"
	fi
}

# ------------------------------------------------------------------- the rows

rows=() events=()

# row NEIGHBOUR FIRST THERE: one of the table, of what was measured last
row() {
	rows+=("| $1 | $patch | $2 | $3 | ${body_of[$1]} | ${reports_of[$1]} | ${files_of[$1]} |")
}

# as_foretold NEIGHBOUR FIRST WORDS: livepatchd's words are what was measured
as_foretold() {
	local winner=original wrong=false
	[ "${body_of[$1]}" != patch ] || winner=$module
	[ "${files_of[$1]}" != function ] || [ "$winner" = original ] || wrong=true
	equal "$patch, $2 first, $1: livepatchd says what is so" \
		"runs $winner, files ${files_of[$1]}, wrong $wrong" "$3"
}

# look NEIGHBOUR...: what livepatchd says of a call next to each of them
declare -A foretold=()
look() {
	local neighbour known words functions=()
	for neighbour; do
		functions+=("${function_of[$neighbour]}")
	done
	livepatchd functions --json "${functions[@]}" >"$work/functions"
	for neighbour; do
		known=${known_as[$neighbour]}
		[ "$known" != tracer ] || known="tracer ${tracer_of[$neighbour]}"
		printf '%s|%s|%s\n' "$neighbour" "${function_of[$neighbour]}" "$known"
	done >"$work/known"
	while IFS='|' read -r neighbour words; do
		foretold[$neighbour]=$words
	done < <(jq -Rr --slurpfile functions "$work/functions" '
		split("|") as [$neighbour, $function, $known] | $functions[0][] | select(.function == $function) |
		([.peers[] | select("\(.kind) \(.name)" == $known and .active)][0] // {files: "-", misfiles: false}) as $peer |
		"\($neighbour)|runs \(.winner), files \($peer.files), wrong \($peer.misfiles)"' "$work/known")
}

# measure FIRST THERE NEIGHBOUR...: a row for each, of one call of its function
# after a look
measure() {
	local first=$1 there=$2 neighbour
	shift 2
	before=() after=()
	for neighbour; do
		before[$neighbour]=0
	done
	count_all before "$@"
	echo >$tracefs/trace
	[ ! -d $tracefs/instances/peers ] || echo >$tracefs/instances/peers/trace
	for neighbour; do
		call "$neighbour"
		[ "$neighbour" != "$event" ] ||
			events+=("$caller|${body_of[$event]}|$patch|$module|$first|$there|${foretold[$event]}")
	done
	cat $tracefs/trace >"$work/trace"
	count_all after "$@"
	for neighbour; do
		case $neighbour in
		"$event") continue ;;
		'kprobe with post_handler' | BPF* | livepatchd*) look_at_count "$neighbour" ;;
		*) look_at_record "$neighbour" ;;
		esac
		row "$neighbour" "$first" "$there"
		as_foretold "$neighbour" "$first" "${foretold[$neighbour]}"
	done
}

# Our trace event, which others read all the time; what they have is seen in the
# end. They are on their own: what they do to their process group is not ours.
start_readers() {
	local fd
	mkfifo "$work/begin" "$work/end"
	setsid trace-cmd record -q -o "$work/trace.dat" -B readers -e livepatch_helper:function_hit \
		perf record -q -a -o "$work/perf.data" -e livepatch_helper:function_hit \
		sh -c "echo >'$work/begin'; read -r _ <'$work/end'" &
	readers=$!
	background+=("$readers")
	exec {fd}<>"$work/begin"
	holds "trace-cmd and perf read our event" read -r -t 120 -u $fd
	exec {fd}<&-
}

stop_readers() {
	local reader caller words
	echo >"$work/end"
	wait "$readers"
	trace-cmd report -i "$work/trace.dat" 2>/dev/null >"$work/read by trace-cmd"
	perf script -i "$work/perf.data" 2>/dev/null >"$work/read by perf"
	for reader in 'read by trace-cmd' 'read by perf'; do
		function_of["$event, $reader"]=${function_of[$event]}
		for line in "${events[@]}"; do
			IFS='|' read -r caller body_of["$event, $reader"] patch module first there words <<<"$line"
			is_filed_under "$event, $reader" "$(sed -nE \
				"s/.*[ -]$caller +.*function_hit: +${function_of[$event]} body=([^ ]+) .*/\1/p" \
				"$work/$reader" | sort -u | paste -sd ' ')"
			row "$event, $reader" "$first" "$there"
			as_foretold "$event, $reader" "$first" "$words"
		done
	done
}

# ------------------------------------------------------------------ patches

# apply: by the kernel's or the helper's own word, without a look by livepatchd
apply() {
	insmod "$PATCHES/$module.ko" 2>"$work/refused" || return
	if [ "$patch" = 'kernel livepatch' ]; then
		eventually 60 grep -qs 0 $KLP/$module/transition
	elif ! "$TESTS/tools/lph-patch" apply $module 2>"$work/refused"; then
		rmmod $module
		return 1
	fi
}

remove() {
	expect 0 "$patch: unload" livepatchd unload $module
}

# owners: the functions of which livepatchd says that somebody stands in the way
owners() {
	livepatchd check --json "$PATCHES/$module.ko" | jq -r '.findings[] | select(.check == "owner").function' |
		sort -u | paste -sd ' '
}

detach_all() {
	local neighbour
	for neighbour; do
		detach "$neighbour"
	done >/dev/null
}

# The patch comes to the neighbours: to those that it gets along with all at
# once, to each of the others before.
neighbours_first() {
	local neighbour owned others=()
	rivals=()
	for neighbour in "${neighbours[@]}"; do
		attach "$neighbour" >/dev/null || fail "$neighbour is attached"
	done
	owned=" $(owners) "
	for neighbour in "${neighbours[@]}"; do
		if [[ $owned == *" ${function_of[$neighbour]} "* ]]; then
			rivals+=("$neighbour")
		else
			others+=("$neighbour")
		fi
	done
	detach_all "${rivals[@]}"
	for neighbour in "${rivals[@]}"; do
		attach "$neighbour" >/dev/null
		if apply; then
			fail "$patch: refused because of $neighbour, as livepatchd says" "it is not"
			livepatchd unload $module
		else
			pass "$patch: refused because of $neighbour, as livepatchd says"
			note "$(tail -n 1 "$work/refused")"
		fi
		detach_all "$neighbour"
	done
	holds "$patch: nobody else refuses it" apply || note "$(tail -n 1 "$work/refused")"
	look "${others[@]}"
	measure neighbour both "${others[@]}"
	detach_all "${others[@]}"
}

# What refuses the patch is alone, and what the neighbour reports is of the original.
refusers_alone() {
	local neighbour
	for neighbour in "${rivals[@]}"; do
		# The helper leaves a function some time after its last op.
		holds "$patch: unloaded, so $neighbour may come" eventually 30 attach "$neighbour" 2>/dev/null
	done
	look "${rivals[@]}"
	measure neighbour neighbour "${rivals[@]}"
	detach_all "${rivals[@]}"
}

# Each neighbour comes to the patch.
patch_first() {
	local neighbour there=() refused=()
	for neighbour in "${neighbours[@]}"; do
		if attach "$neighbour" >/dev/null 2>"$work/why"; then
			there+=("$neighbour")
		else
			refused+=("$neighbour")
			note "$patch: refuses $neighbour: $(cat "$work/why" "$work/${neighbour#BPF }.err" 2>/dev/null | head -n 1)"
		fi
	done
	look "${neighbours[@]}"
	[ ${#refused[@]} = 0 ] || measure patch patch "${refused[@]}"
	measure patch both "${there[@]}"
	detach_all "${there[@]}"
}

# ----------------------------------------------------------------- the table

# documented RELEASE: the rows of docs/peers.md of a kernel, without its column
documented() {
	awk -F ' *\\| *' -v release="$1" '$9 ~ "(^|, )" release "(,|$)" { sub(/[^|]*\|$/, ""); print }' "$TESTS/peers.md"
}

# The newest kernel in the docs that is not newer than this one.
documented_release() {
	local known
	known=$(sed -nE 's/^\|.*\| ([0-9., ]+) \|$/\1/p' "$TESTS/peers.md" | tr -s ', ' '\n' | sort -Vu)
	printf '%s\n' "$known" "$release" | sort -V | uniq |
		awk -v release="$release" -v known=" ${known//$'\n'/ } " '
			!newer && index(known, " " $0 " ") { last = $0 }
			$0 == release { newer = 1 }
			END { print last }'
}

compare() {
	local as_of line key
	local -A says=()
	as_of=$(documented_release)
	note "measured on $release, docs/peers.md is of $as_of:"
	printf "# %s $release |\n" "${rows[@]}"
	while read -r line; do
		key=${line%"|"*"|"*"|"*"|"*"|"}
		says[$key]=$line
	done < <(documented "$as_of")
	for line in "${rows[@]}"; do
		key=${line%"|"*"|"*"|"*"|"*"|"}
		equal "$line" "$line" "${says[$key]-}"
		unset "says[$key]"
	done
	equal "nothing else is in docs/peers.md" "" "${says[*]}"
}

start_readers
neighbour kprobe version_proc_show version 'kprobe peers/kp'
neighbour 'kprobe with post_handler' execdomains_proc_show execdomains 'kprobe '
neighbour kretprobe proc_dma_show dma 'kretprobe peers/krp'
neighbour_if fprobe show_softirqs softirqs 'fprobe peers/fp'
neighbour_if 'fprobe on return' proc_cgroupstats_show cgroups 'fprobe-exit peers/fpx'
neighbour 'function tracer' sockstat_seq_show net/sockstat 'function tracing/instances/peers'
neighbour 'function_graph tracer' snmp_seq_show net/snmp 'function_graph tracing'
neighbour 'BPF fentry' netstat_seq_show net/netstat 'bpf-fentry my_fentry'
neighbour 'BPF fexit' sockstat6_seq_show net/sockstat6 'bpf-fexit my_fexit'
neighbour 'BPF kprobe' fib_triestat_seq_show net/fib_triestat 'bpf-kprobe my_kprobe'
neighbour 'BPF kretprobe' snmp6_seq_show net/snmp6 'bpf-kretprobe my_kretprobe'
neighbour_if 'BPF kprobe_multi' loadavg_proc_show loadavg 'bpf-kprobe_multi my_kprobe_multi'
neighbour_if 'BPF kretprobe_multi' uptime_proc_show uptime 'bpf-kretprobe_multi my_kretprobe_mu'
neighbour livepatchd cmdline_proc_show cmdline tracer
neighbour 'livepatchd, shared' meminfo_proc_show meminfo tracer
neighbour "$event" filesystems_proc_show filesystems tracer

for module in klp_proc helper_proc; do
	patch='kernel livepatch'
	[ $module = klp_proc ] || patch='helper patch'
	neighbours_first
	patch_first
	remove
	[ ${#rivals[@]} = 0 ] || refusers_alone
done
stop_readers
compare
clear_neighbours
end_case

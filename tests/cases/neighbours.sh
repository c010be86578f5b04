# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # the cases use what is set here, lib.sh sets the rest
#
# Neighbours of all kinds on one function, for the cases that source it behind
# lib.sh: those of tracefs, a module's kprobe, and BPF programs.

tracefs=/sys/kernel/tracing
[ -e $tracefs/enabled_functions ] || mount -t tracefs tracefs $tracefs
# The sample patches patch it, and BPF knows its type.
function=cmdline_proc_show

clear_neighbours() {
	[ ! -e /sys/module/lph_probe ] || rmmod lph_probe
	echo nop >$tracefs/current_tracer
	echo >$tracefs/set_ftrace_filter
	[ ! -d $tracefs/instances/peers ] || rmdir $tracefs/instances/peers
	[ ! -d $tracefs/events/peers ] || echo 0 >$tracefs/events/peers/enable
	echo >$tracefs/dynamic_events
}
defer clear_neighbours

# probe DEFINITION: an event of tracefs, switched on.
probe() {
	local name=${1%% *}
	name=${name#*/}
	echo "$1" >>$tracefs/dynamic_events && echo 1 >"$tracefs/events/peers/$name/enable"
}

unprobe() {
	echo 0 >"$tracefs/events/peers/$1/enable"
	echo "-:peers/$1" >>$tracefs/dynamic_events
}

# program KIND: attaches a BPF program my_KIND to the function.
declare -A programs=()
program() {
	local fd pid
	rm -f "$work/$1".*
	mkfifo "$work/$1.in"
	"$TESTS/tools/lph-bpf" "$1" $function "my_$1" <"$work/$1.in" >"$work/$1.out" 2>"$work/$1.err" &
	pid=$!
	exec {fd}>"$work/$1.in"
	programs[$1]="$fd $pid"
	eventually 30 settled "$1" "$pid"
	grep -qs attached "$work/$1.out" && return
	exec {fd}>&-
	unset "programs[$1]"
	return 1
}

settled() {
	grep -qs attached "$work/$1.out" || ! kill -0 "$2" 2>/dev/null
}

# unprogram KIND: detaches it; $hits is how often it ran.
unprogram() {
	local fd pid
	read -r fd pid <<<"${programs[$1]}"
	# The others have this descriptor, too: closing it would not end it.
	echo >&"$fd"
	exec {fd}>&-
	wait "$pid"
	unset "programs[$1]"
	hits=$(tail -n 1 "$work/$1.out")
}

# runs KIND: how often the program has run
runs() {
	local fd line n
	read -r fd _ <<<"${programs[$1]}"
	n=$(wc -l <"$work/$1.out")
	echo '?' >&"$fd"
	eventually 10 more_lines "$work/$1.out" "$n"
	tail -n 1 "$work/$1.out"
}

more_lines() {
	[ "$(wc -l <"$1")" -gt "$2" ]
}

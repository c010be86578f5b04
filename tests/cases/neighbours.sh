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

# program KIND [FUNCTION]: attaches a BPF program my_KIND, as far as the kernel
# has room for the name, to the function.
declare -A programs=() answers=()
program() {
	local fd pid answer=''
	rm -f "$work/$1".*
	mkfifo "$work/$1.in" "$work/$1.out"
	"$TESTS/tools/lph-bpf" "$1" "${2:-$function}" "my_${1:0:12}" <"$work/$1.in" >"$work/$1.out" 2>"$work/$1.err" &
	pid=$!
	exec {fd}>"$work/$1.in"
	programs[$1]="$fd $pid"
	exec {fd}<"$work/$1.out"
	answers[$1]=$fd
	read -r -t 60 answer <&"$fd"
	[ "$answer" = attached ] && return
	forget_program "$1"
	return 1
}

# The others have these descriptors, too: closing them does not end it.
forget_program() {
	local fd pid out=${answers[$1]}
	read -r fd pid <<<"${programs[$1]}"
	exec {fd}>&- {out}<&-
	wait "$pid"
	unset "programs[$1]" "answers[$1]"
}

# unprogram KIND: detaches it; $hits is how often it ran.
unprogram() {
	echo >&"${programs[$1]% *}"
	read -r -t 60 hits _ <&"${answers[$1]}"
	forget_program "$1"
}

# runs KIND: $ran is how often the program has run, and on the way out the value that it saw last
runs() {
	echo '?' >&"${programs[$1]% *}"
	read -r -t 60 ran <&"${answers[$1]}"
}

# SPDX-License-Identifier: GPL-2.0
# Completion for bash. Verbs and options are what --help lists.

_livepatchd_verbs() {
	livepatchd --help 2>/dev/null | sed -n '/^Verbs:/,/^$/s/^  \([a-z]\+\).*/\1/p'
}

_livepatchd_options() {
	livepatchd "$@" --help 2>/dev/null | sed -n 's/^  \(-., \|    \)\(--[a-z-]*=\?\).*/\2/p'
}

_livepatchd() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} verb='' word words=''
	local i all

	all=" $(_livepatchd_verbs | tr '\n' ' ')"
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $all == *" $word "* ]]; then
			verb=$word
			break
		fi
	done

	# Bash makes words of their own of "=" and what follows it.
	[[ $cur == = ]] && cur=''
	[[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}

	case $prev in
	--on-timeout) words='reverse keep force' ;;
	--strategy) words='slots emulate stub spin' ;;
	--consistency) words='task stop' ;;
	--kind) words='count event latency bpf:processes bpf:stacks' ;;
	-H | --host | --timeout | --priority | --for | --interval | --count | --limit) return ;;
	*)
		if [[ $cur == -* ]]; then
			words=$(_livepatchd_options ${verb:+"$verb"})
		elif [[ -z $verb ]]; then
			words=$all
		else
			case $verb in
			load | check)
				compopt -o filenames
				mapfile -t COMPREPLY < <(compgen -d -- "$cur"; compgen -f -X '!*.ko*' -- "$cur")
				return
				;;
			unload | show | wait | order | blockers) words=$(livepatchd list 2>/dev/null | awk 'NR > 1 { print $2 }') ;;
			retrace | untrace | tracers | monitor) words=$(livepatchd tracers 2>/dev/null | awk 'NR > 1 { print $1 }') ;;
			esac
		fi
		;;
	esac

	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	[[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace
}

complete -F _livepatchd livepatchd

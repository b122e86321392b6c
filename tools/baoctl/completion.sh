# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Completion of baoctl for bash. It asks baoctl itself: --help lists the commands
# of a family, and the options of a command.

# _baoctl_operands COMMAND...: what may follow the options
_baoctl_operands()
{
	case ${2:-} in
	ipc | dm)
		"$1" "$2" list 2>/dev/null | awk 'NR > 1 { print $1 }'
		;;
	esac
}

_baoctl()
{
	local current=${COMP_WORDS[COMP_CWORD]}
	local command=("${COMP_WORDS[0]}")
	local help words word
	local family='^usage: [a-z ]* COMMAND'
	local option='s/^  *\(-., \)\{0,1\}\(--[a-z][a-z-]*\).*/\2/p'

	help=$("${command[@]}" --help 2>/dev/null) || return 0
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		[[ $help =~ $family ]] || break
		command+=("$word")
		help=$("${command[@]}" --help 2>/dev/null) || return 0
	done
	if [[ $current == -* ]]; then
		words=$(sed -n "$option" <<<"$help")
	elif [[ $help =~ $family ]]; then
		words=$(sed -n 's/^  \([a-z]\{1,\}\)  .*/\1/p' <<<"$help")
	else
		words=$(_baoctl_operands "${command[@]}")
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -o default -F _baoctl baoctl

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

_ch341a_beken() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} options

	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W 'list check write report hold enter reset serve image flashrom --help --version' -- "$word")
		return
	fi
	if [[ $command == flashrom ]]; then
		# flashrom's own completion, where bash-completion is loaded.
		if declare -F _command_offset >/dev/null; then
			_command_offset 1
		else
			compopt -o default
		fi
		return
	fi
	case $before in
	-p | --param)
		compopt -o nospace
		mapfile -t COMPREPLY < <(compgen -S = \
			-W 'device enter leave attempts cen_low_ms window_ms pipeline clock unprotect sfdp backup image' -- "$word")
		return
		;;
	--chip)
		mapfile -t COMPREPLY < <(compgen -W 'bk7231t bk7231n bk7238 bk7252 bk7252-2m' -- "$word")
		return
		;;
	--compare)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	--backup)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
		;;
	esac
	case $command in
	list) options='--json --verbose --help' ;;
	check) options='--loop --loopback --json --param --verbose --help' ;;
	write) options='--to --backup --no-backup --clone --erase-download --verify-all --dry-run --json --param --verbose --help' ;;
	report) options='--scratch --param --verbose --help' ;;
	hold) options='--param --verbose --help' ;;
	enter) options='--json --param --verbose --help' ;;
	reset) options='--param --verbose --help' ;;
	serve) options='--listen --once --param --verbose --help' ;;
	image) options='--compare --layout --chip --json --verbose --help' ;;
	*) return ;;
	esac
	if [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
	elif [[ $command == hold ]]; then
		mapfile -t COMPREPLY < <(compgen -W 'CS=1 CS=0 CEN=1 CEN=0 SCK=1 SCK=0 MOSI=1 MOSI=0' -- "$word")
	elif [[ $command == image || $command == report || $command == write ]]; then
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}

complete -F _ch341a_beken ch341a-beken

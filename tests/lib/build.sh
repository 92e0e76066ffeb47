# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# To be sourced. Wants quiet.sh.

build_source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

# build_project DIR [MESON_OPTION...]
#
# Builds into DIR; prints only if that fails. Sets DIR up if it is not, and
# again if the options are others than last time; meson keeps the last value of
# those that are left out. Ninja itself sees to changed sources and meson.build
# files.
build_project() {
	local dir=$1 options=("${@:2}") wanted before='' source=$build_source

	wanted=$(printf '%s\n' "${options[@]}")
	[ ! -f "$dir/.options" ] || before=$(cat "$dir/.options") || return
	[ ! -f "$dir/.source" ] || source=$(cat "$dir/.source") || return
	if [ ! -f "$dir/build.ninja" ]; then
		run_quietly meson setup "${options[@]}" "$dir" "$build_source" || return
	elif [ "$source" != "$build_source" ]; then
		# Copied or moved together with its source, it points to the old place.
		run_quietly meson setup --wipe "${options[@]}" "$dir" "$build_source" || return
	elif [ "$wanted" != "$before" ]; then
		run_quietly meson setup --reconfigure "${options[@]}" "$dir" "$build_source" || return
	fi
	printf '%s\n' "$build_source" >"$dir/.source" || return
	printf '%s\n' "$wanted" >"$dir/.options" || return
	run_quietly ninja -C "$dir"
}

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# To be sourced. Wants quiet.sh.

build_source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

# What the programs and the emulator need to be built. libc6-dev: Debian's gcc only
# recommends it.
# shellcheck disable=SC2034
build_packages=(gcc libc6-dev meson ninja-build pkg-config libusb-1.0-0-dev libjson-c-dev)

# Whether a build folder is not from elsewhere: copied or moved together with its
# source, it points to the old place.
is_of_this_source() {
	[ ! -f "$1/.source" ] || [ "$(cat "$1/.source")" = "$build_source" ]
}

# set_up DIR [MESON_OPTION...]
#
# Sets DIR up if it is not, and again if the options are others than last time;
# meson keeps the last value of those that are left out.
set_up() {
	local dir=$1 options=("${@:2}") wanted before=''

	wanted=$(printf '%s\n' "${options[@]}")
	[ ! -f "$dir/.options" ] || before=$(cat "$dir/.options") || return
	if [ ! -f "$dir/build.ninja" ]; then
		run_quietly meson setup "${options[@]}" "$dir" "$build_source" || return
	elif ! is_of_this_source "$dir"; then
		run_quietly meson setup --wipe "${options[@]}" "$dir" "$build_source" || return
	elif [ "$wanted" != "$before" ]; then
		run_quietly meson setup --reconfigure "${options[@]}" "$dir" "$build_source" || return
	fi
	printf '%s\n' "$build_source" >"$dir/.source" || return
	printf '%s\n' "$wanted" >"$dir/.options" || return
}

# has_targets DIR TARGET...
#
# Whether DIR is a build folder of this source that knows all the targets.
has_targets() {
	[ -f "$1/build.ninja" ] && is_of_this_source "$1" && ninja -C "$1" -t query "${@:2}" >/dev/null 2>&1
}

# build_project DIR [MESON_OPTION...]
#
# Builds all into DIR; prints only if that fails. Ninja itself sees to changed
# sources and meson.build files.
build_project() {
	set_up "$@" && run_quietly ninja -C "$1"
}

# What a run on emulated hardware needs.
emulated_targets=(flashrom ch341a-beken beken-emu libbeken_emu_preload.so tests/image/beken-mkimage)

# build_emulated DIR
#
# Builds the programs and the emulator into DIR, and needs nothing that only the
# tests need. A folder that was set up with the tests keeps them: else each
# change between this and the tests would configure it anew.
build_emulated() {
	has_targets "$1" "${emulated_targets[@]}" || set_up "$1" -Dtests=false -Demulator=true || return
	run_quietly ninja -C "$1" "${emulated_targets[@]}"
}

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Puts the programmer ch341a_beken into a source tree of flashrom or flashprog.
# All is prepared in a folder inside the tree and moved into place at the end.
# What fails before or in that step leaves the tree as it was.

set -u

# The rooms of programmer/ that make the driver. In a tree their files lie in one
# folder, and so their lists of sources become one file.
rooms='core driver'

stage=
keep_stage=
unfit=
replaced=
folder=
folder_made=
finished=

die()
{
	echo "apply.sh: $*" >&2
	exit 1
}

usage()
{
	cat <<'END'
Usage: apply.sh TREE
       apply.sh --list
       apply.sh --help

Adds the programmer ch341a_beken to TREE, an unpacked source tree of flashrom
or flashprog: copies the driver's files and applies the patches for the release
that TREE is. It builds nothing and fetches nothing. If anything fails, TREE
stays as it was.

  --list   name the supported releases
  --help   this text

Exit status: 0 done; 1 TREE is not known, is patched already, or a step failed;
2 wrong use.
END
}

list()
{
	for series in "$patches"/*/series; do
		basename "$(dirname "$series")"
	done
}

# ---- which release is it? ----

has()
{
	[ -f "$tree/$1" ]
}

declares()
{
	grep -qsw "$1" "$tree/include/flash.h" "$tree/include/libflashrom.h"
}

# By what the headers offer, newest first.
flashrom_by_headers()
{
	if declares FEATURE_STATUS_PER_DIE; then
		echo 1.8.0
	elif declares ERROR_FLASHROM_PREPARE_FLASH_ACCESS; then
		echo 1.7.0
	elif declares ERROR_FLASHROM_PROBE_NO_CHIPS_FOUND; then
		echo 1.6.0
	elif declares FEATURE_FLASH_HARDENING; then
		echo 1.5.1
	elif declares ERROR_FLASHROM_FATAL; then
		echo 1.4.0
	fi
}

# Sets release, if the tree is a known one.
recognise()
{
	release=
	if has flashprog.c && has include/libflashprog.h; then
		if has include/chipdrivers/spi.h; then
			release=flashprog-main
		elif has include/chipdrivers.h && has include/version.h.in; then
			release=flashprog-1.5
		fi
	elif has flashrom.c && has include/libflashrom.h; then
		number=$(flashrom_by_headers)
		version=
		if has VERSION; then
			version=$(sed -e 's/^v//' -e q "$tree/VERSION")
		fi
		case "$number/$version" in
		1.[4-8].*/"${number%.*}".*)
			release=flashrom-$number
			;;
		esac
	fi
}

is_patched()
{
	[ -e "$tree/ch341a_beken" ] || [ -e "$tree/programmers/ch341a_beken" ] ||
		grep -qs ch341a_beken "$tree/meson.build" "$tree/include/programmer.h" "$tree/programmer_table.c"
}

# ---- preparing ----

patch_names()
{
	sed -e 's/#.*//' "$patches/$release/series" | while read -r name _; do
		if [ -n "$name" ]; then
			echo "$name"
		fi
	done
}

# The files of the tree that the patches change or add.
touched_files()
{
	for name in $names; do
		sed -n -e 's|^+++ b/\([^	]*\).*|\1|p' "$patches/$release/$name"
	done | sort -u
}

# As the list of the room names them.
sources_of()
{
	sed -n "s/^ *'\(.*\.c\)',*$/\1/p" "$driver/$1/meson.build"
}

check_material()
{
	for name in $names; do
		[ -f "$patches/$release/$name" ] ||
			die "the patch $name, which $release/series names, is missing; nothing was changed."
	done
	for room in $rooms; do
		[ -f "$driver/$room/meson.build" ] ||
			die "the driver's folder $room is missing in $driver; nothing was changed."
		for name in $(sources_of "$room"); do
			[ -f "$driver/$room/$name" ] ||
				die "the driver's file $room/$name is missing in $driver; nothing was changed."
		done
	done
}

# Two copies of each file of the tree: one to change, one to go back to.
copy_touched()
{
	for file in $touched; do
		mkdir -p "$stage/new/$(dirname "$file")" "$stage/old/$(dirname "$file")" || return 1
		if [ -e "$tree/$file" ]; then
			cp -p "$tree/$file" "$stage/new/$file" || return 1
			cp -p "$tree/$file" "$stage/old/$file" || return 1
		fi
	done
}

copy_driver()
{
	mkdir "$stage/driver" || return 1
	for room in $rooms; do
		cp "$driver/$room"/*.[ch] "$stage/driver" || return 1
		cat "$driver/$room/meson.build" >>"$stage/driver/meson.build" || return 1
	done
}

apply_patches()
{
	for name in $names; do
		if ! output=$(LC_ALL=C patch -p1 -F0 -N -f -d "$stage/new" -i "$patches/$release/$name" 2>&1); then
			echo "$output" | grep -e FAILED -e "can't" -e '^|+++' -e '^patch:' >&2 || echo "$output" >&2
			unfit=$name
			return 1
		fi
	done
}

# ---- putting it in place, or back ----

put_in_place()
{
	for file in $touched; do
		replaced="$replaced $file"
		mv -f "$stage/new/$file" "$tree/$file" || return 1
	done
	folder_made=yes
	mv "$stage/driver" "$tree/$folder"
}

put_back()
{
	if [ -n "$folder_made" ]; then
		rm -rf "${tree:?}/$folder"
	fi
	for file in $replaced; do
		if [ -e "$stage/new/$file" ]; then
			continue
		fi
		if [ -e "$stage/old/$file" ]; then
			mv -f "$stage/old/$file" "$tree/$file"
		else
			rm -f "$tree/$file"
		fi || {
			echo "apply.sh: could not put $file back; its old text is in $stage/old." >&2
			keep_stage=yes
		}
	done
}

clean_up()
{
	status=$?
	trap '' HUP INT TERM
	if [ -z "$finished" ]; then
		put_back
	fi
	if [ -n "$stage" ] && [ -z "$keep_stage" ]; then
		rm -rf "$stage"
	fi
	exit "$status"
}

# ---- main ----

patches=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
driver=$(dirname "$patches")/programmer

case "${1-}" in
--help | -h)
	usage
	exit 0
	;;
--list)
	list
	exit 0
	;;
--)
	shift
	;;
-*)
	echo "apply.sh: unknown option $1; see apply.sh --help." >&2
	exit 2
	;;
esac
if [ $# -ne 1 ] || [ -z "$1" ]; then
	echo "apply.sh: name one source tree; see apply.sh --help." >&2
	exit 2
fi

[ -d "$1" ] || die "$1 is not a folder."
tree=$(CDPATH='' cd -- "$1" && pwd) || die "cannot enter $1."
command -v patch >/dev/null || die "the program patch is needed, and is not installed."

is_patched && die "$tree has the programmer ch341a_beken already; nothing was changed."
recognise
[ -f "$patches/${release:-none}/series" ] ||
	die "$tree is not a source tree that there are patches for; nothing was changed. apply.sh --list names them."

folder=ch341a_beken
if [ -d "$tree/programmers" ]; then
	folder=programmers/ch341a_beken
fi
names=$(patch_names)
check_material
touched=$(touched_files)

trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

stage=$(mktemp -d "$tree/.ch341a_beken.XXXXXX") || {
	stage=
	die "cannot write to $tree; nothing was changed."
}
{ copy_touched && copy_driver; } || die "cannot make copies in $tree; nothing was changed."
apply_patches || die "$unfit does not fit $tree, which looks like $release; nothing was changed."
put_in_place || die "cannot replace the files in $tree; all are put back."
finished=yes

echo "$tree is $release: the driver is in $folder, patches applied:"
for name in $names; do
	echo "  $name"
done

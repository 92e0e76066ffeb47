#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# packaging/build-deb.sh [-S] FOLDER
#
# Builds the Debian package into FOLDER from the files of this tree that git
# knows or that are new (without git: all but build folders). A copy of the tree
# gets packaging/debian at its top, which is where dpkg-buildpackage wants it.
# With -S: the source package in place of the binary one.

set -eu

usage="usage: packaging/build-deb.sh [-S] FOLDER"
kind=-b
if [ "${1-}" = -S ]; then
	kind=-S
	shift
fi
if [ $# -ne 1 ] || [ "${1:0:1}" = - ]; then
	echo "$usage" >&2
	exit 2
fi

tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
mkdir -p "$1"
folder=$(cd "$1" && pwd -P)
cd "$tree"

files_of_the_tree() {
	local file

	if [ -e .git ]; then
		git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
			[ ! -e "$file" ] || printf '%s\0' "$file"
		done
	else
		find . -path './build*' -prune -o -name __pycache__ -prune -o \( -type f -o -type l \) -print0
	fi
}

name=$(dpkg-parsechangelog -l packaging/debian/changelog -S Source)
version=$(dpkg-parsechangelog -l packaging/debian/changelog -S Version)
date=$(dpkg-parsechangelog -l packaging/debian/changelog -S Timestamp)
upstream=${version%-*}
if ! grep -q "version : '$upstream'" meson.build; then
	echo "packaging/debian/changelog has version $upstream, meson.build another." >&2
	exit 1
fi

source=$folder/$name-$upstream
rm -rf "$source"
files_of_the_tree | tar -cz --null -T - --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$date" \
	--transform "s|^\(\./\)\?|$name-$upstream/|" -f "$folder/${name}_$upstream.orig.tar.gz"
tar -xz -C "$folder" -f "$folder/${name}_$upstream.orig.tar.gz"
cp -a "$source/packaging/debian" "$source/debian"
cd "$source"
dpkg-buildpackage -us -uc "$kind"

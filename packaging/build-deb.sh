#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
#
# packaging/build-deb.sh [-S] FOLDER
#
# Builds the Debian package into FOLDER from the files of this tree that git
# knows or that are new (without git: all but build folders), without the unit
# tests that dpkg-buildpackage alone would build and run. A copy of the tree
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
. "$tree/tests/lib/quiet.sh"
. "$tree/tests/lib/install.sh"
. "$tree/tests/lib/files.sh"

# What debian/control wants for a build without tests. build-essential is the
# one that it need not name.
packages=(build-essential debhelper meson pkg-config libusb-1.0-0-dev libjson-c-dev)
export DEB_BUILD_OPTIONS="nocheck ${DEB_BUILD_OPTIONS-}" DEB_BUILD_PROFILES="nocheck ${DEB_BUILD_PROFILES-}"

# Debian's own tool knows better than the list: alternatives, backports.
dpkg-checkbuilddeps "$tree/packaging/debian/control" 2>/dev/null || install_packages "${packages[@]}"

mkdir -p "$1"
folder=$(cd "$1" && pwd -P)
cd "$tree"

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
	--transform "s|^|$name-$upstream/|" -f "$folder/${name}_$upstream.orig.tar.gz"
tar -xz -C "$folder" -f "$folder/${name}_$upstream.orig.tar.gz"
cp -a "$source/packaging/debian" "$source/debian"
cd "$source"
dpkg-buildpackage -us -uc "$kind"

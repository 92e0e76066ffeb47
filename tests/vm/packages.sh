#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# packages.sh CACHE PACKAGE...
#
# Unpacks these Debian packages and all that they need into CACHE/root. Nothing
# is installed: apt is told of a machine that has no package at all, and asked
# what it would fetch. The versions are those that apt's own configuration
# offers; what is in CACHE already is used again.
#
# Exit status 77 and a sentence on stdout: they cannot be had here.

set -eu
cache=$1
shift

# A kernel has 3000 modules; these folders hold what the tests can want.
kernel_wanted=('*/vmlinuz-*' '*/modules.builtin*' '*/modules.order' '*/kernel/drivers/usb/*' '*/kernel/drivers/virtio/*'
	'*/kernel/drivers/net/virtio_net.ko*' '*/kernel/drivers/net/net_failover.ko*' '*/kernel/net/core/*'
	'*/kernel/net/9p/*' '*/kernel/fs/9p/*' '*/kernel/fs/netfs/*' '*/kernel/fs/fscache/*'
	'*/kernel/drivers/spi/*' '*/kernel/drivers/base/*')

cannot() {
	printf '%s\n' "$*"
	exit 77
}

for program in apt-get dpkg-deb dpkg; do
	command -v "$program" >/dev/null || cannot "no $program: Debian packages cannot be fetched"
done
[ "$(dpkg --print-architecture)" = amd64 ] || cannot "the guest is amd64, this machine is not"

mkdir -p "$cache/apt/archives/partial" "$cache/apt/none/partial"
cache=$(cd "$cache" && pwd -P)
: >"$cache/apt/nothing-installed"
apt=(apt-get -y --no-install-recommends -o "Dir::State::status=$cache/apt/nothing-installed"
	-o "Dir::Cache=$cache/apt" -o Debug::NoLocking=1 -o APT::Sandbox::User=root)

# 'URI' file size digest; of all files, also of those that are here.
if ! wanted=$("${apt[@]}" -o "Dir::Cache::archives=$cache/apt/none" --print-uris install "$@" \
	2>"$cache/apt/errors" | grep "^'"); then
	cannot "apt offers not all of the packages $*: $(tail -n 1 "$cache/apt/errors")"
fi
mapfile -t files < <(awk '{ print $2 }' <<<"$wanted")
if [ -f "$cache/unpacked" ] && [ "$(printf '%s\n' "${files[@]}")" = "$(cat "$cache/unpacked")" ]; then
	exit 0
fi
if ! "${apt[@]}" --download-only install "$@" >"$cache/apt/errors" 2>&1; then
	cannot "packages cannot be downloaded: $(grep '^E:' "$cache/apt/errors" | head -n 1)"
fi

rm -rf "$cache/root" "$cache/unpacked"
mkdir "$cache/root"
for file in "${files[@]}"; do
	case $file in
	linux-image-[0-9]*)
		dpkg-deb --fsys-tarfile "$cache/apt/archives/$file" |
			tar -x -C "$cache/root" --no-same-owner --wildcards "${kernel_wanted[@]}" 2>"$cache/apt/errors" ||
			grep -vE 'Not found in archive|Exiting with failure' "$cache/apt/errors" || true
		;;
	*)
		dpkg-deb -x "$cache/apt/archives/$file" "$cache/root"
		;;
	esac
done
printf '%s\n' "${files[@]}" >"$cache/unpacked"

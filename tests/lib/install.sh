# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# To be sourced. Wants quiet.sh.

package_is_installed() {
	[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# May ask for the password. -n comes first: where none is needed, -v may ask for
# one all the same.
sudo_works() {
	command -v sudo >/dev/null && { sudo -n true 2>/dev/null || sudo -v; }
}

# install_packages PACKAGE...
#
# Installs those of the Debian packages that are missing. Returns 0, or 1 after
# having said what to do.
install_packages() {
	local package missing=() as_root=(env DEBIAN_FRONTEND=noninteractive)
	local install=(apt-get install -y --no-install-recommends)

	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
		printf '%s\n' "This is not a Debian system. What these packages hold must be there: $*"
		return 0
	fi
	for package; do
		package_is_installed "$package" || missing+=("$package")
	done
	[ "${#missing[@]}" -gt 0 ] || return 0

	if [ "$(id -u)" -eq 0 ]; then
		printf '%s\n' "Installing packages: ${missing[*]}"
	else
		! command -v sudo >/dev/null ||
			printf '%s\n' "Missing packages, to be installed through sudo: ${missing[*]}"
		if ! sudo_works; then
			printf '%s\n' "Packages are missing. Run this as root, then start again:" \
				"    apt-get update && ${install[*]} ${missing[*]}" >&2
			return 1
		fi
		as_root=(sudo "${as_root[@]}")
	fi
	# The lists may be older than the packages on the server, or not be there
	# at all; without a network, packages in the cache still do.
	run_quietly "${as_root[@]}" apt-get update || true
	run_quietly "${as_root[@]}" "${install[@]}" "${missing[@]}"
}

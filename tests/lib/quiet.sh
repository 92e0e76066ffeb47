# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# To be sourced.

# run_quietly COMMAND...
#
# Shows what the command prints only if it fails. Returns the command's status.
run_quietly() {
	local log status=0

	log=$(mktemp) || return 1
	"$@" >"$log" 2>&1 || status=$?
	if [ "$status" -ne 0 ]; then
		printf '%s\n' "This failed (status $status): $*" >&2
		sed 's/^/    /' "$log" >&2
	fi
	rm -f "$log"
	return "$status"
}

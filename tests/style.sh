#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The house rules that a program can check. Looks at the files that git knows,
# or at all files where there is no git.

set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
if ! mapfile -t files < <(git ls-files --cached --others --exclude-standard 2>/dev/null) || [ "${#files[@]}" -eq 0 ]; then
	mapfile -t files < <(find . -type f -not -path './build*' -not -path './.git/*' | sed 's|^\./||')
fi
mapfile -t sources < <(printf '%s\n' "${files[@]}" | grep -E '\.[ch]$')
mapfile -t scripts < <(printf '%s\n' "${files[@]}" | grep -E '\.sh$|^\.ci/run$')

passed=0 failed=0

# check WHAT COMMAND...: the command must print nothing.
check() {
	local what=$1 found

	shift
	found=$("$@")
	if [ -z "$found" ]; then
		passed=$((passed + 1))
		return
	fi
	failed=$((failed + 1))
	printf 'Rule broken: %s\n%s\n' "$what" "$found" | head -n 20
}

without_license() {
	printf '%s\n' "${files[@]}" | grep -E '\.([ch]|py|sh)$|meson\.build$' |
		xargs grep -L 'SPDX-License-Identifier: GPL-2.0-or-later'
}

# Tabs count as eight columns.
too_wide() {
	for file in "${sources[@]}"; do
		expand "$file" | awk -v file="$file" 'length($0) > 112 { print file ":" NR }'
	done
}

includes_elsewhere() {
	grep -lE "#include [<\"]$1" programmer/*.[ch] | grep -vxF -e "$2"
}

# The include paths hold a room's lawful neighbours only; this is about ways round them.
emulator_takes_from_elsewhere() {
	local headers

	headers=$(printf '%s\n' "${sources[@]}" | sed -n 's|^tests/emulator/.*/\([^/]*\.h\)$|\1|p')
	printf '%s\n' "${sources[@]}" | grep '^tests/emulator/' | xargs grep -noE '#include "[^"]+"' |
		while IFS='"' read -r place header _; do
			grep -qxF -e "$header" <<<"$headers" || echo "$place\"$header\""
		done
}

engine_knows_a_face() {
	sed -n "/engine_sources = files/,/^)/p" programmer/meson.build | grep -oE "'[^']+'" | tr -d "'" |
		while read -r file; do
			grep -nHE '#include "(serprog|captive|pty|flashrom_[a-z]+|tool[a-z_]*|cmd_[a-z]+|client|listener)\.h"' "programmer/$file"
		done
}

check 'every source file has its SPDX line' without_license
check 'lines have at most 112 columns' too_wide
check 'no blanks at the end of a line' grep -nE '[[:blank:]]+$' "${sources[@]}" "${scripts[@]}"
check 'C is indented by tabs' grep -nE '^ {2,}[^ *]' "${sources[@]}"
check 'one door to libusb' includes_elsewhere 'libusb.h' programmer/ch341a.c
check 'one door to terminals' includes_elsewhere 'termios.h' programmer/pty.c
check 'one door to sockets' includes_elsewhere '(sys/socket|netdb|netinet/[a-z]+|arpa/inet)\.h' programmer/listener.c
check 'the emulator shares no code with the programmer' emulator_takes_from_elsewhere
check 'the engine knows neither serprog nor flashrom' engine_knows_a_face
check 'shell scripts pass shellcheck' shellcheck -x -f gcc "${scripts[@]}"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

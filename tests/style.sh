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
mapfile -t programmer < <(printf '%s\n' "${sources[@]}" | grep '^programmer/')
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

structure() {
	/usr/bin/python3 tests/lib/structure.py "$@"
}

# door HEADER MOST FOLDER: at most MOST files may include a header of this name, and
# all of them are in FOLDER; both names are regular expressions.
door() {
	local users

	users=$(grep -lE "#include [<\"]($1)[>\"]" "${programmer[@]}")
	grep -v "^$3/" <<<"$users" | grep .
	[ "$(grep -c . <<<"$users")" -le "$2" ] || echo "$users"
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

# They are made from one list, so its name for this one stands in one file.
lists_of_core_sources() {
	local lists

	lists=$(printf '%s\n' "${files[@]}" | grep -E '^(programmer|patches)/' | grep -v '^patches/upstream' |
		xargs grep -lF beken_diagnosis.c)
	[ "$(grep -c . <<<"$lists")" -eq 1 ] || printf 'There should be one, but there are:\n%s\n' "$lists"
}

not_formatted() {
	"$formatter" --dry-run -Werror "${programmer[@]}" 2>&1 | grep -E '^[^ ]+: error'
}

check 'every source file has its SPDX line' without_license
check 'lines have at most 112 columns' too_wide
check 'no blanks at the end of a line' grep -nE '[[:blank:]]+$' "${sources[@]}" "${scripts[@]}"
check 'C is indented by tabs' grep -nE '^ {2,}[^ *]' "${sources[@]}"
check 'two files of core/, one of engine/ and one of stock/ know libusb' \
	door '(libusb-1\.0/)?libusb\.h' 4 'programmer/\(core\|engine\|stock\)'
check 'one file knows terminals' door 'termios\.h' 1 programmer
check 'one file knows sockets' door '(sys/socket|netdb|netinet/[a-z]+|arpa/inet)\.h' 1 programmer
check 'only the driver knows flashrom' door '(flash|programmer|spi|chipdrivers/spi|platform/[a-z]+)\.h' 1 programmer/driver
check 'the checks below find what they look for' structure --self-test
check 'all sources of programmer/ are in a room' structure outside_rooms programmer
check 'no function is longer than 60 lines' structure long_functions programmer
check 'no file is longer than 500 lines' structure long_files programmer
check 'no files include each other' structure cycles programmer
check 'no quoted include goes round the walls' structure ways_round_walls programmer
check 'no header has the name of one of the system' structure shadows programmer
check 'the sources of core/ are listed once' lists_of_core_sources
check 'the emulator shares no code with the programmer' emulator_takes_from_elsewhere
# Other versions break some lines elsewhere.
formatter=$(command -v clang-format-14 clang-format | head -n 1)
if "${formatter:-false}" --version 2>/dev/null | grep -q 'version 14\.'; then
	check 'programmer/ is formatted' not_formatted
else
	echo 'Not checked: whether programmer/ is formatted. That takes clang-format 14.'
fi
check 'shell scripts pass shellcheck' shellcheck -x -f gcc "${scripts[@]}"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

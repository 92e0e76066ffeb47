#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tests/run.sh [STAGE...]
#
# Installs what the tests need, builds, and runs them all (or only the named
# stages, see all_stages below). The last line counts them; the exit status is 0 if
# none failed. The stage nightly runs only if it is named.

set -u
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$repo" || exit 1
. tests/lib/quiet.sh
. tests/lib/install.sh
. tests/lib/build.sh

packages=(gcc libc6-dev meson ninja-build pkg-config libusb-1.0-0-dev libjson-c-dev libcmocka-dev flashrom gcovr
	valgrind python3-pytest python3-pytest-xdist shellcheck procps iproute2 sigrok-cli debian-archive-keyring
	xvfb xdotool)
all_stages=(style unit emulator golden waveforms usbip blackbox tools native releases coverage valgrind vm packages
	demo)
# To build packages and a clean system to install them in.
packaging_packages=(autopkgtest debootstrap debhelper lintian rpm rpmlint makepkg libarchive-tools nix-bin reuse git)
# Lines of programmer/ that the tests must reach, in percent.
coverage_wanted=90
# The system's Python is the one that apt has installed pytest for.
pytest=(/usr/bin/python3 -m pytest -q -p no:cacheprovider -n 2 -rs)
valgrind=(valgrind -q --error-exitcode=99 --leak-check=full '--errors-for-leak-kinds=definite,possible'
	--child-silent-after-fork=yes)

passed=0 failed=0 skipped=0
log=$(mktemp) || exit 1
# Tests write down here what they have tried with what.
BEKEN_MATRIX=$(mktemp) || exit 1
export BEKEN_MATRIX
# Where backups are noted down: not the user's own.
XDG_STATE_HOME=$(mktemp -d) || exit 1
export XDG_STATE_HOME
trap 'rm -rf "$log" "$BEKEN_MATRIX" "$XDG_STATE_HOME"' EXIT

# count PATTERN: adds up the numbers before a word in the log.
count() {
	grep -oE "$1" "$log" | grep -oE '[0-9]+' | awk '{ n += $1 } END { print n + 0 }'
}

# A stage that fails without having counted a failure counts as one.
note() {
	local status=$1 more_passed=$2 more_failed=$3 more_skipped=$4

	[ "$status" -eq 0 ] || [ "$more_failed" -gt 0 ] || more_failed=1
	passed=$((passed + more_passed))
	failed=$((failed + more_failed))
	skipped=$((skipped + more_skipped))
}

heading() {
	printf '\n== %s (%s s)\n' "$1" "$SECONDS"
}

run_pytest() {
	local status=0

	"${pytest[@]}" "$@" >"$log" 2>&1 || status=$?
	grep -vE '^(\.|s|F|E|x)+ +\[ *[0-9]+%\]$|^bringing up nodes' "$log"
	# The summary. What tests have printed may hold such words as well.
	tail -n 1 "$log" >"$log.last" && mv "$log.last" "$log"
	note "$status" "$(count '[0-9]+ passed')" "$(count '[0-9]+ (failed|error)')" "$(count '[0-9]+ skipped')"
}

run_meson_tests() {
	local status=0

	meson test --no-rebuild --print-errorlogs "$@" >"$log" 2>&1 || status=$?
	grep -E '^ *[0-9]+/[0-9]+ ' "$log"
	[ "$status" -eq 0 ] || cat "$log"
	cat "$2/meson-logs/testlog.txt" >"$log"
	note "$status" "$(count 'PASSED  \] [0-9]+ test|^[0-9]+ passed')" \
		"$(count 'FAILED  \] [0-9]+ test|[0-9]+ failed')" "$(count 'SKIPPED \] [0-9]+ test')"
}

stage_style() {
	local status=0

	tests/style.sh >"$log" 2>&1 || status=$?
	cat "$log"
	note "$status" "$(count '^[0-9]+ passed')" "$(count '[0-9]+ failed')" 0
}

stage_unit() {
	run_meson_tests -C build-dev --suite unit
}

stage_emulator() {
	run_meson_tests -C build --suite emulator
	BEKEN_BUILD=build run_pytest tests/image
}

# The emulator's USB/IP server under ASan and UBSan, with clients of its own.
stage_usbip() {
	BEKEN_BUILD=build-dev run_pytest tests/usbip
}

# Other people's programs and our own entry against the model, in one process.
stage_golden() {
	run_meson_tests -C build --suite golden
	grep -A 70 '^variant ' build/meson-logs/testlog.txt | sed '/^[0-9]* passed/,$d'
	run_meson_tests -C build-dev --suite golden
}

# The same with 10,000 boards for each variant, and the model broken on purpose.
stage_nightly() {
	local status=0

	build/tests/golden/golden_entry --seeds 10000 >"$log" 2>&1 || status=$?
	cat "$log"
	note "$status" "$(count '^[0-9]+ passed')" "$(count '[0-9]+ failed$')" 0
	BEKEN_BUILD=build run_pytest tests/golden
}

# Traces of the wires, and what sigrok's decoders read in them.
stage_waveforms() {
	BEKEN_BUILD=build run_pytest tests/waveforms
}

# The whole product under ASan and UBSan.
stage_blackbox() {
	BEKEN_BUILD=build-dev run_pytest tests/blackbox
}

# The subcommands of ch341a-beken.
stage_tools() {
	BEKEN_BUILD=build-dev run_pytest tests/tools
}

# The flashrom driver, on declarations of each release's interface.
stage_native() {
	BEKEN_BUILD=build-dev run_pytest tests/native
}

# Programs that Debian builds, of several suites.
stage_releases() {
	BEKEN_BUILD=build run_pytest tests/releases
}

# Unmodified programs on a real kernel in QEMU; skipped where QEMU or a package
# of the guest cannot be had. One machine takes both processors.
stage_vm() {
	install_packages qemu-system-x86 || true
	BEKEN_BUILD=build run_pytest -n 0 tests/vm
}

# Files go to two processes: the Debian package in a clean system takes as long as all else.
stage_packages() {
	install_packages "${packaging_packages[@]}" || true
	BEKEN_BUILD=build run_pytest tests/packages --dist loadfile
}

stage_coverage() {
	local percent

	# The driver is compiled for each release, and gcovr cannot merge functions
	# that begin at different lines: one release stands for all.
	gcovr --root . --object-directory build-dev --filter programmer/ --gcov-ignore-parse-errors \
		--exclude-directories '.*tests/native/host-(?!flashrom-1\.8\.0).*' --print-summary >"$log" 2>&1
	cat "$log"
	percent=$(sed -n 's/^lines: \([0-9]*\).*/\1/p' "$log")
	if [ "${percent:-0}" -ge "$coverage_wanted" ]; then
		note 0 1 0 0
	else
		echo "Coverage of programmer/ is below $coverage_wanted %."
		note 1 0 1 0
	fi
}

stage_valgrind() {
	local without=(readme.py messages.py sizes.py progress.py backup.py backup_word.py)

	run_meson_tests -C build --suite unit --wrapper "${valgrind[*]}" --timeout-multiplier 10
	# What compares sentences or the README runs what other tests have run. Hints, progress and backups have
	# unit tests above, and come along in the others.
	BEKEN_BUILD=build BEKEN_WRAP="${valgrind[*]}" run_pytest tests/blackbox -k "not sentences_differ" \
		"${without[@]/#/--ignore=tests/blackbox/test_}"
	BEKEN_BUILD=build BEKEN_WRAP="${valgrind[*]}" run_pytest tests/native/test_native.py \
		-k "probe or read_is or good_parameters or refused_page"
}

stage_demo() {
	local status=0

	tests/demo.sh --emulated >"$log" 2>&1 || status=$?
	tail -n 1 "$log"
	[ "$status" -eq 0 ] || cat "$log"
	note "$status" "$((status == 0))" 0 0
}

heading 'Packages and build'
install_packages "${packages[@]}" || exit 1
build_project build -Dtests=true || exit 1
build_project build-dev -Dtests=true --native-file tests/dev.ini || exit 1
find build-dev -name '*.gcda' -delete

for stage in "${@:-${all_stages[@]}}"; do
	heading "$stage"
	"stage_$stage"
done

if [ -s "$BEKEN_MATRIX" ]; then
	printf '\n== Program x transport x chip x operation\n'
	/usr/bin/python3 tests/lib/matrix.py "$BEKEN_MATRIX"
fi
printf '\n%s s\n' "$SECONDS"
if [ "$skipped" -gt 0 ]; then
	echo "$passed passed, $failed failed, $skipped skipped"
else
	echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
#
# tests/run.sh [STAGE...]
#
# Installs what the tests need, builds, and runs them all (or only the named
# stages, see below). The last line counts them; the exit status is 0 if none
# failed. Two names stand for several stages: quick, and nightly, whose stages
# run only if they are named.
#
# BEKEN_WITHOUT: Debian packages that cannot be had on this machine, with blanks
# between. They are not installed, and what needs them is skipped; without that, a
# test that lacks a package fails.

set -u
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$repo" || exit 1
. tests/lib/quiet.sh
. tests/lib/install.sh
. tests/lib/build.sh

quick_stages=(style unit emulator smoke)
all_stages=(style unit emulator fresh golden waveforms usbip blackbox tools native releases coverage memcheck vm
	packages demo)
# What repeats much of another stage, or seldom finds anything.
nightly_stages=(seeds mutants valgrind other_packages compilers tidy analyzer)

# What the build and most stages need; others install more themselves.
packages=("${build_packages[@]}" libcmocka-dev python3-pytest python3-pytest-xdist flashrom git procps iproute2)
# Lines of programmer/ that the tests must reach, in percent.
coverage_wanted=90
# The system's Python is the one that apt has installed pytest for.
pytest=(/usr/bin/python3 -m pytest -q -n 2)
valgrind=(valgrind -q --error-exitcode=99 --leak-check=full '--errors-for-leak-kinds=definite,possible'
	--child-silent-after-fork=yes)
# Whatever has started this, programs under test have the default disposition of
# each signal. tests/conftest.py sees to those that pytest starts.
default_signals=(env --default-signal)

passed=0 failed=0 skipped=0
log=$(mktemp) || exit 1
# Tests write down here what they have tried with what.
BEKEN_MATRIX=$(mktemp) || exit 1
export BEKEN_MATRIX
# And here what they have measured.
BEKEN_FIGURES=$(mktemp) || exit 1
export BEKEN_FIGURES
# Where backups are noted down: not the user's own.
XDG_STATE_HOME=$(mktemp -d) || exit 1
export XDG_STATE_HOME
trap 'rm -rf "$log" "$BEKEN_MATRIX" "$BEKEN_FIGURES" "$XDG_STATE_HOME"' EXIT

# count PATTERN: adds up the numbers before a word in the log.
count() {
	grep -oE "$1" "$log" | grep -oE '[0-9]+' | awk '{ n += $1 } END { print n + 0 }'
}

# more_packages PACKAGE...: those that BEKEN_WITHOUT does not name are installed. If
# that fails, so will the tests that need them.
more_packages() {
	local package wanted=()

	for package; do
		[[ " ${BEKEN_WITHOUT-} " == *" $package "* ]] || wanted+=("$package")
	done
	install_packages "${wanted[@]}" || true
}

# What fails without having counted a failure counts as one, and so does what has
# run nothing.
note() {
	local status=$1 more_passed=$2 more_failed=$3 more_skipped=$4

	[ $((more_passed + more_failed + more_skipped)) -gt 0 ] || status=1
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

# run_meson_tests WRAPPER MESON_OPTION...: test_output is then the file with what
# the tests have printed, whose name depends on the wrapper.
run_meson_tests() {
	local status=0 wrapper="${default_signals[*]} $1"

	shift
	meson test --no-rebuild --print-errorlogs --wrapper "$wrapper" "$@" >"$log" 2>&1 || status=$?
	grep -E '^ *[0-9]+/[0-9]+ ' "$log"
	[ "$status" -eq 0 ] || cat "$log"
	test_output=$(sed -n 's/^Full log written to //p' "$log")
	cp "$test_output" "$log"
	note "$status" "$(count 'PASSED  \] [0-9]+ test|^[0-9]+ passed')" \
		"$(count 'FAILED  \] [0-9]+ test|[0-9]+ failed')" "$(count 'SKIPPED \] [0-9]+ test')"
}

stage_style() {
	local status=0

	more_packages shellcheck clang-format
	tests/style.sh >"$log" 2>&1 || status=$?
	cat "$log"
	note "$status" "$(count '^[0-9]+ passed')" "$(count '[0-9]+ failed')" 0
}

stage_unit() {
	run_meson_tests "" -C build-dev --suite unit
}

stage_emulator() {
	run_meson_tests "" -C build --suite emulator
	BEKEN_BUILD=build run_pytest tests/image
}

# One look at each face: the launcher, the tool, the flashrom driver.
stage_smoke() {
	BEKEN_BUILD=build-dev run_pytest -m smoke tests/blackbox
	BEKEN_BUILD=build-dev run_pytest -m smoke tests/tools
	BEKEN_BUILD=build-dev run_pytest -m smoke tests/native
}

# The machinery of the tests itself; and what the README says first, on machines
# that have nothing. With nothing else to do, each suite has a process of its own.
stage_fresh() {
	more_packages debootstrap debian-archive-keyring
	run_pytest --ignore=tests/fresh/test_roots.py tests/fresh
	run_pytest --dist loadgroup tests/fresh/test_roots.py
}

# The emulator's USB/IP server under ASan and UBSan, with clients of its own.
stage_usbip() {
	BEKEN_BUILD=build-dev run_pytest tests/usbip
}

# Other people's programs and our own entry against the model, in one process.
stage_golden() {
	run_meson_tests "" -C build --suite golden
	grep -A 70 '^variant ' "$test_output" | sed '/^[0-9]* passed/,$d'
	run_meson_tests "" -C build-dev --suite golden
}

# Traces of the wires, and what sigrok's decoders read in them.
stage_waveforms() {
	more_packages sigrok-cli
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
	more_packages debian-archive-keyring xvfb xdotool
	BEKEN_BUILD=build run_pytest tests/releases
}

# Unmodified programs on a real kernel in QEMU. One machine takes both processors.
stage_vm() {
	more_packages qemu-system-x86
	BEKEN_BUILD=build run_pytest -n 0 tests/vm
}

# What is installed, and the Debian package. Files go to two processes: the
# package in a clean system takes as long as all else.
stage_packages() {
	more_packages build-essential debhelper debootstrap lintian autopkgtest
	BEKEN_BUILD=build run_pytest --dist loadfile --ignore=tests/packages/test_others.py tests/packages
}

stage_coverage() {
	local percent

	more_packages gcovr
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

# What ASan does not see: bytes that nobody has written, in the unit tests.
stage_memcheck() {
	more_packages valgrind
	run_meson_tests "${valgrind[*]}" -C build --suite unit --timeout-multiplier 10
}

stage_demo() {
	local status=0

	tests/demo.sh --emulated >"$log" 2>&1 || status=$?
	tail -n 1 "$log"
	[ "$status" -eq 0 ] || cat "$log"
	note "$status" "$((status == 0))" 0 0
}

# ---- nightly ----

# Our own entry on 10,000 boards of each variant.
stage_seeds() {
	local status=0

	build/tests/golden/golden_entry --seeds 10000 >"$log" 2>&1 || status=$?
	cat "$log"
	note "$status" "$(count '^[0-9]+ passed')" "$(count '[0-9]+ failed$')" 0
	BEKEN_BUILD=build BEKEN_SEED_STEP=1 run_pytest tests/blackbox/test_write.py -k no_warning
}

# The model and the entry broken on purpose: a test must see it.
stage_mutants() {
	BEKEN_BUILD=build run_pytest tests/golden
}

# The programs as users run them, once more. What compares sentences or the README
# runs what other tests have run. Hints, progress and backups have unit tests, and
# come along in the others.
stage_valgrind() {
	local without=(readme.py messages.py sizes.py write.py progress.py backup.py backup_word.py)

	more_packages valgrind
	BEKEN_BUILD=build BEKEN_WRAP="${valgrind[*]}" run_pytest tests/blackbox -k "not sentences_differ" \
		"${without[@]/#/--ignore=tests/blackbox/test_}"
	BEKEN_BUILD=build BEKEN_WRAP="${valgrind[*]}" run_pytest tests/native/test_native.py \
		-k "probe or read_is or good_parameters or refused_page"
}

# Packages of other distributions, as far as Debian has their tools; licenses.
stage_other_packages() {
	more_packages rpm rpmlint makepkg pacman-package-manager libarchive-tools nix-bin reuse shellcheck
	BEKEN_BUILD=build run_pytest tests/packages/test_others.py
}

# Other systems and compilers read what goes into flashrom's trees.
stage_compilers() {
	more_packages gcc-mingw-w64-x86-64 clang musl-tools gcc-arm-linux-gnueabihf libc6-dev-armhf-cross
	run_pytest tests/compilers
}

# run_lint TOOL: a check of the sources of programmer/, which counts files.
run_lint() {
	local status=0

	tests/lint.py "$1" build >"$log" 2>&1 || status=$?
	cat "$log"
	tail -n 1 "$log" >"$log.last" && mv "$log.last" "$log"
	note "$status" "$(count '[0-9]+ passed')" "$(count '[0-9]+ failed')" 0
}

# .clang-tidy says what is looked for.
stage_tidy() {
	more_packages clang-tidy
	run_lint tidy
}

stage_analyzer() {
	run_lint analyzer
}

# ---- all together ----

# The stages that the arguments name, in stages.
choose_stages() {
	local name

	stages=()
	for name in "${@:-all}"; do
		case $name in
		all) stages+=("${all_stages[@]}") ;;
		quick) stages+=("${quick_stages[@]}") ;;
		nightly) stages+=("${nightly_stages[@]}") ;;
		*)
			if ! declare -F "stage_$name" >/dev/null; then
				printf '%s\n' "There is no stage $name, but: ${all_stages[*]}" \
					"quick: ${quick_stages[*]}" "nightly: ${nightly_stages[*]}" >&2
				return 1
			fi
			stages+=("$name")
			;;
		esac
	done
}

choose_stages "$@" || exit 2
heading 'Packages and build'
install_packages "${packages[@]}" || exit 1
build_project build -Dtests=true || exit 1
build_project build-dev -Dtests=true --native-file tests/dev.ini || exit 1
find build-dev -name '*.gcda' -delete

for stage in "${stages[@]}"; do
	heading "$stage"
	"stage_$stage"
done

if [ -s "$BEKEN_MATRIX" ]; then
	printf '\n== Program x transport x chip x operation\n'
	/usr/bin/python3 tests/lib/matrix.py "$BEKEN_MATRIX"
fi
if [ -s "$BEKEN_FIGURES" ]; then
	printf '\n== Measured on the emulator\n'
	sort "$BEKEN_FIGURES"
fi
printf '\n%s s\n' "$SECONDS"
if [ "$skipped" -gt 0 ]; then
	echo "$passed passed, $failed failed, $skipped skipped"
else
	echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# harness_test.sh BEKEN_EMU CLOCK_TEST USB_TEST [FLASHROM]
#
# shellcheck disable=SC2016 # the inner shells expand them
# shellcheck disable=SC2086 # $f is a command with its arguments
#
# Black-box tests of `beken-emu run`. Each case may take 10 s of real time.

emu=$1 clock_test=$2 usb_test=$3 flashrom=${4:-/usr/sbin/flashrom}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
# What others have left in the common folder is not looked at in the end.
TMPDIR=$dir
export TMPDIR
passed=0 failed=0

# expect NAME STATUS MAX_REAL_MS COMMAND...
expect() {
	name=$1 wanted=$2 limit=$3
	shift 3
	start=$(date +%s%N)
	timeout 20 "$@" >"$dir/out" 2>&1
	got=$?
	ms=$((($(date +%s%N) - start) / 1000000))
	if [ $got -ne "$wanted" ]; then
		echo "not ok: $name: status $got, not $wanted"
		sed 's/^/    /' "$dir/out"
		failed=$((failed + 1))
	elif [ $ms -gt "$limit" ]; then
		echo "not ok: $name: took $ms ms, more than $limit"
		failed=$((failed + 1))
	else
		echo "ok: $name ($ms ms)"
		passed=$((passed + 1))
	fi
}

check() {
	name=$1
	shift
	if "$@"; then
		echo "ok: $name"
		passed=$((passed + 1))
	else
		echo "not ok: $name"
		failed=$((failed + 1))
	fi
}

clock() { expect "clock: $1" 0 "$2" "$emu" run -- "$clock_test" "$1"; }
usb() { name=$1; shift; expect "usb: $name" 0 2000 "$emu" run "$@" -- "$usb_test" "$name"; }

clock sleeps 1000
clock polls 1000
clock spins 1000
clock busy_polls 3000
clock ping_pong 4000
clock interrupts 1000
clock threads 2000
clock computes 3000
expect 'two sleepers overlap' 0 1000 "$emu" run -- \
	sh -c 'a=$(date +%s); sleep 1 & sleep 2 & wait; b=$(date +%s); test $((b - a)) -eq 2'
expect 'real clock is real' 0 2000 "$emu" run --clock real -- "$usb_test" cancels 1

usb cancels
usb closes_with_pending
usb describes
usb is_denied --set usb_access=denied
usb is_busy --set usb_access=busy
usb driver --set usb_kernel_driver=spi-ch341
usb unplugs --set unplug_at_ms=20
expect 'a claim is exclusive, and ends with its process' 0 2000 "$emu" run -- \
	sh -c '"$1" holds & sleep 1; "$1" is_busy || exit 1; kill -9 $!; sleep 1; "$1" is_free' sh "$usb_test"

expect 'exit status' 7 1000 "$emu" run -- sh -c 'exit 7'
expect 'died from a signal' 139 1000 "$emu" run -- sh -c 'kill -SEGV $$'
expect 'no such command' 127 1000 "$emu" run -- /no/such/command
expect 'bad option' 125 1000 "$emu" run --nonsense -- true
expect 'bad setting' 125 1000 "$emu" run --set nonsense=1 -- true
expect 'no command' 125 1000 "$emu" run
expect 'help' 0 1000 "$emu" run --help
expect 'watchdog of real time' 124 4000 "$emu" run --timeout 0.5 -- sh -c 'while :; do :; done'
expect 'watchdog of real time, TERM ignored' 124 4000 "$emu" run --timeout 0.5 -- \
	sh -c 'trap "" TERM; while :; do :; done'
expect 'watchdog of emulated time' 124 2000 "$emu" run --timeout-emulated 100 -- sleep 1000
expect 'signal at a transfer' 143 2000 "$emu" run --signal TERM@transfer:1 -- "$usb_test" holds
expect 'signal at a time' 130 2000 "$emu" run --signal INT@ms:5000 -- "$usb_test" holds
expect 'signal to the group' 137 2000 "$emu" run --signal KILL:group@ms:5000 -- \
	sh -c '"$1" holds; exit 0' sh "$usb_test"
expect 'TERM is passed on' 0 4000 sh -c \
	'"$1" run -- sh -c "trap \"exit 9\" TERM; while :; do :; done" & sleep 0.5; kill $!; wait $!; test $? -eq 9' \
	sh "$emu"

expect 'what is left is ended' 3 8000 "$emu" run -- \
	sh -c 'cat </dev/zero >/dev/null & echo $! >"$1/pid"; exit 3' sh "$dir"
check 'nothing is left' sh -c '! kill -0 "$(cat "$1/pid")" 2>/dev/null' sh "$dir"

head -c 100000 /dev/urandom >"$dir/small"
cp "$dir/small" "$dir/die"
chmod 640 "$dir/die"
expect 'flash is written back after a kill' 137 2000 "$emu" run --chip W25X10 --flash "$dir/die" \
	-- sh -c 'kill -9 $$'
check 'flash is padded' test "$(stat -c %s "$dir/die")" -eq 131072
check 'flash keeps its content' cmp -n 100000 "$dir/small" "$dir/die"
check 'flash keeps its mode' test "$(stat -c %a "$dir/die")" = 640
expect 'flash too large' 125 2000 "$emu" run --chip W25X05 --flash "$dir/die" -- true
expect 'flash is created' 0 2000 "$emu" run --chip W25X05 --flash "$dir/new" -- true
check 'created flash has the size of the die' test "$(stat -c %s "$dir/new")" -eq 65536
expect 'report' 0 2000 "$emu" run --report "$dir/report" --record "$dir/record" -- "$usb_test" cancels
check 'report has real_ms' grep -q '^real_ms ' "$dir/report"

if [ -x "$flashrom" ]; then
	f="$flashrom -p ch341a_spi"
	head -c 131072 /dev/urandom >"$dir/image"
	rm -f "$dir/die"
	expect 'flashrom probes' 0 2000 "$emu" run --chip W25Q32 -- $f
	expect 'flashrom writes and verifies' 0 20000 \
		"$emu" run --chip W25X10 --flash "$dir/die" --record "$dir/record" -- $f -w "$dir/image"
	check 'flashrom wrote it' cmp "$dir/image" "$dir/die"
	check 'record has lines' test -s "$dir/record"
	expect 'flashrom reads' 0 5000 "$emu" run --chip W25X10 --flash "$dir/die" -- $f -r "$dir/read"
	check 'flashrom read it' cmp "$dir/image" "$dir/read"
	expect 'flashrom in a pipeline' 0 5000 "$emu" run --chip W25X10 --flash "$dir/die" -- \
		sh -c "$f -r '$dir/read' | cat | grep -q done"
	expect 'flashrom of two boards is killed' 143 5000 "$emu" run --set devices=2 --chip W25Q32 \
		--signal TERM@transfer:1000 -- $f -r "$dir/read"
fi
check 'no directory is left' test -z "$(ls -d "$TMPDIR"/beken-emu-* 2>/dev/null)"
echo "$passed passed, $failed failed"
test $failed -eq 0

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck source-path=SCRIPTDIR
#
# What the project does, shown in one go. See usage below.
set -eu

usage() {
	cat <<'END'
Usage: tests/demo.sh [--emulated]

Installs what is needed (Debian), builds the project, and shows it at work:

- With a CH341A on USB, reads the flash of the Beken chip on it twice and
  compares. Nothing is ever written. The backup goes to the current folder.
- Without one, an emulated CH341A with an emulated BK7231T takes its place:
  backup, erase, write, verify, write of one partition, restore.

--emulated   leaves an attached CH341A alone
--help       this text

The last line says PASS or FAIL; the exit status is 0 or 1.
END
}

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
repo=$(dirname "$tests")
build=$repo/build

. "$tests/lib/quiet.sh"
. "$tests/lib/install.sh"
. "$tests/lib/build.sh"

chip=BK7231T
work=''
verdict=''

# Whatever ends this script, a verdict is the last line.
clean_up() {
	local status=$?

	[ -z "$work" ] || rm -rf "$work"
	[ -n "$verdict" ] || printf '\n%s\n' "FAIL: the demonstration itself broke off (status $status)"
}

fail() {
	verdict=FAIL
	printf '\n%s\n' "FAIL: $*"
	exit 1
}

pass() {
	verdict=PASS
	printf '\n%s\n' "PASS: $*"
}

interrupted() {
	trap - INT TERM HUP
	fail "interrupted"
}

bold='' plain=''
if [ -t 1 ] && [ -n "${TERM:-}" ] && [ "$TERM" != dumb ]; then
	bold=$'\e[1m' plain=$'\e[0m'
fi

step_number=0
heading() {
	step_number=$((step_number + 1))
	printf '\n%s%s\n' "$bold" "== $step_number. $* ==$plain"
}

note() {
	printf '%s\n' "-> $*"
}

# ---- a real CH341A: only reads ----

ch341a_is_attached() {
	local device

	for device in /sys/bus/usb/devices/*; do
		[ "$(cat "$device/idVendor" 2>/dev/null)" = 1a86 ] || continue
		[ "$(cat "$device/idProduct" 2>/dev/null)" = 5512 ] && return 0
	done
	return 1
}

read_real_chip() {
	printf '%s\n' "\$ flashrom -p ch341a_beken -r $1"
	"$build/flashrom" -p ch341a_beken -r "$1" || fail "the chip on the CH341A could not be read ($2)"
}

demonstrate_real() {
	local backup

	backup=backup-$(date +%Y%m%d-%H%M%S)
	note "A CH341A is attached. The chip on it is read twice; nothing is written."
	heading "Backup"
	read_real_chip "$backup.bin" "first time"
	heading "Backup once more"
	read_real_chip "$backup-again.bin" "second time"
	heading "Both compared"
	cmp "$backup.bin" "$backup-again.bin" ||
		fail "two reads of the chip differ; check wires and supply, and do not trust either of them"
	rm -f "$backup-again.bin"
	note "Both are equal. Keep this file: it holds MAC address and calibration of this very chip."
	pass "two equal backups of the attached chip, kept as $PWD/$backup.bin; nothing was written"
}

# ---- no CH341A: emulated ----

mkimage() {
	"$build/tests/image/beken-mkimage" --chip "$chip" "$@" || fail "beken-mkimage $*"
}

make_images() {
	mkimage --seed 1 --layout layout.txt chip.bin
	mkimage --seed 2 new.bin
	mkimage --seed 3 update.bin
	cp chip.bin original.bin
	note "The chip holds firmware of the factory; new.bin and update.bin are two others."
	note "The chip's firmware has write-protected the flash, as real firmware does."
}

report() {
	sed -n "s/^$1 //p" report.txt
}

# Runs the command with the emulated chip on the USB; chip.bin is its flash.
on_chip() {
	local status=0 ms started=$SECONDS

	printf '%s\n' "\$ $*"
	rm -f report.txt
	"$build/beken-emu" run --chip "$chip" --flash chip.bin --report report.txt -- "$@" || status=$?
	[ "$status" -eq 0 ] || fail "$* (exit status $status)"
	ms=$(report emulated_ms)
	ms=${ms%.*}
	[ -z "$ms" ] || note "$((ms / 1000)).$((ms / 100 % 10)) s on the chip, $((SECONDS - started)) s here."
}

expect_same() {
	cmp -- "$1" "$2" || fail "$3"
}

# Start and size of a partition in layout.txt, in bytes.
partition() {
	local line start end

	line=$(grep " $1\$" layout.txt) || return
	start=$((16#${line%%:*}))
	end=${line#*:}
	end=$((16#${end%% *}))
	printf '%s\n' "$start $((end - start + 1))"
}

# extract FILE PARTITION OUTPUT
extract() {
	local place

	place=$(partition "$2")
	tail -c +$((${place% *} + 1)) "$1" | head -c "${place#* }" >"$3"
}

# The MAC address is at 36 in the RF partition.
mac_address() {
	extract "$1" rf rf.bin
	od -An -tx1 -j36 -N6 rf.bin | sed 's/^ *//; s/ /:/g'
}

step_backup() {
	heading "Backup: read the whole flash"
	on_chip flashrom -p ch341a_beken -r backup.bin
	expect_same backup.bin original.bin "the backup is not what the chip holds"
	expect_same chip.bin original.bin "reading has changed the flash"
	[ "$(report device0.wrsr)" = 0 ] || fail "reading has written to the status registers"
	note "The backup is what the chip holds, byte for byte; the read has changed nothing on it."
}

step_erase() {
	heading "Erase the whole flash"
	on_chip flashrom -p ch341a_beken -E
	mkimage --kind empty empty.bin
	expect_same chip.bin empty.bin "the flash is not empty"
	note "All bytes of the chip are ff."
}

step_write() {
	heading "Write new firmware; flashrom verifies it"
	on_chip flashrom -p ch341a_beken -w new.bin
	expect_same chip.bin new.bin "the flash does not hold new.bin"
	note "The chip holds new.bin, byte for byte."
}

step_verify() {
	heading "Verify: compare the flash with a file"
	on_chip flashrom -p ch341a_beken -v new.bin
	expect_same chip.bin new.bin "verifying has changed the flash"
	note "The chip still holds new.bin."
}

# What the flash should be after that: new.bin, but the application of update.bin.
make_expected() {
	local start size

	read -r start size <<<"$(partition application)"
	head -c "$start" new.bin
	tail -c +$((start + 1)) update.bin | head -c "$size"
	tail -c +$((start + size + 1)) new.bin
}

step_region() {
	local before after other

	heading "Write one partition only: a new application, all else is kept"
	sed 's/^/   layout.txt: /' layout.txt
	before=$(mac_address chip.bin)
	other=$(mac_address update.bin)
	on_chip flashrom -p ch341a_beken --layout layout.txt -i application -w update.bin
	make_expected >expected.bin
	expect_same chip.bin expected.bin "the flash is not new.bin with the application of update.bin"
	after=$(mac_address chip.bin)
	[ "$before" = "$after" ] || fail "the MAC address was $before and is $after"
	# Otherwise the line above proves nothing.
	[ "$after" != "$other" ] || fail "update.bin has the same MAC address as the chip"
	extract chip.bin rf rf-now.bin
	extract new.bin rf rf-before.bin
	expect_same rf-now.bin rf-before.bin "the RF partition has changed"
	note "The application is that of update.bin. The RF partition has kept its bytes:"
	note "MAC address before $before, now $after (in update.bin: $other)."
}

step_restore() {
	heading "Restore the backup"
	on_chip flashrom -p ch341a_beken -w backup.bin
	expect_same chip.bin original.bin "the flash is not what it was in the beginning"
	mkimage --check chip.bin
	note "The chip holds what it held in the beginning; all CRCs of its code are right."
}

demonstrate_emulated() {
	work=$(mktemp -d)
	cd "$work"
	PATH=$build:$PATH
	# Emulated backups are none of the user's.
	export XDG_STATE_HOME=$work/state
	make_images
	step_backup
	step_erase
	step_write
	step_verify
	step_region
	step_restore
	pass "backup, erase, write and verify of a $chip through -p ch341a_beken"
}

# ---- all together ----

emulated=no
case "$#-${1:-}" in
0-) ;;
1---emulated) emulated=yes ;;
1---help | 1--h)
	usage
	exit 0
	;;
*)
	usage >&2
	exit 1
	;;
esac

trap clean_up EXIT
trap interrupted INT TERM HUP

heading "Packages and build"
install_packages "${build_packages[@]}" flashrom || fail "packages are missing"
build_emulated "$build" || fail "the project could not be built"
note "Built in $build"

if [ "$emulated" = yes ]; then
	note "Emulated hardware is used, as asked for."
	demonstrate_emulated
elif ch341a_is_attached; then
	demonstrate_real
else
	note "No CH341A (USB 1a86:5512) is attached, so emulated hardware stands in for it."
	demonstrate_emulated
fi

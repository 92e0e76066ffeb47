# SPDX-License-Identifier: GPL-2.0-or-later
"""Unmodified flashrom on each emulated chip."""
import os
import random

import pytest

from beken_bench import FLASHROM, WRAP, large_die
from chips import CHIPS, GD25Q32, MIB, STATUS_WRITES
from figures import figure

# Written from end to end: one that flashrom knows, one through SFDP, the small ones. Of the others each third block of
# 64 KiB, unless BEKEN_FULL=1.
WHOLE = ("BK7231T", "BK7231N", "BK-SMALL", "BK-SMALL-CMP")
BLOCK = 64 << 10


def chip_parameters():
    for chip in CHIPS:
        yield pytest.param(*chip, id=chip[0], marks=[large_die] if chip[1] >= MIB else [])


each_chip = pytest.mark.parametrize("chip, size, name, native", list(chip_parameters()))


def shows(operation):
    """For the table of what was tried with what."""
    def mark(test):
        test.operation = operation
        return test
    return mark


@each_chip
@shows("read")
def test_read_is_identical_and_writes_no_status(bench, chip, size, name, native):
    die = bench.random_file("die.bin", size, 1)
    before = die.read_bytes()
    result = bench.flashrom("-r", "out.bin", chip=chip, flash=die)
    assert result.status == 0, result.err
    assert bench.path("out.bin").read_bytes() == before
    assert die.read_bytes() == before
    assert not set(result.opcodes()) & set(STATUS_WRITES)
    assert not {"06", "02", "20", "d8", "c7", "60"} & set(result.opcodes())
    assert result.device("dirty") == "no"
    assert result.device("state") in ("startup", "window", "boot"), "the chip was not reset to boot"


def keep_two_of_three(image, old):
    """Blocks of the old content but each third; returns how many are new."""
    new = bytearray(image.read_bytes())
    starts = range(0, len(new), BLOCK)
    for start in starts:
        if start // BLOCK % 3:
            new[start:start + BLOCK] = old[start:start + BLOCK]
    image.write_bytes(new)
    return len(starts[::3])


@each_chip
@shows("write")
def test_write_random_over_random_verifies(bench, chip, size, name, native):
    die = bench.random_file("die.bin", size, 1)
    image = bench.random_file("new.bin", size, 2)
    pages = size // 256
    if chip not in WHOLE and os.environ.get("BEKEN_FULL") != "1":
        pages = keep_two_of_three(image, die.read_bytes()) * BLOCK // 256
    result = bench.flashrom("-w", image, chip=chip, flash=die, record=False)
    assert result.status == 0, result.err
    assert "VERIFIED" in result.out
    assert die.read_bytes() == image.read_bytes()
    # Whatever pieces flashrom writes, the die gets whole pages. A few are
    # sent again until the polls fit the die.
    assert pages <= result.opcodes()["02"] <= pages + 32
    assert result.device("refused") == "0"
    figure(f"{chip}: {size >> 10} KiB written and verified in {result.emulated_ms / 1000:.1f} emulated s")


@each_chip
@shows("erase")
def test_erase_leaves_ff(bench, chip, size, name, native):
    die = bench.random_file("die.bin", size, 1)
    result = bench.flashrom("-E", chip=chip, flash=die, record=False)
    assert result.status == 0, result.err
    assert die.read_bytes() == b"\xff" * size


@each_chip
@shows("verify")
def test_verify_of_a_wrong_file_exits_with_3(bench, chip, size, name, native):
    die = bench.random_file("die.bin", size, 1)
    wrong = bytearray(die.read_bytes())
    wrong[size // 2] ^= 1
    bench.path("wrong.bin").write_bytes(wrong)
    result = bench.flashrom("-v", "wrong.bin", chip=chip, flash=die)
    assert result.status == 3
    assert result.device("dirty") == "no"


@each_chip
@shows("region")
def test_region_write_changes_nothing_outside(bench, chip, size, name, native):
    die = bench.random_file("die.bin", size, 1)
    image = bench.random_file("new.bin", size, 2)
    start, end = size // 4, size // 4 + 0x3000
    bench.path("layout").write_text(f"{start:08x}:{end - 1:08x} part\n")
    before = die.read_bytes()
    result = bench.flashrom("-l", "layout", "-i", "part", "-N", "-w", image, chip=chip, flash=die)
    assert result.status == 0, result.err
    after = die.read_bytes()
    assert after[start:end] == image.read_bytes()[start:end]
    assert after[:start] == before[:start] and after[end:] == before[end:]
    touched = [int(event.split()[2], 16) for event in result.events("nor program")]
    assert touched and all(start <= address < end for address in touched)


@each_chip
@shows("probe")
def test_chip_can_be_named(bench, chip, size, name, native):
    die = bench.random_file("die.bin", size, 1)
    result = bench.flashrom("-c", name, "-r", "out.bin", chip=chip, flash=die)
    assert result.status == 0, result.err
    assert bench.path("out.bin").read_bytes() == die.read_bytes()
    assert f'"{name}"' in result.out


@pytest.mark.parametrize("params", ["", "unprotect=no", "unprotect=auto"])
def test_wp_status_tells_the_truth(bench, params):
    # 4004: CMP and BP0, all but the last 64 KiB of 4 MiB.
    result = bench.flashrom("--wp-status", params=params, chip="BK7231-GD25Q16C", settings=GD25Q32)
    assert result.status == 0, result.err
    assert "Protection range: start=0x00000000 length=0x003f0000 (lower 63/64)" in result.out
    assert not set(result.opcodes()) & set(STATUS_WRITES)


@pytest.mark.smoke
def test_flashrom_changes_protection_itself_and_sees_it(bench):
    # The firmware that boots at the end would protect it again.
    result = bench.flashrom("--wp-disable", "--wp-range", "0,0", chip="BK7231-GD25Q16C",
                            settings=[*GD25Q32, "firmware_protects=no"])
    assert result.status == 0, result.out + result.err
    assert result.device("sr1") == "00"
    assert int(result.device("sr2"), 16) & 0x40 == 0


@pytest.mark.smoke
def test_a_page_of_ff_and_a_partial_page_are_right(bench):
    """A write that starts and ends within pages, through the joining of pieces."""
    size = 128 << 10
    die = bench.path("die.bin")
    die.write_bytes(b"\xff" * size)
    image = bytearray(b"\xff" * size)
    image[0x1234:0x1999] = random.Random(3).randbytes(0x1999 - 0x1234)
    bench.path("new.bin").write_bytes(image)
    result = bench.flashrom("-w", "new.bin", chip="BK-SMALL-CMP", flash=die)
    assert result.status == 0, result.err
    assert die.read_bytes() == bytes(image)


@pytest.mark.smoke
def test_without_p_it_is_the_default_programmer(bench):
    die = bench.random_file("die.bin", 64 << 10, 1)
    result = bench.run(*WRAP, FLASHROM, "-r", "out.bin", chip="BK-SMALL", flash=die)
    assert result.status == 0, result.err
    assert bench.path("out.bin").read_bytes() == die.read_bytes()

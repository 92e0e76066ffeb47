# SPDX-License-Identifier: GPL-2.0-or-later
"""The launcher in front of the releases of flashrom and flashprog that Debian has.

Environment: as in lib/beken_bench/build.py, BEKEN_MATRIX as in matrix.py. BEKEN_FULL=1
writes and erases each chip with each program, which takes a quarter of an hour.
"""
import os
import random

import pytest

from beken_bench import environment
from chips import CHIPS, STATUS_WRITES
from matrix import covers
from programs import each_program

FULL = os.environ.get("BEKEN_FULL") == "1"
SIZES = {chip: size for chip, size, _, _ in CHIPS}
# One that all releases know, one that none knows, and one that some know.
WRITTEN = ["BK-SMALL", "BK-SMALL-CMP", "BK-MX25V1635F"]
each_chip = pytest.mark.parametrize("chip", list(SIZES))
each_written_chip = pytest.mark.parametrize("chip", list(SIZES) if FULL else WRITTEN)
CHANGING = {"06", "02", "20", "d8", "c7", "60", *STATUS_WRITES}
# Parts that share a JEDEC ID, and the first release that knows more than one of
# them and so wants a name.
NAMED = {
    ("BK7252", "flashprog"): ((1, 6), "XT25F32B"),
    ("BK7252-W25Q32", "flashprog"): ((1, 6), "W25Q32BV/W25Q32CV/W25Q32DV"),
    ("BK7252-W25Q32", "flashrom"): ((1, 4), "W25Q32BV/W25Q32CV/W25Q32DV"),
}


def name_for(program, chip):
    """-c NAME where this release wants one."""
    first, name = NAMED.get((chip, program.package), (None, None))
    return ["-c", name] if name and program.release >= first else []


def run(bench, program, chip, *arguments, params="", **options):
    return bench.flashrom(*name_for(program, chip), *arguments, chip=chip, params=params,
                          env=dict(environment(), FLASHROM=program.path), **options)


def on_the_matrix(program, chip, *operations):
    return covers(f"{program.name} + launcher", "preload", chip, *operations)


def sparse_change(before, seed):
    """The same content but for some kilobytes here and there, at any alignment."""
    rng = random.Random(seed)
    image = bytearray(before)
    for _ in range(6):
        length = rng.randint(1, 9000)
        start = rng.randrange(len(image) - length)
        image[start:start + length] = rng.randbytes(length)
    return bytes(image)


@each_program
@each_chip
def test_probe_and_read_are_right_and_change_nothing(bench, program, chip):
    die = bench.random_file("die.bin", SIZES[chip], 1)
    before = die.read_bytes()
    with on_the_matrix(program, chip, "probe", "read"):
        result = run(bench, program, chip, "-r", "out.bin", flash=die)
        assert result.status == 0, result.err
        assert bench.path("out.bin").read_bytes() == before == die.read_bytes()
        assert not CHANGING & set(result.opcodes())
        assert result.device("dirty") == "no"
        assert result.device("state") in ("startup", "window", "boot"), "the chip was not reset to boot"


@each_program
@each_chip
def test_region_write_changes_nothing_outside(bench, program, chip):
    die = bench.random_file("die.bin", SIZES[chip], 1)
    image = bench.random_file("new.bin", SIZES[chip], 2)
    before = die.read_bytes()
    start, end = SIZES[chip] // 4, SIZES[chip] // 4 + 0x3000
    bench.path("layout").write_text(f"{start:08x}:{end - 1:08x} part\n")
    with on_the_matrix(program, chip, "region"):
        result = run(bench, program, chip, "-l", "layout", "-i", "part", "-N", "-w", image, flash=die)
        assert result.status == 0, result.err
        assert die.read_bytes() == before[:start] + image.read_bytes()[start:end] + before[end:]
        touched = [int(event.split()[2], 16) for event in result.events("nor program")]
        assert touched and all(start <= address < end for address in touched)


@each_program
@each_written_chip
def test_write_verifies(bench, program, chip):
    die = bench.random_file("die.bin", SIZES[chip], 1)
    image = bench.path("new.bin")
    image.write_bytes(sparse_change(die.read_bytes(), 2))
    with on_the_matrix(program, chip, "write", "verify"):
        result = run(bench, program, chip, "-w", image, flash=die, record=False)
        assert result.status == 0, result.err
        assert "VERIFIED" in result.out
        assert die.read_bytes() == image.read_bytes()
        assert result.device("refused") == "0"
        image.write_bytes(sparse_change(die.read_bytes(), 3))
        result = run(bench, program, chip, "-v", image, flash=die, record=False)
        assert result.status == 3
        assert result.device("dirty") == "no"


@each_program
@each_written_chip
def test_erase_leaves_ff(bench, program, chip):
    die = bench.random_file("die.bin", SIZES[chip], 1)
    with on_the_matrix(program, chip, "erase"):
        result = run(bench, program, chip, "-E", flash=die, record=False)
        assert result.status == 0, result.err
        assert die.read_bytes() == b"\xff" * SIZES[chip]


@each_program
@pytest.mark.parametrize("chip", list(SIZES) if FULL else ["BK-SMALL", "BK-SMALL-CMP"])
def test_write_of_a_whole_die_random_over_random(bench, program, chip):
    die = bench.random_file("die.bin", SIZES[chip], 1)
    image = bench.random_file("new.bin", SIZES[chip], 2)
    with on_the_matrix(program, chip, "write"):
        result = run(bench, program, chip, "-w", image, flash=die, record=False)
        assert result.status == 0, result.err
        assert die.read_bytes() == image.read_bytes()
        pages = SIZES[chip] // 256
        assert pages <= result.opcodes()["02"] <= pages + 32

# SPDX-License-Identifier: GPL-2.0-or-later
"""Drivers of the CH341A that others wrote, on the emulated one.

They know nothing of Beken chips. Once our launcher has opened SPI mode and has
left it open (leave=keep), the die must be theirs to read and to write, and what
they read and write must be what the die holds.

Environment: as in lib/beken_bench/build.py, BEKEN_MATRIX as in matrix.py.
"""
import random

import pytest

from beken_bench import FLASHROM, assert_pins_are_safe, environment
from matrix import covers
from programs import each_program

# Dies without protection, since these drivers do not clear CMP; the protected
# ones are for our own driver.
SMALL = {"chip": "BK-SMALL", "settings": ["protect=none"]}
SMALL_SFDP = {"chip": "BK-SMALL-CMP", "settings": ["protect=none"]}
LARGE = {"chip": "BK7231T", "settings": ["protect=none"]}
SIZES = {"BK-SMALL": 64 << 10, "BK-SMALL-CMP": 128 << 10, "BK7231T": 2 << 20}
each_small_die = pytest.mark.parametrize("die", [SMALL, SMALL_SFDP], ids=lambda die: die["chip"])


def after_enter(bench, program, *arguments, die, flash, **options):
    """Our launcher opens SPI mode and keeps it; then the other driver works alone."""
    script = 'launcher=$1; shift; "$launcher" -p ch341a_beken:leave=keep >enter.txt 2>&1 || exit 99; exec "$@"'
    result = bench.run("sh", "-c", script, "sh", FLASHROM, program.path, "-p", "ch341a_spi", *arguments, flash=flash,
                       env=environment(), **die, **options)
    assert result.status != 99, bench.path("enter.txt").read_text()
    assert_pins_are_safe(result)
    assert result.device("cen_pulses") == "1", "it was reset once, by us"
    assert result.device("accepted") == "1"
    assert result.device("state") == "flash", "the other driver has left SPI mode"
    return result


def on_the_matrix(program, die, *operations):
    return covers(f"{program.name} ch341a_spi", "preload", die["chip"], *operations)


@each_program
@pytest.mark.parametrize("die", [SMALL, SMALL_SFDP, LARGE], ids=lambda die: die["chip"])
def test_read_is_identical(bench, program, die):
    flash = bench.random_file("die.bin", SIZES[die["chip"]], 1)
    before = flash.read_bytes()
    with on_the_matrix(program, die, "probe", "read"):
        result = after_enter(bench, program, "-r", "out.bin", die=die, flash=flash)
        assert result.status == 0, result.err
        assert bench.path("out.bin").read_bytes() == before == flash.read_bytes()
        assert result.device("dirty") == "no"


@each_program
@each_small_die
def test_write_erases_programs_and_verifies(bench, program, die):
    flash = bench.random_file("die.bin", SIZES[die["chip"]], 1)
    image = bench.random_file("new.bin", SIZES[die["chip"]], 2)
    with on_the_matrix(program, die, "write", "verify"):
        result = after_enter(bench, program, "-w", image, die=die, flash=flash)
        assert result.status == 0, result.err
        assert "VERIFIED" in result.out
        assert flash.read_bytes() == image.read_bytes()
        assert result.device("refused") == "0"
        assert result.device("corrupted") == "0"


@each_program
@each_small_die
def test_erase_leaves_ff(bench, program, die):
    flash = bench.random_file("die.bin", SIZES[die["chip"]], 1)
    with on_the_matrix(program, die, "erase"):
        result = after_enter(bench, program, "-E", die=die, flash=flash)
        assert result.status == 0, result.err
        assert flash.read_bytes() == b"\xff" * SIZES[die["chip"]]


@each_program
def test_region_write_changes_nothing_outside(bench, program):
    flash = bench.random_file("die.bin", SIZES["BK-SMALL"], 1)
    before, image = flash.read_bytes(), bench.random_file("new.bin", SIZES["BK-SMALL"], 2)
    bench.path("layout").write_text("00003000:00004fff part\n")
    with on_the_matrix(program, SMALL, "region"):
        result = after_enter(bench, program, "-l", "layout", "-i", "part", "-N", "-w", image, die=SMALL, flash=flash)
        assert result.status == 0, result.err
        assert flash.read_bytes() == before[:0x3000] + image.read_bytes()[0x3000:0x5000] + before[0x5000:]


@each_program
def test_a_difference_in_one_bit_is_found(bench, program):
    flash = bench.random_file("die.bin", SIZES["BK-SMALL"], 1)
    wrong = bytearray(flash.read_bytes())
    wrong[random.Random(3).randrange(len(wrong))] ^= 0x10
    bench.path("wrong.bin").write_bytes(wrong)
    result = after_enter(bench, program, "-v", "wrong.bin", die=SMALL, flash=flash)
    assert result.status == 3


@each_program
def test_without_enter_there_is_no_flash(bench, program):
    """The firmware runs and nobody answers: what the drivers report then is not made up."""
    flash = bench.random_file("die.bin", SIZES["BK-SMALL"], 1)
    result = bench.run(program.path, "-p", "ch341a_spi", "-c", "W25X05", "-r", "out.bin", flash=flash, **SMALL)
    assert result.status == 1
    assert not bench.path("out.bin").exists()
    assert result.device("dirty") == "no"


@each_program
def test_our_launcher_and_the_other_driver_agree(bench, program):
    """What one has written the other reads, both ways."""
    flash = bench.random_file("die.bin", SIZES["BK-SMALL-CMP"], 1)
    image = bench.random_file("new.bin", SIZES["BK-SMALL-CMP"], 2)
    result = after_enter(bench, program, "-w", image, die=SMALL_SFDP, flash=flash)
    assert result.status == 0, result.err
    result = bench.flashrom("-v", image, flash=flash, **SMALL_SFDP)
    assert result.status == 0, result.err
    result = bench.flashrom("-E", flash=flash, **SMALL_SFDP)
    assert result.status == 0, result.err
    result = after_enter(bench, program, "-r", "out.bin", die=SMALL_SFDP, flash=flash)
    assert bench.path("out.bin").read_bytes() == b"\xff" * SIZES["BK-SMALL-CMP"]


@each_program
@pytest.mark.parametrize("adapter", ["board=strict", "uio_in=silent", "frame_order=overtakes", "answers=joined"])
def test_they_work_with_adapters_that_are_different(bench, program, adapter):
    """They read each answer before they move a pin, and never read pins. What they can do, ours must."""
    flash = bench.random_file("die.bin", SIZES["BK-SMALL"], 1)
    image = bench.random_file("new.bin", SIZES["BK-SMALL"], 2)
    result = bench.run(program.path, "-p", "ch341a_spi", "-c", "W25X05", "-w", image, chip="W25X05", flash=flash,
                       settings=[adapter])
    assert result.status == 0, result.err
    assert "VERIFIED" in result.out
    assert flash.read_bytes() == image.read_bytes()


@each_program
def test_they_clear_plain_block_protection(bench, program):
    """BP bits alone, which all of them know how to clear."""
    die = {"chip": "BK-SMALL", "settings": ["protect=0c"]}
    flash = bench.random_file("die.bin", SIZES["BK-SMALL"], 1)
    image = bench.random_file("new.bin", SIZES["BK-SMALL"], 2)
    result = after_enter(bench, program, "-w", image, die=die, flash=flash)
    assert result.status == 0, result.err
    assert flash.read_bytes() == image.read_bytes()


@each_program
def test_they_are_stopped_by_cmp_as_people_report(bench, program):
    """BK7231N as its firmware leaves it, CMP=1: clearing BP alone locks the whole
    die (OpenBK7231T_App issue 1112). Our launcher writes the same die."""
    die = {"chip": "BK-SMALL-CMP"}
    flash = bench.random_file("die.bin", SIZES["BK-SMALL-CMP"], 1)
    image = bench.random_file("new.bin", SIZES["BK-SMALL-CMP"], 2)
    before = flash.read_bytes()
    result = after_enter(bench, program, "-w", image, die=die, flash=flash)
    assert result.status == 2
    assert flash.read_bytes() == before
    assert int(result.device("refused")) > 0
    result = bench.flashrom("-w", image, flash=flash, **die)
    assert result.status == 0, result.err
    assert flash.read_bytes() == image.read_bytes()

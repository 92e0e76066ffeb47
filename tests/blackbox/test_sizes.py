# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that were read and are not as large as the flash."""
import pytest

from beken_bench import SteadyBench, environment, large_die
from images import MIB
from kept_chip import KeptChip

pytestmark = large_die

CHIPS = [("BK7231T", "bk7231t"), ("BK7231N", "bk7231n"), ("BK7252", "bk7252")]
NAME = "my \"new\" fw's.bin"


@pytest.fixture(name="bench")
def fixture_bench(tmp_path):
    return SteadyBench(tmp_path)


def full_disk(bench, blocks):
    """A flashrom that can write so many blocks of 512 bytes to a file."""
    script = bench.path("flashrom-on-a-full-disk")
    script.write_text(f"#!/bin/sh\ntrap '' XFSZ\nulimit -f {blocks}\nPATH=${{PATH#*:}} exec flashrom \"$@\"\n")
    script.chmod(0o755)
    return dict(environment(), FLASHROM=str(script))


def test_a_full_disk_makes_no_backup(bench, image):
    beken = KeptChip(bench, image(seed=1))
    result = beken.run("-r", NAME, env=full_disk(bench, MIB // 512))
    assert result.status == 1
    assert f"Error: flashrom could not write all 2097152 bytes to {NAME}" in result.message


def test_a_full_device_is_told_as_well(bench, image):
    result = KeptChip(bench, image(seed=1)).run("-r", "/dev/full")
    assert result.status == 1 and "could not write all 2097152 bytes to /dev/full" in result.message


def test_a_full_disk_is_told_of_a_region_too(bench, image):
    beken = KeptChip(bench, image(seed=1))
    bench.path("my layout").write_text("00011000:00131fff app\n")
    arguments = ["-l", "my layout", "-i", f"app:{NAME.replace(' ', '_')}", "-r", "whole flash"]
    result = beken.run(*arguments, env=full_disk(bench, MIB // 512))
    assert result.status == 1 and f"all {0x121000} bytes" in result.message


@pytest.mark.parametrize("form", [["-f", "-c", "W25Q64JV-.Q", "-r", "a b"], ["-fcW25Q64JV-.Q", "-ra b"]])
def test_a_flash_that_was_taken_for_a_larger_one_is_told(bench, image, form):
    beken = KeptChip(bench, image(seed=1))
    result = beken.run(*form)
    assert result.status == 0 and bench.path("a b").read_bytes() == beken.before * 4
    assert "Warning: flashrom has read a b as a flash of 8388608 bytes" in result.message
    assert "(EN25QH16B, ID 1C7015) has 2097152" in result.message and "repeats itself" in result.message
    assert "Leave -c and -f out" in result.message


def test_a_flash_that_was_taken_for_a_smaller_one_is_told(bench, image):
    beken = KeptChip(bench, image("full", "bk7252", 1), "BK7252")
    result = beken.run("-f", "-c", "W25Q80.V", "-r", "a b")
    assert "its end is missing" in result.message
    assert bench.path("a b").stat().st_size == MIB
    assert "Leave -c and -f out" in result.message


@pytest.mark.parametrize("chip, family", CHIPS, ids=[chip for chip, _ in CHIPS])
def test_a_good_read_is_not_commented(bench, image, chip, family):
    result = KeptChip(bench, image("full", family, 1), chip).run("-r", "out.bin")
    assert result.status == 0
    assert "Warning" not in result.message and "bytes" not in result.message

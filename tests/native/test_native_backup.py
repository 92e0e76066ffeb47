# SPDX-License-Identifier: GPL-2.0-or-later
"""backup=FOLDER in the driver: as in the launcher, also where flashrom would end on a signal at once."""
import os
import re
import signal

import pytest

from beken_bench import WRAP, Bench
from hosts import SMALL, SMALL_CMP, each_corner, each_release, host, host_of

PARAMS = "backup=backups"
SAID = "The flash as it was before is in backups/ch341a_beken-"


@pytest.fixture
def folder(bench):
    path = bench.path("backups")
    path.mkdir()
    return path


def run(bench, release, *arguments, kind=SMALL_CMP, params=PARAMS, **options):
    chip, size = kind
    die, image = bench.random_file("die.bin", size, 1), bench.random_file("new.bin", size, 2)
    before = die.read_bytes()
    result = host(bench, release, *(arguments or ("write", image)), params=params, chip=chip, flash=die, **options)
    return result, before, die.read_bytes(), image.read_bytes()


def assert_one_backup(result, folder, content):
    names = os.listdir(folder)
    assert len(names) == 1 and names[0].endswith(".bin"), names
    assert (folder / names[0]).read_bytes() == content
    assert result.err.count(SAID) == 1 and names[0] in result.err


@each_release
@pytest.mark.parametrize("page_size", ["256", "128"])
def test_backup_is_the_flash_before_the_write(bench, release, folder, page_size):
    """By the driver's own writes, and (128) by the host's single commands."""
    result, before, after, image = run(bench, release, "-s", page_size, "write", "new.bin")
    assert result.status == 0, result.err
    assert after == image
    assert_one_backup(result, folder, before)


@each_corner
def test_an_erase_makes_one_and_a_read_none(bench, release, folder):
    result, *_ = run(bench, release, "read", "out.bin")
    assert result.status == 0 and not os.listdir(folder)
    result, before, after, _ = run(bench, release, "erase")
    assert result.status == 0 and after == b"\xff" * len(before)
    assert_one_backup(result, folder, before)


@each_corner
def test_programming_without_an_erase_makes_one(bench, release, folder):
    """The first thing that the driver is asked for is a long write."""
    chip, size = SMALL
    die = bench.path("die.bin")
    die.write_bytes(b"\xff" * size)
    result = host(bench, release, "write", bench.random_file("new.bin", size, 2), params=PARAMS, chip=chip, flash=die)
    assert result.status == 0, result.err
    assert_one_backup(result, folder, b"\xff" * size)


@each_release
@pytest.mark.parametrize("params, words", [
    ("backup=nowhere", ["nowhere", "No such file"]),
    ("backup=", ['"backup"', "folder"]),
    ("backup=backups,backup=backups", ['"backup"', "more than once"]),
])
def test_bad_folders(bench, release, params, words):
    result, before, after, _ = run(bench, release, params=params)
    assert result.status == 1
    for word in words:
        assert word in result.err
    assert after == before
    assert result.device("cen_pulses") == "0"


@each_corner
def test_a_folder_that_has_gone_fails_the_write(bench, release):
    """Between the start and the write there is time."""
    bench.path("backups").mkdir()
    chip, size = SMALL_CMP
    die = bench.random_file("die.bin", size, 1)
    before = die.read_bytes()
    bench.random_file("new.bin", size, 2)
    script = "(sleep 0.3; rmdir backups) & exec \"$@\""
    result = bench.run("sh", "-c", script, "sh", host_of(release), "-p", PARAMS, "write", "new.bin", chip=chip, flash=die)
    assert result.status == 2, result.err
    assert "No such file" in result.err and "not changed" in result.err
    assert die.read_bytes() == before


@pytest.fixture(scope="module")
def span(tmp_path_factory):
    """Numbers of the transfers between which the backup of a write is made."""
    bench = Bench(tmp_path_factory.mktemp("span"))
    bench.path("backups").mkdir()
    result, *_ = run(bench, "flashrom-1.8.0")
    assert result.status == 0
    reads = [i for i, line in enumerate(result.record) if re.match(r"\S+ 0 spi \d+ 03", line)]
    # The host reads the flash first, in pieces of 64 KiB: two, and four of the backup.
    return [sum(" usb " in line for line in result.record[:reads[i]]) for i in (1, 5)]


@each_corner
@pytest.mark.parametrize("name", ["INT", "TERM", "HUP", "QUIT"])
@pytest.mark.parametrize("part", [1] if WRAP else [0, 3])
def test_a_signal_leaves_neither_a_file_nor_a_changed_die(bench, release, folder, span, name, part):
    """It waits until the file is removed, and then ends the program as ever."""
    begin, end = span
    at = int(begin + (part + 0.5) * (end - begin) / 4)
    result, before, after, _ = run(bench, release, options=["--signal", f"{name}@transfer:{at}"])
    assert result.status == 128 + signal.Signals[f"SIG{name}"], result.err
    assert after == before and not os.listdir(folder)
    assert result.device("cen") == "high"
    assert result.device("wrsr") == "0" and result.device("erases") == "0"


@each_corner
def test_a_die_that_reads_differently_is_not_written(bench, release, folder):
    result, before, after, _ = run(bench, release, "-n", "erase", settings=["bit_error_every=50000"])
    assert result.status in (1, 2), result.err
    assert "read a second time, first at 0x" in result.err
    assert after == before and not os.listdir(folder)

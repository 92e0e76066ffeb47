# SPDX-License-Identifier: GPL-2.0-or-later
"""A flash that was read whole: code whose CRC is wrong is read again before the file counts."""
import random
import re
import signal

import pytest

from beken_bench import WRAP, environment, large_die
from images import BLOCK, encode, put

CHIP, SIZE = "BK-SMALL", 64 << 10
CODE = 1800 * BLOCK
OLD = b"the only backup"
ONE_ERROR = "bit_error_every=40000"
REPAIRED = re.compile(r"read wrong and, a second time, right: (\d+), the first at 0x([0-9A-F]{6})")
SAME = re.compile(r"whose CRC is wrong: (\d+), the first at 0x([0-9A-F]{6})")
DIFFERENT = re.compile(r"something else when it was read a second time, first at 0x([0-9A-F]{6})")


class Case:
    def __init__(self, bench):
        self.bench = bench
        self.die = bench.path("die.bin")
        self.content = encode(random.Random(1).randbytes(CODE // BLOCK * 32)).ljust(SIZE, b"\xff")
        self.file = bench.path("out.bin")

    def break_blocks(self, first, n):
        """In the die itself."""
        for block in range(first, first + n):
            at = block * BLOCK
            self.content = put(self.content, at, bytes([self.content[at] ^ 1]))

    def env(self):
        return dict(environment(), XDG_STATE_HOME=str(self.bench.path("state")))

    def noted(self):
        record = self.bench.path("state/ch341a_beken/backups")
        return record.read_text().splitlines() if record.exists() else []

    def read(self, *arguments, chip=CHIP, **options):
        self.die.write_bytes(self.content)
        result = self.bench.flashrom(*(arguments or ("-r", "out.bin")), chip=chip, flash=self.die, env=self.env(),
                                     **options)
        assert self.die.read_bytes() == self.content
        return result


@pytest.fixture(name="case")
def make_case(bench):
    return Case(bench)


def reads(result):
    """Address and length of each read of content, in order."""
    events = (event.split() for event in result.events("spi"))
    return [(int(event[3], 16), int(event[1]) - 4) for event in events if event[2] == "03"]


def assert_read_once(result):
    assert reads(result) == [(0, SIZE)]
    assert result.message.count("\n") == 1, result.message


# ---- good reads ----

def test_what_is_read_right_is_not_read_again(case):
    result = case.read()
    assert result.status == 0
    assert case.file.read_bytes() == case.content
    assert_read_once(result)
    assert case.noted() == [str(case.file)]


@large_die
@pytest.mark.parametrize("image, size, chip", [("bk7231t", "2M", "BK7231T"), ("bk7231n", "2M", "BK7231N"),
                                               ("bk7252", "4M", "BK7252")])
def test_nor_is_anything_of_a_whole_image(bench, image, size, chip):
    die = bench.image("die.bin", image, size)
    result = bench.flashrom("-r", "out.bin", chip=chip, flash=die)
    assert result.status == 0
    assert bench.path("out.bin").read_bytes() == die.read_bytes()
    assert sum(n for _, n in reads(result)) == len(die.read_bytes())
    assert "CRC" not in result.message and "read wrong" not in result.message


def test_nor_is_what_has_no_code(case):
    case.content = random.Random(2).randbytes(SIZE)
    result = case.read()
    assert result.status == 0
    assert_read_once(result)


# ---- a read with an error ----

@pytest.mark.parametrize("old", [False, True])
def test_a_block_that_was_read_wrong_is_put_right(case, old):
    if old:
        case.file.write_bytes(OLD)
    result = case.read(settings=[ONE_ERROR])
    assert result.status == 0, result.err
    assert case.file.read_bytes() == case.content
    found = REPAIRED.search(result.message)
    assert found and found[1] == "1", result.message
    assert reads(result) == [(0, SIZE), (int(found[2], 16), BLOCK)]
    for word in ("corrected", "supply", "wires", "read again"):
        assert word in result.message
    assert not SAME.search(result.message)


def test_the_file_is_put_right_where_it_is_one_with_other_names(case):
    case.file.write_bytes(OLD)
    case.bench.path("other.bin").hardlink_to(case.file)
    result = case.read(settings=[ONE_ERROR])
    assert result.status == 0 and REPAIRED.search(result.message), result.message
    assert case.bench.path("other.bin").read_bytes() == case.content


def test_where_code_was_read_wrong_the_file_is_not_noted_as_a_backup(case):
    """The rest, which has no CRC, may be wrong as well."""
    assert case.read(settings=[ONE_ERROR]).status == 0
    assert case.noted() == []


def test_what_is_wrong_in_the_flash_itself_is_only_remarked(case):
    case.break_blocks(700, 2)
    result = case.read()
    assert result.status == 0, result.err
    assert case.file.read_bytes() == case.content
    found = SAME.search(result.message)
    assert found and (found[1], int(found[2], 16)) == ("2", 700 * BLOCK), result.message
    assert reads(result) == [(0, SIZE), (700 * BLOCK, 2 * BLOCK)]
    assert "Error" not in result.message and "Warning" not in result.message
    assert case.noted() == [str(case.file)]


def test_both_at_once(case):
    case.break_blocks(300, 1)
    result = case.read(settings=[ONE_ERROR])
    assert result.status == 0, result.err
    assert case.file.read_bytes() == case.content
    assert SAME.search(result.message) and REPAIRED.search(result.message)


# ---- a second read that is no better ----

@pytest.mark.parametrize("old", [False, True])
def test_what_reads_in_two_ways_is_no_backup(case, old):
    if old:
        case.file.write_bytes(OLD)
    # So much that it is not read again without an error.
    case.break_blocks(300, 1000)
    result = case.read(settings=["bit_error_every=20000"])
    assert result.status == 1, result.err
    found = DIFFERENT.search(result.message)
    assert found and 300 * BLOCK <= int(found[1], 16) < 1300 * BLOCK, result.message
    assert "no backup" in result.message and "wires" in result.message
    assert case.noted() == []
    if old:
        assert case.file.read_bytes() == OLD
        assert "out.bin still has its old content." in result.message


@pytest.fixture(name="again")
def make_again(case):
    """A case that needs a second read, and the number of a transfer in the middle of it."""
    case.break_blocks(300, 1000)
    result = case.read()
    assert SAME.search(result.message)
    lines = [i for i, line in enumerate(result.record) if re.match(r"\S+ 0 spi \d+ 03", line)]
    begin, end = (sum(" usb " in line for line in result.record[:lines[i]]) for i in (0, 1))
    case.file.write_bytes(OLD)
    case.bench.path("state/ch341a_beken/backups").unlink()
    return case, (begin + end) // 2 + 5


def test_unplugged_in_the_second_read(again):
    case, at = again
    result = case.read(settings=[f"unplug_at_transfer={at}"])
    assert result.status == 1, result.err
    assert "unplugged" in result.message
    assert case.file.read_bytes() == OLD and case.noted() == []


@pytest.mark.parametrize("name", ["INT", "TERM"])
def test_a_signal_in_the_second_read(again, name):
    case, at = again
    result = case.read(options=["--signal", f"{name}@transfer:{at}"])
    assert result.status == 128 + signal.Signals[f"SIG{name}"], result.err
    assert case.file.read_bytes() == OLD and case.noted() == []


# ---- what is not looked at ----

def test_a_flash_outside_a_beken_chip_is_not(case):
    case.break_blocks(300, 1)
    result = case.read("-c", "W25X05", "-r", "out.bin", chip="W25X05", params="enter=never")
    assert result.status == 0, result.err
    assert (300 * BLOCK, BLOCK) not in reads(result) and not SAME.search(result.message)


@pytest.mark.parametrize("arguments", [("-r", "/dev/null"), ("-l", "layout", "-i", "all", "-r", "out.bin"),
                                       ("-v", "die.bin"), ("-w", "same.bin")])
def test_nor_is_what_goes_into_no_file_or_is_a_part(case, arguments):
    case.bench.path("layout").write_text("00000000:0000ffff all\n")
    case.break_blocks(300, 1)
    case.bench.path("same.bin").write_bytes(case.content)
    result = case.read(*arguments)
    assert result.status == 0, result.err
    assert (300 * BLOCK, BLOCK) not in reads(result) and not SAME.search(result.message)


@pytest.mark.skipif(bool(WRAP), reason="a second look at the same")
def test_the_chip_is_left_as_after_any_read(case):
    case.break_blocks(300, 1)
    assert case.read().device("cen") == "high"
    kept = case.read(params="leave=keep")
    assert kept.status == 0 and SAME.search(kept.message)

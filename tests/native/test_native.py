# SPDX-License-Identifier: GPL-2.0-or-later
"""The native driver on the emulator, called by a host in flashrom's place."""
import pytest

from beken_bench import assert_nothing_written, large_die
from chips import MIB, STATUS_WRITES
from faults import FAULTS
from hosts import SMALL, SMALL_CMP, WRAP, each_corner, each_release, host

each_small_chip = pytest.mark.parametrize("chip, size", [SMALL, SMALL_CMP])


# ---- what goes well ----

@each_release
@each_small_chip
def test_probe_leaves_the_die_alone(bench, release, chip, size):
    result = host(bench, release, "probe", chip=chip)
    assert result.status == 0, result.err
    assert f"{size >> 10} KiB" in result.out
    assert_nothing_written(result)


@each_release
@each_small_chip
def test_read_is_identical(bench, release, chip, size):
    die = bench.random_file("die.bin", size, 1)
    before = die.read_bytes()
    result = host(bench, release, "read", "out.bin", chip=chip, flash=die)
    assert result.status == 0, result.err
    assert bench.path("out.bin").read_bytes() == before == die.read_bytes()
    assert not set(result.opcodes()) & set(STATUS_WRITES)
    assert_nothing_written(result)
    assert result.device("state") in ("startup", "window", "boot"), "the chip was not reset to boot"


@each_release
@each_small_chip
@pytest.mark.parametrize("page_size", ["256", "64", "128"])
def test_write_random_over_random(bench, release, chip, size, page_size):
    """128: no page size that the driver streams; then the host's own loops are used."""
    die = bench.random_file("die.bin", size, 1)
    image = bench.random_file("new.bin", size, 2)
    result = host(bench, release, "-s", page_size, "write", image, chip=chip, flash=die, record=False)
    assert result.status == 0, result.err
    assert die.read_bytes() == image.read_bytes()
    assert "VERIFIED" in result.out
    pages = size // (128 if page_size == "128" else 256)
    assert pages <= result.opcodes()["02"] <= pages + 16
    assert result.device("refused") == "0"


@pytest.mark.smoke
@each_release
def test_erase_and_verify(bench, release):
    chip, size = SMALL_CMP
    die = bench.random_file("die.bin", size, 1)
    result = host(bench, release, "erase", chip=chip, flash=die, record=False)
    assert result.status == 0, result.err
    assert die.read_bytes() == b"\xff" * size
    wrong = bytearray(die.read_bytes())
    assert host(bench, release, "verify", die, chip=chip, flash=die).status == 0
    wrong[size // 2] ^= 1
    bench.path("wrong.bin").write_bytes(wrong)
    assert host(bench, release, "verify", "wrong.bin", chip=chip, flash=die).status == 3


@each_release
@pytest.mark.parametrize("start, length", [(0x4000, 0x3000), (0x4321, 0x1234), (0xffff, 2), (0x8001, 1)])
def test_region_changes_nothing_outside(bench, release, start, length):
    chip, size = SMALL_CMP
    die = bench.random_file("die.bin", size, 1)
    image = bench.random_file("new.bin", size, 2)
    before = die.read_bytes()
    result = host(bench, release, "region", hex(start), hex(length), image, chip=chip, flash=die)
    assert result.status == 0, result.err
    end = start + length
    assert die.read_bytes() == before[:start] + image.read_bytes()[start:end] + before[end:]


@each_corner
@large_die
@pytest.mark.parametrize("chip", ["BK7231T", "BK7231N"])
def test_protected_2_mib(bench, release, chip):
    die = bench.random_file("die.bin", 2 * MIB, 1)
    image = bench.random_file("new.bin", 2 * MIB, 2)
    result = host(bench, release, "write", image, chip=chip, flash=die, record=False)
    assert result.status == 0, result.err
    assert die.read_bytes() == image.read_bytes()
    # On a machine so busy that emulated time runs away a page can be late.
    assert result.opcodes()["02"] <= 2 * MIB // 256 + 32


@each_corner
@pytest.mark.parametrize("tpp", [100, 700, 1500, 5000])
def test_slow_pages_are_all_written(bench, release, tpp):
    chip, size = SMALL
    die = bench.random_file("die.bin", size, 1)
    image = bench.random_file("new.bin", size, 2)
    result = host(bench, release, "-n", "write", image, chip=chip, flash=die, settings=[f"tpp_us={tpp}"])
    assert result.status == 0, result.err
    assert die.read_bytes() == image.read_bytes()


# ---- parameters ----

@each_release
@pytest.mark.parametrize("params, words", [
    ("enter=sometimes", ['"enter"', '"sometimes"', "auto, always or never"]),
    ("leave=boot", ['"leave"', "reset or keep"]),
    ("attempts=", ['"attempts"', "number"]),
    ("cen_low_ms=0", ['"cen_low_ms"', "milliseconds"]),
    ("window_ms=1e3", ['"window_ms"', "milliseconds"]),
    ("cen_low_ms=10001", ['"cen_low_ms"', "1 to 10000"]),
    ("attempts=-1", ['"attempts"', "number"]),
    ("attempts= 1", ['"attempts"', "number"]),
    ("pipeline=yes", ['"pipeline"', "auto or no"]),
    ("unprotect=no,sfdp=1", ['"unprotect"', '"sfdp"', "launcher"]),
    ("device=7", ["device=7", "device=0"]),
    ("backup=backups", ['"backup"', "launcher"]),
    ("leave=keep,backup=", ['"backup"', "launcher"]),
    ("image=any", ['"image"', "launcher"]),
    ("leave=keep,image=raw", ['"image"', "launcher"]),
    ("read=twice", ['"read"', "launcher"]),
    ("clock=slow", ['"clock"', "launcher"]),
])
def test_bad_parameters(bench, release, params, words):
    result = host(bench, release, "read", "out.bin", params=params, chip="BK-SMALL")
    assert result.status == 1
    for word in words:
        assert word in result.err
    assert_nothing_written(result)
    assert result.device("cen_pulses") == "0"
    assert not bench.path("out.bin").exists()


@pytest.mark.smoke
@each_release
def test_good_parameters(bench, release):
    params = "device=0,enter=always,leave=keep,attempts=5,cen_low_ms=50,window_ms=200,pipeline=no"
    result = host(bench, release, "probe", params=params, chip="BK-SMALL")
    assert result.status == 0, result.err
    assert result.device("state") == "flash"


@each_release
@pytest.mark.parametrize("params", ["speed=1", "enter=auto,leave=keep,enter=auto"])
def test_what_the_driver_does_not_take_is_left_to_flashrom(bench, release, params):
    result = host(bench, release, "read", "out.bin", params=params, chip="BK-SMALL")
    assert result.status == 1
    assert "Unhandled programmer parameters" in result.err
    assert_nothing_written(result)


# ---- faults ----

@each_release
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_named_as_in_the_stock_face(bench, release, fault):
    settings, words = FAULTS[fault]
    image = bench.random_file("new.bin", 64 << 10, 2)
    result = host(bench, release, "write", image, chip="BK-SMALL", settings=settings, params="attempts=3")
    assert result.status == 1, result.err
    for word in words:
        assert word in result.err
    assert_nothing_written(result)


def run_clean(bench, release, chip, size):
    """The same write without a fault, for the numbers of its transfers."""
    die = bench.random_file("clean.bin", size, 1)
    result = host(bench, release, "-n", "write", bench.random_file("new.bin", size, 2), chip=chip, flash=die)
    assert result.status == 0, result.err
    return result


MID_WRITE = {
    "unplug_at_transfer": "transfers",
    "short_reply_at": "in_packets",
    "empty_reply_at": "in_packets",
    "drop_reply_at": "in_packets",
    "stall_out_at": "out_urbs",
    "stall_in_at": "in_urbs",
}


@each_corner
@pytest.mark.parametrize("options", [["-n"]] if WRAP else [["-n"], []])
@pytest.mark.parametrize("before_the_end", [300] if WRAP else [60, 300, 800])
@pytest.mark.parametrize("fault", MID_WRITE)
def test_connection_that_fails_in_the_middle_of_a_write(bench, release, fault, before_the_end, options):
    chip, size = SMALL
    clean = run_clean(bench, release, chip, size)
    at = int(clean.device(MID_WRITE[fault])) - before_the_end
    die = bench.random_file("die.bin", size, 1)
    result = host(bench, release, *options, "write", "new.bin", chip=chip, flash=die, settings=[f"{fault}={at}"])
    assert result.status == 2, result.err
    assert 0 < int(result.opcodes()["02"]) < int(clean.opcodes()["02"]), "it was in the middle"
    assert "connection to the CH341A failed" in result.err or "unplugged" in result.err
    assert result.emulated_ms < 60000


@each_corner
def test_extra_reply_in_the_middle_of_a_write(bench, release):
    chip, size = SMALL
    at = int(run_clean(bench, release, chip, size).device("in_packets")) - 300
    die = bench.random_file("die.bin", size, 1)
    result = host(bench, release, "-n", "write", "new.bin", chip=chip, flash=die, settings=[f"extra_reply_at={at}"])
    assert result.status == 2 or die.read_bytes() == bench.path("new.bin").read_bytes()


@each_corner
@pytest.mark.parametrize("options", [["-n"], []])
@pytest.mark.parametrize("setting", ["wip_stuck=program wip_stuck_after=1", "wip_stuck=program wip_stuck_after=100",
                                     "wip_stuck=program wip_stuck_after=256", "wip_stuck=erase",
                                     "wip_stuck=status"])
def test_stuck_die_ends_with_a_failure(bench, release, setting, options):
    chip, size = SMALL
    die = bench.random_file("die.bin", size, 1)
    image = bench.random_file("new.bin", size, 2)
    result = host(bench, release, *options, "write", image, chip=chip, flash=die, settings=setting.split())
    assert result.status == 2, result.err
    assert result.err.count("longer than any flash takes") == 1
    assert "so the chip is not reset" in result.err
    assert result.emulated_ms < 60000


@each_corner
def test_with_enter_never_a_flash_may_be_as_slow_as_it_likes(bench, release):
    """A status write of 600 ms is longer than any die of a Beken chip takes."""
    die = bench.random_file("die.bin", 128 << 10, 1)
    settings = ["protect=0c", "tw_ms=600"]
    result = host(bench, release, "erase", params="enter=never", chip="W25X10", flash=die, settings=settings)
    assert result.status == 0, result.err
    assert set(die.read_bytes()) == {0xff}
    assert result.opcodes()["01"] == 2 and result.device("cen_pulses") == "0"
    result = host(bench, release, "erase", chip="BK-SMALL", flash=bench.random_file("die.bin", 64 << 10, 1),
                  settings=["tw_ms=300"])
    assert result.status == 2 and "still busy after 200 ms" in result.err


@each_corner
@pytest.mark.parametrize("options", [["-n"], []])
@pytest.mark.parametrize("at", [1, 7, 100, 256])
def test_refused_page_is_sent_again(bench, release, at, options):
    chip, size = SMALL
    die = bench.random_file("die.bin", size, 1)
    image = bench.random_file("new.bin", size, 2)
    result = host(bench, release, *options, "write", image, chip=chip, flash=die,
                  settings=[f"program_refused_at={at}"])
    assert result.status == 0, result.err
    assert die.read_bytes() == image.read_bytes()


@each_corner
@pytest.mark.parametrize("options", [["-n"], []])
def test_pages_that_stay_refused_are_a_failure(bench, release, options):
    """A protected die, and nobody clears the protection."""
    chip, size = SMALL
    die = bench.random_file("die.bin", size, 1)
    before = die.read_bytes()
    image = bench.random_file("new.bin", size, 2)
    result = host(bench, release, "-u", *options, "write", image, chip=chip, flash=die)
    assert result.status == 2, result.err
    if options:
        assert "refused to program the page at 0x000000" in result.err
    assert die.read_bytes() == before

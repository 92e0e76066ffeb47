# SPDX-License-Identifier: GPL-2.0-or-later
"""ch341a-beken enter and reset"""
import pytest

from beken_bench import FLASHROM, TOOL, assert_nothing_written
from faults import FAULTS
from tool_output import assert_one_form, errors, parse_json


def test_enter_leaves_the_chip_in_spi_mode(bench):
    result = bench.tool("enter", chip="BK7231N")
    assert result.status == 0
    assert result.out == "JEDEC ID EB6015 (TH25Q16HB, 2 MiB)\n"
    assert result.device("state") == "flash" and result.device("cen_pulses") == "1"
    assert_one_form(result.err)
    assert_nothing_written(result)


def test_enter_as_json(bench):
    result = bench.tool("enter", "--json", chip="BK7231N")
    assert parse_json(result) == {"jedec_id": "EB6015", "part": "TH25Q16HB", "size": 2 << 20, "sr1": 4, "sr2": 0x40,
                                  "write_protected": True}
    result = bench.tool("enter", "--json", chip="BK-SMALL")
    assert parse_json(result)["part"] is None and parse_json(result)["size"] is None


@pytest.mark.smoke
def test_another_program_finds_the_flash(bench):
    """flashrom's own driver of the CH341A knows nothing of Beken chips."""
    die = bench.random_file("die.bin", 64 << 10, 1)
    script = f"{TOOL} enter && /usr/sbin/flashrom -p ch341a_spi -c W25X05 -r out.bin"
    result = bench.run("sh", "-c", script, chip="BK-SMALL", flash=die)
    assert result.status == 0, result.out + result.err
    assert bench.path("out.bin").read_bytes() == die.read_bytes()


@pytest.mark.parametrize("fault", FAULTS)
def test_enter_names_the_fault(bench, fault):
    settings, words = FAULTS[fault]
    result = bench.tool("enter", "-p", "attempts=1", chip="BK-SMALL", settings=settings)
    assert result.status == 1 and result.out == ""
    text = " ".join(result.err.splitlines())
    for word in words:
        assert word in text
    assert len(errors(result)) == 1
    assert_one_form(result.err)


def test_enter_by_never_is_refused(bench):
    result = bench.tool("enter", "-p", "enter=never", chip="BK-SMALL")
    assert result.status == 2 and "enter=never" in errors(result)[0]
    assert result.device("transfers") == "0"


def test_enter_always_resets_and_auto_does_not(bench):
    for mode, pulses in (("auto", "0"), ("always", "1")):
        result = bench.tool("enter", "-p", f"enter={mode}", chip="BK-SMALL", settings=["soc_state=flash"])
        assert result.status == 0 and result.device("cen_pulses") == pulses


def test_enter_is_interrupted(bench):
    result = bench.tool("enter", "-p", "attempts=0", chip="BK-SMALL", settings=["fused=yes"],
                        options=["--signal", "INT@ms:5000"])
    assert result.status == 130 and result.emulated_ms < 6000


def test_verbosity(bench):
    plain = bench.tool("enter", chip="BK-SMALL").err
    verbose = bench.tool("enter", "-V", chip="BK-SMALL").err
    assert "opened" not in plain and "opened" in verbose


def test_reset_boots_the_chip(bench):
    result = bench.tool("reset", chip="BK7231T", settings=["soc_state=flash"])
    assert result.status == 0 and result.err == ""
    assert result.out == "The chip was reset and boots.\n"
    assert result.device("cen_pulses") == "1" and result.device("dir") == "00"
    assert result.device("state") != "flash"
    assert_nothing_written(result)


def test_enter_then_reset(bench):
    result = bench.run("sh", "-c", f"{TOOL} enter && {TOOL} reset && sleep 1", chip="BK7231T")
    assert result.status == 0
    assert result.device("state") == "boot" and result.device("cen_pulses") == "2"


def test_length_of_the_pulse(bench):
    for ms in (5, 700):
        result = bench.tool("reset", "-p", f"cen_low_ms={ms}", chip="BK7231T")
        times = {line.split(" ", 2)[2]: float(line.split(" ", 1)[0]) for line in result.record if " cen " in line}
        assert ms * 1000 <= times["cen high"] - times["cen low"] < ms * 1000 + 5000


def test_reset_takes_the_device_that_is_meant(bench):
    result = bench.tool("reset", "-p", "device=1", chip="BK-SMALL", settings=["devices=2"])
    assert result.status == 0
    assert (result.device("cen_pulses", 0), result.device("cen_pulses", 1)) == ("0", "1")
    result = bench.tool("reset", chip="BK-SMALL", settings=["devices=2"])
    assert result.status == 1 and "2 CH341A are attached" in errors(result)[0]


@pytest.mark.parametrize("settings, word", [
    (["devices=0"], "No CH341A found"), (["usb_access=denied"], "No permission"), (["usb_access=busy"], "Another program"),
    (["unplug_at_transfer=6"], "unplugged"),
])
def test_reset_fails_in_words(bench, settings, word):
    result = bench.tool("reset", chip="BK-SMALL", settings=settings)
    assert result.status == 1 and result.out == "" and word in errors(result)[0]


@pytest.mark.parametrize("miso", ["idle", "random", "00"])
def test_reset_of_a_chip_that_runs_does_not_wait(bench, miso):
    result = bench.tool("reset", chip="BK7231T", settings=[f"boot_miso={miso}"])
    assert result.status == 0 and result.emulated_ms < 1000


@pytest.mark.parametrize("erase_ms", [3000, 30000])
def test_reset_waits_for_a_busy_flash(busy, erase_ms):
    result = busy(f"{TOOL} reset", settings=[f"tce_ms={erase_ms}", "protect=none"])
    assert result.status == 0, result.err
    assert "The flash is busy; waiting" in result.err
    assert result.device("reset_while_busy") == "0" and result.device("corrupted") == "0"
    assert result.device("erases") == "1" and result.emulated_ms > erase_ms


def test_reset_never_cuts_a_flash_that_stays_busy(busy):
    result = busy(f"{TOOL} reset", settings=["wip_stuck=erase", "protect=none"])
    assert result.status == 1
    assert "still busy, so the chip is not reset" in result.err
    assert result.device("cen_pulses") == "1" and result.device("cen") == "high"


def test_reset_that_waits_can_be_interrupted(busy):
    result = busy(f"{TOOL} reset & sleep 3; kill -TERM $!; wait $!", settings=["tce_ms=60000", "protect=none"])
    assert result.status == 143
    assert result.device("cen_pulses") == "1" and result.device("reset_while_busy") == "0"
    assert result.emulated_ms < 30000


@pytest.mark.parametrize("command", [f"{TOOL} enter", f"{TOOL} check", f"{TOOL} reset",
                                     "env -u FLASHROM " + FLASHROM + " -p ch341a_beken -c W25X05 -r out.bin"])
def test_nobody_resets_a_flash_that_a_killed_program_left_busy(busy, command):
    result = busy(command, settings=["tce_ms=4000", "protect=none"])
    assert result.status == 0, result.err
    assert result.device("reset_while_busy") == "0" and result.device("corrupted") == "0"

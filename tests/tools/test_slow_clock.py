# SPDX-License-Identifier: GPL-2.0-or-later
"""clock=slow, and the second opinion: wires that are bad at full speed and good slowly"""
import re

import pytest

from beken_bench import assert_nothing_written
from tool_output import errors, parse_json

BAD_WIRES = "miso_max_khz=200"
# With this seed the first attempt is accepted, and no ID comes twice.
UNSTABLE = ["seed=22", BAD_WIRES]
SLOW = ("-p", "clock=slow")


def sck_khz(result):
    """The fastest clock made by pin writes: CS low, from one rising edge of D3 to the next."""
    rises, before = [], 0
    for line in result.record:
        found = re.match(r"([\d.]+) 0 pins (\w\w) dir 3f", line)
        if not found:
            continue
        levels = int(found[2], 16)
        if levels & 0x08 and not before & 0x08 and not levels & 0x01:
            rises.append(float(found[1]))
        before = levels
    assert len(rises) > 1000
    return 1000 / min(b - a for a, b in zip(rises, rises[1:]))


@pytest.mark.parametrize("pipeline", ["auto", "no"])
def test_id_and_status_are_right_on_wires_that_are_bad_at_speed(bench, pipeline):
    result = bench.tool("enter", "--json", "-p", f"clock=slow,pipeline={pipeline}", chip="BK7231N",
                        settings=[BAD_WIRES])
    assert result.status == 0, result.err
    assert parse_json(result) == {"jedec_id": "EB6015", "part": "TH25Q16HB", "size": 2 << 20, "sr1": 4, "sr2": 0x40,
                                  "write_protected": True}
    assert 80 < sck_khz(result) < 110
    assert_nothing_written(result)


def test_at_full_speed_these_wires_are_bad(bench):
    """What the test above is worth."""
    results = [bench.tool("enter", "--json", "-p", "attempts=3", chip="BK7231N", settings=[BAD_WIRES, f"seed={seed}"])
               for seed in range(1, 5)]
    assert any(result.status or parse_json(result)["sr2"] != 0x40 for result in results)


def test_a_small_die_is_read_and_written(bench):
    die, new = bench.random_file("die.bin", 64 << 10, 1), bench.random_file("new.bin", 64 << 10, 2)
    before = die.read_bytes()
    result = bench.flashrom("-r", "out.bin", params="clock=slow", chip="BK-SMALL", flash=die, settings=[BAD_WIRES])
    assert result.status == 0, result.err
    assert bench.path("out.bin").read_bytes() == before
    result = bench.flashrom("-w", "new.bin", params="clock=slow", chip="BK-SMALL", flash=die, settings=[BAD_WIRES])
    assert result.status == 0, result.err
    assert die.read_bytes() == new.read_bytes()


def test_how_long_it_takes_is_said(bench):
    result = bench.tool("enter", *SLOW, chip="BK7231N")
    assert re.search(r"clock=slow: reading the whole flash takes about [5-9] minutes", result.err)


def test_it_can_be_interrupted(bench):
    result = bench.flashrom("-r", "out.bin", params="clock=slow", chip="BK-SMALL", options=["--signal", "INT@ms:5000"])
    assert result.status == 130 and result.emulated_ms < 7500
    assert result.device("dir") == "00"


def test_an_adapter_without_pin_reads_gets_a_sentence(bench):
    result = bench.tool("enter", *SLOW, chip="BK7231N", settings=["uio_in=silent"])
    assert result.status == 1 and "does not answer pin reads" in errors(result)[0]
    assert len(errors(result)) == 1


# ---- the second opinion ----

def test_good_slowly_bad_at_speed_is_the_wires(bench):
    result = bench.tool("check", "-p", "attempts=1", chip="BK7231N", settings=UNSTABLE)
    out = " ".join(result.out.split())
    assert result.status == 1 and "JEDEC ID failed" in out
    assert "its JEDEC ID is different each time" in out
    assert "the flash answers with ID EB6015 each time: good slowly, bad at full speed. It is the wires." in out
    assert "clock=slow" in out
    assert_nothing_written(result)


@pytest.mark.parametrize("settings", [["flash=absent"], ["flash=absent", "absent_level=ff"]])
def test_bad_slowly_too_is_the_supply_or_the_die(bench, settings):
    result = bench.tool("check", "-p", "attempts=1", chip="BK7231N", settings=settings)
    assert result.status == 1
    assert "Clocked slowly, the flash does not answer either" in " ".join(result.out.split())


def test_it_is_in_the_advice_for_programs(bench):
    result = bench.tool("check", "--json", "-p", "attempts=1", chip="BK7231N", settings=UNSTABLE)
    stage = next(stage for stage in parse_json(result)["stages"] if stage["result"] == "failed")
    assert stage["stage"] == "jedec_id" and "It is the wires" in stage["advice"]


def test_the_launcher_gives_it_as_well(bench):
    result = bench.flashrom("-r", "out.bin", params="attempts=1", chip="BK7231N", settings=UNSTABLE)
    assert result.status == 1
    assert result.message.splitlines()[-1].startswith("Error: Clocked slowly, the flash answers with ID EB6015")


def test_an_adapter_that_cannot_be_asked_says_nothing_of_it(bench):
    result = bench.tool("check", "-p", "attempts=1", chip="BK7231N", settings=["flash=absent", "uio_in=silent"])
    assert result.status == 1 and "slowly" not in result.out + result.err
    assert "its flash does not answer" in " ".join(result.out.split())


def test_nothing_of_it_where_the_chip_has_accepted_nothing(bench):
    result = bench.tool("check", "-p", "attempts=1", chip="BK7231N", settings=["wire_mosi=open"])
    assert "slowly" not in result.out + result.err

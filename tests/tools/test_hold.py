# SPDX-License-Identifier: GPL-2.0-or-later
"""ch341a-beken hold and check --loopback: for the multimeter, and for the board alone"""
import re

import pytest

from beken_bench import TOOL, assert_nothing_written
from tool_output import assert_one_form, errors, parse_json


def pin_events(result):
    """(levels, outputs) as they followed each other."""
    return [(int(levels, 16), int(outputs, 16)) for levels, outputs in
            (re.fullmatch(r"pins (\w\w) dir (\w\w)", line).groups() for line in result.events("pins"))]


# ---- hold ----

@pytest.mark.parametrize("operands, levels, outputs", [
    (["CS=1"], 0x01, 0x01), (["cs=high", "CEN=0"], 0x01, 0x05), (["D3=1", "D5=low"], 0x08, 0x28),
    (["CS=0", "CS1=0", "CEN=1", "SCK=1", "DOUT2=1", "MOSI=1"], 0x3c, 0x3f),
])
def test_hold_drives_exactly_what_is_asked_for(bench, operands, levels, outputs):
    result = bench.run("sh", "-c", f"echo | {TOOL} hold {' '.join(operands)}", chip="BK7231T")
    assert result.status == 0, result.err
    driven = [event for event in pin_events(result) if event[1]]
    assert {event[1] for event in driven} == {outputs}, "no other pin is ever driven"
    first = driven[0]
    assert first[0] & outputs == levels
    assert pin_events(result)[-1][1] == 0 and result.device("dir") == "00" and result.device("cen") == "high"
    assert result.device("spi_bytes") == "0"
    for operand in operands:
        assert ("high" if operand.split("=")[1] in ("1", "high") else "low") in result.out
    assert_nothing_written(result)


@pytest.mark.parametrize("name, status", [("INT", 130), ("TERM", 143)])
def test_hold_ends_by_a_signal_with_cen_high(bench, name, status):
    result = hold_on_a_fifo(bench, name)
    assert result.status == status
    assert result.device("dir") == "00" and result.device("cen") == "high"
    assert result.device("cen_pulses") == "1"
    driven = [event for event in pin_events(result) if event[1]]
    assert driven[-1][0] & 0x04, "CEN is raised before it is let go"


def hold_on_a_fifo(bench, name):
    """Nobody ever writes into it."""
    script = f"mkfifo fifo; set -m; exec 3<>fifo; {TOOL} hold CEN=0 <&3 & sleep 5; kill -{name} $!; wait $!; exit $?"
    return bench.run("bash", "-c", script, chip="BK7231T")


@pytest.mark.parametrize("operands", [["MISO=1"], ["D7=0"], ["CS"], ["CS=2"], ["CS="], ["=1"], ["CS=1", "X=0"]])
def test_hold_names_what_it_takes(bench, operands):
    result = bench.tool("hold", *operands, chip="BK7231T")
    assert result.status == 2 and result.device("transfers") == "0"
    assert "CS (D0)" in errors(result)[0] and "MOSI (D5)" in errors(result)[0]
    assert_one_form(result.err)


def test_hold_without_a_pin_or_with_one_twice(bench):
    assert "hold CS=1" in errors(bench.tool("hold", chip="BK7231T"))[0]
    result = bench.tool("hold", "CS=1", "D0=0", chip="BK7231T")
    assert result.status == 2 and "CS is given more than once" in errors(result)[0]


def test_hold_on_a_board_that_is_unplugged_meanwhile(bench):
    script = f"sleep 5 | {TOOL} hold CS=1"
    result = bench.run("sh", "-c", script, chip="BK7231T", settings=["unplug_at_ms=2000"])
    assert result.status == 1 and "unplugged" in errors(result)[0]


# ---- check --loopback ----

def test_loopback_is_good(bench):
    result = bench.tool("check", "--loopback", chip="BK7231T", settings=["loopback=yes"])
    assert result.status == 0 and result.err == ""
    assert "Loop-back   ok" in result.out and "7936 bytes came back" in result.out
    assert result.device("dir") == "00"
    assert_nothing_written(result)


@pytest.mark.parametrize("settings, word", [
    ([], "Nothing comes back: MISO reads FF"), (["wire_miso=stuck0"], "Nothing comes back: MISO reads 00"),
    (["loopback=yes", "miso_max_khz=200"], "none clocked slowly"),
    (["loopback=yes", "miso_max_khz=5"], "a loose wire"),
])
def test_loopback_is_bad(bench, settings, word):
    result = bench.tool("check", "--loopback", chip="BK7231T", settings=settings)
    assert result.status == 1
    assert "Loop-back   failed" in result.out and word in " ".join(result.out.split())


def test_loopback_as_json(bench):
    found = parse_json(bench.tool("check", "--loopback", "--json", chip="BK7231T",
                                  settings=["loopback=yes", "miso_max_khz=200"]))
    assert found["ok"] is False and found["fast"]["wrong_bits"] > 100 and found["slow"]["wrong_bits"] == 0
    assert found["fast"]["bytes"] == 7936 and found["slow"]["bytes"] == 124


def test_loopback_and_loop_do_not_go_together(bench):
    result = bench.tool("check", "--loop", "--loopback", chip="BK7231T")
    assert result.status == 2 and "do not go together" in errors(result)[0]


def test_loopback_is_interrupted(bench):
    result = bench.tool("check", "--loopback", chip="BK7231T", settings=["loopback=yes"],
                        options=["--signal", "INT@transfer:100"])
    assert result.status == 130 and result.out == "" and result.device("dir") == "00"

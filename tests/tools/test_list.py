# SPDX-License-Identifier: GPL-2.0-or-later
"""ch341a-beken list"""
import pytest

from beken_bench import FLASHROM, TOOL
from tool_output import assert_one_form, errors, parse_json

# Settings, whether it is usable, what the text and the JSON must say.
STATES = {
    "free": ([], True, "SPI mode (1a86:5512): ready", {"access": "free", "mode": "spi"}),
    "serial mode": (["usb_mode=serial"], False, "jumper", {"mode": "serial", "device": None, "usb_id": "1a86:5523"}),
    "denied": (["usb_access=denied"], False, "no permission", {"access": "denied", "mode": "spi"}),
    "busy": (["usb_access=busy"], False, "in use by another program", {"access": "busy"}),
    "kernel driver": (["usb_kernel_driver=spi-ch341"], True, "held by the kernel driver", {"access": "kernel"}),
    "kernel driver, serial": (["usb_mode=serial", "usb_kernel_driver=usbserial"], False, "jumper",
                              {"mode": "serial", "access": "kernel"}),
}


@pytest.mark.parametrize("state", STATES)
def test_state_of_a_board(bench, state):
    settings, usable, words, _ = STATES[state]
    result = bench.tool("list", settings=settings)
    assert result.status == (0 if usable else 1)
    assert "1:4  port 1-1" in result.out and words in result.out
    assert errors(result) == ([] if usable else ["No CH341A that is attached can be used."])
    assert_one_form(result.err)
    for line in result.out.splitlines():
        assert len(line) < 80 and line == line.rstrip()


@pytest.mark.parametrize("state", STATES)
def test_state_of_a_board_as_json(bench, state):
    settings, usable, _, values = STATES[state]
    result = bench.tool("list", "--json", settings=settings)
    assert result.status == (0 if usable else 1)
    board, = parse_json(result)
    assert board["usable"] is usable
    assert (board["advice"] is None) is usable
    assert board["bus"] == 1 and board["address"] == 4 and board["port"] == "1-1" and board["serial"] is None
    assert board["kernel_driver"] is None and board["holders"] == [], "the emulator has neither /sys nor /proc"
    for key, value in values.items():
        assert board[key] == value


def test_nothing_attached(bench):
    result = bench.tool("list", settings=["devices=0"])
    assert result.status == 1 and result.out == ""
    assert "No CH341A found (USB 1a86:5512)" in errors(result)[0]
    result = bench.tool("list", "--json", settings=["devices=0"])
    assert result.status == 1 and parse_json(result) == []


def test_looking_does_not_touch(bench):
    result = bench.tool("list", settings=["usb_kernel_driver=spi-ch341", "usb_serial=ABC123"])
    assert "serial ABC123" in result.out
    assert result.device("out_urbs") == "0" and result.device("cen_pulses") == "0"
    assert not result.events("pins"), "the kernel driver is left where it is"


@pytest.mark.smoke
def test_numbers_are_those_of_the_parameter_device(bench):
    """In serial mode there is no number; the others count as device= does."""
    settings = ["devices=4", "1.usb_mode=serial", "0.usb_bus=3", "3.usb_ports=2.7", "2.usb_serial=THIRD"]
    boards = parse_json(bench.tool("list", "--json", settings=settings))
    assert [board["device"] for board in boards] == [0, 1, 2, None]
    for board in boards[:3]:
        for selector in (str(board["device"]), f"{board['bus']}:{board['address']}", board["port"], board["serial"]):
            if selector is None:
                continue
            result = bench.tool("enter", "-p", f"device={selector}", settings=settings, chip="BK-SMALL")
            assert result.status == 0, result.err
            entered = [n for n in range(4) if result.device("state", n) == "flash"]
            assert [f"1:{n + 4}" if n else "3:4" for n in entered] == [f"{board['bus']}:{board['address']}"]


def test_a_board_in_use_is_busy_and_not_disturbed(bench):
    script = f"{FLASHROM} -p ch341a_beken -r a.bin >log 2>&1 & sleep 4; {TOOL} list; s=$?; wait $!; exit $((s + 10 * $?))"
    result = bench.run("sh", "-c", script, chip="BK7231T")
    assert result.status == 1
    assert "in use by another program" in result.out
    assert bench.path("a.bin").stat().st_size == 2 << 20

# SPDX-License-Identifier: GPL-2.0-or-later
"""What is not a CH341A is named by each command, and sudo gets a command that works."""
import re

import pytest

from beken_bench import TOOL
from faults import MESSAGE_SIZE, OTHER_BOARDS
from tool_output import assert_one_form, errors, parse_json


def sentence(usb_id):
    return f"No CH341A found, only {OTHER_BOARDS[usb_id]} (USB {usb_id}), which this programmer cannot use. "


@pytest.mark.parametrize("usb_id", OTHER_BOARDS)
def test_list_names_another_board(bench, usb_id):
    result = bench.tool("list", settings=[f"usb_id={usb_id}"])
    assert result.status == 1 and result.out == ""
    error, = errors(result)
    assert error.startswith(sentence(usb_id)) and len(error) + len("ch341a-beken: Error: ") <= MESSAGE_SIZE
    result = bench.tool("list", "--json", settings=[f"usb_id={usb_id}"])
    assert result.status == 1 and parse_json(result) == [] and errors(result) == [error]


@pytest.mark.parametrize("usb_id", OTHER_BOARDS)
def test_check_names_another_board(bench, usb_id):
    result = bench.tool("check", chip="BK-SMALL", settings=[f"usb_id={usb_id}"])
    assert result.status == 1 and errors(result) == ["The check failed at: USB."]
    assert result.out.startswith("USB         failed\n")
    assert sentence(usb_id) in " ".join(result.out.split())
    assert len(result.out.splitlines()) <= 4
    result = bench.tool("check", "--json", settings=[f"usb_id={usb_id}"])
    assert parse_json(result)["stages"][0]["advice"].startswith(sentence(usb_id))


@pytest.mark.parametrize("command", ["enter", "reset"])
def test_the_others_name_it_too(bench, command):
    result = bench.tool(command, settings=["usb_id=1a86:1001"])
    assert result.status == 1 and errors(result)[0].startswith(sentence("1a86:1001"))


@pytest.mark.parametrize("command", ["enter", "reset"])
def test_the_command_for_sudo_is_the_users(bench, command):
    result = bench.tool(command, "-p", "device=0,cen_low_ms=50", chip="BK-SMALL", settings=["usb_access=denied"])
    assert result.status == 1 and errors(result)[0].endswith("run the command as root:")
    assert result.err.splitlines()[-1] == f"ch341a-beken:     sudo {TOOL} {command} -p device=0,cen_low_ms=50"
    assert_one_form(result.err)


def test_check_does_not_break_the_command_over_lines(bench):
    parameters = "device=0,attempts=2,cen_low_ms=100,window_ms=300,leave=keep,enter=always"
    result = bench.tool("check", "-p", parameters, chip="BK-SMALL", settings=["usb_access=denied"])
    assert result.out.splitlines()[-1] == f"        sudo {TOOL} check -p {parameters}"
    result = bench.tool("check", "--json", chip="BK-SMALL", settings=["usb_access=denied"])
    advice = parse_json(result)["stages"][1]["advice"]
    assert re.fullmatch(rf"No permission [^\n]*:\n    sudo {re.escape(TOOL)} check --json", advice)

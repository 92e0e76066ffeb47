# SPDX-License-Identifier: GPL-2.0-or-later
"""ch341a-beken check, the wiring doctor"""
import json
import subprocess

import pytest

from beken_bench import TOOL, assert_nothing_written
from faults import FAULTS
from tool_output import assert_one_form, errors, parse_json

STAGES = ["usb", "permission", "cen", "miso", "acceptance", "jedec_id", "status", "content"]
TITLES = ["USB", "Permission", "CEN", "MISO", "Acceptance", "JEDEC ID", "Status", "Content"]
# Where each fault must be found.
STAGE_OF = {
    "no CH341A": "usb", "serial mode": "usb", "several attached": "usb",
    "no permission": "permission", "claimed by another program": "permission",
    # Without a capacitor at CEN an open D2 proves nothing.
    "D2 wire missing": "miso", "no power": "cen",
    "MISO stuck 00": "miso", "MISO wire missing": "miso", "SCK not connected": "miso", "fused": "miso",
    "MOSI not connected": "acceptance", "CS not connected": "acceptance", "MOSI and MISO swapped": "acceptance",
    "accepted but no flash": "jedec_id", "no flash, lines high": "jedec_id",
    # Every third byte wrong: not even 0xD2 comes through.
    "unstable lines": "miso",
}
RF = {"bk7231t": 0x1e0000, "bk7231n": 0x1d0000}


def stages_of(result):
    report = parse_json(result)
    assert [stage["stage"] for stage in report["stages"]] == STAGES
    return report, {stage["stage"]: stage for stage in report["stages"]}


def plain(text):
    """Without the line ends of the wrapping."""
    return " ".join(text.split())


@pytest.mark.parametrize("chip, image", [("BK7231T", "bk7231t"), ("BK7231N", "bk7231n"), ("BK7231N-nosfdp", "bk7231n")])
def test_a_good_chip(bench, chip, image):
    die = bench.image("die.bin", image, "2M")
    before = die.read_bytes()
    result = bench.tool("check", chip=chip, flash=die)
    assert result.status == 0, result.out + result.err
    rows = [line for line in result.out.splitlines() if not line.startswith(" ")]
    assert [row[:11].rstrip() for row in rows] == TITLES
    assert all(row[12:].startswith("ok ") for row in rows)
    assert "boot loader at 0x0: 120 code blocks, all good" in result.out
    assert "application at 0x11000: 120 code blocks, all good" in result.out
    assert f"RF partition: at {RF[image]:#x}" in result.out
    assert errors(result) == []
    assert_one_form(result.err)
    assert_nothing_written(result)
    assert die.read_bytes() == before
    assert result.device("state") in ("boot", "window", "startup", "switch") and result.device("dir") == "00"


def test_a_good_chip_as_json(bench):
    die = bench.image("die.bin", "bk7231t", "2M")
    result = bench.tool("check", "--json", chip="BK7231T", flash=die)
    assert result.status == 0
    report, stages = stages_of(result)
    assert report["ok"] is True and report["failed_stage"] is None
    assert {stage["result"] for stage in stages.values()} == {"ok"}
    assert report["flash"] == {"jedec_id": "1C7015", "part": "EN25QH16B", "size": 2 << 20, "sr1": 0x7c, "sr2": None,
                               "write_protected": True}
    assert report["content"]["bootloader"] == {"address": 0, "good": 120, "bad": 0, "erased": 0, "first_bad": None}
    assert report["content"]["application"]["address"] == 0x11000
    assert report["content"]["rf"] == 0x1e0000


def test_every_fault_has_its_stage():
    assert set(STAGE_OF) == set(FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_found_at_its_stage(bench, fault):
    settings, words = FAULTS[fault]
    result = bench.tool("check", "-p", "attempts=3", chip="BK-SMALL", settings=settings)
    assert result.status == 1, result.out
    number = STAGES.index(STAGE_OF[fault])
    rows = [line for line in result.out.splitlines() if not line.startswith(" ")]
    assert [row[:11].rstrip() for row in rows] == TITLES[:number + 1]
    assert rows[-1][12:] == "failed"
    for row in rows[:-1]:
        assert row[12:].startswith(("ok ", "unclear ")), row
    advice = plain(result.out.split(rows[-1], 1)[1])
    for word in words:
        assert word in advice
    assert errors(result) == [f"The check failed at: {TITLES[number]}."]
    assert result.err.splitlines()[-1].startswith("ch341a-beken: Error:")
    assert_one_form(result.err)
    for line in result.out.splitlines():
        assert (len(line) < 80 or line.startswith("        sudo ")) and line == line.rstrip()
    assert_nothing_written(result)


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_as_json(bench, fault):
    settings, words = FAULTS[fault]
    result = bench.tool("check", "--json", "-p", "attempts=1", chip="BK-SMALL", settings=settings)
    assert result.status == 1
    report, stages = stages_of(result)
    assert report["ok"] is False and report["failed_stage"] == STAGE_OF[fault]
    number = STAGES.index(STAGE_OF[fault])
    for word in words:
        assert word in stages[STAGE_OF[fault]]["advice"]
    for i, stage in enumerate(report["stages"]):
        if i < number:
            assert stage["result"] in ("ok", "unclear")
        elif i > number:
            assert stage["result"] == "not reached"
        assert (stage["advice"] is None) == (i != number)
    # Without the chip's 0xD2 a capacitor proves CEN.
    if STAGE_OF[fault] == "miso":
        assert stages["cen"]["result"] == ("ok" if "cen_nf=100" in settings else "unclear")
    if STAGE_OF[fault] in ("acceptance", "jedec_id"):
        assert stages["cen"]["result"] == stages["miso"]["result"] == "ok"
    assert_nothing_written(result)


@pytest.mark.parametrize("every", [1000, 20000])
def test_rare_bit_errors_are_found_by_reading_twice(bench, every):
    die = bench.image("die.bin", "bk7231t", "2M")
    result = bench.tool("check", "--json", chip="BK7231T", flash=die, settings=[f"bit_error_every={every}"])
    report, stages = stages_of(result)
    if every == 20000:    # fewer bytes are read than that
        assert report["failed_stage"] in (None, "content")
        return
    assert result.status == 1 and report["failed_stage"] == "content"
    assert "differ" in stages["content"]["advice"] and "10 cm" in stages["content"]["advice"]


def test_a_damaged_boot_loader_is_no_fault_of_the_wires(bench):
    die = bench.image("die.bin", "bk7231t", "2M")
    content = bytearray(die.read_bytes())
    content[34 * 7 + 5] ^= 0x10
    content[34 * 9 + 33] ^= 0x01
    die.write_bytes(content)
    result = bench.tool("check", chip="BK7231T", flash=die)
    assert result.status == 0
    assert "boot loader at 0x0: damaged, 2 of 120 code blocks bad, the first at 0xee" in result.out
    report, _ = stages_of(bench.tool("check", "--json", chip="BK7231T", flash=die))
    assert report["content"]["bootloader"]["bad"] == 2 and report["content"]["bootloader"]["first_bad"] == 34 * 7


@pytest.mark.parametrize("fill, words", [("ff", "erased"), ("random", "not code of a Beken chip")])
def test_other_content_is_said(bench, fill, words):
    result = bench.tool("check", chip="BK7231T", settings=[f"fill={fill}"])
    assert result.status == 0
    assert f"boot loader at 0x0: {words}" in result.out
    assert "RF partition: none" in result.out


def test_locked_status_is_said(bench):
    result = bench.tool("check", chip="BK7231T", settings=["sr1=fc", "firmware_protects=no"])
    assert result.status == 0
    assert "SR1=FC" in result.out and "locked" in result.out


def test_unplugged_in_the_middle(bench):
    whole = bench.tool("check", chip="BK7231T")
    transfers = int(whole.device("transfers"))
    for at in (transfers // 8, transfers // 2, transfers - 40):
        result = bench.tool("check", "--json", chip="BK7231T", settings=[f"unplug_at_transfer={at}"])
        assert result.status == 1
        report, stages = stages_of(result)
        assert "unplugged" in stages[report["failed_stage"]]["advice"]


def test_the_stage_under_way_is_blamed_when_the_board_is_unplugged(bench):
    """A later end is never blamed on an earlier stage, and each stage that takes transfers has its turn."""
    transfers = int(bench.tool("check", chip="BK7231T").device("transfers"))
    blamed = []
    for at in range(1, transfers - 40, 3):
        report, stages = stages_of(bench.tool("check", "--json", chip="BK7231T", settings=[f"unplug_at_transfer={at}"]))
        blamed.append(STAGES.index(report["failed_stage"]))
        assert all(stages[name]["result"] == "ok" for name in STAGES[2:blamed[-1]])
    assert blamed == sorted(blamed)
    assert {STAGES[index] for index in blamed} >= {"cen", "status", "content"}


def test_leave_is_respected(bench):
    assert bench.tool("check", "-p", "leave=keep", chip="BK-SMALL").device("state") == "flash"


def test_a_chip_in_spi_mode_is_reset_unless_told_otherwise(bench):
    settings = ["soc_state=flash"]
    result = bench.tool("check", "--json", "-p", "leave=keep", chip="BK-SMALL", settings=settings)
    _, stages = stages_of(result)
    assert result.device("cen_pulses") == "1" and stages["cen"]["result"] == "ok"
    result = bench.tool("check", "--json", "-p", "leave=keep,enter=auto", chip="BK-SMALL", settings=settings)
    _, stages = stages_of(result)
    assert result.device("cen_pulses") == "0"
    assert [stages[name]["result"] for name in STAGES[2:6]] == ["skipped"] * 3 + ["ok"]
    assert result.status == 0


def test_a_plain_flash(bench):
    result = bench.tool("check", "--json", "-p", "enter=never", chip="W25Q32")
    report, stages = stages_of(result)
    assert result.status == 0 and report["flash"]["jedec_id"] == "EF4016"
    assert stages["cen"]["result"] == "skipped" and stages["content"]["result"] == "ok"
    result = bench.tool("check", "--json", "-p", "enter=never", chip="W25X05")
    _, stages = stages_of(result)
    assert result.status == 0
    assert stages["status"]["result"] == stages["content"]["result"] == "skipped", "nothing is assumed of it"
    result = bench.tool("check", "--json", "-p", "enter=never", chip="W25Q32", settings=["wire_miso=open"])
    report, stages = stages_of(result)
    assert result.status == 1 and report["failed_stage"] == "jedec_id"
    assert "No flash answers" in stages["jedec_id"]["advice"]


def test_ctrl_c(bench):
    result = bench.tool("check", "-p", "attempts=0", chip="BK-SMALL", settings=["fused=yes"],
                        options=["--signal", "INT@ms:5000"])
    assert result.status == 130
    assert result.emulated_ms < 6000
    assert errors(result) == []


# ---- --loop ----

def test_loop_ends_when_all_is_good(bench):
    """The chip takes the offer once in ten times, as with a wire held by hand."""
    die = bench.image("die.bin", "bk7231t", "2M")
    result = bench.tool("check", "--loop", chip="BK7231T", flash=die, settings=["accept_probability=1/10", "seed=1"])
    assert result.status == 0
    assert int(result.device("cen_pulses")) > 4
    assert result.out.count("Acceptance  failed") == 1, "only changes are shown"
    assert [line[:11].rstrip() for line in result.out.splitlines() if not line.startswith(" ")][-8:] == TITLES
    assert result.err == "", "attempts that fail are the rule here"
    assert_nothing_written(result)


def test_loop_waits_for_a_board_until_ctrl_c(bench):
    """Nothing is attached, so it is the group that gets the signal."""
    script = f"{TOOL} check --loop >out 2>err & sleep 20; kill -INT $!; wait $!; exit $?"
    result = bench.run("bash", "-c", "set -m\n" + script, settings=["devices=0"])
    assert result.status == 130
    assert bench.path("out").read_text().count("No CH341A found") == 1
    assert bench.path("err").read_text() == ""


@pytest.mark.parametrize("name, status", [("INT", 130), ("TERM", 143)])
def test_loop_ends_by_a_signal(bench, name, status):
    result = bench.tool("check", "--loop", chip="BK-SMALL", settings=["wire_mosi=open"],
                        options=["--signal", f"{name}@ms:30000"])
    assert result.status == status
    assert result.out.count("failed") == 1 and "MOSI to P22" in plain(result.out)
    assert int(result.device("cen_pulses")) > 10
    assert result.emulated_ms < 32000


def test_loop_as_json_prints_one_object(bench):
    result = bench.tool("check", "--loop", "--json", chip="BK7231T", settings=["accept_probability=1/10", "seed=1"])
    assert result.status == 0 and stages_of(result)[0]["ok"] is True
    result = bench.tool("check", "--loop", "--json", chip="BK7231T", settings=["fused=yes"],
                        options=["--signal", "INT@ms:9000"])
    assert result.status == 130 and stages_of(result)[0]["ok"] is False


def test_rows_come_as_they_end(bench):
    """A pipe sees the first rows while the later ones are still being tried."""
    script = f"{TOOL} check -p attempts=0 2>err | (head -n 2; echo seen >mark)"
    bench.run("sh", "-c", f"{script} & sleep 5; cat mark", chip="BK-SMALL",
              settings=["fused=yes"], options=["--signal", "TERM@ms:8000"])
    assert bench.path("mark").read_text() == "seen\n"


def test_json_needs_no_terminal_nor_locale(bench):
    process = subprocess.run([TOOL, "check", "--json"], env={"NO_COLOR": "1"}, capture_output=True, check=False,
                             timeout=60)
    assert process.returncode == 1 and json.loads(process.stdout)["failed_stage"] == "usb"

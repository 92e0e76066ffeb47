# SPDX-License-Identifier: GPL-2.0-or-later
"""ch341a-beken report: what a person with a bench sends us"""
import json
import pathlib
import subprocess
import sys

import pytest

import hardware_reports
from beken_bench import TOOL, assert_nothing_written, assert_safe
from tool_output import errors

BENCHES = {
    "as published": ["chip=BK7231T"],
    "slow host, capacitor, long window": ["chip=BK7252", "cen_nf=470", "window_ms=300", "start_ms=5", "latency_us=330",
                                          "usb_product=lpt", "stream_offset_bits=3", "accept_bytes=16"],
    "hidden window, slow die": ["chip=BK-MX25V1635F", "residue=ff", "miso_window=hidden", "sck_khz=1400",
                                "idle_level=00", "flash_ready_ms=100"],
    "an adapter that answers otherwise": ["chip=BK7231N", "board=strict"],
    "no power": ["chip=BK7231N", "power=off", "cen_nf=100"],
    "never offers SPI mode": ["chip=BK7238-P25Q16HB", "fused=yes", "usb_version=20"],
    "lost bit, 1 uF": ["chip=BK7231N", "first_byte=52", "cen_nf=1000", "residue=d2", "accept_bytes=100"],
}
SECTOR = 0x1fe000
STEPS = ["A1", "A2", "A3", "A4", "A5", "B1", "B2", "B3", "B4", "B5"]


def measure(bench, *arguments, name="report.json", **options):
    result = bench.run(TOOL, "report", *arguments, name, **options)
    assert_safe(result)
    return result, hardware_reports.load(bench.path(name)) if bench.path(name).exists() else None


def erased(bench, size=2 << 20):
    path = bench.path("die.bin")
    path.write_bytes(b"\xff" * size)
    return path


def steps_of(result):
    return [line[:2] for line in result.out.splitlines() if line[:1] in "ABC" and line[1:2].isdigit()]


# ---- what it measures ----

@pytest.mark.parametrize("name", BENCHES)
def test_its_settings_give_the_same_report(bench, name):
    result, first = measure(bench, settings=BENCHES[name])
    assert result.status == 0, result.err
    assert_nothing_written(result)
    again, second = measure(bench, name="again.json", settings=hardware_reports.settings_of(first))
    assert again.status == 0, again.err
    assert hardware_reports.differences(first, second) == []
    assert result.device("dir") == "00"


def test_different_benches_are_told_apart(bench):
    """The comparison above can fail."""
    reports = [measure(bench, name=f"{number}.json", settings=settings)[1]
               for number, settings in enumerate(BENCHES.values())]
    for i, one in enumerate(reports):
        for other in reports[:i]:
            assert hardware_reports.differences(one, other)


def test_it_finds_what_was_set(bench):
    _, report = measure(bench, settings=BENCHES["slow host, capacitor, long window"])
    window, chip = report["chip"]["window_cs_high"], report["chip"]
    assert abs(window["start_us"] - 5000) < 600 and abs(window["end_us"] - 300000) < 600
    assert window["rotation_bits"] == 3 and chip["offers"][-1] == {"bytes": 16, "tries": 1, "accepted": True}
    assert [offer["accepted"] for offer in chip["offers"]] == [False] * 4 + [True]
    assert chip["jedec_id"] == "0B4016" and abs(chip["id_after_us"] - 40000) < 2000
    rise = report["adapter"]["d2_rise"]
    assert rise["last_low_us"] < 470 * 5.53 < rise["first_high_us"] and report["adapter"]["usb"]["product"]
    assert chip["different_bytes"] == 0 and chip["replies"]["9f"].startswith("0b4016")


@pytest.mark.parametrize("settings, self_test, order", [
    ([], "1 7 1 1 4", "31 6"), (["uio_in=silent"], "7 1 4", "31 6"), (["frame_order=overtakes"], "1 1 7 1 4", "6 31"),
    (["answers=joined"], "14", None),
])
def test_the_answers_of_an_adapter_are_told_as_they_come(bench, settings, self_test, order):
    _, report = measure(bench, settings=["chip=BK7231T", *settings])
    assert report["adapter"]["self_test"] == self_test
    assert order is None or report["adapter"]["order"] == order
    assert report["adapter"]["reads_pins"] == ("uio_in=silent" not in settings)


def test_wires_that_lose_bits_are_seen(bench):
    _, report = measure(bench, settings=["chip=BK7231T", "bit_error_every=5000"])
    assert report["chip"]["different_bytes"] > 5


# ---- what it tells of its owner ----

def test_no_content_of_the_flash_is_in_it(bench):
    """Nothing of four bytes and more that is in the die, its SFDP apart."""
    die = bench.random_file("die.bin", 2 << 20, 7)
    content = die.read_bytes()
    _, report = measure(bench, chip="BK7231T", flash=die)
    for text in hardware_reports.texts(report):
        if len(text) % 2 or set(text) - set("0123456789abcdef"):
            continue
        data = bytes.fromhex(text)
        assert not any(data[i:i + 6] in content for i in range(len(data) - 5)), text


def test_a_serial_number_is_not_told(bench):
    result, report = measure(bench, settings=["chip=BK7231T", "usb_serial=MINE-0815"])
    assert "0815" not in json.dumps(report) + result.out
    assert report["adapter"]["usb"]["has_serial"] is True


# ---- how it behaves ----

def test_each_step_is_explained(bench):
    result, _ = measure(bench, chip="BK7231T")
    assert steps_of(result) == STEPS
    assert result.out.splitlines()[-4].startswith("beken-emu run --set chip=") and "report.json" in result.out


def test_a_file_that_exists_is_kept(bench):
    bench.path("report.json").write_text("mine")
    result = bench.tool("report", "report.json", chip="BK7231T")
    assert result.status == 1 and "exists" in errors(result)[0]
    assert bench.path("report.json").read_text() == "mine" and result.device("transfers") == "0"


@pytest.mark.parametrize("arguments, word", [
    ([], "FILE.json"), (["a", "b"], "FILE.json"), (["--scratch", "0x10", "a"], "0x1000"),
    (["--scratch", "0x1000000", "a"], "0x1000"), (["--scratch", "-4096", "a"], "0x1000"), (["--scratch", "", "a"], "0x1000"),
])
def test_wrong_command_lines(bench, arguments, word):
    result = bench.tool("report", *arguments, chip="BK7231T")
    assert result.status == 2 and word in errors(result)[0] and not bench.path("a").exists()


def test_without_a_board(bench):
    result = bench.tool("report", "report.json", settings=["devices=0"])
    assert result.status == 1 and "No CH341A found" in errors(result)[0]
    assert not bench.path("report.json").exists()


def test_unplugged_in_the_middle(bench):
    result, report = measure(bench, settings=["chip=BK7231T", "unplug_at_ms=800"])
    assert result.status == 1 and "unplugged" in errors(result)[0]
    assert report["complete"] is False and report["adapter"]["complete"] is True


@pytest.mark.parametrize("at", range(50, 2250, 220))
def test_ctrl_c_leaves_cen_high(bench, at):
    result, report = measure(bench, chip="BK7231T", options=["--signal", f"INT@ms:{at}"])
    assert result.status == 130
    assert result.device("cen") == "high" and result.device("dir") == "00"
    assert report["complete"] is False
    assert_nothing_written(result)


def test_ctrl_c_while_cen_is_low(bench):
    whole, _ = measure(bench, chip="BK7231T")
    lows = [float(line.split()[0]) / 1000 for line in whole.record if line.endswith("cen low")]
    assert len(lows) >= 4
    for number, low in enumerate(lows):
        result, _ = measure(bench, name=f"{number}.json", chip="BK7231T",
                            options=["--signal", f"INT@ms:{low + 30:.3f}"])
        # The last pulse is the way out, which is finished.
        assert result.status == 130 and result.device("cen") == "high" and result.device("dir") == "00"


def test_a_flash_that_a_killed_program_left_busy_is_waited_for(bench, busy):
    result = busy(f"{TOOL} report report.json", settings=["tce_ms=4000", "protect=none"])
    assert result.status == 0, result.err
    assert "The flash is busy; waiting" in result.out
    assert result.device("reset_while_busy") == "0" and result.device("corrupted") == "0"
    assert hardware_reports.load(bench.path("report.json"))["complete"]


def test_a_flash_that_stays_busy_is_never_reset(bench, busy):
    result = busy(f"{TOOL} report report.json", settings=["wip_stuck=erase", "protect=none"])
    assert result.status == 1 and "still busy" in errors(result)[0]
    assert result.device("cen_pulses") == "1" and result.device("cen") == "high"
    assert hardware_reports.load(bench.path("report.json"))["complete"] is False


# ---- the scratch sector ----

def test_scratch_writes_into_its_sector_only_and_erases_it(bench):
    die = erased(bench)
    result, report = measure(bench, "--scratch", hex(SECTOR), chip="BK7231T", flash=die, settings=["protect=none"])
    assert result.status == 0, result.err
    assert die.read_bytes() == b"\xff" * (2 << 20)
    writes = [line.split() for line in result.events("nor program", "nor erase")]
    assert len(writes) == 34
    assert all(int(address, 16) & ~0xfff == SECTOR for _, _, address, _ in writes)
    assert {length for _, what, _, length in writes if what == "erase"} == {"4096"}
    assert result.device("wrsr") == "0" and result.device("reset_while_busy") == "0"
    found = report["scratch"]
    assert found["complete"] and found["verified"] and found["erased_again"] and found["refused"] is None
    assert found["pages_16_pipelined_us"] < found["pages_16_single_us"]
    assert steps_of(result) == [*STEPS, "C1", "C2", "C3"]


@pytest.mark.parametrize("settings", [["tpp_us=700", "tse_ms=45"], ["tpp_us=2400", "tse_ms=300", "latency_us=330"]])
def test_times_of_the_die(bench, settings):
    tpp_us, tse_ms = (int(setting.split("=")[1]) for setting in settings[:2])
    all_settings = ["chip=BK7231T", "protect=none", *settings]
    _, first = measure(bench, "--scratch", hex(SECTOR), flash=erased(bench), settings=all_settings)
    assert abs(first["scratch"]["page_us"] - tpp_us) < max(0.1 * tpp_us, 250)
    assert abs(first["scratch"]["sector_erase_us"] - tse_ms * 1000) < max(100 * tse_ms, 250)
    _, again = measure(bench, "--scratch", hex(SECTOR), name="again.json", flash=erased(bench),
                       settings=hardware_reports.settings_of(first))
    assert hardware_reports.differences(first, again) == []


@pytest.mark.parametrize("byte", [0, 4095])
def test_scratch_refuses_a_sector_that_is_not_erased(bench, byte):
    die = erased(bench)
    content = bytearray(die.read_bytes())
    content[SECTOR + byte] = 0xfe
    die.write_bytes(content)
    result, report = measure(bench, "--scratch", hex(SECTOR), chip="BK7231T", flash=die, settings=["protect=none"])
    assert result.status == 0 and "not erased" in report["scratch"]["refused"]
    assert_nothing_written(result)


@pytest.mark.parametrize("address, settings, word", [
    (0x200000, ["protect=none"], "no such sector"), (0x100000, ["protect=7c"], "write-protected"),
    (SECTOR, ["flash=absent"], "No flash answers"),
])
def test_scratch_leaves_alone_what_it_must_not_write(bench, address, settings, word):
    result, report = measure(bench, "--scratch", hex(address), chip="BK7231T", flash=erased(bench), settings=settings)
    assert word in report["scratch"]["refused"]
    assert_nothing_written(result)


def test_ctrl_c_leaves_the_scratch_sector_erased(bench):
    die = erased(bench)
    arguments = ("--scratch", hex(SECTOR))
    whole, _ = measure(bench, *arguments, chip="BK7231T", flash=die, settings=["protect=none"])
    times = [float(line.split()[0]) / 1000 for line in whole.record if " nor program " in line or " nor erase " in line]
    for number, at in enumerate([*times[::5], times[-1] + 10, times[-1] + 60]):
        result, _ = measure(bench, *arguments, name=f"{number}.json", chip="BK7231T", flash=die,
                            settings=["protect=none"], options=["--signal", f"INT@ms:{at + 0.2:.3f}"])
        assert result.status == 130, at
        assert die.read_bytes() == b"\xff" * (2 << 20), at
        assert result.device("dir") == "00" and result.device("corrupted") == "0"


# ---- reports that people have sent ----

def add_report(*arguments):
    script = pathlib.Path(__file__).parent / "add_report.py"
    return subprocess.run([sys.executable, str(script), *map(str, arguments)], capture_output=True, text=True,
                          check=False)


@pytest.mark.parametrize("path", sorted(hardware_reports.FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_a_bench_like_the_one_reported_gives_the_same_report(bench, path):
    reported = hardware_reports.load(path)
    if reported["scratch"]:
        reported["scratch"] = None
    _, measured = measure(bench, settings=hardware_reports.settings_of(reported))
    assert hardware_reports.differences(reported, measured) == []


def test_a_report_becomes_a_test_case(bench, tmp_path):
    measure(bench, chip="BK7231T")
    name = "test-of-add-report"
    path = hardware_reports.FOLDER / f"{name}.json"
    try:
        result = add_report(tmp_path / "report.json", name)
        assert result.returncode == 0, result.stderr
        added = hardware_reports.load(path)
        assert "kernel" not in added["adapter"]["usb"] and added["chip"]["jedec_id"] == "1C7015"
    finally:
        path.unlink(missing_ok=True)


def test_what_is_no_report_is_refused(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"report": "another"}')
    assert add_report(path, "name").returncode == 1
    assert add_report(path, "../name").returncode == 2
    assert add_report(path).returncode == 2

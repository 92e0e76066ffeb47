# SPDX-License-Identifier: GPL-2.0-or-later
"""`ch341a-beken report`, `hold` and `check --loopback` on Debian's kernel, with the real libusb."""
import json

from programmers import assert_left_well, guest

LIMIT = 120


def test_report(machine, plug, shared):
    programmers = plug("BK7231T")
    programmers.attach()
    result = machine.run(f"ch341a-beken report {guest(shared / 'report.json')}", limit=LIMIT)
    assert result.status == 0, result.err
    report = json.loads((shared / "report.json").read_text())
    usb = report["adapter"]["usb"]
    assert report["complete"] is True and report["chip"]["jedec_id"] == "1C7015"
    assert usb["device_descriptor"].startswith("1201100") and usb["version"] == "3000"
    assert usb["kernel"].startswith("Linux ") and "vhci" in usb["host_controller"] and "-" in usb["port"]
    assert report["adapter"]["reads_pins"] is True
    assert report["adapter"]["self_test"] == "1 7 1 1 4"
    assert report["chip"]["different_bytes"] == 0
    seen = programmers.end()
    assert_left_well(seen)
    assert seen.device("programs") == seen.device("erases") == seen.device("wrsr") == "0"


def test_report_of_a_strict_board(machine, plug, shared):
    programmers = plug("BK7231T", ["board=strict"])
    programmers.attach()
    result = machine.run(f"ch341a-beken report {guest(shared / 'report.json')}", limit=LIMIT)
    assert result.status == 0, result.err
    report = json.loads((shared / "report.json").read_text())
    assert report["complete"] is True and report["chip"]["jedec_id"] == "1C7015"
    assert report["adapter"]["reads_pins"] is False and report["adapter"]["self_test"] != "1 7 1 1 4"
    assert report["chip"]["different_bytes"] == 0
    seen = programmers.end()
    assert_left_well(seen)
    assert seen.device("programs") == seen.device("erases") == seen.device("wrsr") == "0"


def test_hold_and_loopback(machine, plug):
    programmers = plug("BK7231T", ["loopback=yes"])
    programmers.attach()
    result = machine.run("echo | ch341a-beken hold CS=1 CEN=1", limit=LIMIT)
    assert result.status == 0 and "CS    (D0, pin 15 of the CH341A) is high" in result.out, result.err
    result = machine.run("ch341a-beken check --loopback", limit=LIMIT)
    assert result.status == 0 and "Loop-back   ok" in result.out, result.out
    seen = programmers.end()
    lines = seen.events("usb", "pins", "cen")
    end = max(number for number, line in enumerate(lines) if line in ("usb reset", "usb unplug"))
    assert "cen low" not in lines[:end]
    assert [line for line in lines[:end] if line.startswith("pins")][-1].endswith(" dir 00"), "pins are still driven"

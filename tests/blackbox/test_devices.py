# SPDX-License-Identifier: GPL-2.0-or-later
"""Several CH341As at once, kernel drivers, and other programs."""
import pytest

from beken_bench import FLASHROM

TWO = ["devices=2", "0.usb_serial=FIRST001", "1.usb_serial=SECOND02", "1.usb_address=9", "0.fill=ff"]


@pytest.mark.parametrize("selector, number", [
    ("0", 0), ("1", 1), ("1:4", 0), ("1:9", 1), ("001:009", 1), ("1-1", 0), ("1-2", 1), ("SECOND02", 1),
    ("FIRST001", 0),
])
def test_device_picks_the_right_one(bench, selector, number):
    result = bench.flashrom("-c", "W25X05", "-E", params=f"device={selector}", chip="BK-SMALL", settings=TWO)
    assert result.status == 0, result.err
    assert int(result.device("cen_pulses", number)) == 2
    other = 1 - number
    assert result.device("cen_pulses", other) == "0" and result.device("out_urbs", other) == "0"


def test_port_path_below_a_hub(bench):
    result = bench.flashrom("-c", "W25X05", "--flash-size", params="device=3-2.4", chip="BK-SMALL",
                            settings=["devices=2", "1.usb_bus=3", "1.usb_ports=2.4"])
    assert result.status == 0, result.err
    assert result.device("cen_pulses", 1) == "2"


def test_unknown_selector_lists_what_there_is(bench):
    result = bench.flashrom(params="device=1-7", chip="BK-SMALL", settings=TWO)
    assert result.status == 1
    for text in ("device=1-7", "device=0 or device=1:4 or device=1-1 or device=FIRST001",
                 "device=1 or device=1:9 or device=1-2 or device=SECOND02"):
        assert text in result.message


@pytest.mark.parametrize("driver", ["spi-ch341", "usbserial"])
def test_kernel_driver_is_detached(bench, driver):
    die = bench.random_file("die.bin", 64 << 10, 1)
    result = bench.flashrom("-r", "out.bin", chip="BK-SMALL", flash=die, settings=[f"usb_kernel_driver={driver}"])
    assert result.status == 0, result.err
    assert bench.path("out.bin").read_bytes() == die.read_bytes()
    assert result.device("dir") == "00", "no kernel driver drives the pins afterwards"


def test_two_at_the_same_time(bench):
    command = " & ".join(f"{FLASHROM} -p ch341a_beken:device={n} -c W25X05 -r {n}.bin" for n in (0, 1))
    result = bench.run("sh", "-c", command + " & wait", chip="BK-SMALL",
                       settings=["devices=2", "1.fill=ff"])
    assert result.status == 0, result.err
    assert bench.path("1.bin").read_bytes() == b"\xff" * (64 << 10)
    assert bench.path("0.bin").read_bytes() != b"\xff" * (64 << 10)


def test_same_device_twice_is_refused(bench):
    first = f"{FLASHROM} -p ch341a_beken -r a.bin"
    second = f"sleep 3; {FLASHROM} -p ch341a_beken -r b.bin"
    result = bench.run("sh", "-c", f"({first}) & ({second}); s=$?; wait; exit $s", chip="BK7231T")
    assert result.status == 1
    assert "Another program uses the CH341A" in result.message
    assert bench.path("a.bin").stat().st_size == 2 << 20, "the first one is not disturbed"

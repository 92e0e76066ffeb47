# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's own driver for the CH341, bound to the device that we want.

ch341.ko (usb-serial) of Debian's kernels binds 1a86:5523, and kernels 5.10 to
5.16 also bound 1a86:5512 (commit 46ee4abb10a0 and its revert), which new_id
does here. No Debian kernel has the SPI driver spi-ch341 (CONFIG_SPI_CH341).
"""
import pytest

from programmers import assert_left_well, covered, guest, listed_boards, random_file

DRIVER = "/sys/bus/usb-serial/drivers/ch341-uart"


@pytest.fixture
def ch341(machine):
    result = machine.run("modprobe ch341")
    assert result.status == 0, result.err
    yield
    machine.run("detach; rmmod ch341 usbserial", limit=60)


def bound_driver(machine, device):
    link = machine.run(f"readlink /sys/bus/usb/devices/{device}:1.0/driver").out
    return link.strip().split("/")[-1]


def bind(machine, device):
    result = machine.run(f"echo 1a86 5512 >{DRIVER}/new_id; udevadm settle")
    assert result.status == 0, result.err
    assert bound_driver(machine, device) == "ch341"
    assert machine.run("test -c /dev/ttyUSB0").status == 0


@pytest.mark.parametrize("in_use", [False, True], ids=["idle", "with-its-tty-open"])
def test_bound_kernel_driver_is_no_obstacle(machine, plug, shared, tmp_path, ch341, in_use):
    die = random_file(tmp_path / "die.bin", 64 << 10, 20)
    image = random_file(shared / "new.bin", 64 << 10, 21)
    programmers = plug("BK-SMALL", flashes=[die])
    (device,) = programmers.attach()
    bind(machine, device)
    (board,), status = listed_boards(machine)
    assert status == 0 and board["usable"] and board["access"] == "kernel" and board["kernel_driver"] == "ch341"
    reader = machine.start("cat /dev/ttyUSB0") if in_use else None
    with covered("+ launcher", "BK-SMALL", "write"):
        result = machine.run(f"flashrom -p ch341a_beken -c W25X05 -w {guest(image)}", limit=100)
        assert result.status == 0, result.err
    if reader:
        reader.wait()
    assert bound_driver(machine, device) == "", "no kernel driver is left on the interface"
    assert machine.run("test -e /dev/ttyUSB0").status != 0
    assert_left_well(programmers.end())
    assert die.read_bytes() == image.read_bytes()


def test_serial_port_mode_is_named_and_left_alone(machine, plug, ch341):
    programmers = plug("BK-SMALL", ["usb_mode=serial"])
    (device,) = programmers.attach()
    assert bound_driver(machine, device) == "ch341"
    result = machine.run("flashrom -p ch341a_beken --flash-size")
    assert result.status == 1
    assert "The CH341A is in serial port mode (1a86:5523)" in result.message
    (board,), status = listed_boards(machine)
    assert status == 1 and board["mode"] == "serial" and board["kernel_driver"] == "ch341"
    assert bound_driver(machine, device) == "ch341"
    assert programmers.end().device("cen_pulses") == "0"

# SPDX-License-Identifier: GPL-2.0-or-later
"""What a client learns before it has a device. Expected bytes come from the dumps
of two real units: fwupd plugins/wch-ch341a/lsusb.txt and jgroman/py-pinedio-usb-
lora-ch341dll analysis/usbview.txt."""
import pytest
from usbip_client import ST_DEV_BUSY, ST_NODEV, ST_OK, Link, op


def description(busid, address):
    path = f"/sys/devices/platform/beken-emu/usb1/{busid}".encode().ljust(256, b"\0")
    numbers = bytes.fromhex(f"00000001 {address:08x} 00000002 1a86 5512 0304 ff 00 02 01 01 01")
    return path + busid.encode().ljust(32, b"\0") + numbers


INTERFACE = bytes.fromhex("ff010200")


def test_the_list_has_each_board_by_bus_id(serve):
    server = serve("devices=2")
    assert server.list() == (bytes.fromhex("0111 0005 00000000 00000002") +
                             description("1-1", 4) + INTERFACE + description("1-2", 5) + INTERFACE)
    assert server.stop() == 0


def test_the_list_may_be_empty(serve):
    assert serve("devices=0").list() == bytes.fromhex("0111 0005 00000000 00000000")


def test_a_request_may_come_in_pieces(server):
    with Link(server.port) as link:
        for byte in op(0x8005):
            link.send(bytes([byte]))
        assert link.rest() == server.list()


@pytest.mark.parametrize("product", ["none", "lpt"])
def test_import_describes_the_device(serve, product):
    device = serve(f"usb_product={product}").attach()
    assert device.head == bytes.fromhex("0111 0003 00000000")
    assert device.description == description("1-1", 4)


def test_bus_ids_follow_the_port_path(serve):
    server = serve("usb_bus=3", "usb_ports=2.1.4", "usb_address=77")
    device = server.attach("3-2.1.4")
    assert device.devid == 3 << 16 | 77
    assert device.control(0x80, 8, length=1).data == b"\1"


def test_serial_mode_has_its_own_product_id(serve):
    device = serve("usb_mode=serial").attach()
    assert device.description[300:304] == bytes.fromhex("1a86 5523")


def test_a_device_in_use_is_neither_listed_nor_given_away(serve):
    server = serve("devices=2")
    with server.attach("1-1") as device:
        assert server.listed() == 1
        assert server.list()[12 + 256:][:4] == b"1-2\0"
        server.attach("1-1", expect=ST_DEV_BUSY)
        assert device.control(0x80, 8, length=1).data == b"\1", "the owner is not disturbed"
    server.wait_for(server.listed, 2)
    server.attach("1-1", expect=ST_OK)
    assert "import of \"1-1\" refused: another client has it" in server.err
    assert server.stop() == 0


@pytest.mark.parametrize("busid", ["", "1-2", "1-1.1", "1-1 ", "x" * 32, "\x1b[2J"])
def test_an_unknown_bus_id_is_refused(server, busid):
    server.attach(busid, expect=ST_NODEV)
    assert "no such device is attached" in server.err
    assert "\x1b" not in server.err


def test_each_client_has_its_own_device(serve):
    server = serve("devices=2", "1.jedec_id=0b6017")
    first, second = server.programmer("1-1"), server.programmer("1-2")
    for programmer in (first, second):
        programmer.setup()
    # Turn by turn, with the pins of both in use.
    first.pins(first.ALL & ~first.CS)
    second_id = second.enter()
    first.pins(first.ALL)
    first_id = first.enter()
    assert (first_id.hex(), second_id.hex()) == ("1c7015", "0b6017")
    assert first.jedec_id() == first_id and second.jedec_id() == second_id
    assert server.stop() == 0
    assert server.report["device0.accepted"] == server.report["device1.accepted"] == "1"

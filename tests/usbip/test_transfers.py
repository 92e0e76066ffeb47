# SPDX-License-Identifier: GPL-2.0-or-later
"""Control, bulk and interrupt transfers."""
import pytest
from usbip_client import EINVAL, ENOENT, EOVERFLOW, EPIPE, EREMOTEIO, SHORT_NOT_OK, mirrored

DEVICE = "12 01 10 01 ff 00 02 08 86 1a 12 55 04 03 00 {product} 00 01"
CONFIG = ("09 02 27 00 01 01 00 80 {power} 09 04 00 00 03 ff 01 02 00"
          "07 05 82 02 20 00 00 07 05 02 02 20 00 00 07 05 81 03 08 00 01")
VARIANTS = {"none": {"product": "00", "power": "30"}, "lpt": {"product": "02", "power": "32"}}
HALT = 0


def stalls(reply):
    return (reply.status, reply.actual, reply.data) == (-EPIPE, 0, b"")


@pytest.mark.parametrize("product", VARIANTS)
def test_descriptors_are_those_of_a_real_unit(serve, product):
    device = serve(f"usb_product={product}").attach()
    expected = bytes.fromhex(DEVICE.format(**VARIANTS[product]))
    assert device.control(0x80, 6, 0x0100, length=64).data == expected
    assert device.control(0x80, 6, 0x0100, length=8).data == expected[:8]
    config = bytes.fromhex(CONFIG.format(**VARIANTS[product]))
    assert device.control(0x80, 6, 0x0200, length=9).data == config[:9]
    reply = device.control(0x80, 6, 0x0200, length=255)
    assert (reply.status, reply.actual, reply.data) == (0, 39, config)


@pytest.mark.parametrize("value", [0x0600, 0x0700, 0x0f00, 0x0201, 0x2900],
                         ids=["qualifier", "other speed", "BOS", "second configuration", "hub"])
def test_descriptors_that_it_has_not_stall(server, value):
    device = server.attach()
    assert stalls(device.control(0x80, 6, value, length=64))
    assert device.control(0x80, 6, 0x0100, length=18).status == 0, "EP0 works on"


def test_strings(serve):
    device = serve("usb_product=lpt", "usb_serial=12345678").attach()
    assert device.control(0x80, 6, 0x0300, length=255).data == bytes.fromhex("04030904")
    product = "USB UART-LPT".encode("utf-16-le")
    assert device.control(0x80, 6, 0x0302, 0x409, 255).data == bytes([2 + len(product), 3]) + product
    assert device.control(0x80, 6, 0x0303, 0x409, 255).data[2:].decode("utf-16-le") == "12345678"
    assert stalls(device.control(0x80, 6, 0x0301, 0x409, 255))


def test_a_unit_without_strings_stalls_them(server):
    device = server.attach()
    assert stalls(device.control(0x80, 6, 0x0300, length=255))
    assert stalls(device.control(0x80, 6, 0x0302, 0x409, 255))


def test_configuration_and_interface(server):
    device = server.attach()
    assert device.control(0x00, 9, 1).status == 0
    assert device.control(0x80, 8, length=1).data == b"\1"
    assert device.control(0x00, 9, 0).status == 0
    assert device.control(0x80, 8, length=1).data == b"\0"
    assert stalls(device.control(0x00, 9, 2))
    assert device.control(0x01, 11, 0, 0).status == 0
    assert device.control(0x81, 10, 0, 0, 1).data == b"\0"
    assert stalls(device.control(0x01, 11, 1, 0))
    assert stalls(device.control(0x01, 11, 0, 1))
    assert device.control(0x80, 0, length=2).data == b"\0\0", "bus powered, no wake-up"


def test_vendor_requests_of_the_serial_driver(serve):
    """What Linux drivers/usb/serial/ch341.c asks when it is bound."""
    device = serve("usb_mode=serial").attach()
    assert device.control(0xc0, 0x5f, length=2).data == b"\x30\x00"
    assert device.control(0x40, 0xa1).status == 0
    assert device.control(0x40, 0x9a, 0x1312, 0xb282).status == 0
    assert device.control(0xc0, 0x95, 0x0706, length=2).actual == 2
    assert device.control(0x40, 0xa4, 0xff9f).status == 0
    assert stalls(device.control(0xa1, 0x21, length=7)), "a class request"


def test_a_control_transfer_that_contradicts_itself_is_refused(server):
    device = server.attach()
    setup = bytes.fromhex("80 06 00 01 00 00 12 00")
    assert device.transfer(0, data=bytes(18), setup=setup).status == -EINVAL
    assert device.transfer(0, length=18, setup=setup).actual == 18


@pytest.mark.parametrize("endpoint, way", [(1, {"data": b"x"}), (3, {"length": 8}), (15, {"data": b""})])
def test_an_endpoint_that_does_not_exist(server, endpoint, way):
    device = server.attach()
    reply = device.transfer(endpoint, **way)
    assert (reply.status, reply.actual) == (-ENOENT, 0)
    assert device.control(0x80, 8, length=1).data == b"\1"


def test_jedec_id_through_the_way_in(server):
    programmer = server.programmer()
    programmer.setup()
    assert programmer.enter().hex() == "1c7015"
    assert server.stop() == 0
    assert server.report["device0.cen_pulses"] == "1" and server.report["device0.accepted"] == "1"
    assert server.report["device0.state"] == "flash" and server.report["device0.opcode.9f"] == "1"
    assert "soc window" in server.events("soc")


def flash(serve, *settings, **more):
    """A die that needs no way in, and a programmer on it."""
    server = serve("soc_state=flash", *settings, **more)
    programmer = server.programmer()
    programmer.setup()
    return server, programmer


def test_many_packets_in_one_transfer(serve):
    _, programmer = flash(serve, "fill=ff")
    read = bytes([0x03, 0, 0, 0]) + bytes(27)
    packets = b"".join(b"\xa8" + mirrored(data) for data in [read] + [bytes(31)] * 9)
    ins = [programmer.submit(2, length=31) for _ in range(10)]
    programmer.pins(programmer.ALL & ~programmer.CS)
    programmer.out(packets)
    got = b"".join(mirrored(programmer.wait(seqnum).data) for seqnum in ins)
    assert got[4:] == b"\xff" * 306
    programmer.pins(programmer.ALL)


def test_an_in_transfer_takes_packets_until_a_short_one(serve):
    _, programmer = flash(serve)
    programmer.out(b"\xa8" + bytes(31))
    programmer.out(b"\xa8" + bytes(4))
    first = programmer.transfer(2, length=128)
    second = programmer.transfer(2, length=128)
    assert [(reply.status, reply.actual) for reply in (first, second)] == [(0, 31), (0, 4)]


def test_short_is_an_error_if_the_client_says_so(serve):
    _, programmer = flash(serve)
    programmer.out(b"\xa8" + bytes(4))
    programmer.out(b"\xa8" + bytes(4))
    reply = programmer.transfer(2, length=32, flags=SHORT_NOT_OK)
    assert (reply.status, reply.actual, len(reply.data)) == (-EREMOTEIO, 4, 4)
    assert programmer.transfer(2, length=4, flags=SHORT_NOT_OK).status == 0


def test_an_empty_packet_ends_an_in_transfer(serve):
    _, programmer = flash(serve, "empty_reply_at=1")
    programmer.out(b"\xa8" + bytes(4))
    reply = programmer.transfer(2, length=32)
    assert (reply.status, reply.actual) == (0, 0)


@pytest.mark.parametrize("keeps", ["yes", "no"])
def test_babble(serve, keeps):
    """An answer that is too long for its transfer, then what is left of it."""
    _, programmer = flash(serve, f"overflow_keeps={keeps}")
    programmer.out(b"\xa8" + bytes(8))
    programmer.out(b"\xa8" + bytes(5))
    reply = programmer.transfer(2, length=7)
    assert (reply.status, reply.actual, reply.data) == (-EOVERFLOW, 0, b"")
    assert programmer.transfer(2, length=32).actual == (8 if keeps == "yes" else 5)


@pytest.mark.parametrize("which", ["in", "out"])
def test_a_stalled_endpoint_works_after_clear_halt(serve, which):
    server, programmer = flash(serve, f"stall_{which}_at=3")
    endpoint = 0x82 if which == "in" else 0x02
    packet = b"\xa8" + bytes(4)

    def use():
        if which == "out":
            return programmer.transfer(2, data=packet)
        programmer.out(packet)
        return programmer.transfer(2, length=32)

    statuses = [use().status for _ in range(4)]
    # setup() has sent two OUT transfers.
    assert statuses == ([0, 0, -EPIPE, -EPIPE] if which == "in" else [-EPIPE] * 4)
    assert programmer.control(0x82, 0, 0, endpoint, 2).data == b"\1\0"
    assert programmer.control(0x02, 1, HALT, endpoint).status == 0
    assert programmer.control(0x82, 0, 0, endpoint, 2).data == b"\0\0"
    assert use().status == 0
    assert server.stop() == 0
    assert f"usb {which} 0 stall" in server.events("usb")


def test_out_waits_while_nobody_fetches_the_answers(serve):
    """The CH341A keeps four answers; then it refuses packets."""
    _, programmer = flash(serve)
    outs = [programmer.submit(2, data=b"\xa8" + bytes([n])) for n in range(6)]
    for seqnum in outs[:4]:
        assert programmer.wait(seqnum).status == 0
    assert programmer.silent()
    for _ in range(6):
        assert programmer.transfer(2, length=32).actual == 1
    for seqnum in outs[4:]:
        assert programmer.wait(seqnum).status == 0


def test_the_interrupt_endpoint_stays_silent(server):
    device = server.attach()
    pending = device.submit(1, length=8)
    assert device.silent()
    assert device.control(0x80, 8, length=1).data == b"\1"
    assert device.wait(device.unlink(pending)).status < 0


def test_port_reset_as_usbip_host_takes_it(serve):
    """Linux drivers/usb/usbip/stub_rx.c resets the device on this hub request."""
    server, programmer = flash(serve)
    programmer.out(b"\xa8" + bytes(4))
    assert programmer.control(0x23, 3, 4, 1).status == 0
    pending = programmer.submit(2, length=32)
    assert programmer.silent(), "the answer is lost"
    assert programmer.wait(programmer.unlink(pending)).status < 0
    assert server.stop() == 0
    assert "usb reset" in server.events("usb")
    assert server.report["device0.dir"] == "00"


def test_a_late_answer_costs_the_fast_clock_no_time(serve):
    server, programmer = flash(serve, "late_reply_at=1", "late_reply_ms=30000")
    programmer.out(b"\xa8" + bytes(4))
    assert programmer.transfer(2, length=32).actual == 4
    assert server.stop() == 0
    assert float(server.report["emulated_ms"]) > 30000 > float(server.report["real_ms"])

# SPDX-License-Identifier: GPL-2.0-or-later
"""Emulated and real time."""
import signal
import time

import pytest
from usbip_client import mirrored


def times(server):
    assert server.stop() == 0
    return float(server.report["emulated_ms"]), float(server.report["real_ms"])


def read_much(serve, clock):
    """Reads 20 KiB in one transfer: 660 packets of 226 us."""
    server = serve("soc_state=flash", options=["--clock", clock])
    programmer = server.programmer()
    programmer.setup()
    ins = [programmer.submit(2, length=31) for _ in range(660)]
    programmer.pins(programmer.ALL & ~programmer.CS)
    begin = time.monotonic()
    programmer.out(b"\xa8" + mirrored(b"\x03\0\0\0" + bytes(27)) + (b"\xa8" + bytes(31)) * 659)
    for seqnum in ins:
        assert programmer.wait(seqnum).actual == 31
    return (time.monotonic() - begin) * 1000, server


def test_the_real_clock_takes_as_long_as_the_hardware(serve):
    took_ms, server = read_much(serve, "real")
    emulated, real = times(server)
    assert took_ms >= 660 * 0.225
    assert abs(emulated - real) < 50


def test_the_fast_clock_leaps_over_the_work_of_the_hardware(serve):
    _, server = read_much(serve, "fast")
    emulated, real = times(server)
    assert emulated > 660 * 0.225
    assert real > 0


@pytest.mark.parametrize("clock", ["fast", "real"])
def test_a_sleep_of_the_client_is_seen(serve, clock):
    """CEN low for 150 ms, with an IN transfer pending that nothing will end."""
    server = serve(options=["--clock", clock])
    programmer = server.programmer()
    programmer.setup()
    pending = programmer.submit(2, length=32)
    programmer.pins(programmer.ALL & ~programmer.CEN)
    time.sleep(0.15)
    programmer.pins(programmer.ALL)
    programmer.unlink(pending)
    assert server.stop() == 0
    stamps = {}
    for line in server.record_path.read_text(encoding="utf-8").splitlines():
        stamp, _, event = line.split(" ", 2)
        stamps[event] = float(stamp) / 1000
    assert 145 < stamps["cen high"] - stamps["cen low"] < 1500


def test_transfers_that_never_end_do_not_drive_the_clock(serve):
    server = serve()
    device = server.attach()
    device.submit(2, length=32)
    device.submit(1, length=8)
    for n in range(6):
        device.submit(2, data=b"\xa8" + bytes([n]))
    time.sleep(0.3)
    emulated, real = times(server)
    assert 200 < emulated < real + 50


def test_the_boot_window_closes_in_real_time(serve):
    """A window of 53 ms: a client that sleeps too long after CEN has missed it."""
    server = serve()
    programmer = server.programmer()
    programmer.setup()
    programmer.pins(programmer.ALL & ~programmer.CEN)
    programmer.pins(programmer.ALL)
    time.sleep(0.2)
    programmer.pins(programmer.ALL & ~programmer.CS)
    assert programmer.clock(b"\xd2" * 31) == b"\xff" * 31
    assert server.stop() == 0
    assert server.report["device0.accepted"] == "0"


def stopped(server, seconds, during):
    """The server is held up for so long, and during() is done at the beginning."""
    server.process.send_signal(signal.SIGSTOP)
    during()
    time.sleep(seconds)
    server.process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("clock", ["fast", "real"])
def test_what_comes_while_the_server_is_held_up_counts_from_when_it_came(serve, clock):
    """D2 is sent inside the window of 53 ms, and read long after."""
    server = serve(options=["--clock", clock])
    programmer = server.programmer()
    programmer.setup()
    select = bytes([0xab, 0x80 | programmer.ALL & ~programmer.CS, 0x7f, 0x20]).ljust(32, b"\0")
    # One message: the kernel keeps one time for all that it has queued.
    knock = select + b"\xa8" + mirrored(b"\xd2" * 31)
    for _ in range(10):		# on a busy machine we may miss the window ourselves
        programmer.reset()
        time.sleep(0.005)
        stopped(server, 0.3, lambda: programmer.submit(2, data=knock))
        assert programmer.wait(programmer.seqnum).status == 0
        echo = mirrored(programmer.transfer(2, length=32).data)
        programmer.pins(programmer.ALL)
        if echo != b"\xff" * 31:
            break
    assert echo == b"\xd2" + bytes(30)


def test_a_sleep_of_the_client_counts_though_the_server_is_held_up(serve):
    """The die is ready 40 ms after the acceptance, whoever sleeps meanwhile."""
    server = serve()
    programmer = server.programmer()
    programmer.setup()
    assert programmer.enter(rest=lambda: stopped(server, 0.06, lambda: None)).hex() == "1c7015"


def test_a_busy_client_does_not_keep_others_waiting(serve):
    """Packets by the ten thousands take the server a while, and the hardware longer."""
    server = serve("devices=2", "soc_state=flash")
    busy, other = server.programmer("1-1"), server.programmer("1-2")
    busy.setup()
    packet = b"\xab" + b"\x77" * 30 + b"\x20"
    pending = busy.submit(2, data=packet * (2 * 1024 * 1024 // len(packet)))
    # Sent behind it, so the server has it.
    assert busy.control(0x80, 8, length=1).data == b"\1"
    assert other.control(0x80, 8, length=1).data == b"\1"
    assert pending not in busy.early and busy.silent(0.001), "they had to wait for the end"
    assert busy.wait(pending).status == 0
    assert server.stop() == 0

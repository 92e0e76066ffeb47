# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices that come and go, and the end of the server."""
import os
import random
import signal
import time

import pytest
from usbip_client import ESHUTDOWN, ST_NODEV, Closed

DIE = 2 * 1024 * 1024


def test_detach_resets_the_device(serve):
    """As usbip-host does: pins float, answers are lost, endpoints work again."""
    server = serve("soc_state=flash", "stall_in_at=1")
    first = server.programmer()
    first.setup()
    assert first.transfer(2, length=32).status < 0
    first.out(b"\xa8" + bytes(4))
    first.close()
    assert [server.line(), server.line()] == [f"1-1 imported by {first.name}", "1-1 released"]
    second = server.programmer()
    second.submit(2, length=32)
    assert second.silent(), "neither a stall nor an old answer"
    second.close()
    assert [server.line(), server.line()] == [f"1-1 imported by {second.name}", "1-1 released"]
    assert server.stop() == 0
    assert server.events("pins")[-1] == "pins 00 dir 00"
    assert server.events("usb reset") == ["usb reset"] * 2


def test_detach_in_the_middle_of_transfers(serve):
    """What was under way ends; the next client finds a device that works."""
    server = serve("soc_state=flash", options=["--clock", "real"])
    for _ in range(20):
        leaver = server.programmer()
        leaver.setup()
        for _ in range(50):
            leaver.submit(2, length=32)
            leaver.submit(2, data=(b"\xa8" + bytes(31)) * 64)
        leaver.close()
        server.wait_for(server.listed, 1)
    programmer = server.programmer()
    programmer.setup()
    assert programmer.jedec_id().hex() == "1c7015"
    assert server.stop() == 0


def test_a_die_stays_in_spi_mode_from_one_attach_to_the_next(server):
    first = server.programmer()
    first.setup()
    first.enter()
    first.close()
    server.wait_for(server.listed, 1)
    second = server.programmer()
    second.setup()
    assert second.jedec_id().hex() == "1c7015"


@pytest.mark.parametrize("setting", ["unplug_at_transfer=3", "unplug_at_ms=200"])
def test_unplug_ends_all_transfers_and_the_connection(serve, setting):
    server = serve("soc_state=flash", setting)
    device = server.attach()
    pending = [device.submit(2, length=32), device.submit(1, length=8)]
    if "transfer" in setting:
        pending.append(device.submit(2, length=32))
    assert [device.wait(seqnum).status for seqnum in pending] == [-ESHUTDOWN] * len(pending)
    assert device.rest() == b""
    assert server.listed() == 0
    server.attach(expect=ST_NODEV)
    assert server.stop() == 0
    assert server.report["device0.attached"] == "no"


@pytest.mark.parametrize("clock", ["fast", "real"])
def test_unplug_and_plug_by_command(serve, clock):
    server = serve("devices=2", options=["--control", "-", "--clock", clock])
    gone, stays = server.attach("1-1"), server.attach("1-2")
    assert server.line().startswith("1-1 imported") and server.line().startswith("1-2 imported")
    pending = gone.submit(2, length=32)
    server.command("unplug 1-1")
    assert server.line() == "1-1 unplugged"
    assert gone.wait(pending).status == -ESHUTDOWN
    assert gone.rest() == b""
    assert server.line() == "1-1 released"
    assert stays.control(0x80, 8, length=1).data == b"\1"
    server.command("plug 1-1")
    # 4 was the old one, and 5 has the other board.
    assert server.line() == "1-1 plugged in, address 6"
    again = server.attach("1-1")
    assert (gone.address, stays.address, again.address) == (4, 5, 6)
    assert again.control(0x80, 8, length=1).data == b"\1"
    server.command("quit")
    assert server.stop(None) == 0


def test_a_device_that_is_out_and_in_at_once_is_a_new_one(serve):
    server = serve(options=["--control", "-"])
    device = server.attach()
    pending = device.submit(2, length=32)
    server.command("unplug all\nplug all")
    assert device.wait(pending).status == -ESHUTDOWN
    assert device.rest() == b""
    server.wait_for(server.listed, 1)
    assert server.attach().address == device.address + 1
    assert server.stop() == 0


def test_replug_after_a_while(serve):
    server = serve("unplug_at_transfer=2", options=["--replug-after", "100"])
    device = server.attach()
    assert device.control(0x80, 8, length=1).data == b"\1"
    assert device.control(0x80, 8, length=1).status == -ESHUTDOWN
    assert device.rest() == b""
    assert [server.line().split(" by")[0] for _ in range(4)] == [
        "1-1 imported", "1-1 unplugged", "1-1 released", "1-1 plugged in, address 5"]
    again = server.attach()
    assert again.control(0x80, 8, length=1).data == b"\1"
    assert server.stop() == 0
    assert server.events("usb") == ["usb unplug", "usb plug"]


def test_a_replug_waits_until_the_importer_has_seen_the_unplug(serve):
    server = serve("unplug_at_transfer=1", options=["--replug-after", "0"])
    device = server.attach()
    assert device.control(0x80, 8, length=1).status == -ESHUTDOWN
    assert device.rest() == b""
    assert [server.line().split(" by")[0] for _ in range(4)] == [
        "1-1 imported", "1-1 unplugged", "1-1 released", "1-1 plugged in, address 5"]


def test_replug_after_a_time_of_unplugging_that_has_passed(serve):
    server = serve("unplug_at_ms=50", options=["--replug-after", "10"])
    assert [server.line(), server.line()] == ["1-1 unplugged", "1-1 plugged in, address 5"]
    device = server.attach()
    assert device.silent(0.3)
    assert device.control(0x80, 8, length=1).data == b"\1"


def test_a_chip_fed_by_usb_loses_power_with_the_plug(serve):
    server = serve("soc_state=flash", "supply=usb", options=["--control", "-"])
    server.command("unplug all")
    server.command("plug all")
    assert [server.line(), server.line()] == ["1-1 unplugged", "1-1 plugged in, address 5"]
    programmer = server.programmer()
    programmer.setup()
    assert programmer.enter().hex() == "1c7015"
    assert server.stop() == 0
    assert server.events("soc")[:2] == ["soc off", "soc startup"]


def tell(fifo, command):
    """Fails if nobody reads."""
    end = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    os.write(end, command.encode() + b"\n")
    os.close(end)


def test_commands_by_fifo(serve, tmp_path):
    fifo = tmp_path / "control"
    os.mkfifo(fifo)
    server = serve(options=["--control", str(fifo)])
    for command, said in (("unplug 1-1", "1-1 unplugged"), ("plug 1-1", "1-1 plugged in, address 5")):
        tell(fifo, command)
        assert server.line() == said
        time.sleep(0.2)		# the server does not take the end of a writer for the last
    tell(fifo, "quit")
    assert server.stop(None) == 0


@pytest.mark.parametrize("command, message", [
    ("unplug 7-7", "control: there is no device \"7-7\""),
    ("plug", "control: no such command, or without a device: \"plug\""),
    ("explode 1-1", "control: no such command, or without a device: \"explode\""),
    ("unplug " + "1" * 500, "control: a line is too long"),
])
def test_a_bad_command_changes_nothing(serve, command, message):
    server = serve(options=["--control", "-"])
    server.command("\n" + command)
    server.wait_for_message(message)
    assert server.listed() == 1
    server.command("unplug all")
    assert server.line() == "1-1 unplugged"
    assert server.stop() == 0


def program(server, data):
    """Writes into the first page of the die."""
    programmer = server.programmer()
    programmer.setup()
    programmer.command([0x06])
    programmer.command(bytes([0x02, 0, 0, 0]) + data)
    for _ in range(1000):
        if not programmer.command([0x05], 1)[0] & 1:
            return programmer
    raise AssertionError("WIP never clears")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_writes_the_die_and_the_report(serve, tmp_path, number):
    image = tmp_path / "die.bin"
    image.write_bytes(b"\xff" * DIE)
    server = serve("soc_state=flash", "protect=0", options=["--flash", str(image)])
    programmer = program(server, b"beken")
    assert server.stop(number) == 0, server.err
    assert programmer.rest() == b"", "the connection was closed"
    assert image.read_bytes() == b"beken".ljust(DIE, b"\xff")
    assert server.report["device0.programs"] == "1"
    assert server.report["device0.pins"] == "37", "as the client left them"
    assert server.events("nor program") == ["nor program 000000 5"]


def test_the_die_is_read_from_its_file(serve, tmp_path):
    image = tmp_path / "die.bin"
    content = random.Random(1).randbytes(DIE)
    image.write_bytes(content)
    server = serve("soc_state=flash", options=["--flash", str(image)])
    programmer = server.programmer()
    programmer.setup()
    assert programmer.command([0x03, 0x12, 0x34, 0x56], 16) == content[0x123456:][:16]
    assert server.stop() == 0
    assert image.read_bytes() == content


def test_a_file_that_cannot_be_written_is_a_failure(serve, tmp_path):
    image = tmp_path / "folder" / "die.bin"
    image.parent.mkdir()
    server = serve(options=["--flash", str(image)])
    image.parent.rmdir()
    assert server.stop() == 125
    assert "could not be written" in server.err


def test_the_end_of_the_server_is_seen_by_idle_clients(server):
    device = server.attach()
    device.submit(2, length=32)
    assert server.stop() == 0
    with pytest.raises(Closed):
        device.next_reply()

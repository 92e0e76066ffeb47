# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel has seen on the bus, against what the emulator has recorded."""
import pytest

import usbmon
from conftest import guest, random_file, server

KEEP = "flashrom -p ch341a_beken:leave=keep -c W25X05"
OWN = "/usr/sbin/flashrom -p ch341a_spi -c W25X05"
SCRIPTS = {
    "probe": f"{KEEP} --flash-size",
    "write-by-launcher": f"{KEEP} -w new.bin",
    "write-by-ch341a_spi": f"{KEEP} --flash-size && {OWN} -w new.bin",
}


@pytest.fixture(scope="module", params=SCRIPTS)
def captured(request, machine, tmp_path_factory):
    """Runs flashrom with usbmon on. Returns the bulk transfers and what the emulator has seen."""
    folder = tmp_path_factory.mktemp("usbmon")
    shared = machine.folder / folder.name
    shared.mkdir()
    image = random_file(shared / "new.bin", 64 << 10, 30)
    # One page differs: the capture shall fit into usbmon's buffer of 300 KiB.
    data = bytearray(image.read_bytes())
    data[0x3000:0x3100] = b"\xff" * 256
    (folder / "die.bin").write_bytes(data)
    with server(machine, folder, "BK-SMALL", ["firmware_protects=no"], [folder / "die.bin"]) as programmers:
        (device,) = programmers.attach()
        bus, number = (int(text) for text in machine.run(
            f"cd /sys/bus/usb/devices/{device}; cat busnum devnum").out.split())
        monitor = machine.start(f"echo $$ >pid; exec cat /dev/usbmon{bus} >{guest(shared / 'usbmon')}", limit=100)
        result = machine.run(f"sleep 1; cd {guest(shared)} && {SCRIPTS[request.param]}", limit=90)
        assert result.status == 0, result.err
        machine.run(f"sleep 1; kill $(cat {guest(monitor.folder / 'pid')})")
        monitor.wait()
        seen = programmers.end()
    events = usbmon.parse((shared / "usbmon").read_bytes())
    return usbmon.bulk(events, number), seen


def test_transfers_are_those_that_the_kernel_has_seen(captured):
    events, seen = captured
    names = {"cancelled": "cancelled", "timed-out": "cancelled"}
    words = [line.split() for line in seen.events("usb")]
    recorded = [(word[1], int(word[2]), names[word[3]] if len(word) > 3 else "")
                for word in words if word[1] in ("out", "in")]
    completed = usbmon.completions(events)
    for direction in ("out", "in"):
        assert [event for event in completed if event[0] == direction] == \
               [event for event in recorded if event[0] == direction]
    assert len(recorded) > 80


def test_pins_move_as_the_captured_bytes_say(captured):
    events, seen = captured
    recorded = [tuple(int(word, 16) for word in line.split()[1::2]) for line in seen.events("pins")]
    assert usbmon.Bus(events).pins == recorded


def test_spi_frames_are_those_of_the_captured_bytes(captured):
    events, seen = captured
    frames = [frame for frame in usbmon.Bus(events).frames if frame.mosi]
    recorded = seen.events("spi", "d2")
    ignored = 0
    for frame in frames:
        if recorded and is_of(frame, recorded[0]):
            recorded.pop(0)
        else:
            ignored += 1
    assert not recorded, "all that the emulator has recorded was on the bus"
    assert ignored == 2, "besides the two JEDEC IDs that were asked for before the chip was reset"


def is_of(frame, line):
    """Whether a line "spi LEN OP [ADDR] mosi=HEX miso=HEX" or "d2 COUNT" tells of this frame."""
    words = line.split()
    if words[0] == "d2":
        return frame.mosi.count(0xd2) == int(words[1])
    mosi, miso = (bytes.fromhex(word.split("=")[1]) for word in words[-2:])
    return (len(frame.mosi) == int(words[1]) and frame.mosi[:len(mosi)] == mosi and
            frame.miso[:len(miso)] == miso)

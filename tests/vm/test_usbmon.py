# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel has seen on the bus, against what the emulator has recorded."""
import pytest

import usbmon
from programmers import guest, random_file, server

KEEP = "flashrom -p ch341a_beken:leave=keep -c W25X05"
OWN = "/usr/sbin/flashrom -p ch341a_spi -c W25X05"
# One block: usbmon's buffer of 300 KiB has to take what the guest is too slow to read.
BLOCK = "-l layout -i block -N -w new.bin"
SCRIPTS = {
    "probe": f"{KEEP} --flash-size",
    "write-by-launcher": f"{KEEP} {BLOCK}",
    "write-by-ch341a_spi": f"{KEEP} --flash-size && {OWN} {BLOCK}",
}


class Monitor:
    """A capture of a bus, from now on."""

    def __init__(self, machine, bus, file):
        self.machine = machine
        self.file = file
        # What the bus does is captured from the moment that the device is open.
        self.job = machine.start(f"exec </dev/usbmon{bus}; echo $$ >{guest(file)}.pid; exec cat >{guest(file)}",
                                 limit=100)
        result = machine.run(f"until [ -s {guest(file)}.pid ]; do usleep 100000; done")
        assert result.status == 0

    def end(self):
        """Returns it, when the guest has written all."""
        result = self.machine.run(f"""f={guest(self.file)} before=none
            until now=$(stat -c %s $f) && [ "$now" = "$before" ]; do
                before=$now
                sleep 1
            done
            kill $(cat $f.pid)""")
        assert result.status == 0, result.err
        self.job.wait()
        return self.file.read_bytes()


@pytest.fixture(scope="module", params=SCRIPTS)
def captured(request, machine, tmp_path_factory):
    """Runs flashrom with usbmon on. Returns the bulk transfers and what the emulator has seen."""
    folder = tmp_path_factory.mktemp("usbmon")
    shared = machine.folder / folder.name
    shared.mkdir()
    die = random_file(folder / "die.bin", 64 << 10, 30)
    image = random_file(shared / "new.bin", 64 << 10, 31)
    (shared / "layout").write_text("3000:3fff block\n")
    with server(machine, folder, "BK-SMALL", ["firmware_protects=no"], [die]) as programmers:
        (device,) = programmers.attach()
        bus, number = (int(text) for text in machine.run(
            f"cd /sys/bus/usb/devices/{device}; cat busnum devnum").out.split())
        monitor = Monitor(machine, bus, shared / "usbmon")
        result = machine.run(f"cd {guest(shared)} && {SCRIPTS[request.param]}", limit=90)
        assert result.status == 0, result.err
        events = usbmon.parse(monitor.end())
        seen = programmers.end()
    if "-w" in SCRIPTS[request.param]:
        assert die.read_bytes()[0x3000:0x4000] == image.read_bytes()[0x3000:0x4000]
    return usbmon.bulk(events, number), seen


def recorded(seen):
    """What the emulator has recorded until the board was given back, and reset."""
    lines = seen.events("usb", "pins", "spi", "d2", "soc")
    return [line.split() for line in lines[:lines.index("usb reset")]]


def test_transfers_are_those_that_the_kernel_has_seen(captured):
    events, seen = captured
    status = {"cancelled": "cancelled", "timed-out": "cancelled"}
    wanted = [(word[1], int(word[2]), status[word[3]] if len(word) > 3 else "")
              for word in recorded(seen) if word[0] == "usb"]
    completed = usbmon.completions(events)
    for direction in ("out", "in"):
        assert [transfer for transfer in completed if transfer[0] == direction] == \
               [transfer for transfer in wanted if transfer[0] == direction]
    assert len(wanted) >= 60


def pins_of(words):
    """Of a line "pins XX dir XX"."""
    return int(words[1], 16), int(words[3], 16)


def test_pins_move_as_the_captured_bytes_say(captured):
    events, seen = captured
    assert usbmon.Bus(events).pins == [pins_of(words) for words in recorded(seen) if words[0] == "pins"]


def recorded_frames(seen):
    """For each time that CS0 was low: the state of the chip when it fell, and the line that follows when it rises."""
    frames, selected, state = [], False, "boot"
    lines = recorded(seen)
    for words, following in zip(lines, lines[1:] + [["end"]]):
        if words[0] == "soc":
            state = words[1]
        elif words[0] == "pins":
            before, selected = selected, usbmon.is_selected(*pins_of(words))
            if selected and not before:
                at_start = state
            elif before and not selected:
                frames.append((at_start, following if following[0] in ("spi", "d2") else None))
    return frames


def test_spi_frames_are_those_of_the_captured_bytes(captured):
    events, seen = captured
    frames, wanted = usbmon.Bus(events).frames, recorded_frames(seen)
    assert len(frames) == len(wanted)
    for frame, (state, line) in zip(frames, wanted):
        if state == "flash" and frame.mosi:
            assert line[0] == "spi"
        if line and line[0] == "spi":
            assert_same(frame, line)
        else:
            assert frame.mosi.count(0xd2) == (int(line[1]) if line else 0)
    assert sum(line is not None and line[0] == "spi" for _, line in wanted) >= 7


def assert_same(frame, words):
    """words: "spi LEN OP [ADDR] mosi=HEX miso=HEX" with the first bytes of each."""
    mosi, miso = (bytes.fromhex(word.split("=")[1]) for word in words[-2:])
    assert (len(frame.mosi), frame.mosi[:len(mosi)], frame.miso[:len(miso)]) == (int(words[1]), mosi, miso)

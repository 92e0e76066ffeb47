# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether sigrok's reading of a trace and the emulator's own record say the same.

Each function returns the differences as a list of lines: none if it is the same.
"""
import difflib

from sigrok import SAMPLE_NS

# Half a bit at 1.5 MHz: a byte begins so long before its first clock rises.
HALF_BIT_NS = 1e9 / 1.5e6 / 2
WITH_ADDRESS = {0x02, 0x03, 0x0b, 0x20, 0x52, 0x5a, 0x90, 0xd8}
LOGGED_BYTES = 8
SYNC = 0xd2
WIP = 0x01


def differ(wanted, got):
    return [line for line in difflib.unified_diff(wanted, got, "record", "sigrok", lineterm="", n=0)]


def frame_event(frame, state):
    """The event for a frame, if it has one. state: of the chip when the frame began."""
    mosi = frame.mosi
    if state == "flash":
        address = " " + mosi[1:4].hex() if mosi[0] in WITH_ADDRESS and len(mosi) >= 4 else ""
        return (f"spi {len(mosi)} {mosi[0]:02x}{address} mosi={mosi[:LOGGED_BYTES].hex()} "
                f"miso={frame.miso[:LOGGED_BYTES].hex()}")
    return f"d2 {mosi.count(SYNC)}" if SYNC in mosi else None


def frames(reading, record):
    """Each SPI frame: when it ends, its length, opcode, address, first bytes."""
    wanted = [f"{event.ns // SAMPLE_NS} {event.text}" for event in record.starting("spi ", "d2 ")]
    got = []
    for frame in reading.frames:
        event = frame_event(frame, record.state(frame.start * SAMPLE_NS)) if frame.bytes else None
        if event:
            got.append(f"{frame.end} {event}")
    return differ(wanted, got)


def selects(reading, record):
    """Each pulse of chip select, with clocks or without."""
    wanted = [f"{start // SAMPLE_NS}-{end // SAMPLE_NS}" for start, end in record.select_pulses()]
    return differ(wanted, [f"{frame.start}-{frame.end}" for frame in reading.frames])


def cen(reading, record):
    """Each edge of CEN, so also how long it is low."""
    wanted = [str(event.ns // SAMPLE_NS) for event in record.starting("cen ")]
    return differ(wanted, [str(sample) for sample in reading.cen])


def byte_begin(byte):
    """In ns, late by up to a sample: a change of state at that time is already seen."""
    return (byte.start + 1) * SAMPLE_NS - HALF_BIT_NS


def echo(reading, record):
    """What the chip answers before the flash is connected, byte by byte."""
    levels = {"off": 0xff, "boot": 0xff, "startup": 0xff, "window": 0xd2, "switch": 0x00}
    wanted, got = [], []
    for frame in reading.frames:
        for number, byte in enumerate(frame.bytes):
            state = record.state(byte_begin(byte))
            if state in levels:
                wanted.append(f"{frame.start}+{number} {levels[state]:02x}")
                got.append(f"{frame.start}+{number} {byte.miso:02x}")
    return differ(wanted, got)


def writes(reading, record):
    """Page programs and sector erases as the decoder spiflash understands them."""
    wanted, got = [], []
    for event in record.starting("nor program ", "nor erase "):
        _, what, address, length = event.text.split()
        wanted.append(f"{what} {address} {length}")
    for command in reading.commands:
        words = command.text.split()
        if command.text.startswith("Page program"):
            got.append(f"program {words[3][2:8]} {words[4]}")
        elif command.text.startswith("Erase sector"):
            got.append(f"erase {words[3][3:9]} 4096")
    return differ(wanted, got)


def busy(reading, record, durations_ns):
    """WIP in every status byte. durations_ns: of `nor WHAT`, by WHAT."""
    starts = [(event.ns, event.ns + durations_ns[event.text.split()[1]])
              for event in record.starting("nor program ", "nor erase ", "nor wrsr ")]
    wanted, got = [], []
    for frame in reading.frames:
        if frame.mosi[:1] != b"\x05" or record.state(frame.start * SAMPLE_NS) != "flash":
            continue
        for byte in frame.bytes[1:]:
            begin = byte_begin(byte)
            wip = any(start < begin < end for start, end in starts)
            wanted.append(f"{byte.start} {int(wip)}")
            got.append(f"{byte.start} {byte.miso & WIP}")
    return differ(wanted, got)


def everything(reading, record, durations_ns):
    return (selects(reading, record) + frames(reading, record) + cen(reading, record) + echo(reading, record)
            + writes(reading, record) + busy(reading, record, durations_ns))

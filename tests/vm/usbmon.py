# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures of the kernel's usbmon, and what they mean to a CH341A.

Format: Documentation/usb/usbmon.rst in Linux, "Raw binary format"; read()
gives headers of 48 bytes. Commands of the CH341A: WCH CH341DS2 and CH341DLL.H.
"""
import struct
from collections import namedtuple

HEADER = struct.Struct("<QBBBBHccqiiII8s")
BULK = 3
ENDPOINT_OUT, ENDPOINT_IN = 0x02, 0x82
PACKET_SIZE = 32
ENOENT, ECONNRESET = 2, 104

# kind: S submitted, C completed, E failed to submit
Event = namedtuple("Event", "urb kind transfer endpoint device bus status length data")
Frame = namedtuple("Frame", "mosi miso")


def parse(capture):
    events, at = [], 0
    while at < len(capture):
        (urb, kind, transfer, endpoint, device, bus, _, _, _, _, status, length, captured,
         _) = HEADER.unpack_from(capture, at)
        at += HEADER.size
        data = capture[at:at + captured]
        assert len(data) == captured, "the capture ends in the middle of an event"
        at += captured
        events.append(Event(urb, chr(kind), transfer, endpoint, device, bus, status, length, data))
    return events


def bulk(events, device):
    return [event for event in events if event.transfer == BULK and event.device == device]


def completions(events):
    """("out" or "in", length, status) of each bulk transfer, as they ended."""
    names = {0: "", -ENOENT: "cancelled", -ECONNRESET: "cancelled"}
    return [("in" if event.endpoint & 0x80 else "out", event.length, names.get(event.status, event.status))
            for event in events if event.kind == "C"]


def sent_packets(events):
    """The 32-byte packets of the OUT transfers that were done, in order."""
    submitted = {}
    for event in events:
        if event.endpoint != ENDPOINT_OUT:
            continue
        if event.kind == "S":
            assert len(event.data) == event.length, "usbmon has captured all bytes"
            submitted[event.urb] = event.data
        elif event.kind == "C":
            data = submitted.pop(event.urb)[:event.length]
            for start in range(0, len(data), PACKET_SIZE):
                yield data[start:start + PACKET_SIZE]


def replies(events):
    for event in events:
        if event.kind == "C" and event.endpoint == ENDPOINT_IN and event.length:
            yield event.data


def bits_reversed(data):
    """The CH341A sends the lowest bit first."""
    return bytes(int(f"{byte:08b}"[::-1], 2) for byte in data)


def is_selected(latches, directions):
    """CS0 is low. The board pulls it up while it is an input."""
    return bool(directions & 1 and not latches & 1)


class Bus:
    """The pins of a CH341A that gets the commands of a capture.

    Only A8 (SPI stream) and AB (pins) move them in what a flash program sends.
    pins: (latches, directions) after each change; frames: one for each time
    that CS0 was low.
    """

    def __init__(self, events):
        self.latches = self.directions = 0
        self.pins, self.frames = [], []
        self.mosi = self.miso = None
        self.answers = replies(events)
        for packet in sent_packets(events):
            self._packet(packet)
        assert next(self.answers, None) is None, "an answer that nobody has asked for"

    def _packet(self, packet):
        if packet[0] == 0xa8:
            self._shift(packet[1:])
        elif packet[0] == 0xab:
            self._steps(packet[1:])
        else:
            assert packet[0] in (0x00, 0xaa), f"unexpected command {packet[0]:02x}"

    def _shift(self, data):
        answer = next(self.answers)
        assert len(answer) == len(data), "a packet A8 is answered by as many bytes"
        if self.mosi is not None:
            self.mosi += bits_reversed(data)
            self.miso += bits_reversed(answer)

    def _steps(self, steps):
        for step in steps:
            if step == 0x20:
                break
            if step == 0x00:
                assert len(next(self.answers)) == 1
            elif step & 0xc0 == 0x80:
                self._set(step & 0x3f, self.directions)
            elif step & 0xc0 == 0x40:
                self._set(self.latches, step & 0x3f)

    def _set(self, latches, directions):
        if (latches, directions) == (self.latches, self.directions):
            return
        self.latches, self.directions = latches, directions
        self.pins.append((latches, directions))
        selected = is_selected(latches, directions)
        if selected and self.mosi is None:
            self.mosi = self.miso = b""
        elif not selected and self.mosi is not None:
            self.frames.append(Frame(self.mosi, self.miso))
            self.mosi = self.miso = None

# SPDX-License-Identifier: GPL-2.0-or-later
"""What the emulator says has happened: the file of `beken-emu run --record`."""
import bisect
import collections

Event = collections.namedtuple("Event", "ns text")
# Pins of the CH341A as the event `pins` has them.
CS0 = 0x01


class Record:
    """The events of one device, in order of time."""

    def __init__(self, lines, device=0, first_state="boot"):
        self.events = []
        for line in lines:
            time, number, text = line.split(" ", 2)
            if int(number) == device:
                us, ns = time.split(".")
                self.events.append(Event(int(us) * 1000 + int(ns), text))
        self.events.sort(key=lambda event: event.ns)
        states = self.starting("soc ")
        self._state_times = [event.ns for event in states]
        self._states = [first_state] + [event.text.split()[1] for event in states]

    def starting(self, *prefixes):
        return [event for event in self.events if event.text.startswith(prefixes)]

    def state(self, ns):
        """Of the chip at that time, as in `soc STATE`."""
        return self._states[bisect.bisect_right(self._state_times, ns)]

    def pins(self):
        """Times with latches and directions."""
        for event in self.starting("pins "):
            _, out, _, direction = event.text.split()
            yield event.ns, int(out, 16), int(direction, 16)

    def select_pulses(self):
        """From when to when CS0 was not driven high, without the last one."""
        pulses, fell = [], 0
        for ns, out, direction in self.pins():
            high = bool(out & direction & CS0)
            if high and fell is not None:
                pulses.append((fell, ns))
                fell = None
            elif not high and fell is None:
                fell = ns
        return pulses

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Draws the entry into SPI mode, entry.svg, from a trace. In the top folder:

    build/beken-emu run --chip BK7231T --set accept_bytes=2 --trace entry.vcd -- \\
        build/flashrom -p ch341a_beken --flash-name
    tests/waveforms/draw.py entry.vcd tests/waveforms/entry.svg

accept_bytes=2: as measured on a BK7252 (Apache02/bk7252-cam
docs/hardware/flash_spi_mode.md), and more echo to see.
"""
import collections
import pathlib
import sys

import vcd

WIDTH = 800
LEFT, RIGHT = 64, 786           # of the waves
ROW, SWING = 34, 18             # px from row to row, and from low to high
PANEL_TOP, PANEL_BOTTOM = 52, 36
# Edges closer than this are one block.
BLOCK_PX = 1.2
NARROWEST_PX = 1.6
MS, US = 1_000_000, 1_000

LIGHT = {"paper": "#ffffff", "ink": "#1f2328", "soft": "#59636e", "grid": "#d8dee4", "cen": "#bc4c00",
         "cs0": "#8250df", "sck": "#59636e", "mosi": "#0969da", "miso": "#1a7f37"}
DARK = {"paper": "#0d1117", "ink": "#e6edf3", "soft": "#9198a1", "grid": "#30363d", "cen": "#f0883e",
        "cs0": "#b48cff", "sck": "#9198a1", "mosi": "#58a6ff", "miso": "#3fb950"}
SHAPES = """
  text { font: 13px system-ui, "DejaVu Sans", sans-serif }
  .title { font-weight: 600 } .small { font-size: 12px }
  .hex { font: 600 12.5px ui-monospace, "DejaVu Sans Mono", monospace }
  .grid, .mark { stroke-width: 1; fill: none }
  .wave { fill: none; stroke-width: 1.6; stroke-linejoin: round } .block { stroke: none; opacity: 0.75 }
"""

Byte = collections.namedtuple("Byte", "start end mosi miso")
Frame = collections.namedtuple("Frame", "start end bytes")


# ---- what is in the trace ----

def number(trace, wire, rises):
    return int("".join("1" if trace.level(wire, rise) == "1" else "0" for rise in rises), 2)


def byte(trace, rises):
    half = (rises[1] - rises[0]) / 2
    return Byte(rises[0] - half, rises[7] + half, number(trace, "MOSI", rises), number(trace, "MISO", rises))


def frames(trace, start):
    """The SPI frames that begin after the time start."""
    rises = collections.deque(trace.edges("SCK", "1"))
    falls = [fall for fall in trace.edges("CS0", "0") if fall >= start]
    for fall, rise in zip(falls, (ns for ns in trace.edges("CS0", "1") if ns > falls[0])):
        while rises and rises[0] < fall:
            rises.popleft()
        inside = []
        while rises and rises[0] < rise:
            inside.append(rises.popleft())
        yield Frame(fall, rise, [byte(trace, inside[i:i + 8]) for i in range(0, len(inside) - 7, 8)])


class Entry:
    """The first entry in a trace: its frames, and the moments that matter."""

    def __init__(self, trace):
        self.trace = trace
        self.fall = trace.edges("CEN", "0")[0]
        self.rise = next(ns for ns in trace.edges("CEN", "1") if ns > self.fall)
        found = list(frames(trace, self.rise))
        self.sync = next(frame for frame in found if frame.bytes and frame.bytes[0].mosi == 0xd2)
        answers = [byte.miso for byte in self.sync.bytes]
        self.echo = answers.index(0xd2)
        self.accepted = answers.index(0x00, self.echo)
        ids = [frame for frame in found if frame.start > self.sync.end and len(frame.bytes) == 4
               and frame.bytes[0].mosi == 0x9f]
        self.id = next(frame for frame in ids if any(byte.miso not in (0x00, 0xff) for byte in frame.bytes[1:]))
        self.polls = [frame for frame in ids if frame.start < self.id.start]


# ---- drawing ----

def style():
    """Plain colours in two sets: not every program that draws SVG knows variables."""
    def colours(theme):
        rules = [f"text, .ink {{ fill: {theme['ink']} }}", f".paper {{ fill: {theme['paper']} }}",
                 f".grid {{ stroke: {theme['grid']} }}", f".mark {{ stroke: {theme['soft']} }}",
                 f".small {{ fill: {theme['soft']} }}"]
        for wire in ("cen", "cs0", "sck", "mosi", "miso"):
            rules.append(f".wave.{wire} {{ stroke: {theme[wire]} }} .{wire}-fill {{ fill: {theme[wire]} }}")
        return "\n  ".join(rules)
    return f"{SHAPES}  {colours(LIGHT)}\n  @media (prefers-color-scheme: dark) {{\n  {colours(DARK)}\n  }}\n"

def text(x, y, words, kind="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{words}</text>'


def line(x1, y1, x2, y2, kind):
    return f'<path class="{kind}" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>'


class Panel:
    def __init__(self, trace, top, span, wires, zero, unit):
        self.trace, self.top, self.span, self.wires, self.zero, self.unit = trace, top, span, wires, zero, unit
        self.stop = span[1]     # of the waves
        self.parts = []
        self.bottom = top + PANEL_TOP + ROW * len(wires)

    @property
    def height(self):
        return self.bottom + PANEL_BOTTOM - self.top

    def x(self, ns):
        start, end = self.span
        return LEFT + (RIGHT - LEFT) * (min(max(ns, start), end) - start) / (end - start)

    def low(self, wire):
        return self.top + PANEL_TOP + ROW * (self.wires.index(wire) + 1) - 4

    def title(self, letter, words):
        self.parts.append(text(12, self.top + 18, letter, "title"))
        self.parts.append(text(32, self.top + 18, words, "title"))

    def axis(self, step, name, digits=0):
        first = -(-(self.span[0] - self.zero) // step) * step
        for ns in range(int(first), int(self.span[1] - self.zero) + 1, step):
            x = self.x(self.zero + ns)
            self.parts.insert(0, line(x, self.top + PANEL_TOP - 8, x, self.bottom + 4, "grid"))
            self.parts.append(text(x, self.bottom + 18, f"{ns / self.unit:.{digits}f}".replace("-", "\u2212"),
                                   "small", "middle"))
        self.parts.append(text(12, self.bottom + 18, name, "small"))

    def wave(self, wire):
        kind = wire.lower()
        self.parts.append(text(12, self.low(wire) - 4, wire, kind + "-fill"))
        low, high = self.low(wire), self.low(wire) - SWING
        # What floats is drawn half way up.
        heights = {"0": low, "1": high, "z": low - SWING / 2}
        start, end = self.span[0], self.stop
        level = self.trace.level(wire, start)
        edges = [(self.x(ns), after) for ns, after in self.trace.wires[wire] if start < ns <= end]
        path, at, i = [f"M{LEFT:.1f} {heights[level]:.1f}"], 0, 0
        while i < len(edges):
            at = i
            while i + 1 < len(edges) and edges[i + 1][0] - edges[i][0] < BLOCK_PX:
                i += 1
            x, level = edges[i]
            y = heights[level]
            if i > at:
                left = edges[at][0]
                x = max(x, left + NARROWEST_PX)
                self.parts.append(f'<rect class="block {kind}-fill" x="{left:.2f}" y="{high:.1f}" '
                                  f'width="{x - left:.2f}" height="{SWING}"/>')
                path.append(f"H{left:.2f}M{x:.2f} {y:.1f}")
            else:
                path.append(f"H{x:.2f}V{y:.1f}")
            i += 1
        path.append(f"H{self.x(end):.1f}")
        self.parts.append(f'<path class="wave {kind}" d="{"".join(path)}"/>')

    def waves(self):
        for wire in self.wires:
            self.wave(wire)

    def hexes(self, some):
        """Values above the data wires."""
        for one in some:
            left, right = self.x(one.start), self.x(one.end)
            for wire, value in (("MOSI", one.mosi), ("MISO", one.miso)):
                y = self.low(wire) - SWING - 3
                self.parts.append(f'<path class="mark" d="M{left + 1:.1f} {y + 1:.1f}v-4H{right - 1:.1f}v4"/>')
                self.parts.append(f'<rect class="paper" x="{(left + right) / 2 - 11:.1f}" y="{y - 9:.1f}" '
                                  'width="22" height="11"/>')
                self.parts.append(text((left + right) / 2, y + 1, f"{value:02X}", f"hex {wire.lower()}-fill",
                                       "middle"))

    def remark(self, wire, ns, words):
        """Words on the middle of the wire."""
        x, y = self.x(ns), self.low(wire) - SWING / 2
        width = 6.6 * len(words) + 8
        self.parts.append(f'<rect class="paper" x="{x - width / 2:.1f}" y="{y - 9:.1f}" width="{width:.1f}" '
                          'height="18"/>')
        self.parts.append(text(x, y + 4.5, words, "small", "middle"))

    def arrow(self, wire, start, end, words):
        """A length, on the middle of the wire."""
        y = self.low(wire) - SWING / 2
        left, right = self.x(start), self.x(end)
        self.parts.append(f'<path class="mark" d="M{left + 6:.1f} {y - 3:.1f}l-5 3l5 3M{left + 1:.1f} {y:.1f}'
                          f'H{right - 1:.1f}m-5 -3l5 3l-5 3"/>')
        self.remark(wire, (start + end) / 2, words)

    def note(self, ns, words, anchor="start", shift=0):
        """Words over the waves, with a line down at that time."""
        x = self.x(ns)
        self.parts.append(line(x, self.top + PANEL_TOP - 8, x, self.bottom, "mark"))
        self.parts.append(text(x + shift, self.top + PANEL_TOP - 10, words, "small", anchor))


def whole(entry, top):
    span = (entry.fall - 4 * MS, entry.id.end + 2 * MS)
    panel = Panel(entry.trace, top, span, ["CEN", "CS0", "SCK", "MOSI", "MISO"], entry.rise, MS)
    # When the host goes on after the answer is left to chance.
    panel.stop = entry.id.end + 40 * US
    panel.title("a", "The whole entry")
    panel.axis(10 * MS, "ms")
    panel.waves()
    panel.arrow("CEN", entry.fall, entry.rise, f"reset pulse {(entry.rise - entry.fall) / MS:.1f} ms")
    for wire in ("CS0", "SCK", "MOSI"):
        panel.remark(wire, (entry.fall + entry.rise) / 2, "input")
    panel.note(entry.sync.bytes[entry.echo].start, "b: 0xD2 accepted", "end", 4)
    panel.note(entry.id.start, "c: JEDEC ID", "end", 4)
    return panel


def acceptance(entry, top):
    some = entry.sync.bytes[max(entry.echo - 2, 0):entry.accepted + 3]
    margin = 2 * US
    span = (some[0].start - margin, some[-1].end + margin)
    panel = Panel(entry.trace, top, span, ["CS0", "SCK", "MOSI", "MISO"],
                  entry.sync.bytes[entry.echo].start, US)
    after = (entry.sync.bytes[entry.echo].start - entry.rise) / MS
    panel.title("b", f"{after:.2f} ms after CEN rises: the chip answers 0xD2, hears 0xD2, and turns to 00")
    panel.axis(10 * US, "\u00b5s")
    panel.waves()
    panel.hexes(some)
    panel.note(entry.sync.bytes[entry.echo].start, "first echo", shift=3)
    panel.note(entry.sync.bytes[entry.accepted].start, "accepted", shift=3)
    return panel


def identity(entry, top):
    margin = 3 * US
    span = (entry.id.start - margin, entry.id.end + margin)
    panel = Panel(entry.trace, top, span, ["CS0", "SCK", "MOSI", "MISO"], entry.id.start, US)
    after = (entry.id.start - entry.rise) / MS
    jedec = "".join(f"{byte.miso:02X}" for byte in entry.id.bytes[1:])
    panel.title("c", f"{after:.1f} ms after CEN rises: the first answer of the flash, JEDEC ID {jedec}")
    panel.axis(5 * US, "\u00b5s")
    panel.waves()
    panel.hexes(entry.id.bytes)
    panel.note(entry.id.bytes[0].start, "asked", shift=3)
    panel.note(entry.id.bytes[1].start, "answered", shift=3)
    return panel


def draw(trace):
    """The picture as the text of an SVG file."""
    entry = Entry(trace)
    panels, top = [], 0
    for make in (whole, acceptance, identity):
        panels.append(make(entry, top))
        top += panels[-1].height
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}" '
        'role="img">',
        "<title>Entry of a Beken chip into SPI mode</title>",
        "<desc>CEN, CS0, SCK, MOSI and MISO: the reset pulse, the 0xD2 stream until the echo turns to 00, "
        "and the first JEDEC ID. Drawn by tests/waveforms/draw.py from a trace of the emulator.</desc>",
        f"<style>{style()}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{top}"/>',
        *(part for panel in panels for part in panel.parts),
        "</svg>", ""])


def main():
    if len(sys.argv) != 3:
        sys.exit("Usage: draw.py TRACE.vcd PICTURE.svg")
    pathlib.Path(sys.argv[2]).write_text(draw(vcd.read(pathlib.Path(sys.argv[1]))), encoding="utf-8")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: GPL-2.0-or-later
"""What sigrok's decoders read in a trace."""
import collections
import json
import subprocess

# The trace has steps of 1 ns, too many for sigrok. Its sample number is the time
# divided by this, rounded down. Half a clock has 333 ns.
SAMPLE_NS = 50
LIMIT_S = 120

Annotation = collections.namedtuple("Annotation", "start end text")
Byte = collections.namedtuple("Byte", "start mosi miso")


class Frame(collections.namedtuple("Frame", "start end bytes")):
    """From fall to rise of chip select. A byte starts with the rise of its first clock."""

    @property
    def mosi(self):
        return bytes(byte.mosi for byte in self.bytes)

    @property
    def miso(self):
        return bytes(byte.miso for byte in self.bytes)


class Reading(collections.namedtuple("Reading", "frames commands fields warnings cen")):
    """Frames of the decoder spi, rows of spiflash, samples at which CEN changes."""


def decode(path, *options):
    """Annotations of each row of each decoder, in order."""
    argv = ["sigrok-cli", "-I", f"vcd:downsample={SAMPLE_NS}", "-i", str(path), *options,
            "--protocol-decoder-jsontrace"]
    result = subprocess.run(argv, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert result.returncode == 0 and not result.stderr, result.stderr
    rows, starts = collections.defaultdict(list), {}
    if not result.stdout:
        return rows     # no annotation at all
    # Some texts have line ends, which sigrok-cli does not escape.
    for event in json.loads(result.stdout, strict=False)["traceEvents"]:
        row = event["pid"], event["tid"]
        sample = round(event["ts"] * 1000 / SAMPLE_NS)
        if event["ph"] == "B":
            starts[row] = sample
        else:
            rows[row].append(Annotation(starts.pop(row), sample, event["name"]))
    return rows


def frames(rows):
    """Chip select pulses with the bytes in them, from the rows of the decoder spi."""
    values = zip(rows["spi-1", "MOSI data"], rows["spi-1", "MISO data"], strict=True)
    data = collections.deque(Byte(mosi.start, int(mosi.text, 16), int(miso.text, 16)) for mosi, miso in values)
    result = []
    for mosi, miso in zip(rows["spi-1", "MOSI transfer"], rows["spi-1", "MISO transfer"], strict=True):
        inside = []
        while data and data[0].start < mosi.end:
            inside.append(data.popleft())
        frame = Frame(mosi.start, mosi.end, inside)
        # The decoder says it twice; so this pairs the bytes with the right frames.
        assert frame.mosi == bytes.fromhex(mosi.text) and frame.miso == bytes.fromhex(miso.text)
        result.append(frame)
    return result


def read(path, prefix="", bit_order="msb-first"):
    """Reads the wires of one board; prefix is that of their names."""
    wires = ":".join(f"{pin}={prefix}{name}" for pin, name in (
        ("clk", "SCK"), ("mosi", "MOSI"), ("miso", "MISO"), ("cs", "CS0")))
    rows = decode(path, "-P", f"spi:{wires}:bitorder={bit_order},spiflash", "-P",
                  f"timing:data={prefix}CEN:edge=any", "-A",
                  "spi=mosi-transfer:miso-transfer:mosi-data:miso-data,spiflash,timing=time")
    times = rows["timing-1", "Time"]
    cen = [times[0].start] + [time.end for time in times] if times else []
    return Reading(frames(rows), rows["spiflash-1", "Commands"], rows["spiflash-1", "Fields"],
                   rows["spiflash-1", "Warnings"], cen)

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How close the driver comes to what CH341A and die allow, on the emulator's clock.

    BEKEN_BUILD=build tests/native/speed.py [--release NAME] [--latency US]...
                                            [--chip NAME] [--size BYTES] [--tpp US] [--without-stock]

Prints ratios to the chip-bound time: for a read the SPI packets of the data,
for a write the packets of write enable and page program, chip selects in as few
bytes as they take, and the die's tPP behind them; all as in the emulator's
timing model. Both are measured between the first and the last of their kind in
the record, so that probing and starting do not count. Beside it flashrom's own
ch341a_spi on the same die.
"""
import argparse
import math
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
# pylint: disable=wrong-import-position
from beken_bench import BUILD, Bench  # noqa: E402

STOCK = "/usr/sbin/flashrom"
LATENCIES = (50, 125, 330, 1000)
WRITE_LIMIT, READ_LIMIT = 1.05, 1.03
PAGE = 256

# tests/emulator/README.md, in us.
TRANSACTION, WIRE_BYTE = 8.6, 0.677
SPI_BYTE, PIN_STEP = 8 / 1.5, 0.75
PER_PACKET = 31


def transaction(n):
    return TRANSACTION + WIRE_BYTE * n


def spi(n):
    """n bytes of SPI: packets out, clocked, packets in."""
    total = 0.0
    while n > 0:
        now = min(n, PER_PACKET)
        total += transaction(now + 1) + now * SPI_BYTE + transaction(now)
        n -= now
    return total


def pins(steps):
    return transaction(steps + 2) + steps * PIN_STEP


def page_bound(tpp):
    # CS falls, 06, CS rises and falls, 02 with the page, CS rises.
    return pins(3) + spi(1) + pins(3) + spi(4 + PAGE) + pins(1) + tpp


def read_bound(n):
    return spi(n)


def run(bench, chip, settings, command):
    """The events but for those on the cable: time and words."""
    result = bench.run(*command, chip=chip, settings=settings, flash="die.bin")
    if result.status:
        raise RuntimeError(f"{command} ended with {result.status}\n{result.out}{result.err}")
    for line in result.record:
        time, _, event = line.split(" ", 2)
        if not event.startswith("usb"):
            yield float(time), event.split()


def page_times(events):
    """When each page program began."""
    return [time for time, words in events if words[:2] == ["nor", "program"]]


def write_ratio(events, tpp):
    times = page_times(events)
    return (times[-1] - times[0]) / ((len(times) - 1) * page_bound(tpp))


def read_ratio(events):
    """From the end of the first read command on, of those that read the whole die."""
    reads = [(time, int(words[1])) for time, words in events if words[0] == "spi" and words[2] == "03"]
    reads = [(time, length) for time, length in reads if length > 64]
    n = sum(length for _, length in reads[1:])
    return (reads[-1][0] - reads[0][0]) / read_bound(n)


class Case:
    def __init__(self, folder, options):
        self.bench = Bench(folder)
        self.options = options
        self.image = self.bench.random_file("new.bin", options.size, 1).read_bytes()

    def run(self, latency, command, content):
        self.bench.path("die.bin").write_bytes(content)
        settings = [f"latency_us={latency}", f"size={self.options.size}", f"tpp_us={self.options.tpp}"]
        return list(run(self.bench, self.options.chip, settings, command))

    def write(self, latency, command):
        events = self.run(latency, [*command, "write", "new.bin"] if command[0] != STOCK else
                          [*command, "-n", "-w", "new.bin"], b"\xff" * self.options.size)
        if self.bench.path("die.bin").read_bytes() != self.image:
            raise RuntimeError(f"{command}: the content is wrong")
        return write_ratio(events, self.options.tpp)

    def read(self, latency, command):
        events = self.run(latency, [*command, "read", "out.bin"] if command[0] != STOCK else
                          [*command, "-r", "out.bin"], self.image)
        if self.bench.path("out.bin").read_bytes() != self.image:
            raise RuntimeError(f"{command}: the file is wrong")
        return read_ratio(events)


def parse(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--release", default="flashrom-1.8.0")
    parser.add_argument("--latency", type=int, action="append")
    parser.add_argument("--chip", default="EN25QH16B")
    parser.add_argument("--stock-name", default="EN25QH16")
    parser.add_argument("--size", type=int, default=2 << 20)
    parser.add_argument("--tpp", type=int, default=700)
    parser.add_argument("--without-stock", action="store_true")
    return parser.parse_args(arguments)


def measure(options, folder):
    """Rows of latency, write and read ratio, and both of stock flashrom or NaN."""
    host = [BUILD / "tests" / "native" / f"host-{options.release}", "-n"]
    stock = [STOCK, "-p", "ch341a_spi", "-c", options.stock_name]
    case = Case(pathlib.Path(folder), options)
    for latency in options.latency or LATENCIES:
        row = [latency, case.write(latency, host), case.read(latency, host), math.nan, math.nan]
        if not options.without_stock:
            row[3:] = [case.write(latency, stock), case.read(latency, stock)]
        yield row


def main(arguments):
    options = parse(arguments)
    met = True
    print(f"{options.release}, {options.chip}, {options.size >> 10} KiB, tPP {options.tpp} us: "
          f"a page at least {page_bound(options.tpp):.0f} us")
    print("latency us   write    read   ch341a_spi write    read")
    with tempfile.TemporaryDirectory() as folder:
        for latency, write, read, stock_write, stock_read in measure(options, folder):
            print(f"{latency:10}  {write:6.3f}  {read:6.3f}  {stock_write:17.2f}  {stock_read:6.2f}", flush=True)
            met = met and write <= WRITE_LIMIT and read <= READ_LIMIT
    print(f"write <= {WRITE_LIMIT}, read <= {READ_LIMIT}: {'met' if met else 'NOT met'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

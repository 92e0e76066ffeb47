# SPDX-License-Identifier: GPL-2.0-or-later
"""sigrok's decoders read the traces, and find in them what the emulator recorded."""
import functools
import random

import pytest

from beken_bench import FLASHROM
import comparison
import sigrok
import vcd
from trace_bench import TraceBench, stock_flashrom

REGION = slice(0x11000, 0x12000)
LAYOUT = "00011000:00011fff app\n"
SIZE = 2 << 20
DURATIONS_NS = {"program": 700_000, "erase": 50_000_000, "wrsr": 10_000_000}
TIMES = ("tpp_us=700", "tse_ms=50", "tw_ms=10")
JEDEC_ID = ["Manufacturer ID: 0x1c", "Memory type: 0x70", "Device ID: 0x15"]


def image(seed=5):
    return random.Random(seed).randbytes(SIZE)


def write_files(folder):
    (folder / "layout").write_text(LAYOUT)
    (folder / "image.bin").write_bytes(image())


def region_arguments(*operation):
    return "-c", "EN25QH16", "-l", "layout", "-i", "app", "--noverify-all", *operation


class Traced:
    """A run, its trace as sigrok reads it, and its record."""

    def __init__(self, result, first_state="boot"):
        assert result.status == 0, result.err
        self.result = result
        self.record = result.timed_record(first_state=first_state)
        self.reading = sigrok.read(result.trace_path)

    def commands(self, start):
        return [command.text for command in self.reading.commands if command.text.startswith(start)]


def launch(bench, operation, settings=()):
    write_files(bench.folder)
    return Traced(bench.run(FLASHROM, "-p", "ch341a_beken", *operation, chip="BK7231T",
                                   settings=(*TIMES, *settings)))


def stock(bench, operation):
    """flashrom's own driver, which leaves chip select low between its commands."""
    write_files(bench.folder)
    return Traced(bench.run(stock_flashrom(), "-p", "ch341a_spi", *operation, chip="EN25QH16B",
                                   settings=TIMES), first_state="flash")


RUNS = {
    "probe": lambda bench: launch(bench, ["--flash-name"]),
    "write": lambda bench: launch(bench, region_arguments("-w", "image.bin")),
    "erase": lambda bench: launch(bench, region_arguments("-E")),
    "write-overlap": lambda bench: launch(bench, region_arguments("-w", "image.bin"), ["in_overlap=yes"]),
    "stock-probe": lambda bench: stock(bench, ["--flash-name"]),
    "stock-write": lambda bench: stock(bench, region_arguments("-w", "image.bin")),
}


@pytest.fixture(scope="module")
def run_of(tmp_path_factory):
    """Each run is made once."""
    return functools.cache(lambda name: RUNS[name](TraceBench(tmp_path_factory.mktemp(name))))


@pytest.fixture(scope="module")
def write_run(run_of):
    return run_of("write")


@pytest.fixture(scope="module")
def probe_run(run_of):
    return run_of("probe")


@pytest.mark.parametrize("name", RUNS)
def test_sigrok_and_the_record_agree(run_of, name):
    run = run_of(name)
    assert not comparison.everything(run.reading, run.record, DURATIONS_NS)
    assert run.record.starting("spi ")
    assert not run.reading.warnings


def test_entry_shows_the_echo_then_zeros_then_the_id(write_run):
    record, reading = write_run.record, write_run.reading
    echo = b"".join(frame.miso for frame in reading.frames
                    if record.state(frame.start * sigrok.SAMPLE_NS) in ("startup", "window", "switch"))
    assert echo.strip(b"\xff").startswith(b"\xd2") and b"\xd2\x00" in echo and echo.endswith(b"\x00" * 31)
    assert bytes(sorted(set(echo))) == b"\x00\xd2\xff"
    fields = [field.text for field in reading.fields]
    at = fields.index(JEDEC_ID[0])
    assert fields[at:at + 3] == JEDEC_ID


def test_cen_is_low_as_long_as_recorded(write_run):
    times = [event.ns for event in write_run.record.starting("cen ")]
    lows = [rise - fall for fall, rise in zip(times[::2], times[1::2], strict=True)]
    samples = write_run.reading.cen
    read = [(rise - fall) * sigrok.SAMPLE_NS for fall, rise in zip(samples[::2], samples[1::2], strict=True)]
    # Each edge is rounded down to a sample.
    assert len(lows) == 2
    assert all(abs(low - got) < sigrok.SAMPLE_NS for low, got in zip(lows, read, strict=True))
    assert all(100_000_000 <= low < 101_000_000 for low in lows)


def test_programmed_data_are_those_of_the_image(write_run):
    programs = write_run.commands("Page program")
    data = b"".join(bytes.fromhex(text.split(": ")[1]) for text in programs)
    assert len(programs) == 16 and data == image()[REGION]
    read = write_run.commands("Read data (addr 0x011000, 4096")[-1]
    assert bytes.fromhex(read.split(": ")[1]) == image()[REGION]


def test_erase_is_one_sector_and_leaves_ff(run_of):
    run = run_of("erase")
    assert run.commands("Erase sector") == ["Erase sector 69632 (0x011000)"]
    read = run.commands("Read data (addr 0x011000, 4096")[-1]
    assert bytes.fromhex(read.split(": ")[1]) == b"\xff" * 4096


def test_sigrok_reads_the_second_board(bench):
    result = bench.run(FLASHROM, "-p", "ch341a_beken:device=1", "--flash-name", chip="BK7231T",
                       settings=("devices=2",))
    assert result.status == 0, result.err
    record = result.timed_record(device=1)
    assert not comparison.everything(sigrok.read(result.trace_path, prefix="d1_"), record, DURATIONS_NS)
    assert record.starting("spi ")
    assert len(sigrok.read(result.trace_path).frames) == 0


# ---- and they would notice ----

def moved(changes, by_ns, which=lambda ns: True):
    return [(ns + by_ns if number and which(ns) else ns, level) for number, (ns, level) in enumerate(changes)]


def lose_select_edge(trace):
    rise = trace.edges("CS0", "1")[40]
    trace.wires["CS0"] = [change for change in trace.wires["CS0"] if change != (rise, "1")]


def lose_clock(trace):
    rise = trace.edges("SCK", "1")[3000]
    trace.wires["SCK"] = [change for change in trace.wires["SCK"] if change != (rise, "1")]


def delay_clock(trace):
    trace.wires["SCK"] = moved(trace.wires["SCK"], 400)


def delay_miso(trace):
    trace.wires["MISO"] = moved(trace.wires["MISO"], 400)


def invert_clock(trace):
    trace.wires["SCK"] = [(ns, {"0": "1", "1": "0"}.get(level, level)) for ns, level in trace.wires["SCK"]]


def delay_select(trace):
    trace.wires["CS0"] = moved(trace.wires["CS0"], sigrok.SAMPLE_NS)


def delay_cen(trace):
    fall = trace.edges("CEN", "0")[0]
    trace.wires["CEN"] = moved(trace.wires["CEN"], sigrok.SAMPLE_NS, lambda ns: ns == fall)


def swap_data(trace):
    trace.wires["MOSI"], trace.wires["MISO"] = trace.wires["MISO"], trace.wires["MOSI"]


def flip_one_bit(trace):
    """MISO is wrong during one clock in the middle of a frame with the JEDEC ID."""
    rise = trace.edges("SCK", "1")[-100]
    level = trace.level("MISO", rise)
    wrong = [(rise - 100, {"0": "1", "1": "0"}[level]), (rise + 100, level)]
    trace.wires["MISO"] = sorted(trace.wires["MISO"] + wrong)


FAULTS = [lose_select_edge, lose_clock, delay_clock, delay_miso, invert_clock, delay_select, delay_cen,
          swap_data, flip_one_bit]


def differences_after(fault, run, folder):
    trace = vcd.read(run.result.trace_path)
    fault(trace)
    (folder / "changed.vcd").write_text(trace.text())
    return comparison.everything(sigrok.read(folder / "changed.vcd"), run.record, DURATIONS_NS)


def test_a_copy_of_a_trace_is_as_good(probe_run, tmp_path):
    assert not differences_after(lambda trace: None, probe_run, tmp_path)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_wrong_trace_is_noticed(probe_run, tmp_path, fault):
    assert differences_after(fault, probe_run, tmp_path)


def test_a_wrong_bit_order_is_noticed(probe_run):
    reading = sigrok.read(probe_run.result.trace_path, bit_order="lsb-first")
    assert comparison.frames(reading, probe_run.record) and comparison.echo(reading, probe_run.record)

# SPDX-License-Identifier: GPL-2.0-or-later
"""`beken-emu run --trace`: what is in the file, and when there is none."""
import os
import signal
import subprocess
import threading
import time

import pytest

from beken_bench import EMU, FLASHROM
import vcd
from trace_bench import TraceBench

ENTRY = (FLASHROM, "-p", "ch341a_beken", "--flash-name")
WIRES = ["CEN", "CS0", "CS1", "CS2", "SCK", "MOSI", "MISO"]
# The CH341A's pin of each wire that it drives, and so what the event `pins` says.
PINS = {"CS0": 0x01, "CS1": 0x02, "CS2": 0x04, "SCK": 0x08, "MOSI": 0x20}


def wanted_level(out, direction, pin):
    if not direction & pin:
        return "z"
    return "1" if out & pin else "0"


def wrong_pins(trace, record, start=0, end=float("inf")):
    """Pin writes after which a wire has another level than was written."""
    return [(ns, wire) for ns, out, direction in record.pins() if start <= ns <= end
            for wire, pin in PINS.items() if trace.level(wire, ns) != wanted_level(out, direction, pin)]


@pytest.fixture(name="entry", scope="module")
def fixture_entry(tmp_path_factory):
    result = TraceBench(tmp_path_factory.mktemp("entry")).run(*ENTRY, chip="BK7231T")
    assert result.status == 0, result.err
    return result


def test_trace_has_all_wires_from_power_on_to_the_end(entry):
    trace = vcd.read(entry.trace_path)
    assert list(trace.wires) == WIRES
    assert trace.start == 0 and abs(trace.end - entry.end_ns) < 1000
    assert [trace.level(wire, 0) for wire in WIRES] == ["1", "z", "z", "z", "z", "z", "1"]
    assert "$timescale 1 ns $end\n$scope module device0 $end\n" in entry.trace_path.read_text()


def test_pins_and_cen_have_the_recorded_levels_at_the_recorded_times(entry):
    trace, record = vcd.read(entry.trace_path), entry.timed_record()
    assert not wrong_pins(trace, record) and len(list(record.pins())) > 20
    edges = sorted([(ns, "cen low") for ns in trace.edges("CEN", "0")]
                   + [(ns, "cen high") for ns in trace.edges("CEN", "1")])
    assert edges == [(event.ns, event.text) for event in record.starting("cen ")]


def test_clock_has_1500_khz_in_packets_of_31_bytes(entry):
    trace = vcd.read(entry.trace_path)
    rises = trace.edges("SCK", "1")
    assert len(rises) % 8 == 0
    sync = [ns for ns in rises if ns > trace.edges("CEN", "1")[0]][:31 * 8 * 3]
    gaps = [after - before for before, after in zip(sync, sync[1:])]
    between_packets = [gap for gap in gaps if gap > 1000]
    assert {gap for gap in gaps if gap < 1000} == {666, 667}
    # 225.184 us for a packet, less 247 bits.
    assert gaps.index(between_packets[0]) == 31 * 8 - 1 and len(between_packets) == 2
    assert all(abs(gap - (225_184 - 247 * 2000 / 3)) <= 2 for gap in between_packets)


@pytest.mark.parametrize("bounds", [(1147, 1160.5), (1147.960629, None), (None, 1150), (5, 6), (5000, 6000)],
                         ids=str)
def test_only_the_asked_part_is_written(bench, bounds):
    options = []
    for option, ms in zip(("--trace-from", "--trace-until"), bounds):
        options += [option, str(ms)] if ms is not None else []
    result = bench.run(*ENTRY, chip="BK7231T", options=options)
    assert result.status == 0, result.err
    trace = vcd.read(result.trace_path)
    end = min((bounds[1] or 1e9) * 1e6, result.end_ns)
    start = min((bounds[0] or 0) * 1e6, end)
    assert abs(trace.start - start) < 1000 and abs(trace.end - end) < 1000
    assert not wrong_pins(trace, result.timed_record(), trace.start, trace.end)


@pytest.mark.parametrize("plan, status", [("TERM@transfer:60", 143), ("KILL@transfer:60", 137),
                                          ("INT:group@ms:1100", 130)])
def test_trace_is_whole_when_a_signal_ends_the_run(bench, plan, status):
    result = bench.run(*ENTRY, chip="BK7231T", options=("--signal", plan))
    assert result.status == status, result.err
    trace = vcd.read(result.trace_path)
    assert not wrong_pins(trace, result.timed_record()) and abs(trace.end - result.end_ns) < 1000
    assert trace.edges("SCK", "1")


def test_trace_is_whole_when_beken_emu_gets_the_signal(tmp_path):
    argv = [EMU, "run", "--clock", "real", "--trace", "trace.vcd", "--", "sleep", "30"]
    with subprocess.Popen(argv, cwd=tmp_path, stderr=subprocess.PIPE) as process:
        # The command runs some time after the file is there.
        deadline = time.monotonic() + 30
        while not (tmp_path / "trace.vcd").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 128 + signal.SIGTERM
    assert vcd.read(tmp_path / "trace.vcd").end > 0


def test_unplugged_wires_float(bench):
    result = bench.run(*ENTRY, chip="BK7231T", settings=("unplug_at_transfer=100",))
    assert result.status != 0
    unplugged = next(event.ns for event in result.timed_record().starting("usb unplug"))
    trace = vcd.read(result.trace_path)
    for wire in PINS:
        assert trace.level(wire, unplugged) == "z"
        assert all(ns <= unplugged for ns, _ in trace.wires[wire])
    assert trace.level("CEN", unplugged) == "1"


def test_each_board_has_a_scope_and_names(bench):
    result = bench.run(FLASHROM, "-p", "ch341a_beken:device=1", "--flash-name", chip="BK7231T",
                       settings=("devices=2",))
    assert result.status == 0, result.err
    trace = vcd.read(result.trace_path)
    assert list(trace.wires) == WIRES + ["d1_" + wire for wire in WIRES]
    assert trace.edges("d1_CEN", "0") and not trace.edges("CEN", "0") and not trace.edges("SCK", "1")


def test_the_same_run_makes_the_same_file(bench):
    settings = ("usb_kernel_driver=spi-ch341", "devices=3")
    texts = {bench.run("true", settings=settings).trace_path.read_text() for _ in range(3)}
    assert len(texts) == 1


# ---- failures ----

def test_a_full_disk_makes_the_run_fail(bench):
    result = bench.run(*ENTRY, chip="BK7231T", trace="/dev/full")
    assert result.status == 125
    assert "beken-emu: /dev/full: could not be written: No space left on device" in result.err.splitlines()
    # The rest of it went well.
    assert result.report["device0.cen"] == "high" and result.out.endswith('name="EN25QH16"\n')


def test_a_reader_that_ends_early_makes_the_run_fail(bench):
    pipe = bench.folder / "pipe"
    os.mkfifo(pipe)

    def read_a_little():
        with open(pipe, "rb") as reader:
            reader.read(100)

    thread = threading.Thread(target=read_a_little)
    thread.start()
    result = bench.run(*ENTRY, chip="BK7231T", trace=pipe)
    thread.join()
    assert result.status == 125
    assert f"beken-emu: {pipe}: could not be written: Broken pipe" in result.err.splitlines()
    assert result.report["device0.cen"] == "high"


def test_a_place_that_cannot_be_written_to_is_told_before_the_start(bench):
    result = bench.run("touch", "started", trace="/nonexistent/trace.vcd")
    assert result.status == 125 and not (bench.folder / "started").exists()
    assert result.err == "beken-emu: /nonexistent/trace.vcd: No such file or directory\n"


@pytest.mark.parametrize("options, message", [
    (["--trace-from", "5"], "--trace-from and --trace-until need --trace"),
    (["--trace-until", "5"], "--trace-from and --trace-until need --trace"),
    (["--trace", "t", "--trace-from", "5", "--trace-until", "5"],
     "--trace-until must be later than --trace-from"),
    (["--trace", "t", "--trace-from", "-1"], '--trace-from takes a number of milliseconds, not "-1"'),
    (["--trace", "t", "--trace-until", "5s"], '--trace-until takes a number of milliseconds, not "5s"'),
])
def test_wrong_options_are_named(bench, options, message):
    result = bench.run("touch", "started", options=options, trace=None)
    assert result.status == 125 and result.err == f"beken-emu: {message}\n"
    assert not (bench.folder / "started").exists() and not (bench.folder / "t").exists()


def test_help_tells_the_options(bench):
    result = bench.run(options=("--help",), trace=None)
    assert result.status == 0
    assert all(option in result.out for option in ("--trace FILE", "--trace-from MS", "--trace-until MS"))

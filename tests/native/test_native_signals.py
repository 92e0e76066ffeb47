# SPDX-License-Identifier: GPL-2.0-or-later
"""flashrom has no signal handlers: the driver itself sees to CEN."""
import random
import signal

import pytest

from beken_bench import WRAP, Bench
from hosts import CORNERS, SMALL_CMP, each_corner, host, host_of

# Under valgrind a run takes ten seconds.
MOMENTS = 3 if WRAP else 20


@pytest.fixture(name="thread")
def the_thread_of_libusb(monkeypatch):
    """It takes the signals that the driver's own thread would only block. It makes long runs slow."""
    monkeypatch.setenv("BEKEN_EMU_LIBUSB_THREAD", "1")


with_thread = pytest.mark.usefixtures("thread")


@with_thread
@each_corner
@pytest.mark.parametrize("name", ["INT", "TERM", "HUP"])
# CEN is low from 20 ms to 120 ms on the way in.
@pytest.mark.parametrize("at", [25, 60, 110, 119, 121, 150])
def test_cen_is_high_after_a_signal_in_the_reset_pulse(bench, release, name, at):
    result = host(bench, release, "probe", chip="BK-SMALL", options=["--signal", f"{name}@ms:{at}"])
    assert result.status == 128 + signal.Signals[f"SIG{name}"]
    assert result.device("cen") == "high"


@with_thread
@each_corner
def test_signal_cuts_a_long_pulse_short(bench, release):
    result = host(bench, release, "probe", params="cen_low_ms=9000", chip="BK-SMALL",
                  options=["--signal", "TERM@ms:500"])
    assert result.status == 128 + signal.SIGTERM
    assert result.emulated_ms < 1000


@with_thread
@each_corner
def test_signal_on_the_way_out_lets_the_pulse_end(bench, release):
    whole = host(bench, release, "probe", chip="BK-SMALL")
    lows = [float(line.split(" ", 1)[0]) / 1000 for line in whole.record if line.endswith(" cen low")]
    result = host(bench, release, "probe", chip="BK-SMALL", options=["--signal", f"INT@ms:{int(lows[-1]) + 30}"])
    assert result.status == 128 + signal.SIGINT
    assert result.device("cen") == "high" and result.device("cen_pulses") == "2"


@pytest.fixture(name="pulses", scope="module")
def the_pulses(tmp_path_factory):
    """When CEN falls and rises in a probe, in ms."""
    record = host(Bench(tmp_path_factory.mktemp("pulses")), "flashrom-1.8.0", "probe", chip="BK-SMALL").record
    return [float(line.split(" ", 1)[0]) / 1000 for line in record if line.endswith((" cen low", " cen high"))][-4:]


@with_thread
@pytest.mark.skipif(bool(WRAP), reason="takes minutes under valgrind")
@pytest.mark.parametrize("moment", range(50))
def test_cen_is_high_after_ctrl_c_at_fifty_moments_of_both_pulses(bench, pulses, moment):
    """libusb's own thread takes a signal that the driver's thread would only block."""
    low, high = pulses[:2] if moment < 25 else pulses[2:]
    at = int(low + (high - low) * (moment % 25 + 0.5) / 25)
    result = host(bench, "flashrom-1.8.0", "probe", chip="BK-SMALL", options=["--signal", f"INT@ms:{at}"])
    assert result.status == 128 + signal.SIGINT
    assert result.device("cen") == "high"


# ---- at any moment of a write ----

def files(bench):
    chip, size = SMALL_CMP
    return chip, bench.random_file("die.bin", size, 1), bench.random_file("new.bin", size, 2)


def write(bench, release, **options):
    chip, die, image = files(bench)
    result = host(bench, release, "write", image, chip=chip, flash=die, **options)
    return result, die.read_bytes() == image.read_bytes()


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    """Transfers and emulated time of a write that nothing disturbs; one release
    stands for all, as what is sent is the engine's business."""
    result, written = write(Bench(tmp_path_factory.mktemp("healthy")), "flashrom-1.8.0")
    assert result.status == 0 and written
    return int(result.device("transfers")), result.emulated_ms


# The releases take turns: what happens then is the engine's business.
each_moment = pytest.mark.parametrize("number, release", [(n, CORNERS[n % len(CORNERS)]) for n in range(MOMENTS)])


def moments(upto, seed):
    return sorted(random.Random(seed).randrange(1, int(upto)) for _ in range(MOMENTS))


@each_moment
@pytest.mark.parametrize("name", ["TERM", "INT"])
def test_signal_at_a_random_transfer(bench, healthy, release, name, number):
    at = moments(healthy[0], 17)[number]
    result, written = write(bench, release, options=["--signal", f"{name}@transfer:{at}"])
    if at < healthy[0] - 50:
        assert result.status == 128 + signal.Signals[f"SIG{name}"], result.err
    assert result.status == 128 + signal.Signals[f"SIG{name}"] or (result.status == 0 and written), result.err
    assert result.device("cen") == "high"
    assert result.device("reset_while_busy") == "0"
    assert result.device("corrupted") == "0"


@each_moment
@pytest.mark.parametrize("name", ["TERM", "INT"])
def test_next_write_works_after_a_signal_at_a_random_time(bench, healthy, release, name, number):
    """The killed one leaves answers in the CH341A, the chip in SPI mode and
    the die at work; the next one has to find its way from there."""
    at = moments(healthy[1], 18)[number]
    chip, die, image = files(bench)
    program = host_of(release)
    twice = f"trap : {name}; '{program}' write new.bin; echo first=$?; '{program}' write new.bin"
    result = bench.run("sh", "-c", twice, chip=chip, flash=die, options=["--signal", f"{name}:group@ms:{at}"])
    assert result.status == 0, result.err
    assert f"first={128 + signal.Signals[f'SIG{name}']}" in result.out or "first=0" in result.out
    assert die.read_bytes() == image.read_bytes()
    assert result.device("cen") == "high" and result.device("dir") == "00"
    assert result.device("reset_while_busy") == "0"
    assert result.device("corrupted") == "0"


@each_moment
def test_unplugged_at_a_random_transfer(bench, healthy, release, number):
    at = moments(healthy[0], 19)[number]
    result, written = write(bench, release, settings=[f"unplug_at_transfer={at}"])
    assert result.status != 0 or written, "a failed write never exits 0"
    if at < healthy[0] - 10:
        assert result.status in (1, 2)
        assert "unplugged" in result.err
    assert result.emulated_ms < healthy[1] + 30000

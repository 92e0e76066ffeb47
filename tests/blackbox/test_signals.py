# SPDX-License-Identifier: GPL-2.0-or-later
"""Ctrl-C, kill and a pulled plug, at any moment."""
import random
import re
import signal

import pytest

from beken_bench import WRAP, Bench, environment
from serprog_client import SERPROG_CLIENT

SIZE = 128 << 10
# Under valgrind a run takes ten seconds.
MOMENTS = 3 if WRAP else 20
SIGNAL_STATUS = {"TERM": 128 + signal.SIGTERM, "INT": 128 + signal.SIGINT}


def write(bench, options=(), settings=(), params="", seed=1):
    die = bench.random_file("die.bin", SIZE, 1)
    image = bench.random_file("new.bin", SIZE, 2)
    result = bench.flashrom("-w", image, chip="BK-SMALL-CMP", flash=die, options=options,
                            settings=[f"seed={seed}", *settings], params=params)
    return result, die.read_bytes() == image.read_bytes()


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    """Transfers and emulated time of a write that nothing disturbs."""
    result, written = write(Bench(tmp_path_factory.mktemp("healthy")))
    assert result.status == 0 and written
    return int(result.device("transfers")), result.emulated_ms


def moments(upto, seed):
    return sorted(random.Random(seed).randrange(1, upto) for _ in range(MOMENTS))


@pytest.mark.parametrize("name", SIGNAL_STATUS)
@pytest.mark.parametrize("number", range(MOMENTS))
def test_signal_at_a_random_transfer(bench, healthy, name, number):
    at = moments(healthy[0], 7)[number]
    result, written = write(bench, options=["--signal", f"{name}@transfer:{at}"])
    # After the last answer of flashrom the signal comes too late to matter.
    if at < healthy[0] - 50:
        assert result.status == SIGNAL_STATUS[name], result.err
    assert result.status == SIGNAL_STATUS[name] or (result.status == 0 and written), result.err
    # What has begun is finished: the chip is reset, the pins float.
    assert result.device("wip") == "0"
    assert result.device("dir") == "00"
    assert result.device("corrupted") == "0"


@pytest.mark.parametrize("name", SIGNAL_STATUS)
@pytest.mark.parametrize("number", range(MOMENTS))
def test_signal_at_a_random_time(bench, healthy, name, number):
    at = moments(int(healthy[1]), 8)[number]
    result, written = write(bench, options=["--signal", f"{name}:group@ms:{at}"])
    assert result.status in (SIGNAL_STATUS[name], 130, 143) or (result.status == 0 and written), result.err
    assert result.device("wip") == "0"
    assert result.device("corrupted") == "0"


@pytest.mark.parametrize("number", range(MOMENTS))
def test_unplugged_at_a_random_transfer(bench, healthy, number):
    at = moments(healthy[0], 9)[number]
    result, written = write(bench, settings=[f"unplug_at_transfer={at}"])
    assert result.status != 0 or written, "a failed write never exits 0"
    if at < healthy[0] - 10:
        assert result.status != 0
        assert "unplugged" in result.message
    assert result.emulated_ms < healthy[1] + 30000


@pytest.mark.parametrize("number", range(min(5, MOMENTS)))
def test_killed_while_reading_with_keep_stays_in_spi_mode(bench, healthy, number):
    at = moments(healthy[0] // 4, 10)[number] + 300
    die = bench.random_file("die.bin", SIZE, 1)
    result = bench.flashrom("-r", "out.bin", chip="BK-SMALL-CMP", flash=die, params="leave=keep",
                            options=["--signal", f"TERM@transfer:{at}"])
    assert result.status in (143, 0)
    assert result.device("state") == "flash"


def test_signal_while_the_chip_is_in_reset(bench):
    # Probing costs 1 s in flashrom; CEN is low from then for 5 s.
    result = bench.flashrom(chip="BK-SMALL-CMP", params="cen_low_ms=5000", options=["--signal", "TERM@ms:3000"])
    assert result.status == 143, result.err
    assert result.device("cen") == "high"
    assert result.emulated_ms < 4000


def test_endless_attempts_end_with_a_signal(bench):
    result = bench.flashrom(chip="BK-SMALL-CMP", params="attempts=0", settings=["fused=yes"],
                            options=["--signal", "INT@ms:60000"])
    assert result.status == 130
    assert int(re.search(r"(\d+) attempts failed: no sign of the chip", result.message)[1]) > 30
    assert result.emulated_ms < 62000


def test_signal_during_a_chip_erase_waits_for_the_die(bench):
    # A tool that erases the chip by one command and is killed in the middle.
    result = bench.flashrom("-E", chip="BK-SMALL", options=["--signal", "TERM@ms:1900"],
                            settings=["tse_ms=300", "tbe64_ms=3000", "tbe32_ms=1500"])
    assert result.status == 143
    assert result.device("wip") == "0" and result.device("corrupted") == "0"


@pytest.mark.skipif(bool(WRAP), reason="the signal goes to the wrapped launcher only")
def test_killed_flashrom_ends_the_launcher(bench):
    """flashrom dies by itself, the launcher leaves the chip and says so."""
    die = bench.random_file("die.bin", SIZE, 1)
    script = bench.path("flashrom-that-dies")
    script.write_text("#!/bin/sh\n/usr/sbin/flashrom \"$@\" &\npid=$!\nsleep 2\nkill -KILL $pid\nkill -KILL $$\n")
    script.chmod(0o755)
    result = bench.flashrom("-w", bench.random_file("new.bin", SIZE, 2), chip="BK-SMALL-CMP", flash=die,
                            env=dict(environment(), FLASHROM=str(script)))
    assert result.status == 128 + signal.SIGKILL
    assert result.device("wip") == "0" and result.device("dir") == "00"


def test_late_failure_turns_success_into_exit_2(bench):
    """The last page fails after flashrom has gone: a client that never looks."""
    script = bench.path("client")
    script.write_text(SERPROG_CLIENT + """
def spi(out, n=0):
    return op(bytes([0x13, len(out), 0, 0, n, 0, 0]) + out if len(out) < 256 else
              bytes([0x13, len(out) & 255, len(out) >> 8, 0, n, 0, 0]) + out, 1 + n)
assert op(b"\\x15\\x01") == b"\\x06"
assert spi(b"\\x06") == b"\\x06"
assert spi(b"\\x20\\x00\\x00\\x00") == b"\\x06"
assert spi(b"\\x06") == b"\\x06"
assert spi(b"\\x02\\x00\\x00\\x00" + bytes(256)) == b"\\x06"
os._exit(0)
""")
    script.chmod(0o755)
    env = dict(environment(), FLASHROM=str(script))
    good = bench.flashrom(chip="BK-SMALL-CMP", env=env)
    assert good.status == 0, good.err
    assert good.device("programs") == "1" and good.device("erases") == "1"
    bad = bench.flashrom(chip="BK-SMALL-CMP", env=env, settings=["wip_stuck=program"])
    assert bad.status == 2
    assert "although flashrom has finished" in bad.message

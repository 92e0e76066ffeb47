# SPDX-License-Identifier: GPL-2.0-or-later
"""The driver on an adapter that does not carry out queued frames in order, and what it costs to send each alone."""
import pytest

from beken_bench import WRAP
from figures import figure
from hosts import host

RELEASE = "flashrom-1.8.0"
SIZE = 2 << 20
ALONE = "From now on each frame is sent alone, as with pipeline=no"


@pytest.fixture(name="files")
def two_files(bench):
    return bench.image("die.bin", "bk7231t", "2M"), bench.random_file("new.bin", SIZE, 2)


def run(bench, die, *arguments, settings=(), params=""):
    result = host(bench, RELEASE, *arguments, chip="BK7231T", flash=die, settings=settings, params=params, record=False)
    assert result.status == 0, result.err
    return result


@pytest.mark.skipif(bool(WRAP), reason="takes minutes under valgrind")
def test_strict_board_reads_erases_and_writes_2_mib(bench, files):
    die, image = files
    old = die.read_bytes()
    strict = ["board=strict"]
    assert ALONE in run(bench, die, "probe", settings=strict).err
    assert ALONE in run(bench, die, "read", "out.bin", settings=strict).err
    assert bench.path("out.bin").read_bytes() == old
    run(bench, die, "erase", settings=strict)
    assert set(die.read_bytes()) == {0xff}
    run(bench, die, "write", image, settings=strict)
    assert die.read_bytes() == image.read_bytes()
    run(bench, die, "verify", image, settings=strict)


@pytest.mark.skipif(bool(WRAP), reason="emulated time is the same under valgrind")
@pytest.mark.parametrize("latency, read_limit, write_limit", [(50, 1.01, 1.10), (330, 1.01, 1.40)])
def test_what_frames_alone_cost(bench, files, latency, read_limit, write_limit):
    die, image = files
    took = {}
    for params in ("pipeline=auto", "pipeline=no"):
        die.write_bytes(b"\xff" * SIZE)
        settings = [f"latency_us={latency}"]
        took["write", params] = run(bench, die, "write", image, settings=settings, params=params).emulated_ms
        took["read", params] = run(bench, die, "read", "out.bin", settings=settings, params=params).emulated_ms
    costs = {what: took[what, "pipeline=no"] / took[what, "pipeline=auto"] for what in ("read", "write")}
    figure(f"latency {latency} us: without the pipeline a read of 2 MiB takes {100 * (costs['read'] - 1):+.1f} %, "
           f"a write {100 * (costs['write'] - 1):+.1f} %")
    assert costs["read"] < read_limit and costs["write"] < write_limit

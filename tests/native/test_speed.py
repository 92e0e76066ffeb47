# SPDX-License-Identifier: GPL-2.0-or-later
"""speed.py in short: the ratios on dies of different speed, without flashrom's own driver."""
import pytest

import speed
from beken_bench import WRAP


@pytest.mark.skipif(bool(WRAP), reason="nothing is timed under valgrind but emulated time, which is the same")
@pytest.mark.parametrize("tpp, latency", [(700, latency) for latency in speed.LATENCIES] +
                         [(tpp, 1000) for tpp in (400, 500, 600, 850, 2000)])
def test_close_to_what_the_chips_allow(tmp_path, tpp, latency):
    options = speed.parse(["--latency", str(latency), "--tpp", str(tpp), "--without-stock"])
    _, write, read, *_ = next(speed.measure(options, tmp_path))
    assert write <= speed.WRITE_LIMIT
    assert read <= speed.READ_LIMIT

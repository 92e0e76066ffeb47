# SPDX-License-Identifier: GPL-2.0-or-later
"""flashrom has no signal handlers: the driver itself sees to CEN."""
import signal

import pytest

from test_native import bench, each_corner, host  # noqa: F401


@each_corner
@pytest.mark.parametrize("name", ["INT", "TERM", "HUP"])
# CEN is low from 20 ms to 120 ms on the way in.
@pytest.mark.parametrize("at", [25, 60, 110, 119, 121, 150])
def test_cen_is_high_after_a_signal_in_the_reset_pulse(bench, release, name, at):
    result = host(bench, release, "probe", chip="BK-SMALL", options=["--signal", f"{name}@ms:{at}"])
    assert result.status == 128 + signal.Signals[f"SIG{name}"]
    assert result.device("cen") == "high"


@each_corner
def test_signal_cuts_a_long_pulse_short(bench, release):
    result = host(bench, release, "probe", params="cen_low_ms=9000", chip="BK-SMALL",
                  options=["--signal", "TERM@ms:500"])
    assert result.status == 128 + signal.SIGTERM
    assert result.emulated_ms < 1000


@each_corner
def test_signal_on_the_way_out_lets_the_pulse_end(bench, release):
    whole = host(bench, release, "probe", chip="BK-SMALL")
    lows = [float(line.split(" ", 1)[0]) / 1000 for line in whole.record if line.endswith(" cen low")]
    result = host(bench, release, "probe", chip="BK-SMALL", options=["--signal", f"INT@ms:{int(lows[-1]) + 30}"])
    assert result.status == 128 + signal.SIGINT
    assert result.device("cen") == "high" and result.device("cen_pulses") == "2"

# SPDX-License-Identifier: GPL-2.0-or-later
"""A signal in a reset pulse of the native driver, with the real libusb, whose own thread takes signals as well."""
import pytest

from programmers import random_file

PULSE_MS = 3000


@pytest.mark.parametrize("name, seconds", [("TERM", 1), ("HUP", 2), ("TERM", PULSE_MS / 1000 + 2)])
def test_cen_is_high_after_a_signal_in_a_pulse(machine, plug, tmp_path, name, seconds):
    programmers = plug("BK-SMALL", [], [random_file(tmp_path / "die.bin", 64 << 10, 1)])
    programmers.attach()
    # SIGINT is ignored in what a shell runs in the background.
    result = machine.run(f"""host-flashrom-1.8.0 -p cen_low_ms={PULSE_MS} probe & pid=$!
        usleep {int(seconds * 1000000)}; kill -{name} $pid; wait $pid; echo ended with $?""", limit=60)
    seen = programmers.end()
    assert f"ended with {128 + {'TERM': 15, 'HUP': 1}[name]}" in result.out, result.out + result.err
    lines = seen.events("usb", "cen")
    end = max(number for number, line in enumerate(lines) if line in ("usb reset", "usb unplug"))
    levels = [line for line in lines[:end] if line.startswith("cen")]
    assert "cen low" in levels and levels[-1] == "cen high"
    assert levels.count("cen low") == (2 if seconds > PULSE_MS / 1000 else 1), "the signal came in the pulse"

# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever starts the tests, programs under test have the default disposition of each signal."""
import pathlib
import re
import subprocess
import sys

import pytest

PYTEST = [sys.executable, "-m", "pytest", "-q", f"{pathlib.Path(__file__)}::test_no_signal_is_ignored"]


def test_no_signal_is_ignored():
    status = subprocess.run(["cat", "/proc/self/status"], capture_output=True, text=True, check=True).stdout
    assert int(re.search(r"^SigIgn:\s*([0-9a-f]+)$", status, re.MULTILINE)[1], 16) == 0


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "xdist"])
@pytest.mark.parametrize("starter", [
    ["nohup"],
    ["sh", "-c", 'trap "" HUP INT QUIT TERM TSTP USR1 CHLD; exec "$@"', "sh"],
    ["sh", "-c", '"$@" & wait $!', "sh"],
], ids=["nohup", "trap", "background job"])
def test_it_holds_under(starter, workers):
    process = subprocess.run([*starter, *PYTEST, *workers], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             timeout=120, check=False)
    assert process.returncode == 0, process.stdout + process.stderr
    assert "1 passed" in process.stdout

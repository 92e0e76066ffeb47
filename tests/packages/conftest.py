# SPDX-License-Identifier: GPL-2.0-or-later
"""Environment: BEKEN_BUILD is the build folder, which has the emulator. What is
made here lies in its folder "packages"."""
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import matrix  # noqa: E402  pylint: disable=wrong-import-position

TREE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BEKEN_BUILD", "build")).resolve()
WORK = BUILD / "packages"


@pytest.fixture(scope="session")
def tree():
    return TREE


@pytest.fixture(scope="session")
def build():
    return BUILD


@pytest.fixture(scope="session")
def work():
    WORK.mkdir(parents=True, exist_ok=True)
    return WORK


def need(*programs):
    """Skips the test if one of them is not installed."""
    for program in programs:
        if not shutil.which(program):
            pytest.skip(f"there is no {program}")


@pytest.fixture(scope="session")
def covered():
    return matrix


@pytest.fixture(scope="session")
def run():
    """Runs a command, which must succeed; gives what it has printed."""
    def run_it(*argv, cwd=TREE, env=None, status=0):
        process = subprocess.run([str(arg) for arg in argv], cwd=cwd,
                                 env={**os.environ, "XDG_STATE_HOME": str(WORK / "state"), **(env or {})},
                                 capture_output=True, text=True, errors="replace", timeout=300,
                                 stdin=subprocess.DEVNULL, check=False)
        assert process.returncode == status, f"{argv}: {process.stdout}{process.stderr}"
        return process.stdout
    return run_it

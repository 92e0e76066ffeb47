# SPDX-License-Identifier: GPL-2.0-or-later
"""What is made here lies in the folder "packages" of the build folder."""
import os
import subprocess

import pytest

import matrix
from beken_bench import BUILD, TREE

WORK = BUILD / "packages"
# Shared with tests/fresh, and too large for each build folder.
ROOTS = TREE / "build/roots"


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

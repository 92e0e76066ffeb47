# SPDX-License-Identifier: GPL-2.0-or-later
"""Traces of the emulated wires: are they right, and what do others read in them?

Environment: BEKEN_BUILD is the build folder.
"""
import os
import pathlib
import shutil
import subprocess

import pytest

from record import Record

BUILD = pathlib.Path(os.environ.get("BEKEN_BUILD", "build")).resolve()
EMU = str(BUILD / "beken-emu")
LAUNCHER = str(BUILD / "flashrom")
LIMIT_S = 120


class Result:
    def __init__(self, process, folder):
        self.status = process.returncode
        self.out = process.stdout
        self.err = process.stderr
        self.trace_path = folder / "trace.vcd"
        self.record_path = folder / "record.txt"
        lines = (folder / "report.txt").read_text().splitlines() if (folder / "report.txt").exists() else []
        self.report = dict(line.split(" ", 1) for line in lines)

    def record(self, **options):
        return Record(self.record_path, **options)

    @property
    def end_ns(self):
        """The emulated time at the end, rounded to us as the report has it."""
        return round(float(self.report["emulated_ms"]) * 1e6)


class Bench:
    def __init__(self, folder):
        self.folder = folder

    def run(self, *command, chip=None, settings=(), options=(), trace="trace.vcd"):
        argv = [EMU, "run", "--timeout", str(LIMIT_S), "--report", "report.txt", "--record", "record.txt"]
        if trace:
            argv += ["--trace", str(trace)]
        if chip:
            argv += ["--chip", chip]
        for setting in settings:
            argv += ["--set", setting]
        env = dict(os.environ, LC_ALL="C", PATH=f"{os.environ['PATH']}:/usr/sbin",
                   XDG_STATE_HOME=str(self.folder / "state"))
        argv += [*options, "--", *map(str, command)]
        process = subprocess.run(argv, cwd=self.folder, env=env, capture_output=True, text=True,
                                 errors="replace", timeout=LIMIT_S + 30, check=False)
        return Result(process, self.folder)


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def stock_flashrom():
    path = shutil.which("flashrom", path=f"{os.environ['PATH']}:/usr/sbin")
    assert path, "flashrom is missing"
    return path

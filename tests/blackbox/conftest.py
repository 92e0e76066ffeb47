# SPDX-License-Identifier: GPL-2.0-or-later
"""The product as a user runs it: `flashrom -p ch341a_beken ...` on the emulator.

Environment: BEKEN_BUILD is the build folder; BEKEN_WRAP, if set, is a command
(such as valgrind with options) to put before the launcher.
"""
import os
import pathlib
import random
import shlex
import signal
import subprocess
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import matrix  # noqa: E402  pylint: disable=wrong-import-position

# A shell without job control starts background jobs with these ignored, and so
# would every program below be; a user's are not.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)

BUILD = pathlib.Path(os.environ.get("BEKEN_BUILD", "build")).resolve()
WRAP = shlex.split(os.environ.get("BEKEN_WRAP", ""))
EMU = str(BUILD / "beken-emu")
FLASHROM = str(BUILD / "flashrom")
# Above anything a healthy run needs: under valgrind on a slow machine a write
# of 4 MiB takes minutes of real time; nothing takes more emulated time than
# waiting for a chip erase that never ends.
REAL_LIMIT = 900 if WRAP else 240
EMULATED_LIMIT = 1200
# Where the launcher notes down backups; never the user's own. Goes with the tests.
STATE = tempfile.TemporaryDirectory(prefix="beken-state-")
# What a sanitizer or valgrind says when it has found something.
ALARMS = ("AddressSanitizer", "LeakSanitizer", "runtime error:", "== ERROR SUMMARY", "Invalid read",
          "Invalid write", "uninitialised")
# The start of a script in flashrom's place. op(): sends bytes to the programmer, and returns its answer of n.
SERPROG_CLIENT = """#!/usr/bin/python3
import os, sys
dev = next(a.split("serprog:dev=")[1] for a in sys.argv if "serprog:dev=" in a)
fd = os.open(dev, os.O_RDWR | os.O_NOCTTY)
def op(data, n=1):
    os.write(fd, data)
    got = b""
    while len(got) < n:
        got += os.read(fd, n - len(got))
    return got
"""


class Result:
    """What a run has printed, and what the emulator has seen of it."""

    def __init__(self, process, report, record):
        self.status = process.returncode
        self.out = process.stdout
        self.err = process.stderr
        self.report = report
        self.record = record

    def device(self, key, number=0):
        return self.report.get(f"device{number}.{key}")

    def opcodes(self, number=0):
        """How often each opcode reached the die, by two hex digits."""
        prefix = f"device{number}.opcode."
        return {key[len(prefix):]: int(value) for key, value in self.report.items() if key.startswith(prefix)}

    def events(self, start, number=0):
        """The lines of the record that start so, without time and device."""
        lines = (line.split(" ", 2) for line in self.record)
        return [rest for _, device, rest in lines if int(device) == number and rest.startswith(start)]

    @property
    def emulated_ms(self):
        return float(self.report["emulated_ms"])

    @property
    def proposals(self):
        """The command lines that we have said, but for the one that makes a backup before a first write."""
        lines = self.message.splitlines()
        return [line[4:] for before, line in zip(["", *lines], lines)
                if line.startswith("    ") and "on record" not in before]

    @property
    def message(self):
        """What our side has said, without the prefix."""
        prefix = "ch341a_beken: "
        return "\n".join(line.split(prefix, 1)[1] for line in self.err.splitlines() if prefix in line)


class Bench:
    def __init__(self, folder):
        self.folder = folder

    def path(self, name):
        return self.folder / name

    def random_file(self, name, size, seed):
        path = self.path(name)
        path.write_bytes(random.Random(seed).randbytes(size))
        return path

    def run(self, *command, chip=None, settings=(), flash=None, options=(), env=None, record=True):
        """Runs a command under the emulator."""
        report, events = self.path("report.txt"), self.path("record.txt")
        argv = [EMU, "run", "--report", str(report), "--timeout", str(REAL_LIMIT),
                "--timeout-emulated", str(EMULATED_LIMIT)]
        if record:
            argv += ["--record", str(events)]
        if chip:
            argv += ["--chip", chip]
        for setting in settings:
            argv += ["--set", setting]
        if flash:
            argv += ["--flash", str(flash)]
        argv += [*options, "--", *map(str, command)]
        process = subprocess.run(argv, cwd=self.folder, capture_output=True, text=True, errors="replace",
                                 timeout=REAL_LIMIT + 60, env=env or environment(), check=False)
        lines = report.read_text().splitlines() if report.exists() else []
        values = dict(line.split(" ", 1) for line in lines)
        seen = events.read_text().splitlines() if record and events.exists() else []
        result = Result(process, values, seen)
        for alarm in ALARMS:
            assert alarm not in result.err, result.err
        assert result.status not in (124, 125), f"emulator: {result.status}\n{result.err}"
        return result

    def flashrom(self, *arguments, params="", **options):
        """flashrom -p ch341a_beken[:params] ARGUMENTS"""
        programmer = "ch341a_beken" + (":" + params if params else "")
        result = self.run(*WRAP, FLASHROM, "-p", programmer, *arguments, **options)
        if result.report:
            assert_pins_are_safe(result)
        return result


def environment(**more):
    """The caller's, with our flashrom first on PATH."""
    env = dict(os.environ, LC_ALL="C", XDG_STATE_HOME=STATE.name)
    env.update(more)
    env.pop("FLASHROM", None)
    env["PATH"] = f"{BUILD}:{os.environ['PATH']}:/usr/sbin"
    return env


def assert_pins_are_safe(result):
    """CEN is high at the end of every run, and the die was never reset while busy."""
    for key, value in result.report.items():
        if key.endswith(".cen"):
            assert value == "high", "CEN is left low\n" + result.err
        if key.endswith(".reset_while_busy"):
            assert value == "0", "the chip was reset while its die was busy\n" + result.err


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Notes what test_chips.py has tried; its functions say what each shows."""
    outcome = yield
    operation = getattr(item.function, "operation", None)
    if call.when == "call" and operation and not WRAP:
        matrix.note("flashrom + launcher", "preload", item.callspec.params["chip"], operation,
                    outcome.get_result().passed)

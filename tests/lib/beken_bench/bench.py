# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands under `beken-emu run`, in a folder of their own."""
import random
import subprocess

from .build import EMU, FLASHROM, MKIMAGE, TOOL, WRAP, environment
from .checks import assert_no_alarm, assert_pins_are_safe, assert_safe
from .results import Result

# Above anything a healthy run needs: under valgrind on a slow machine a write
# of 4 MiB takes minutes of real time; nothing takes more emulated time than
# waiting for a chip erase that never ends.
REAL_LIMIT = 900 if WRAP else 240
EMULATED_LIMIT = 1200
# The emulator's own exit statuses: out of time, and failed.
EMULATOR_FAILED = (124, 125)


def emulator_settings(chip=None, settings=()):
    """The options of beken-emu for a chip and for key=value settings."""
    return [*(["--chip", chip] if chip else []), *(word for setting in settings for word in ("--set", setting))]


class Bench:
    result_class = Result

    def __init__(self, folder):
        self.folder = folder

    def path(self, name):
        return self.folder / name

    def random_file(self, name, size, seed):
        path = self.path(name)
        path.write_bytes(random.Random(seed).randbytes(size))
        return path

    def image(self, name, chip, size):
        """An image as on a chip that works."""
        subprocess.run([MKIMAGE, "--chip", chip, "--size", size, name], cwd=self.folder, check=True)
        return self.path(name)

    def run_any(self, *command, chip=None, settings=(), flash=None, options=(), env=None, record=True):
        """Runs a command under the emulator, which may fail itself."""
        report, events = self.path("report.txt"), self.path("record.txt")
        argv = [EMU, "run", "--report", str(report), "--timeout", str(REAL_LIMIT),
                "--timeout-emulated", str(EMULATED_LIMIT)]
        if record:
            argv += ["--record", str(events)]
        argv += emulator_settings(chip, settings)
        if flash:
            argv += ["--flash", str(flash)]
        argv += [*options, "--", *map(str, command)]
        process = subprocess.run(argv, cwd=self.folder, capture_output=True, text=True, errors="replace",
                                 timeout=REAL_LIMIT + 60, env=env or environment(), check=False)
        result = self.result_class(process, report, events if record else None)
        assert_no_alarm(result.err)
        return result

    def run(self, *command, **options):
        """Runs a command under the emulator; options as of run_any()."""
        result = self.run_any(*command, **options)
        assert result.status not in EMULATOR_FAILED, f"emulator: {result.status}\n{result.err}"
        return result

    def flashrom(self, *arguments, params="", **options):
        """flashrom -p ch341a_beken[:params] ARGUMENTS"""
        programmer = "ch341a_beken" + (":" + params if params else "")
        result = self.run(*WRAP, FLASHROM, "-p", programmer, *arguments, **options)
        assert_pins_are_safe(result)
        return result

    def tool(self, *arguments, **options):
        """ch341a-beken ARGUMENTS"""
        result = self.run(*WRAP, TOOL, *arguments, **options)
        assert_safe(result)
        return result


class SteadyBench(Bench):
    """For machines that are busy with other things.

    Between flashrom and the launcher lies a pty, whose bytes a kernel worker
    carries. Where that waits for a CPU, all processes look asleep, the emulated
    clock runs on, and flashrom gives up before it has begun. Such a run has not
    touched the CH341A; it is repeated.
    """

    OUT_OF_STEP = ("NAK to query interface version", "cannot synchronize protocol")
    ATTEMPTS = 4

    def run(self, *command, **options):
        for _ in range(self.ATTEMPTS):
            result = super().run(*command, **options)
            if not self._is_out_of_step(result):
                break
        return result

    def _is_out_of_step(self, result):
        texts = [result.err]
        if self.path("enter.txt").exists():
            texts.append(self.path("enter.txt").read_text(errors="replace"))
        return result.device("transfers") == "0" and any(sign in text for sign in self.OUT_OF_STEP for text in texts)

# SPDX-License-Identifier: GPL-2.0-or-later
"""`beken-emu usbip`: boards for whoever speaks USB/IP."""
import pathlib
import signal
import subprocess
import time

from .bench import emulator_settings
from .build import EMU
from .checks import assert_no_alarm
from .results import Seen, read_record, read_report

LIMIT_S = 30


class Server(Seen):
    """A running server on a free port of loopback, and what it leaves behind in a folder."""

    def __init__(self, folder, settings=(), options=(), chip=None):
        self.folder = folder
        self.report_path, self.record_path = folder / "report.txt", folder / "record.txt"
        self.stderr_path = folder / "stderr.txt"
        argv = [EMU, "usbip", "--listen", "127.0.0.1:0", "--report", str(self.report_path),
                "--record", str(self.record_path), *options, *emulator_settings(chip, settings)]
        with open(self.stderr_path, "w", encoding="utf-8") as stderr:
            self.process = subprocess.Popen(argv, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=stderr, text=True)
        first = self.process.stdout.readline()
        assert first.startswith("listening on 127.0.0.1:"), first + self.err
        self.port = int(first.split(":")[1])

    @property
    def report(self):
        return read_report(self.report_path)

    @property
    def record(self):
        return read_record(self.record_path)

    @property
    def err(self):
        return self.stderr_path.read_text(encoding="utf-8")

    def line(self):
        """The next line on stdout."""
        return self.process.stdout.readline().rstrip("\n")

    def command(self, line):
        """For --control -."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def wait_for(self, what, expected):
        """Waits until what() is as expected."""
        end = time.monotonic() + LIMIT_S
        while (got := what()) != expected:
            assert time.monotonic() < end, f"{got!r}, not {expected!r}"
            time.sleep(0.01)

    def wait_for_message(self, text):
        self.wait_for(lambda: text in self.err, True)

    def memory_kb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(status.split("VmRSS:")[1].split()[0])

    def stop(self, number=signal.SIGTERM):
        """Ends it; returns the exit status."""
        if self.process.returncode is None:
            if number:
                self.process.send_signal(number)
            self.out = self.process.communicate(timeout=LIMIT_S)[0]
        assert_no_alarm(self.err)
        return self.process.returncode

    def kill(self):
        """If it still runs. Frees what belongs to it here."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stdin.close()

# SPDX-License-Identifier: GPL-2.0-or-later
"""`beken-emu usbip` with clients that know the protocol only.

Environment: BEKEN_BUILD is the build folder.
"""
import os
import pathlib
import signal
import subprocess
import time

import pytest

from usbip_client import Device, Programmer, device_list

BUILD = pathlib.Path(os.environ.get("BEKEN_BUILD", "build")).resolve()
EMU = str(BUILD / "beken-emu")
LIMIT_S = 30
# What a sanitizer says when it has found something.
ALARMS = ("AddressSanitizer", "LeakSanitizer", "runtime error:")


class Server:
    """A running server, and what it leaves behind."""

    def __init__(self, folder, settings=(), options=()):
        self.folder = folder
        self.report_path, self.record_path = folder / "report.txt", folder / "record.txt"
        self.stderr_path = folder / "stderr.txt"
        argv = [EMU, "usbip", "--listen", "127.0.0.1:0", "--report", str(self.report_path),
                "--record", str(self.record_path), *options]
        for setting in settings:
            argv += ["--set", setting]
        with open(self.stderr_path, "w", encoding="utf-8") as stderr:
            self.process = subprocess.Popen(argv, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=stderr, text=True)
        first = self.process.stdout.readline()
        assert first.startswith("listening on 127.0.0.1:"), first + self.err
        self.port = int(first.split(":")[1])

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

    def list(self):
        return device_list(self.port)

    def listed(self):
        """How many devices are on offer."""
        return int.from_bytes(self.list()[8:12], "big")

    def attach(self, busid="1-1", **more):
        return Device(self.port, busid, **more)

    def programmer(self, busid="1-1"):
        return Programmer(self.port, busid)

    def memory_kb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(status.split("VmRSS:")[1].split()[0])

    def stop(self, number=signal.SIGTERM):
        """Ends it; returns the exit status."""
        if self.process.returncode is None:
            if number:
                self.process.send_signal(number)
            self.out = self.process.communicate(timeout=LIMIT_S)[0]
        for alarm in ALARMS:
            assert alarm not in self.err, self.err
        return self.process.returncode

    def kill(self):
        """If it still runs. Frees what belongs to it here."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stdin.close()

    @property
    def report(self):
        return dict(line.split(" ", 1) for line in self.report_path.read_text(encoding="utf-8").splitlines())

    def events(self, start="", device=0):
        lines = (line.split(" ", 2) for line in self.record_path.read_text(encoding="utf-8").splitlines())
        return [rest for _, number, rest in lines if int(number) == device and rest.startswith(start)]


@pytest.fixture
def serve(tmp_path):
    """Starts servers: serve(SETTING..., options=[...])."""
    servers = []

    def start(*settings, options=()):
        folder = tmp_path / str(len(servers))
        folder.mkdir()
        servers.append(Server(folder, settings, options))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()


@pytest.fixture
def server(serve):
    """One with all defaults, that must survive the test in good health."""
    server = serve()
    yield server
    assert server.stop() == 0, server.err

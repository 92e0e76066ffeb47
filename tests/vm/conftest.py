# SPDX-License-Identifier: GPL-2.0-or-later
"""Emulated programmers on this machine, plugged into a real kernel in QEMU.

Environment: BEKEN_BUILD is the build folder; BEKEN_MATRIX, if set, is a file
that gets a line for each combination that has been tried.
"""
import contextlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import time

import pytest

import guest_image
from machine import QEMU, Machine

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from matrix import covers  # noqa: E402  pylint: disable=wrong-import-position

BUILD = pathlib.Path(os.environ.get("BEKEN_BUILD", "build")).resolve()
CACHE = BUILD / "vm-cache"
EMU = str(BUILD / "beken-emu")
# For what takes no time worth speaking of.
SHORT_LIMIT = 30


def version_of(package):
    """As Debian has it, without its own revision."""
    for file in (CACHE / "unpacked").read_text().splitlines():
        name, version, _ = file.split("_")
        if name == package:
            return version.split("%3a")[-1].split("-")[0]
    raise LookupError(package)


@pytest.fixture(scope="session")
def machine(tmp_path_factory):
    """One boot serves all tests."""
    if not shutil.which(QEMU):
        pytest.skip(f"no {QEMU} (Debian: package qemu-system-x86)")
    try:
        kernel, initramfs = guest_image.make(CACHE, BUILD)
    except guest_image.NotToBeHad as reason:
        pytest.skip(str(reason))
    guest = Machine(kernel, initramfs, tmp_path_factory.mktemp("guest"))
    yield guest
    guest.stop()


class Seen:
    """What the emulator says at its end."""

    def __init__(self, folder):
        lines = (folder / "report.txt").read_text().splitlines()
        self.report = dict(line.split(" ", 1) for line in lines)
        self.record = (folder / "record.txt").read_text().splitlines()

    def device(self, key, number=0):
        return self.report[f"device{number}.{key}"]

    def events(self, *starts, number=0):
        """The lines of the record that start with one of these words, without time and device."""
        lines = (line.split(" ", 2) for line in self.record)
        return [rest for _, device, rest in lines if int(device) == number and rest.split(" ")[0] in starts]


class Programmers:
    """A USB/IP server with emulated CH341As."""

    def __init__(self, machine, folder, chip, settings=(), flashes=()):
        self.machine = machine
        self.folder = folder
        command = [EMU, "usbip", "--listen", "127.0.0.1:0", "--clock", "fast", "--control", "-", "--chip", chip,
                   "--report", "report.txt", "--record", "record.txt"]
        for setting in settings:
            command += ["--set", setting]
        for number, flash in enumerate(flashes):
            command += ["--flash", f"{number}:{flash}"]
        self.log = folder / "emulator.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=log,
                                            stderr=subprocess.STDOUT, text=True)
        self.port = self._wait_for(r"^listening on 127\.0\.0\.1:(\d+)$")[1]

    def _wait_for(self, pattern):
        """A line that the emulator prints."""
        deadline = time.monotonic() + SHORT_LIMIT
        while True:
            ended = self.process.poll() is not None
            text = self.log.read_text()
            match = re.search(pattern, text, re.MULTILINE)
            if match:
                return match
            assert not ended and time.monotonic() < deadline, f"no \"{pattern}\" in:\n{text}"
            time.sleep(0.05)

    def attach(self, *busids):
        """Returns the names in the guest's /sys/bus/usb/devices."""
        result = self.machine.run(f"attach {self.port} {' '.join(busids or ['1-1'])}", limit=SHORT_LIMIT)
        assert result.status == 0, result.err
        return result.out.splitlines()

    def detach(self):
        result = self.machine.run("detach", limit=SHORT_LIMIT)
        assert result.status == 0, result.err

    def control(self, command):
        """unplug BUSID|all, plug BUSID|all"""
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def end(self):
        """Unplugs all, ends the server and tells what it has seen."""
        self.detach()
        self.process.terminate()
        status = self.process.wait(timeout=SHORT_LIMIT)
        assert status == 0, self.log.read_text()
        return Seen(self.folder)

    def clean_up(self):
        if self.process.poll() is None:
            self.machine.run("detach", limit=SHORT_LIMIT)
            self.process.kill()
            self.process.wait()
        self.process.stdin.close()


@contextlib.contextmanager
def server(machine, folder, chip, settings=(), flashes=()):
    programmers = Programmers(machine, folder, chip, settings, flashes)
    try:
        yield programmers
    finally:
        programmers.clean_up()


@pytest.fixture
def plug(machine, tmp_path):
    """plug(CHIP, settings, flashes): emulated programmers, for the guest to attach."""
    with contextlib.ExitStack() as started:
        yield lambda *arguments, **options: started.enter_context(server(machine, tmp_path, *arguments, **options))


def random_file(path, size, seed):
    path.write_bytes(random.Random(seed).randbytes(size))
    return path


def listed_boards(machine, **options):
    """What ch341a-beken says of the boards, and its exit status."""
    result = machine.run("ch341a-beken list --json", **options)
    return json.loads(result.out), result.status


def assert_left_well(seen):
    """CEN is high and the pins are released before the board is unplugged, and no reset has hurt the die.

    Unplugging resets the CH341A, so its last state proves nothing.
    """
    lines = seen.events("usb", "pins", "cen")
    end = max(number for number, line in enumerate(lines) if line in ("usb reset", "usb unplug"))
    cen = [line for line in lines[:end] if line.startswith("cen")]
    pins = [line for line in lines[:end] if line.startswith("pins")]
    assert cen[-1] == "cen high", "CEN is left low"
    assert pins[-1].endswith(" dir 00"), "pins are still driven"
    assert seen.device("reset_while_busy") == "0", "the chip was reset while its die was busy"


@pytest.fixture
def shared(machine, tmp_path):
    """A folder that the guest sees too."""
    folder = machine.folder / tmp_path.name
    folder.mkdir()
    return folder


def guest(path):
    """The guest's name of a file or folder in a shared one."""
    (root,) = (parent for parent in path.parents if (parent / "console").exists())
    return "/share/" + str(path.relative_to(root))


def covered(program, chip, operation):
    """Notes for the matrix whether what is done inside works."""
    return covers(f"flashrom {version_of('flashrom')} {program}", "usbip", chip, operation)

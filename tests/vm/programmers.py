# SPDX-License-Identifier: GPL-2.0-or-later
"""Emulated programmers on this machine, plugged into the kernel of the guest."""
import contextlib
import json
import random

from beken_bench import BUILD, Server
from matrix import covers

CACHE = BUILD / "vm-cache"
# For what takes no time worth speaking of.
SHORT_LIMIT = 30


def version_of(package):
    """As Debian has it, without its own revision."""
    for file in (CACHE / "unpacked").read_text().splitlines():
        name, version, _ = file.split("_")
        if name == package:
            return version.split("%3a")[-1].split("-")[0]
    raise LookupError(package)


class Programmers:
    """Emulated CH341As on a USB/IP server, which the guest attaches."""

    def __init__(self, machine, folder, chip, settings=(), flashes=()):
        self.machine = machine
        options = ["--clock", "fast", "--control", "-"]
        for number, flash in enumerate(flashes):
            options += ["--flash", f"{number}:{flash}"]
        self.server = Server(folder, settings, options, chip)

    def attach(self, *busids):
        """Returns the names in the guest's /sys/bus/usb/devices."""
        result = self.machine.run(f"attach {self.server.port} {' '.join(busids or ['1-1'])}", limit=SHORT_LIMIT)
        assert result.status == 0, result.err
        return result.out.splitlines()

    def detach(self):
        result = self.machine.run("detach", limit=SHORT_LIMIT)
        assert result.status == 0, result.err

    def control(self, command):
        """unplug BUSID|all, plug BUSID|all"""
        self.server.command(command)

    def end(self):
        """Unplugs all, ends the server and returns it, with what it has seen."""
        self.detach()
        assert self.server.stop() == 0, self.server.err
        return self.server

    def clean_up(self):
        if self.server.process.poll() is None:
            self.machine.run("detach", limit=SHORT_LIMIT)
        self.server.kill()


@contextlib.contextmanager
def server(machine, folder, chip, settings=(), flashes=()):
    programmers = Programmers(machine, folder, chip, settings, flashes)
    try:
        yield programmers
    finally:
        programmers.clean_up()


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


def guest(path):
    """The guest's name of a file or folder in a shared one."""
    (root,) = (parent for parent in path.parents if (parent / "console").exists())
    return "/share/" + str(path.relative_to(root))


def covered(program, chip, operation):
    """Notes for the matrix whether what is done inside works."""
    return covers(f"flashrom {version_of('flashrom')} {program}", "usbip", chip, operation)

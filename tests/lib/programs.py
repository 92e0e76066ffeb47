# SPDX-License-Identifier: GPL-2.0-or-later
"""flashrom and flashprog as Debian builds them, from several suites."""
import functools
import os
import platform
import subprocess

import pytest

from aptroot import AptRoot, Unavailable
from beken_bench import BUILD, PRELOAD
from need import not_to_be_had

# Beside the build folders, so that all of them share it.
CACHE = BUILD.parent / "build" / "releases"

# What each test is run with: the suite, the package and its program.
SOURCES = {
    "flashrom-bookworm": ("bookworm", "flashrom", "/usr/sbin/flashrom"),
    "flashrom-trixie": ("trixie", "flashrom", "/usr/sbin/flashrom"),
    "flashrom-sid": ("sid", "flashrom", "/usr/sbin/flashrom"),
    "flashprog-sid": ("sid", "flashprog", "/usr/bin/flashprog"),
    "imsprog-sid": ("sid", "imsprog", "/usr/bin/IMSProg"),
}
COMMANDS = [key for key in SOURCES if key != "imsprog-sid"]
each_program = pytest.mark.parametrize("program", COMMANDS, indirect=True)
imsprog = pytest.mark.parametrize("program", ["imsprog-sid"], indirect=True)
flashprog = pytest.mark.parametrize("program", ["flashprog-sid"], indirect=True)


class Program:
    def __init__(self, package, version, path, root=None):
        # Without Debian's epoch and revision.
        self.version = version.split(":")[-1].rsplit("-", 1)[0]
        self.release = tuple(int(part) for part in self.version.split("+")[0].split("~")[0].split(".")[:2])
        self.name = f"{package} {self.version}"
        self.package = package
        self.path = path
        self.root = root  # where its other files are; None: on the system itself


def _suite_of_this_machine():
    try:
        return platform.freedesktop_os_release().get("VERSION_CODENAME")
    except OSError:
        return None


def _installed(package, path):
    query = subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Status} ${Version}", package], capture_output=True,
                           text=True, check=False)
    status, _, version = query.stdout.partition(" ")
    return Program(package, version, path) if status == "installed" and os.path.exists(path) else None


def _must_start(program):
    """Our library in front of it, under a C library that may be older than ours."""
    # Without a display and without its plugins, so that it ends at once.
    env = dict(os.environ, LD_PRELOAD=PRELOAD, LC_ALL="C", QT_QPA_PLATFORM="none")
    process = subprocess.run([program.path, "--version"], capture_output=True, text=True, timeout=60, check=False,
                             env=env)
    if process.returncode == 127 or "cannot be preloaded" in process.stderr:
        raise Unavailable(f"it does not start here: {process.stderr.strip()}")


@functools.lru_cache(maxsize=None)
def unpacked(suite, package, path):
    """The Program, ready to run; or the Unavailable that says why there is none."""
    try:
        apt_root = AptRoot(suite, CACHE / f"{suite}-{package}")
        version = apt_root.unpack(package)[package]
        program = Program(package, version, str(apt_root.program(path)), apt_root.root)
        _must_start(program)
        return program
    except Unavailable as reason:
        return type(reason)(f"{package} of {suite}: {reason}")


def provide(key):
    """The Program of a key of SOURCES; ends the test, with the reason, if it cannot be had."""
    suite, package, path = SOURCES[key]
    if suite == _suite_of_this_machine():
        installed = _installed(package, path)
        if installed:
            return installed
    found = unpacked(suite, package, path)
    if isinstance(found, Unavailable):
        not_to_be_had(f"{package}/{suite}", found)
    return found

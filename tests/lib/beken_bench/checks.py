# SPDX-License-Identifier: GPL-2.0-or-later
"""What must hold after every run, and what a test needs to be run at all."""
import os
import shutil
import subprocess

import pytest

from .build import WRAP

# What a sanitizer or valgrind says when it has found something.
ALARMS = ("Sanitizer", "runtime error:", "== ERROR SUMMARY", "Invalid read", "Invalid write", "uninitialised")
large_die = pytest.mark.skipif(bool(WRAP), reason="large dies are not run under valgrind")


def assert_no_alarm(err):
    for alarm in ALARMS:
        assert alarm not in err, err


def assert_pins_are_safe(result):
    """CEN is high at the end of every run, and the die was never reset while busy."""
    for key, value in result.report.items():
        if key.endswith(".cen"):
            assert value == "high", "CEN is left low\n" + result.err
        if key.endswith(".reset_while_busy"):
            assert value == "0", "the chip was reset while its die was busy\n" + result.err


def assert_safe(result):
    """As above, and nothing is coloured."""
    assert_pins_are_safe(result)
    assert "\x1b" not in result.out + result.err, "no colours"


def assert_nothing_written(result):
    for key, value in result.report.items():
        if key.endswith(".dirty"):
            assert value == "no"
        if key.endswith((".programs", ".erases", ".wrsr")):
            assert value == "0", key


def can_mount():
    """In a mount namespace of its own."""
    return not os.geteuid() and shutil.which("unshare") and not subprocess.run(
        ["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False).returncode

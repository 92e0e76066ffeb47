# SPDX-License-Identifier: GPL-2.0-or-later
"""What a test needs of the machine.

tests/run.sh installs the packages, so a test that lacks one fails: a skip would
hide that it never runs. Where a package cannot be had, the variable BEKEN_WITHOUT
names it (with blanks between several), and what needs it is skipped. As for apt,
NAME/SUITE is a package of another suite than the machine's.
"""
import os
import shutil

import pytest

from machine_apt import NotHere


def lacking(package, why):
    """Ends a test for which something of a package is not there."""
    if package in os.environ.get("BEKEN_WITHOUT", "").split():
        pytest.skip(f"{why} (BEKEN_WITHOUT names {package})")
    pytest.fail(f"{why}. tests/run.sh installs {package}; if it cannot be had here, name it in BEKEN_WITHOUT.",
                pytrace=False)


def need(package, *programs):
    """Ends the test if one of these programs of a Debian package is not installed."""
    for program in programs:
        if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            lacking(package, f"there is no {program}")


def not_to_be_had(package, reason):
    """Ends a test for which an Unavailable was raised."""
    if isinstance(reason, NotHere):
        pytest.skip(str(reason))
    lacking(package, str(reason))

# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures that tests have measured, which tests/run.sh prints at its end.

The file is named by the environment variable BEKEN_FIGURES; without it they go to
standard output.
"""
import os


def figure(text):
    """One line. Several processes may do so."""
    path = os.environ.get("BEKEN_FIGURES")
    if not path:
        print(text)
        return
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(file, f"{text}\n".encode())
    finally:
        os.close(file)

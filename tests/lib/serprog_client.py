# SPDX-License-Identifier: GPL-2.0-or-later
"""Scripts in flashrom's place."""

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

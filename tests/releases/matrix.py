# SPDX-License-Identifier: GPL-2.0-or-later
"""What was covered: one line per program, transport, chip and operation.

Environment: BEKEN_MATRIX, if set, is the file that the lines are added to.
"""
import contextlib
import os


def note(program, transport, chip, operation, result):
    path = os.environ.get("BEKEN_MATRIX")
    if not path:
        return
    line = "\t".join((program, transport, chip, operation, result)) + "\n"
    # In one write, so that lines of several processes do not mix.
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(file, line.encode())
    finally:
        os.close(file)


@contextlib.contextmanager
def covers(program, transport, chip, *operations):
    """The operations went well if the block ends without an exception."""
    result = "failed"
    try:
        yield
        result = "ok"
    finally:
        for operation in operations:
            note(program, transport, chip, operation, result)

# SPDX-License-Identifier: GPL-2.0-or-later
"""What was tried with what: program, transport, chip, operation.

Tests note a combination each; run as a program, this prints them as a table.
The file is named by the environment variable BEKEN_MATRIX; without it nothing
is noted.
"""
import contextlib
import os
import sys

OPERATIONS = ["probe", "read", "write", "erase", "verify", "region"]


def note(program, transport, chip, operation, good):
    """To be called when the outcome is known. Several processes may do so."""
    path = os.environ.get("BEKEN_MATRIX")
    if not path:
        return
    line = "\t".join([program, transport, chip, operation, "ok" if good else "failed"]) + "\n"
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(file, line.encode())
    finally:
        os.close(file)


@contextlib.contextmanager
def covers(program, transport, chip, *operations):
    """The operations went well if the block ends without an exception."""
    good = False
    try:
        yield
        good = True
    finally:
        for operation in operations:
            note(program, transport, chip, operation, good)


def cells(lines):
    """{(program, transport, chip): {operation: [good, bad]}}"""
    rows = {}
    for line in lines:
        program, transport, chip, operation, outcome = line.rstrip("\n").split("\t")
        counts = rows.setdefault((program, transport, chip), {}).setdefault(operation, [0, 0])
        counts[outcome != "ok"] += 1
    return rows


def text(counts):
    if not counts:
        return "."
    good, bad = counts
    if bad:
        return f"{bad} FAILED" if not good else f"{bad} of {good + bad} FAILED"
    return "ok" if good == 1 else f"ok x{good}"


def table(rows):
    operations = OPERATIONS + sorted({name for row in rows.values() for name in row} - set(OPERATIONS))
    operations = [name for name in operations if any(name in row for row in rows.values())]
    yield ("program", "transport", "chip", *operations)
    for key in sorted(rows):
        yield (*key, *(text(rows[key].get(name)) for name in operations))


def print_table(lines, out):
    grid = list(table(cells(lines)))
    widths = [max(map(len, column)) for column in zip(*grid)]
    for row in grid:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip(), file=out)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as noted:
        print_table(noted, sys.stdout)

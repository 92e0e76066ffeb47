#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the programmer's table of dies and the patches that define chips from dies.csv.

    dies/generate.py            write them
    dies/generate.py --check    show how they differ from what is there; exit 1 if they do
"""
import argparse
import difflib
import pathlib
import sys

import c_table
import patch
import places
import table

C_TABLE = "programmer/engine/nor_dies.c"
PATCH = "patches/{}/0003-flashchips-add-dies-of-Beken-chips.patch"


def make_all(root):
    """Pairs of a path below root and the text that it should have."""
    data = root / "dies"
    dies = table.read_dies(data / "dies.csv")
    makers = table.read_makers(data / "makers.csv")
    yield C_TABLE, c_table.with_rows((root / C_TABLE).read_text(), dies)
    for path in sorted((data / "places").glob("*.txt")):
        text = patch.make_patch(places.read_places(path), dies, makers, data / "messages")
        yield PATCH.format(path.stem), text


def old_text(path):
    return path.read_text() if path.exists() else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--check", action="store_true", help="write nothing, show differences")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent,
                        help="the project's folder")
    arguments = parser.parse_args()
    status = 0
    try:
        for name, text in make_all(arguments.root):
            path = arguments.root / name
            if old_text(path) == text:
                continue
            if arguments.check:
                sys.stdout.writelines(difflib.unified_diff(
                    old_text(path).splitlines(keepends=True), text.splitlines(keepends=True), name,
                    f"{name} from dies/dies.csv", n=1))
                status = 1
            else:
                path.write_text(text)
                print(f"{name} is new")
    except (table.TableError, places.PlaceError) as problem:
        print(f"generate.py: {problem}", file=sys.stderr)
        return 2
    return status


if __name__ == "__main__":
    sys.exit(main())

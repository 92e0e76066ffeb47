# SPDX-License-Identifier: GPL-2.0-or-later
"""The code that the patches add to write protection, compiled by itself."""
import os
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
PATCHES = HERE.parent.parent / "patches"
COMPILER = [os.environ.get("CC", "cc"), "-std=c11", "-Wall", "-Wextra", "-Werror", "-g", "-fsanitize=address,undefined",
            "-fno-sanitize-recover=all"]


def added_block(path, first):
    """Lines added in a row, from the first function on."""
    runs = re.findall(r"(?:^\+(?!\+\+ ).*\n)+", path.read_text(), re.M)
    run = next(run for run in runs if first in run)
    return "".join(line[1:] + "\n" for line in run.splitlines())


def compile_and_run(harness, added, folder, *options):
    (folder / "added.c").write_text(added)
    program = folder / "harness"
    subprocess.run([*COMPILER, *options, f"-I{folder}", HERE / harness, "-o", program], check=True)
    subprocess.run([program], check=True)


@pytest.mark.parametrize("path", sorted(PATCHES.glob("*/0004-writeprotect-*.patch")), ids=lambda path: path.parent.name)
def test_the_bits_of_a_range_come_back(path, tmp_path):
    compile_and_run("range_bits.c", added_block(path, "pack_range_bits(const"), tmp_path)


@pytest.mark.parametrize("path", sorted(PATCHES.glob("*/0005-flashprog-*.patch")), ids=lambda path: path.parent.name)
def test_flashprog_clears_protection_and_restores_it(path, tmp_path):
    added = added_block(path, "unlock_for_change(struct")
    pointer = ["-DCHIP_IS_POINTER"] if "flash->chip->" in added else []
    compile_and_run("clear_protection.c", added, tmp_path, *pointer)


def test_both_kinds_of_tree_are_there():
    assert len(list(PATCHES.glob("flashrom-*/0004-*.patch"))) >= 5
    assert len(list(PATCHES.glob("flashprog-*/0004-*.patch"))) == len(list(PATCHES.glob("flashprog-*/0005-*.patch"))) == 2

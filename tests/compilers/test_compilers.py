# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes into a tree of flashrom, as other systems and compilers read it.

No warning at all, as C99 and with the options that flashrom gives them. The
declarations of the releases are those of tests/native/api. Only the syntax is
checked: libusb of those systems is not at hand.
"""
import pathlib
import shutil
import subprocess

import pytest

from beken_bench import TREE
from need import need

PROGRAMMER = TREE / "programmer"
API = TREE / "tests" / "native" / "api"
RELEASES = sorted(path.name for path in API.iterdir() if path.name[-1].isdigit() or path.name.endswith("main"))
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-Wshadow", "-Wwrite-strings", "-Wmissing-prototypes",
          "-Wundef", "-D_POSIX_C_SOURCE=200809L", "-D_FILE_OFFSET_BITS=64", "-fsyntax-only"]
# Package, compiler, options.
COMPILERS = {
    "MinGW": ("gcc-mingw-w64-x86-64", "x86_64-w64-mingw32-gcc", ["-D__USE_MINGW_ANSI_STDIO=1"]),
    "clang": ("clang", "clang", []),
    "musl": ("musl-tools", "musl-gcc", []),
    "32-bit ARM": ("gcc-arm-linux-gnueabihf", "arm-linux-gnueabihf-gcc", []),
    "FreeBSD's one IN transfer": ("gcc", "gcc", ["-DCH341A_IN_TRANSFERS=1"]),
}
each_compiler = pytest.mark.parametrize("name", COMPILERS)


@pytest.fixture(name="libusb", scope="module")
def folder_with_libusb_alone(tmp_path_factory):
    """Else a cross compiler would find the headers of this machine's libc as well."""
    folder = tmp_path_factory.mktemp("libusb")
    shutil.copy("/usr/include/libusb-1.0/libusb.h", folder)
    return folder


def complaints(name, libusb, source, includes):
    package, compiler, options = COMPILERS[name]
    need(package, compiler)
    command = [compiler, *STRICT, *options, *(f"-I{folder}" for folder in [*includes, PROGRAMMER / "core", libusb])]
    return subprocess.run([*command, str(source)], capture_output=True, text=True, check=False).stderr


@each_compiler
@pytest.mark.parametrize("source", sorted(path.name for path in (PROGRAMMER / "core").glob("*.c")))
def test_core(libusb, name, source):
    assert complaints(name, libusb, PROGRAMMER / "core" / source, []) == ""


@each_compiler
@pytest.mark.parametrize("release", RELEASES)
def test_driver(libusb, name, release):
    assert complaints(name, libusb, PROGRAMMER / "driver" / "ch341a_beken.c", [API / release]) == ""


def test_every_release_of_the_patches_is_tried():
    assert set(RELEASES) == {path.parent.name for path in pathlib.Path(TREE / "patches").glob("*/series")}

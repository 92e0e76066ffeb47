# SPDX-License-Identifier: GPL-2.0-or-later
"""What the README says first, in Debian systems in which nothing is installed."""
import re
import shutil
import subprocess

import pytest

from beken_bench import TREE
from debian_root import Unavailable, fresh_root
from need import not_to_be_had

ROOTS = TREE / "build/roots"
# Another flashrom, another compiler, another meson in each.
SUITES = ["bookworm", "trixie"]
LIMIT = 900
NAMES_ITS_PACKAGES = "apt-get install -y --no-install-recommends build-essential debhelper"
# Each suite in one process, one after the other: they share a folder of packages.
each_suite = pytest.mark.parametrize("suite", [pytest.param(suite, marks=pytest.mark.xdist_group(suite))
                                               for suite in SUITES])


@pytest.fixture
def bare(suite):
    """A new Debian with a copy of the tree in /root/tree: the files of this one, but neither builds nor .git."""
    try:
        root = fresh_root(ROOTS, suite, "bare")
    except Unavailable as reason:
        not_to_be_had("debootstrap", reason)
    copy = '. tests/lib/files.sh && mkdir "$1" && files_of_the_tree | tar -c --null -T - | tar -x -C "$1"'
    subprocess.run(["bash", "-c", copy, "bash", root.path("/root/tree")], cwd=TREE, check=True, timeout=60)
    yield root
    # It has grown to a gigabyte.
    shutil.rmtree(root.folder)


def command(root, *argv, status=0):
    """The lines that a command prints in the tree, on stdout and stderr."""
    process = root.run("sh", "-c", 'exec "$@" 2>&1', "sh", *argv, cwd="/root/tree", limit=LIMIT)
    assert process.returncode == status, process.stdout[-4000:]
    return process.stdout.splitlines()


@each_suite
def test_the_two_commands(bare):
    """One after the other, as in the README; of the tests one stage, which is after the whole build."""
    said = command(bare, "tests/demo.sh")
    assert said[-1].startswith("PASS: "), said[-1]
    assert not [line for line in said if "cmocka" in line], "only what it needs"
    emulator = bare.path("/root/tree/build/beken-emu").stat()

    said = command(bare, "tests/run.sh", "unit")
    assert re.fullmatch(r"[1-9]\d* passed, 0 failed", said[-1]), said[-1]
    assert bare.path("/root/tree/build/beken-emu").stat().st_mtime_ns == emulator.st_mtime_ns, "it is made once"
    assert bare.path("/root/tree/build-dev/beken-emu").exists()

    built = bare.path("/root/tree/build/build.ninja").stat()
    command(bare, "bash", "-c", ". tests/lib/quiet.sh && . tests/lib/build.sh && build_emulated build")
    assert bare.path("/root/tree/build/build.ninja").stat().st_mtime_ns == built.st_mtime_ns, "the tests stay"


@each_suite
def test_the_package(bare):
    bare.path("/root").chmod(0o755)
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    said = command(bare, *nobody, "packaging/build-deb.sh", "/tmp/deb", status=1)
    assert [line for line in said if NAMES_ITS_PACKAGES in line], said

    command(bare, "packaging/build-deb.sh", "build/deb")
    packages = [path for path in bare.path("/root/tree/build/deb").glob("*.deb") if "dbgsym" not in path.name]
    assert len(packages) == 1
    command(bare, "apt-get", "install", "-q", "-y", f"./build/deb/{packages[0].name}")
    assert "flashrom" in command(bare, "flashrom", "--version")[0]
    # As nobody, now that it need not install anything.
    command(bare, *nobody, "packaging/build-deb.sh", "/tmp/deb")

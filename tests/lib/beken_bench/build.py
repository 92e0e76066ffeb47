# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs under test, and the environment that they run in.

Environment of the tests: BEKEN_BUILD is the build folder; BEKEN_WRAP, if set,
is a command (such as valgrind with options) to put before the launcher.
"""
import os
import pathlib
import shlex
import tempfile

TREE = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("BEKEN_BUILD", TREE / "build")).resolve()
WRAP = shlex.split(os.environ.get("BEKEN_WRAP", ""))
EMU = str(BUILD / "beken-emu")
PRELOAD = str(BUILD / "libbeken_emu_preload.so")
FLASHROM = str(BUILD / "flashrom")
TOOL = str(BUILD / "ch341a-beken")
MKIMAGE = str(BUILD / "tests/image/beken-mkimage")
# Where the launcher notes down backups; never the user's own. Goes with the tests.
STATE = tempfile.TemporaryDirectory(prefix="beken-state-")


def environment(**more):
    """The caller's, with our flashrom first on PATH."""
    env = dict(os.environ, LC_ALL="C", XDG_STATE_HOME=STATE.name, XDG_DATA_HOME=STATE.name)
    env.update(more)
    env.pop("FLASHROM", None)
    env["PATH"] = f"{BUILD}:{os.environ['PATH']}:/usr/sbin"
    return env

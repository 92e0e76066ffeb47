# SPDX-License-Identifier: GPL-2.0-or-later
"""IMSProg, a graphical CH341A programmer, works on the emulated die by its keys.

Its USB code comes from SNANDer, not from flashrom. On the real clock, since it
talks to an X server that knows no other.
"""
import concurrent.futures
import shutil
import time

import pytest

from beken_bench import FLASHROM, assert_pins_are_safe, environment
from display import Display
from matrix import covers
from need import need
from programs import imsprog

SIZE = 64 << 10
MAIN, OPEN, SAVE = "^IMSProg - ", "^Open file", "^Save file"
# Reading, erasing and writing take up to a second; it does not say when it has
# finished. A machine that is busy with other things gets more.
PACES = (2, 6, 15)


def set_up(bench, program, display):
    """Its environment: a home with its chip database, and its own Qt."""
    home = bench.folder
    database = home / ".local/share/imsprog/IMSProg.Dat"
    database.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(program.root / "usr/share/imsprog/IMSProg.Dat", database)
    plugins = next(program.root.glob("usr/lib/*/qt*/plugins"))
    return dict(environment(), DISPLAY=display.name, HOME=str(home), XDG_DATA_HOME=str(home / ".local/share"),
                XDG_RUNTIME_DIR=str(home), TZ="UTC", QT_PLUGIN_PATH=str(plugins), QT_QPA_PLATFORM="xcb",
                QT_ACCESSIBILITY="0")


def work(display, pace):
    """Reads the die into out.bin, then erases it and writes new.bin."""

    def step(key):
        display.press(key)
        time.sleep(pace)

    display.focus(MAIN)
    step("ctrl+d")
    step("ctrl+r")
    display.press("ctrl+s")
    display.focus(SAVE)
    display.type("out.bin")
    step("Return")
    display.focus(MAIN)
    display.press("ctrl+o")
    display.focus(OPEN)
    display.type("new.bin")
    step("Return")
    display.focus(MAIN)
    step("ctrl+e")
    step("ctrl+w")
    display.press("ctrl+q")


def run(bench, program, flash, pace):
    script = '"$1" -p ch341a_beken:leave=keep >enter.txt 2>&1 || exit 99; exec "$2"'
    with Display() as display, concurrent.futures.ThreadPoolExecutor(1) as pool:
        options = ["--clock", "real", "--timeout", str(60 + 12 * pace)]
        process = pool.submit(bench.run, "sh", "-c", script, "sh", FLASHROM, program.path, chip="BK-SMALL",
                              settings=["protect=none"], flash=flash, options=options,
                              env=set_up(bench, program, display))
        work(display, pace)
        return process.result()


@imsprog
def test_imsprog_reads_erases_and_writes(bench, program):
    need("xvfb", "Xvfb")
    need("xdotool", "xdotool")
    image = bench.random_file("new.bin", SIZE, 2).read_bytes()
    with covers(program.name, "preload", "BK-SMALL", "probe", "read", "erase", "write"):
        for pace in PACES:
            flash = bench.random_file("die.bin", SIZE, 1)
            before = flash.read_bytes()
            bench.path("out.bin").unlink(missing_ok=True)
            result = run(bench, program, flash, pace)
            assert result.status == 0, bench.path("enter.txt").read_text() + result.err
            out = bench.path("out.bin")
            if out.exists() and out.read_bytes() == before and flash.read_bytes() == image:
                break
        assert out.read_bytes() == before
        assert flash.read_bytes() == image
        assert_pins_are_safe(result)
        assert result.device("cen_pulses") == "1"
        assert result.device("refused") == "0"
        # By the commands that one expects.
        opcodes = result.opcodes()
        assert opcodes["02"] == SIZE // 256
        assert {"9f", "03", "06", "05"} <= set(opcodes)
        assert {"d8", "20", "c7", "60"} & set(opcodes)

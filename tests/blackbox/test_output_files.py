# SPDX-License-Identifier: GPL-2.0-or-later
"""What becomes of a file that the flash is read into, and that holds something already."""
import os
import random
import signal
import stat
import subprocess
import time

import pytest

from beken_bench import EMU, FLASHROM, WRAP, environment
from serprog_client import SERPROG_CLIENT

SIZE = 64 << 10
OLD = b"the only backup"
# Starts the chip and is given nothing of its content. What follows is what becomes of the file FILE.
NOTHING_READ = SERPROG_CLIENT + """
path = sys.argv[sys.argv.index("-r") + 1]
assert op(b"\\x15\\x01") == b"\\x06"
"""
# Reads 4 KiB of the flash into the file, and then the rest of the script.
PART_READ = NOTHING_READ + """
data = op(bytes([0x13, 4, 0, 0, 0, 16, 0, 3, 0, 0, 0]), 1 + 4096)[1:]
open(path, "wb").write(data)
"""


@pytest.fixture(name="die")
def make_die(bench):
    return bench.random_file("die.bin", SIZE, 1)


def read(bench, die, *arguments, script=None, **options):
    env = environment()
    if script:
        path = bench.path("fake-flashrom")
        path.write_text(script)
        path.chmod(0o755)
        env["FLASHROM"] = str(path)
    return bench.flashrom("-c", "W25X05", *arguments, chip="BK-SMALL", flash=die, env=env, **options)


def make_old(bench, name="old.bin"):
    path = bench.path(name)
    path.write_bytes(OLD)
    return path


def names(bench):
    """The files that the test itself has not made."""
    return sorted(path.name for path in bench.folder.iterdir()
                  if path.name not in ("die.bin", "report.txt", "record.txt", "fake-flashrom"))


def test_a_good_read_replaces_the_old_file(bench, die):
    old = make_old(bench)
    old.chmod(0o640)
    result = read(bench, die, "-r", "old.bin")
    assert result.status == 0, result.err
    assert old.read_bytes() == die.read_bytes()
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert names(bench) == ["old.bin"]
    assert ".part" not in result.out + result.err, "nobody needs to know of the file beside it"


def test_a_link_stays_a_link(bench, die):
    (bench.folder / "elsewhere").mkdir()
    old = make_old(bench, "elsewhere/old.bin")
    bench.path("link").symlink_to("elsewhere/old.bin")
    assert read(bench, die, "-r", "link").status == 0
    assert bench.path("link").is_symlink()
    assert old.read_bytes() == die.read_bytes()
    assert os.listdir(bench.folder / "elsewhere") == ["old.bin"]


def test_other_names_of_the_file_show_the_new_content_too(bench, die):
    old = make_old(bench)
    os.link(old, bench.path("other-name.bin"))
    result = read(bench, die, "-V", "-r", "old.bin")
    assert result.status == 0
    assert "old.bin is not protected" in result.message and "hard links" in result.message
    assert bench.path("other-name.bin").read_bytes() == old.read_bytes() == die.read_bytes()
    assert "not protected" not in read(bench, die, "-r", "old.bin").message


def test_files_of_regions_are_replaced_too(bench, die):
    bench.path("layout").write_text("00000000:00000fff boot\n00001000:0000ffff rest\n")
    old = make_old(bench)
    whole = make_old(bench, "whole.bin")
    result = read(bench, die, "-l", "layout", "-i", "boot:old.bin", "-r", "whole.bin")
    assert result.status == 0, result.err
    assert old.read_bytes() == die.read_bytes()[:0x1000]
    assert whole.read_bytes()[:0x1000] == die.read_bytes()[:0x1000]
    assert names(bench) == ["layout", "old.bin", "whole.bin"]


def test_a_pipe_and_a_device_are_given_to_flashrom_as_they_are(bench, die):
    assert read(bench, die, "-r", "/dev/null").status == 0
    os.mkfifo(bench.path("pipe"))
    with subprocess.Popen(["cat", bench.path("pipe")], stdout=subprocess.PIPE) as reader:
        result = read(bench, die, "-r", "pipe")
        assert reader.communicate()[0] == die.read_bytes()
    assert result.status == 0
    assert names(bench) == ["pipe"]


def test_an_old_file_outlives_a_success_that_has_read_nothing(bench, die):
    """flashrom 1.8.0 empties the file before it finds out that it does not know the flash, and exits with 0."""
    old = make_old(bench)
    result = read(bench, die, "-r", "old.bin", script=NOTHING_READ + 'open(path, "wb")\n')
    assert result.status == 1
    assert old.read_bytes() == OLD
    assert "old.bin still has its old content." in result.message
    assert names(bench) == ["old.bin"]


def test_nothing_is_said_of_a_file_that_flashrom_has_not_opened(bench, die):
    make_old(bench)
    result = read(bench, die, "-r", "old.bin", script=NOTHING_READ)
    assert result.status == 1 and "old content" not in result.message


def test_a_new_file_with_nothing_in_it_is_told_of(bench, die):
    result = read(bench, die, "-r", "new.bin", script=NOTHING_READ + 'open(path, "wb")\n')
    assert result.status == 1 and "new.bin holds nothing from the flash" in result.message


@pytest.mark.parametrize("end", ["os._exit(1)", "os.kill(os.getpid(), 9)", "os.kill(os.getppid(), 2); op(b'', 1)"])
def test_an_old_file_outlives_half_a_read(bench, die, end):
    old = make_old(bench)
    result = read(bench, die, "-r", "old.bin", script=PART_READ + end + "\n")
    assert result.status != 0
    assert old.read_bytes() == OLD
    assert "old.bin still has its old content." in result.message
    assert names(bench) == ["old.bin"]


@pytest.mark.parametrize("number", range(2 if WRAP else 8))
@pytest.mark.parametrize("name", ["INT", "TERM", "HUP"])
def test_a_signal_at_any_time_leaves_one_whole_file(bench, die, name, number):
    old = make_old(bench)
    at = random.Random(number).randrange(1, 3000)
    result = read(bench, die, "-r", "old.bin", options=["--signal", f"{name}@ms:{at}"])
    assert old.read_bytes() == (die.read_bytes() if result.status == 0 else OLD)
    assert names(bench) == ["old.bin"]


def test_a_signal_while_flashrom_starts_leaves_nothing(bench):
    """From its start on, the file beside the old one is looked after."""
    make_old(bench)
    script = bench.path("fake-flashrom")
    os.mkfifo(bench.path("never"))
    script.write_text("#!/bin/sh\ntouch started\nexec cat never\n")
    script.chmod(0o755)
    with subprocess.Popen([EMU, "run", "--chip", "BK-SMALL", "--", *WRAP, FLASHROM, "-r", "old.bin"],
                          cwd=bench.folder, env=dict(environment(), FLASHROM=str(script)),
                          start_new_session=True, stderr=subprocess.DEVNULL) as process:
        while not bench.path("started").exists():
            time.sleep(0.02)
        assert "old.bin.part" in os.listdir(bench.folder)
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)
    assert bench.path("old.bin").read_bytes() == OLD
    assert "old.bin.part" not in os.listdir(bench.folder)

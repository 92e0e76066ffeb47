# SPDX-License-Identifier: GPL-2.0-or-later
"""Before a write to a chip of which no backup is on record the launcher says so, once."""
import os
import pathlib
import re
import shlex
import stat
import subprocess

import pytest

from beken_bench import FLASHROM, MKIMAGE, WRAP, can_mount, environment, large_die
from serprog_client import SERPROG_CLIENT

MIB = 1 << 20
CHIP, SIZE, RF = "BK7231T", 2 * MIB, 0x1e0000
SMALL = 64 << 10
SAID = "No backup of this chip is on record"
UNIQUE = "RF calibration and MAC address are nowhere else"
# In flashrom's place: starts the programmer, reads as it is told, and ends it.
CLIENT = SERPROG_CLIENT + """ends = 0
for _ in range(int(os.environ.get("CLIENT_STARTS", "1"))):
    if op(b"\\x15\\x01") != b"\\x06":
        ends = 1
    elif op(b"\\x15\\x00") != b"\\x06":
        ends = 2
os._exit(ends)
"""


class Case:
    """One user: a home, a record, and a chip."""

    def __init__(self, bench):
        self.bench = bench
        self.state = bench.path("state")
        self.die = bench.path("die.bin")
        self.client = bench.path("client")
        self.client.write_text(CLIENT)
        self.client.chmod(0o755)

    @property
    def record(self):
        return self.state / "ch341a_beken" / "backups"

    def chip(self, seed, chip="bk7231t"):
        """Another seed is another device of the same kind."""
        subprocess.run([MKIMAGE, "--chip", chip, "--seed", str(seed), self.die], check=True)
        content = self.die.read_bytes()
        # Of another device: its own calibration would not be lost.
        subprocess.run([MKIMAGE, "--chip", chip, "--seed", "99", self.bench.path("new.bin")], check=True)
        return content

    def save(self, name, content):
        path = self.bench.path(name)
        path.write_bytes(content)
        return path

    def note(self, *paths):
        self.record.parent.mkdir(parents=True, exist_ok=True)
        self.record.write_text("".join(f"{path}\n" for path in paths))

    def noted(self):
        return self.record.read_text().splitlines() if self.record.exists() else []

    def environment(self, **more):
        return environment(XDG_STATE_HOME=str(self.state), **more)

    def start(self, *arguments, chip=CHIP, params="", env=None, **options):
        """Only up to where flashrom would go on. What is to be written is no reason to refuse it."""
        new = self.bench.path("new.bin")
        if self.die.exists() and not (new.exists() and new.stat().st_size == self.die.stat().st_size):
            self.save("new.bin", self.die.read_bytes())
        return self.bench.flashrom(*(arguments or ("-w", "new.bin")), chip=chip, flash=self.die, params=params,
                                   env=dict(env or self.environment(), FLASHROM=str(self.client)), **options)

    def flashrom(self, *arguments, chip=CHIP, **options):
        return self.bench.flashrom(*arguments, chip=chip, flash=self.die, env=self.environment(), **options)


@pytest.fixture
def case(bench):
    return Case(bench)


def assert_said(result):
    assert result.status == 0, result.err
    assert result.err.count(SAID) == 1, result.err


def assert_silent(result):
    assert result.status == 0, result.err
    assert "on record" not in result.err and "backup.bin" not in result.err, result.err


def command_of(result):
    """The line with the command, taken apart as a shell does it."""
    lines = result.err.splitlines()
    at = next(i for i, line in enumerate(lines) if SAID in line)
    prefix = "ch341a_beken:     "
    assert lines[at + 1].startswith(prefix), lines
    return shlex.split(lines[at + 1][len(prefix):])


# ---- when it is said ----

@pytest.mark.parametrize("operation", [["-w", "new.bin"], ["-E"], ["--write", "new.bin"], ["--erase"],
                                       ["-l", "layout", "-i", "rf", "-w", "new.bin"]])
def test_said_before_a_write_without_a_record(case, operation):
    case.chip(1)
    result = case.start(*operation)
    assert_said(result)
    assert UNIQUE in result.message and "Ctrl-C" in result.message and "backup=FOLDER" in result.message
    assert "Chip in SPI mode" in result.message and "Warning: " + SAID in result.message


@pytest.mark.parametrize("operation", [["-r", "out.bin"], ["-v", "new.bin"], [], ["--flash-size"]])
def test_silent_where_nothing_is_written(case, operation):
    case.chip(1)
    result = case.start(*(operation or ["-V"]))
    assert "on record" not in result.err, result.err
    assert "-v" in operation or "03" not in result.opcodes(), "only a file that is compared is looked at"


def test_said_once_in_a_run_that_starts_the_programmer_again(case):
    case.chip(1)
    assert_said(case.start(env=case.environment(CLIENT_STARTS="3")))


def test_silent_if_a_recorded_file_has_this_calibration(case):
    content = case.chip(1)
    case.note(case.save("old.bin", content))
    assert_silent(case.start())
    # The calibration counts, not what else is in it.
    case.note(case.save("old.bin", bytes(0x1000) + content[0x1000:]))
    assert_silent(case.start())


@pytest.mark.parametrize("what, change", [
    ("another calibration", lambda case: case.chip(2)),
    ("one byte of it", lambda case: flip(case, RF + 0xfff)),
    ("none", lambda case: wipe(case)),
])
def test_said_for_another_chip_of_the_same_kind(case, what, change):
    case.note(case.save("old.bin", case.chip(1)))
    assert_silent(case.start())
    change(case)
    result = case.start()
    assert_said(result)
    assert (UNIQUE in result.message) == (what != "none")


def flip(case, address):
    content = bytearray(case.die.read_bytes())
    content[address] ^= 1
    case.die.write_bytes(content)


def wipe(case):
    content = bytearray(case.die.read_bytes())
    content[RF:RF + 0x1000] = b"\xff" * 0x1000
    case.die.write_bytes(content)


@pytest.mark.parametrize("files", ["gone", "too small", "folder", "pipe", "without it"])
def test_said_if_the_recorded_file_is_no_backup_any_more(case, files):
    content = case.chip(1)
    path = case.bench.path("old.bin")
    if files == "too small":
        path.write_bytes(content[:-1])
    elif files == "folder":
        path.mkdir()
    elif files == "pipe":
        os.mkfifo(path)
    elif files == "without it":
        path.write_bytes(content[:RF] + b"\xff" * (SIZE - RF))
    case.note(path)
    assert_said(case.start())


def test_any_of_many_recorded_files_will_do(case):
    content = case.chip(1)
    good = case.save("good.bin", content)
    others = [case.save(f"other{i}.bin", case.chip(i)) for i in range(2, 6)]
    case.die.write_bytes(content)
    case.note(*others[:2], good, *others[2:], "/nowhere")
    assert_silent(case.start())


def test_chip_without_calibration(case):
    """Any recorded file of its size without one will do; there is nothing to tell them apart."""
    case.bench.random_file("die.bin", SMALL, 1)
    result = case.start(chip="BK-SMALL")
    assert_said(result)
    assert UNIQUE not in result.message
    case.note(case.save("old.bin", bytes(SMALL)))
    assert_silent(case.start(chip="BK-SMALL"))


def test_an_erased_chip_has_nothing_to_lose(case):
    case.die.write_bytes(b"\xff" * SIZE)
    assert_silent(case.start())


def test_calibration_at_the_places_of_other_chips(case):
    content = case.chip(1, "bk7231n")
    case.note(case.save("old.bin", content))
    assert_silent(case.start(chip="BK7231N"))
    case.chip(2, "bk7231n")
    assert_said(case.start(chip="BK7231N"))
    content = case.chip(1, "bk7252")
    assert_said(case.start(chip="BK7252"))
    case.note(case.save("old.bin", content))
    assert_silent(case.start(chip="BK7252"))


def test_not_for_a_flash_outside_a_beken_chip(case):
    case.bench.random_file("die.bin", SIZE, 1)
    result = case.start(chip="GD25Q16C", params="enter=never")
    assert_silent(result)
    assert "03" not in result.opcodes() and "5a" not in result.opcodes()


def test_not_with_backup(case):
    case.chip(1)
    case.bench.path("backups").mkdir()
    assert_silent(case.start(params="backup=backups"))


def test_little_is_read_for_it_and_nothing_else_is_sent(case):
    case.chip(1)
    with_word, without = case.start("-E"), case.start("-r", "out.bin")
    reads = [event.split() for event in with_word.events("spi") if event.split()[2] == "03"]
    # The head of each place where some chip has its calibration, and of the one that is there all of it.
    places = [word[3] for word in reads]
    assert places[:2] == ["1e0000", "1e0000"] and {"1d0000", "1e3000", "1f3000"} < set(places)
    assert len(set(places)) == len(places) - 1 < 10
    assert sum(int(word[1]) - 4 for word in reads) == 4096 + 4 * (len(places) - 1)
    others = {code: n for code, n in with_word.opcodes().items() if code != "03"}
    assert others == without.opcodes()


# ---- the command line in it ----

@pytest.mark.parametrize("arguments, wanted", [
    (["-p", "ch341a_beken", "-w", "new.bin"], ["-p", "ch341a_beken", "-r", "backup.bin"]),
    (["-w", "new.bin"], ["-r", "backup.bin"]),
    (["--programmer=ch341a_beken:device=0,leave=keep", "-c", "A B(C)", "-E"],
     ["-p", "ch341a_beken:device=0,leave=keep", "-c", "A B(C)", "-r", "backup.bin"]),
    (["-l", "layout", "-i", "rf", "-N", "-w", "new.bin", "-pch341a_beken:device=1-1"],
     ["-p", "ch341a_beken:device=1-1", "-r", "backup.bin"]),
    (["prog", "-p", "ch341a_beken", "-w", "new.bin"], ["prog", "-p", "ch341a_beken", "-r", "backup.bin"]),
])
def test_the_command_is_the_user_s_own(case, arguments, wanted):
    case.chip(1)
    result = case.bench.run(*WRAP, FLASHROM, *arguments, chip=CHIP, flash=case.die,
                            env=dict(case.environment(), FLASHROM=str(case.client)))
    assert_said(result)
    assert command_of(result) == [FLASHROM, *wanted]


def test_odd_words_are_quoted_for_a_shell(case):
    case.chip(1)
    odd = case.bench.path("it's $HOME; a folder")
    odd.mkdir()
    program = odd / "flashrom"
    program.symlink_to(FLASHROM)
    result = case.bench.run(*WRAP, program, "-p", "ch341a_beken", "-w", "new.bin", chip=CHIP, flash=case.die,
                            env=dict(case.environment(), FLASHROM=str(case.client)))
    assert command_of(result) == [str(program), "-p", "ch341a_beken", "-r", "backup.bin"]


def test_the_file_in_it_does_not_exist_yet(case):
    case.chip(1)
    case.save("backup.bin", b"")
    case.bench.path("backup-2.bin").symlink_to("nowhere")
    assert command_of(case.start())[-1] == "backup-3.bin"


@large_die
def test_the_command_makes_the_backup_and_the_word_is_not_said_again(case):
    content = case.chip(1)
    image = bytearray(content)
    image[0x1F0000:0x1F1000] = bytes(0x1000)
    case.save("new.bin", bytes(image))
    line = command_of(case.start("-E"))
    result = case.bench.run(*line, chip=CHIP, flash=case.die, env=case.environment(), record=False)
    assert result.status == 0, result.err
    assert case.bench.path("backup.bin").read_bytes() == content
    result = case.flashrom("-w", "new.bin", record=False)
    assert_silent(result)
    assert case.die.read_bytes() == bytes(image) and "VERIFIED" in result.out


# ---- what is noted down ----

@large_die
def test_a_whole_read_is_noted(case):
    case.chip(1)
    result = case.flashrom("-r", "mine.bin", record=False)
    assert result.status == 0 and result.message.count("\n") <= 2, result.message
    assert case.noted() == [str(case.bench.path("mine.bin"))]
    assert_silent(case.start())
    case.chip(2)
    assert_said(case.start())


def small_read(case, *arguments, **options):
    case.bench.random_file("die.bin", SMALL, 1)
    return case.flashrom(*(arguments or ("-r", "mine.bin")), chip="BK-SMALL", **options)


def test_a_read_of_a_small_flash_is_noted_and_found(case):
    assert small_read(case).status == 0
    assert case.noted() == [str(case.bench.path("mine.bin"))]
    assert_silent(case.start(chip="BK-SMALL"))


def test_no_other_read_is_noted(case):
    # A region that is as large as the flash: as many bytes are read.
    case.bench.path("layout").write_text("00000000:0000ffff part\n")
    part = small_read(case, "-l", "layout", "-i", "part", "-r", "part.bin")
    assert part.status == 0, part.err
    null = small_read(case, "-r", "/dev/null")
    assert null.status == 0, null.err
    failed = small_read(case, "-r", "failed.bin", settings=[f"unplug_at_transfer={int(null.device('transfers')) // 2}"])
    assert failed.status != 0, failed.err
    case.save("same.bin", case.bench.random_file("die.bin", SMALL, 1).read_bytes())
    assert small_read(case, "-v", "same.bin").status == 0
    assert case.noted() == []


def test_a_backup_by_itself_is_noted(case):
    case.bench.path("backups").mkdir()
    assert small_read(case, "-E", params="backup=backups").status == 0
    made = list(case.bench.path("backups").iterdir())
    assert case.noted() == [str(path) for path in made] and len(made) == 1
    case.bench.random_file("die.bin", SMALL, 2)
    assert_silent(case.start("-E", chip="BK-SMALL"))


def test_a_backup_before_a_write_that_fails_is_noted_too(case):
    case.bench.path("backups").mkdir()
    assert small_read(case, "-E", params="backup=backups", settings=["wip_stuck=erase"]).status != 0
    assert len(case.noted()) == 1


def test_not_of_a_flash_outside_a_beken_chip(case):
    case.bench.random_file("die.bin", SMALL, 1)
    result = case.flashrom("-c", "W25X05", "-r", "mine.bin", chip="W25X05", params="enter=never")
    assert result.status == 0, result.err
    assert case.noted() == []


def test_the_record_is_the_user_s_alone(case):
    assert small_read(case).status == 0
    for path, rights in ((case.state, 0o700), (case.record.parent, 0o700), (case.record, 0o600)):
        assert stat.S_IMODE(path.stat().st_mode) == rights


def test_eight_at_once_are_all_noted(case):
    bench = case.bench
    dies = [bench.random_file(f"die{i}.bin", SMALL, 100 + i) for i in range(8)]
    script = "\n".join(
        [f'"$0" -p ch341a_beken:device={i} -r mine{i}.bin >out{i} 2>&1 & p{i}=$!' for i in range(8)] +
        [f"wait $p{i} || echo bad {i}" for i in range(8)])
    result = bench.run("sh", "-c", script, FLASHROM, chip="BK-SMALL", settings=["devices=8"], record=False,
                       options=[word for i, die in enumerate(dies) for word in ("--flash", f"{i}:{die}")],
                       env=case.environment())
    assert result.status == 0 and "bad" not in result.out, result.out
    assert sorted(case.noted()) == [str(bench.path(f"mine{i}.bin")) for i in range(8)]


# ---- a record that will not do ----

def without_home():
    env = environment()
    del env["XDG_STATE_HOME"]
    env.pop("HOME", None)
    return env


def test_without_a_home_nothing_is_noted_and_nothing_fails(case):
    case.bench.random_file("die.bin", SMALL, 1)
    read = case.bench.flashrom("-r", "mine.bin", chip="BK-SMALL", flash=case.die, env=without_home())
    assert read.status == 0 and "noted" not in read.err and "record" not in read.err
    assert_said(case.start("-E", chip="BK-SMALL", env=without_home()))
    # Only who asks for details hears of it.
    loud = case.bench.flashrom("-V", "-r", "mine.bin", chip="BK-SMALL", flash=case.die, env=without_home())
    assert "mine.bin cannot be noted down as a backup: No such file or directory" in loud.message


def test_a_home_is_used_without_the_variable(case):
    env = without_home()
    env["HOME"] = str(case.bench.folder)
    case.bench.random_file("die.bin", SMALL, 1)
    read = case.bench.flashrom("-r", "mine.bin", chip="BK-SMALL", flash=case.die, env=env)
    assert read.status == 0
    record = case.bench.path(".local/state/ch341a_beken/backups")
    assert record.read_text() == f"{case.bench.path('mine.bin')}\n"


@pytest.mark.parametrize("blocked", ["state", "state/ch341a_beken", "state/ch341a_beken/backups",
                                     "state/ch341a_beken/backups.lock"])
def test_what_is_in_the_way_is_no_failure(case, blocked):
    path = case.bench.path(blocked)
    path.parent.mkdir(parents=True, exist_ok=True)
    if blocked.endswith(("backups", "lock")):
        path.mkdir()
    else:
        path.write_text("")
    assert small_read(case).status == 0
    assert_said(case.start("-E", chip="BK-SMALL"))


@pytest.mark.skipif(not can_mount(), reason="no file system can be mounted")
def test_a_state_folder_that_is_read_only(case):
    case.bench.random_file("die.bin", SMALL, 1)
    case.state.mkdir()
    script = "mount --bind state state && mount -o remount,bind,ro state && exec \"$@\""
    result = case.bench.run("unshare", "-m", "sh", "-c", script, "sh", *WRAP, FLASHROM, "-r", "mine.bin",
                            chip="BK-SMALL", flash=case.die, env=case.environment())
    assert result.status == 0, result.err
    assert "Read-only" not in result.err and not list(case.state.iterdir())


# ---- faults ----

def test_a_connection_that_fails_meanwhile_is_a_failed_start(case):
    case.chip(1)
    # The last transfers of a start without a word, and of one with it.
    start = int(case.start("-r", "out.bin").device("transfers"))
    end = int(case.start().device("transfers"))
    assert end > start + 100
    result = case.start(settings=[f"unplug_at_transfer={(start + end) // 2}"])
    assert result.status == 1
    assert "unplugged" in result.message and "on record" not in result.message


def test_the_write_goes_on_by_itself(case):
    case.bench.random_file("die.bin", SMALL, 1)
    image = case.bench.random_file("new.bin", SMALL, 2)
    result = case.flashrom("-w", image, chip="BK-SMALL")
    assert_said(result)
    assert case.die.read_bytes() == image.read_bytes()


def test_the_manual_and_the_readme_know_the_record():
    root = pathlib.Path(__file__).resolve().parents[2]
    assert "ch341a_beken/backups" in (root / "doc/man/ch341a_beken.7").read_text()
    assert "~/.local/state/ch341a_beken/backups" in (root / "README.md").read_text()
    assert re.search(rf"^\| {SAID} \|", (root / "doc/messages.md").read_text(), re.MULTILINE)

# SPDX-License-Identifier: GPL-2.0-or-later
"""The launcher in front of the installed flashrom."""
import os
import shutil
import subprocess

import pytest

from beken_bench import BUILD, FLASHROM, WRAP, environment

REAL = shutil.which("flashrom", path="/usr/sbin:/usr/bin:/usr/local/sbin")


def run(*argv, env=None, cwd=None):
    return subprocess.run([*WRAP, *map(str, argv)], capture_output=True, text=True, env=env or environment(),
                          cwd=cwd, timeout=300, check=False)


@pytest.mark.parametrize("arguments", [
    ["--version"], ["-R"], ["--help"], ["-h"], ["-L"], ["--list-supported"],
    ["-p", "dummy:emulate=W25Q128FV,bus=spi"], ["--programmer", "dummy:bus=spi"],
    ["-p", "nosuchprogrammer"], ["-pdummy:bus=none"], ["--programmer=dummy:bus=none"],
    ["-p", "ch341a_bekenX"], ["-p", "dummy", "-p", "ch341a_beken"],
])
def test_everything_else_passes_through_untouched(arguments, tmp_path):
    ours, theirs = run(FLASHROM, *arguments, cwd=tmp_path), subprocess.run(
        [REAL, *arguments], capture_output=True, text=True, env=environment(), cwd=tmp_path, check=False)
    assert ours.returncode == theirs.returncode
    # The name that it was called by is all that may differ.
    assert ours.stdout.replace(FLASHROM, "flashrom") == theirs.stdout.replace(REAL, "flashrom")
    assert ours.stderr.replace(FLASHROM, "flashrom") == theirs.stderr.replace(REAL, "flashrom")


def test_other_programmers_work(tmp_path):
    result = run(FLASHROM, "-p", "dummy:emulate=W25Q128FV,bus=spi", "-r", "x", cwd=tmp_path)
    assert result.returncode == 0
    assert (tmp_path / "x").stat().st_size == 16 << 20


@pytest.mark.parametrize("form", [
    ["-p", "ch341a_beken"], ["-pch341a_beken"], ["--programmer", "ch341a_beken"], ["--programmer=ch341a_beken"],
    ["-p", "ch341a_beken:"], ["--programm", "ch341a_beken"], ["-Vp", "ch341a_beken"],
])
def test_all_forms_of_p(bench, form):
    result = bench.run(*WRAP, FLASHROM, *form, "-c", "W25X05", "--flash-size", chip="BK-SMALL")
    assert result.status == 0, result.err
    assert "65536" in result.out


def test_exit_status_is_that_of_flashrom(bench):
    result = bench.flashrom("--bogus", chip="BK-SMALL")
    assert result.status == 1
    assert result.device("transfers") == "0", "a usage error does not touch the chip"
    result = bench.flashrom("-r", "/nonexistent/out.bin", chip="BK-SMALL")
    assert result.status == 1


def fake_flashrom(folder, text="#!/bin/sh\necho fake \"$0\" \"$@\"\nexit 7\n", name="flashrom"):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_flashrom_is_found_past_ourselves_on_path(tmp_path):
    fake = fake_flashrom(tmp_path / "bin")
    link = tmp_path / "link"
    link.mkdir()
    (link / "flashrom").symlink_to(FLASHROM)
    env = environment()
    env["PATH"] = f"{BUILD}:{link}::{fake.parent}:/usr/bin:/bin"
    result = run(FLASHROM, "-p", "x", env=env)
    assert (result.returncode, result.stdout) == (7, f"fake {fake} -p x\n")


def test_flashrom_is_found_in_sbin():
    env = environment()
    env["PATH"] = f"{BUILD}:/usr/bin:/bin"
    assert run(FLASHROM, "--version", env=env).returncode == 0


def test_variable_names_the_flashrom(tmp_path):
    fake = fake_flashrom(tmp_path / "elsewhere", name="my-flashrom")
    result = run(FLASHROM, "--version", env=dict(environment(), FLASHROM=str(fake)))
    assert result.returncode == 7
    result = run(FLASHROM, "--version", env=dict(environment(), FLASHROM=str(tmp_path / "no")))
    assert result.returncode == 1 and "cannot be run" in result.stderr
    result = run(FLASHROM, "--version", env=dict(environment(), FLASHROM=FLASHROM))
    assert result.returncode == 1 and "launcher itself" in result.stderr


def test_a_copy_of_the_launcher_is_not_taken_for_flashrom(tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(FLASHROM, copy / "flashrom")
    env = environment()
    env["PATH"] = f"{BUILD}:{copy}:/usr/bin:/bin"
    result = run(FLASHROM, "--version", env=env)
    assert result.returncode == 0 and "flashrom" in result.stdout


def test_no_flashrom_at_all_is_said(tmp_path):
    env = dict(environment(), FLASHROM="flashrom-that-nobody-has")
    result = run(FLASHROM, "--version", env=env)
    assert result.returncode == 1
    assert "No flashrom-that-nobody-has found" in result.stderr


def test_only_this_user_can_open_the_line(bench):
    """The pty is closed to others before it can be opened at all."""
    script = bench.path("client")
    script.write_text("""#!/bin/sh
for argument; do case $argument in serprog:dev=*) stat -c '%a %u' "${argument#serprog:dev=}";; esac; done
""")
    script.chmod(0o755)
    result = bench.flashrom(chip="BK-SMALL", env=dict(environment(), FLASHROM=str(script)))
    assert result.out == f"600 {os.getuid()}\n"


def test_messages_follow_v(bench):
    quiet = bench.flashrom("-c", "W25X05", chip="BK-SMALL")
    loud = bench.flashrom("-V", "-c", "W25X05", chip="BK-SMALL")
    assert "opened" not in quiet.message and "opened" in loud.message


def test_nothing_of_ours_on_stdout(bench):
    assert "ch341a_beken:" not in bench.flashrom("-c", "W25X05", chip="BK-SMALL").out


def test_arguments_reach_flashrom_in_order(bench, tmp_path):
    script = fake_flashrom(tmp_path, "#!/bin/sh\nfor a; do echo \"<$a>\"; done\n")
    env = dict(environment(), FLASHROM=str(script))
    result = bench.run(FLASHROM, "-r", "a b", "-p", "ch341a_beken:leave=keep", "--", "", chip="BK-SMALL", env=env)
    lines = without_log(result.out)
    assert lines[0:3] == ["<-r>", "<a b>", "<-p>"] and lines[4:] == ["<-->", "<>"]
    assert lines[3].startswith("<serprog:dev=/dev/pts/")
    result = bench.run(FLASHROM, "-r", "x", chip="BK-SMALL", env=env)
    assert [line[:12] for line in without_log(result.out)] == ["<-p>", "<serprog:dev", "<-r>", "<x>"]
    result = bench.run(FLASHROM, "-o", "log", chip="BK-SMALL", env=env)
    assert [line[:12] for line in result.out.splitlines()] == ["<-p>", "<serprog:dev", "<-o>", "<log>"]


def without_log(out):
    """The arguments, less the log that the launcher asks for besides."""
    lines = out.splitlines()
    at = lines.index("<-o>")
    assert lines[at + 1].startswith("</proc/")
    return lines[:at] + lines[at + 2:]


def test_the_log_of_the_launcher_leaves_the_output_as_it_is(bench):
    """flashrom prints the same with -o and without."""
    ours = bench.flashrom("-V", "-c", "W25X05", chip="BK-SMALL")
    users = bench.flashrom("-V", "-c", "W25X05", "-o", "log", chip="BK-SMALL")
    assert ours.status == users.status == 0
    # Process and terminal numbers stand in the command line that -V prints.
    assert len(ours.out.splitlines()) == len(users.out.splitlines())
    assert "W25X05" in bench.path("log").read_text()


def test_nothing_is_left_behind(bench):
    before = set(os.listdir("/tmp"))
    bench.flashrom("-c", "W25X05", "-r", "out.bin", chip="BK-SMALL")
    left = {name for name in set(os.listdir("/tmp")) - before if "flashrom" in name}
    assert not left
    assert sorted(path.name for path in bench.folder.iterdir()) == ["out.bin", "record.txt", "report.txt"]

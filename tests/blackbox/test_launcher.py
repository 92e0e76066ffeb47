# SPDX-License-Identifier: GPL-2.0-or-later
"""The launcher in front of the installed flashrom."""
import os
import pathlib
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


PRINT_ARGUMENTS = """#!/usr/bin/python3
import os, sys
sys.stdout.buffer.write(b"\\0".join(map(os.fsencode, sys.argv[1:])))
sys.exit(7)
"""


@pytest.mark.parametrize("arguments", [
    [b"-p", b"internal"], [b"-p", b"internal", b"", b"-", b"--", b"-w", b"a b\n", b"\xff\xfe"],
    [b"--version", b"-p"], [b"-p", b"dummy", b"-r", b"'$HOME' \\ \"x\""],
])
def test_the_arguments_of_others_reach_flashrom_byte_for_byte(tmp_path, arguments):
    env = dict(environment(), FLASHROM=str(fake_flashrom(tmp_path, PRINT_ARGUMENTS)))
    result = subprocess.run([FLASHROM.encode(), *arguments], capture_output=True, env=env, check=False)
    assert (result.returncode, result.stdout) == (7, b"\0".join(arguments))
    assert result.stderr == b""


def needed_libraries(program):
    """Those that the program itself names, less what a sanitizer adds."""
    out = subprocess.run(["readelf", "-d", program], capture_output=True, text=True, check=True).stdout
    names = [line.split("[")[1].rstrip("]") for line in out.splitlines() if "(NEEDED)" in line]
    return [name for name in names if not name.startswith(("libasan", "libubsan"))]


def test_the_launcher_needs_libc_and_nothing_else():
    assert needed_libraries(FLASHROM) == ["libc.so.6"]
    assert len(needed_libraries(f"{BUILD}/ch341a-beken")) > 1, "this test sees libraries"


def test_other_programmers_work_without_our_libraries(tmp_path):
    """Where they are missing or broken, the tool cannot start."""
    for name in needed_libraries(f"{BUILD}/ch341a-beken"):
        if name != "libc.so.6":
            (tmp_path / name).write_text("no library")
    env = dict(environment(), LD_LIBRARY_PATH=str(tmp_path), FLASHROM=str(fake_flashrom(tmp_path / "bin")))
    result = run(FLASHROM, "-p", "internal", env=env)
    assert (result.returncode, result.stdout[:5]) == (7, "fake ")
    assert run(FLASHROM, "-p", "ch341a_beken", env=env).returncode == 127


def test_a_tool_that_is_missing_is_said(tmp_path):
    """The launcher alone, in a folder where the tool is not, and not installed either."""
    if pathlib.Path("/usr/local/bin/ch341a-beken").exists():
        pytest.skip("it is installed")
    alone = shutil.copy(FLASHROM, tmp_path / "flashrom")
    result = run(alone, "-p", "ch341a_beken")
    assert result.returncode == 1
    assert result.stderr.startswith("ch341a_beken: Error: Cannot run /")
    assert result.stderr.endswith("/bin/ch341a-beken: No such file or directory.\n")
    assert run(alone, "-p", "dummy:bus=none").stdout != "", "others still work"


def test_a_tool_that_is_the_launcher_again_is_no_loop(tmp_path):
    alone = shutil.copy(FLASHROM, tmp_path / "flashrom")
    (tmp_path / "ch341a-beken").symlink_to("flashrom")
    result = run(alone, "-p", "ch341a_beken")
    assert result.returncode == 1
    assert result.stderr.endswith("/ch341a-beken is this launcher, not the tool that it needs.\n")


def by_tool(bench, *arguments, **options):
    return bench.run(*WRAP, f"{BUILD}/ch341a-beken", "flashrom", *arguments, **options)


def test_the_tool_s_flashrom_is_the_launcher(bench):
    die = bench.random_file("die.bin", 64 << 10, 1)
    arguments = ["-p", "ch341a_beken:attempts=3", "-c", "W25X05", "-r", "read.bin"]
    results = [start(bench, *arguments, chip="BK-SMALL", flash=die) for start in (by_launcher, by_tool)]
    assert [result.status for result in results] == [0, 0]
    assert results[0].out == results[1].out and results[0].message == results[1].message
    assert bench.path("read.bin").read_bytes() == die.read_bytes()
    for arguments in ["-p", "dummy:bus=none"], ["-p", "ch341a_beken:nokey=1"], ["--bogus"]:
        results = [start(bench, *arguments, chip="BK-SMALL") for start in (by_launcher, by_tool)]
        assert results[0].status == results[1].status
        assert results[0].err.replace(FLASHROM, "flashrom") == results[1].err.replace(FLASHROM, "flashrom")


def by_launcher(bench, *arguments, **options):
    return bench.run(*WRAP, FLASHROM, *arguments, **options)


def test_help_of_the_tool_s_flashrom_is_that_of_flashrom(bench):
    theirs = subprocess.run([REAL, "--help"], capture_output=True, text=True, env=environment(), check=False)
    ours = by_tool(bench, "--help")
    assert ours.status == theirs.returncode
    assert ours.out.replace(FLASHROM, "flashrom") == theirs.stdout.replace(REAL, "flashrom")


@pytest.mark.parametrize("called", [[FLASHROM], [f"{BUILD}/ch341a-beken", "flashrom"]])
def test_commands_that_are_proposed_begin_as_the_user_s_did(bench, called):
    # Without the backups of other tests on record.
    result = bench.run(*WRAP, *called, "-p", "ch341a_beken", "-c", "W25X05", "-E", chip="BK-SMALL",
                       flash=bench.random_file("die.bin", 64 << 10, 2),
                       env=dict(environment(), XDG_STATE_HOME=str(bench.folder)))
    assert f"    {' '.join(called)} -p ch341a_beken -c W25X05 -r backup.bin" in result.message.splitlines()


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

# SPDX-License-Identifier: GPL-2.0-or-later
"""The start fails for a reason beside the CH341A: another board, sudo's PATH, WSL, a sandbox."""
import os
import re
import shutil

import pytest

from beken_bench import BUILD, FLASHROM, TOOL, WRAP, assert_nothing_written, can_mount, environment
from faults import MESSAGE_SIZE, OTHER_BOARDS
from test_readme import MESSAGES, README

SECURE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# As the real one: nothing of the user's environment but what the tests need.
SUDO = f"""#!/bin/sh
exec env -i PATH={SECURE_PATH} LD_PRELOAD="$LD_PRELOAD" BEKEN_EMU_SOCKET="$BEKEN_EMU_SOCKET" \\
	XDG_STATE_HOME="$XDG_STATE_HOME" ASAN_OPTIONS="$ASAN_OPTIONS" "$@"
"""
OSRELEASE = "5.15.167.4-microsoft-standard-WSL2"


def script(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def the_error(result):
    """The one sentence, which is short, has a row in the messages, and comes last but for a command."""
    sentence, = re.findall(r"^ch341a.beken: (Error: .*)$", result.err, re.MULTILINE)
    assert len("ch341a_beken: " + sentence) <= MESSAGE_SIZE, len(sentence)
    last = [line for line in result.err.splitlines() if not re.match("ch341a.beken:     ", line)][-1]
    assert last.endswith(sentence)
    assert result.status == 1
    return sentence


def using(flashrom):
    return dict(environment(), FLASHROM=str(flashrom))


# ---- other boards ----

@pytest.mark.parametrize("usb_id", OTHER_BOARDS)
def test_another_board_is_named(bench, usb_id):
    result = bench.flashrom("-r", "out.bin", chip="BK-SMALL", settings=[f"usb_id={usb_id}"])
    name = OTHER_BOARDS[usb_id]
    assert the_error(result).startswith(f"Error: No CH341A found, only {name} (USB {usb_id}), which")
    assert f"No CH341A found, only {name}" in MESSAGES
    assert not bench.path("out.bin").exists()
    assert_nothing_written(result)


@pytest.mark.parametrize("settings", [["devices=0"], ["usb_id=1a86:7523"], ["usb_id=0403:55db"]])
def test_boards_of_others_are_not(bench, settings):
    error = the_error(bench.flashrom(chip="BK-SMALL", settings=settings))
    assert error.startswith("Error: No CH341A found (USB 1a86:5512).")


def test_a_ch341a_is_used_whatever_else_is_there(bench):
    settings = ["devices=2", "0.usb_id=1a86:55db"]
    assert bench.flashrom("-r", "out.bin", chip="BK-SMALL", settings=settings).status == 0
    settings.append("1.usb_mode=serial")
    assert "serial port mode (1a86:5523)" in the_error(bench.flashrom(chip="BK-SMALL", settings=settings))


# ---- permission ----

def command_for_sudo(bench, *command, env=None):
    """Runs it without permission; the command that it gives."""
    result = bench.run(*WRAP, *command, chip="BK-SMALL", settings=["usb_access=denied"], env=env)
    assert "No permission to open the CH341A at 1:4 (port 1-1). " in the_error(result)
    before, last = result.err.splitlines()[-2:]
    assert before.endswith("as root:")
    return re.fullmatch("ch341a.beken:     (sudo .*)", last)[1]


def run_below_sudo(bench, command):
    sudo = script(bench.path("bin") / "sudo", SUDO)
    env = environment()
    env["PATH"] = f"{sudo.parent}:{env['PATH']}"
    return bench.run("sh", "-c", command, chip="BK-SMALL", env=env)


def without_launcher():
    """The PATH of someone who has the tool in no folder but its own."""
    return dict(environment(), PATH=os.environ["PATH"])


@pytest.mark.parametrize("program, env", [([FLASHROM], environment()), ([TOOL, "flashrom"], without_launcher())],
                         ids=["launcher", "tool"])
@pytest.mark.parametrize("name", ["out.bin", "it's $HOME & a `back` \"up\".bin", "*"])
def test_the_command_of_the_permission_sentence_works(bench, program, env, name):
    command = command_for_sudo(bench, *program, "-p", "ch341a_beken:attempts=2", "-r", name, env=env)
    assert command.startswith(f"sudo {TOOL} flashrom -p ch341a_beken:attempts=2 -r ")
    result = run_below_sudo(bench, command)
    assert result.status == 0, result.err
    assert bench.path(name).stat().st_size == 64 << 10


def test_sudo_alone_would_not_work(bench):
    """Or the tests above and below could not fail."""
    result = run_below_sudo(bench, "sudo flashrom -p ch341a_beken -r out.bin")
    assert result.status == 1 and "ch341a_beken" in result.err


@pytest.mark.parametrize("program", ["$PWD/build/flashrom", '"$(command -v ch341a-beken)" flashrom'])
def test_the_commands_of_the_documents_work(bench, program):
    assert f"sudo {program} " in README + MESSAGES
    result = run_below_sudo(bench, f"sudo {program.replace('$PWD/build', str(BUILD))} -p ch341a_beken -r out.bin")
    assert result.status == 0, result.err


def test_the_tool_takes_the_launcher_for_flashrom(bench):
    """It is first on PATH, and passes on what is not for us; but it must not be told to run itself."""
    command = command_for_sudo(bench, TOOL, "flashrom", "-p", "ch341a_beken", "-r", "out.bin")
    result = run_below_sudo(bench, command)
    assert result.status == 0, result.err


@pytest.mark.parametrize("variable, name", [("PATH", "flashrom"), ("FLASHROM", "flashrom"), ("both", "our-flashrom")])
def test_the_command_leads_to_a_flashrom_that_sudo_would_not_find(bench, variable, name):
    real = shutil.which("flashrom", path=SECURE_PATH)
    own = script(bench.path("my tools") / name, f'#!/bin/sh\necho mine >"{bench.folder}/mark"\nexec {real} "$@"\n')
    env = environment()
    path = f"{BUILD}:{own.parent}:{env['PATH']}"
    env.update({"PATH": {"PATH": path}, "FLASHROM": {"FLASHROM": str(own)},
                "both": {"PATH": path, "FLASHROM": name}}[variable])
    command = command_for_sudo(bench, FLASHROM, "-p", "ch341a_beken", "-r", "out.bin", env=env)
    bench.path("mark").unlink()
    result = run_below_sudo(bench, command)
    assert result.status == 0, result.err
    assert bench.path("mark").read_text() == "mine\n"
    assert bench.path("out.bin").exists()


def test_a_long_command_is_whole(bench):
    command = command_for_sudo(bench, FLASHROM, "-p", "ch341a_beken", "-r", "./" * 1500 + "out.bin",
                               "-o", "./" * 1500 + "my.log")
    result = run_below_sudo(bench, command)
    assert result.status == 0, result.err
    assert bench.path("out.bin").stat().st_size == 64 << 10


# ---- WSL ----

@pytest.mark.skipif(not can_mount(), reason="no file can be mounted over another")
@pytest.mark.parametrize("settings, words", [
    (["devices=0"], ["No CH341A found (USB 1a86:5512). WSL", "usbipd attach --wsl"]),
    (["usb_access=denied"], ["No permission to open the CH341A at 1:4 (port 1-1). WSL", "udev"]),
    (["usb_id=1a86:55db"], ["only a CH347"]),
])
def test_in_wsl_it_is_said_what_is_different_there(bench, settings, words):
    release = bench.path("osrelease")
    release.write_text(OSRELEASE + "\n")
    inside = f'mount --bind {release} /proc/sys/kernel/osrelease && exec "$@"'
    result = bench.run("unshare", "-m", "sh", "-c", inside, "sh", FLASHROM, "-p", "ch341a_beken", chip="BK-SMALL",
                       settings=settings)
    error = the_error(result)
    for word in words:
        assert word in error
    assert ("as root:" in error) == (f"sudo {TOOL} flashrom -p ch341a_beken" in result.err)


# ---- a sandbox ----

# What flashrom says (cli_output.c, serial.c), to the screen and into its log.
NO_LOG = """#!/bin/sh
while [ "$1" != -o ]; do shift; done
echo "Error: opening log file \\"$2\\" failed: Permission denied" >&2
echo 'Please run "flashrom --help" for usage info.'
exit 1
"""
NO_PORT = """#!/bin/sh
while [ "$1" != -o ]; do shift; done
echo "Error: Cannot open serial port: Permission denied" >"$2"
exit 1
"""
USAGE = """#!/bin/sh
echo 'Please run "flashrom --help" for usage info.' >&2
exit 1
"""


@pytest.mark.parametrize("text", [NO_LOG, NO_PORT])
@pytest.mark.parametrize("program", [[FLASHROM], [TOOL, "flashrom"]])
def test_a_flashrom_that_cannot_open_our_files_gets_a_sentence(bench, text, program):
    own = script(bench.path("snap") / "flashrom", text)
    result = bench.run(*WRAP, *program, "-p", "ch341a_beken", "-r", "out.bin", chip="BK-SMALL",
                       env=using(own))
    error = the_error(result)
    assert "cannot open what this programmer gives it" in error and "snap" in error and "set FLASHROM" in error
    assert not bench.path("out.bin").exists()


def test_a_log_of_the_users_tells_as_well(bench):
    own = script(bench.path("snap") / "flashrom", NO_PORT)
    result = bench.run(*WRAP, FLASHROM, "-p", "ch341a_beken", "-o", "my.log", chip="BK-SMALL",
                       env=using(own))
    assert "cannot open what this programmer gives it" in the_error(result)


@pytest.mark.parametrize("text", [USAGE, "#!/bin/sh\nexit 1\n"])
def test_one_that_ends_for_another_reason_does_not(bench, text):
    own = script(bench.path("flashrom"), text)
    result = bench.run(*WRAP, FLASHROM, "-p", "ch341a_beken", chip="BK-SMALL", env=using(own))
    assert result.status == 1 and "ch341a_beken" not in result.err


def test_nor_does_one_that_was_connected(bench):
    """With a log that says so by chance."""
    real = shutil.which("flashrom", path=SECURE_PATH)
    own = script(bench.path("flashrom"), f'#!/bin/sh\n{real} "$@"\n{NO_PORT.split(chr(10), 1)[1]}')
    result = bench.run(*WRAP, FLASHROM, "-p", "ch341a_beken", chip="BK-SMALL", env=using(own))
    assert result.status == 1 and "snap" not in result.err, os.linesep + result.err

# SPDX-License-Identifier: GPL-2.0-or-later
"""Help, wrong command lines, and the two names of the program."""
import re
import shutil
import subprocess

import pytest

from beken_bench import FLASHROM, TOOL, TREE, environment
from tool_output import COMMANDS, PREFIX

KEYS = ["device", "enter", "leave", "attempts", "cen_low_ms", "window_ms", "pipeline", "clock", "unprotect", "sfdp",
        "backup", "image"]
TAKES = {
    "list": [],
    "check": KEYS[:8],
    "write": [key for key in KEYS if key != "backup"],
    "enter": ["device", "enter", "attempts", "cen_low_ms", "window_ms", "pipeline", "clock"],
    "report": ["device"],
    "hold": ["device"],
    "reset": ["device", "cen_low_ms"],
    "serve": KEYS[:-1],
    "image": [],
}
# Those that take something besides options.
WITH_OPERANDS = ["write", "report", "hold", "image"]


def run(*arguments, program=TOOL, **options):
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60, check=False,
                          env=environment(), **options)


def assert_refused(result, *words):
    assert result.returncode == 2, result
    assert result.stdout == ""
    assert re.fullmatch(rf"{PREFIX}Error: [^\n]+\n", result.stderr)
    for word in words:
        assert word in result.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["help"]])
def test_help_names_every_command(arguments):
    result = run(*arguments)
    assert result.returncode == 0 and result.stderr == ""
    assert re.findall(r"^  ([a-z]+) ", result.stdout, re.MULTILINE)[:len(COMMANDS)] == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("arguments", [["{}", "--help"], ["{}", "-h"], ["help", "{}"]])
def test_help_of_a_command(command, arguments):
    result = run(*(argument.format(command) for argument in arguments))
    assert result.returncode == 0 and result.stderr == ""
    assert result.stdout.startswith(f"Usage: ch341a-beken {command} ")
    assert "\nExit status:\n  0  " in result.stdout
    assert "\n  1  " in result.stdout and "\n  2  " in result.stdout


@pytest.mark.parametrize("command", [[], *([command] for command in COMMANDS)])
def test_help_fits_80_columns(command):
    for line in run(*command, "--help").stdout.splitlines():
        assert len(line) < 80, line
        assert line == line.rstrip()


@pytest.mark.parametrize("command", COMMANDS)
def test_help_lists_exactly_the_parameters_that_are_taken(command):
    listed = re.findall(r"^  ([a-z_]+)=", run(command, "--help").stdout, re.MULTILINE)
    assert listed == TAKES[command]
    if not listed:
        assert_refused(run(command, "-p", "device=0"), "-p")
        return
    for key in set(KEYS) - set(listed):
        assert_refused(run(command, "-p", f"{key}=auto"), f'"{key}"', f'"{command}"')


def test_version_is_that_of_the_project():
    result = run("--version")
    version = re.search(r"version : '([^']+)'", (TREE / "meson.build").read_text())[1]
    assert (result.returncode, result.stdout, result.stderr) == (0, f"ch341a-beken {version}\n", "")


@pytest.mark.parametrize("word, meant", [("lst", "list"), ("chekc", "check"), ("serv", "serve"), ("res", "reset")])
def test_a_misspelt_command_gets_a_suggestion(word, meant):
    assert_refused(run(word), f'"{word}"', f'Did you mean "{meant}"?')


@pytest.mark.parametrize("word", ["frobnicate", "x", "", "e" * 5000])
def test_other_words_get_the_way_to_help(word):
    result = run(word)
    assert_refused(result, f'"{word[:60]}"', "--help")
    assert "Did you mean" not in result.stderr


@pytest.mark.parametrize("arguments, words", [
    ([], ["Which command?"]),
    (["--frob"], ["--frob"]),
    (["help", "frob"], ['"frob"']),
])
def test_wrong_start(arguments, words):
    assert_refused(run(*arguments), *words)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("arguments, words", [
    (["--frob"], ["--frob is unknown"]),
    (["--frob=1"], ["--frob=1"]),
    (["-x"], ["-x is unknown"]),
    (["-Vx"], ["-x is unknown"]),
    (["operand"], ['"operand" is no option']),
])
def test_wrong_options_are_named(command, arguments, words):
    if arguments == ["operand"] and command in WITH_OPERANDS:
        return
    assert_refused(run(command, *arguments), *words, f"{command} --help")


@pytest.mark.parametrize("command", [command for command in COMMANDS if TAKES[command]])
@pytest.mark.parametrize("arguments, words", [
    (["-p"], ["-p needs a value"]),
    (["--param"], ["--param needs a value"]),
    (["-p", "speed=1"], ['"speed"', *KEYS]),
    (["-p", "device"], ['"device"', "key=value"]),
    (["-p", "cen_low_ms=0"], ['"cen_low_ms"', "milliseconds"]),
    (["-p", "device=1,device=2"], ["more than once"]),
    (["-p", "device=1", "-p", "device=2"], ["more than once"]),
    (["-p", "device=" + "x" * 2000], ["longer than 1023 characters"]),
])
def test_wrong_parameters_are_named(command, arguments, words):
    if arguments[-1].startswith("cen_low_ms") and "cen_low_ms" not in TAKES[command]:
        words = ['"cen_low_ms"', f'no meaning for "{command}"']
    if "attempts" not in TAKES[command]:
        words = [word for word in words if word != "attempts"]
    assert_refused(run(command, *arguments), *words)


def test_a_full_disk_is_a_failure():
    with open("/dev/full", "w") as full:
        result = subprocess.run([TOOL, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr == f"{PREFIX}Error: Cannot write to standard output.\n"


def test_the_command_flashrom_is_the_launcher_under_another_name():
    for result in (run("--version", program=FLASHROM), run("flashrom", "--version")):
        assert result.returncode == 0
        assert result.stdout.startswith("flashrom ")


@pytest.mark.parametrize("name", ["beken", "flashrom"])
def test_the_name_of_the_tool_s_file_has_no_meaning(tmp_path, name):
    link = tmp_path / name
    link.symlink_to(TOOL)
    assert run("--version", program=str(link)).stdout.startswith("ch341a-beken ")

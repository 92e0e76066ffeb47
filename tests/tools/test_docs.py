# SPDX-License-Identifier: GPL-2.0-or-later
"""Help, man pages and completions name the same commands, options and keys."""
import pathlib
import re
import subprocess

import pytest

from beken_bench import TOOL

DOC = pathlib.Path(__file__).resolve().parents[2] / "doc"
MAN_1 = (DOC / "man" / "ch341a-beken.1").read_text()
MAN_7 = (DOC / "man" / "ch341a_beken.7").read_text()
COMPLETIONS = {name: (DOC / "completions" / name).read_text()
               for name in ("ch341a-beken.bash", "_ch341a-beken", "ch341a-beken.fish")}


def help_of(*command):
    return subprocess.run([TOOL, *command, "--help"], capture_output=True, text=True, check=True, timeout=60).stdout


COMMANDS = re.findall(r"^  ([a-z]+) ", help_of().split("Commands:")[1].split("Options:")[0], re.MULTILINE)
# All but `flashrom`, whose options are flashrom's.
OWN = [command for command in COMMANDS if command != "flashrom"]
OPTIONS = {command: set(re.findall(r"^ +(?:-\w, )?--([a-z-]+)", help_of(command), re.MULTILINE)) for command in OWN}
# No command takes both of the last two.
KEYS = list(dict.fromkeys(re.findall(r"^  ([a-z_]+)=", help_of("serve") + help_of("write"), re.MULTILINE)))


def line_of(shell, command):
    """What a completion says of one command."""
    text = COMPLETIONS[shell]
    if shell.endswith(".fish"):
        named = rf"__fish_seen_subcommand_from [a-z ]*\b{command}\b"
        return "\n".join(line for line in text.replace("\\\n", " ").splitlines()
                         if re.search(named, line) or (line.startswith("complete") and "subcommand" not in line))
    block = re.search(rf"^\t{command}\) (.*?);;", text, re.MULTILINE | re.DOTALL).group(1)
    for name in ("common", "param", "json"):    # variables of zsh
        values = re.search(rf"^\t{name}=\((.*)\)$", text, re.MULTILINE)
        block = block.replace(f"${name}", values.group(1)) if values else block
    return block


def test_there_is_something_to_compare():
    assert len(COMMANDS) == 10 and len(KEYS) == 12
    assert {"no-backup", "erase-download"} < OPTIONS["write"]
    assert OPTIONS["check"] == {"loop", "loopback", "json", "param", "verbose", "help"}


@pytest.mark.parametrize("command", COMMANDS)
def test_man_page_has_every_command_and_option(command):
    assert f".It Cm {command}\n" in MAN_1
    assert f"\n.Cm {command}\n" in MAN_1.split(".Sh DESCRIPTION")[0]
    for option in OPTIONS.get(command, ()):
        assert re.search(rf"^\.It (Fl \w , )?Fl -{option}\b", MAN_1, re.MULTILINE), option


def test_man_page_has_no_other_option():
    known = set().union(*OPTIONS.values()) | {"version"}
    assert set(re.findall(r"^\.It (?:Fl \w , )?Fl -([a-z-]+)", MAN_1, re.MULTILINE)) == known


def test_programmer_page_has_every_key():
    assert re.findall(r"^\.It Cm ([a-z_]+) Ns = Ns", MAN_7, re.MULTILINE) == KEYS


@pytest.mark.parametrize("command", OWN)
@pytest.mark.parametrize("shell", COMPLETIONS)
def test_completion_has_every_option(shell, command):
    said = line_of(shell, command)
    found = set(re.findall(r"(?:--|-l )([a-z-]+)", said))
    assert OPTIONS[command] <= found
    assert found <= OPTIONS[command] | {"version"}


@pytest.mark.parametrize("shell", COMPLETIONS)
def test_completion_has_every_key_and_command(shell):
    for word in KEYS + COMMANDS:
        assert re.search(rf"\b{word}\b", COMPLETIONS[shell]), word


@pytest.mark.parametrize("page", sorted(path.name for path in DOC.glob("*.md")))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)\)", (DOC / page).read_text()):
        assert (DOC / target).exists(), target

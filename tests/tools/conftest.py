# SPDX-License-Identifier: GPL-2.0-or-later
"""`ch341a-beken` as a user runs it, on the emulator; see tests/blackbox/conftest.py."""
import importlib.util
import json
import pathlib
import re

import pytest

BLACKBOX = pathlib.Path(__file__).resolve().parents[1] / "blackbox"


def load(name):
    """A module of tests/blackbox, whose conftest.py has the same name as this one."""
    spec = importlib.util.spec_from_file_location("blackbox_" + name, BLACKBOX / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


blackbox = load("conftest")
BUILD, EMU, FLASHROM, WRAP = blackbox.BUILD, blackbox.EMU, blackbox.FLASHROM, blackbox.WRAP
matrix = blackbox.matrix
ALARMS, environment = blackbox.ALARMS, blackbox.environment
TOOL = str(BUILD / "ch341a-beken")
MKIMAGE = str(BUILD / "tests/image/beken-mkimage")
COMMANDS = ["list", "check", "enter", "reset", "serve"]
PREFIX = "ch341a-beken: "


class Bench(blackbox.Bench):
    def tool(self, *arguments, **options):
        """ch341a-beken ARGUMENTS"""
        result = self.run(*WRAP, TOOL, *arguments, **options)
        assert_safe(result)
        return result

    def image(self, name, chip, size):
        """An image as on a chip that works."""
        import subprocess
        subprocess.run([MKIMAGE, "--chip", chip, "--size", size, name], cwd=self.folder, check=True)
        return self.path(name)


def assert_safe(result):
    if result.report:
        blackbox.assert_pins_are_safe(result)
    assert "\x1b" not in result.out + result.err, "no colours"


def assert_one_form(text):
    """Whatever we say on stderr starts alike."""
    for line in text.splitlines():
        assert line.startswith(PREFIX), line


def errors(result):
    return re.findall(rf"^{PREFIX}Error: (.*)$", result.err, re.MULTILINE)


def assert_nothing_written(result):
    for key, value in result.report.items():
        if key.endswith(".dirty"):
            assert value == "no"
        if key.endswith((".programs", ".erases", ".wrsr")):
            assert value == "0", key


def parse_json(result):
    return json.loads(result.out)


def note_matrix(chip, operation, ok, program="flashrom 1.3.0 + ch341a-beken serve"):
    """One line of what was covered, for tests/run.sh to show."""
    matrix.note(program, "preload", chip, operation, ok)


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)

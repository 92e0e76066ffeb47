# SPDX-License-Identifier: GPL-2.0-or-later
"""What `ch341a-beken` prints, and the line for the table of what was tried."""
import json
import re

import matrix

COMMANDS = ["list", "check", "write", "report", "hold", "enter", "reset", "serve", "image"]
PREFIX = "ch341a-beken: "


def assert_one_form(text):
    """Whatever we say on stderr starts alike."""
    for line in text.splitlines():
        assert line.startswith(PREFIX), line


def errors(result):
    return re.findall(rf"^{PREFIX}Error: (.*)$", result.err, re.MULTILINE)


def parse_json(result):
    return json.loads(result.out)


def note_matrix(chip, operation, ok, program="flashrom 1.3.0 + ch341a-beken serve"):
    """One line of what was covered, for tests/run.sh to show."""
    matrix.note(program, "preload", chip, operation, ok)

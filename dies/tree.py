# SPDX-License-Identifier: GPL-2.0-or-later
"""What a source tree of flashrom or flashprog knows of dies."""
import dataclasses
import pathlib
import re

HEADER = pathlib.PurePath("include/flashchips.h")
CHIPS = pathlib.PurePath("flashchips.c")
# Vendors of entries that stand for no maker; they come last in the tree, whatever their names.
NO_MAKERS = ("Generic", "Programmer", "Unknown")


@dataclasses.dataclass(frozen=True)
class Entry:
    """A chip definition. Lines are counted from 1."""
    path: str
    first: int
    lines: tuple

    @property
    def last(self):
        return self.first + len(self.lines) - 1

    def line_of(self, field):
        """Where a field is, or None."""
        for i, line in enumerate(self.lines):
            if re.match(rf"\s*\.{re.escape(field)}\s*=", line):
                return self.first + i
        return None

    def text(self, field):
        """The value of a field that may take several lines."""
        first = self.line_of(field) - self.first
        last = next(i for i in range(first, len(self.lines)) if self.lines[i].rstrip().endswith(","))
        return " ".join(self.lines[first:last + 1])

    def value(self, *fields):
        """The value of the first of these fields that there is."""
        for field in fields:
            line = self.line_of(field)
            if line:
                return self.lines[line - self.first].split("=", 1)[1].strip().rstrip(",").strip('"')
        return ""

    @property
    def maker(self):
        return self.value("manufacture_id", "id.manufacture")

    @property
    def model(self):
        return self.value("model_id", "id.model")

    @property
    def name(self):
        return self.value("name")

    @property
    def vendor(self):
        return self.value("vendor")


@dataclasses.dataclass(frozen=True)
class Macro:
    name: str
    value: int
    line: int


def read_lines(path):
    return path.read_text(errors="replace").splitlines()


def read_entries(path, lines):
    first = None
    for number, line in enumerate(lines, 1):
        # A few entries begin with blanks in place of the tab.
        plain = line.expandtabs(8).rstrip()
        if plain == " " * 8 + "{":
            first = number
        elif plain == " " * 8 + "}," and first:
            yield Entry(path, first, tuple(lines[first - 1:number]))
            first = None


class Tree:
    def __init__(self, root):
        self.lines = {str(HEADER): read_lines(root / HEADER), str(CHIPS): read_lines(root / CHIPS)}
        for path in sorted((root / "flashchips").glob("*.c")):
            self.lines[str(path.relative_to(root))] = read_lines(path)
        self.in_folder = len(self.lines) > 2
        self.macros = {macro.name: macro for macro in self.read_macros()}
        self.entries = [entry for path, lines in self.lines.items() if path.endswith(".c")
                        for entry in read_entries(path, lines)]

    def read_macros(self):
        for number, line in enumerate(self.lines[str(HEADER)], 1):
            match = re.match(r"#define\s+(\w+)\s+(0x[0-9A-Fa-f]+)", line)
            if match:
                yield Macro(match[1], int(match[2], 16), number)

    def value_of(self, name):
        return self.macros[name].value if name in self.macros else -1

    def entries_of_die(self, die):
        return [entry for entry in self.entries if self.value_of(entry.maker) == int(die.maker_byte, 16) and
                self.value_of(entry.model) == die.model]

    def entries_of_vendors(self, names):
        return [entry for entry in self.entries if entry.vendor in names and not entry.name.startswith("unknown ")]

    def blank_above(self, path, line):
        """The nearest empty line above, so that comments stay with what they are about."""
        while self.lines[path][line - 1]:
            line -= 1
        return line

    def next_vendor(self, name):
        """The first entry of the vendor that follows a name in the alphabet, as the tree sorts it."""
        later = [entry for entry in self.entries if entry.vendor > name and entry.vendor not in NO_MAKERS]
        vendor = min(entry.vendor for entry in later)
        return next(entry for entry in later if entry.vendor == vendor)

    def next_maker_macro(self, prefix):
        later = [macro for macro in self.macros.values() if re.search(r"_ID\b", macro.name) and macro.name > prefix]
        word = min(macro.name.split("_")[0] for macro in later)
        return next(macro for macro in later if macro.name.split("_")[0] == word)

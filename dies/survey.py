#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Finds the places for dies in a clean source tree and prints them as a file for places/.

    dies/survey.py TREE >dies/places/RELEASE.txt

Look it over: trees are not sorted everywhere.
"""
import argparse
import pathlib
import sys

import definition
import table
from tree import CHIPS, HEADER, Tree



class Edits:
    """Insertions and replacements by line of a file, and the hunks that they make."""

    def __init__(self, lines):
        self.lines = lines
        self.inserted = {}  # behind which line: texts
        self.replaced = {}  # line: text

    def insert(self, line, *texts):
        self.inserted.setdefault(line, []).extend(texts)

    def hunks(self):
        """With one line of context; those that touch become one."""
        touched = sorted({number for line in self.inserted for number in (line, line + 1)} |
                         {number for line in self.replaced for number in (line - 1, line, line + 1)})
        touched = [number for number in touched if 1 <= number <= len(self.lines)]
        last = None
        for number in touched:
            if last is None or number > last + 1:
                yield f"@@ {number}"
            text = self.lines[number - 1]
            if number in self.replaced:
                yield from (f"-{text}", f"+{self.replaced[number]}")
            else:
                yield f" {text}".rstrip(" ")
            yield from ("+" + text for text in self.inserted.get(number, []))
            last = number


class Survey:
    def __init__(self, tree, dies, makers):
        self.tree = tree
        self.makers = makers
        self.known = [die for die in dies if tree.entries_of_die(die)]
        self.new = [die for die in dies if die.chip and die not in self.known]
        self.named = [die for die in self.new
                      if tree.value_of(definition.macro_of(die, makers[die.maker_byte])) == die.model]
        self.edits = {path: Edits(lines) for path, lines in tree.lines.items()}
        self.new_files = {}  # path: prefix

    def new_by_maker(self):
        """Dies that the tree lacks, by the prefix of their maker."""
        groups = {}
        for die in self.new:
            groups.setdefault(self.makers[die.maker_byte].prefix, []).append(die)
        return groups

    def makers_of(self, prefix):
        return [maker for maker in self.makers.values() if maker.prefix == prefix]

    # ---- definitions ----

    def place_by_name(self, die, entries):
        """Behind which line of which file, and the entry that follows, of the same maker or None."""
        key = definition.sort_key(die.chip)
        smaller = [i for i, entry in enumerate(entries) if definition.sort_key(entry.name) < key]
        i = smaller[-1] + 1 if smaller else 0
        if i < len(entries):
            return entries[i].path, self.tree.blank_above(entries[i].path, entries[i].first), entries[i]
        lines = self.tree.lines[entries[-1].path]
        behind = entries[-1].last
        # At the end of a file the empty line comes with the definition.
        return entries[-1].path, behind + 1 if behind < len(lines) and not lines[behind] else behind, None

    def place_chips(self, prefix, dies):
        vendor, *others = {name: None for maker in self.makers_of(prefix)
                           for name in (maker.name, maker.flashprog_name) if name}
        entries = self.tree.entries_of_vendors([vendor, *others])
        if not entries and self.tree.in_folder:
            self.new_files[f"flashchips/{prefix.lower()}.c"] = prefix
            return
        if not entries:
            entry = self.tree.next_vendor(vendor)
            line = self.tree.blank_above(entry.path, entry.first)
            self.edits[entry.path].insert(line, f"{{chips {prefix}}}")
            return
        places = {}
        for die in dies:
            path, line, entry = self.place_by_name(die, entries)
            places[path, line] = entry
        for (path, line), entry in places.items():
            below = f" below {entry.name.split('/')[0]}" if entry and len(places) > 1 else ""
            self.edits[path].insert(line, f"{{chips {prefix}{below}}}")

    def include_new_files(self):
        """The list of files in flashchips.c is sorted."""
        includes = [(number, line) for number, line in enumerate(self.tree.lines[str(CHIPS)], 1)
                    if line.startswith('#include "flashchips/')]
        for path in sorted(self.new_files):
            text = f'#include "{path}"'
            before = max(number for number, line in includes if line < text)
            self.edits[str(CHIPS)].insert(before, text)

    # ---- macros ----

    def place_macros(self, prefix, dies):
        macros = [macro for macro in self.tree.macros.values() if macro.name.startswith(prefix + "_")]
        if not any(maker.macro in self.tree.macros for maker in self.makers_of(prefix)):
            line = self.tree.blank_above(str(HEADER), self.tree.next_maker_macro(prefix).line)
            self.edits[str(HEADER)].insert(line, f"{{maker {prefix}}}")
            return
        models = [macro for macro in macros if "_ID" not in macro.name]
        places = {}
        for die in dies:
            smaller = [i for i, macro in enumerate(models) if macro.value < die.model]
            i = smaller[-1] + 1 if smaller else 0
            places[models[i].line - 1 if i < len(models) else macros[-1].line] = models[i] if i < len(models) else None
        for line, following in places.items():
            below = f" below {following.value:x}" if following else ""
            self.edits[str(HEADER)].insert(line, f"{{ids {prefix}{below}}}")

    # ---- definitions that lack something of write protection ----

    def amend_features(self, entry, die):
        text = entry.text("feature_bits")
        missing = [] if "FEATURE_WRSR_WREN" in text or "FEATURE_WRSR_EITHER" in text else ["FEATURE_WRSR_WREN"]
        # SR1 goes with SR2 by a 01h of two bytes, even where the release writes SR2 by 31h.
        if die.sr2_write != "-" and definition.sr2_flag(die) not in text.replace("_EXT3", "_EXT2"):
            missing.append(definition.sr2_flag(die))
        if not missing:
            return
        edits, line = self.edits[entry.path], entry.line_of("feature_bits")
        old = self.tree.lines[entry.path][line - 1]
        # A value of several lines ends with an operator here.
        ending = " |" if old.endswith("|") else ","
        new = " | ".join([old.rstrip(" |,"), *missing]) + ending
        if len(new.expandtabs(definition.TAB)) <= definition.LINE_LIMIT:
            edits.replaced[line] = new
        else:
            edits.replaced[line] = old.rstrip(" |,") + " |"
            edits.insert(line, "\t\t\t\t  " + " | ".join(missing) + ending)

    def amend_bits(self, entry, die, spelling):
        """Puts the bits that lack behind those that are there."""
        first = entry.line_of("reg_bits")
        end = next(entry.first + i for i, line in enumerate(entry.lines)
                   if line.expandtabs(8) == " " * 16 + "}," and entry.first + i > first)
        there = "\n".join(self.tree.lines[entry.path][first - 1:end])
        names = [name for name, _ in definition.register_bits(die, spelling.flashprog)]
        missing = [name for name in names if f".{name}" not in there]
        if missing == [name for name in names if name != "qe"]:
            missing = ["bits"]
        self.edits[entry.path].insert(end - 1, *(f"{{field {name} {die.jedec_id}}}" for name in missing))

    def amend(self, entry, die, spelling):
        edits = self.edits[entry.path]
        if not entry.line_of("decode_range"):
            if entry.line_of("reg_bits"):
                self.amend_bits(entry, die, spelling)
            edits.insert(self.place_of_fields(entry), *(
                f"{{field {name} {die.jedec_id}}}" for name, _ in definition.protection_fields(die, spelling)
                if not entry.line_of(name)))
            self.amend_features(entry, die)
        line = entry.line_of("unlock")
        if line:
            edits.replaced[line] = definition.unlock_none(spelling)

    @staticmethod
    def place_of_fields(entry):
        """Behind which line. flashprog ends with the functions that prepare access."""
        line = entry.line_of("prepare_access")
        return line - 1 if line else entry.last - 1

    def amend_all(self, spelling):
        for die in self.known:
            for entry in self.tree.entries_of_die(die):
                self.amend(entry, die, spelling)

    # ---- all ----

    def head(self, spelling):
        yield "# SPDX-License-Identifier: GPL-2.0-or-later"
        yield f"spelling {spelling}"
        flashrom = spelling.startswith("flashrom")
        yield "message " + ("flashrom.txt test-unlocked.txt" if flashrom else "flashprog.txt test-flashprog.txt")
        for word, dies in (("has", self.known), ("named", self.named)):
            if dies:
                yield " ".join([word, *(die.jedec_id for die in dies)])

    def file_head(self):
        tagged = any("SPDX-FileCopyrightText" in line for lines in self.tree.lines.values() for line in lines)
        holder = "SPDX-FileCopyrightText:" if tagged else "Copyright (C)"
        return ["/*", " * This file is part of the flashrom project.", " *",
                " * SPDX-License-Identifier: GPL-2.0-or-later", f" * {holder} 2026 ch341a_beken developers", " */", ""]

    def report(self):
        spelling = spelling_of(self.tree)
        for prefix, dies in sorted(self.new_by_maker().items()):
            self.place_chips(prefix, dies)
            self.place_macros(prefix, [die for die in dies if die not in self.named])
        self.include_new_files()
        self.amend_all(definition.SPELLINGS[spelling])
        yield from self.head(spelling)
        files = {path: ["file " + path, *hunks] for path, edits in self.edits.items() if (hunks := list(edits.hunks()))}
        for path, prefix in self.new_files.items():
            files[path] = ["new " + path, *("+" + line for line in [*self.file_head(), f"{{chips {prefix}}}"])]
        for path in sorted(files):
            yield from files[path]


def spelling_of(tree):
    lines = {line.strip() for lines in tree.lines.values() for line in lines}
    if any("SPI_BLOCK_ERASE_20" in line for line in lines):
        return "flashrom-1.4"
    return "flashprog-main" if any(line.startswith(".id.type") for line in lines) else "flashprog-1.5"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("tree", type=pathlib.Path, help="a clean source tree")
    arguments = parser.parse_args()
    data = pathlib.Path(__file__).resolve().parent
    dies, makers = table.read_dies(data / "dies.csv"), table.read_makers(data / "makers.csv")
    print("\n".join(Survey(Tree(arguments.tree), dies, makers).report()))


if __name__ == "__main__":
    sys.exit(main())

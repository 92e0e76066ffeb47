# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads places/RELEASE.txt: where in a release the definitions and macros go. README.md describes the form."""
import dataclasses
import re

import definition

DIRECTIVE = re.compile(r"\+\{(chips|ids|maker|field) ([^}]+)\}")


class PlaceError(Exception):
    pass


@dataclasses.dataclass
class Directive:
    kind: str
    words: list
    takes_the_rest: bool = False

    @property
    def prefix(self):
        return self.words[0]

    @property
    def below(self):
        """What follows in the release, or None if all that is left goes here."""
        return None if self.takes_the_rest or len(self.words) < 3 else self.words[2]


@dataclasses.dataclass
class Hunk:
    start: int  # line of the release; 0 in a new file
    lines: list = dataclasses.field(default_factory=list)  # text with ' ', '-' or '+' before it, and directives


@dataclasses.dataclass
class File:
    path: str
    is_new: bool
    hunks: list


@dataclasses.dataclass
class Places:
    release: str
    spelling: definition.Spelling = None
    message: list = dataclasses.field(default_factory=list)  # names of files in messages/
    known: set = dataclasses.field(default_factory=set)  # IDs that the release has definitions for
    named: set = dataclasses.field(default_factory=set)  # IDs that it has a macro for, but no definition
    files: list = dataclasses.field(default_factory=list)


def read_line(places, line):
    """Whether the line means something."""
    word, _, rest = line.partition(" ")
    hunks = places.files[-1].hunks if places.files else []
    if word == "spelling" and rest in definition.SPELLINGS:
        places.spelling = definition.SPELLINGS[rest]
    elif word == "message":
        places.message = rest.split()
    elif word == "has":
        places.known |= set(rest.split())
    elif word == "named":
        places.named |= set(rest.split())
    elif word == "file":
        places.files.append(File(rest, False, []))
    elif word == "new":
        places.files.append(File(rest, True, [Hunk(0)]))
    elif word == "@@" and places.files and rest.isdigit():
        hunks.append(Hunk(int(rest)))
    elif hunks and (match := DIRECTIVE.fullmatch(line)):
        hunks[-1].lines.append(Directive(match[1], match[2].split()))
    elif hunks and line[:1] in ("", " ", "+", "-"):
        hunks[-1].lines.append(line or " ")
    else:
        return line.startswith("#")
    return True


def read_places(path):
    places = Places(path.stem)
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not read_line(places, line):
            raise PlaceError(f"{path.name}:{number}: {line!r} is not understood")
    last = {}
    for file in places.files:
        for hunk in file.hunks:
            last |= {(line.kind, line.prefix): line for line in hunk.lines if isinstance(line, Directive)}
    for directive in last.values():
        directive.takes_the_rest = True
    return places

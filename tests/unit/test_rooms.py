# SPDX-License-Identifier: GPL-2.0-or-later
"""The walls between the rooms of programmer/ hold.

Usage: test_rooms.py COMPILE_COMMANDS. For each room takes the command that
compiles one of its sources, and compiles with it an #include of a header of each
other room: it works where the room may know the other, and nowhere else.
"""
import json
import pathlib
import shlex
import subprocess
import sys
import tempfile

PROGRAMMER = pathlib.Path(__file__).resolve().parent.parent.parent / "programmer"
# Which rooms a room may know besides itself; doc/architecture.md says why.
LAWFUL = {
    "core": set(),
    "driver": {"core"},
    "engine": {"core"},
    "image": set(),
    "common": set(),
    "stock": {"engine", "image", "common", "core"},
    "tool": {"stock", "engine", "image", "common", "core"},
    "launcher": {"common"},
}
# Of core/ the room common/ has a copy of this header, and no other.
SHARED = "clock.h"


def headers(room):
    return sorted(path.name for path in (PROGRAMMER / room).glob("*.h") if path.name != SHARED)


def compile_command(database, room):
    """The compiler and its options, as the room's own target has them, and where it runs."""
    for entry in database:
        source = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        # Unit tests compile the same sources with more to see.
        if source.parent != PROGRAMMER / room or entry["output"].startswith("tests/unit/"):
            continue
        words, options = iter(shlex.split(entry["command"])), []
        for word in words:
            if word in ("-o", "-MF", "-MQ"):
                next(words)
            elif word not in ("-c", "-MD", entry["file"]):
                options.append(word)
        return options, entry["directory"]
    raise SystemExit(f"No source of {room}/ is compiled.")


def compiles(command, folder, header):
    """Whether one line that includes the header compiles, and the compiler's complaint."""
    with tempfile.TemporaryDirectory() as elsewhere:
        source = pathlib.Path(elsewhere) / "one_line.c"
        source.write_text(f'#include "{header}"\n')
        result = subprocess.run([*command, "-fsyntax-only", str(source)], cwd=folder, capture_output=True,
                                text=True, check=False)
    return result.returncode == 0, result.stderr


def reached(command, folder, names):
    """All of these headers that are on the include path."""
    with tempfile.TemporaryDirectory() as elsewhere:
        source = pathlib.Path(elsewhere) / "all.c"
        source.write_text("".join(f'#if __has_include("{name}")\nREACHED {name}\n#endif\n' for name in names))
        result = subprocess.run([*command, "-E", "-P", str(source)], cwd=folder, capture_output=True, text=True,
                                check=True)
    return {line.split()[1] for line in result.stdout.splitlines() if line.startswith("REACHED ")}


def check_arrow(command, folder, room, other):
    """What is wrong with the arrow from one room to another, or None."""
    header = headers(other)[0]
    works, complaint = compiles(command, folder, header)
    if other in LAWFUL[room] or other == room:
        return None if works else f"{room}/ may know {other}/, but {header} does not compile:\n{complaint}"
    if works:
        return f"{room}/ must not know {other}/, but {header} compiles."
    if "No such file" not in complaint:
        return f"{room}/ must not know {other}/, and {header} fails for another reason:\n{complaint}"
    return None


def check_room(database, room):
    """A finding, or None, for each thing that was checked."""
    command, folder = compile_command(database, room)
    yield from (check_arrow(command, folder, room, other) for other in LAWFUL if headers(other))
    lawful = {name for other in LAWFUL[room] | {room} for name in headers(other)}
    wrong = reached(command, folder, [name for other in LAWFUL for name in headers(other)]) ^ lawful
    yield f"{room}/ reaches, or does not reach, {' '.join(sorted(wrong))}." if wrong else None
    if room == "common":
        works, complaint = compiles(command, folder, SHARED)
        yield None if works else f"{room}/ may know {SHARED}:\n{complaint}"


def main():
    database = json.loads(pathlib.Path(sys.argv[1]).read_text())
    found = [finding for room in LAWFUL for finding in check_room(database, room)]
    rooms = {path.parent.name for path in PROGRAMMER.glob("*/*.c")}
    found.append(None if rooms == set(LAWFUL) else f"Rooms without a rule, or rules without a room: {rooms ^ set(LAWFUL)}")
    failed = [finding for finding in found if finding]
    print(*failed, sep="\n")
    print(f"{len(found) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


sys.exit(main())

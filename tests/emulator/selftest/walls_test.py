#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each room of the emulator can include the headers that it may know, and no others.

    walls_test.py BUILD_DIR

The preprocessor is asked for each header, with the flags that the room's own
sources have in compile_commands.json.
"""
import json
import pathlib
import shlex
import subprocess
import sys

EMULATOR = pathlib.Path(__file__).resolve().parents[1]
PROGRAMMER = EMULATOR.parents[1] / "programmer"
# The arrows of README.md. "main" is main.c. A room of headers only has no flags to look at.
MAY_KNOW = {
    "model": set(),
    "trace": {"model"},
    "setup": {"model", "trace"},
    "protocol": None,
    "run": {"model", "trace", "setup", "protocol"},
    "preload": {"protocol"},
    "usbip": {"model", "trace", "setup"},
    "main": {"model", "trace", "setup", "run", "usbip"},
    "selftest": {"model", "trace"},
}
# Each test is linked with what it tests; this one knows most.
SOURCES = {"main": "main.c", "selftest": "selftest/wave_test.c"}


def commands(build):
    """Compiler and flags of one source of each room."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        source = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if EMULATOR in source.parents:
            path = source.relative_to(EMULATOR)
            for room in MAY_KNOW:
                if str(path) == SOURCES.get(room, str(path)) and room in (path.parts[0], path.stem):
                    found[room] = shlex.split(entry["command"])
    return found


def reached(command, headers, build):
    """Those that a source outside of all rooms can include."""
    flags = command[:command.index("-MD")]
    text = "".join(f'#if __has_include("{header}")\n"{header}"\n#endif\n' for header in headers)
    printed = subprocess.run([*flags, "-E", "-P", "-"], input=text, cwd=build, capture_output=True, text=True,
                             check=True).stdout
    return {line.strip('"') for line in printed.splitlines() if line.startswith('"')}


def main(build):
    rooms = {header.name: room for room in MAY_KNOW for header in (EMULATOR / room).glob("*.h")}
    foreign = {header.name for header in PROGRAMMER.rglob("*.h")} - set(rooms)
    # Named as one of the system's (pty.h): where it comes from cannot be seen so.
    foreign -= reached(["cc", "-x", "c", "-MD"], foreign, build)
    assert rooms and foreign, "no headers"
    failed = 0
    found = commands(build)
    checked = [room for room, known in MAY_KNOW.items() if known is not None]
    for room in checked:
        wanted = {header for header, owner in rooms.items() if owner in {room, *MAY_KNOW[room]}}
        # What lies beside a source needs no include path.
        own = {header for header, owner in rooms.items() if owner == room}
        got = reached([*found[room][:1], "-x", "c", *found[room][1:]], {*rooms, *foreign}, build) | own
        failed += got != wanted
        for header in sorted(got ^ wanted):
            owner = rooms.get(header, "programmer")
            print(f"not ok: {room} {'can' if header in got else 'cannot'} include {owner}/{header}")
    print(f"{len(checked) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))

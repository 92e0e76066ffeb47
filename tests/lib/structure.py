# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules on how C sources are built up that grep cannot check. Prints what breaks them.

Usage: structure.py RULE FOLDER, or structure.py --self-test, which prints the rules that find nothing in sources
that break them.
"""
import pathlib
import re
import sys
import tempfile

LONGEST_FUNCTION = 60
LONGEST_FILE = 500
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')


def sources(folder):
    return sorted(folder.rglob("*.[ch]"))


def includes(path):
    found = (INCLUDE.match(line) for line in path.read_text().splitlines())
    return [match[1] for match in found if match]


def long_functions(folder):
    """As clang-format leaves them: a function's body begins and ends with a brace in the first column."""
    for path in sources(folder):
        start = 0
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line.startswith("{"):
                start = number
            elif line.rstrip() == "}" and start:
                if number - start - 1 > LONGEST_FUNCTION:
                    yield f"{path}:{start}: {number - start - 1} lines"
                start = 0


def long_files(folder):
    for path in sources(folder):
        n = len(path.read_text().splitlines())
        if n > LONGEST_FILE:
            yield f"{path}: {n} lines"


def ways_round_walls(folder):
    """A quoted include with the way to a room in it would reach any room. Of flashrom's headers some have a folder."""
    for path in sources(folder):
        for name in includes(path):
            first = pathlib.PurePath(name).parts[0]
            if first in ("/", ".", "..") or ("/" in name and (folder / first).exists()):
                yield f"{path}: {name}"


def cycles(folder):
    """Of files without their endings: X.c and X.h are one thing."""
    known = {}
    for path in sources(folder):
        known.setdefault(path.stem, set()).update(pathlib.Path(name).stem for name in includes(path))
    arrows = {stem: (others & known.keys()) - {stem} for stem, others in known.items()}

    def reached(stem):
        seen, left = set(), [stem]
        while left:
            new = arrows[left.pop()] - seen
            seen |= new
            left += new
        return seen

    reach = {stem: reached(stem) for stem in arrows}
    rings = {tuple(sorted(other for other in reach[stem] if stem in reach[other])) for stem in reach
             if stem in reach[stem]}
    yield from (f"include each other: {', '.join(ring)}" for ring in sorted(rings))


def shadows(folder):
    """The name of a system header: whoever has no way to ours gets that one and does not notice."""
    for path in sources(folder):
        if path.suffix == ".h" and (pathlib.Path("/usr/include") / path.name).exists():
            yield f"{path}: /usr/include/{path.name}"


def outside_rooms(folder):
    yield from map(str, sorted(folder.glob("*.[ch]")))


RULES = {rule.__name__: rule for rule in (long_functions, long_files, ways_round_walls, cycles, shadows, outside_rooms)}
BROKEN = {
    "a.h": '#include "b.h"\n',
    "b.c": '#include "c.h"\n' + "\n" * LONGEST_FILE,
    "c.c": '#include "a.h"\n#include "../other/a.h"\n',
    "c.h": "int f(void)\n{\n" + "\tf();\n" * (LONGEST_FUNCTION + 1) + "}\n",
    "stdio.h": "",
}


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        for name, text in BROKEN.items():
            (pathlib.Path(folder) / name).write_text(text)
        yield from (name for name, rule in RULES.items() if not list(rule(pathlib.Path(folder))))
        # And what only just keeps them.
        (pathlib.Path(folder) / "c.c").write_text('#include "b.h"\n')
        (pathlib.Path(folder) / "b.c").write_text("\n" * LONGEST_FILE)
        (pathlib.Path(folder) / "c.h").write_text("int f(void)\n{\n" + "\tf();\n" * LONGEST_FUNCTION + "}\n")
        for name in ("long_functions", "long_files", "ways_round_walls", "cycles"):
            yield from RULES[name](pathlib.Path(folder))


def main():
    found = self_test() if sys.argv[1] == "--self-test" else RULES[sys.argv[1]](pathlib.Path(sys.argv[2]))
    for line in found:
        print(line)


main()

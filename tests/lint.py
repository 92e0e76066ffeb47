#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks the sources of programmer/ as they are compiled in a build folder with tests.

    lint.py tidy|analyzer BUILD

tidy: clang-tidy, by the settings in .clang-tidy. analyzer: gcc -fanalyzer. Prints what they find, then a count of
files; the exit status is 1 if anything is found.
"""
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys

TREE = pathlib.Path(__file__).resolve().parent.parent
LIMIT = 900
# Leaks are left to ASan: gcc 12 loses pointers in arrays.
ANALYZER = ["-fanalyzer", "-Wno-analyzer-malloc-leak", "-Werror"]


def source(entry):
    return pathlib.Path(entry["directory"], entry["file"]).resolve()


def compilations(build):
    """How each source is compiled: in the driver once for each release of flashrom, else once for all programs."""
    chosen = []
    seen = set()
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = source(entry)
        if not path.is_relative_to(TREE / "programmer"):
            continue
        if path in seen and path.parent.name != "driver":
            continue
        seen.add(path)
        chosen.append(entry)
    return chosen


def tidy(build, entries):
    """One file to a process: version 14 takes va_start() of the second one for missing."""
    folder = build / "lint"
    folder.mkdir(exist_ok=True)
    (folder / "compile_commands.json").write_text(json.dumps(entries))
    return [(["clang-tidy", "--quiet", "-p", str(folder), str(path)], TREE) for path in sorted(set(map(source, entries)))]


def without_outputs(command):
    words = iter(shlex.split(command))
    for word in words:
        if word in ("-MQ", "-MF", "-o"):
            next(words)
        elif word != "-MD":
            yield word


def analyzer(_build, entries):
    """The commands as they are, but for the files that they write."""
    return [([*without_outputs(entry["command"]), *ANALYZER, "-o", "/dev/null"], entry["directory"])
            for entry in entries]


def check(job):
    """What is found, or an empty text."""
    argv, folder = job
    process = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=LIMIT, check=False)
    return process.stdout + process.stderr if process.returncode else ""


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("tidy", "analyzer"):
        sys.exit(__doc__.strip())
    build = pathlib.Path(sys.argv[2]).resolve()
    jobs = {"tidy": tidy, "analyzer": analyzer}[sys.argv[1]](build, compilations(build))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(check, jobs))
    for text in filter(None, found):
        print(text)
    bad = sum(map(bool, found))
    print(f"{len(jobs) - bad} passed, {bad} failed")
    sys.exit(bool(bad) or not jobs)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: GPL-2.0-or-later
"""The patches in patches/, by themselves: form, nothing foreign in them, complete."""
import email
import email.utils
import re
import subprocess

import pytest

from beken_bench import BUILD, TREE
from hosts import RELEASES
from need import need

PATCHES = TREE / "patches"
DRIVER = TREE / "programmer"
SUBJECT_LIMIT = 72
BODY_LIMIT = 75
CONTEXT = 1
# The only foreign lines that a patch may replace. Conditions that list all
# programmers of a kind in one line: the new line is the old one and more.
REPLACED = {"tests/usb_unittests.h": 1}
# Features of a definition, likewise, and its unlock function, which is taken out.
FEATURES = re.compile(r"(\t\t\.feature_bits\t=.*?)(,| \|)")
UNLOCK = re.compile(r"\t\t\.unlock\t\t= \w+,( /\*.*\*/)?")
UNLOCK_NONE = {"\t\t.unlock\t\t= NO_BLOCKPROTECT_FUNC,", "\t\t.unlock\t\t= NULL,"}

# What a patch may touch, beside files that it creates.
ALLOWED = {
    "programmer": {
        "MAINTAINERS", "Makefile", "doc/classic_cli_manpage.rst", "doc/release_notes/devel.rst",
        "flashprog.8.tmpl", "include/programmer.h", "meson.build", "meson_options.txt",
        "programmer_table.c", "test_build.sh",
    },
    "tests": {"meson.build", "tests/ch341a_beken.c", "tests/tests.c", "tests/tests.h", "tests/usb_unittests.h",
              "tests/meson.build", "tests/libusb_wraps.c", "tests/libusb_wraps.h", "tests/io_mock.h"},
    "writeprotect": {"include/writeprotect.h", "libflashprog.c", "libflashrom.c", "spi25_statusreg.c",
                     "writeprotect.c"},
    "flashprog": {"flashprog.c", "include/flash.h"},
}
CHIPS = re.compile(r"(flashchips|doc/release_notes/devel|include/flashchips)(\.c|\.h|\.rst)$|flashchips/[a-z_0-9]+\.c$")


def minor(release):
    """4 for flashrom-1.4.0; 0 for flashprog."""
    return int(release.split(".")[1]) if release.startswith("flashrom") else 0


def wanted_of(release):
    """What the patch of the programmer must touch."""
    wanted = {"include/programmer.h", "meson.build", "meson_options.txt", "programmer_table.c"}
    if release.startswith("flashprog"):
        return wanted | {"Makefile", "flashprog.8.tmpl"}
    wanted |= {"MAINTAINERS", "test_build.sh"}
    if minor(release) < 5:
        wanted.add("Makefile")
    wanted.add("doc/classic_cli_manpage.rst")
    return wanted | {"doc/release_notes/devel.rst"} if minor(release) >= 5 else wanted


class Hunk:
    def __init__(self, head):
        # Behind the second @@ git puts a line of the tree.
        numbers = re.fullmatch(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@", head.rstrip("\n"))
        assert numbers, head
        self.n_old, self.n_new = (int(n) if n is not None else 1 for n in numbers.groups())
        self.lines = []

    def missing(self):
        old = sum(line[0] in " -" for line in self.lines)
        new = sum(line[0] in " +" for line in self.lines)
        return old < self.n_old or new < self.n_new

    def runs(self):
        """Pairs of kind and lines, for lines of one kind in a row."""
        result = []
        for line in self.lines:
            if not result or result[-1][0] != line[0]:
                result.append((line[0], []))
            result[-1][1].append(line[1:])
        return result


class File:
    def __init__(self, path):
        self.path = path
        self.is_new = False
        self.hunks = []

    def added(self):
        return [line[1:] for hunk in self.hunks for line in hunk.lines if line[0] == "+"]


class Patch:
    def __init__(self, path):
        self.path = path
        self.text = path.read_text()
        self.first, rest = self.text.split("\n", 1)
        self.mail = email.message_from_string(rest)
        head, self.diff = rest.split("\n---\n", 1)
        self.body = head.split("\n\n", 1)[1]
        self.files = list(self.parse())

    def parse(self):
        file = hunk = None
        for line in self.diff.split("\n"):
            if hunk and hunk.missing():
                hunk.lines.append(line or " ")
            elif line.startswith("diff --git "):
                if file:
                    yield file
                old, new = re.fullmatch(r"diff --git a/(\S+) b/(\S+)", line).groups()
                assert old == new, "no renames"
                file, hunk = File(new), None
            elif line.startswith("new file mode "):
                assert line == "new file mode 100644"
                file.is_new = True
            elif line.startswith("@@"):
                hunk = Hunk(line)
                file.hunks.append(hunk)
            else:
                assert not line.startswith(("+ ", "- ", "deleted", "rename", "old mode", "GIT binary")), line
        if file:
            yield file

    def trailer(self, key):
        return re.findall(rf"^{key}: (.*)$", self.body, re.M)

    @property
    def subject(self):
        return re.sub(r"\s*\n\s+", " ", self.mail["Subject"])

    @property
    def kind(self):
        return self.path.name.split("-")[1]

    @property
    def paths(self):
        return {file.path for file in self.files}


def all_patches():
    return sorted(PATCHES.glob("*/*.patch"))


def patches_of(release):
    return [Patch(path) for path in sorted((PATCHES / release).glob("*.patch"))]


each_release = pytest.mark.parametrize("release", RELEASES)
each_patch = pytest.mark.parametrize("path", all_patches(), ids=lambda path: f"{path.parent.name}/{path.name}")


# ---- which ----

def test_every_release_has_a_folder_and_no_other_is_there():
    assert {path.name for path in PATCHES.iterdir() if path.is_dir()} == set(RELEASES)


@each_release
def test_series_lists_exactly_the_files(release):
    folder = PATCHES / release
    series = [line for line in (folder / "series").read_text().splitlines() if line and not line.startswith("#")]
    files = sorted(path.name for path in folder.iterdir() if path.name != "series")
    assert series == files
    kinds = [Patch(folder / name).kind for name in series]
    wanted = ["programmer", *(["tests"] if minor(release) else []), "flashchips", "writeprotect"]
    assert kinds == [*wanted, *(["flashprog"] if not minor(release) else [])]


@each_patch
def test_only_files_that_it_is_about(path):
    patch = Patch(path)
    for name in patch.paths:
        if patch.kind == "flashchips":
            assert CHIPS.match(name), name
        else:
            assert name in ALLOWED[patch.kind], name


@each_release
def test_the_programmer_is_registered_everywhere(release):
    paths = patches_of(release)[0].paths
    assert wanted_of(release) <= paths, wanted_of(release) - paths


# ---- form ----

@each_patch
def test_header(path):
    patch = Patch(path)
    assert re.fullmatch(r"From [0-9a-f]{40} Mon Sep 17 00:00:00 2001", patch.first)
    name, address = email.utils.parseaddr(patch.mail["From"])
    assert name and "@" in address
    assert email.utils.parsedate_to_datetime(patch.mail["Date"])
    assert patch.subject.startswith("[PATCH] ")
    subject = patch.subject[len("[PATCH] "):]
    assert len(subject) <= SUBJECT_LIMIT and not subject.endswith(".")
    assert re.match(r"[a-z_]+: [A-Z]", subject), "component first"
    assert patch.trailer("Signed-off-by") == [patch.mail["From"]]
    assert patch.trailer("Forwarded") == ["no"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", patch.trailer("Last-Update")[0])
    assert "TEST=" in patch.body
    assert all(len(line) <= BODY_LIMIT for line in patch.body.splitlines()), "width of the message"
    assert patch.body.strip().split("\n\n")[0] and not patch.body.startswith("TEST=")


@each_patch
def test_git_reads_it(path, tmp_path):
    """What `git am` does with it, short of a tree."""
    need("git", "git")
    with path.open("rb") as mail:
        told = subprocess.run(["git", "mailinfo", str(tmp_path / "message"), str(tmp_path / "diff")], stdin=mail,
                              capture_output=True, text=True, check=True)
    assert "Author: " in told.stdout and "Subject: " in told.stdout
    counted = subprocess.run(["git", "apply", "--numstat", str(path)], cwd=tmp_path, capture_output=True, text=True,
                             check=True)
    patch = Patch(path)
    rows = {row.split("\t")[2]: int(row.split("\t")[0]) for row in counted.stdout.splitlines()}
    assert rows == {file.path: len(file.added()) for file in patch.files}
    assert not counted.stderr, "whitespace errors"


@each_patch
def test_summary_is_that_of_the_diff(path):
    patch = Patch(path)
    n_files, n_added = re.search(r"^ (\d+) files? changed, (\d+) insertions?", patch.diff, re.M).groups()
    assert int(n_files) == len(patch.files)
    assert int(n_added) == sum(len(file.added()) for file in patch.files)


# ---- nothing foreign ----

@each_patch
def test_one_line_of_context(path):
    for file in Patch(path).files:
        for hunk in file.hunks:
            runs = hunk.runs()
            for i, (kind, lines) in enumerate(runs):
                # Between two changes there may be the context of both.
                most = CONTEXT if i in (0, len(runs) - 1) else 2 * CONTEXT
                assert kind != " " or len(lines) <= most, (file.path, lines)


def is_amended(old, new):
    """Whether a line of a definition has become one that the patches may make of it."""
    if UNLOCK.fullmatch(old):
        return new in UNLOCK_NONE
    features = FEATURES.fullmatch(old)
    return bool(features) and new.startswith(features[1]) and re.fullmatch(
        r"( \| FEATURE_WRSR(_WREN|_EXT2|2))*(,| \|)", new[len(features[1]):])


@each_patch
def test_no_foreign_line_is_deleted(path):
    for file in Patch(path).files:
        n_replaced = 0
        for hunk in file.hunks:
            runs = hunk.runs()
            for i, (kind, lines) in enumerate(runs):
                if kind != "-":
                    continue
                assert i + 1 < len(runs) and runs[i + 1][0] == "+", "a deletion"
                assert len(lines) <= len(runs[i + 1][1]), "a deletion"
                for old, new in zip(lines, runs[i + 1][1], strict=False):
                    if CHIPS.match(file.path):
                        assert is_amended(old, new), new
                        continue
                    assert new.startswith(old) and "CH341A_BEKEN" in new[len(old):], new
                    n_replaced += 1
        assert n_replaced <= REPLACED.get(file.path, 0), file.path


@each_patch
def test_added_lines_are_clean(path):
    for file in Patch(path).files:
        for line in file.added():
            assert line == line.rstrip(), (file.path, line)
            if file.path.endswith((".c", ".h")) and file.path not in REPLACED:
                assert len(line.expandtabs(8)) <= 112, (file.path, line)
    assert not re.search(r"/(tmp|work|home|root)/", Patch(path).text)


# ---- complete ----

ROOMS = ["core", "driver"]


def rooms_of_apply():
    return re.search(r"^rooms='(.*?)'", (PATCHES / "apply.sh").read_text(), re.M).group(1).split()


def test_every_source_of_the_driver_s_rooms_is_listed_once():
    for room in ROOMS:
        listed = re.findall(r"^  '([^']+)',$", (DRIVER / room / "meson.build").read_text(), re.M)
        assert sorted(listed) == sorted(path.name for path in (DRIVER / room).glob("*.c")), room


def test_apply_copies_the_rooms_that_the_driver_needs():
    """In the tree all files lie in one folder: no name twice, and no header from elsewhere."""
    assert rooms_of_apply() == ROOMS
    files = [path for room in ROOMS for path in (DRIVER / room).glob("*.[ch]")]
    names = [path.name for path in files]
    assert len(names) == len(set(names))
    of_the_tree = {"flash.h", "programmer.h", "spi.h", "chipdrivers/spi.h", "spi_command.h", "log.h",
                   "platform/udelay.h"}
    for path in files:
        included = set(re.findall(r'^\s*#\s*include "([^"]+)"', path.read_text(), re.M))
        assert included - set(names) <= (of_the_tree if path.name == "compat.h" else set()), path


def test_global_names_say_whose_they_are():
    """In a tree they are linked with hundreds of others."""
    objects = sorted((BUILD / "tests/native/host-flashrom-1.8.0.p").glob(".._.._programmer_*.o"))
    assert len(objects) == sum(len(list((DRIVER / room).glob("*.c"))) for room in ROOMS)
    names = subprocess.run(["nm", "--extern-only", "--defined-only", *objects], capture_output=True, text=True,
                           check=True).stdout
    own = {line.split()[2] for line in names.splitlines() if len(line.split()) == 3}
    assert "ch341a_submit" in own
    assert {name for name in own if not name.startswith(("ch341a_", "beken_", "__"))} == {"programmer_ch341a_beken"}


def test_the_driver_takes_the_values_that_the_launcher_takes():
    """Each key of the launcher is either taken, with the same words about its values, or refused by name."""
    params, driver = ((DRIVER / name).read_text() for name in ("engine/params.c", "driver/ch341a_beken.c"))
    keys, texts = (re.findall(r'"([^"]+)"', re.search(name + r"\[\] = \{(.*?)\};", params, re.S)[1])
                   for name in ("params_keys", "allowed"))
    refused = re.findall(r'"([^"]+)"', re.search(r"keys\[\] = \{(.*?)\};", driver, re.S)[1])
    taken = [key for key in keys if key not in refused]
    assert taken == ["device", "enter", "leave", "attempts", "cen_low_ms", "window_ms", "pipeline"]
    for key, text in zip(keys, texts, strict=True):
        if key in taken:
            assert f'"{key}"' in driver and f'"{text}"' in driver, key


def test_the_driver_is_small():
    """What a reviewer of flashrom has to read. The goal is 2,600 lines; a change may only bring it nearer."""
    files = [path for room in ROOMS for path in (DRIVER / room).glob("*.[ch]")]
    assert len(files) <= 14
    assert sum(len(path.read_text().splitlines()) for path in files) <= 3271


@each_release
def test_build_files_take_the_driver_s_list(release):
    """No list of their own: meson reads ours, and make takes what is in the folder."""
    folder = "programmers/ch341a_beken" if minor(release) >= 7 else "ch341a_beken"
    for file in patches_of(release)[0].files:
        text = "\n".join(file.added())
        if file.path == "meson.build":
            assert f"subdir('{folder}')" in text
            assert "'srcs'    : ch341a_beken_srcs," in text
        elif file.path == "Makefile":
            assert f"PROGRAMMER_OBJS += $(patsubst %.c,%.o,$(wildcard {folder}/*.c))" in text
        if file.path in ("meson.build", "Makefile"):
            assert not re.search(r"\b(beken|nor|session)\w*\.[co]\b", text), file.path


@each_release
def test_manual_names_every_parameter(release):
    keys = re.search(r"params_keys\[\] = \{(.*?)\}", (DRIVER / "engine/params.c").read_text(), re.S).group(1)
    manual = "\n".join("\n".join(file.added()) for file in patches_of(release)[0].files
                       if file.path.startswith(("doc/classic", "flash")))
    for key in re.findall(r'"([^"]+)"', keys):
        # They need the launcher; the driver refuses the keys.
        has_entry = re.search(rf"^(\.B )?{key}$", manual, re.M)
        assert bool(has_entry) == (key not in ("backup", "clock", "image", "sfdp", "unprotect")), key

# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian package, in a clean Debian: the launcher takes flashrom's place,
and gives it back. Whatever a test does, the system must be afterwards, byte for
byte, as if the package had never been there."""
import hashlib
import os
import pathlib
import random
import re
import shutil
import stat

import pytest

from conftest import ROOTS
from debian_root import Unavailable, fresh_root, own_suite
from need import need, not_to_be_had

PACKAGE = "flashrom-ch341a-beken"
FLASHROM = "/usr/sbin/flashrom"
ASIDE = "/usr/sbin/flashrom.distrib"
LAUNCHER = "../libexec/ch341a-beken/flashrom"
CHIP, SIZE = "BK7231T", 2 << 20
DUMMY = ("flashrom", "-p", "dummy:emulate=W25Q128FV,bus=spi")
# What changes with each run of apt and dpkg, and what is not of the system.
VOLATILE = re.compile(r"^/(dev|proc|sys|tmp|root|opt|run|var/(cache|log|lib/apt|tmp)|etc/ld\.so\.cache|"
                      r"var/lib/dpkg/(lock|.*-old$|status|available|triggers|diversions-old)|.*~$)")


# ---- building ----

@pytest.fixture(scope="module", name="package")
def fixture_package(tree, work, run):
    """The built .deb. The folder has the .changes and the source package as well."""
    need("build-essential", "dpkg-buildpackage")
    need("debhelper", "dh")
    folder = work / "deb"
    shutil.rmtree(folder, ignore_errors=True)
    run(tree / "packaging/build-deb.sh", folder)
    run(tree / "packaging/build-deb.sh", "-S", folder)
    return next(folder.glob(f"{PACKAGE}_*.deb"))


@pytest.fixture(name="repacked")
def fixture_repacked(run, tmp_path):
    """repacked(deb, version, change): the same package under another version, its tree changed by a function."""
    def repack(deb, version, change=lambda folder: None):
        folder = tmp_path / f"tree-{version}"
        run("dpkg-deb", "-R", deb, folder)
        control = folder / "DEBIAN/control"
        control.write_text(re.sub("(?m)^Version: .*$", f"Version: {version}", control.read_text()))
        change(folder)
        new = tmp_path / f"{version}.deb"
        run("dpkg-deb", "--root-owner-group", "-b", folder, new)
        return new
    return repack


# ---- a system ----

class System:
    """A Debian in a folder, with the emulator in /opt."""

    def __init__(self, root, build):
        self.root = root
        for name in ("beken-emu", "libbeken_emu_preload.so"):
            shutil.copy(build / name, root.path("/opt"))

    def do(self, *argv, status=0):
        """What it prints."""
        process = self.root.run(*argv)
        assert process.returncode == status, f"{argv}: {process.stdout}{process.stderr}"
        return process.stdout

    def apt(self, *argv):
        return self.do("apt-get", "-q", "-y", "--no-install-recommends", *argv)

    def give(self, deb):
        """Puts a file into it, and returns its name there."""
        shutil.copy(deb, self.root.path("/root"))
        return f"./{pathlib.Path(deb).name}"

    def has(self, name):
        return os.path.lexists(self.root.path(name))

    def status(self, name):
        process = self.root.run("dpkg-query", "-W", "-f=${db:Status-Status}", name)
        return process.stdout or "unknown"

    def launcher_is_in_place(self):
        return (os.readlink(self.root.path(FLASHROM)) == LAUNCHER
                and os.readlink(self.root.path("/usr/bin/flashrom")) == LAUNCHER)

    def digest(self, name):
        return hashlib.sha256(self.root.path(name).read_bytes()).hexdigest()

    def is_as_packaged(self, name, package, packaged_name):
        sums = self.root.path(f"/var/lib/dpkg/info/{package}.md5sums").read_text()
        digest = hashlib.md5(self.root.path(name).read_bytes()).hexdigest()
        return f"{digest}  {packaged_name.lstrip('/')}\n" in sums

    def snapshot(self):
        """Name: what is there."""
        found = {}
        top = str(self.root.folder)
        for folder, folders, files in os.walk(top):
            inside = folder[len(top):]
            folders[:] = [name for name in folders if not VOLATILE.match(f"{inside}/{name}")]
            for name in folders + files:
                path, place = os.path.join(folder, name), f"{inside}/{name}"
                if not VOLATILE.match(place):
                    found[place] = self._describe(path)
        found["diversions"] = self.do("dpkg-divert", "--list")
        return found

    @staticmethod
    def _describe(path):
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            return os.readlink(path)
        if not stat.S_ISREG(status.st_mode):
            return status.st_mode
        return status.st_mode, hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()

    def read_chip(self):
        """The literal command, under the emulator: what was on the chip, and what was read."""
        content = random.Random(7).randbytes(SIZE)
        dump = self.root.path("/root/dump.bin")
        dump.unlink(missing_ok=True)
        self.root.path("/root/die.bin").write_bytes(content)
        self.do("/opt/beken-emu", "run", "--chip", CHIP, "--flash", "die.bin", "--",
                "flashrom", "-p", "ch341a_beken", "-r", "dump.bin")
        return content, dump.read_bytes()


def difference(before, after):
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


@pytest.fixture(scope="module", name="bare")
def fixture_bare(build):
    """A system of which nothing but its base is known."""
    return System(new_root("packages"), build)


def new_root(name):
    try:
        return fresh_root(ROOTS, own_suite(), name)
    except Unavailable as reason:
        return not_to_be_had("debootstrap", reason)


@pytest.fixture(name="system")
def fixture_system(bare):
    """A system with flashrom and without our package, which must be the same after the test."""
    bare.apt("install", "flashrom")
    before = bare.snapshot()
    yield bare
    # apt knows nothing of a package whose first install failed.
    if bare.status(PACKAGE) not in ("unknown", "not-installed"):
        bare.apt("purge", PACKAGE)
    bare.apt("autoremove", "--purge")
    assert difference(before, bare.snapshot()) == []
    assert bare.status(PACKAGE) in ("unknown", "not-installed")


# ---- tests ----

def test_lintian_has_no_complaint(package, run):
    need("lintian", "lintian")
    changes = list(package.parent.glob("*.changes"))
    assert len(changes) == 2, "binary and source"
    said = run("lintian", "--pedantic", "--allow-root", *changes)
    assert not re.search("^[EW]:", said, re.MULTILINE), said


def test_the_source_package_holds_the_tree_and_no_builds(package, run, tmp_path):
    run("dpkg-source", "-x", next(package.parent.glob("*.dsc")), tmp_path / "source")
    assert (tmp_path / "source/debian/control").exists()
    assert (tmp_path / "source/programmer/launcher/launcher.c").exists()
    assert not list((tmp_path / "source").glob("build*"))


def test_it_pulls_in_flashrom_and_reads_a_chip(bare, package, covered):
    bare.apt("purge", "--auto-remove", "flashrom")
    assert not bare.has(FLASHROM)
    bare.apt("install", bare.give(package))
    assert bare.status("flashrom") == "installed"
    assert bare.launcher_is_in_place()
    assert bare.do("dpkg", "--verify", PACKAGE) == ""
    assert bare.is_as_packaged(ASIDE, "flashrom", FLASHROM)
    content, dump = bare.read_chip()
    covered.note("flashrom of Debian + package", "preload", CHIP, "read", dump == content)
    assert dump == content
    bare.apt("purge", "--auto-remove", PACKAGE)


def test_other_programmers_are_unaffected(system, package):
    said = system.do(*DUMMY, "-r", "before.bin")
    version = system.do("flashrom", "--version")
    system.apt("install", system.give(package))
    assert system.do(*DUMMY, "-r", "after.bin").replace("after.bin", "before.bin") == said
    assert system.digest("/root/after.bin") == system.digest("/root/before.bin")
    assert system.do("flashrom", "--version") == version
    assert system.do("/usr/bin/flashrom", "--version") == version
    system.do(*DUMMY[:2] + ("nonsense",), status=1)


def test_remove_restores_flashrom_and_purge_leaves_nothing(system, package):
    digest = system.digest(FLASHROM)
    system.apt("install", system.give(package))
    assert system.digest(ASIDE) == digest
    system.apt("remove", PACKAGE)
    assert system.digest(FLASHROM) == digest
    assert not system.root.path(FLASHROM).is_symlink()
    assert not system.has(ASIDE)
    assert not system.has("/usr/bin/flashrom")


def test_an_upgrade_keeps_the_diversions(system, package, repacked):
    digest = system.digest(FLASHROM)
    system.apt("install", system.give(package))
    diversions = system.do("dpkg-divert", "--list")
    assert PACKAGE in diversions
    system.apt("install", system.give(repacked(package, "99.0-1")))
    assert system.do("dpkg-query", "-W", "-f=${Version}", PACKAGE) == "99.0-1"
    assert system.do("dpkg-divert", "--list") == diversions
    assert system.launcher_is_in_place()
    assert system.digest(ASIDE) == digest
    content, dump = system.read_chip()
    assert dump == content


def test_flashrom_may_be_upgraded_and_move_meanwhile(system, package, repacked):
    def move(folder):
        (folder / "usr/bin").mkdir()
        (folder / "usr/sbin/flashrom").rename(folder / "usr/bin/flashrom")
        (folder / "usr/sbin").rmdir()
        (folder / "DEBIAN/md5sums").unlink()

    digest = system.digest(FLASHROM)
    system.do("apt-get", "-q", "download", "flashrom")
    old = next(system.root.path("/root").glob("flashrom_*.deb"))
    moved = system.give(repacked(old, "99.1-1", move))
    system.apt("install", system.give(package))

    system.do("dpkg", "-i", moved)
    assert system.launcher_is_in_place()
    assert not system.has(ASIDE)
    assert system.digest("/usr/bin/flashrom.distrib") == digest
    content, dump = system.read_chip()
    assert dump == content
    system.do("dpkg", "-P", PACKAGE)
    assert system.digest("/usr/bin/flashrom") == digest
    assert not system.has(FLASHROM)

    system.do("dpkg", "--force-downgrade", "-i", old.name)


def test_an_install_that_fails_midway_is_rolled_back(system, package, repacked):
    def add_file_of_another_package(folder):
        page = folder / "usr/share/man/man8/flashrom.8.gz"
        page.parent.mkdir(parents=True)
        page.symlink_to("nothing")

    digest = system.digest(FLASHROM)
    process = system.root.run("dpkg", "-i", system.give(repacked(package, "99.2-1", add_file_of_another_package)))
    assert process.returncode == 1
    assert "trying to overwrite" in process.stderr
    assert system.status(PACKAGE) in ("unknown", "not-installed"), "the rollback failed as well"
    assert "Adding 'diversion" in process.stdout, "it failed too early to show anything"
    assert system.digest(FLASHROM) == digest


def test_an_install_against_a_diversion_of_the_user_is_refused(system, package):
    mine = ("--local", "--no-rename", "--divert", "/usr/bin/flashrom.mine")
    digest = system.digest(FLASHROM)
    system.do("dpkg-divert", *mine, "--add", "/usr/bin/flashrom")
    process = system.root.run("dpkg", "-i", system.give(package))
    assert process.returncode == 1
    assert "clashes" in process.stderr
    assert system.status(PACKAGE) in ("unknown", "not-installed"), "the rollback failed as well"
    assert system.digest(FLASHROM) == digest
    system.do("dpkg-divert", *mine, "--remove", "/usr/bin/flashrom")
    assert not system.has(ASIDE)


def test_flashrom_takes_the_layouts(system, package):
    system.apt("install", system.give(package))
    folder = "/usr/share/ch341a-beken/layouts"
    names = [path.name for path in system.root.path(folder).glob("*.layout")]
    assert len(names) >= 4
    for name in names:
        text = system.root.path(f"{folder}/{name}").read_text()
        regions = [word for region in re.findall(r"\S+$", text, re.MULTILINE) for word in ("-i", region)]
        system.do(*DUMMY, "-l", f"{folder}/{name}", *regions, "-r", "regions.bin")


def test_autopkgtest_runs_the_main_job(package, tmp_path):
    """Debian's own tool, with debian/tests as it is: it installs the package and builds the emulator."""
    need("autopkgtest", "autopkgtest")
    root = new_root("testbed")
    said = tmp_path / "said"
    process = root.run_outside("autopkgtest", "--output-dir", said, package, next(package.parent.glob("*.dsc")), "--",
                               "chroot", root.folder)
    assert process.returncode == 0, process.stdout[-3000:] + process.stderr[-3000:]
    assert re.search(r"^main-job +PASS", (said / "summary").read_text())
    assert "all good" in (said / "main-job-stdout").read_text()
    shutil.rmtree(root.folder)

# SPDX-License-Identifier: GPL-2.0-or-later
"""Packages of other systems, as far as Debian has their tools; licenses."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest

from need import need

NOBODY = 65534


@pytest.fixture(scope="module", name="tarball")
def fixture_tarball(tree, run, tmp_path_factory):
    """As `meson dist` makes it, but of the tree as it is."""
    version = re.search(r"^  version : '([^']+)'", (tree / "meson.build").read_text(), re.MULTILINE)[1]
    name = f"ch341a_beken-{version}"
    folder = tmp_path_factory.mktemp("release")
    skip = shutil.ignore_patterns("build*", ".git", "__pycache__")
    # Not build-deb.sh, which is named so as well.
    shutil.copytree(tree, folder / name, symlinks=True,
                    ignore=lambda path, names: skip(path, names) if pathlib.Path(path) == tree else set())
    run("tar", "-cJf", folder / f"{name}.tar.xz", "-C", folder, name)
    return folder / f"{name}.tar.xz"


def contents_are_whole(names):
    """Every package holds these, wherever the system wants them."""
    for wanted in (r"/ch341a-beken/flashrom$", r"/patches/apply\.sh$", r"/programmer/driver/ch341a_beken\.c$",
                   r"/layouts/bk7231t\.layout$", r"/70-ch341a-beken\.rules$", r"/ch341a-beken\.pc$"):
        assert [name for name in names if re.search(wanted, name)], wanted
    assert not [name for name in names if re.search(r"bin/flashrom$|beken-emu", name)]


def test_the_rpm_is_built(tree, run, tarball, tmp_path):
    need("rpm", "rpmbuild")
    (tmp_path / "SOURCES").mkdir()
    shutil.copy(tarball, tmp_path / "SOURCES")
    # Debian has no systemd-rpm-macros, and its rpm knows nothing of its packages.
    run("rpmbuild", "-bb", "--nodeps", "--without", "check", "--define", f"_topdir {tmp_path}",
        "--define", "_udevrulesdir /usr/lib/udev/rules.d", "--define", "_vpath_builddir build",
        tree / "packaging/rpm/ch341a-beken.spec")
    rpm = next(tmp_path.glob("RPMS/*/*.rpm"))
    contents_are_whole(run("rpm", "-qpl", rpm).splitlines())
    assert "flashrom >= 1.3.0" in run("rpm", "-qpR", rpm)


def test_rpmlint_finds_no_error_in_the_spec(tree, run):
    need("rpmlint", "rpmlint")
    assert " E: " not in run("rpmlint", tree / "packaging/rpm/ch341a-beken.spec")


def test_the_arch_package_is_built(tree, run, tarball):
    need("makepkg", "makepkg")
    need("pacman-package-manager", "pacman")
    need("libarchive-tools", "bsdtar")
    if os.geteuid() == 0:
        as_nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    else:
        as_nobody = []
    # Not below pytest's folder, where only root can go.
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for path in [tarball, *(tree / "packaging/arch").iterdir()]:
            shutil.copy(path, folder)
        if as_nobody:
            for path in [folder, *folder.iterdir()]:
                os.chown(path, NOBODY, NOBODY)
        run(*as_nobody, "makepkg", "--nodeps", "--nocheck", "--skipchecksums", cwd=folder,
            env={"HOME": name, "PKGDEST": name, "BUILDDIR": name, "PKGEXT": ".pkg.tar.gz"})
        contents_are_whole(run("bsdtar", "-tf", next(folder.glob("*.pkg.tar.gz"))).splitlines())


def test_the_alpine_recipe_runs_in_a_plain_shell(tree, run, tarball, tmp_path):
    """Its own functions, with a stand-in for the program of abuild's that they use."""
    (tmp_path / "src").mkdir()
    run("tar", "-xf", tarball, "-C", tmp_path / "src")
    stand_in = tmp_path / "bin/abuild-meson"
    stand_in.parent.mkdir()
    stand_in.write_text('#!/bin/sh\nexec meson setup --prefix=/usr --buildtype=plain "$@"\n')
    stand_in.chmod(0o755)
    script = f"""
set -eu
srcdir={tmp_path}/src pkgdir={tmp_path}/pkg
. {tree}/packaging/alpine/APKBUILD
for step in build check package; do
	(cd "$builddir" && "$step")
done
"""
    run("sh", "-c", script, env={"PATH": f"{stand_in.parent}:{os.environ['PATH']}"})
    contents_are_whole([str(path) for path in (tmp_path / "pkg").rglob("*")])


def test_the_nix_expression_is_well_formed(tree, run):
    need("nix-bin", "nix-instantiate")
    run("nix-instantiate", "--parse", tree / "packaging/nix/package.nix")


@pytest.mark.parametrize("name", ["arch/PKGBUILD", "arch/ch341a-beken.install", "alpine/APKBUILD",
                                  "alpine/ch341a-beken.pre-install", "debian/preinst", "debian/postrm",
                                  "debian/tests/main-job", "build-deb.sh"])
def test_shellcheck_finds_nothing(tree, run, name):
    need("shellcheck", "shellcheck")
    run("shellcheck", "-x", tree / "packaging" / name)


def test_every_file_has_its_license(tree, run, tarball, tmp_path):
    need("reuse", "reuse")
    run("tar", "-xf", tarball, "-C", tmp_path)
    process = subprocess.run(["reuse", "--root", str(next(tmp_path.iterdir())), "lint"], capture_output=True, text=True,
                             timeout=120, check=False)
    assert process.returncode == 0, process.stdout

# SPDX-License-Identifier: GPL-2.0-or-later
"""What meson installs and puts into a release."""
import pathlib
import random
import re
import shutil
import subprocess

import pytest

PROJECT = "ch341a_beken"
# Of the build itself. Python and cmocka must not be among them.
NEEDED = ("libusb-1.0", "json-c")


def setup_without_tests(run, tree, folder, *options):
    """As on a machine that has nothing but what the programs need."""
    pkgconfig = folder.with_name(folder.name + "-pkgconfig")
    pkgconfig.mkdir()
    for name in NEEDED:
        found = subprocess.run(["pkg-config", "--variable=pcfiledir", name], capture_output=True, text=True, check=False)
        if found.returncode == 0:
            shutil.copy(pathlib.Path(found.stdout.strip()) / f"{name}.pc", pkgconfig)
    run("meson", "setup", folder, tree, "--prefix=/usr", "-Dtests=false", *options,
        env={"PKG_CONFIG_LIBDIR": str(pkgconfig)})
    run("ninja", "-C", folder)


@pytest.fixture(scope="module", name="installed")
def fixture_installed(tree, run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("install")
    setup_without_tests(run, tree, folder / "build")
    run("meson", "install", "--no-rebuild", "-C", folder / "build", env={"DESTDIR": str(folder / "root")})
    return folder / "root"


def version_of(tree):
    return re.search(r"^  version : '([^']+)'", (tree / "meson.build").read_text(), re.MULTILINE)[1]


def read_chip(run, build, launcher, folder):
    content = random.Random(3).randbytes(2 << 20)
    (folder / "die.bin").write_bytes(content)
    run(build / "beken-emu", "run", "--chip", "BK7231N", "--flash", "die.bin", "--", launcher,
        "-p", "ch341a_beken", "-r", "dump.bin", cwd=folder)
    assert (folder / "dump.bin").read_bytes() == content


def test_the_launcher_is_in_nobodys_way_and_works(installed, run, build, tmp_path):
    assert not list(installed.glob("usr/*bin/flashrom"))
    read_chip(run, build, installed / "usr/libexec/ch341a-beken/flashrom", tmp_path)


def test_neither_tests_nor_emulator_are_installed(installed):
    names = [str(path.relative_to(installed)) for path in installed.rglob("*") if path.is_file()]
    assert [name for name in names if re.search(r"emu|tests?/|test_|mkimage|fuzz", name)] == []
    assert not list(installed.rglob("*.a"))


def test_what_the_tree_has_is_installed(installed, tree):
    places = {
        "README.md": "usr/share/doc/ch341a-beken/README.md",
        "NEWS.md": "usr/share/doc/ch341a-beken/NEWS.md",
        "doc/recovery.md": "usr/share/doc/ch341a-beken/recovery.md",
        "doc/images.md": "usr/share/doc/ch341a-beken/images.md",
        "doc/mass-flashing.md": "usr/share/doc/ch341a-beken/mass-flashing.md",
        "doc/messages.md": "usr/share/doc/ch341a-beken/messages.md",
        "doc/wiring.svg": "usr/share/doc/ch341a-beken/wiring.svg",
        "doc/man/ch341a-beken.1": "usr/share/man/man1/ch341a-beken.1",
        "doc/man/ch341a_beken.7": "usr/share/man/man7/ch341a_beken.7",
        "doc/completions/ch341a-beken.bash": "usr/share/bash-completion/completions/ch341a-beken",
        "doc/completions/_ch341a-beken": "usr/share/zsh/site-functions/_ch341a-beken",
        "doc/completions/ch341a-beken.fish": "usr/share/fish/vendor_completions.d/ch341a-beken.fish",
    }
    for name, place in places.items():
        if (tree / name).exists():
            assert (installed / place).read_bytes() == (tree / name).read_bytes()
    for part in ("packaging/layouts", "patches"):
        for path in (tree / part).rglob("*"):
            if path.is_file():
                place = installed / "usr/share/ch341a-beken" / path.relative_to((tree / part).parent)
                assert place.read_bytes() == path.read_bytes()


def test_the_installed_apply_script_has_all_files_that_it_copies(installed, run, tree):
    data = installed / "usr/share/ch341a-beken"
    script = (data / "patches/apply.sh").read_text()
    rooms = re.search(r"^rooms='([^']*)'", script, re.MULTILINE)[1].split()
    assert sorted(rooms) == sorted(path.name for path in (data / "programmer").iterdir())
    for room in rooms:
        files = sorted(path.name for path in (tree / "programmer" / room).iterdir())
        assert sorted(path.name for path in (data / "programmer" / room).iterdir()) == files
        assert "meson.build" in files and any(name.endswith(".c") for name in files)
    releases = run(data / "patches/apply.sh", "--list").split()
    assert releases == sorted(path.parent.name for path in (data / "patches").glob("*/series"))


def test_pkg_config_tells_where_things_are(installed, run, tree):
    env = {"PKG_CONFIG_LIBDIR": str(installed / "usr/share/pkgconfig")}
    for variable in ("launcherdir", "patchesdir", "driverdir", "layoutsdir"):
        folder = run("pkg-config", f"--variable={variable}", "ch341a-beken", env=env).strip()
        assert (installed / folder.lstrip("/")).is_dir(), variable
    assert run("pkg-config", "--modversion", "ch341a-beken", env=env).strip() == version_of(tree)
    assert run("pkg-config", "--cflags", "--libs", "ch341a-beken", env=env).strip() == ""


def rules(folder):
    text = (folder / "70-ch341a-beken.rules").read_text()
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_the_udev_rule_opens_the_spi_mode_only(installed):
    lines = rules(installed / "usr/lib/udev/rules.d")
    spi = [line for line in lines if '"5512"' in line]
    serial = [line for line in lines if '"5523"' in line]
    assert spi == ['ATTR{idProduct}=="5512", MODE="0660", GROUP="plugdev", TAG+="uaccess"']
    assert len(serial) == 1
    assert "MODE" not in serial[0] and "uaccess" not in serial[0]
    assert 'ENV{CH341A_BEKEN_HINT}="' in serial[0]
    assert not [line for line in lines if "@" in line]


def test_folders_and_group_can_be_chosen(tree, run, tmp_path):
    setup_without_tests(run, tree, tmp_path / "build", "-Dudev_group=", "-Ddoc_dir=share/doc/other",
                        "-Dlauncher_dir=bin", "-Dudev_dir=/rules", "-Dreal_flashrom=/nowhere:/bin/echo")
    root = tmp_path / "root"
    run("meson", "install", "--no-rebuild", "-C", tmp_path / "build", env={"DESTDIR": str(root)})
    assert [line for line in rules(root / "rules") if '"5512"' in line] == \
        ['ATTR{idProduct}=="5512", MODE="0600", TAG+="uaccess"']
    assert (root / "usr/share/doc/other/README.md").exists()
    assert run(root / "usr/bin/flashrom", "-p", "dummy", env={"FLASHROM": ""}) == "-p dummy\n"


def test_layouts_do_not_overlap(tree):
    for path in (tree / "packaging/layouts").glob("*.layout"):
        end = -1
        for line in path.read_text().splitlines():
            first, last, name = re.fullmatch(r"([0-9a-f]{8}):([0-9a-f]{8}) ([a-z-]+)", line).groups()
            assert int(first, 16) == end + 1, (path, name)
            end = int(last, 16)
            assert end % 4096 == 4095, (path, name)
        assert end + 1 == 2 << 20
        assert f"`{path.name}`" in (tree / "packaging/layouts/README.md").read_text()


def test_the_same_version_stands_everywhere(tree):
    version = version_of(tree)
    places = {
        "packaging/debian/changelog": rf"^flashrom-ch341a-beken \({re.escape(version)}-",
        "packaging/rpm/ch341a-beken.spec": rf"^Version: +{re.escape(version)}$",
        "packaging/arch/PKGBUILD": rf"^pkgver={re.escape(version)}$",
        "packaging/alpine/APKBUILD": rf"^pkgver={re.escape(version)}$",
        "packaging/nix/package.nix": rf'^  version = "{re.escape(version)}";$',
        "NEWS.md": rf"^## {re.escape(version)} \(",
    }
    for name, pattern in places.items():
        assert re.search(pattern, (tree / name).read_text(), re.MULTILINE), name


def test_a_release_builds_and_reads_a_chip(tree, build, run, tmp_path):
    if not (tree / ".git").exists():
        pytest.skip("a release is made from a git clone, and this is none")
    # A clone of its own: meson wants a build folder that belongs to the tree it packs.
    clone = tmp_path / "clone"
    run("git", "clone", "-q", tree, clone)
    run("meson", "setup", tmp_path / "build", clone, "-Dtests=false")
    run("meson", "dist", "--no-tests", "--formats", "xztar", "-C", tmp_path / "build")
    name = f"{PROJECT}-{version_of(clone)}"
    run("tar", "-xf", tmp_path / f"build/meson-dist/{name}.tar.xz", "-C", tmp_path)
    release = tmp_path / name
    setup_without_tests(run, release, tmp_path / "again")
    read_chip(run, build, tmp_path / "again/flashrom", tmp_path)

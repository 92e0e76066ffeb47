# SPDX-License-Identifier: GPL-2.0-or-later
"""Packages come signed or not at all, and what cannot be had is said."""
import shutil
import subprocess

import pytest

import aptroot
import machine_apt

pytestmark = pytest.mark.skipif(not shutil.which("apt-get"), reason="not a Debian system")


def archive(folder, suite, release):
    """A small archive on this machine, without a signature."""
    index = folder / "dists" / suite
    (index / "main").mkdir(parents=True)
    (index / "Release").write_text(release)
    return f"file://{folder}/"


def test_unsigned_lists_are_refused(tmp_path, monkeypatch):
    mirror = archive(tmp_path / "archive", "sid", "Origin: Debian\nSuite: sid\nCodename: sid\nMD5Sum:\n")
    monkeypatch.setattr(machine_apt, "mirror", lambda: mirror)
    with pytest.raises(aptroot.Unavailable, match="not signed"):
        aptroot.AptRoot("sid", tmp_path / "root").unpack("flashrom")


def test_a_mirror_that_does_not_answer_is_a_reason(tmp_path, monkeypatch):
    monkeypatch.setattr(machine_apt, "mirror", lambda: "http://127.0.0.1:9/debian/")
    for variable in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(aptroot.Unavailable, match="apt-get failed"):
        aptroot.AptRoot("sid", tmp_path / "root").unpack("flashrom")


def test_a_machine_without_archives_is_a_reason(monkeypatch):
    monkeypatch.setattr(machine_apt, "_output", lambda *_, **__: "Google|Google|https://example.org/\n")
    with pytest.raises(aptroot.Unavailable, match="no archive of Debian"):
        machine_apt.mirror()


def test_the_machines_own_apt_is_left_alone(tmp_path, monkeypatch):
    """No list, no package and no lock of the system is touched."""
    monkeypatch.setattr(machine_apt, "mirror", lambda: "http://127.0.0.1:9/debian/")
    root = aptroot.AptRoot("sid", tmp_path / "root")
    root.folder.mkdir()
    root._configure()
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, env=root._env, check=True).stdout
    values = dict(line.rstrip(";").split(" ", 1) for line in dump.splitlines() if " " in line)
    for key in ("Dir::State", "Dir::Cache", "Dir::Etc::sourceparts", "Dir::State::status"):
        assert values[key].strip('"').startswith(str(tmp_path)), key
    assert values.get("Acquire::AllowInsecureRepositories", '"0"') == '"0"'
    assert "Post-Invoke" not in dump.replace('Post-Invoke "";', "")

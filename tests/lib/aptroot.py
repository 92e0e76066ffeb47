# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs of other Debian suites, unpacked beside the system and run by their
own dynamic loader. Nothing is installed and no script of a package runs.

Packages come from where the machine's own apt gets Debian's, with its proxies
and with its signature checks, through an apt of our own: its configuration,
lists, cache and package status all lie in one folder.

    aptroot.py SUITE FOLDER PACKAGE...

unpacks PACKAGEs and what they depend on, and prints the root and versions.
"""
import fcntl
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import machine_apt
from machine_apt import Unavailable

# A mirror that answers at all answers within this time.
UPDATE_LIMIT = 120
DOWNLOAD_LIMIT = 300
KEYRINGS = ("/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/debian-archive-keyring.pgp")


def _run(argv, limit, env=None):
    """What it prints; Unavailable if it fails."""
    try:
        process = subprocess.run(argv, capture_output=True, text=True, errors="replace", timeout=limit, env=env,
                                 stdin=subprocess.DEVNULL, check=False)
    except FileNotFoundError:
        raise Unavailable(f"there is no {argv[0]}") from None
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{argv[0]} took more than {limit} s") from None
    if process.returncode:
        lines = [line for line in process.stderr.splitlines() if line[:2] in ("E:", "W:")]
        raise Unavailable(f"{argv[0]} failed: " + (" ".join(lines) or process.stderr.strip()))
    return process.stdout


def _keyring():
    for keyring in KEYRINGS:
        if os.path.exists(keyring):
            return keyring
    raise Unavailable("the package debian-archive-keyring is not installed")


class AptRoot:
    """A folder with some packages of one suite. Once it is filled it stays as
    it is: other processes may run what is in it."""

    def __init__(self, suite, folder):
        self.suite = suite
        self.folder = pathlib.Path(folder).resolve()
        self.root = self.folder / "root"
        self._manifest = self.folder / "manifest.json"
        self._env = dict(os.environ, APT_CONFIG=str(self.folder / "apt.conf"), LC_ALL="C")

    def unpack(self, *packages):
        """Versions by package name, of these packages and all that they need,
        once they are in root. Unavailable if that cannot be had."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return self._unpacked(packages) or self._fetch(packages)

    def program(self, path):
        """A script that runs root/path by root's own loader; for use as one executable."""
        name = os.path.basename(path)
        script = self.folder / "bin" / name
        script.parent.mkdir(exist_ok=True)
        binary = self.root / path.lstrip("/")
        # Not what the system has in its own folders: all or nothing.
        text = f"""#!/bin/sh
exec {self._loader(binary)} --inhibit-cache --library-path {self._library_path()} --argv0 {name} {binary} "$@"
"""
        if not script.exists() or script.read_text() != text:
            new = script.with_name(f"{name}.{os.getpid()}")
            new.write_text(text)
            new.chmod(0o755)
            new.rename(script)
        return script

    def _unpacked(self, packages):
        """The versions, if these packages were unpacked before."""
        try:
            manifest = json.loads(self._manifest.read_text())
        except (OSError, ValueError):
            return None
        return manifest["versions"] if manifest["wanted"] == list(packages) else None

    def _fetch(self, packages):
        self._configure()
        _run(["apt-get", "update", "-q"], UPDATE_LIMIT, self._env)
        _run(["apt-get", "install", "-q", "-y", "--download-only", *packages], DOWNLOAD_LIMIT, self._env)
        shutil.rmtree(self.root, ignore_errors=True)
        versions = {}
        for archive in sorted((self.folder / "cache/archives").glob("*.deb")):
            _run(["dpkg-deb", "--extract", str(archive), str(self.root)], 120)
            name, version = _run(["dpkg-deb", "--show", "--showformat=${Package} ${Version}", str(archive)],
                                 60).split()
            versions[name] = version
        # The lists are larger than all the packages.
        shutil.rmtree(self.folder / "state/lists", ignore_errors=True)
        for left in (self.folder / "cache").glob("*.bin"):
            left.unlink()
        self._manifest.write_text(json.dumps({"wanted": packages, "versions": versions}))
        return versions

    def _configure(self):
        empty, sources = self.folder / "empty", self.folder / "sources"
        for folder in (empty, sources, self.folder / "state/lists/partial", self.folder / "cache/archives/partial"):
            folder.mkdir(parents=True, exist_ok=True)
        status = self.folder / "state/status"
        status.write_text("")
        # sid's lists carry a date of expiry, which a mirror that lags behind
        # has passed. Any version of them does; the signature is checked.
        (sources / "debian.sources").write_text(f"""Types: deb
URIs: {machine_apt.mirror()}
Suites: {self.suite}
Components: main
Signed-By: {_keyring()}
Check-Valid-Until: no
""")
        settings = {
            "Dir::Etc::main": "/dev/null", "Dir::Etc::parts": empty, "Dir::Etc::sourcelist": "/dev/null",
            "Dir::Etc::sourceparts": sources, "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": empty, "Dir::State": self.folder / "state",
            "Dir::State::status": status, "Dir::Cache": self.folder / "cache",
            "APT::Update::Error-Mode": "any", "Acquire::Languages": "none", "Acquire::PDiffs": "false", "APT::Install-Recommends": "false",
            # root's _apt may have no way into this folder.
            "APT::Sandbox::User": "root",
        }
        lines = machine_apt.settings() + [f'{key} "{value}";' for key, value in settings.items()]
        (self.folder / "apt.conf").write_text("\n".join(lines) + "\n")

    def _loader(self, binary):
        """The program's ELF interpreter, in root: packages of old suites have it
        in /lib, those of new ones in /usr/lib, and the link in /lib64 only where
        the base system is unpacked too."""
        head = binary.read_bytes()[:65536]
        match = re.search(rb"/lib[^\0]*/(ld[^\0/]*\.so\.\d)\0", head)
        if not match:
            raise Unavailable(f"{binary} names no dynamic loader")
        for place in ("usr/lib*/", "lib*/", "usr/lib/*/", "lib/*/"):
            for loader in self.root.glob(place + match.group(1).decode()):
                if os.access(loader, os.X_OK):
                    return loader
        raise Unavailable(f"{self.suite}'s dynamic loader is not among its packages")

    def _library_path(self):
        folders = {path.parent for place in ("lib", "lib/*", "usr/lib", "usr/lib/*")
                   for path in self.root.glob(place + "/*.so.*")}
        return ":".join(str(folder) for folder in sorted(folders))


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__.strip())
    suite, folder, *packages = sys.argv[1:]
    try:
        apt_root = AptRoot(suite, folder)
        versions = apt_root.unpack(*packages)
    except Unavailable as reason:
        sys.exit(f"{suite}: {reason}")
    print(apt_root.root)
    for package in packages:
        print(package, versions[package])


if __name__ == "__main__":
    main()

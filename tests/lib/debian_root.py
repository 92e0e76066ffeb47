# SPDX-License-Identifier: GPL-2.0-or-later
"""A Debian in a folder, made by debootstrap.

Packages come from where the machine's own apt gets Debian's. Each command runs
in mount and PID namespaces of its own, with device nodes of its own: nothing of
the machine is mounted below the folder, and nothing stays mounted or runs on
whatever happens.
"""
import contextlib
import fcntl
import os
import pathlib
import platform
import re
import shutil
import subprocess

import machine_apt
from machine_apt import NotHere, Unavailable

BOOTSTRAP_LIMIT = 300
COMMAND_LIMIT = 240
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# For a shell whose first two arguments are the folder and one for apt's downloads.
MOUNTS = """
set -e
umask 022
mount -t proc proc "$1/proc"
mount -t tmpfs -o mode=755 dev "$1/dev"
mknod -m 666 "$1/dev/null" c 1 3
mknod -m 666 "$1/dev/zero" c 1 5
mknod -m 666 "$1/dev/full" c 1 7
mknod -m 666 "$1/dev/random" c 1 8
mknod -m 666 "$1/dev/urandom" c 1 9
mknod -m 666 "$1/dev/tty" c 5 0
mkdir "$1/dev/pts" "$1/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$1/dev/pts"
mount -t tmpfs -o mode=1777 shm "$1/dev/shm"
ln -s pts/ptmx "$1/dev/ptmx"
ln -s /proc/self/fd "$1/dev/fd"
ln -s fd/0 "$1/dev/stdin"
ln -s fd/1 "$1/dev/stdout"
ln -s fd/2 "$1/dev/stderr"
mount --bind "$2" "$1/var/cache/apt/archives"
"""
# Whatever ends the caller ends them.
NAMESPACES = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child"]


def own_suite():
    """The release of Debian that this machine has."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    if release.get("ID") != "debian" or not release.get("VERSION_CODENAME"):
        raise NotHere("this is not a release of Debian")
    return release["VERSION_CODENAME"]


def _check_machine():
    if os.geteuid() != 0:
        raise NotHere("only root can make a Debian root")
    if subprocess.run([*NAMESPACES, "true"], capture_output=True, check=False).returncode:
        raise NotHere("root may not make namespaces here")
    if not shutil.which("debootstrap", path=PATH):
        raise Unavailable("there is no debootstrap")


def _environment():
    environment = {"PATH": PATH, "HOME": "/root", "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    environment.update({name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")})
    for line in machine_apt.settings():
        proxy = re.match(r'Acquire::(https?)::Proxy "(http.*)";', line)
        if proxy:
            environment.setdefault(proxy[1] + "_proxy", proxy[2])
    return environment


def _configure(folder, mirror, suite):
    (folder / "etc/apt/sources.list").write_text(f"deb {mirror} {suite} main\n")
    (folder / "etc/apt/apt.conf.d/90machine").write_text("\n".join(machine_apt.settings()) + "\n")
    shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")
    # Nothing shall start daemons.
    policy = folder / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    # It is thrown away, so it need not survive a power failure.
    (folder / "etc/dpkg/dpkg.cfg.d/unsafe").write_text("force-unsafe-io\n")


def _bootstrap(suite, folder, archives):
    """A minimal system in folder."""
    mirror = machine_apt.mirror()
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    # Mounts that an interrupted run would leave go with the namespace.
    process = subprocess.run([*NAMESPACES, "debootstrap", "--variant=minbase", f"--cache-dir={archives}", suite,
                              str(unfinished), mirror],
                             capture_output=True, text=True, timeout=BOOTSTRAP_LIMIT, env=_environment(), check=False)
    if process.returncode:
        raise Unavailable("debootstrap failed: " + process.stdout[-500:] + process.stderr[-500:])
    for package in (unfinished / "var/cache/apt/archives").glob("*.deb"):
        package.unlink()
    _configure(unfinished, mirror, suite)
    unfinished.rename(folder)


class Root:
    """A Debian system in a folder."""

    def __init__(self, folder, archives):
        self.folder = pathlib.Path(folder)
        self.archives = pathlib.Path(archives)

    def run(self, *argv, cwd="/root", env=None, limit=COMMAND_LIMIT):
        """Runs a command in it."""
        # With a shell above it the command is not process 1, which signals do not end.
        inside = 'cd "$1" && shift && "$@"; exit $?'
        script = MOUNTS + 'folder=$1; shift 2; exec chroot "$folder" "$@"'
        return self._namespaces(script, "sh", "-c", inside, "sh", cwd, *argv, limit=limit,
                                env={**_environment(), **(env or {})})

    def run_outside(self, *argv):
        """Runs a command of the machine while the root has its /proc and /dev."""
        return self._namespaces(MOUNTS + 'shift 2; exec "$@"', *argv, limit=COMMAND_LIMIT)

    def path(self, name):
        """Of a file in it, as seen from outside. Links in the last part are not followed."""
        return self.folder / name.lstrip("/")

    def _namespaces(self, script, *argv, limit, env=None):
        return subprocess.run(
            [*NAMESPACES, "sh", "-c", script, "sh", str(self.folder), str(self.archives), *map(str, argv)],
            capture_output=True, text=True, errors="replace", timeout=limit, stdin=subprocess.DEVNULL, env=env,
            check=False)


@contextlib.contextmanager
def _locked(file):
    with open(file, "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fresh_root(work, suite, name):
    """A copy of a clean system, in work/SUITE/NAME, with today's lists of packages. Beside it lie, for the next one,
    the clean system and all packages that were downloaded."""
    _check_machine()
    base, copy, archives = (work / suite / part for part in ("base", name, "archives"))
    (archives / "partial").mkdir(parents=True, exist_ok=True)
    with _locked(work / suite / "lock"):
        if not base.exists():
            _bootstrap(suite, base, archives)
        shutil.rmtree(copy, ignore_errors=True)
        subprocess.run(["cp", "-a", "--reflink=auto", str(base), str(copy)], check=True)
    root = Root(copy, archives)
    update = root.run("apt-get", "update", "-q")
    if update.returncode:
        raise Unavailable("apt-get update failed in the new root: " + update.stderr)
    return root

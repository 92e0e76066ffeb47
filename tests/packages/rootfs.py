# SPDX-License-Identifier: GPL-2.0-or-later
"""A Debian of the machine's own release in a folder, made by debootstrap.

Packages come from where the machine's own apt gets Debian's. Each command runs
in mount and PID namespaces of its own, so that nothing stays mounted or runs on
whatever happens.
"""
import os
import pathlib
import re
import shutil
import subprocess

BOOTSTRAP_LIMIT = 300
COMMAND_LIMIT = 240
# For a shell whose first argument is the folder.
MOUNTS = 'mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && '


class Unavailable(Exception):
    """Such a root cannot be had here; the text says why."""


def _output(argv):
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True).stdout


def _codename():
    text = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    values = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', text, re.MULTILINE))
    if values.get("ID") != "debian" or not values.get("VERSION_CODENAME"):
        raise Unavailable("this is not a release of Debian")
    return values["VERSION_CODENAME"]


def _mirror(codename):
    listing = _output(["apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(CODENAME)|$(REPO_URI)",
                       "Created-By: Packages"])
    for line in listing.splitlines():
        if line.startswith(f"Debian|Debian|{codename}|"):
            return line.split("|", 3)[3]
    raise Unavailable(f"apt knows no archive of Debian {codename} (apt-get update may be needed)")


def _apt_settings():
    """Proxies, time-outs and the like of the machine, as lines of an apt.conf."""
    wanted = re.compile(r"Acquire::(http|https|Retries|ForceIPv[46]|Check-Date|Check-Valid-Until)")
    return [line for line in _output(["apt-config", "dump"]).splitlines() if wanted.match(line)]


def _environment(settings):
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
                   "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    environment.update({name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")})
    for line in settings:
        proxy = re.match(r'Acquire::(https?)::Proxy "(http.*)";', line)
        if proxy:
            environment.setdefault(proxy[1] + "_proxy", proxy[2])
    return environment


def _bootstrap(folder):
    """A minimal system in folder."""
    codename = _codename()
    mirror = _mirror(codename)
    settings = _apt_settings()
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    process = subprocess.run(["debootstrap", "--variant=minbase", codename, str(unfinished), mirror],
                             capture_output=True, text=True, timeout=BOOTSTRAP_LIMIT, env=_environment(settings),
                             check=False)
    if process.returncode:
        raise Unavailable("debootstrap failed: " + process.stdout[-500:] + process.stderr[-500:])
    (unfinished / "etc/apt/sources.list").write_text(f"deb {mirror} {codename} main\n")
    (unfinished / "etc/apt/apt.conf.d/90machine").write_text("\n".join(settings) + "\n")
    shutil.copy("/etc/resolv.conf", unfinished / "etc/resolv.conf")
    # Nothing shall start daemons.
    policy = unfinished / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    # It is thrown away, so it need not survive a power failure.
    (unfinished / "etc/dpkg/dpkg.cfg.d/unsafe").write_text("force-unsafe-io\n")
    unfinished.rename(folder)


class Root:
    """A Debian system in a folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def run(self, *argv, env=None):
        """Runs a command in it, in its folder /root."""
        script = MOUNTS + 'exec chroot "$@"'
        chdir = ["sh", "-c", 'cd /root && exec "$@"', "sh"]
        return subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, "sh", str(self.folder),
             *chdir, *argv],
            capture_output=True, text=True, errors="replace", timeout=COMMAND_LIMIT, stdin=subprocess.DEVNULL,
            env={**_environment(_apt_settings()), **(env or {})}, check=False)

    def run_outside(self, *argv):
        """Runs a command of the machine while the root has its /proc and /dev."""
        script = MOUNTS + 'shift && exec "$@"'
        return subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, "sh", str(self.folder),
             *map(str, argv)],
            capture_output=True, text=True, errors="replace", timeout=COMMAND_LIMIT, stdin=subprocess.DEVNULL,
            check=False)

    def path(self, name):
        """Of a file in it, as seen from outside. Links in the last part are not followed."""
        return self.folder / name.lstrip("/")


def fresh_root(work, name="root"):
    """A new copy of a clean system, in work/name, with today's lists of packages. work/base is kept for the next
    time."""
    if os.geteuid() != 0:
        raise Unavailable("only root can make a Debian root")
    for program in ("debootstrap", "unshare", "chroot"):
        if not shutil.which(program):
            raise Unavailable(f"there is no {program}")
    base, copy = work / "base", work / name
    work.mkdir(parents=True, exist_ok=True)
    if not base.exists():
        _bootstrap(base)
    shutil.rmtree(copy, ignore_errors=True)
    subprocess.run(["cp", "-a", "--reflink=auto", str(base), str(copy)], check=True)
    root = Root(copy)
    update = root.run("apt-get", "update", "-q")
    if update.returncode:
        raise Unavailable("apt-get update failed in the new root: " + update.stderr)
    return root

# SPDX-License-Identifier: GPL-2.0-or-later
"""The machine's own apt: where it gets Debian's packages from, and how."""
import os
import re
import subprocess

LIMIT = 60
UPDATE_LIMIT = 300


class Unavailable(Exception):
    """Something cannot be had here; the text says why."""


class NotHere(Unavailable):
    """Nor can anybody install what would change that."""


def _output(*argv, limit=LIMIT):
    try:
        return subprocess.run(argv, capture_output=True, text=True, errors="replace", timeout=limit, check=True,
                              stdin=subprocess.DEVNULL).stdout
    except FileNotFoundError:
        raise NotHere(f"there is no {argv[0]}: this is not a Debian system") from None
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"{' '.join(argv)} failed: {error.stderr.strip()}") from None
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{' '.join(argv)} took more than {limit} s") from None


def _known_mirror():
    listing = _output("apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)", "Created-By: Packages")
    for line in listing.splitlines():
        if line.startswith("Debian|Debian|"):
            return line.split("|", 2)[2]
    return None


def mirror():
    """The address of Debian's main archive."""
    found = _known_mirror()
    if not found and os.geteuid() == 0:
        # Images of small systems come without lists.
        _output("apt-get", "update", "-q", limit=UPDATE_LIMIT)
        found = _known_mirror()
    if not found:
        raise Unavailable("apt knows no archive of Debian (apt-get update may be needed)")
    return found


def settings():
    """Proxies, time-outs and the like, as lines of an apt.conf."""
    wanted = re.compile(r"Acquire::(http|https|Retries|ForceIPv[46]|Check-Date|Check-Valid-Until)")
    return [line for line in _output("apt-config", "dump").splitlines() if wanted.match(line)]

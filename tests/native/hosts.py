# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosts in flashrom's place: one for each release, built against declarations of that release's interface."""
import pytest

from beken_bench import BUILD, WRAP, assert_pins_are_safe

RELEASES = ["flashrom-1.4.0", "flashrom-1.5.1", "flashrom-1.6.0", "flashrom-1.7.0",
            "flashrom-1.8.0", "flashprog-1.5", "flashprog-main"]
# Where the driver differs most. What the engine does is the same in all.
CORNERS = ["flashrom-1.4.0", "flashrom-1.8.0", "flashprog-main"]
each_release = pytest.mark.parametrize("release", CORNERS[1:] if WRAP else RELEASES)
each_corner = pytest.mark.parametrize("release", CORNERS[1:] if WRAP else CORNERS)
SMALL, SMALL_CMP = ("BK-SMALL", 64 << 10), ("BK-SMALL-CMP", 128 << 10)


def host_of(release):
    return BUILD / "tests" / "native" / f"host-{release}"


def host(bench, release, *arguments, params="", **options):
    result = bench.run(*WRAP, host_of(release), *(["-p", params] if params else []), *arguments, **options)
    if result.device("attached") == "yes":
        assert_pins_are_safe(result)
    assert "progress of" not in result.err, result.err
    return result

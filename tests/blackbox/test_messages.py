# SPDX-License-Identifier: GPL-2.0-or-later
"""What we say has one form, and as much of it as -V asks for."""
import re

import pytest

from beken_bench import FLASHROM, environment
from faults import FAULTS

PREFIX = "ch341a_beken: "
# A sentence, perhaps with a list behind it; or an entry of a list or a command line, which is set off by blanks.
FORM = re.compile(r"ch341a_beken: (?:(?:Error: |Warning: )?[^ ].*[.:]|  +\S.*)")


def ours(text):
    return [line for line in text.splitlines() if PREFIX in line]


def assert_form(result):
    lines = ours(result.err)
    for line in lines:
        assert FORM.fullmatch(line), line
    assert not ours(result.out)
    return lines


@pytest.mark.parametrize("level", ["", "-V", "-VV", "-VVV"])
def test_a_good_run(bench, level):
    die = bench.random_file("die.bin", 128 << 10, 1)
    image = bench.random_file("new.bin", 128 << 10, 2)
    arguments = [level] if level else []
    result = bench.flashrom(*arguments, "-w", image, chip="BK-SMALL-CMP", flash=die)
    assert result.status == 0
    assert assert_form(result)


@pytest.mark.parametrize("fault", FAULTS)
def test_faults(bench, fault):
    result = bench.flashrom("-r", "out.bin", chip="BK-SMALL", settings=FAULTS[fault][0], params="attempts=2")
    lines = assert_form(result)
    assert any(line.startswith(PREFIX + "Error: ") for line in lines)
    loud = bench.flashrom("-VV", chip="BK-SMALL", settings=FAULTS[fault][0], params="attempts=2")
    assert_form(loud)


@pytest.mark.parametrize("settings, arguments, params", [
    (["protect=7c", "firmware_protects=no"], ["-E"], "unprotect=no"),
    (["wip_stuck=erase"], ["-E"], ""),
    (["wip_stuck=program"], ["-w", "new.bin"], ""),
    (["unplug_at_transfer=700"], ["-r", "x"], ""),
    ([], [], "no_such_key=1"),
    ([], [], "leave=later"),
    ([], [], "attempts=1,attempts=2"),
    ([], ["-r", "/nonexistent/x"], ""),
    ([], ["-w", "small.bin"], ""),
    (["jedec_id=123456", "sfdp=no"], ["-r", "x"], ""),
])
def test_other_ends(bench, settings, arguments, params):
    bench.random_file("new.bin", 128 << 10, 2)
    bench.random_file("small.bin", 1000, 2)
    result = bench.flashrom(*arguments, chip="BK-SMALL-CMP", settings=settings, params=params)
    assert_form(result)


def test_the_start_without_a_flashrom(bench):
    result = bench.run(FLASHROM, chip="BK-SMALL", env=dict(environment(), FLASHROM="nobody-has-it"))
    assert result.status == 1 and assert_form(result)
    script = bench.path("not-a-program")
    script.write_text("\n")
    script.chmod(0o755)
    result = bench.run(FLASHROM, chip="BK-SMALL", env=dict(environment(), FLASHROM=str(script)))
    assert_form(result)


def test_each_v_shows_more(bench):
    """And all that was shown without it, in the same order."""
    levels = []
    for level in ([], ["-V"], ["-VV"]):
        result = bench.flashrom(*level, "-r", "out.bin", chip="BK-SMALL-CMP")
        assert result.status == 0
        levels.append(ours(result.err))
    for fewer, more in zip(levels, levels[1:]):
        assert len(more) > len(fewer), more
        rest = iter(more)
        assert all(line in rest for line in fewer)

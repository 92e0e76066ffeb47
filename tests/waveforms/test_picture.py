# SPDX-License-Identifier: GPL-2.0-or-later
"""The picture in the documentation is what the script draws from a trace made today."""
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from beken_bench import FLASHROM
from trace_bench import TraceBench

FOLDER = pathlib.Path(__file__).parent
NUMBER = re.compile(r"-?\d+\.\d+")
# Two processes on the virtual clock: times may differ by some ns, and so the
# last digit of a coordinate, of which some have only one. Neighbouring edges in
# panels b and c are 4 px apart.
TOLERANCE_PX = 0.15


@pytest.fixture(name="picture", scope="module")
def fixture_picture(tmp_path_factory):
    """Made by the commands in the script itself, but with our launcher."""
    folder = tmp_path_factory.mktemp("picture")
    result = TraceBench(folder).run(FLASHROM, "-p", "ch341a_beken", "--flash-name", chip="BK7231T",
                               settings=("accept_bytes=2",))
    assert result.status == 0, result.err
    subprocess.run([sys.executable, FOLDER / "draw.py", result.trace_path, folder / "entry.svg"], check=True)
    return (folder / "entry.svg").read_text()


def test_the_committed_picture_is_up_to_date(picture):
    committed = (FOLDER / "entry.svg").read_text()
    assert NUMBER.sub("#", picture) == NUMBER.sub("#", committed)
    pairs = zip(NUMBER.findall(picture), NUMBER.findall(committed), strict=True)
    assert all(abs(float(a) - float(b)) <= TOLERANCE_PX for a, b in pairs)


def test_the_picture_tells_the_story(picture):
    elements = list(ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text"))
    words = [element.text for element in elements]
    hexes = [element.text for element in elements if element.get("class").startswith("hex ")]
    # Pairs of MOSI and MISO, in order of time.
    assert hexes[:14] == ["D2", "FF"] * 2 + ["D2", "D2"] * 2 + ["D2", "00"] * 3
    assert hexes[14:] == ["9F", "FF", "FF", "1C", "FF", "70", "FF", "15"]
    assert any("JEDEC ID 1C7015" in word for word in words)
    assert {"CEN", "CS0", "SCK", "MOSI", "MISO", "reset pulse 100.1 ms"} <= set(words)


def test_the_picture_is_for_light_and_dark_pages(picture):
    assert "prefers-color-scheme: dark" in picture and 'viewBox="0 0 800 ' in picture


def test_the_script_says_how_to_use_it():
    result = subprocess.run([sys.executable, FOLDER / "draw.py"], capture_output=True, text=True, check=False)
    assert result.returncode == 1 and result.stderr == "Usage: draw.py TRACE.vcd PICTURE.svg\n"

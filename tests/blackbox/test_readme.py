# SPDX-License-Identifier: GPL-2.0-or-later
"""The documents know all that the programmer can say and take."""
import pathlib
import re

import pytest

from beken_bench import MKIMAGE, large_die
from faults import FAULTS
from images import APPLICATION, Maker, put

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
MESSAGES = (ROOT / "doc/messages.md").read_text()
DOCUMENTS = ["README.md", "CONTRIBUTING.md", *sorted(f"doc/{path.name}" for path in ROOT.glob("doc/*.md"))]


def test_every_parameter_has_a_row(bench):
    result = bench.flashrom(params="no_such_key=1", chip="BK-SMALL")
    keys = result.message.split("Parameters are:")[1].strip(" .\n").split(", ")
    rows = re.findall(r"^\| `([a-z_]+)` \|", README, re.MULTILINE)
    assert rows == keys


@pytest.mark.parametrize("fault", FAULTS)
def test_every_diagnosis_has_a_row(bench, fault):
    result = bench.flashrom(chip="BK-SMALL", settings=FAULTS[fault][0], params="attempts=1")
    sentence = next(line for line in result.message.splitlines() if line.startswith("Error: "))[len("Error: "):]
    start = re.split(r"[.:;,]| at \d", sentence)[0]
    # Numbers differ from run to run.
    row = re.sub(r"^\d+", "N", start)
    assert f"| {row}" in MESSAGES


def test_every_error_and_warning_in_the_source_has_a_row():
    """Sentences as they stand in the source, up to the first value in them."""
    sources = sorted((ROOT / "programmer").rglob("*.c"))
    assert sources
    for source in sources:
        text = re.sub(r'"\s*\n\s*"', "", source.read_text())
        for sentence in re.findall(r'MESSAGE_(?:ERROR|WARNING),\s*"([^"]+)"', text):
            start = re.split(r"[%(.:;,\\]| at %", sentence.replace("%zu CH341A", "N CH341A"))[0].strip()
            if len(start) < 12:    # lists, "Interrupted"
                continue
            if start.startswith(("Cannot ", "Out of memory")):    # the system's reason follows
                continue
            assert start in MESSAGES, f"{source.name}: {start}"


def test_every_hint_of_the_launcher_has_a_row():
    """Each sentence by its words behind the name that it starts with."""
    stock = ROOT / "programmer/stock"
    sources = [stock / "hints.c", stock / "output_files.c", stock / "stock_flashrom.c"]
    text = "".join(re.sub(r'"\s*\n\s*"', "", source.read_text()) for source in sources)
    starts = re.findall(r'"(?:%s|%d|Neither %s|Not every release of %s|flashprog) ([a-z][A-Za-z \']+?)(?: [-%(]|[,.:"])',
                        text)
    assert len(starts) == 13, starts
    for words in starts:
        assert " ".join(words.split()[:5]) in MESSAGES, words


def test_every_sentence_about_a_file_has_a_row():
    """Those that refuse, and those that warn; of UF2 files a row tells how they start."""
    sources = [ROOT / "programmer/image/image_judge.c", ROOT / "programmer/stock/write_plan.c"]
    text = "".join(re.sub(r'"\s*\n?\s*"', "", source.read_text()) for source in sources)
    sentences = [words for words in re.findall(r'"([A-Z][^"]{30,})', text)
                 if not words.startswith(("To write it anyway", "If it is the flash", "Write a QIO"))]
    assert len(sentences) == 32, sentences
    rows = re.sub(r"0x\.\.\.|\.\.\.|\b[NM]\b", "", MESSAGES)
    for sentence in sentences:
        start = re.split(r"[:;,.(\\]| so the| of this file|0x%|%", sentence)[0].split()
        assert " ".join(start[:8]) in " ".join(rows.split()), sentence


def test_every_sentence_about_a_uf2_file_starts_as_the_row_says():
    text = re.sub(r'"\s*\n\s*"', "", (ROOT / "programmer/image/image_uf2.c").read_text())
    for sentence in re.findall(r'fail\((?:file->)?uf2,\s*"([^"]+)', text):
        assert re.match(r"The UF2 file |Block %u is where|Block %zu of the UF2 file[ ,]|The tags of block |Nothing in the UF2",
                        sentence), sentence


def test_the_two_commands_are_there():
    for command in ("tests/demo.sh", "tests/run.sh"):
        assert command in README and (ROOT / command).exists()


@large_die
@pytest.mark.parametrize("document", ["README.md", "doc/recovery.md"])
def test_a_bricked_plug_boots_after_its_commands(bench, document):
    """As they stand there, in their order; the package is installed by the stage packages."""
    commands = re.findall(r"^    (ch341a-beken (?:check|write .*\.bin))$", (ROOT / document).read_text(), re.MULTILINE)
    assert [command.split()[1] for command in commands] == ["check", "write"]
    whole = Maker(MKIMAGE, bench.folder)
    before = whole("full", "bk7231t", 1)
    die, firmware = bench.path("die.bin"), bench.path(commands[1].split()[-1])
    die.write_bytes(put(before, APPLICATION, bytes(0x4000)))
    firmware.write_bytes(whole("qio", "bk7231t", 2, 160 << 10))
    for command in commands:
        result = bench.run("sh", "-c", command, chip="BK7231T", flash=die, record=False)
        assert result.status == 0, result.err
    assert die.read_bytes() == put(put(before, APPLICATION, bytes(0x4000)), 0, firmware.read_bytes())
    assert result.device("state") in ("startup", "window", "boot"), "it has been reset"
    assert "RF calibration and settings stay" in result.err and "Written, and verified." in result.err
    backup, = re.findall(r"is in (\S+\.bin)\.", result.err)
    pathlib.Path(backup).unlink()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_all_links_lead_somewhere(document):
    path = ROOT / document
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "doc/architecture.md"])
def test_files_that_are_named_exist(document):
    """In `code`: from the top, or in a room of programmer/; without arguments and with no pattern in it."""
    text = re.sub(r"^    .*$", "", (ROOT / document).read_text(), flags=re.MULTILINE)
    named = {words.split()[0] for words in re.findall(r"`([a-z.][\w./-]*/[\w./-]*(?: [^`]*)?)`", text)}
    named = {path for path in named if "NAME" not in path}
    assert len(named) > 10
    for path in named:
        assert (ROOT / path).exists() or (ROOT / "programmer" / path).exists(), path

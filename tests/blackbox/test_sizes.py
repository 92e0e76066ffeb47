# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of another size than the flash: the lines that the launcher prints are
run as they stand, by a shell, and must do what was asked and nothing else."""
import os
import pathlib
import re
import shlex
import subprocess

import pytest

from beken_bench import FLASHROM, MKIMAGE, SteadyBench, environment, large_die
from images import APPLICATION, MIB, RF, Maker, put, rbl

pytestmark = large_die

# Emulated chip, whose image, size of its flash.
CHIPS = [("BK7231T", "bk7231t", 2 * MIB), ("BK7231N", "bk7231n", 2 * MIB), ("BK7252", "bk7252", 4 * MIB)]
each_chip = pytest.mark.parametrize("chip, family, size", CHIPS, ids=[chip for chip, _, _ in CHIPS])
SECTOR = 4096
SMALL = 160 << 10    # of the die that a firmware file is for: quick to write
NAME = "my \"new\" fw's.bin"
RULE = "takes only a file as large as the"


@pytest.fixture(name="bench")
def fixture_bench(tmp_path):
    return SteadyBench(tmp_path)


@pytest.fixture(scope="module", name="image")
def fixture_image(tmp_path_factory):
    return Maker(MKIMAGE, tmp_path_factory.mktemp("images"))


class Chip:
    """An emulated chip that keeps its flash from run to run."""

    def __init__(self, bench, content, chip="BK7231T"):
        self.bench = bench
        self.chip = chip
        self.before = content
        self.die = bench.path("die.bin")
        self.die.write_bytes(content)

    @property
    def flash(self):
        return self.die.read_bytes()

    def run(self, *arguments, **options):
        result = self.bench.flashrom(*arguments, chip=self.chip, flash=self.die, record=False, **options)
        # Neither what we say nor a line of it.
        assert "ch341a_beken:" not in result.out and not re.search("^(    |truncate|echo|cat|dd)", result.out, re.M)
        return result

    def refuses(self, *arguments, **options):
        """The lines that it prints, after it has left the flash as it was."""
        result = self.run(*arguments, **options)
        assert result.status == 1, result.err
        assert result.device("dirty") == "no" and self.flash == self.before
        assert result.message.count(RULE) == 1
        found = result.proposals
        assert len(set(found)) == len(found)
        return result, found

    def carry_out(self, commands, **options):
        """All in one shell, which ends at the first that fails."""
        here = set(os.listdir(self.bench.folder))
        contents = {name: self.bench.path(name).read_bytes() for name in here - {"die.bin", "report.txt"}}
        for command in commands[:-1]:
            subprocess.run(command, shell=True, cwd=self.bench.folder, check=True, capture_output=True)
        result = self.bench.run("sh", "-c", commands[-1], chip=self.chip, flash=self.die, record=False, **options)
        assert not result.proposals
        for name, content in contents.items():
            assert self.bench.path(name).read_bytes() == content, f"{name} is the user's"
        return result


def write(bench, data, name=NAME):
    bench.path(name).write_bytes(data)
    return name


def kept(flash, family):
    return flash[RF[family]:RF[family] + SECTOR]


# ---- firmware of all kinds ----


@each_chip
@pytest.mark.parametrize("kind, address", [("qio", 0), ("ua", APPLICATION)])
def test_firmware_is_written_where_it_belongs_and_nothing_else(bench, image, chip, family, size, kind, address):
    beken = Chip(bench, image("full", family, 1), chip)
    firmware = image(kind, family, 2, SMALL)
    result, commands = beken.refuses("-w", write(bench, firmware))
    assert f"to be written to {address:#x}" in result.message.replace("0x0:", "0x0")
    assert f"{size} bytes" in result.message
    assert shlex.split(commands[-1]).count("-N") == 1
    result = beken.carry_out(commands)
    assert result.status == 0, result.err
    assert beken.flash == put(beken.before, address, firmware)
    assert kept(beken.flash, family) == kept(beken.before, family)


test_firmware_is_written_where_it_belongs_and_nothing_else.operation = "region"


def test_the_end_of_the_firmware_needs_no_sector_of_its_own(bench, image):
    """The rest of its last sector stays as well."""
    beken = Chip(bench, image("random"))
    firmware = image("qio", size=SMALL)
    assert len(firmware) % SECTOR
    _, commands = beken.refuses("-w", write(bench, firmware))
    assert beken.carry_out(commands).status == 0
    assert beken.flash == put(beken.before, 0, firmware)


@each_chip
@pytest.mark.parametrize("kind, address", [("qio", 0), ("ua", APPLICATION)])
def test_only_the_firmware_is_compared(bench, image, chip, family, size, kind, address):
    firmware = image(kind, family, 2, SMALL)
    beken = Chip(bench, put(image("full", family, 1), address, firmware), chip)
    _, commands = beken.refuses("-v", write(bench, firmware))
    result = beken.carry_out(commands)
    assert result.status == 0 and "VERIFIED" in result.out
    # The lines make the same file again.
    end = address + len(firmware)
    for at, status in ((end - 1, 3), (end, 0)):
        beken.die.write_bytes(put(beken.before, at, bytes([beken.before[at] ^ 1])))
        result = bench.run("sh", "-c", commands[-1], chip=chip, flash=beken.die, record=False)
        assert result.status == status, result.err


test_only_the_firmware_is_compared.operation = "verify"


def test_a_first_part_of_a_dump_leaves_the_rf_calibration_out(bench, image):
    beken = Chip(bench, image(seed=1))
    dump = image(seed=2)[:0x1F0000]
    result, commands = beken.refuses("-w", write(bench, dump))
    assert "RF calibration at 0x1e0000 is left out" in result.message
    assert beken.carry_out(commands).status == 0
    assert beken.flash == put(put(beken.before, 0, dump), 0x1E0000, kept(beken.before, "bk7231t"))


def test_a_dump_without_the_bootloader_goes_behind_it(bench, image):
    beken = Chip(bench, image("full", "bk7231n", 1), "BK7231N")
    dump = image("full", "bk7231n", 2)[APPLICATION:]
    _, commands = beken.refuses("-w", write(bench, dump))
    assert beken.carry_out(commands).status == 0
    assert beken.flash == put(put(beken.before, APPLICATION, dump), 0x1D0000, kept(beken.before, "bk7231n"))


def test_a_dump_of_a_smaller_flash_is_asked_about(bench, image):
    beken = Chip(bench, image("full", "bk7252", 1), "BK7252")
    result, commands = beken.refuses("-w", write(bench, image(seed=2)))
    assert "This flash is larger than that: is it the right file?" in result.message
    assert beken.carry_out(commands).status == 0
    assert beken.flash == put(put(beken.before, 0, image(seed=2)), 0x1E0000,
                              beken.before[0x1E0000:0x1E0000 + SECTOR])


# ---- files that are larger than the flash ----


def test_an_erased_tail_is_cut_off(bench, image):
    beken = Chip(bench, image(seed=1))
    result, commands = beken.refuses("-w", write(bench, image(seed=2) + b"\xff" * 2 * MIB))
    assert "erased (FF) and is cut off" in result.message
    assert beken.carry_out(commands).status == 0
    assert beken.flash == put(image(seed=2), 0x1E0000, kept(beken.before, "bk7231t"))


def test_a_lost_rf_calibration_can_be_written_too(bench, image):
    """As the sentence says: with one word more in the last line."""
    beken = Chip(bench, image(seed=1))
    result, commands = beken.refuses("-w", write(bench, image(seed=2) * 2))
    assert "repeats itself" in result.message
    addition = re.search("add (-i [a-z]+) to the last line", result.message).group(1)
    commands[-1] += " " + addition
    assert beken.carry_out(commands).status == 0
    assert beken.flash == image(seed=2)


def test_a_dump_that_was_read_past_the_end_is_put_together(bench, image):
    """From the application on, so with the bootloader somewhere behind it."""
    beken = Chip(bench, image(seed=1))
    dump = (image(seed=2) * 3)[APPLICATION:APPLICATION + 4 * MIB]
    _, commands = beken.refuses("-w", write(bench, dump))
    assert beken.carry_out(commands).status == 0
    assert beken.flash == put(image(seed=2), 0x1E0000, kept(beken.before, "bk7231t"))


def test_a_dump_of_a_larger_flash_is_not_written(bench, image):
    beken = Chip(bench, image(seed=1))
    result, commands = beken.refuses("-w", write(bench, image("full", "bk7252", 2)))
    assert "it is for a larger flash" in result.message
    assert not commands


# ---- what is no firmware for the programmer ----


def raw(qio):
    return b"".join(qio[at:at + 32] for at in range(0, 40000, 34))


UNFIT = {
    "update": (lambda image: rbl(bytes(range(256)) * 40), ["QIO", "UA", "cannot be written through SPI"]),
    "without CRCs": (lambda image: raw(image("qio", size=SMALL)), ["no CRCs", "QIO, UA"]),
    "damaged": (lambda image: put(image("qio", size=SMALL), 0x12345, b"\x12\x34"), ["CRC wrong", "not fit"]),
    "cut off": (lambda image: image("qio", size=SMALL)[:-7], ["ends in the middle of a block"]),
    "empty": (lambda image: b"", ["It is empty"]),
    "erased": (lambda image: b"\xff" * 4096, ["All its bytes are FF"]),
    "noise": (lambda image: image("random")[:0x12345], ["where in the flash it belongs", "copy of your backup"]),
    "much noise": (lambda image: image("random", size=4 * MIB), ["where in the flash it belongs", "larger flash"]),
    "noise and FF": (lambda image: image("random") + b"\xff", ["cut off", "head -c 2097152"]),
    "no code": (lambda image: image()[0x1E0000:0x1E2000], ["where in the flash it belongs"]),
}


@pytest.mark.parametrize("what", UNFIT)
def test_what_must_not_be_written_gets_no_lines(bench, image, what):
    make, words = UNFIT[what]
    beken = Chip(bench, image(seed=1))
    result, commands = beken.refuses("-w", write(bench, make(image)))
    for word in words:
        assert word in result.message, result.message
    assert not commands


def test_noise_can_be_compared(bench, image):
    """That does no harm."""
    noise = image("random")[:0x12345]
    beken = Chip(bench, put(image(seed=1), 0, noise))
    _, commands = beken.refuses("-v", write(bench, noise))
    assert beken.carry_out(commands).status == 0


@pytest.mark.parametrize("redirection", ["-w - <fw.bin", "-w /dev/stdin <fw.bin", "-w <(cat fw.bin)"])
def test_what_comes_through_a_pipe_is_wanted_in_a_file(bench, image, redirection):
    write(bench, image("qio", size=SMALL), "fw.bin")
    redirection = redirection.replace("<fw.bin", "< <(cat fw.bin)")
    result = bench.run("bash", "-c", f"{shlex.quote(FLASHROM)} -p ch341a_beken {redirection}", chip="BK7231T")
    assert result.status == 1 and result.device("dirty") == "no"
    assert "Put it into a file" in result.message and not result.proposals


def test_a_file_that_no_flash_is_as_large_as_is_not_read(bench):
    os.truncate(bench.path(write(bench, b"", "huge.bin")), 65 << 20)
    result = bench.flashrom("-w", "huge.bin", chip="BK7231T")
    assert result.status == 1 and "which no flash of a Beken chip is" in result.message and not result.proposals


# ---- the user's own regions ----


def layout(bench, text="00000000:00010fff boot\n00011000:00131fff 'app'\n001e0000:001e0fff rf\n"):
    bench.path("my layout").write_text(text)
    return ["-l", "my layout"]


@pytest.mark.parametrize("form", [["-i", "'app'", "-w", NAME], ["-w", NAME, "--include='app'"],
                                  ["-i", f"'app':{NAME}", "-w", "whole flash"], ["-i", f"'app':{NAME}", "-w", NAME]])
def test_a_short_file_for_a_region_leaves_the_rest_of_it(bench, image, form):
    firmware = image("ua", seed=2, size=SMALL)
    beken = Chip(bench, image(seed=1))
    write(bench, firmware)
    write(bench, image("random"), "whole flash")
    _, commands = beken.refuses(*layout(bench), "-N", *form)
    assert commands[-1].split().count("-N") == 1
    assert beken.carry_out(commands).status == 0
    assert beken.flash == put(beken.before, APPLICATION, firmware)


def test_a_file_as_large_as_its_region_needs_no_other_layout(bench, image):
    beken = Chip(bench, image(seed=1))
    write(bench, image("random")[:SECTOR])
    _, commands = beken.refuses(*layout(bench), "-i", "rf", "-w", NAME)
    assert "my layout" in commands[-1] and not any("echo" in command for command in commands)
    assert beken.carry_out(commands).status == 0
    assert beken.flash == put(beken.before, 0x1E0000, image("random")[:SECTOR])


def test_files_for_all_regions_need_no_other(bench, image):
    beken = Chip(bench, image(seed=1))
    write(bench, image(seed=2)[:APPLICATION], "boot.bin")
    write(bench, image(seed=2)[0x1E0000:0x1E1000], "rf.bin")
    _, commands = beken.refuses(*layout(bench), "-i", "boot:boot.bin", "-i", "rf:rf.bin", "-N", "-w", "boot.bin")
    assert beken.carry_out(commands).status == 0
    assert beken.flash == put(put(beken.before, 0, image(seed=2)[:APPLICATION]), 0x1E0000,
                              image(seed=2)[0x1E0000:0x1E1000])


def test_a_file_for_its_region_is_not_asked_for_twice(bench, image):
    beken = Chip(bench, image(seed=1))
    write(bench, image(seed=2)[:APPLICATION], "boot.bin")
    write(bench, b"whatever", "small")
    result, commands = beken.refuses(*layout(bench), "-i", "boot:boot.bin", "-N", "-w", "small")
    assert "Nothing of it is used" in result.message and "boot:boot.bin" in commands[-1]
    assert beken.carry_out(commands).status == 0
    assert beken.flash == put(beken.before, 0, image(seed=2)[:APPLICATION])


def test_a_whole_dump_for_a_region_is_for_w(bench, image):
    beken = Chip(bench, image(seed=1))
    write(bench, image(seed=2), "dump.bin")
    result, commands = beken.refuses(*layout(bench), "-i", "'app':dump.bin", "-N", "-w", "dump.bin")
    assert f"as large as the region, {0x121000} bytes" in result.message
    assert beken.carry_out(commands).status == 0
    assert beken.flash == put(beken.before, APPLICATION, image(seed=2)[APPLICATION:0x132000])


@pytest.mark.parametrize("kind, include, words", [
    ("qio", "'app'", "starts at 0x11000"), ("ua", "boot", "starts at 0x0"), ("empty", "boot", "is it for another"),
])
def test_a_file_for_another_place_than_the_region_gets_no_lines(bench, image, kind, include, words):
    beken = Chip(bench, image(seed=1))
    data = image("random", size=SMALL) if kind == "empty" else image(kind, size=SMALL)
    result, commands = beken.refuses(*layout(bench), "-i", include, "-w", write(bench, data))
    assert words in result.message and not commands


def test_several_regions_are_the_users_to_fill(bench, image):
    beken = Chip(bench, image(seed=1))
    write(bench, image("ua", size=SMALL))
    result, commands = beken.refuses(*layout(bench), "-i", "'app'", "-i", "rf", "-w", NAME)
    assert "copy of your backup" in result.message and not commands


# ---- the lines themselves ----


def test_no_file_of_the_user_is_overwritten(bench, image):
    beken = Chip(bench, image(seed=1))
    firmware = image("qio", seed=2, size=SMALL)
    write(bench, firmware, "fw.bin")
    for name in ("fw.whole.bin", "fw.layout", "fw.whole-2.bin"):
        write(bench, b"mine", name)
    _, commands = beken.refuses("-w", "fw.bin")
    assert beken.carry_out(commands).status == 0
    assert beken.flash == put(beken.before, 0, firmware)


@pytest.mark.parametrize("form", [["-w", "fw.bin"], ["-wfw.bin"], ["--write=fw.bin"], ["--wri", "fw.bin"],
                                  ["-Vw", "sub/fw.bin"], ["-w", "-fw.bin"]])
def test_the_other_options_stay(bench, image, form):
    beken = Chip(bench, image(seed=1))
    firmware = image("qio", seed=2, size=SMALL)
    bench.path("sub").mkdir()
    for name in ("fw.bin", "-fw.bin", "sub/fw.bin"):
        write(bench, firmware, name)
    if form[1:] == ["-fw.bin"]:    # only so would flashrom take it
        form = ["--write=-fw.bin"]
    options = ["-c", "EN25QH16", "-o", "the log", "--noverify-all"]
    _, commands = beken.refuses(*options, *form, params="leave=keep,cen_low_ms=200")
    words = shlex.split(commands[-1])
    assert words[:3] == [FLASHROM, "-p", "ch341a_beken:leave=keep,cen_low_ms=200"]
    assert words[3:8] == options
    assert "-N" not in words
    for command in commands[:-1]:
        subprocess.run(command, shell=True, cwd=bench.folder, check=True, capture_output=True)
    result = bench.run("sh", "-c", commands[-1], chip="BK7231T", flash=beken.die, record=False)
    assert result.status == 0, result.err
    assert beken.flash == put(beken.before, 0, firmware)


def test_without_p_the_lines_work_too(bench, image):
    beken = Chip(bench, image(seed=1))
    firmware = image("ua", seed=2, size=SMALL)
    write(bench, firmware)
    result = bench.run(FLASHROM, "-w", NAME, chip="BK7231T", flash=beken.die)
    assert beken.carry_out(result.proposals).status == 0
    assert beken.flash == put(beken.before, APPLICATION, firmware)


def test_other_failures_get_no_lines(bench, image):
    beken = Chip(bench, image(seed=1))
    assert beken.run("-w", "no such file").status == 1
    write(bench, image("qio", size=SMALL))
    for arguments, options in ([["-c", "W25Q80.V", "-w", NAME], {}], [["-w", NAME], {"settings": ["flash=absent"]}]):
        result = beken.run(*arguments, **options)
        assert result.status == 1 and not result.proposals and RULE not in result.message


# ---- files that were read ----


def full_disk(bench, blocks):
    """A flashrom that can write so many blocks of 512 bytes to a file."""
    script = bench.path("flashrom-on-a-full-disk")
    script.write_text(f"#!/bin/sh\ntrap '' XFSZ\nulimit -f {blocks}\nPATH=${{PATH#*:}} exec flashrom \"$@\"\n")
    script.chmod(0o755)
    return dict(environment(), FLASHROM=str(script))


def test_a_full_disk_makes_no_backup(bench, image):
    beken = Chip(bench, image(seed=1))
    result = beken.run("-r", NAME, env=full_disk(bench, MIB // 512))
    assert result.status == 1
    assert f"Error: flashrom could not write all 2097152 bytes to {NAME}" in result.message
    command, = result.proposals
    bench.path(NAME).unlink()
    assert beken.carry_out([command]).status == 0
    assert bench.path(NAME).read_bytes() == beken.before


def test_a_full_device_is_told_as_well(bench, image):
    result = Chip(bench, image(seed=1)).run("-r", "/dev/full")
    assert result.status == 1 and "could not write all 2097152 bytes to /dev/full" in result.message


def test_a_full_disk_is_told_of_a_region_too(bench, image):
    beken = Chip(bench, image(seed=1))
    arguments = [*layout(bench), "-i", f"'app':{NAME.replace(' ', '_')}", "-r", "whole flash"]
    result = beken.run(*arguments, env=full_disk(bench, MIB // 512))
    assert result.status == 1 and f"all {0x121000} bytes" in result.message
    bench.path(NAME.replace(" ", "_")).unlink()
    assert beken.carry_out(result.proposals).status == 0
    assert bench.path("whole flash").read_bytes()[APPLICATION:0x132000] == beken.before[APPLICATION:0x132000]


@pytest.mark.parametrize("form", [["-f", "-c", "W25Q64JV-.Q", "-r", "a b"], ["-Vfc", "W25Q64JV-.Q", "-r", "a b"],
                                  ["-fcW25Q64JV-.Q", "-ra b"], ["--force", "--chip=W25Q64JV-.Q", "--read", "a b"],
                                  ["-r", "a b", "--chip", "W25Q64JV-.Q", "-Vf"], ["-cW25Q64JV-.Q", "-fr", "a b"]])
def test_a_flash_that_was_taken_for_a_larger_one_is_told(bench, image, form):
    beken = Chip(bench, image(seed=1))
    result = beken.run(*form)
    assert result.status == 0 and bench.path("a b").read_bytes() == beken.before * 4
    assert "Warning: flashrom has read a b as a flash of 8388608 bytes" in result.message
    assert "(EN25QH16B, ID 1C7015) has 2097152" in result.message and "repeats itself" in result.message
    command, = result.proposals
    assert {word for word in shlex.split(command) if word[0] == "-"} <= {"-p", "-V", "-r", "-ra b", "--read"}
    bench.path("a b").unlink()
    result = beken.carry_out([command])
    assert result.status == 0 and "Warning" not in result.message
    assert bench.path("a b").read_bytes() == beken.before


def test_a_flash_that_was_taken_for_a_smaller_one_is_told(bench, image):
    beken = Chip(bench, image("full", "bk7252", 1), "BK7252")
    result = beken.run("-f", "-c", "W25Q80.V", "-r", "a b")
    assert "its end is missing" in result.message
    assert bench.path("a b").stat().st_size == MIB
    bench.path("a b").unlink()
    assert beken.carry_out(result.proposals).status == 0
    assert bench.path("a b").read_bytes() == beken.before


@each_chip
def test_a_good_read_is_not_commented(bench, image, chip, family, size):
    result = Chip(bench, image("full", family, 1), chip).run("-r", "out.bin")
    assert result.status == 0 and not result.proposals
    assert "Warning" not in result.message and "bytes" not in result.message


def test_the_document_shows_lines_as_they_are(bench, image):
    """Its example, with the sizes and names in it."""
    document = (pathlib.Path(__file__).resolve().parents[2] / "doc/images.md").read_text()
    example = re.search(r"^ +(dd if=\S+UA\S+ .*\n(?: +.*\n)*)", document, re.M).group(1)
    size = int(re.search(r"0011[0-9a-f]+:([0-9a-f]{8}) ", example).group(1), 16) + 1 - APPLICATION
    name = re.search(r"if=(\S+)", example).group(1)
    firmware = image("ua", size=1 << 20)
    bench.path(name).write_bytes((firmware * 2)[:size // 34 * 34].ljust(size, b"\xff"))
    result = bench.flashrom("-w", name, chip="BK7231T")
    assert [line.replace(FLASHROM, "flashrom") for line in result.proposals] == [
        line.strip() for line in example.splitlines() if line.strip()]

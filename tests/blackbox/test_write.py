# SPDX-License-Identifier: GPL-2.0-or-later
"""Images are judged and put where they belong, by `flashrom -w` and by `ch341a-beken write`."""
import json
import os
import shlex

import pytest

from beken_bench import FLASHROM, STATE, TOOL, SteadyBench, environment, large_die
from chips import CHIPS as EMULATED
from images import APPLICATION, MIB, RF, put, rbl
from kept_chip import KeptChip
from uf2 import uf2_file

pytestmark = large_die

# Emulated chip, whose image, size of its flash.
CHIPS = [("BK7231T", "bk7231t", 2 * MIB), ("BK7231N", "bk7231n", 2 * MIB), ("BK7252", "bk7252", 4 * MIB)]
each_chip = pytest.mark.parametrize("chip, family, size", CHIPS, ids=[chip for chip, _, _ in CHIPS])
SECTOR = 4096
SMALL = 160 << 10    # of the die that a firmware file is for: quick to write
NAME = "my \"new\" fw's.bin"
PREFIX = "ch341a_beken: Error: "
# Some whole blocks of the application.
CODE, CODE_SIZE = APPLICATION + 34 * 2000, 34 * 600


@pytest.fixture(name="bench")
def fixture_bench(tmp_path):
    return SteadyBench(tmp_path)


class Chip(KeptChip):
    def tool(self, *arguments, **options):
        return self.bench.tool("write", *arguments, chip=self.chip, flash=self.die, record=False, **options)

    def faces(self, name, *, params=""):
        """The ways to write a file, each of which must come to the same verdict."""
        yield self.run("-w", name, params=params)
        yield self.tool(*(["-p", params] if params else []), "--no-backup", name)
        yield self.bench.run("bash", "-c", f"{shlex.quote(FLASHROM)} -p ch341a_beken{':' + params if params else ''} "
                             f"-w - < <(cat {shlex.quote(name)})", chip=self.chip, flash=self.die, record=False)

    def assert_refused(self, result, *words):
        assert result.status == 1, result.err
        assert result.device("dirty") == "no" and self.flash == self.before
        errors = [line for line in result.err.splitlines() if PREFIX in line]
        assert len(errors) == 1 and len(errors[0]) <= 240, errors
        for word in words:
            assert word in errors[0]


def write(bench, data, name=NAME):
    bench.path(name).write_bytes(data)
    return name


def kept(flash, family):
    return flash[RF[family]:RF[family] + SECTOR]


def warnings(result):
    """But for the reminder of a backup."""
    return [line for line in result.message.splitlines() if line.startswith("Warning") and "on record" not in line]


# ---- placing ----


@each_chip
@pytest.mark.parametrize("kind, address", [("qio", 0), ("ua", APPLICATION)])
@pytest.mark.parametrize("face", ["flashrom", "write"])
def test_firmware_is_written_where_it_belongs_and_nothing_else(bench, image, chip, family, size, kind, address, face):
    beken = Chip(bench, image("full", family, 1), chip)
    firmware = image(kind, family, 2, SMALL)
    assert len(firmware) % SECTOR, "the rest of its last sector must stay as well"
    name = write(bench, firmware)
    result = beken.run("-w", name) if face == "flashrom" else beken.tool("--no-backup", name)
    assert result.status == 0, result.err
    assert beken.flash == put(beken.before, address, firmware)
    end = address + -(-len(firmware) // SECTOR) * SECTOR
    plan, = (line for line in result.message.splitlines() if "RF calibration and settings stay" in line)
    assert plan.startswith("QIO" if kind == "qio" else "Application (UA)") and f", {address:#x} to {end:#x};" in plan
    assert result.message.count("Written, and verified.") == 1
    assert not warnings(result)
    assert "VERIFIED" not in result.out + result.err or face == "flashrom", "flashrom's own words are kept back"


test_firmware_is_written_where_it_belongs_and_nothing_else.operation = "region"


def image_for(chip, size):
    if size == 4 * MIB:
        return "bk7252"
    return "bk7231n" if "7231N" in chip or "7238" in chip else "bk7231t"


LARGE = [(chip, size) for chip, size, _, _ in EMULATED if size >= 2 * MIB]


@pytest.mark.parametrize("face", ["flashrom", "write"])
@pytest.mark.parametrize("chip, size", LARGE, ids=[chip for chip, _ in LARGE])
def test_on_each_emulated_chip(bench, image, chip, size, face):
    """Protected or not, with several names in flashrom or none."""
    family = image_for(chip, size)
    beken = Chip(bench, image("full", family, 1), chip)
    firmware = image("qio", family, 2, SMALL)
    name = write(bench, firmware)
    result = beken.run("-w", name) if face == "flashrom" else beken.tool("--no-backup", name)
    assert result.status == 0, result.err
    assert beken.flash == put(beken.before, 0, firmware)
    assert not warnings(result)


@each_chip
@pytest.mark.parametrize("kind, address", [("qio", 0), ("ua", APPLICATION)])
def test_only_the_firmware_is_compared(bench, image, chip, family, size, kind, address):
    firmware = image(kind, family, 2, SMALL)
    beken = Chip(bench, put(image("full", family, 1), address, firmware), chip)
    name = write(bench, firmware)
    result = beken.run("-v", name)
    assert result.status == 0 and "VERIFIED" in result.out
    end = address + len(firmware)
    for at, status in ((end - 1, 3), (end, 0)):
        beken.die.write_bytes(put(beken.before, at, bytes([beken.before[at] ^ 1])))
        result = beken.run("-v", name)
        assert result.status == status, result.err


test_only_the_firmware_is_compared.operation = "verify"


@pytest.mark.parametrize("face", ["flashrom", "write"])
@each_chip
def test_its_own_backup_is_restored_without_a_word(bench, image, chip, family, size, face):
    backup = image("full", family, 3)
    beken = Chip(bench, put(backup, APPLICATION, b"\0" * 0x3000), chip)
    name = write(bench, backup)
    result = beken.run("-w", name) if face == "flashrom" else beken.tool("--no-backup", name)
    assert result.status == 0, result.err
    assert beken.flash == backup and not warnings(result)


def test_a_first_part_of_a_dump_leaves_the_rf_calibration_out(bench, image):
    beken = Chip(bench, image(seed=1))
    dump = dump_of_another(image)[:0x1F0000]
    assert beken.run("-w", write(bench, dump)).status == 0
    assert beken.flash == put(put(beken.before, 0, dump), 0x1E0000, kept(beken.before, "bk7231t"))


def test_the_calibration_behind_many_settings_is_kept(bench, image):
    """Each sector of a store has a mark; there is room for all of them and for what comes behind."""
    content = image("full", "bk7252", 1)
    for sector in range(0x2E4000, 0x2E4000 + 40 * SECTOR, SECTOR):
        content = put(content, sector, b"\0\0\0\0EF40")
    beken = Chip(bench, content, "BK7252")
    dump = put(content, 0x3FE000, kept(image("full", "bk7252", 2), "bk7252"))[:0x3FF000]
    dump = put(dump, CODE, image("full", "bk7252", 2)[CODE:CODE + CODE_SIZE])
    assert beken.run("-n", "-w", write(bench, dump)).status == 0
    assert beken.flash == put(put(content, 0, dump), 0x3FE000, kept(content, "bk7252"))


def test_a_dump_without_the_bootloader_goes_behind_it(bench, image):
    beken = Chip(bench, image("full", "bk7231n", 1), "BK7231N")
    dump = image("full", "bk7231n", 2)[APPLICATION:]
    assert beken.run("-w", write(bench, dump)).status == 0
    assert beken.flash == put(put(beken.before, APPLICATION, dump), 0x1D0000, kept(beken.before, "bk7231n"))


def test_an_erased_tail_is_cut_off(bench, image):
    beken = Chip(bench, image(seed=1))
    firmware = image("qio", seed=2, size=SMALL)
    for padding in (3 * MIB, 1 * MIB):
        assert beken.run("-w", write(bench, firmware.ljust(padding, b"\xff"))).status == 0
        assert beken.flash == put(beken.before, 0, firmware)
    beken = Chip(bench, image(seed=1))
    assert beken.tool("--no-backup", write(bench, firmware.ljust(2 * MIB, b"\xff"))).status == 0
    assert beken.flash == put(beken.before, 0, firmware)
    # flashrom is taken at its word, and it is said what is lost.
    result = beken.run("-w", NAME)
    assert result.status == 0 and beken.flash == firmware.ljust(2 * MIB, b"\xff")
    assert "will be overwritten" in warnings(result)[0]


# ---- UF2 ----


@pytest.mark.parametrize("face", ["flashrom", "write"])
def test_a_uf2_file_is_written_to_the_places_that_it_names(bench, image, face):
    beken = Chip(bench, image("full", "bk7231n", 1), "BK7231N")
    application = image("ua", "bk7231n", 2, SMALL)
    header = bytes(range(102))
    name = uf2_file(bench.path("fw.uf2"), application, header=header).name
    result = beken.run("-w", name) if face == "flashrom" else beken.tool("--no-backup", name)
    assert result.status == 0, result.err
    assert beken.flash == put(put(beken.before, APPLICATION, application), 0x129F0A, header)
    assert "UF2 for BK7231N, 0x11000 to " in result.message and not warnings(result)
    result = beken.run("-v", name)
    assert result.status == 0, result.err


def test_a_uf2_file_for_another_chip_is_refused(bench, image):
    beken = Chip(bench, image("full", "bk7231n", 1), "BK7231N")
    name = uf2_file(bench.path("fw.uf2"), image("ua", "bk7231n", 2, SMALL), family="rp2040").name
    for result in beken.faces(name):
        beken.assert_refused(result, "RP2040")
    name = uf2_file(bench.path("fw.uf2"), image("ua", "bk7231n", 2, SMALL), family="bk7231t").name
    for result in beken.faces(name):
        beken.assert_refused(result, "BK7231T", "image=any")


def test_a_uf2_file_needs_a_bootloader(bench, image):
    beken = Chip(bench, b"\xff" * 2 * MIB, "BK7231N")
    for result in beken.faces(uf2_file(bench.path("fw.uf2"), image("ua", "bk7231n", 2, SMALL)).name):
        beken.assert_refused(result, "no bootloader")


# ---- another device's dump ----


def dump_of_another(image):
    """Differs from that of seed 1 in code, calibration and settings, and in little else: quick to write."""
    mine, other = image(seed=1), image(seed=2)
    dump = put(mine, CODE, other[CODE:CODE + CODE_SIZE])
    dump = put(dump, RF["bk7231t"], other[RF["bk7231t"]:RF["bk7231t"] + 4 * SECTOR])
    assert kept(dump, "bk7231t") != kept(mine, "bk7231t") and dump[CODE:][:CODE_SIZE] != mine[CODE:][:CODE_SIZE]
    return dump


def test_another_devices_dump_is_written_whole_by_flashrom_and_that_is_said(bench, image):
    beken = Chip(bench, image(seed=1))
    dump = dump_of_another(image)
    result = beken.run("-w", write(bench, dump))
    assert result.status == 0 and beken.flash == dump
    warning, = warnings(result)
    assert "another device's dump" in warning and "MAC address" in warning and len("ch341a_beken: " + warning) <= 240


def test_write_keeps_what_belongs_to_the_device(bench, image):
    beken = Chip(bench, image(seed=1))
    dump = dump_of_another(image)
    result = beken.tool("--no-backup", write(bench, dump))
    assert result.status == 0 and not warnings(result)
    assert beken.flash == dump[:0x1E0000] + beken.before[0x1E0000:]


def test_clone_takes_it_over(bench, image):
    beken = Chip(bench, image(seed=1))
    dump = dump_of_another(image)
    result = beken.tool("--no-backup", "--clone", write(bench, dump))
    assert result.status == 0 and beken.flash == dump
    assert "another device's dump" in warnings(result)[0]


# ---- what is refused ----


def raw(qio):
    return b"".join(qio[at:at + 32] for at in range(0, 40000, 34))


def padded(data):
    return data.ljust(2 * MIB, b"\xff")


# File, words, and whether image=any can write it.
REFUSED = {
    "zeros": (lambda image: bytes(2 * MIB), ["nothing but 00", "bootloader"], True),
    "erased": (lambda image: b"\xff" * 2 * MIB, ["nothing but FF", "bootloader"], True),
    "erased application": (lambda image: put(image(seed=2), APPLICATION, b"\xff" * 0x121000), ["application"], True),
    "UA padded": (lambda image: padded(image("ua", size=SMALL)), ["application at 0x0"], True),
    "rotated": (lambda image: image(seed=2)[APPLICATION:] + image(seed=2)[:APPLICATION], ["rotated"], True),
    "shifted": (lambda image: b"\x55" + image(seed=2)[:-1], ["shifted"], True),
    "broken block": (lambda image: put(image(seed=2), 0x12345, b"\x12\x34"), ["wrong CRC", "0x012342"], True),
    "broken QIO": (lambda image: put(image("qio", size=SMALL), 0x12345, b"\x12\x34"), ["wrong CRC"], True),
    "cut off": (lambda image: image("qio", size=SMALL)[:-7], ["in the middle of code"], True),
    "raw": (lambda image: raw(image("qio", size=SMALL)), ["no CRCs", "QIO"], False),
    "update": (lambda image: rbl(bytes(range(256)) * 40), ["update (RBL)", "QIO or UA"], False),
    "empty": (lambda image: b"", ["empty"], False),
    "ELF": (lambda image: b"\x7fELF\x01\x01\x01" + bytes(9) + bytes(range(256)) * 8, ["ELF"], False),
    "ZIP": (lambda image: b"PK\x03\x04\x14\0\0\0\x08\0" + bytes(range(256)) * 8, ["ZIP"], False),
    "page": (lambda image: b"<!DOCTYPE html>\n<html><head>" + b"x" * 5000, ["page"], False),
    "HEX": (lambda image: b":020000040800F2\r\n:10000000000000000000000000000000000000000000F0\r\n" * 40, ["HEX"], False),
    "noise": (lambda image: image("random")[:0x12345], ["where it belongs", "--to"], False),
    "too large": (lambda image: image("full", "bk7231t", 2, 2 * MIB) + image("random"), ["larger flash"], False),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_leaves_the_flash_as_it_was(bench, image, what):
    make, words, _ = REFUSED[what]
    beken = Chip(bench, image(seed=1))
    name = write(bench, make(image))
    for result in beken.faces(name):
        beken.assert_refused(result, *words)


@pytest.mark.parametrize("what", [what for what, (_, _, can) in REFUSED.items() if can and what != "rotated"])
def test_any_only_warns(bench, image, what):
    make, words, _ = REFUSED[what]
    beken = Chip(bench, image(seed=1))
    data = make(image)
    result = beken.run("-n", "-w", write(bench, data), params="image=any")
    assert result.status == 0, result.err
    assert any(word in warning for warning in warnings(result) for word in words[:1])
    assert beken.flash[:0x11000] == (data if len(data) == 2 * MIB else put(beken.before, 0, data))[:0x11000]


def test_any_puts_a_rotated_dump_together(bench, image):
    dump = image(seed=1)
    beken = Chip(bench, put(dump, APPLICATION, b"\0" * 0x2000))
    rotated = dump[APPLICATION:] + dump[:APPLICATION]
    result = beken.run("-w", write(bench, rotated), params="image=any")
    assert result.status == 0, result.err
    assert beken.flash == dump


def test_raw_hands_the_file_over(bench, image):
    beken = Chip(bench, image(seed=1))
    assert beken.run("-w", write(bench, bytes(2 * MIB)), params="image=raw").status == 0
    assert beken.flash == bytes(2 * MIB)
    result = beken.run("-w", write(bench, image("qio", size=SMALL)), params="image=raw")
    assert result.status == 1 and "doesn't match" in result.out + result.err


def test_with_enter_never_nothing_is_judged(bench):
    die = bench.path("die.bin")
    die.write_bytes(os.urandom(64 << 10))
    write(bench, bytes(64 << 10))
    result = bench.flashrom("-c", "W25X05", "-w", NAME, chip="BK-SMALL", flash=die, params="enter=never",
                            settings=["soc_state=flash", "firmware_protects=no"])
    assert result.status == 0, result.err
    assert die.read_bytes() == bytes(64 << 10)


def test_somebodys_own_data_are_written(bench, image):
    beken = Chip(bench, image(seed=1))
    result = beken.run("-n", "-w", write(bench, image("random")))
    assert result.status == 0 and beken.flash == image("random")


def test_a_file_without_bootloader_for_an_empty_flash(bench, image):
    beken = Chip(bench, b"\xff" * 2 * MIB)
    for result in beken.faces(write(bench, image("ua", size=SMALL))):
        beken.assert_refused(result, "no bootloader", "QIO")


@pytest.mark.parametrize("content", ["erased", "noise"])
def test_a_qio_for_a_flash_without_code_cannot_be_told_to_be_right(bench, image, content):
    beken = Chip(bench, b"\xff" * 2 * MIB if content == "erased" else image("random"))
    result = beken.run("-w", write(bench, image("qio", size=SMALL)))
    assert result.status == 0 and "nothing tells whether this file is for this chip" in warnings(result)[0]


OTHERS = [("bk7231t", "bk7252"), ("bk7252", "bk7231t"), ("bk7231t", "bk7231n"), ("bk7231n", "bk7231t")]


@pytest.mark.parametrize("die, file", OTHERS)
def test_firmware_of_another_chip_is_refused(bench, image, die, file):
    """Another key, or the same with another mark in the bootloader."""
    beken = Chip(bench, image("full", die, 1, 2 * MIB))
    for result in beken.faces(write(bench, image("qio", file, 2, SMALL))):
        beken.assert_refused(result, "add image=any")


@pytest.mark.parametrize("die, file", [("none", "tuya"), ("tuya", "none"), ("uascent", "tuya")])
def test_another_key_is_refused_and_named(bench, image, die, file):
    names = {"none": "not encrypted", "tuya": "encrypted with Tuya's key", "uascent": "encrypted with Uascent's key"}
    content = image("full", "bk7231n", 1, options=("--key", die))
    beken = Chip(bench, content, "BK7231N")
    for kind in ("qio", "ua"):
        for result in beken.faces(write(bench, image(kind, "bk7231n", 2, SMALL, options=("--key", file)))):
            beken.assert_refused(result, "is for another chip: its code is", "If it is the flash that holds a wrong image, add image=any.")
            assert f"its code is {names[file]}, that in the flash is {names[die]}." in result.message, result.message
    result = beken.run("-w", write(bench, image("qio", "bk7231n", 2, SMALL, options=("--key", file))),
                       params="image=any")
    assert result.status == 0 and "another chip" in warnings(result)[0]


# ---- regions and pipes ----


def layout(bench, text="00000000:00010fff boot\n00011000:00131fff 'app'\n001e0000:001e0fff rf\n"):
    bench.path("my layout").write_text(text)
    return ["-l", "my layout"]


@pytest.mark.parametrize("form", [["-i", "'app'", "-w", NAME], ["-w", NAME, "--include='app'"]])
def test_a_short_file_for_a_region_leaves_the_rest_of_it(bench, image, form):
    firmware = image("ua", seed=2, size=SMALL)
    beken = Chip(bench, image(seed=1))
    write(bench, firmware)
    assert beken.run(*layout(bench), "-N", *form).status == 0
    assert beken.flash == put(beken.before, APPLICATION, firmware)


def test_a_region_that_the_file_has_nothing_for_stays(bench, image):
    beken = Chip(bench, image(seed=1))
    firmware = image("ua", seed=2, size=SMALL)
    result = beken.run(*layout(bench), "-i", "'app'", "-i", "rf", "-N", "-w", write(bench, firmware))
    assert result.status == 0, result.err
    assert beken.flash == put(beken.before, APPLICATION, firmware)


def test_data_without_a_place_go_to_the_region(bench, image):
    beken = Chip(bench, image(seed=1))
    data = image("random")[:3000]
    assert beken.run(*layout(bench), "-i", "rf", "-N", "-w", write(bench, data)).status == 0
    assert beken.flash == put(beken.before, 0x1E0000, data)


def test_a_file_for_another_place_than_the_region(bench, image):
    beken = Chip(bench, image(seed=1))
    result = beken.run(*layout(bench), "-i", "boot", "-w", write(bench, image("ua", size=SMALL)))
    beken.assert_refused(result, "Nothing of this file goes into")


def test_a_region_of_a_dump_is_judged_by_what_is_written_of_it(bench, image):
    """A broken block outside of the region does no harm."""
    beken = Chip(bench, image(seed=1))
    dump = put(image(seed=2), 0x20000, b"\x12\x34")
    result = beken.run(*layout(bench), "-i", "boot", "-N", "-w", write(bench, dump))
    assert result.status == 0, result.err
    assert beken.flash == put(beken.before, 0, dump[:APPLICATION])
    beken = Chip(bench, image(seed=1))
    beken.assert_refused(beken.run(*layout(bench), "-i", "'app'", "-N", "-w", NAME), "wrong CRC")


def test_a_file_for_one_region_is_judged_too(bench, image):
    beken = Chip(bench, image(seed=1))
    write(bench, bytes(APPLICATION), "boot.bin")
    write(bench, image("random"), "whole")
    result = beken.run(*layout(bench), "-i", "boot:boot.bin", "-N", "-w", "whole")
    beken.assert_refused(result, "nothing but 00")


@pytest.mark.parametrize("redirection", ["-w - < <(cat fw.bin)", "-w /dev/stdin < <(cat fw.bin)", "-w <(cat fw.bin)"])
@pytest.mark.parametrize("kind", ["qio", "full"])
def test_what_comes_through_a_pipe_is_written_as_well(bench, image, redirection, kind):
    beken = Chip(bench, image(seed=1))
    data = image(seed=1)[:-5000] + bytes(5000) if kind == "full" else image("qio", seed=2, size=SMALL)
    write(bench, data, "fw.bin")
    result = bench.run("bash", "-c", f"{shlex.quote(FLASHROM)} -p ch341a_beken {redirection}", chip="BK7231T",
                       flash=beken.die, record=False)
    assert result.status == 0, result.err
    assert beken.flash == put(beken.before, 0, data)


@pytest.mark.parametrize("form", [["-w", "fw.bin"], ["-wfw.bin"], ["--write=fw.bin"], ["--wri", "fw.bin"],
                                  ["-Vw", "sub/fw.bin"], ["--write=-fw.bin"]])
def test_each_form_of_the_option(bench, image, form):
    beken = Chip(bench, image(seed=1))
    firmware = image("qio", seed=2, size=SMALL)
    bench.path("sub").mkdir()
    for name in ("fw.bin", "-fw.bin", "sub/fw.bin"):
        write(bench, firmware, name)
    options = ["-c", "EN25QH16", "-o", "the log", "--noverify-all"]
    result = beken.run(*options, *form, params="leave=keep,cen_low_ms=200")
    assert result.status == 0, result.err
    assert beken.flash == put(beken.before, 0, firmware)


def test_without_p_it_works_too(bench, image):
    beken = Chip(bench, image(seed=1))
    firmware = image("ua", seed=2, size=SMALL)
    result = bench.run(FLASHROM, "-w", write(bench, firmware), chip="BK7231T", flash=beken.die)
    assert result.status == 0 and beken.flash == put(beken.before, APPLICATION, firmware)


def test_a_file_that_is_not_there(bench, image):
    beken = Chip(bench, image(seed=1))
    for result in (beken.run("-w", "no such file"), beken.tool("--no-backup", "no such file")):
        beken.assert_refused(result, "no such file", "No such file")


def test_a_file_that_no_flash_is_as_large_as_is_not_read(bench):
    os.truncate(bench.path(write(bench, b"", "huge.bin")), 65 << 20)
    result = bench.flashrom("-w", "huge.bin", chip="BK7231T")
    assert result.status == 1 and "which no flash of a Beken chip is" in result.message


# ---- nothing is refused that is right ----

FAMILIES = {"bk7231t": "BK7231T", "bk7231n": "BK7231N", "bl2028n": "BK7231N", "bk7238": "BK7238-P25Q16HB",
            "bk7252": "BK7252", "bk7252n": "BK7252N"}


# The stage seeds has all 50.
SEEDS = range(1, 51, int(os.environ.get("BEKEN_SEED_STEP", "9")))


@pytest.mark.parametrize("family", FAMILIES)
def test_no_warning_for_what_is_right(bench, image, family):
    """The device's own backup, and firmware for its chip: of each image that we can make, the plan without a word."""
    for seed in SEEDS:
        beken = Chip(bench, image("full", family, seed), FAMILIES[family])
        kind = ("qio", "ua")[seed % 2]
        for name, data in (("own.bin", beken.before), ("fw.bin", image(kind, family, seed + 100))):
            result = beken.tool("--dry-run", write(bench, data, name))
            assert result.status == 0 and "Warning" not in result.message, f"seed {seed}: {result.err}"
        image.made.clear()


# ---- `write` ----


# Seeds from 40 on are those of flashes of which no other test makes a backup: all share one record.


def test_write_makes_a_backup_first(bench, image):
    beken = Chip(bench, image(seed=41))
    bench.path("mine").mkdir()
    result = beken.tool("--backup", "mine", write(bench, image("qio", seed=2, size=SMALL)))
    assert result.status == 0, result.err
    backup, = bench.path("mine").iterdir()
    assert backup.read_bytes() == beken.before and backup.name in result.message


def test_write_has_a_folder_of_its_own_for_backups(bench, image):
    beken = Chip(bench, image(seed=40))
    result = beken.tool("--json", write(bench, image("qio", seed=2, size=SMALL)))
    assert result.status == 0, result.err
    said = json.loads(result.out)
    assert said["backup"].startswith(STATE.name + "/ch341a_beken/") and said["written"] is True
    assert open(said["backup"], "rb").read() == beken.before
    assert said["kind"] == "QIO" and said["ranges"][0]["start"] == 0 and said["refusal"] is None
    os.unlink(said["backup"])


def test_write_makes_no_second_backup_of_the_same(bench, image):
    beken = Chip(bench, image(seed=42))
    bench.path("mine").mkdir()
    assert beken.run("-r", "old.bin").status == 0
    result = beken.tool("--backup", "mine", write(bench, image("qio", seed=2, size=SMALL)))
    assert result.status == 0, result.err
    assert not list(bench.path("mine").iterdir())
    assert "A backup of exactly this content exists already: " in result.message and "/old.bin." in result.message
    result = beken.tool("--backup", "mine", write(bench, image("qio", seed=3, size=SMALL)))
    assert result.status == 0 and len(list(bench.path("mine").iterdir())) == 1


def test_dry_run_writes_nothing(bench, image):
    beken = Chip(bench, image(seed=1))
    result = beken.tool("--dry-run", "--json", write(bench, image("qio", seed=2, size=SMALL)))
    said = json.loads(result.out)
    assert result.status == 0 and said["dry_run"] is True and said["written"] is False and said["backup"] is None
    assert said["ranges"] == [{"start": 0, "end": -(-len(image("qio", seed=2, size=SMALL)) // SECTOR) * SECTOR}]
    assert beken.flash == beken.before and "RF calibration and settings stay" in result.message
    result = beken.tool("--dry-run", "--json", write(bench, bytes(2 * MIB)))
    assert result.status == 1 and "nothing but 00" in json.loads(result.out)["refusal"]


def test_to_an_address(bench, image):
    beken = Chip(bench, image(seed=1))
    data = image("random")[:9000]
    result = beken.tool("--no-backup", "--to", "0x1f0123", write(bench, data))
    assert result.status == 0, result.err
    assert beken.flash == put(beken.before, 0x1F0123, data)
    result = beken.tool("--no-backup", "--to", "0x0", write(bench, image("ua", size=SMALL)))
    assert result.status == 1 and "0x0" in result.message


def test_an_update_that_is_left_can_be_erased(bench, image):
    beken = Chip(bench, image(seed=1))
    start = 0x132000
    assert beken.before[start:start + 4] == b"RBL\0"
    end = start + 96 + int.from_bytes(beken.before[start + 88:start + 92], "little")
    firmware = image("qio", seed=2, size=SMALL)
    result = beken.tool("--no-backup", write(bench, firmware))
    assert result.status == 0 and "An update is left in the flash at 0x132000" in result.message
    assert beken.flash == put(beken.before, 0, firmware)
    result = beken.tool("--no-backup", "--erase-download", "--json", NAME)
    assert result.status == 0, result.err
    assert "An update is left" not in result.message
    assert beken.flash == put(put(beken.before, 0, firmware), start, b"\xff" * (end - start))
    assert [area["start"] for area in json.loads(result.out)["ranges"]] == [0, start]
    assert json.loads(beken.tool("--dry-run", "--json", NAME).out)["update_in_flash"] is False


def test_a_flash_that_cannot_be_looked_into(bench):
    write(bench, bytes(32 << 20))
    result = bench.run(TOOL, "write", "--no-backup", NAME, chip="W25Q256", settings=["soc_state=flash"], record=False)
    assert result.status == 1 and "more than 16 MiB" in result.message and result.device("dirty") == "no"


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["--to", "x", "fw"], ["--to", "0x1ffffffff", "fw"],
                                       ["--backup", ".", "--no-backup", "fw"], ["-p", "image=raw", "fw"],
                                       ["-p", "enter=never", "fw"], ["--frob", "fw"]])
def test_wrong_command_lines(bench, arguments):
    result = bench.run(TOOL, "write", *arguments, chip="BK7231T")
    assert result.status == 2 and "ch341a-beken: Error:" in result.err
    assert result.device("transfers") == "0"


def test_json_is_printed_also_where_flashrom_cannot_be_run(bench, image):
    Chip(bench, image(seed=1))
    result = bench.run(TOOL, "write", "--no-backup", "--json", write(bench, image("qio", size=SMALL)), chip="BK7231T",
                       env=dict(environment(), FLASHROM="/nowhere"), record=False)
    said = json.loads(result.out)
    assert result.status == 1 and said["written"] is False and said["kind"] is None and said["ranges"] == []
    assert "/nowhere" in result.message


def test_a_failure_shows_what_flashrom_has_said(bench, image):
    beken = Chip(bench, image(seed=1))
    result = bench.run(TOOL, "write", "--no-backup", write(bench, image("qio", seed=2, size=SMALL)),
                       chip="BK7231T", flash=beken.die, settings=["unplug_at_transfer=20000"], record=False)
    assert result.status in (1, 2, 3) and "Error" in result.message
    assert "serprog" in result.err or "FAILED" in result.err

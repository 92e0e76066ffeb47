# SPDX-License-Identifier: GPL-2.0-or-later
"""Black-box tests of `ch341a-beken image`: BEKEN_BUILD=build pytest tests/tools"""

import json
import os
import pty
import random
import re
import select
import shutil
import stat
import struct
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from beken_bench import MKIMAGE, TOOL, WRAP
from images import APPLICATION, BLOCK, MIB, RF, Maker, encode, put, rbl
from need import lacking
from terminal import screen
from uf2 import HEADER, uf2_bytes

CHIPS = ["bk7231t", "bk7231n", "bk7252"]
TUYA_BLANK = bytes.fromhex("46dced0e672f3b70ae1276a3f8712e03")

GOOD, BAD, TROUBLE = 0, 1, 2


def run(*args, **kwargs):
    command = [*WRAP, TOOL, "image", *map(str, args)]
    kwargs = {"capture_output": True, "timeout": 60, "check": False, **kwargs}
    result = subprocess.run(command, **kwargs)
    assert result.returncode in (GOOD, BAD, TROUBLE), result.stderr
    return result


def run_text(*args, **kwargs):
    result = run(*args, **kwargs)
    return result.returncode, result.stdout.decode(), result.stderr.decode()


def facts_of(path, *args):
    """The facts; asserts what is true of every file."""
    result = run("--json", *args, path)
    assert result.stderr == b""
    facts = json.loads(result.stdout)
    assert facts["good"] == (result.returncode == GOOD) == (not facts["problems"])
    assert facts["size"] == os.path.getsize(path)
    return facts


def problem_types(facts):
    return [problem["type"] for problem in facts["problems"]]


@pytest.fixture(scope="session", name="image")
def fixture_image(tmp_path_factory):
    """Makes an image once: image(kind, chip, seed, size) is its bytes."""
    return Maker(MKIMAGE, tmp_path_factory.mktemp("images"))


@pytest.fixture(name="write")
def fixture_write(tmp_path):
    def write(data, name="image.bin"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


def flip(data, bit):
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


# ---- kinds ----


@pytest.mark.parametrize("chip", CHIPS)
def test_a_whole_die_is_good_and_all_is_found(image, write, chip):
    facts = facts_of(write(image("full", chip)))
    assert (facts["kind"], facts["chip"], facts["address"]) == ("full", chip, 0)
    assert facts["layout"] == chip and facts["place_certain"]
    assert [(part["name"], part["offset"]) for part in facts["code"]] == [
        ("bootloader", 0),
        ("application", APPLICATION),
    ]
    for part in facts["code"]:
        assert part["present"] and part["blocks_good"] > 1000 and part["encryption"] == "none"
        assert part["blocks_bad"] == part["blocks_other"] == 0 and part["first_bad"] is None
    rf = [area for area in facts["areas"] if area["type"] == "rf"]
    mac = image("full", chip)[RF[chip] + 36 :][:6].hex(":")
    assert [(area["offset"], area["mac"]) for area in rf] == [(RF[chip], mac)]
    assert "flashdb" in [area["type"] for area in facts["areas"]]
    names = [partition["name"] for partition in facts["partitions"]]
    assert names[:2] == ["bootloader", "application"] and "rf" in names


@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize(
    "kind,code,address", [("qio", ["bootloader", "application"], 0), ("ua", ["application"], APPLICATION)]
)
def test_firmware_files_are_good(image, write, chip, kind, code, address):
    facts = facts_of(write(image(kind, chip)))
    assert (facts["kind"], facts["address"], facts["good"]) == (kind, address, True)
    assert [part["name"] for part in facts["code"]] == code
    assert facts["code"][-1]["used_end"] == facts["size"]


@pytest.mark.parametrize("fill,word", [(0xFF, "erased"), (0x00, "MISO"), (0xD2, "SPI mode"), (0xAA, "no dump")])
def test_one_byte_all_over_is_bad_and_says_why(write, fill, word):
    path = write(bytes([fill]) * MIB)
    facts = facts_of(path)
    assert (facts["kind"], facts["fill"], problem_types(facts)) == ("filled", fill, ["filled"])
    assert word in " ".join(run_text(path)[1].split())


def test_noise_is_not_an_image(image, write):
    facts = facts_of(write(image("random")))
    assert (facts["kind"], problem_types(facts)) == ("unknown", ["not-beken"])


def test_an_empty_file_is_bad(write):
    facts = facts_of(write(b""))
    assert (facts["kind"], problem_types(facts)) == ("nothing", ["nothing"])


def test_a_dump_without_the_bootloader_is_known_by_its_place(image, write):
    facts = facts_of(write(image()[APPLICATION:]))
    assert (facts["kind"], facts["address"], facts["chip"]) == ("from-application", APPLICATION, None)
    assert facts["good"] and facts["place_certain"]
    # Others have their calibration there as well.
    assert facts["layout"] == "bk7231t" and {"BK7231T", "BK7238"} < set(facts["candidates"])
    rf = [area for area in facts["areas"] if area["type"] == "rf"]
    assert rf[0]["offset"] == RF["bk7231t"] - APPLICATION


def test_a_dump_that_goes_on_at_the_start_of_the_flash_is_told(image, write):
    path = write(image()[APPLICATION:] + image()[:APPLICATION])
    facts = facts_of(path)
    assert (facts["kind"], facts["wraps_at"]) == ("from-application", 2 * MIB - APPLICATION)
    assert "from 0x1ef000 on the file has the start of the flash" in " ".join(run_text(path)[1].split())


def test_a_part_of_a_die_is_partial(image, write):
    facts = facts_of(write(image()[:0x1F0000]))
    assert (facts["kind"], facts["good"]) == ("partial", True)


def test_a_bootloader_alone_is_good(image, write):
    facts = facts_of(write(image()[:APPLICATION]))
    assert (facts["kind"], facts["good"]) == ("bootloader", True)


def test_code_without_crcs_is_bad(image, write):
    qio = image("qio")
    raw = b"".join(qio[at : at + 32] for at in range(0, 40000, BLOCK))
    facts = facts_of(write(raw))
    assert (facts["kind"], problem_types(facts)) == ("raw", ["raw"])


def test_a_die_read_twice_over_is_told(image, write):
    path = write(image() * 2)
    facts = facts_of(path)
    assert facts["halves_equal"] and facts["good"]
    assert "half as" in " ".join(run_text(path)[1].split())


def test_code_encrypted_by_tuya_is_recognised(image, write):
    die = image(options=("--key", "tuya"))
    facts = facts_of(write(die))
    assert facts["good"] and facts["kind"] == "full"
    assert [part["encryption"] for part in facts["code"]] == ["tuya", "tuya"]
    facts = facts_of(write(die[APPLICATION:0x40000] + b"\xff" * 100, "ua"))
    assert (facts["kind"], facts["code"][0]["encryption"]) == ("ua", "tuya")
    # The bootloader alone tells the chips, where nothing else does.
    facts = facts_of(write(die[:0x40000] + b"\xff" * 100, "qio"))
    assert (facts["kind"], facts["chip"]) == ("qio", "bk7231t")


def test_an_update_container_is_checked(write):
    good = rbl(bytes(range(256)) * 40)
    facts = facts_of(write(good))
    assert facts["kind"] == "rbl" and facts["good"]
    assert facts["container"] == {
        "partition": "app", "version": "1.0.1", "size": 10240, "raw_size": 20480,
        "compression": "gzip", "encryption": "aes256",
    }
    assert "secret-serial" not in run_text(write(good))[1]
    assert problem_types(facts_of(write(good[:-1]))) == ["rbl-size"]
    for bit in range(8 * 4, 8 * 96, 37):
        assert problem_types(facts_of(write(flip(good, bit)))) == ["rbl-header"]
    for bit in range(8 * 96, 8 * len(good), 8 * 977 + 1):
        assert problem_types(facts_of(write(flip(good, bit)))) == ["rbl-body"]


def test_tuya_and_openbeken_configurations_are_found(image, write):
    config = b"CFG\0" + struct.pack("<I", 5) + b"my-ssid".ljust(64, b"\0") + b"my-password".ljust(64, b"\0")
    die = put(image(), 0x1E1000, config.ljust(0x1000, b"\0"))
    die = put(die, 0x1EE000, b"\x11" * 32 + TUYA_BLANK * 254)
    die = put(die, 0x133008, b"littlefs")
    path = write(die)
    areas = {area["type"]: area for area in facts_of(path)["areas"]}
    assert areas["tuya"]["offset"] == 0x1EE000
    assert areas["littlefs"]["offset"] == 0x133000
    assert (areas["openbeken"]["offset"], areas["openbeken"]["version"]) == (0x1E1000, 5)
    status, out, _ = run_text(path)
    assert status == GOOD
    assert "Tuya configuration" in out and "OpenBeken configuration" in out


@pytest.mark.parametrize("args", [(), ("--json",), ("--layout",), ("--compare", "other")])
def test_no_secret_of_a_configuration_is_shown(image, write, args):
    die = image()
    secrets = re.findall(rb"HomeNet-[0-9A-F]{4}|secret[0-9A-F]{8}|obk[0-9A-F]{6}", die)
    assert len(secrets) >= 3
    other = write(image(seed=1), "other.bin")
    result = run(*[str(other) if arg == "other" else arg for arg in args], write(die))
    for secret in secrets:
        assert secret not in result.stdout + result.stderr
        assert secret.hex().encode() not in result.stdout


# ---- which chip ----

CANDIDATES = {
    "bk7231t": ["BK7231T", "BK7231S"],
    "bk7231n": ["BK7231N", "BK7231M", "BL2028N"],
    "bl2028n": ["BL2028N"],
    "bk7238": ["BK7238"],
    "bk7252": ["BK7252"],
    "bk7252n": ["BK7252N"],
}


def contradictions(facts):
    return [evidence["text"] for evidence in facts["evidence"] if evidence["contradicts"]]


@pytest.mark.parametrize("headers", [(), ("--headers",)])
@pytest.mark.parametrize("chip", CANDIDATES)
def test_the_chip_is_named_as_far_as_the_evidence_goes(image, write, chip, headers):
    for kind in ("full", "qio"):
        path = write(image(kind, chip, options=headers))
        facts = facts_of(path)
        assert (facts["kind"], facts["good"], facts["candidates"]) == (kind, True, CANDIDATES[chip])
        assert facts["evidence"] and not contradictions(facts)
        for evidence in facts["evidence"]:
            assert set(CANDIDATES[chip]) <= set(evidence["chips"])
        assert [part["header"] for part in facts["code"]] == 2 * ["good" if headers else None]
        out = run_text(path)[1]
        assert f"Chips:  {', '.join(CANDIDATES[chip])}\n" in out and "CONTRADICTS" not in out
    facts = facts_of(write(image("ua", chip, options=headers)))
    assert (facts["kind"], facts["good"], facts["place_certain"]) == ("ua", True, True)
    assert set(CANDIDATES[chip]) <= set(facts["candidates"])


@pytest.mark.parametrize("chip", ["bk7238", "bk7252n", "bk7252"])
def test_rf_at_1e0000_of_a_flash_of_4_mib_makes_no_bk7231t(image, write, chip):
    die = image("full", chip, size=4 * MIB)
    rf = die[RF[chip] :][:0x1000]
    die = put(put(die, RF[chip], b"\xff" * 0x1000), 0x1E0000, rf)
    facts = facts_of(write(die))
    assert (facts["kind"], facts["good"], facts["candidates"]) == ("full", True, CANDIDATES[chip])
    assert facts["chip"] is None or chip in facts["chip"]
    assert f"001e0000:001e0fff rf\n" in run_text("--layout", write(die))[1]


def test_a_contradiction_is_told(image, write):
    """The RF calibration of a BK7231N in the dump of a BK7238."""
    die = image("full", "bk7238")
    rf = die[RF["bk7238"] :][:0x1000]
    path = write(put(put(die, RF["bk7238"], b"\xff" * 0x1000), 0x1D0000, rf))
    facts = facts_of(path)
    assert facts["candidates"] == ["BK7238"] and facts["chip"] is None
    assert contradictions(facts) == ["the RF calibration is at 0x1d0000"]
    assert "CONTRADICTS" in run_text(path)[1]


def test_an_application_can_name_its_chip(image, write):
    """The only difference between UA files of a BK7231T and an N."""
    ua = image("ua", options=("--key", "none"))
    for name, chips in ((b"bk7231n_common", CANDIDATES["bk7231n"]), (b"oem_bk7231s_light", CANDIDATES["bk7231t"])):
        code = encode(put(ua[40 * BLOCK :][:32], 2, name)[:32])
        assert facts_of(write(put(ua, 40 * BLOCK, code)))["candidates"] == chips


def test_code_for_a_cortex_m_has_no_known_place(write):
    """As Beken's newer bootloaders are: no vectors of an ARM9."""
    rng = random.Random(3)
    code = struct.pack("<8I", 0x2808FFF0, *[0x02000201 + 8 * i for i in range(7)]) + rng.randbytes(50000)
    path = write(encode(put(code, 0x100, b"BK7236\x10\0")))
    facts = facts_of(path)
    assert (facts["kind"], facts["place_certain"], problem_types(facts)) == ("other-code", False, ["other-code"])
    status, out, _ = run_text(path)
    assert status == BAD and "UA" not in out
    assert "where it belongs cannot be said" in " ".join(out.split())


@pytest.mark.parametrize("size", [MIB, 2 * MIB])
def test_firmware_of_a_round_size_is_no_dump(image, write, size):
    qio = image("qio", options=("--key", "tuya"), size=MIB)
    facts = facts_of(write(qio.ljust(size, b"\xff")))
    assert (facts["kind"], facts["good"]) == ("qio", True)
    assert facts_of(write(put(qio.ljust(size, b"\xff"), size - 100, b"x")))["kind"] == "full"


def test_every_image_of_the_generator_is_good(image, write, tmp_path):
    def look(args):
        chip, seed, kind = args
        path = tmp_path / f"{chip}-{seed}-{kind}"
        subprocess.run([MKIMAGE, "--chip", chip, "--seed", str(seed), "--kind", kind, path], check=True, timeout=60)
        facts = facts_of(path)
        path.unlink()
        if facts["good"] and facts["kind"] == kind and facts["place_certain"] and not contradictions(facts):
            return None
        return args, facts["kind"], facts["problems"], contradictions(facts)

    images = [(chip, seed, "full") for chip in CANDIDATES for seed in range(1, 51)]
    images += [(chip, seed, kind) for chip in CANDIDATES for seed in (1, 25, 50) for kind in ("qio", "ua")]
    with ThreadPoolExecutor(2) as pool:
        assert [found for found in pool.map(look, images) if found] == []


# ---- whole and healthy ----


@pytest.mark.parametrize("key,boot_key", [("none", "tuya"), ("tuya", "none"), ("none", "uascent"), ("uascent", "tuya")])
@pytest.mark.parametrize("kind", ["full", "qio"])
def test_parts_with_different_keys_are_bad(image, write, kind, key, boot_key):
    path = write(image(kind, "bk7231n", options=("--key", key, "--boot-key", boot_key)))
    facts = facts_of(path)
    assert problem_types(facts) == ["mixed-keys"]
    assert "different keys" in run_text(path)[1]


@pytest.mark.parametrize("headers", [(), ("--headers",)])
@pytest.mark.parametrize("at,size", [(0x2000, 0x1000), (0x20000, 0x1000), (0x40000, 0x10000), (0x13000, 0x2000)])
def test_a_hole_in_the_code_is_damage(image, write, at, size, headers):
    path = write(put(image(options=headers), at, b"\xff" * size))
    facts = facts_of(path)
    assert problem_types(facts) == ["hole"]
    assert 0 <= at - facts["problems"][0]["offset"] < BLOCK
    assert "erased, with code before and behind" in " ".join(run_text(path)[1].split())


def test_code_that_is_gone_up_to_its_header_is_damage(image, write):
    die = image(options=("--headers",))
    facts = facts_of(write(put(die, 0x80000, b"\xff" * (0x131000 - 0x80000))))
    assert problem_types(facts) == ["hole"]


def test_a_header_of_other_code_is_a_remark(image, write):
    """As after a UA file was written over other firmware, up to the same sector."""
    die, other = image(options=("--headers",)), image(options=("--headers",), seed=1)
    used = facts_of(write(image("ua", seed=1)))["size"]
    ours = facts_of(write(image("ua")))["size"]
    if used < ours:
        die, other, used = other, die, ours
    path = write(put(die, APPLICATION, other[APPLICATION:][:used]))
    facts = facts_of(path)
    assert facts["good"] and [part["header"] for part in facts["code"]] == ["good", "of-other-code"]
    assert "is of other code" in " ".join(run_text(path)[1].split())


@pytest.mark.parametrize("chip,end", [("bk7231t", 0x1A0000), ("bk7231n", 0x1C0000), ("bk7252", 2 * MIB),
                                      ("bk7238", 0x1DF000), ("bk7252", 0x3FE000)])
def test_a_dump_that_ends_before_rf_is_incomplete(image, write, chip, end):
    path = write(image("full", chip)[:end])
    assert problem_types(facts_of(path)) == ["incomplete"]
    assert "Read the whole flash." in " ".join(run_text(path)[1].split())


def test_an_update_is_shown_wherever_it_is(image, write):
    die = image()
    path = write(die)
    assert facts_of(path)["update_address"] == 0x132000
    assert "an update waits at 0x132000" in run_text(path)[1]
    without = put(die, 0x132000, b"\xff" * 0xA6000)
    assert facts_of(write(without))["update_address"] is None
    update = rbl(bytes(range(256)) * 40)
    for at in (0x140000, 0x1F0000):
        facts = facts_of(write(put(without, at, update)))
        assert (facts["update_address"], facts["update_size"], facts["good"]) == (at, len(update), True)
    facts = facts_of(write(put(without, 0x140000, update)[APPLICATION:]))
    assert (facts["address"], facts["update_address"]) == (APPLICATION, 0x140000)
    assert facts_of(write(put(without, 0x140000, update[:-2])))["update_address"] is None


def test_a_dump_with_its_halves_swapped_is_bad(image, write):
    for chip in ("bk7252", "bk7252n"):
        die = image("full", chip, size=4 * MIB)
        path = write(die[2 * MIB :] + die[: 2 * MIB])
        assert problem_types(facts_of(path)) == ["half-swapped"]
        assert "second half of the flash comes first" in " ".join(run_text(path)[1].split())


# ---- damage ----


def all_found(tmp_path, data, bits):
    """Each of the bits alone, turned over, is found in its block."""

    def look(bit):
        path = tmp_path / f"damaged-{bit}"
        path.write_bytes(flip(data, bit))
        facts = facts_of(path)
        path.unlink()
        block = bit // 8 // BLOCK * BLOCK
        if problem_types(facts) != ["crc"] or facts["problems"][0]["offset"] != block:
            return f"bit {bit % 8} of {bit // 8:#x}: {facts['problems']}"
        bad = [(part["blocks_bad"], part["first_bad"]) for part in facts["code"]]
        if bad.count((1, block)) != 1 or bad.count((0, None)) != len(bad) - 1:
            return f"bit {bit % 8} of {bit // 8:#x}: {bad}"
        return None

    with ThreadPoolExecutor(2) as pool:
        missed = [text for text in pool.map(look, bits) if text]
    assert not missed


def test_every_bit_of_a_block_is_checked(image, tmp_path):
    where = APPLICATION + 100 * BLOCK
    bits = range(8 * where, 8 * (where + BLOCK))
    all_found(tmp_path, image("qio", size=160 << 10), bits)


@pytest.mark.parametrize("kind,chip", [("full", "bk7231t"), ("full", "bk7231n"), ("qio", "bk7252"), ("ua", "bk7231t")])
def test_a_wrong_bit_anywhere_in_the_code_is_found(image, tmp_path, write, kind, chip):
    data = image(kind, chip)
    parts = facts_of(write(data))["code"]
    rng = random.Random(f"{kind} {chip}")
    bits = []
    for part in parts:
        bits += [8 * part["offset"], 8 * part["used_end"] - 1]
        bits += [rng.randrange(8 * part["offset"], 8 * part["used_end"]) for _ in range(20)]
    all_found(tmp_path, data, bits)


def test_a_wrong_bit_in_the_erased_part_is_found(image, write):
    die = image()
    for at in (0x10000, 0x10FFF, 0x110000, 0x128000):
        assert die[at] == 0xFF
        facts = facts_of(write(put(die, at, b"\xef")))
        assert problem_types(facts) == ["crc"]
        assert at - BLOCK < facts["problems"][0]["offset"] <= at


def test_the_sentence_about_damage_says_where_and_what_to_do(image, write):
    status, out, err = run_text(write(flip(image(), 8 * 0x11030)))
    assert (status, err) == (BAD, "")
    words = " ".join(out.split())
    assert "CRC wrong in the block at 0x011022 of the application" in words
    assert "1 of 25205 blocks are wrong" in words
    assert "are the wires short and firm? Read again and compare." in words


def test_lost_and_added_bytes_are_told_as_such(image, write):
    qio = image("qio")
    path = write(qio[:0x30000] + qio[0x30001:])
    facts = facts_of(path)
    assert problem_types(facts)[0] == "slip"
    assert "1 byte too early" in facts["problems"][0]["text"]
    facts = facts_of(write(qio[:0x30000] + b"\0\0" + qio[0x30000:]))
    assert problem_types(facts)[0] == "slip"
    assert "2 bytes too late" in facts["problems"][0]["text"]
    facts = facts_of(write(b"\xff" + qio))
    assert problem_types(facts) == ["late"]


def test_old_firmware_behind_new_is_not_damage(image, write):
    """The sectors of the new one were erased, those behind it keep the old one."""
    short = image("qio", size=170 << 10)
    old = image("qio")
    erased = short + b"\xff" * (-len(short) % 4096)
    assert 0 < len(erased) - len(short) and len(erased) % BLOCK
    facts = facts_of(write(erased + old[len(erased) :]))
    assert facts["good"] and facts["code"][1]["blocks_other"] == 1


def test_a_cut_off_file_is_bad(image, write):
    qio = image("qio")
    for cut in (1, 2, 33):
        assert problem_types(facts_of(write(qio[:-cut]))) == ["cut-off"]


def test_missing_parts_are_told(image, write):
    die = image()
    facts = facts_of(write(b"\xff" * APPLICATION + die[APPLICATION:]))
    assert (facts["kind"], problem_types(facts)) == ("full", ["no-bootloader"])
    facts = facts_of(write(die[:APPLICATION] + b"\xff" * (0x132000 - APPLICATION) + die[0x132000:]))
    assert (facts["kind"], problem_types(facts)) == ("full", ["no-application"])


def test_any_file_gets_an_answer(image, write):
    rng = random.Random(4)
    sources = [image("full"), image("qio"), image("ua"), image("random"), rbl(b"x" * 5000)]
    for _ in range(60):
        data = bytearray(rng.choice(sources))
        for _ in range(rng.randrange(6)):
            at = rng.randrange(len(data))
            data[at : at + rng.randrange(3)] = rng.randbytes(rng.randrange(3))
        path = write(data[: rng.randrange(len(data))] if rng.random() < 0.5 else data)
        facts_of(path)
        assert run(path).returncode in (GOOD, BAD)
        assert run("--layout", path).returncode in (GOOD, BAD)


# ---- UF2 files and foreign ones ----


def rbl_header(application):
    """As it lies in the flash behind an application."""
    plain = b"".join(application[at : at + 32] for at in range(0, len(application), BLOCK))
    return encode(rbl(plain, len(plain))[:96])


def test_a_uf2_file_is_told_with_its_chip_and_places(image, write):
    application = image("ua", "bk7231n")
    path = write(uf2_bytes(application, header=rbl_header(application), update=b"\x5a" * 3000), "firmware.uf2")
    facts = facts_of(path)
    assert facts["good"] and (facts["kind"], facts["format"]) == ("uf2", None)
    ranges = facts["uf2"].pop("ranges")
    assert facts["uf2"] == {"chip": "BK7231N", "family": 0x7B3EF230, "board": "generic-bk7231n-qfn32-tuya",
                            "firmware": "esphome", "version": "2025.11.0"}
    assert ranges == [{"address": APPLICATION, "size": len(application)},
                      {"address": APPLICATION + HEADER, "size": 102}]
    part = next(part for part in facts["code"] if part["name"] == "application")
    assert part["present"] and part["blocks_bad"] == 0 and part["encryption"] == "none"
    assert part["blocks_good"] == len(application) // BLOCK + 3  # with the header
    assert part["offset"] == APPLICATION
    status, out, _ = run_text(path)
    assert status == GOOD
    words = " ".join(out.split())
    assert "UF2 firmware of ESPHome or LibreTiny" in words
    assert "For: BK7231N, board generic-bk7231n-qfn32-tuya, firmware esphome 2025.11.0" in words
    end = APPLICATION + len(application) - 1
    assert f"Writes: 0x011000-0x{end:06x} 0x129f0a-0x129f6f Code (addresses in the flash):" in words
    assert "CRCs right, not encrypted" in words and "\n  bootloader" not in out and "Problem" not in out


@pytest.mark.parametrize("chip", ["bk7231t", "bk7231n", "bk7251"])
@pytest.mark.parametrize("table", [True, False])
def test_uf2_files_of_all_chips_are_good(image, write, chip, table):
    application = image("ua", chip.replace("7251", "7252"))[:0x110000]
    assert application[-1] != 0xFF
    path = write(uf2_bytes(application[: len(application) // BLOCK * BLOCK], family=chip, table=table,
                           partitions={"app": (APPLICATION, 0x1BA000)} if chip == "bk7251" else None))
    facts = facts_of(path)
    assert facts["good"] and facts["uf2"]["chip"] == chip.upper()


def test_the_key_of_a_uf2_file_is_told(image, write):
    facts = facts_of(write(uf2_bytes(image("ua", "bk7231n", options=("--key", "tuya")))))
    assert facts["good"] and facts["code"][-1]["encryption"] == "tuya"
    facts = facts_of(write(uf2_bytes(encode(random.Random(1).randbytes(200000)))))
    assert facts["code"][-1]["encryption"] == "unknown"


def test_damaged_code_in_a_uf2_file_is_told_with_its_address(image, write):
    application = flip(image("ua"), 8 * 100 * BLOCK)
    path = write(uf2_bytes(application, family="bk7231t"))
    facts = facts_of(path)
    assert problem_types(facts) == ["crc"]
    assert facts["problems"][0]["offset"] == APPLICATION + 100 * BLOCK
    status, out, _ = run_text(path)
    assert (status, out.count("Problem:")) == (BAD, 1)
    assert f"in the block at 0x{APPLICATION + 100 * BLOCK:06x} of the application" in " ".join(out.split())
    assert problem_types(facts_of(write(uf2_bytes(random.Random(2).randbytes(5000))))) == ["not-beken"]


@pytest.mark.parametrize(
    "change,words",
    [
        ({"family": "rp2040"}, "for the RP2040, which is no Beken chip"),
        ({"family": "rtl8710b"}, "for the RTL8710B"),
        ({"family": 0x87654321}, "family 0x87654321"),
        ({"family": 0}, "does not say which chip"),
        ({"ota_format": 1}, "old format (ltchiptool 3.0.0 and before): build it again"),
        ({"partitions": {"app": (0, 0x121000)}}, "puts the application at 0x0"),
        ({"partitions": {"kvs": (0x1D8000, 0x8000)}}, 'where its partition "app" is'),
        ({"partitions": {"app": (APPLICATION, 1000)}}, "ends behind its partition"),
    ],
)
def test_a_uf2_file_that_is_not_fit_is_refused_by_name(image, write, change, words):
    path = write(uf2_bytes(image("ua")[:3400], **change))
    facts = facts_of(path)
    assert (facts["kind"], problem_types(facts)) == ("uf2", ["uf2"])
    assert words in facts["problems"][0]["text"]
    status, out, _ = run_text(path)
    assert status == BAD and words in " ".join(out.split()) and "wires" not in out


def test_a_uf2_file_with_lost_mixed_or_cut_blocks_is_refused(image, write):
    good = uf2_bytes(image("ua")[:3400])
    blocks = [good[at : at + 512] for at in range(0, len(good), 512)]
    swapped = [*blocks[:5], blocks[6], blocks[5], *blocks[7:]]
    for wrong in (good[:-1], good[:-512], good[:100], good + good, b"".join(swapped), good[:1024] + good[1536:],
                  flip(good, 8 * 511), flip(good, 8 * 1024), put(good, 1024 + 28, b"\0")):
        assert problem_types(facts_of(write(wrong))) == ["uf2"]
    assert facts_of(write(good))["good"]


def test_a_uf2_file_for_a_running_device_only_is_refused(image, write):
    facts = facts_of(write(uf2_bytes(b"", update=image("ua")[:3400])))
    assert "has nothing for a programmer" in facts["problems"][0]["text"]


def test_a_uf2_file_cannot_be_compared(image, write):
    other = write(image("ua"))
    path = write(uf2_bytes(image("ua")), "firmware.uf2")
    for args in ((path, "--compare", other), (other, "--compare", path)):
        status, out, err = run_text(*args)
        assert (status, out) == (TROUBLE, "")
        assert "firmware.uf2 is a UF2 file" in err


@pytest.mark.parametrize(
    "name,data,words",
    [
        ("elf", b"\x7fELF\1\1\1" + bytes(99), "an ELF file"),
        ("hex", b":10010000214601360121470136007EFE09D2190140\n:00000001FF\n", "objcopy -I ihex"),
        ("srec", b"S00F000068656C6C6F202020202000003C\n", "objcopy -I srec"),
        ("zip", b"PK\3\4\x14\0\0\0\x08\0" + bytes(99), "Unpack it"),
        ("html", b"\n<!DOCTYPE html>\n<html>" + b"x" * 999, "a web page"),
        ("git-lfs", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"),
        ("tuya-ug", b"\x55\xaa\x55\xaa" + bytes(24) + b"\xaa\x55\xaa\x55" + rbl(b"x" * 500), "Tuya update"),
        ("bkdl", b"BKDLV10." + bytes(range(99)), "secure boot"),
        ("text", b"404: Not Found", "a text file"),
    ],
)
def test_files_of_other_formats_are_named(write, name, data, words):
    path = write(data)
    facts = facts_of(path)
    assert (facts["kind"], facts["format"], problem_types(facts)) == ("foreign", name, ["foreign"])
    assert words in facts["description"] + facts["problems"][0]["text"]
    status, out, _ = run_text(path)
    assert status == BAD and words in " ".join(out.split()) and "wires" not in out
    assert max(len(line) for line in out.splitlines() if not line.startswith("File:")) <= 80


@pytest.mark.parametrize("program,name", [("gzip", "gzip"), ("xz", "xz"), ("tar", "tar")])
def test_what_real_programs_pack_is_named(image, write, tmp_path, program, name):
    path = write(image("ua"))
    packed = tmp_path / "packed"
    with packed.open("wb") as file:
        command = ["tar", "-c", path] if program == "tar" else [program, "-c", path]
        subprocess.run(command, stdout=file, stderr=subprocess.DEVNULL, check=True, timeout=60)
    assert facts_of(packed)["format"] == name
    assert facts_of(TOOL)["format"] == "elf"


@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize("kind", ["full", "qio", "ua", "random"])
def test_no_image_is_taken_for_another_format(image, write, chip, kind):
    for seed in range(3):
        facts = facts_of(write(image(kind, chip, seed)))
        assert facts["kind"] not in ("foreign", "uf2") and facts["format"] is None


# ---- layout ----


def read_layout(text):
    lines = [re.fullmatch(r"([0-9a-f]+):([0-9a-f]+) (\S+)", line) for line in text.splitlines()]
    return [(int(line[1], 16), int(line[2], 16), line[3]) for line in lines]


@pytest.mark.parametrize("chip", CHIPS)
def test_the_layout_is_that_of_the_generator(image, write, tmp_path, chip):
    command = [MKIMAGE, "--chip", chip, "--layout", tmp_path / "layout", tmp_path / "die"]
    subprocess.run(command, check=True, timeout=60)
    status, out, err = run_text("--layout", write(image("full", chip)))
    assert (status, err) == (GOOD, "")
    assert read_layout(out) == read_layout((tmp_path / "layout").read_text())


@pytest.mark.parametrize("chip", CHIPS)
def test_flashrom_takes_the_layout(image, write, tmp_path, chip):
    flashrom = os.environ.get("FLASHROM") or shutil.which("flashrom", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if not flashrom:
        lacking("flashrom", "there is no flashrom")
    die = image("full", chip)
    path = write(die)
    layout = write(run("--layout", path).stdout, "layout")
    dummy = f"dummy:emulate=VARIABLE_SIZE,size={len(die)},image={path}"
    out = tmp_path / "rf.bin"
    command = [flashrom, "-p", dummy, "-l", layout, "-i", f"rf:{out}", "-r", tmp_path / "all"]
    result = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert out.read_bytes() == die[RF[chip] : RF[chip] + 0x1000]


def test_a_layout_needs_to_know_the_chip(image, write):
    path = write(image("ua"))
    status, out, err = run_text("--layout", path)
    assert (status, out) == (BAD, "")
    assert "give --chip" in err
    status, out, err = run_text("--layout", "--chip", "BK7231U", path)
    assert (status, err) == (GOOD, "")
    assert read_layout(out)[-1] == (0x1E3000, 0x1FFFFF, "user")


def test_a_layout_never_ends_behind_the_die(image, write):
    die = put(image(size=MIB), 0xEF000, image()[RF["bk7231t"] :][:0x1000])
    small = read_layout(run_text("--layout", "--chip", "bk7231t", write(die))[1])
    assert small[-1][1] == MIB - 1
    twice = read_layout(run_text("--layout", write(image() * 2))[1])
    assert twice[-1][1] == 2 * MIB - 1


@pytest.mark.parametrize("rf,size,download", [
    (0xEF000, 1, 0xD3000), (0x1D0000, 2, None), (0x1E0000, 2, None), (0x1E3000, 2, None), (0x1F3000, 2, 0x132000),
    (0x1FE000, 2, 0x143000), (0x3E0000, 4, 0x286000), (0x3FE000, 4, None), (0x709000, 8, 0x132000),
    (0x7FE000, 8, None),
])
def test_there_is_a_layout_for_rf_at_every_known_place(image, write, rf, size, download):
    """Of code that says nothing else of its chip."""
    ua = image("ua", size=768 << 10)
    die = put(put(b"\xff" * (size * MIB), APPLICATION, ua), rf, image()[RF["bk7231t"] :][:0x1000])
    status, out, err = run_text("--layout", write(die))
    parts = read_layout(out)
    assert (status, err) == (GOOD, "")
    assert parts[0] == (0, 0x10FFF, "bootloader") and parts[1][0] == APPLICATION
    assert (rf, rf + 0xFFF, "rf") in parts
    assert [part[0] for part in parts[1:]] == [part[1] + 1 for part in parts[:-1]]
    assert parts[-1][1] == size * MIB - 1
    assert len({part[2] for part in parts}) == len(parts)
    assert download is None or download in [part[0] for part in parts if part[2] == "download"]


def test_the_table_of_the_bootloader_is_better_than_a_family(image, write):
    """A BK7231N whose updates do not go where Tuya's go."""
    status, out, _ = run_text("--layout", write(image("full", "bl2028n")))
    assert status == GOOD
    assert read_layout(out) == [
        (0, 0x10FFF, "bootloader"), (APPLICATION, 0x131FFF, "application"), (0x132000, 0x1DFFFF, "download"),
        (0x1E0000, 0x1E0FFF, "rf"), (0x1E1000, 0x1E2FFF, "net"), (0x1E3000, 0x1FFFFF, "user"),
    ]


# ---- comparison ----


def comparison_of(first, second):
    result = run("--json", "--compare", second, first)
    facts = json.loads(result.stdout)
    assert facts["same"] == (result.returncode == GOOD)
    return facts, {part["name"]: part for part in facts["partitions"]}


def test_equal_files_are_the_same(image, write):
    first, second = write(image()), write(image(), "second")
    status, out, err = run_text(first, "--compare", second)
    assert (status, err) == (GOOD, "")
    assert "are the same, all 2097152 bytes" in out
    assert comparison_of(first, second)[0]["same"]


def test_differences_are_counted_by_partition(image, write):
    die = bytearray(image())
    for at in (5, 0x1E0F00, 0x1E0024):
        die[at] ^= 1
    first, second = write(image()), write(die, "second")
    _, parts = comparison_of(first, second)
    assert {name: (part["different"], part["first"]) for name, part in parts.items() if part["different"]} == {
        "bootloader": (1, 5),
        "rf": (2, 0x1E0024),
    }
    status, out, _ = run_text(first, "--compare", second)
    assert status == BAD
    assert "2 bytes differ, the first at 0x1e0024" in out
    assert f"{second}: 1 of 27117 CRCs WRONG" in out
    assert f"{first}: all 27117 CRCs right" in out


def test_an_application_is_compared_where_it_belongs(image, write):
    _, parts = comparison_of(write(image()), write(image("ua"), "ua"))
    assert parts["application"]["different"] == 0
    assert parts["application"]["compared"] == len(image("ua"))
    assert parts["bootloader"]["only_first"] == APPLICATION


def test_a_longer_file_is_not_the_same(image, write):
    first, second = write(image()), write(image() + b"\xff", "second")
    facts, parts = comparison_of(first, second)
    assert not facts["same"] and parts["rest"]["only_second"] == 1
    facts, parts = comparison_of(second, first)
    assert not facts["same"] and parts["rest"]["only_first"] == 1


def test_comparing_takes_any_two_files(write):
    first, second = write(b"abc"), write(b"abd", "second")
    _, parts = comparison_of(first, second)
    assert parts == {"all": {"name": "all", "address": 0, "size": 3, "compared": 3, "different": 1, "first": 2,
                             "only_first": 0, "only_second": 0}}
    assert comparison_of(write(b""), write(b"", "second"))[0]["same"]


# ---- files that are none ----


def assert_trouble(result, words):
    status, out, err = result
    assert (status, out) == (TROUBLE, "")
    assert words in err
    assert err.startswith("ch341a-beken: Error: ") and err.count("\n") == 1


def test_a_missing_file(tmp_path):
    assert_trouble(run_text(tmp_path / "nothing"), "No such file")


def test_a_folder(tmp_path):
    assert_trouble(run_text(tmp_path), "is a folder")


def test_a_second_file_that_is_missing(image, write, tmp_path):
    assert_trouble(run_text(write(image("ua")), "--compare", tmp_path / "nothing"), "No such file")


def test_a_file_that_may_not_be_read():
    folder = Path(tempfile.mkdtemp(prefix="beken-"))
    try:
        folder.chmod(0o755)
        program = shutil.copy(TOOL, folder)
        secret = folder / "secret"
        secret.write_bytes(b"x")
        secret.chmod(0)
        result = subprocess.run([program, "image", secret], capture_output=True, timeout=60, check=False,
                                user=65534 if os.geteuid() == 0 else None)
        assert result.returncode == TROUBLE
        assert b"Permission denied" in result.stderr
    finally:
        shutil.rmtree(folder)


def test_a_file_that_fails_while_it_is_read():
    assert_trouble(run_text("/proc/self/mem"), "/proc/self/mem: Input/output error")


def test_a_file_that_is_too_large_is_refused_at_once(tmp_path):
    path = tmp_path / "sparse"
    for size in (64 * MIB + 1, 1 << 40):
        with path.open("wb") as file:
            file.truncate(size)
        started = time.monotonic()
        assert_trouble(run_text(path), "larger than 64 MiB")
        assert time.monotonic() - started < 10


def test_the_largest_file_is_taken(tmp_path):
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(64 * MIB)
    assert facts_of(path)["kind"] == "filled"


def test_a_device_without_end_is_refused():
    assert_trouble(run_text("/dev/zero"), "larger than 64 MiB")


def test_standard_input_is_read(image):
    status, out, err = run_text("-", input=image("qio"))
    assert (status, err) == (GOOD, "")
    assert "File:   standard input" in out and "QIO" in out


def test_standard_input_that_is_closed():
    status, out, err = run_text("-", preexec_fn=lambda: os.close(0))
    assert (status, out) == (TROUBLE, "")
    assert "standard input: Bad file descriptor" in err


def test_a_terminal_as_standard_input_is_refused():
    master, slave = pty.openpty()
    try:
        assert_trouble(run_text("-", stdin=slave), "is a terminal")
    finally:
        os.close(master)
        os.close(slave)


def test_a_pipe_without_a_writer_does_not_hold_the_program(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert_trouble(run_text(path, timeout=30), "Nobody writes to the pipe")


def test_a_pipe_with_a_slow_writer_is_read(tmp_path, image):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    command = [TOOL, "image", "--json", path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        with path.open("wb") as pipe:
            time.sleep(6)  # longer than it waits for a writer
            pipe.write(image("ua"))
        out, err = program.communicate(timeout=60)
    assert (program.returncode, err) == (GOOD, b"")
    assert json.loads(out)["kind"] == "ua"


# ---- progress ----


def on_terminal(feed, env=None):
    """Runs with a terminal as stderr and feed(stdin); returns what came there."""
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", **(env or {})}
    with subprocess.Popen([TOOL, "image", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=slave,
                          env=environment) as program:
        os.close(slave)
        feed(program.stdin)
        program.stdin.close()
        program.stdin = None
        out, _ = program.communicate(timeout=60)
        shown = b""
        while select.select([master], [], [], 0)[0]:
            try:
                part = os.read(master, 4096)
            except OSError:
                break
            shown += part
            if not part:
                break
    os.close(master)
    assert program.returncode == GOOD and b"QIO" in out
    return shown


def slowly(data):
    def feed(pipe):
        pipe.write(data[:500000])
        pipe.flush()
        time.sleep(2.5)
        pipe.write(data[500000:])

    return feed


def test_a_slow_file_shows_progress_on_a_terminal_and_takes_it_away(image):
    shown = on_terminal(slowly(image("qio")), {"NO_COLOR": "1"})
    assert b"Reading standard input: 488 KiB" in shown
    assert b"\x1b" not in shown
    assert re.search(rb"\x08+ +\x08+$", shown)
    assert screen(shown) == [""]


def test_a_fast_file_shows_no_progress(image):
    assert on_terminal(lambda pipe: pipe.write(image("qio"))) == b""


def test_a_dumb_terminal_gets_no_progress(image):
    assert on_terminal(slowly(image("qio")), {"TERM": "dumb"}) == b""


# ---- options ----


def test_help_is_narrow_and_names_all_options():
    status, out, err = run_text("--help")
    assert (status, err) == (GOOD, "")
    assert max(map(len, out.splitlines())) <= 80
    for option in ("--compare", "--layout", "--chip", "--json", "--help", "Exit status"):
        assert option in out
    assert run_text("-h") == (status, out, err)


def test_what_is_printed_is_narrow(image, write):
    for data in (image(), image("ua"), flip(image(), 99), image() * 2, b"", b"\0" * 5000, image("random")):
        _, out, _ = run_text(write(data))
        assert max(len(line) for line in out.splitlines() if not line.startswith("File:")) <= 80


@pytest.mark.parametrize(
    "args,words",
    [
        ((), "Which FILE?"),
        (("a", "b"), "--compare"),
        (("--nonsense", "a"), "--nonsense is unknown"),
        (("-x", "a"), "-x is unknown"),
        (("--json=yes", "a"), "--json=yes is unknown or takes no value"),
        (("a", "--compare"), "--compare needs a value"),
        (("--chip", "esp8266", "a"), "bk7231t, bk7231n, bk7238, bk7252, bk7252-2m"),
        (("--layout", "--json", "a"), "--layout"),
        (("--layout", "--compare", "b", "a"), "--layout"),
        (("-", "--compare", "-"), "with itself"),
    ],
)
def test_a_wrong_command_line_is_refused(args, words):
    status, out, err = run_text(*args)
    assert (status, out) == (TROUBLE, "")
    assert err.startswith("ch341a-beken: Error: ") and words in err


@pytest.mark.parametrize("name", ["bk7231t", "bk7231n", "bk7238", "bk7252", "bk7252-2m"])
def test_every_chip_of_the_help_is_taken(image, write, name):
    assert name in run_text("--help")[1]
    assert facts_of(write(image("qio", "bk7252")), "--chip", name)["chip"] == name


def test_a_full_disk_is_told(image, write):
    with open("/dev/full", "wb") as full:
        result = run(write(image()), stdout=full, capture_output=False, stderr=subprocess.PIPE)
    assert result.returncode == TROUBLE
    assert b"Cannot write the result" in result.stderr


def test_strange_file_names_stay_valid_json(image, tmp_path):
    name = os.fsencode(tmp_path) + b'/\xff"\x01\\.bin'
    with open(name, "wb") as file:
        file.write(image("ua"))
    result = subprocess.run([TOOL, "image", "--json", name], capture_output=True, timeout=60, check=True)
    facts = json.loads(result.stdout.decode())
    assert facts["kind"] == "ua"
    assert facts["file"] == f'{tmp_path}/?"\x01\\.bin'
    path = tmp_path / "große Datei 電.bin"
    path.write_bytes(image("ua"))
    assert facts_of(path)["file"] == str(path)

# SPDX-License-Identifier: GPL-2.0-or-later
"""Black-box tests of beken-mkimage: BEKEN_BUILD=build pytest tests/image"""

import struct
import subprocess
import zlib

import pytest

from beken_bench import MKIMAGE

MIB = 1 << 20
APPLICATION = 0x11000
# (chip, size of the die): RF partition, first byte after the application
RF = {
    ("bk7231t", 2 * MIB): (0x1E0000, 0x132000),
    ("bk7231n", 2 * MIB): (0x1D0000, 0x12A000),
    ("bk7252", 2 * MIB): (0x1E0000, 0x132000),
    ("bk7252", 4 * MIB): (0x3FE000, 0x1CB000),
}
DIES = pytest.mark.parametrize("chip,size", RF)


def remainder(message, bits):
    """Of the polynomial division by x^16 + x^15 + x^2 + 1."""
    for bit in range(bits - 1, 15, -1):
        if message >> bit & 1:
            message ^= 0x18005 << (bit - 16)
    return message


TABLE = [remainder(byte << 16, 24) for byte in range(256)]


def crc(data):
    """Of the text book, with the first 16 bits inverted for a start of 0xffff."""
    value = 0xFFFF
    for byte in data:
        value = (value << 8 & 0xFFFF) ^ TABLE[value >> 8 ^ byte]
    return value


def run(*args):
    command = [MKIMAGE, *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def make(path, *args):
    result = run(*args, path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    return path.read_bytes()


def blocks(data):
    """The code in encoded data; asserts that each block has its CRC."""
    code = bytearray()
    rest = len(data) % 34
    assert data[len(data) - rest :] == b"\xff" * rest
    for at in range(0, len(data) - rest, 34):
        block = data[at : at + 34]
        if block == b"\xff" * 34:
            continue
        assert len(code) == at // 34 * 32, f"a gap before {at:#x}"
        assert int.from_bytes(block[32:], "big") == crc(block[:32]), f"CRC at {at:#x}"
        code += block[:32]
    return bytes(code)


def items(data):
    """Tag and value of each item of a TLV list."""
    while data:
        tag, length = struct.unpack_from("<II", data)
        assert len(data) >= 8 + length
        yield tag, data[8 : 8 + length]
        data = data[8 + length :]


def read_layout(path):
    parts = {}
    for line in path.read_text().splitlines():
        place, name = line.split(" ")
        start, end = (int(number, 16) for number in place.split(":"))
        assert name not in parts
        parts[name] = (start, end + 1)
    return parts


def test_crc_of_this_test_is_the_published_one():
    # Check value of CRC-16/CMS in the catalogue of parametrised CRC algorithms.
    message = b"123456789"
    divided = remainder(int.from_bytes(message, "big") << 16 ^ 0xFFFF << 72, 88)
    assert crc(message) == divided == 0xAEE7


@DIES
def test_bootloader_and_application_are_blocks_with_crc(tmp_path, chip, size):
    image = make(tmp_path / "image", "--chip", chip, "--size", size)
    _, end = RF[chip, size]
    assert len(image) == size
    for part, logical in ((image[:APPLICATION], 0), (image[APPLICATION:end], 0x10000)):
        code = blocks(part)
        assert 0.5 < len(code) / (len(part) / 34 * 32) < 0.95
        words = struct.unpack("<16I", code[:64])
        assert words[0] >> 24 == 0xEA
        assert set(words[1:8]) == {0xE59FF014}
        assert all(logical < word < logical + 0x10000 for word in words[8:15])


# Words 1 to 7 in bootloader and application, and what the name of a BK7231N becomes at 0x94, in
# dumps of Tuya's modules (openshwprojects/BK7231GUIFlashTool testDumps).
TUYA = bytes.fromhex("35ff2a9935e72a9935ef2a9935d72a9935df2a9935c72a9935cf2a99")
TUYA_NAME = bytes.fromhex("6364834e1206fa23")


def test_tuya_s_key_is_the_one_of_real_modules(tmp_path):
    image = make(tmp_path / "image", "--chip", "bk7231n", "--key", "tuya")
    boot, application = blocks(image[:APPLICATION]), blocks(image[APPLICATION:0x12A000])
    assert boot[4:32] == TUYA
    assert application[4:32] == TUYA.replace(b"\x99", b"\x9b")
    assert boot[0x94:0x9C] == TUYA_NAME
    plain = make(tmp_path / "plain", "--chip", "bk7231n")
    assert blocks(plain[:APPLICATION])[0x94:0xA1] == b"BK7231N_1.0.1"
    mixed = make(tmp_path / "mixed", "--chip", "bk7231n", "--boot-key", "tuya")
    assert mixed[:APPLICATION] == image[:APPLICATION] and mixed[APPLICATION:] == plain[APPLICATION:]


@pytest.mark.parametrize("chip,mark", [("bk7231n", b"BK7231\0\0"), ("bk7238", b"BK7238\0\0"), ("bl2028n", b"BK7231\0\0")])
@pytest.mark.parametrize("key", ["none", "tuya", "uascent"])
def test_mark_and_table_are_never_encrypted(tmp_path, chip, mark, key):
    image = make(tmp_path / "image", "--chip", chip, "--key", key)
    boot = blocks(image[:APPLICATION])
    assert image[0x110:0x118] == mark == boot[0x100:0x108]
    entries = {}
    for at in range(len(boot) - 3 * 64, len(boot), 64):
        magic, name, flash, offset, length, check = struct.unpack("<4s24s24sIII", boot[at : at + 64])
        assert magic == b"01PE" and check == zlib.crc32(boot[at : at + 60])
        entries[name.rstrip(b"\0")] = (flash.rstrip(b"\0"), offset, length)
    assert entries[b"bootloader"] == (b"beken_onchip_crc", 0, 0x10000)
    assert entries[b"app"][:2] == (b"beken_onchip_crc", 0x10000)
    assert entries[b"download"][:2] == (b"beken_onchip", 0x12A000 if chip == "bk7231n" else 0x132000)


@pytest.mark.parametrize("key", ["none", "uascent"])
def test_headers_have_the_sums_of_the_code(tmp_path, key):
    image = make(tmp_path / "image", "--key", key, "--headers")
    for start, end, name in ((0, APPLICATION, b"bootloader"), (APPLICATION, 0x132000, b"app")):
        header = blocks(image[end - 102 : end])
        assert header[:4] == b"RBL\0" and header[12:28].rstrip(b"\0") == name
        crc32, _, raw, size, check = struct.unpack("<5I", header[76:96])
        assert raw == size and check == zlib.crc32(header[:92])
        assert crc32 == zlib.crc32(blocks(image[start : start + size // 32 * 34]))
        assert image[start + size // 32 * 34 : end - 102].strip(b"\xff") == b""


@DIES
def test_rf_partition_is_a_tlv_list_with_the_mac_at_36(tmp_path, chip, size):
    image = make(tmp_path / "image", "--chip", chip, "--size", size, "--layout", tmp_path / "layout")
    start, _ = RF[chip, size]
    assert read_layout(tmp_path / "layout")["rf"] == (start, start + 0x1000)
    sector = image[start : start + 0x1000]
    assert sector[:4] == b"\x54\x4c\x56\x00"
    assert sector[36:39] == b"\xc8\x47\x8c"
    length = struct.unpack_from("<I", sector, 4)[0]
    groups = dict(items(sector[8 : 8 + length]))
    general = dict(items(groups[0x11111100]))
    assert general[0x11111102] == sector[36:42]
    assert [len(v) for _, v in items(groups[0x22222200])] == [4, 14, 14, 14, 4, 4]
    assert set(sector[8 + length :]) == {0xFF}


@DIES
def test_what_belongs_to_no_content_is_erased(tmp_path, chip, size):
    image = make(tmp_path / "image", "--chip", chip, "--size", size, "--layout", tmp_path / "layout")
    parts = read_layout(tmp_path / "layout")
    empty = {name for name, (start, end) in parts.items() if set(image[start:end]) == {0xFF}}
    assert empty == parts.keys() & {"net", "user", "rest"}


@DIES
def test_layout_covers_the_die_without_overlap(tmp_path, chip, size):
    make(tmp_path / "image", "--chip", chip, "--size", size, "--layout", tmp_path / "layout")
    at = 0
    for start, end in read_layout(tmp_path / "layout").values():
        assert start == at and start % 0x1000 == 0
        at = end
    assert at == size


def test_download_partition_holds_an_rbl_file(tmp_path):
    image = make(tmp_path / "image")
    header = image[0x132000 : 0x132000 + 96]
    assert header[:4] == b"RBL\0"
    assert struct.unpack_from("<I", header, 92)[0] == zlib.crc32(header[:92])
    length = struct.unpack_from("<I", header, 88)[0]
    body = image[0x132060 : 0x132060 + length]
    assert struct.unpack_from("<I", header, 76)[0] == zlib.crc32(body)
    assert set(image[0x132060 + length : 0x1D8000]) == {0xFF}


def test_key_value_store_has_one_valid_entry_of_each_name(tmp_path):
    store = make(tmp_path / "image")[0x1D8000:0x1E0000]
    valid = []
    for sector in range(0, len(store), 4096):
        if store[sector : sector + 4096] == b"\xff" * 4096:
            continue
        assert store[sector + 4 : sector + 8] == b"FDB0"
        at = sector + 16
        while at < sector + 4096 and store[at + 4 : at + 8] == b"KV00":
            status, _, total, check, name_n, value_n = struct.unpack_from("<I4sIIII", store, at)
            text = store[at + 24 : at + 24 + name_n + value_n]
            assert check == zlib.crc32(store[at + 16 : at + 24] + text)
            if status == 0x3FFFFFFF:
                valid.append(text[:name_n].decode())
            at += total
    assert sorted(valid) == ["boot.count", "device.key", "device.name", "wifi.password", "wifi.ssid"]


def test_seed_decides_the_image(tmp_path):
    images = [make(tmp_path / str(i), "--seed", seed) for i, seed in enumerate((7, 7, 8))]
    assert images[0] == images[1]
    for start, end in ((0, APPLICATION), (APPLICATION, 0x132000), (0x1E0000, 0x1E1000), (0x1D8000, 0x1E0000)):
        assert images[0][start:end] != images[2][start:end]


def test_qio_and_ua_are_parts_of_the_full_image(tmp_path):
    full = make(tmp_path / "full", "--seed", 3)
    qio = make(tmp_path / "qio", "--seed", 3, "--kind", "qio")
    ua = make(tmp_path / "ua", "--seed", 3, "--kind", "ua")
    assert full.startswith(qio) and qio[APPLICATION:] == ua
    assert len(ua) % 34 == 0 and set(full[len(qio) : 0x132000]) == {0xFF}


def test_empty_and_random(tmp_path):
    assert make(tmp_path / "empty", "--kind", "empty") == b"\xff" * 2 * MIB
    noise = make(tmp_path / "noise", "--kind", "random", "--size", "64k")
    assert len(noise) == 0x10000 and len(zlib.compress(noise)) > 0xFF00
    assert noise != make(tmp_path / "other", "--kind", "random", "--size", "64k", "--seed", 1)


@pytest.mark.parametrize(
    "size", [1, 33, 34, 63, 64, 4096, 0x10000, 0x11000, 0x11001, 0x11022, 0x132001, 0x1E0020]
)
def test_small_dies_get_what_fits(tmp_path, size):
    image = make(tmp_path / "image", "--size", size, "--layout", tmp_path / "layout")
    assert len(image) == size
    blocks(image[: min(size, APPLICATION)])
    blocks(image[APPLICATION : min(size, 0x132000)])
    assert max(end for _, end in read_layout(tmp_path / "layout").values()) == size


def test_larger_die_gets_a_larger_user_area(tmp_path):
    small = make(tmp_path / "small")
    assert make(tmp_path / "large", "--size", "4M") == small + b"\xff" * 2 * MIB


@DIES
@pytest.mark.parametrize("kind", ["full", "qio", "ua"])
def test_check_accepts_what_it_made(tmp_path, chip, size, kind):
    path = tmp_path / "image"
    make(path, "--chip", chip, "--size", size, "--kind", kind)
    result = run("--check", "--chip", chip, "--kind", kind, path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{path}: ") and "application: " in result.stdout


@pytest.mark.parametrize(
    "at,name,block",
    [
        (0, "bootloader", 0),
        (33, "bootloader", 0),
        (34 * 100 + 32, "bootloader", 34 * 100),
        (APPLICATION, "application", APPLICATION),
        (APPLICATION + 34 * 9999 + 5, "application", APPLICATION + 34 * 9999),
        (0x131FFF, "application", 0x132000 - 34),
    ],
)
def test_check_names_the_first_bad_block(tmp_path, at, name, block):
    path = tmp_path / "image"
    image = bytearray(make(path))
    image[at] ^= 0x10
    path.write_bytes(image)
    stored = int.from_bytes(image[block + 32 : block + 34], "big")
    computed = crc(image[block : block + 32])
    result = run("--check", path)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"beken-mkimage: {path}: {name}: bad block at 0x{block:06x}: "
        f"CRC {stored:04x}, should be {computed:04x}\n"
    )


def test_check_looks_at_nothing_else(tmp_path):
    path = tmp_path / "image"
    image = make(path)
    path.write_bytes(image[:0x132000] + b"\0" * (2 * MIB - 0x132000))
    assert run("--check", path).returncode == 0


@pytest.mark.parametrize(
    "content,sentence",
    [
        (b"\xff" * 2 * MIB, "bootloader: no code at 0x000000, all bytes are ff"),
        (b"\xff" * 40 + b"\0", "bootloader: block at 0x000022 is cut off"),
        (b"", "is empty"),
        (b"\0" * (16 * MIB + 1), "is larger than any of these dies"),
    ],
    ids=["erased", "cut off", "empty", "too large"],
)
def test_check_refuses(tmp_path, content, sentence):
    path = tmp_path / "image"
    path.write_bytes(content)
    result = run("--check", path)
    assert (result.returncode, result.stdout) == (1, "")
    assert sentence in result.stderr


def test_check_of_a_bootloader_alone_misses_the_application(tmp_path):
    path = tmp_path / "image"
    path.write_bytes(make(path)[:APPLICATION])
    result = run("--check", path)
    assert result.returncode == 1
    assert "application: the file ends before it" in result.stderr


@pytest.mark.parametrize(
    "args,sentence",
    [
        ([], "no file given"),
        (["a", "b"], "more than one file given"),
        (["--chip", "bk9999", "a"], '--chip takes one of bk7231t, bk7231n, bl2028n, bk7238, bk7252, bk7252n, not "bk9999"'),
        (["--size", "0", "a"], "--size takes"),
        (["--size", "17M", "a"], "--size takes"),
        (["--size", "-1", "a"], "--size takes"),
        (["--size", "2MB", "a"], "--size takes"),
        (["--size", "18446744073709551615M", "a"], "--size takes"),
        (["--seed", "x", "a"], "--seed takes"),
        (["--seed", "99999999999999999999", "a"], "--seed takes"),
        (["--kind", "uart", "a"], "--kind takes"),
        (["--key", "secret", "a"], "a key is none, tuya or uascent"),
        (["--check", "--headers", "a"], "--check goes with"),
        (["--check", "--boot-key", "tuya", "a"], "--check goes with"),
        (["--kind", "ua", "--size", "64k", "a"], "no room for an application"),
        (["--check", "--size", "2M", "a"], "--check goes with"),
        (["--check", "--kind", "empty", "a"], "no CRCs to check"),
        (["--unknown", "a"], "--unknown"),
    ],
)
def test_wrong_command_lines_end_with_2(args, sentence, tmp_path):
    result = subprocess.run(
        [MKIMAGE, *args], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert sentence in result.stderr
    assert not list(tmp_path.iterdir())


def test_files_that_cannot_be_used_end_with_1(tmp_path):
    for args in (["/nonexistent/a"], ["--layout", "/nonexistent/a", "image"], ["--check", "/nonexistent/a"]):
        result = subprocess.run(
            [MKIMAGE, *args], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
        )
        assert result.returncode == 1
        assert "/nonexistent/a: No such file" in result.stderr


def test_full_disk_is_noticed():
    result = run("/dev/full")
    assert result.returncode == 1
    assert "could not be written" in result.stderr


def test_help_names_each_option_in_80_columns():
    result = run("--help")
    assert result.returncode == 0
    for option in ("--chip", "--size", "--seed", "--kind", "--key", "--boot-key", "--headers", "--layout", "--check",
                   "--help"):
        assert option in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80

# SPDX-License-Identifier: GPL-2.0-or-later
"""UF2 files as ESPHome and LibreTiny make them for Beken chips (libretiny-eu/ltchiptool uf2tool)."""
import struct
from pathlib import Path

BLOCK = 512
PIECE = 256  # bytes of data that a block has there
FAMILIES = {
    "bk7231t": 0x675A40B0,
    "bk7231n": 0x7B3EF230,
    "bk7231q": 0xAFE81D49,
    "bk7238": 0x159AC324,
    "bk7251": 0x6A82CC42,
    "rp2040": 0xE48BFF56,
    "rtl8710b": 0x22E0D6FC,
}
# Where boards of LibreTiny have their partitions: name: (address, size)
STANDARD = {"app": (0x11000, 0x121000), "download": (0x132000, 0xA6000)}
TUYA_N = {"app": (0x11000, 0x119000), "download": (0x12A000, 0xA6000)}
HEADER = 0x118F0A  # in the partition: where the header of the application is, 102 bytes

BOARD, FIRMWARE, VERSION, LT_VERSION = 0xCA25C8, 0x00DE43, 0x9FC7BC, 0x59563D
BUILD_DATE, FORMAT_2, PART_LIST = 0x822F30, 0x6C8492, 0x6EC68A
PART_TABLE, PART_INFO, OLD_PART = 0x8288ED, 0xC0EE0C, 0x805946
SCHEMES = ["device", "device1", "device2", "flasher", "flasher1", "flasher2"]


def _tag(kind, value):
    tag = bytes([4 + len(value)]) + kind.to_bytes(3, "little") + value
    return tag + bytes(-len(tag) % 4)


def _table(partitions):
    return b"".join(
        struct.pack("<4s16s16sIII", b"01PE", name.encode(), b"flash0", address, size, 0)
        for name, (address, size) in sorted(partitions.items(), key=lambda entry: entry[1])
    )


def part_info(**schemes):
    """part_info(flasher="app") says that the data behind are for that partition."""
    names = sorted(set(schemes.values()))
    nibbles = "".join(f"{names.index(schemes[scheme]) + 1:x}" if scheme in schemes else "0" for scheme in SCHEMES)
    return _tag(PART_INFO, bytes.fromhex(nibbles) + b"\0".join(name.encode() for name in names))


def block(number, count, family, address=0, data=b"", tags=b"", flags=0):
    flags |= (0x8000 if tags else 0) | (0x2000 if family else 0)
    body = data + tags
    assert len(body) <= 476
    head = struct.pack("<8I", 0x0A324655, 0x9E5D5157, flags, address, len(data), number, count, family)
    return head + body.ljust(476, b"\0") + struct.pack("<I", 0x0AB16F30)


def uf2_bytes(application, family="bk7231n", board="generic-bk7231n-qfn32-tuya", firmware="esphome",
              version="2025.11.0", ota_format=2, partitions=None, header=b"", update=b"", table=True):
    """A file that puts the application, and its header, to their places for a programmer.

    application, header: as they lie in the flash, encrypted and with CRCs
    update: what a running device gets for its `download`
    family: a name, or a number
    partitions: None stands for those of Tuya's BK7231N if that is the family, or else the usual ones
    ota_format: 1 is that of ltchiptool before 3.0.0
    table: whether there is a table of partitions
    """
    family = FAMILIES.get(family, family)
    if partitions is None:
        partitions = TUYA_N if family == FAMILIES["bk7231n"] else STANDARD
    old = _tag(OLD_PART, b"app")
    images = [(0, application, part_info(flasher="app") if ota_format == 2 else old)]
    if header:
        images.append((HEADER, header, part_info(flasher="app")))
    if update:
        images.append((0, update, part_info(device="download")))

    tags = _tag(BOARD, board.encode()) + _tag(FIRMWARE, firmware.encode()) + _tag(VERSION, version.encode())
    tags += _tag(LT_VERSION, b"1.9.1") + _tag(BUILD_DATE, struct.pack("<I", 1764000000))
    if ota_format == 2:
        tags += _tag(FORMAT_2, b"\2") + _tag(PART_LIST, bytes.fromhex("100100"))
    if table:
        tags += _tag(PART_TABLE, _table(partitions))

    pieces = [
        (address + at, data[at : at + PIECE], info if at == 0 else b"")
        for address, data, info in images
        for at in range(0, len(data), PIECE)
    ]
    count = 1 + len(pieces)
    blocks = [block(0, count, family, tags=tags, flags=1)]
    blocks += [block(1 + i, count, family, *piece) for i, piece in enumerate(pieces)]
    return b"".join(blocks)


def uf2_file(path, application, **kwargs):
    """The same as a file; returns its path."""
    path = Path(path)
    path.write_bytes(uf2_bytes(application, **kwargs))
    return path

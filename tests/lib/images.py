# SPDX-License-Identifier: GPL-2.0-or-later
"""Images of the flash of Beken chips, and pieces to build others of."""
import binascii
import struct
import subprocess

MIB = 1 << 20
APPLICATION = 0x11000
BLOCK = 34
RF = {
    "bk7231t": 0x1E0000, "bk7231n": 0x1D0000, "bk7252": 0x3FE000,
    "bl2028n": 0x1E0000, "bk7238": 0x1E0000, "bk7252n": 0x1E0000,
}


class Maker:
    """maker(kind, chip, seed, size, options) is the bytes of an image, which is made once."""

    def __init__(self, mkimage, folder):
        self.mkimage = mkimage
        self.folder = folder
        self.made = {}

    def __call__(self, kind="full", chip="bk7231t", seed=0, size=None, options=()):
        key = (kind, chip, seed, size, options)
        if key not in self.made:
            path = self.folder / str(len(self.made))
            command = [self.mkimage, "--kind", kind, "--chip", chip, "--seed", str(seed), *options, path]
            subprocess.run(command + (["--size", str(size)] if size else []), check=True, timeout=60)
            self.made[key] = path.read_bytes()
        return self.made[key]


def crc16(data):
    value = 0xFFFF
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ (0x18005 if value & 0x8000 else 0)) & 0x1FFFF
    return value & 0xFFFF


def encode(code):
    """Code as it lies in the flash."""
    out = bytearray()
    for at in range(0, len(code), 32):
        part = code[at : at + 32].ljust(32, b"\xff")
        out += part + crc16(part).to_bytes(2, "big")
    return bytes(out)


def put(data, at, part):
    return data[:at] + part + data[at + len(part) :]


def rbl(body, raw_size=None):
    """An update container; raw_size: of the body when it is unpacked."""
    header = struct.pack("<4sII16s24s24sIIII", b"RBL\0", 0x102, 1600000000, b"app", b"1.0.1", b"secret-serial",
                         binascii.crc32(body), 0, raw_size or 2 * len(body), len(body))
    return header + struct.pack("<I", binascii.crc32(header)) + body

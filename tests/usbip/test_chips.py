# SPDX-License-Identifier: GPL-2.0-or-later
"""Each chip of the emulator by USB/IP: probe, read, erase, write, verify."""
import random
import subprocess

import pytest

from beken_bench import EMU
from matrix import covers

SECTOR, PAGE, PIECE = 4096, 256, 24


def chips():
    """Name and JEDEC ID of each, as `beken-emu chips` lists them."""
    table = subprocess.run([EMU, "chips"], capture_output=True, text=True, timeout=20, check=True).stdout
    return [line.split()[:2] for line in table.splitlines() if line.split()[1:]]


def covered(chip, operation):
    return covers("client of tests/usbip", "usbip", chip, operation)


def address(number):
    return number.to_bytes(3, "big")


def read(programmer, start, length):
    return b"".join(programmer.command(b"\x03" + address(at), min(PIECE, start + length - at))
                    for at in range(start, start + length, PIECE))


def change(programmer, *command):
    """A command that needs WREN, and the wait for its end."""
    programmer.command([0x06])
    programmer.command(b"".join(command))
    assert any(not programmer.command([0x05], 1)[0] & 1 for _ in range(100000)), "WIP never clears"


def test_there_are_chips():
    assert ["BK7231T", "1C7015"] in chips()


@pytest.mark.parametrize("chip, jedec_id", chips())
def test_chip(serve, tmp_path, chip, jedec_id):
    image = tmp_path / "die.bin"
    content = bytearray(random.Random(chip).randbytes(64 * 1024))
    image.write_bytes(content)
    server = serve("protect=none", options=["--chip", chip, "--flash", str(image)])
    programmer = server.programmer()
    programmer.setup()
    with covered(chip, "probe"):
        if programmer.jedec_id().hex() != jedec_id.lower():
            assert programmer.enter().hex() == jedec_id.lower()
    with covered(chip, "read"):
        assert read(programmer, SECTOR - PAGE, 2 * PAGE) == content[SECTOR - PAGE:SECTOR + PAGE]
    with covered(chip, "erase"):
        change(programmer, b"\x20", address(SECTOR))
        content[SECTOR:2 * SECTOR] = b"\xff" * SECTOR
        assert read(programmer, SECTOR - PAGE, 2 * PAGE) == content[SECTOR - PAGE:SECTOR + PAGE]
    with covered(chip, "write"):
        for at in range(SECTOR, SECTOR + PAGE, 16):
            content[at:at + 16] = bytes(range(16))
            change(programmer, b"\x02", address(at), content[at:at + 16])
    with covered(chip, "verify"):
        assert read(programmer, SECTOR - PAGE, 3 * PAGE) == content[SECTOR - PAGE:SECTOR + 2 * PAGE]
    assert server.stop() == 0
    assert image.read_bytes()[:len(content)] == content
    assert set(image.read_bytes()[len(content):]) <= {0xff}

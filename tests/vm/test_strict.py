# SPDX-License-Identifier: GPL-2.0-or-later
"""Both faces on a board where each doubtful fact is the less comfortable one, with the real libusb and kernel."""
import pytest

from programmers import assert_left_well, guest, random_file

SIZE = 128 << 10
LIMIT = 240
CHIP = "BK-SMALL-CMP"
SETTINGS = ["board=strict", "tse_ms=4"]
ALONE = "From now on each frame is sent alone, as with pipeline=no"
# The programs, and how they are told what to do.
FACES = {
    "launcher": ("flashrom -p ch341a_beken -c 'SFDP-capable chip'",
                 {"read": "-r", "write": "-w", "verify": "-v", "erase": "-E"}),
    "native": ("host-flashrom-1.8.0", {word: word for word in ("read", "write", "verify", "erase")}),
}


@pytest.mark.parametrize("face", FACES)
def test_strict_board(machine, plug, shared, tmp_path, face):
    die = random_file(tmp_path / "die.bin", SIZE, 90)
    image = random_file(shared / "new.bin", SIZE, 91)
    old = die.read_bytes()
    program, operations = FACES[face]

    def run(operation, file=None):
        result = machine.run(f"{program} {operations[operation]} {guest(file) if file else ''}", limit=LIMIT)
        assert result.status == 0, result.out + result.err
        assert (result.out + result.err).count(ALONE) == 1

    def plugged():
        programmers = plug(CHIP, SETTINGS, [die])
        programmers.attach()
        return programmers

    programmers = plugged()
    run("read", shared / "out.bin")
    assert (shared / "out.bin").read_bytes() == old
    run("write", image)
    run("verify", image)
    assert_left_well(programmers.end())
    assert die.read_bytes() == image.read_bytes()
    programmers = plugged()
    run("erase")
    assert_left_well(programmers.end())
    assert die.read_bytes() == b"\xff" * SIZE

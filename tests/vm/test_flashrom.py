# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's flashrom behind our launcher, and by itself, with the real libusb."""
import pytest

from programmers import assert_left_well, covered, guest, random_file

MIB = 1 << 20
# A whole die takes some 15 s to read where two processors have nothing else to do.
LIMIT = 240
# 512 sectors; the die's own 40 ms and more for each would pass in real time.
FAST_ERASE = ["tse_ms=4"]


def test_read_of_a_whole_die(machine, plug, shared, tmp_path):
    die = random_file(tmp_path / "die.bin", 2 * MIB, 1)
    programmers = plug("BK7231T", flashes=[die])
    programmers.attach()
    with covered("+ launcher", "BK7231T", "read"):
        result = machine.run(f"flashrom -p ch341a_beken -r {guest(shared / 'out.bin')}", limit=LIMIT)
        assert result.status == 0, result.err
        assert (shared / "out.bin").read_bytes() == die.read_bytes()
    seen = programmers.end()
    assert_left_well(seen)
    assert seen.device("dirty") == "no" and seen.device("wrsr") == "0", "a read changes nothing"
    assert seen.device("state") == "boot"


def test_write_of_a_whole_protected_die(machine, plug, shared, tmp_path):
    die = random_file(tmp_path / "die.bin", 2 * MIB, 2)
    image = random_file(shared / "new.bin", 2 * MIB, 3)
    programmers = plug("BK7231T", FAST_ERASE, [die])
    programmers.attach()
    with covered("+ launcher", "BK7231T", "write"):
        result = machine.run(f"flashrom -p ch341a_beken -w {guest(image)}", limit=2 * LIMIT)
        assert result.status == 0, result.err
        assert "VERIFIED" in result.out
    seen = programmers.end()
    assert_left_well(seen)
    assert die.read_bytes() == image.read_bytes()


def test_erase_of_a_whole_die(machine, plug, tmp_path):
    die = random_file(tmp_path / "die.bin", 2 * MIB, 4)
    programmers = plug("BK7231N", FAST_ERASE, [die])
    programmers.attach()
    with covered("+ launcher", "BK7231N", "erase"):
        result = machine.run("flashrom -p ch341a_beken -E", limit=LIMIT)
        assert result.status == 0, result.err
    assert_left_well(programmers.end())
    assert die.read_bytes() == b"\xff" * (2 * MIB)


def test_verify_of_a_whole_die(machine, plug, shared, tmp_path):
    die = random_file(tmp_path / "die.bin", 2 * MIB, 5)
    same, other = shared / "same.bin", shared / "other.bin"
    same.write_bytes(die.read_bytes())
    other.write_bytes(die.read_bytes()[:-1] + bytes([die.read_bytes()[-1] ^ 1]))
    (shared / "layout").write_text("00000000:001fefff first\n001ff000:001fffff last\n")
    plug("BK7231T", flashes=[die]).attach()
    with covered("+ launcher", "BK7231T", "verify"):
        result = machine.run(f"flashrom -p ch341a_beken -v {guest(same)}", limit=LIMIT)
        assert result.status == 0 and "VERIFIED" in result.out, result.err
        result = machine.run(f"flashrom -p ch341a_beken -l {guest(shared / 'layout')} -i last -v {guest(other)}",
                             limit=LIMIT)
        assert result.status == 3, "one bit in the last byte differs"


@pytest.fixture
def kept(machine, plug, tmp_path):
    """A small unprotected die that our side has left in SPI mode."""
    random_file(tmp_path / "die.bin", 64 << 10, 6)
    programmers = plug("BK-SMALL", ["firmware_protects=no"], [tmp_path / "die.bin"])
    programmers.attach()
    result = machine.run("flashrom -p ch341a_beken:leave=keep -c W25X05 --flash-size", limit=LIMIT)
    assert result.status == 0, result.err
    return programmers


def test_driver_of_flashrom_reads_a_kept_die(machine, kept, shared, tmp_path):
    with covered("ch341a_spi", "BK-SMALL", "read"):
        result = machine.run(f"/usr/sbin/flashrom -p ch341a_spi -c W25X05 -r {guest(shared / 'out.bin')}",
                             limit=LIMIT)
        assert result.status == 0, result.err
        assert (shared / "out.bin").read_bytes() == (tmp_path / "die.bin").read_bytes()
    assert kept.end().device("cen_pulses") == "1", "only our side has reset the chip"


def test_driver_of_flashrom_writes_a_kept_die(machine, kept, shared, tmp_path):
    image = random_file(shared / "new.bin", 64 << 10, 7)
    with covered("ch341a_spi", "BK-SMALL", "write"):
        result = machine.run(f"/usr/sbin/flashrom -p ch341a_spi -c W25X05 -w {guest(image)}", limit=LIMIT)
        assert result.status == 0, result.err
    kept.end()
    assert (tmp_path / "die.bin").read_bytes() == image.read_bytes()


def test_driver_of_flashrom_erases_a_kept_die(machine, kept, tmp_path):
    with covered("ch341a_spi", "BK-SMALL", "erase"):
        result = machine.run("/usr/sbin/flashrom -p ch341a_spi -c W25X05 -E", limit=LIMIT)
        assert result.status == 0, result.err
    kept.end()
    assert (tmp_path / "die.bin").read_bytes() == b"\xff" * (64 << 10)

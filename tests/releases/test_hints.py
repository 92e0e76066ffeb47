# SPDX-License-Identifier: GPL-2.0-or-later
"""What is special to one release, and what we do about it: never a wrong success,
and one command line for all of them."""
import re
import subprocess

import pytest

from beken_bench import FLASHROM, MKIMAGE, environment
from chips import GD25Q32
from images import APPLICATION, MIB, RF, Maker, put
from programs import each_program, flashprog

SMALL = {"chip": "BK-SMALL"}
SIZE = 64 << 10
# No release knows this die, and it has no SFDP.
UNKNOWN = {"chip": "BK7231N-nosfdp", "settings": ["jedec_id=aa6015"]}


def run(bench, program, *arguments, **options):
    return bench.flashrom(*arguments, env=dict(environment(), FLASHROM=program.path), **options)


def layout(bench):
    bench.path("layout").write_text("00000000:00000fff boot\n00001000:00003fff app\n00004000:0000ffff rest\n")
    return ["-l", "layout"]


def names_in(result):
    """The definitions from which flashrom wants the user to choose."""
    line = re.search(r"Multiple flash chip definitions match the detected chip\(s\): (.*)", result.out + result.err)
    return re.findall(r'"([^"]+)"', line[1]) if line else []


SEVERAL = [("BK7252-W25Q32", 4 * MIB, None), ("BK7252-XT25F16B", 2 * MIB, "XT25F16B")]


@each_program
@pytest.mark.parametrize("chip, size, part", SEVERAL)
def test_one_of_several_names_is_taken(bench, program, chip, size, part):
    die = bench.random_file("die.bin", size, 1)
    result = run(bench, program, "-r", "it's read.bin", chip=chip, flash=die)
    assert result.status == 0, result.err
    assert bench.path("it's read.bin").read_bytes() == die.read_bytes()
    names, said = names_in(result), re.search(r'using "(.*)"; -c chooses another', result.message)
    assert bool(names) == bool(said)
    if said:
        assert said[1] == (part or names[0]) and said[1] in names
        assert f"{len(names)} definitions in flashrom's list have this ID" in result.message
    assert result.device("cen_pulses") == "2", "in and out, once each"


@each_program
def test_a_chosen_name_is_never_replaced(bench, program):
    chip, size, _ = SEVERAL[0]
    die = bench.random_file("die.bin", size, 1)
    names = names_in(run(bench, program, chip=chip, flash=die))
    for name in names[-1:]:
        result = run(bench, program, "-c", name, "-r", "out.bin", chip=chip, flash=die)
        assert result.status == 0, result.err
        assert "chooses another" not in result.message
        assert bench.path("out.bin").read_bytes() == die.read_bytes()
    assert run(bench, program, "-c", "no such flash", chip=chip, flash=die).status != 0


@each_program
@pytest.mark.parametrize("chip, size, part", SEVERAL[1:])
def test_a_flash_with_several_names_is_written(bench, program, chip, size, part):
    """Judged and placed before the first run of the two."""
    image = Maker(MKIMAGE, bench.folder)
    before = image(chip="bk7252", size=size, seed=1)
    firmware = image("qio", chip="bk7252", seed=2)
    die = bench.path("die.bin")
    die.write_bytes(before)
    bench.path("fw.bin").write_bytes(firmware)
    result = run(bench, program, "-w", "fw.bin", chip=chip, flash=die, record=False)
    assert result.status == 0, result.err
    assert die.read_bytes() == put(before, 0, firmware)
    assert result.message.count("QIO") == 1
    assert result.message.count("Written, and verified.") == 1
    assert not names_in(result) or f'using "{part}"' in result.message


@each_program
def test_an_unknown_flash_is_no_success_and_costs_no_backup(bench, program):
    backup = bench.random_file("backup.bin", 2 << 20, 5)
    before = backup.read_bytes()
    result = run(bench, program, "-r", "backup.bin", **UNKNOWN)
    assert result.status not in (0, 2)
    assert backup.read_bytes() == before
    assert "AA6015" in result.message
    if "ended as if all were well" in result.message:
        assert "backup.bin still has its old content." in result.message


@each_program
@pytest.mark.parametrize("arguments", [["-r", "new.bin"], ["-v", "empty"], ["-w", "empty"], ["-E"],
                                       ["-l", "layout", "-i", "boot", "-r", "new.bin"],
                                       ["-l", "layout", "-i", "boot:new.bin", "-r"],
                                       ["-x", "-l", "layout", "-i", "boot:new.bin"]])
def test_nothing_is_a_success_on_an_unknown_flash(bench, program, arguments):
    layout(bench)
    bench.path("empty").write_bytes(b"")
    result = run(bench, program, *arguments, **UNKNOWN)
    assert result.status != 0
    if bench.path("new.bin").exists():
        # Nobody else's file is removed, but nobody should trust it.
        assert "new.bin holds nothing from the flash" in result.message
    assert result.device("dirty") == "no"


@each_program
def test_an_old_backup_outlives_a_failed_read(bench, program):
    backup = bench.random_file("backup.bin", SIZE, 5)
    before = backup.read_bytes()
    result = run(bench, program, "-r", "backup.bin", settings=["stall_in_at=1500"], **SMALL)
    assert result.status == 1
    assert backup.read_bytes() == before
    assert "holds nothing" not in result.message


@each_program
def test_a_region_is_written_from_its_own_file(bench, program):
    """`-i REGION:FILE -w`: as it is where it works; where it does not, nothing is changed, and we say what works."""
    die = bench.random_file("die.bin", SIZE, 1)
    before = die.read_bytes()
    part = bench.random_file("app.bin", 0x3000, 2).read_bytes()
    expected = before[:0x1000] + part + before[0x4000:]
    result = run(bench, program, *layout(bench), "-i", "app:app.bin", "-N", "-w", flash=die, **SMALL)
    if result.status:
        assert result.device("dirty") == "no" and die.read_bytes() == before
        assert f"Not every release of {program.package} takes -i REGION:FILE" in result.message
        assert "Name the region alone, with a file as large as the flash" in result.message
        bench.path("whole.bin").write_bytes(expected)
        result = run(bench, program, "-l", "layout", "-i", "app", "-N", "-w", "whole.bin", flash=die, **SMALL)
    else:
        assert program.release >= (1, 5)
        assert "REGION:FILE" not in result.message
    assert result.status == 0, result.err
    assert die.read_bytes() == expected


@each_program
@pytest.mark.parametrize("operation", ["-w", "-v"])
def test_firmware_of_another_size_is_placed(bench, program, operation):
    """Less than the flash, and part of it to be left out: it ends within a sector."""
    image = Maker(MKIMAGE, bench.folder)
    die, dump = bench.path("die.bin"), image(seed=2)[:0x1E3210]
    before = put(image(seed=1), 0x1E3210, b"rest of the sector")
    expected = put(put(before, 0, dump), RF["bk7231t"], before[RF["bk7231t"]:][:4096])
    die.write_bytes(expected if operation == "-v" else before)
    bench.path("a dump.bin").write_bytes(dump)
    result = run(bench, program, operation, "a dump.bin", chip="BK7231T", flash=die, record=False)
    assert result.status == 0, result.err
    assert die.read_bytes() == expected
    assert "0x0 to 0x1e0000, 0x1e1000 to 0x1e4000; RF calibration and settings stay." in result.message
    assert ("Written, and verified." if operation == "-w" else "Verified.") in result.message
    if operation == "-w":
        return
    assert result.device("dirty") == "no"
    die.write_bytes(put(expected, 0x1E320F, bytes([expected[0x1E320F] ^ 1])))
    result = run(bench, program, operation, "a dump.bin", chip="BK7231T", flash=die, record=False)
    assert result.status != 0 and "Verified." not in result.message


@each_program
@pytest.mark.parametrize("kind, chip, address, size", [("qio", "BK7231T", 0, None), ("ua", "BK7231T", APPLICATION, None),
                                                       ("qio", "BK7231N", 0, APPLICATION)])
def test_firmware_goes_to_its_place(bench, program, kind, chip, address, size):
    image = Maker(MKIMAGE, bench.folder)
    before, firmware = image(chip=chip.lower(), seed=1), image(kind, chip=chip.lower(), seed=2)[:size]
    die = bench.path("die.bin")
    die.write_bytes(before)
    bench.path("fw.bin").write_bytes(firmware)
    result = run(bench, program, "-w", "fw.bin", chip=chip, flash=die, record=False)
    assert result.status == 0, result.err
    assert die.read_bytes() == put(before, address, firmware)
    assert "RF calibration and settings stay." in result.message
    assert not [line for line in result.message.splitlines()
                if line.startswith(("Warning:", "Error:")) and "No backup of this chip is on record" not in line]


@each_program
def test_a_file_that_cannot_boot_is_refused(bench, program):
    image = Maker(MKIMAGE, bench.folder)
    die, before = bench.path("die.bin"), image(seed=1)
    die.write_bytes(before)
    bench.path("zeros.bin").write_bytes(bytes(2 * MIB))
    result = run(bench, program, "-w", "zeros.bin", chip="BK7231T", flash=die, record=False)
    assert result.status == 1
    assert result.device("dirty") == "no" and die.read_bytes() == before
    assert "nothing but 00 where this flash has its bootloader" in result.message


@each_program
def test_a_read_as_another_flash_is_told(bench, program):
    """-f with -c: each release says it in its own words."""
    die = bench.random_file("die.bin", 2 * MIB, 1)
    result = run(bench, program, "-f", "-c", "EN25F80", "-r", "out.bin", chip="BK7231T", flash=die)
    if "double free" in result.err:    # 1.8.0 crashes here
        assert result.status > 128
        return
    assert result.status == 0, result.err
    assert f"{program.package} has read out.bin as a flash of {MIB} bytes" in result.message
    assert "Leave -c and -f out" in result.message
    result = run(bench, program, "-r", "out.bin", chip="BK7231T", flash=die)
    assert result.status == 0 and "as a flash of" not in result.message
    assert bench.path("out.bin").read_bytes() == die.read_bytes()


@each_program
@pytest.mark.parametrize("arguments", [["-i", "app:app.bin", "-r"], ["-i", "app:app.bin", "-r", "full.bin"],
                                       ["-x", "-i", "app:app.bin"]])
def test_a_region_is_read_into_its_own_file(bench, program, arguments):
    die = bench.random_file("die.bin", SIZE, 1)
    result = run(bench, program, *layout(bench), *arguments, flash=die, **SMALL)
    if result.status:
        assert f"Not every release of {program.package} takes -i REGION:FILE" in result.message
        assert not bench.path("app.bin").exists()
        result = run(bench, program, "-l", "layout", "-i", "app", "-r", "full.bin", flash=die, **SMALL)
        assert result.status == 0, result.err
        assert bench.path("full.bin").read_bytes()[0x1000:0x4000] == die.read_bytes()[0x1000:0x4000]
        return
    assert bench.path("app.bin").read_bytes() == die.read_bytes()[0x1000:0x4000]


@flashprog
def test_commands_of_flashprog_reach_it(bench, program):
    die = bench.random_file("die.bin", SIZE, 1)
    result = bench.run(FLASHROM, "prog", "-r", "out.bin", flash=die, env=dict(environment(), FLASHROM=program.path),
                       **SMALL)
    assert result.status == 0, result.err
    assert bench.path("out.bin").read_bytes() == die.read_bytes()


@flashprog
def test_write_protection_options_become_a_command_of_flashprog(bench, program):
    chip = {"chip": "BK7231-GD25Q16C", "settings": GD25Q32}
    result = run(bench, program, "--wp-status", params="unprotect=no", **chip)
    assert result.status == 1
    assert "flashprog wp status." in result.message
    result = bench.run(FLASHROM, "wp", "status", "-p", "ch341a_beken:unprotect=no",
                       env=dict(environment(), FLASHROM=program.path), **chip)
    assert result.status == 0, result.err
    assert "Protection range" in result.out
    assert result.device("dirty") == "no"


@flashprog
def test_flashprog_is_named_where_no_flashrom_is(tmp_path, program):
    (tmp_path / "flashprog").symlink_to(program.path)
    env = dict(environment(), PATH=str(tmp_path), FLASHROM="flashrom-that-nobody-has")
    result = subprocess.run([FLASHROM, "-h"], capture_output=True, text=True, env=env, check=False)
    assert result.returncode == 1
    assert f"set FLASHROM={tmp_path}/flashprog" in result.stderr
    result = subprocess.run([FLASHROM, "-h"], capture_output=True, text=True, env=dict(env, FLASHROM="flashprog"),
                            check=False)
    assert result.returncode == 0 and "Usage: flashprog" in result.stdout

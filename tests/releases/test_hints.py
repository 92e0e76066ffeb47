# SPDX-License-Identifier: GPL-2.0-or-later
"""What is special to one release, and what we say to it: never a wrong success,
and the command line that works."""
import random
import shlex
import subprocess

import pytest

from beken_bench import FLASHROM, MKIMAGE, environment
from chips import GD25Q32
from images import MIB, RF, Maker, put
from programs import each_program, flashprog

SMALL = {"chip": "BK-SMALL"}
SIZE = 64 << 10
# No release knows this die, and it has no SFDP.
UNKNOWN = {"chip": "BK7231N-nosfdp", "settings": ["jedec_id=aa6015"]}


def run(bench, program, *arguments, **options):
    return bench.flashrom(*arguments, env=dict(environment(), FLASHROM=program.path), **options)


def carry_out(bench, program, line, **options):
    return bench.run(*shlex.split(line), env=dict(environment(), FLASHROM=program.path), **options)


def layout(bench):
    bench.path("layout").write_text("00000000:00000fff boot\n00001000:00003fff app\n00004000:0000ffff rest\n")
    return ["-l", "layout"]


@each_program
@pytest.mark.parametrize("chip, size, part", [("BK7252-W25Q32", 4 << 20, None),
                                              ("BK7252-XT25F16B", 2 << 20, "XT25F16B")])
def test_one_of_several_names_is_proposed_and_works(bench, program, chip, size, part):
    die = bench.random_file("die.bin", size, 1)
    result = run(bench, program, "-r", "it's read.bin", chip=chip, flash=die)
    if result.status == 0:
        assert bench.path("it's read.bin").read_bytes() == die.read_bytes()
        assert not result.proposals
        return
    assert result.status == 1
    assert not bench.path("it's read.bin").exists()
    assert f"{program.package} knows " in result.message
    lines = result.proposals
    names = [shlex.split(line)[shlex.split(line).index("-c") + 1] for line in lines]
    assert len(set(names)) == len(names) > 1
    assert all(f'"{name}"' in result.out + result.err for name in names)
    assert part is None or names[0] == part
    result = carry_out(bench, program, lines[0], chip=chip, flash=die)
    assert result.status == 0, result.err
    assert bench.path("it's read.bin").read_bytes() == die.read_bytes()


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
    """`-i REGION:FILE -w`: as it is where it works, as we say where it does not."""
    die = bench.random_file("die.bin", SIZE, 1)
    before = die.read_bytes()
    bench.path("backup.bin").write_bytes(before)
    part = random.Random(2).randbytes(0x3000)
    bench.path("app.bin").write_bytes(part)
    result = run(bench, program, *layout(bench), "-i", "app:app.bin", "-N", "-w", flash=die, **SMALL)
    if result.status:
        assert result.device("dirty") == "no"
        *preparations, line = result.proposals
        for preparation in preparations:
            subprocess.run(preparation, shell=True, cwd=bench.folder, check=True, capture_output=True)
        result = carry_out(bench, program, line, flash=die, **SMALL)
    else:
        assert not result.proposals
        assert program.release >= (1, 5)
    assert result.status == 0, result.err
    assert die.read_bytes() == before[:0x1000] + part + before[0x4000:]


@each_program
@pytest.mark.parametrize("operation", ["-w", "-v"])
def test_firmware_of_another_size_is_written_by_the_lines(bench, program, operation):
    """Less than the flash, and part of it to be left out: the ends of regions lie within sectors."""
    image = Maker(MKIMAGE, bench.folder)
    die, dump = bench.path("die.bin"), image(seed=2)[:0x1E3210]
    die.write_bytes(image(seed=1))
    expected = put(put(image(seed=1), 0, dump), RF["bk7231t"], image(seed=1)[RF["bk7231t"]:][:4096])
    if operation == "-v":
        die.write_bytes(expected)
    bench.path("a dump.bin").write_bytes(dump)
    result = run(bench, program, operation, "a dump.bin", chip="BK7231T", flash=die, record=False)
    assert result.status == 1 and result.device("dirty") == "no"
    assert f"{program.package} takes only a file as large as the flash, {2 * MIB} bytes" in result.message
    for line in result.proposals:
        result = bench.run("sh", "-c", line, chip="BK7231T", flash=die, record=False,
                           env=dict(environment(), FLASHROM=program.path))
        assert result.status == 0, result.err
    assert die.read_bytes() == expected


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
    line, = result.proposals
    result = carry_out(bench, program, line, chip="BK7231T", flash=die)
    assert result.status == 0 and not result.proposals
    assert bench.path("out.bin").read_bytes() == die.read_bytes()


@each_program
@pytest.mark.parametrize("arguments", [["-i", "app:app.bin", "-r"], ["-i", "app:app.bin", "-r", "full.bin"],
                                       ["-x", "-i", "app:app.bin"]])
def test_a_region_is_read_into_its_own_file(bench, program, arguments):
    die = bench.random_file("die.bin", SIZE, 1)
    result = run(bench, program, *layout(bench), *arguments, flash=die, **SMALL)
    if result.status:
        line, *rest = result.proposals
        result = carry_out(bench, program, line, flash=die, **SMALL)
        for after in rest:
            subprocess.run(after, shell=True, cwd=bench.folder, check=True, capture_output=True)
    assert result.status == 0, result.err
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
    line, = result.proposals
    result = carry_out(bench, program, line, **chip)
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

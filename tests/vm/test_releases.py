# SPDX-License-Identifier: GPL-2.0-or-later
"""Other releases' own CH341A drivers, with the real libusb, on a die that our side has opened."""
import pathlib
import re
import shutil
import subprocess

import pytest

from matrix import covers
from programmers import guest, random_file

SIZE = 64 << 10
LIMIT = 240
each_release = pytest.mark.parametrize("program", ["flashrom-trixie", "flashrom-sid", "flashprog-sid"], indirect=True)


def closure(found):
    """The files that the program needs: its loader first, then itself, then its libraries."""
    loader = next((found.root / "usr" / "lib64").glob("ld-linux*"))
    executable = found.root / "usr" / re.search(r"/root/usr/(s?bin/\S+)", pathlib.Path(found.path).read_text())[1]
    libraries = next(path for path in (found.root / "usr" / "lib").glob("*-linux-gnu") if path.is_dir())
    listed = subprocess.run([loader, "--inhibit-cache", "--library-path", libraries, "--list", executable],
                            capture_output=True, text=True, check=True).stdout
    return [loader, executable, *re.findall(r"=> (/\S+)", listed)]


@pytest.fixture
def driver(program, machine):
    """The command of the release's own driver, in the guest."""
    folder = machine.folder / program.name.replace(" ", "-")
    files = closure(program)
    if not folder.exists():
        folder.mkdir()
        for file in files:
            shutil.copy(file, folder)
    loader, executable = (f"{guest(folder)}/{pathlib.Path(file).name}" for file in files[:2])
    return f"{loader} --inhibit-cache --library-path {guest(folder)} {executable} -p ch341a_spi -c W25X05"


@each_release
def test_driver_reads_writes_and_erases_a_kept_die(machine, plug, shared, tmp_path, program, driver):
    die = random_file(tmp_path / "die.bin", SIZE, 1)
    image = random_file(shared / "new.bin", SIZE, 2)
    programmers = plug("BK-SMALL", ["protect=none", "firmware_protects=no"], [die])
    programmers.attach()
    result = machine.run("flashrom -p ch341a_beken:leave=keep -c W25X05 --flash-size", limit=LIMIT)
    assert result.status == 0, result.err
    with covers(f"{program.name} ch341a_spi", "usbip", "BK-SMALL", "probe", "read", "write", "verify", "erase"):
        for arguments in (f"-r {guest(shared / 'first.bin')}", f"-w {guest(image)}", f"-r {guest(shared / 'second.bin')}",
                          "-E"):
            result = machine.run(f"{driver} {arguments}", limit=LIMIT)
            assert result.status == 0, result.out + result.err
        assert (shared / "first.bin").read_bytes() == random_file(tmp_path / "same.bin", SIZE, 1).read_bytes()
        assert (shared / "second.bin").read_bytes() == image.read_bytes()
        seen = programmers.end()
        assert die.read_bytes() == b"\xff" * SIZE
        assert seen.device("cen_pulses") == "1", "only our side has reset the chip"

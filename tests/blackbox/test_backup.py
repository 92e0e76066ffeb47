# SPDX-License-Identifier: GPL-2.0-or-later
"""backup=FOLDER: the flash is saved, and what was saved is good, before it is changed."""
import os
import pathlib
import random
import re
import signal
import subprocess
import sys

import pytest

from beken_bench import BUILD, FLASHROM, WRAP, Bench, assert_pins_are_safe, can_mount, environment
from images import BLOCK, encode, put

MIB = 1 << 20
SMALL, CMP = ("BK-SMALL", 64 << 10), ("BK-SMALL-CMP", 128 << 10)
CODE_END = 3000 * BLOCK
DATA = 112 << 10
WRITES = {"06", "01", "31", "20", "52", "d8", "60", "c7", "02"}
NAME = re.compile(r"ch341a_beken-[0-9A-F]{6}-\d{8}-\d{6}(-\d+)?\.bin")


@pytest.fixture
def folder(bench):
    path = bench.path("backups")
    path.mkdir()
    return path


def files(bench, kind=CMP):
    chip, size = kind
    return chip, bench.random_file("die.bin", size, 1), bench.random_file("new.bin", size, 2)


def run(bench, *arguments, kind=CMP, params="backup=backups,image=raw", **options):
    """With image=raw nothing is read for the judgement of the file, so the reads are those of backup and flashrom."""
    chip, die, image = files(bench, kind)
    before = die.read_bytes()
    result = bench.flashrom(*(arguments or ("-w", image)), chip=chip, flash=die, params=params, **options)
    return result, before, die.read_bytes(), image.read_bytes()


def assert_one_backup(result, folder, content):
    names = os.listdir(folder)
    assert len(names) == 1 and NAME.fullmatch(names[0]), names
    assert (folder / names[0]).read_bytes() == content
    assert f"backups/{names[0]}" in result.message


def assert_untouched(result, before, after):
    """Neither the content nor the status registers of the die."""
    assert after == before
    assert result.device("programs") == result.device("erases") == result.device("wrsr") == "0"


def opcodes(result):
    """Of all frames to the die, in order."""
    return [event.split()[2] for event in result.events("spi") if event.split()[0] == "spi" and len(event.split()) > 2]


# ---- what goes well ----

@pytest.mark.parametrize("kind", [SMALL, CMP], ids=lambda kind: kind[0])
@pytest.mark.parametrize("operation", ["-w", "-E"])
def test_backup_is_the_flash_before_the_write(bench, folder, kind, operation):
    arguments = ["-w", bench.path("new.bin")] if operation == "-w" else ["-E"]
    result, before, after, image = run(bench, *arguments, kind=kind)
    assert result.status == 0, result.err
    assert after == (image if operation == "-w" else b"\xff" * len(before))
    assert_one_backup(result, folder, before)


def reads_before_a_write(result):
    """Address and length of each read of content that comes before the first write enable."""
    found = []
    for event in result.events("spi"):
        words = event.split()
        if words[2] in WRITES:
            break
        if words[2] == "03":
            found.append((int(words[3], 16), int(words[1]) - 4))
    return found


def size_of(reads):
    return sum(n for _, n in reads)


def test_all_of_it_is_read_twice_before_anything_else(bench, folder):
    """flashrom's own read, and the second one: then the first write enable."""
    result, before, _, _ = run(bench)
    assert result.status == 0, result.err
    assert size_of(reads_before_a_write(result)) == 2 * len(before)
    codes = opcodes(result)
    first = next(i for i, code in enumerate(codes) if code in WRITES)
    # What is held back while the backup is made is right afterwards: enable and
    # status write twice (two registers), then enable and erase.
    after = [code for code in codes[first:] if code in WRITES]
    assert after[:6] == ["06", "31", "06", "01", "06", "20"], after[:8]
    assert "03" not in codes[first:first + 20]


def die_with_code(bench):
    """128 KiB: code up to CODE_END, erased blocks, data from DATA on."""
    code = encode(random.Random(1).randbytes(CODE_END // BLOCK * 32))
    content = code.ljust(DATA, b"\xff") + random.Random(3).randbytes(CMP[1] - DATA)
    path = bench.path("die.bin")
    path.write_bytes(content)
    return path, content


def change_of(bench, content):
    bench.path("new.bin").write_bytes(put(content, DATA, bytes(4096)))
    return bench.path("new.bin")


def test_code_is_proven_by_its_crcs(bench, folder):
    """The second read has but the rest, and flashrom's own first read is enough."""
    die, before = die_with_code(bench)
    result = bench.flashrom("-w", change_of(bench, before), chip=CMP[0], flash=die,
                            params="backup=backups,image=raw")
    assert result.status == 0, result.err
    assert_one_backup(result, folder, before)
    reads = reads_before_a_write(result)
    assert size_of(reads) == len(before) + len(before) - CODE_END
    assert all(address >= CODE_END for address, _ in reads[-1:])
    assert "what no CRC proves is read a second time, which takes about 1 s" in result.message


def test_what_flashrom_has_not_read_is_read_by_the_backup(bench, folder):
    """It writes a region and has read no more than that."""
    die, before = die_with_code(bench)
    bench.path("layout").write_text(f"00000000:{DATA - 1:08x} code\n{DATA:08x}:0001ffff data\n")
    result = bench.flashrom("-l", "layout", "-i", "data", "-N", "-w", change_of(bench, before), chip=CMP[0], flash=die,
                            params="backup=backups,image=raw")
    assert result.status == 0, result.err
    assert_one_backup(result, folder, before)
    assert "takes 1 to 2 s" in result.message
    reads = reads_before_a_write(result)
    assert size_of(reads) == 2 * len(before) - CODE_END
    assert reads[0][0] == DATA and (0, 65518) in reads


def test_code_that_was_read_wrong_is_right_in_the_backup(bench, folder):
    die, before = die_with_code(bench)
    result = bench.flashrom("-c", "SFDP-capable chip", "-E", chip=CMP[0], flash=die, params="backup=backups",
                            settings=["bit_error_every=90000"])
    # Whatever becomes of the erase.
    assert_one_backup(result, folder, before)
    found = re.search(r"read wrong and, a second time, right: 1, the first at 0x([0-9A-F]{6})", result.message)
    assert found and (int(found[1], 16), BLOCK) in reads_before_a_write(result), result.message


def test_the_bytes_of_the_first_erase_are_those_without_a_backup(bench, folder):
    def frames(params):
        result, *_ = run(bench, params=params)
        assert result.status == 0
        lines = result.events("spi")
        codes = opcodes(result)
        start = next(i for i, code in enumerate(codes) if code in WRITES)
        end = codes.index("02") + 2
        # How often the die is asked whether it has finished is a matter of time.
        return [line for line in lines[start:end] if line.split()[2] != "05"]
    found = frames("backup=backups")
    assert found == frames("") and len(found) >= 8


def test_a_whole_die_of_2_mib(bench, folder):
    if WRAP:
        pytest.skip("large dies are not run under valgrind")
    die = bench.random_file("die.bin", 2 * MIB, 1)
    before = die.read_bytes()
    image = bytearray(before)
    image[0x11000:0x12000] = bytes(0x1000)
    bench.path("new.bin").write_bytes(image)
    plain = bench.flashrom("-w", "new.bin", chip="BK7231T", flash=die, record=False)
    die.write_bytes(before)
    result = bench.flashrom("-w", "new.bin", chip="BK7231T", flash=die, params="backup=backups", record=False)
    assert plain.status == result.status == 0, result.err
    assert die.read_bytes() == bytes(image)
    assert_one_backup(result, folder, before)
    said = int(re.search(r"takes about (\d+) s", result.message)[1])
    took = (result.emulated_ms - plain.emulated_ms) / 1000
    assert 0.85 * said < took < 1.1 * said, (said, took)


def test_a_die_that_is_in_no_table_tells_its_size_itself(bench, folder):
    result, before, after, image = run(bench)
    assert "size unknown" in result.message and "5a" in result.opcodes()
    assert after == image
    assert_one_backup(result, folder, before)


def test_reading_and_verifying_make_none(bench, folder):
    for arguments in (["-r", "out.bin"], ["-v", "die.bin"], ["--flash-size"]):
        result, before, after, _ = run(bench, *arguments)
        assert result.status == 0, result.err
        assert_untouched(result, before, after)
        assert not os.listdir(folder) and "backup" not in result.message


def test_a_protected_die_is_saved_before_its_protection_is_cleared(bench, folder):
    result, before, after, image = run(bench, settings=["protect=4204"])
    assert result.status == 0 and after == image, result.err
    assert_one_backup(result, folder, before)
    assert result.message.index("as it was before") < result.message.index("Write protection cleared")


def test_a_die_that_stays_protected_is_saved_too(bench, folder):
    result, before, after, _ = run(bench, settings=["protect=04b4", "wp_pin=low"])
    assert result.status != 0 and after == before
    assert_one_backup(result, folder, before)


def test_a_second_run_makes_a_second_file(bench, folder):
    for number in range(1, 4):
        result, before, _, _ = run(bench)
        assert result.status == 0, result.err
        assert len(os.listdir(folder)) == number
    assert all((folder / name).read_bytes() == before for name in os.listdir(folder))


@pytest.mark.parametrize("params", ["backup={}", "leave=keep,backup={}/,unprotect=auto"])
def test_a_path_with_blanks_and_quotes(bench, params):
    odd = bench.path("it's a folder=\u00e4")
    odd.mkdir()
    result, before, _, _ = run(bench, params=params.format(odd))
    assert result.status == 0, result.err
    assert [path.read_bytes() for path in odd.iterdir()] == [before]
    assert f"{odd}/ch341a" in result.message


# ---- any flash ----

def test_enter_never_with_a_die_of_the_table(bench, folder):
    if WRAP:
        pytest.skip("large dies are not run under valgrind")
    die = bench.random_file("die.bin", 2 * MIB, 1)
    before = die.read_bytes()
    result = bench.flashrom("-c", "GD25Q16(B)", "-E", chip="GD25Q16C", flash=die, params="enter=never,backup=backups",
                            record=False)
    assert result.status == 0, result.err
    assert_one_backup(result, folder, before)


def test_enter_never_with_a_die_that_only_sfdp_describes(bench, folder):
    chip, die, image = files(bench)
    before = die.read_bytes()
    settings = ["jedec_id=ef7f11", f"size={CMP[1]}", "sfdp=yes"]
    result = bench.flashrom("-w", image, chip="W25Q64", flash=die, settings=settings,
                            params="enter=never,backup=backups")
    assert result.status == 0, result.err
    assert die.read_bytes() == image.read_bytes()
    assert_one_backup(result, folder, before)


@pytest.mark.parametrize("chip, settings, words", [
    # Nothing says how large it is; its ID is not to be trusted outside a Beken chip.
    ("W25X05", [], ["how large", "-r"]),
])
def test_enter_never_without_a_size(bench, folder, chip, settings, words):
    die = bench.random_file("die.bin", SMALL[1], 1)
    before = die.read_bytes()
    result = bench.flashrom("-c", "W25X05", "-E", chip=chip, flash=die, settings=settings,
                            params="enter=never,backup=backups")
    assert result.status in (1, 2), result.err
    for word in words:
        assert word in result.message
    assert_untouched(result, before, die.read_bytes())
    assert not os.listdir(folder)


# ---- folders that will not do ----

@pytest.mark.parametrize("value, words", [
    ("nowhere", ["nowhere", "No such file"]),
    ("new.bin", ["new.bin", "Not a directory"]),
    ("~/backups", ["~/backups", "$HOME"]),
    ("x" * 768, ["767 characters"]),
    ("", ['"backup"', "folder"]),
])
@pytest.mark.parametrize("operation", ["-w", "-r"])
def test_a_folder_that_will_not_do_is_said_before_the_chip_is_touched(bench, value, words, operation):
    _, die, image = files(bench)
    result = bench.flashrom(operation, image if operation == "-w" else "out.bin", chip=CMP[0], flash=die,
                            params=f"backup={value}")
    assert result.status == 1, result.err
    last = [line for line in result.err.splitlines() if line.strip()][-1]
    for word in words:
        assert word in last, last
    assert result.device("cen_pulses") == "0" and result.device("transfers") == "0"
    assert not bench.path("out.bin").exists()


@pytest.mark.skipif(bool(WRAP), reason="valgrind must write into the folder")
def test_a_folder_of_somebody_else(bench, folder):
    """As nobody, whom the rights of a folder stop."""
    if os.geteuid():
        folder.chmod(0o555)
        prefix = []
    else:
        prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        for path in (bench.folder, bench.path("backups")):
            path.chmod(0o755)
        # The folders of pytest are the user's alone.
        for parent in bench.folder.parents[:2]:
            parent.chmod(0o755)
    _, die, image = files(bench)
    result = bench.run(*prefix, FLASHROM, "-p", "ch341a_beken:backup=backups", "-w", image, chip=CMP[0], flash=die)
    if result.status == 126 or "Permission denied" in result.err.splitlines()[0]:
        pytest.skip("the programs are in folders of the user alone")
    assert result.status == 1, result.err
    assert "Permission denied" in result.message
    assert result.device("cen_pulses") == "0"


# ---- a backup that fails ----

def test_a_limit_of_the_file_size(bench, folder):
    """100 KiB: enough for flashrom's log, too little for the flash."""
    result, before, after, _ = limited(bench, "ulimit -f 200; exec \"$@\"")
    assert result.status in (1, 2), result.err
    assert "File too large" in result.message and "not changed" in result.message
    assert_untouched(result, before, after)
    assert not os.listdir(folder)


def limited(bench, script):
    """Writes through a shell that sets something up first."""
    chip, die, image = files(bench)
    before = die.read_bytes()
    result = bench.run("sh", "-c", script, "sh", *WRAP, FLASHROM, "-p", "ch341a_beken:backup=backups", "-w", image,
                       chip=chip, flash=die)
    assert_pins_are_safe(result)
    return result, before, die.read_bytes(), image.read_bytes()


@pytest.mark.skipif(not can_mount(), reason="no file system can be mounted")
@pytest.mark.parametrize("kib", [4, 64, 124])
def test_a_full_disk(bench, folder, kib):
    """In a namespace of its own, so that it is gone with the run."""
    script = (f"mount -t tmpfs -o size={kib}k tmpfs backups && \"$@\"; status=$?; "
              "echo left: $(ls -A backups | wc -l); exit $status")
    chip, die, image = files(bench)
    before = die.read_bytes()
    result = bench.run("unshare", "-m", "sh", "-c", script, "sh", *WRAP, FLASHROM, "-p",
                       "ch341a_beken:backup=backups", "-w", image, chip=chip, flash=die)
    assert result.status in (1, 2), result.err
    assert "No space left on device" in result.message and "not changed" in result.message
    assert "left: 0" in result.out
    assert_untouched(result, before, die.read_bytes())


@pytest.mark.parametrize("kind", [CMP], ids=lambda kind: kind[0])
def test_a_die_that_reads_differently_is_not_written(bench, folder, kind):
    # Rare enough for ID and SFDP to be read without an error.
    result, before, after, _ = run(bench, "-c", "SFDP-capable chip", "-E", kind=kind,
                                   settings=["bit_error_every=40000"])
    assert result.status in (1, 2), result.err
    found = re.search(r"read a second time, first at 0x([0-9A-F]{6})", result.message)
    assert found and int(found[1], 16) < len(before), result.message
    assert "supply" in result.message and "wires" in result.message
    assert_untouched(result, before, after)
    assert not os.listdir(folder)


# ---- interrupted ----

@pytest.fixture(scope="module")
def span(tmp_path_factory):
    """Numbers of the transfers between which the backup of a write is made."""
    bench = Bench(tmp_path_factory.mktemp("span"))
    bench.path("backups").mkdir()
    result, *_ = run(bench)
    assert result.status == 0
    reads = [i for i, line in enumerate(result.record) if re.match(r"\S+ 0 spi \d+ 03", line)]
    # Two reads of flashrom, three of the backup, of which the last is short.
    return [sum(" usb " in line for line in result.record[:reads[i]]) for i in (1, 3)]


def moment(span, part):
    """A transfer in one of the first two reads."""
    begin, end = span
    return int(begin + (part + 0.5) * (end - begin) / 2)


def assert_no_file(result, folder):
    assert not os.listdir(folder), os.listdir(folder)
    assert result.device("cen") == "high" and result.device("dir") == "00"


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP"])
@pytest.mark.parametrize("part", [1] if WRAP else [0, 1])
def test_a_signal_ends_it_soon_and_leaves_nothing(bench, folder, span, name, part):
    at = moment(span, part)
    result, before, after, _ = run(bench, options=["--signal", f"{name}:group@transfer:{at}"])
    assert result.status == 128 + signal.Signals[f"SIG{name}"], result.err
    assert_untouched(result, before, after)
    assert_no_file(result, folder)
    # The piece under way is read to its end, and no other.
    assert opcodes(result).count("03") == 2 + part + 1


@pytest.mark.parametrize("part", [1] if WRAP else [0, 1])
def test_unplugged_in_the_middle(bench, folder, span, part):
    at = moment(span, part)
    result, before, after, _ = run(bench, settings=[f"unplug_at_transfer={at}"])
    assert result.status in (1, 2), result.err
    assert "unplugged" in result.message
    assert_untouched(result, before, after)
    assert not os.listdir(folder)


# ---- many at once ----

def test_eight_at_once_into_one_folder(bench, folder):
    """In the same second of the emulated clock."""
    dies = [bench.random_file(f"die{i}.bin", CMP[1], 100 + i) for i in range(8)]
    before = [die.read_bytes() for die in dies]
    image = bench.random_file("new.bin", CMP[1], 2)
    script = "\n".join(
        [f'"$0" -p ch341a_beken:device={i},backup=backups -w new.bin >out{i} 2>err{i} & p{i}=$!' for i in range(8)] +
        [f"wait $p{i} || echo bad {i}" for i in range(8)])
    options = [word for i, die in enumerate(dies) for word in ("--flash", f"{i}:{die}")]
    result = bench.run("sh", "-c", script, FLASHROM, chip=CMP[0], settings=["devices=8"], options=options,
                       record=False)
    assert result.status == 0 and "bad" not in result.out, result.out + result.err
    assert all(die.read_bytes() == image.read_bytes() for die in dies)
    saved = [path.read_bytes() for path in folder.iterdir()]
    assert len(saved) == 8 and sorted(saved) == sorted(before)
    for i in range(8):
        name = re.search(r"backups/(ch341a\S+\.bin)", bench.path(f"err{i}").read_text())[1]
        assert (folder / name).read_bytes() == before[i]


# ---- the other faces ----

def test_serve_makes_one_too(bench, folder):
    """A session of `ch341a-beken serve` is one like any other."""
    chip, die, image = files(bench)
    before = die.read_bytes()
    script = bench.path("script")
    script.write_text(f"""
import re, subprocess, sys
server = subprocess.Popen([{str(BUILD / "ch341a-beken")!r}, "serve", "--once", "--listen", "127.0.0.1:0", "-p",
                           "backup=backups"], stdout=subprocess.PIPE, text=True)
port = re.search(r":(\\d+)$", server.stdout.readline().strip())[1]
client = subprocess.run(["/usr/sbin/flashrom", "-p", "serprog:ip=127.0.0.1:" + port, "-w", "new.bin"])
print("client", client.returncode, "server", server.wait(60))
""")
    result = bench.run(sys.executable, script, chip=chip, flash=die)
    assert "client 0 server 0" in result.out, result.out + result.err
    assert die.read_bytes() == image.read_bytes()
    assert [path.read_bytes() for path in folder.iterdir()] == [before]
    assert "The flash as it was before is in backups/ch341a_beken-EB6011" in result.err


def test_help_and_manual_name_the_parameter():
    root = pathlib.Path(__file__).resolve().parents[2]
    told = subprocess.run([BUILD / "ch341a-beken", "serve", "--help"], capture_output=True, text=True, check=True,
                          env=environment()).stdout
    assert "backup=FOLDER" in told
    assert "Cm backup Ns = Ns Ar folder" in (root / "doc/man/ch341a_beken.7").read_text()

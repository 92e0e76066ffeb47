# SPDX-License-Identifier: GPL-2.0-or-later
"""Dies as Beken firmware leaves them are written in one run."""
import pytest

from beken_bench import WRAP

MIB = 1 << 20
# Chip, protect (SR2 SR1), and the registers that must be left: BP and CMP are
# gone, all else is as it was.
STATES = [
    ("BK7231T", "7c", 0x40, 0x00),
    ("BK7231T", "34", 0x00, 0x00),
    ("BK7231N", "4004", 0x00, 0x00),
    ("BK7231N", "4204", 0x00, 0x02),
    ("BK7231N", "06b4", 0x80, 0x06),
    ("BK7231N", "46b4", 0x80, 0x06),
    ("BK7252", "4004", 0x00, 0x00),
    ("BK7252-W25Q32", "4204", 0x00, 0x02),
    ("BK7231-GD25Q16C", "3c", 0x00, 0x00),
    ("BK7231-GD25Q16C", "4204", 0x00, 0x02),
    ("BK7238-P25Q16HB", "4004", 0x00, 0x00),
    ("BK7238-P25Q16HB", "04", 0x00, 0x00),
    ("BK-MX25V1635F", "7c", 0x40, 0x00),
]
VARIANTS = {
    "plain": [],
    "one-byte 01 clears SR2": ["wrsr_one_byte=clears"],
    "no 31h": ["wrsr_31=no"],
    "no 31h, one-byte 01 clears SR2": ["wrsr_31=no", "wrsr_one_byte=clears"],
    "no two-byte 01": ["wrsr_two_byte=no", "wrsr_31=yes"],
}


def sizes(chip):
    return 4 * MIB if chip.startswith("BK7252") else 2 * MIB


def region_write(bench, chip, settings, region="00010000:00012fff", **options):
    die = bench.random_file("die.bin", sizes(chip), 1)
    image = bench.random_file("new.bin", sizes(chip), 2)
    bench.path("layout").write_text(f"{region} part\n")
    result = bench.flashrom("-l", "layout", "-i", "part", "-N", "-w", image, chip=chip, flash=die,
                            settings=["firmware_protects=no", *settings], **options)
    start, end = (int(number, 16) for number in region.split(":"))
    return result, die.read_bytes()[start:end + 1] == image.read_bytes()[start:end + 1]


def can_be_unprotected(chip, protect, variant):
    """Not a die with a second register that takes neither 31h nor a two-byte 01h."""
    two_byte_only = "wrsr_31=no" in VARIANTS[variant]
    return not (two_byte_only and chip == "BK7238-P25Q16HB" and len(protect) == 4)


# Each state once under valgrind, in the variant that takes the longest way.
@pytest.mark.parametrize("chip, protect, sr1, sr2, variant", [
    (*state, variant)
    for state in STATES for variant in (["no 31h, one-byte 01 clears SR2"] if WRAP else VARIANTS)
    if can_be_unprotected(*state[:2], variant)
])
def test_protected_die_is_written_in_one_run(bench, chip, protect, sr1, sr2, variant):
    result, written = region_write(bench, chip, [f"protect={protect}", *VARIANTS[variant]])
    assert result.status == 0, result.out + result.err
    assert written
    assert int(result.device("sr1"), 16) == sr1
    sr2_now = int(result.device("sr2"), 16)
    if chip != "BK-MX25V1635F":    # what 15h reads there is no second status register
        assert sr2_now == sr2
    assert "Write protection cleared" in result.message


def test_each_register_is_written_once(bench):
    result, written = region_write(bench, "BK7231N", ["protect=4204"])
    assert written
    assert result.opcodes()["31"] == 1
    assert result.opcodes()["01"] == 1


def test_one_register_die_never_gets_a_write_to_a_second(bench):
    for absent in ("idle", "sr1"):
        result, written = region_write(bench, "BK7231T", ["protect=7c", f"sr2_absent={absent}"])
        assert written
        assert "31" not in result.opcodes()
        writes = [event.split()[1] for event in result.events("spi") if event.split()[2] == "01"]
        assert writes == ["2"], "opcode and one byte"


def test_unprotected_die_gets_no_status_write(bench):
    result, written = region_write(bench, "BK7231N", ["protect=none"])
    assert written
    assert not {"01", "31", "11"} & set(result.opcodes())


def test_unprotected_only_right_before_the_first_erase(bench):
    result, written = region_write(bench, "BK7231N", ["protect=4004"])
    assert written
    opcodes = [event.split()[2] for event in result.events("spi")]
    first = min(opcodes.index("31"), opcodes.index("01"))
    assert "03" in opcodes[:first], "flashrom reads the old content first"
    assert opcodes.index("20" if "20" in opcodes else "d8") > first
    assert "02" not in opcodes[:first]


def test_locked_register_is_said_and_nothing_is_written(bench):
    result, written = region_write(bench, "BK7231N", ["protect=04b4", "wp_pin=low"])
    assert result.status not in (0,)
    assert not written
    assert "stays write-protected" in result.message and "WP#" in result.message
    assert result.device("dirty") == "no"


def test_unprotect_no_leaves_the_registers_to_flashrom(bench):
    result, written = region_write(bench, "BK7231T", ["protect=7c"], params="unprotect=no")
    assert written
    assert result.device("sr1") == "7c", "flashrom clears the bits and restores them at the end"


def test_found_state_is_said(bench):
    result = bench.flashrom(chip="BK7231N", settings=["protect=4204"])
    assert "Flash EB6015 (TH25Q16HB, 2 MiB), SR1=04 SR2=42: write-protected" in result.message
    result = bench.flashrom(chip="BK7231N", settings=["protect=none"])
    assert "not write-protected" in result.message

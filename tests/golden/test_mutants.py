# SPDX-License-Identifier: GPL-2.0-or-later
"""The tests of the model must see a broken model: it is broken in many ways, one
at a time, and each time one of them must fail. A mutant is a piece of text that
stands once in a file of the model, and what is put in its place."""
import os
import pathlib
import subprocess

import pytest

REPO = pathlib.Path(__file__).resolve().parents[2]
MODEL = REPO / "tests/emulator"
SELFTEST = MODEL / "selftest"
GOLDEN = REPO / "tests/golden"
SOURCES = ["bench.c", "bench_descriptors.c", "bench_protect.c", "bench_sfdp.c", "bench_spi.c", "bench_trace.c",
           "bench_wires.c", "beken_soc.c", "ch341a_model.c", "chips.c", "nor_die.c", "settings.c", "usb_bus.c"]
CC = os.environ.get("CC", "cc")
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-O1", f"-I{MODEL}", f"-I{SELFTEST}", f"-I{GOLDEN}"]
PROGRAMS = {
    "die": [SELFTEST / f"{name}.c" for name in (
        "check", "die_bed", "nor_test", "nor_power_test", "nor_protection_test", "nor_reading_test",
        "nor_status_test", "nor_writing_test")],
    "model": [SELFTEST / f"{name}.c" for name in ("check", "die_bed", "bench_test")],
    "published": [SELFTEST / "check.c"] + [GOLDEN / f"{name}.c" for name in (
        "bench_of", "expect", "gui", "matrix", "published", "published_test", "script")],
}

# what: (which program must fail, file, text, in its place)
MUTANTS = {
    "WIP is not shown": ("die", "nor_die.c", "| (die->wip ? SR1_WIP : 0)", ""),
    "writes need no write enable": ("die", "nor_die.c", "\treturn die->wel;\n}", "\treturn true;\n}"),
    "WEL stays after a write": ("die", "nor_die.c", "\tdie->wip = false;\n\tdie->wel = false;\n\tif (die->busy",
                                "\tdie->wip = false;\n\tif (die->busy"),
    "WEL stays after a refused program": (
        "die", "nor_die.c", '\t\tdie->wel = false;\n\t\trefuse(die, t, "program of a protected page");',
        '\t\trefuse(die, t, "program of a protected page");'),
    "a program sets bits": ("die", "nor_die.c", "*byte &= die->data[i % PAGE];", "*byte = die->data[i % PAGE];"),
    "a page does not wrap": ("die", "nor_die.c", "&die->array[page + (first + i) % PAGE];\n\n\t\tdie->dirty",
                             "&die->array[page + first + i];\n\n\t\tdie->dirty"),
    "an erase does not align": ("die", "nor_die.c", "die->address & ~(what.length - 1)", "die->address"),
    "52 erases 64 KiB": ("die", "nor_die.c", "{ 32768, die->set->t_be32 }", "{ 65536, die->set->t_be32 }"),
    "erase ignores protection": ("die", "nor_die.c", "\treturn is_protected(die, start, length);\n", "\treturn false;\n"),
    "a range locked in part is erased": ("die", "nor_die.c", "range.start < start + length;",
                                         "range.start <= start;"),
    "CMP without meaning": ("die", "bench_protect.c", "return sr[1] & 0x40 ? complement(range, size) : range;",
                            "return range;"),
    "TB without meaning": ("die", "bench_protect.c", "place(block_length(bp, size), bottom, size);\n\treturn sr[1]",
                           "place(block_length(bp, size), false, size);\n\treturn sr[1]"),
    "SEC goes up to 64 KiB": ("die", "bench_protect.c", "min_size(4 * KIB << (bp - 1), 32 * KIB), bottom",
                              "min_size(4 * KIB << (bp - 1), 64 * KIB), bottom"),
    "a block is 64 KiB on every die": ("die", "bench_protect.c", "size / 64 > 64 * KIB ? size / 64 : 64 * KIB",
                                       "64 * KIB"),
    "EON 110 is not all": ("die", "bench_protect.c", "bp >= 6 ? size : block_length(bp, size), sr[0] & 0x20",
                           "bp >= 7 ? size : min_size(block_length(bp, size), size / 2), sr[0] & 0x20"),
    "EN25QH16B erases the chip with BP bits": ("die", "nor_die.c", "protect_any_bp(decode, die->sr[0]))",
                                               "false)"),
    "MX counts TB from SR1": ("die", "bench_protect.c", "block_length(bp, size), sr[1] & 0x08", "block_length(bp, size), false"),
    "new bits at once in a status write": (
        "die", "nor_die.c", "\tgo_busy(die, t, WRITE_STATUS, duration);",
        "\tmemcpy(die->sr, die->next_sr, sizeof(die->sr));\n\tgo_busy(die, t, WRITE_STATUS, duration);"),
    "a one-byte 01 clears SR2 on every die": ("die", "nor_die.c", "else if (die->set->wrsr_clears_sr2)", "else"),
    "one-time bits go back": ("die", "nor_die.c", "(value & 0x7f) | (old & SR2_OTP)", "value & 0x7f"),
    "volatile bits stay": ("die", "nor_die.c", "\tmemcpy(die->sr, die->stored, sizeof(die->sr));\n\tdie->wel = die->vol",
                           "\tdie->wel = die->vol"),
    "SRP1 is for ever": ("die", "nor_die.c", "die->stored[1] &= (uint8_t)~SR2_SRP1;", ";"),
    "WP# does not count": ("die", "nor_die.c", "return die->sr[0] & SR1_SRP0 && die->set->wp_low;", "return false;"),
    "busy answers 9F": ("die", "nor_die.c", "die->kind != READ_STATUS || die->busy == RELEASE",
                        "(die->kind != READ_STATUS && die->kind != READ_ID) || die->busy == RELEASE"),
    "asleep it still reads": ("die", "nor_die.c", "if (die->asleep && die->kind != RELEASE)",
                              "if (die->asleep && die->kind == WRITE_ENABLE)"),
    "99 without 66": ("die", "nor_die.c", "if (exact(die) && die->fresh_enable)\n\t\t\treset", "if (exact(die))\n\t\t\treset"),
    "power loss leaves an erase whole": ("die", "nor_die.c", "\t\telse\n\t\t\tcorrupt_bytes(die);", "\t\telse\n\t\t\t;"),
    "SFDP gives half the size": ("die", "bench_sfdp.c", "(uint32_t)(die_size * 8 - 1)", "(uint32_t)(die_size * 4 - 1)"),
    "SFDP swaps erase opcodes": ("die", "bench_sfdp.c", "0x520f200c", "0xd80f200c"),
    "90 does not care for its address": ("die", "nor_die.c", "(die->address ^ (uint32_t)die->count) & 1",
                                         "(uint32_t)die->count & 1"),
    "writes start off a byte boundary": ("die", "nor_die.c", "if (!low && bits == 0 && die->count > 0)",
                                         "if (!low && die->count > 0)"),
    "reads do not wrap at the size": ("die", "nor_die.c",
                                      "die->address &= (uint32_t)die->size - 1;\n}",
                                      "die->address &= (uint32_t)die->size / 2 - 1;\n}"),
    "D2 shows with CS low only": ("published", "beken_soc.c", "\tif (soc->set->miso_hidden)",
                                  "\tif (soc->set->miso_hidden || !soc->selected)"),
    "D2 is taken with CS high": ("model", "beken_soc.c", "if (!soc->selected || byte != SYNC)", "if (byte != SYNC)"),
    "any byte is taken for D2": ("published", "beken_soc.c", "if (!soc->selected || byte != SYNC)",
                                 "if (!soc->selected)"),
    "one D2 more is needed": ("published", "beken_soc.c", "soc->synced >= soc->set->accept_bytes",
                              "soc->synced > soc->set->accept_bytes"),
    "the window begins with the start": ("published", "beken_soc.c", "soc->window_end = t + soc->set->window;",
                                         "soc->window_end = t + soc->set->start + soc->set->window;"),
    "the die is there at once": ("published", "beken_soc.c", "enter(soc, t, SWITCH, t + soc->set->flash_ready);",
                                 "enter(soc, t, SWITCH, t);"),
    "FF while it switches": ("published", "beken_soc.c", "\treturn 0x00;\n}\n\nstatic int boot_out",
                             "\treturn SOC_HI_Z;\n}\n\nstatic int boot_out"),
    "left-over bytes never end": ("model", "beken_soc.c", "soc->residue_left--;", ";"),
    "a fused chip has a window": ("published", "beken_soc.c", "if (soc->set->fused || t >= soc->window_end)",
                                  "if (t >= soc->window_end)"),
    "SPI mode outlives CEN": ("published", "beken_soc.c", "\telse\n\t\tenter_off(soc, t);\n}",
                              "\telse if (soc->state != FLASH)\n\t\tenter_off(soc, t);\n}"),
    "mode 3 is always heard": ("published", "bench_spi.c", "!spi->parts.set->spi_mode3_ignored", "true"),
    "answers MSB first": ("published", "ch341a_model.c", "answer(chip, reversed(wires_byte(", "answer(chip, (wires_byte("),
}


def build(folder, program, replaced=None):
    """Returns the program; replaced is (name, text) of one file of the model."""
    sources = []
    for name in SOURCES:
        if replaced and replaced[0] == name:
            path = folder / name
            path.write_text(replaced[1])
            sources.append(path)
        else:
            sources.append(MODEL / name)
    binary = folder / program
    subprocess.run([CC, *FLAGS, "-o", binary, *PROGRAMS[program], *sources], check=True)
    return binary


def status_of(binary):
    """Any end but a good one in time counts as a failure seen."""
    try:
        return subprocess.run([binary], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60,
                              check=False).returncode
    except subprocess.TimeoutExpired:
        return "hangs"


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_model_as_it_is_passes(tmp_path, program):
    assert status_of(build(tmp_path, program)) == 0


@pytest.mark.parametrize("what", MUTANTS)
def test_a_broken_model_is_seen(tmp_path, what):
    program, name, text, replacement = MUTANTS[what]
    source = (MODEL / name).read_text()
    assert source.count(text) == 1, f"the text stands {source.count(text)} times in {name}"
    broken = (name, source.replace(text, replacement))
    assert status_of(build(tmp_path, program, broken)) != 0, f"{program} does not see it"

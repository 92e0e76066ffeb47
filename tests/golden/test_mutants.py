# SPDX-License-Identifier: GPL-2.0-or-later
"""The tests of the model must see a broken model: it is broken in many ways, one
at a time, and each time one of them must fail. So must the test of our own entry
with a broken core. A mutant is a piece of text that stands once in a file, and
what is put in its place."""
import os
import pathlib
import shlex
import subprocess

import pytest

REPO = pathlib.Path(__file__).resolve().parents[2]
MODEL = REPO / "tests/emulator/model"
SELFTEST = REPO / "tests/emulator/selftest"
GOLDEN = REPO / "tests/golden"
CORE = REPO / "programmer/core"
MODEL_SOURCES = sorted(path.name for path in MODEL.glob("*.c"))
# The clock is the bench's.
CORE_SOURCES = sorted(path.name for path in CORE.glob("*.c") if path.name != "clock.c")
CC = os.environ.get("CC", "cc")
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-O1", f"-I{MODEL}", f"-I{SELFTEST}", f"-I{GOLDEN}", f"-I{CORE}",
         *shlex.split(subprocess.run(["pkg-config", "--cflags", "libusb-1.0"], capture_output=True, text=True,
                                     check=True).stdout)]
PROGRAMS = {
    "die": [SELFTEST / f"{name}.c" for name in (
        "check", "die_bed", "nor_test", "nor_power_test", "nor_protection_test", "nor_reading_test",
        "nor_status_test", "nor_writing_test", "nor_large_test")],
    "chip": [SELFTEST / f"{name}.c" for name in ("check", "die_bed", "soc_test")],
    "board": [SELFTEST / f"{name}.c" for name in ("check", "bench_bed", "bench_test")],
    "adapter": [SELFTEST / f"{name}.c" for name in ("check", "bench_bed", "adapter_test")],
    "cen": [SELFTEST / f"{name}.c" for name in ("check", "bench_bed", "cen_test")],
    "published": [SELFTEST / "check.c"] + [GOLDEN / f"{name}.c" for name in (
        "bench_of", "expect", "gui", "matrix", "published", "published_test", "script")],
    "wires": [SELFTEST / "check.c"] + [CORE / name for name in CORE_SOURCES] + [GOLDEN / f"{name}.c" for name in (
        "bench_clock", "bench_of", "libusb_bench", "matrix", "trial", "wires_test")],
    "entry": [SELFTEST / "check.c"] + [CORE / name for name in CORE_SOURCES] + [GOLDEN / f"{name}.c" for name in (
        "bench_clock", "bench_of", "entry_test", "libusb_bench", "matrix", "trial", "variants")],
}
# Enough to see each mutant.
ARGUMENTS = {"entry": ["--seeds", "10"], "wires": ["7"]}

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
    "CMP without meaning": ("die", "die_protection.c",
                            "bottom, size);\n\treturn sr[1] & 0x40 ? complement(range, size) : range;",
                            "bottom, size);\n\treturn range;"),
    "CMP without meaning above 16 MiB": (
        "die", "die_protection.c", "sr[0] & 0x40, size);\n\treturn sr[1] & 0x40 ? complement(range, size) : range;",
        "sr[0] & 0x40, size);\n\treturn range;"),
    "TB without meaning": ("die", "die_protection.c", "place(block_length(bp, size), bottom, size);\n\treturn sr[1]",
                           "place(block_length(bp, size), false, size);\n\treturn sr[1]"),
    "SEC goes up to 64 KiB": ("die", "die_protection.c", "min_size(4 * KIB << (bp - 1), 32 * KIB), bottom",
                              "min_size(4 * KIB << (bp - 1), 64 * KIB), bottom"),
    "a block is 64 KiB on every die": ("die", "die_protection.c", "size / 64 > 64 * KIB ? size / 64 : 64 * KIB",
                                       "64 * KIB"),
    "EON 110 is not all": ("die", "die_protection.c", "bp >= 6 ? size : block_length(bp, size), sr[0] & 0x20",
                           "bp >= 7 ? size : min_size(block_length(bp, size), size / 2), sr[0] & 0x20"),
    "EN25QH16B erases the chip with BP bits": ("die", "nor_die.c", "protect_any_bp(decode, die->sr[0]))",
                                               "false)"),
    "MX counts TB from SR1": ("die", "die_protection.c", "block_length(bp, size), sr[1] & 0x08", "block_length(bp, size), false"),
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
    "SFDP gives half the size": ("die", "die_sfdp.c", "(uint32_t)(die_size * 8 - 1)", "(uint32_t)(die_size * 4 - 1)"),
    "SFDP swaps erase opcodes": ("die", "die_sfdp.c", "0x520f200c", "0xd80f200c"),
    "90 does not care for its address": ("die", "nor_die.c", "(die->address ^ (uint32_t)die->count) & 1",
                                         "(uint32_t)die->count & 1"),
    "writes start off a byte boundary": ("die", "nor_die.c", "if (!low && bits == 0 && die->count > 0)",
                                         "if (!low && die->count > 0)"),
    "reads do not wrap at the size": ("die", "nor_die.c",
                                      "die->address &= (uint32_t)die->size - 1;\n}",
                                      "die->address &= (uint32_t)die->size / 2 - 1;\n}"),
    "three bytes reach everything": ("die", "nor_die.c", "die->four_bytes || needs_large_die(op) ? 4 : 3", "is_large(die) ? 4 : 3"),
    "every die takes four bytes": ("die", "nor_die.c", "if (needs_large_die(op) && !is_large(die))", "if (false)"),
    "four bytes outlive the power": ("die", "nor_die.c", "die->four_bytes = is_large(die) && die->sr[2] & SR3_ADP;", ";"),
    "the extended address needs no write enable": ("die", "nor_die.c", "\tif (!die->wel)\n\t\trefuse(die, t, \"write without write enable\");\n\telse if (data", "\tif (data"),
    "the extended address does not count": ("die", "nor_die.c", "has_address(die->kind) ? die->extended : 0", "false ? die->extended : 0"),
    "D2 shows with CS low only": ("published", "beken_soc.c", "\tif (soc->set->miso_hidden)",
                                  "\tif (soc->set->miso_hidden || !soc->selected)"),
    "D2 is taken with CS high": ("chip", "beken_soc.c", "if (!soc->selected || byte != SYNC)", "if (byte != SYNC)"),
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
    "left-over bytes never end": ("chip", "beken_soc.c", "soc->residue_left--;", ";"),
    "a fused chip has a window": ("published", "beken_soc.c", "if (soc->set->fused || t >= soc->window_end)",
                                  "if (t >= soc->window_end)"),
    "SPI mode outlives CEN": ("published", "beken_soc.c", "\tif (!high)\n\t\tsoc->off_at", "\tif (!high && soc->state != FLASH)\n\t\tsoc->off_at"),
    "a short pulse resets": ("chip", "beken_soc.c", "soc->off_at = t + soc->set->off;", "soc->off_at = t;"),
    "short pulses add up": ("chip", "beken_soc.c", "\telse\n\t\tsoc->off_at = BENCH_NEVER;\t/* too short */\n", ""),
    "mode 3 is always heard": ("published", "bench_spi.c", "!spi->parts.set->spi_mode3_ignored", "true"),
    "a pin write takes no time": ("board", "ch341a_model.c", "#define UIO_OP_NS 750", "#define UIO_OP_NS 0"),
    "no end of answers": ("board", "usb_bus.c", "bus->reply_count >= (size_t)bus->set->in_buffer_packets;",
                          "false;"),
    "CEN without a wire falls": ("board", "wires.c", "if (wires->set->wire_cen == WIRE_OPEN)\n\t\treturn true;",
                                 "if (wires->set->wire_cen == WIRE_OPEN)\n\t\treturn false;"),
    "silent pin reads are answered": ("adapter", "ch341a_model.c", "if (!chip->set->uio_in_silent)\n\t\t\tanswer", "answer"),
    "no packet passes another": ("adapter", "ch341a_model.c", "packet[0] == CMD_SPI_STREAM && chip->set->frame_overtakes &&",
                                 "false &&"),
    "every packet waits in the queue": ("adapter", "ch341a_model.c", "} else if (!chip->busy) {\n\t\tclock_queue(chip);",
                                        "} else if (chip->queued) {\n\t\tclock_queue(chip);"),
    "the queue of SPI bytes has one place": ("adapter", "ch341a_model.c", "#define SPI_QUEUE 4", "#define SPI_QUEUE 1"),
    "a reset keeps the queue": ("adapter", "ch341a_model.c", "\tchip->queued = 0;\n", ""),
    "queued bytes take no time": ("adapter", "ch341a_model.c", "\tchip->t = end;\n", ""),
    "joined answers leave at once": ("adapter", "usb_bus.c", "length < JOINED_MAX ? next_frame(ready) : ready", "ready"),
    "a joined answer grows on its way": ("adapter", "usb_bus.c",
                                         "(bus->flight == FLIGHT_IN && bus->reply_count == 1)", "false"),
    "a joined answer has 32 bytes": ("adapter", "usb_bus.c", "#define JOINED_MAX (PACKET - 1)", "#define JOINED_MAX PACKET"),
    "a board wins over what is set": ("adapter", "assignments.c", "if (concerns(a, dev) && is_single_setting(a->key))",
                                      "if (concerns(a, dev) && is_single_setting(a->key) && value_of(list, dev, \"board\", 0) == 0)"),
    "the first board counts": ("adapter", "assignments.c", "\t\t\tvalue = a->value;", "\t\t\treturn a->value;"),
    "usb_id changes the product only": ("adapter", "usb_descriptors.c", "(uint8_t)(settings->usb_id >> 16)", "0x86"),
    "a module without power pulls up": ("cen", "cen_line.c", "line->set->power_off ? 0 : SUPPLY_V", "false ? 0 : SUPPLY_V"),
    "an open D2 stays low": ("cen", "cen_line.c", "|| line->set->d2_pullup)", "|| (line->set->d2_pullup && wired(line)))"),
    "D2 is pulled up whatever is set": ("cen", "cen_line.c", "|| line->set->d2_pullup)", "|| true)"),
    "a capacitor that the wire does not reach": ("cen", "cen_line.c", "wired(line) ? (double)line->set->cen_nf : 0",
                                                 "(double)line->set->cen_nf"),
    "a capacitor charges at once": ("cen", "cen_line.c", "return PULL_UP_OHM * nf;", "return 0;"),
    "a driven CEN is as slow as a released one": ("cen", "cen_line.c", "return OUTPUT_OHM * nf;",
                                                  "return PULL_UP_OHM * nf;"),
    "a short pulse leaves no trace in the charge": ("cen", "cen_line.c", "line->volts = volts_at(line, t);",
                                                    "line->volts = line->high ? SUPPLY_V : 0;"),
    "the chip does not feel the capacitor": ("cen", "wires.c", "\treturn wires->cen.high;\n",
                                             "\treturn wires->cen.drive != CEN_DRIVEN_LOW;\n"),
    "answers MSB first": ("published", "ch341a_model.c", "answer(chip, reversed(wires_byte(", "answer(chip, (wires_byte("),
}

# The same of the core.
CORE_MUTANTS = {
    "CEN stays low": ("beken.c", "return drive(device, CH341A_PINS_IDLE, 0);",
                      "return drive(device, CH341A_PINS_IDLE & ~CH341A_PIN_CEN, CH341A_PIN_CEN);"),
    "no reset on the way out": ("beken.c", "\tint error = drive(device, CH341A_PINS_IDLE & ~CH341A_PIN_CEN, "
                                "CH341A_PIN_CEN);\n\n", "\tint error = 0;\n\n"),
    "the pins stay driven": ("beken.c", "return drive(device, CH341A_PINS_IDLE, 0);",
                             "return drive(device, CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);"),
    "the ID is read once and at once": ("beken.c", "#define ID_LIMIT_US 1000000", "#define ID_LIMIT_US 0"),
    "the ID is not waited for 500 ms": ("beken.c", "#define ID_LIMIT_US 1000000", "#define ID_LIMIT_US 400000"),
    "one ID is enough": ("beken.c", "#define SAME_IDS 3", "#define SAME_IDS 0"),
    "a command that changes something": ("beken.c", "opcode = NOR_RELEASE_POWER_DOWN;",
                                         "opcode = NOR_WREN;"),
    "a burst of 1 ms": ("beken.c", "beken_clock_us() + (int64_t)window_ms * 1000;",
                        "beken_clock_us() + 1000;"),
    "another byte than D2": ("beken.h", "#define BEKEN_SYNC 0xd2", "#define BEKEN_SYNC 0xd3"),
    "a pause before the burst": ("beken.c", "\tif (!error)\n\t\terror = stream_window",
                                 "\tdrive(beken->device, CH341A_PINS_IDLE, CH341A_PINS_ALL_OUTPUTS);\n"
                                 "\tclock_sleep_us(60000);\n"
                                 "\tif (!error)\n\t\terror = stream_window"),
    "one attempt": ("beken.c", "attempts->n < most) {", "attempts->n < 1) {"),
    "the wrong sentence": ("beken_diagnosis.c", "*format = silences[cen]", "*format = silences[BEKEN_CEN_LOW]"),
    "frames are queued all the same": ("ch341a.c", "\tif (!device->pipelined)\n\t\tend =", "\tif (false)\n\t\tend ="),
    "frames are never queued": ("ch341a.c", "device->pipelined = pipeline;", "device->pipelined = false;"),
    "no self-test": ("ch341a.c", "pipeline && ch341a_self_test(device) &&", "false &&"),
    "the self-test wants no order": (
        "ch341a.c", "\tch341a_stream_read_pins(&stream);\n\tch341a_stream_spi(&stream, NULL, NO_COMMAND, 1);\n",
        "\tch341a_stream_spi(&stream, NULL, NO_COMMAND, 1);\n"),
    "stale answers are kept": ("ch341a.c", "\terror = drain(device);\n", "\terror = 0;\n"),
}
# And of what is said of broken wires.
WIRE_MUTANTS = {
    "a rise at once proves the wire": ("beken_diagnosis.c", "holds && rises_late ? BEKEN_CEN_GOOD : BEKEN_CEN_UNPROVEN",
                                       "BEKEN_CEN_GOOD"),
    "any late rise proves the wire": ("beken_diagnosis.c", "holds && rises_late ? BEKEN_CEN_GOOD", "rises_late ? BEKEN_CEN_GOOD"),
    "D2 is waited for 2 ms": ("beken_diagnosis.c", "#define RISE_LIMIT_US 200000", "#define RISE_LIMIT_US 2000"),
    "no power is not seen": ("beken_diagnosis.c", "falls ? BEKEN_CEN_LOW : BEKEN_CEN_UNPROVEN", "BEKEN_CEN_UNPROVEN"),
    "a line that does not rise is dead": ("beken_diagnosis.c", "falls ? BEKEN_CEN_LOW : BEKEN_CEN_UNPROVEN", "BEKEN_CEN_LOW"),
    "all attempts are made": ("beken.c", "beken_is_static(attempts, pulse_ms)", "beken_is_static(attempts, 0)"),
    "CEN is measured with a silent MISO only": (
        "beken_diagnosis.c", "if (!beken_was_heard(attempt) && beken->options.attempts &&",
        "if (attempt->stage == BEKEN_STAGE_SILENT && beken->options.attempts &&"),
    "a level is noise": ("beken_diagnosis.c", "return BEKEN_STAGE_UNCLOCKED;", "return BEKEN_STAGE_NOISE;"),
    "firmware answers with an ID": ("beken.c", "if (attempt->window.accepted)", "if (attempt->window.echo)"),
    "zeros after the window are acceptance": ("beken_diagnosis.c", " && seen->n_sync <= ACCEPTED_SYNC", ""),
}


def build(folder, program, replaced=None):
    """Returns the program; replaced is (name, text) of one file, which is compiled in place of that one."""
    sources = PROGRAMS[program] + [MODEL / name for name in MODEL_SOURCES]
    flags = list(FLAGS)
    if replaced:
        path = folder / replaced[0]
        path.write_text(replaced[1])
        sources = [path if source.name == path.name else source for source in sources]
        # A header: before all others, for those who look for it by name.
        flags = [f"-include{path}", *flags] if path.suffix == ".h" else flags
    binary = folder / program
    subprocess.run([CC, *flags, "-o", binary, *sources, "-lm"], check=True)
    return binary


def status_of(program, binary):
    """Any end but a good one in time counts as a failure seen."""
    try:
        return subprocess.run([binary, *ARGUMENTS.get(program, [])], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=120, check=False).returncode
    except subprocess.TimeoutExpired:
        return "hangs"


def check_seen(folder, program, path, text, replacement):
    source = path.read_text()
    assert source.count(text) == 1, f"the text stands {source.count(text)} times in {path.name}"
    binary = build(folder, program, (path.name, source.replace(text, replacement)))
    assert status_of(program, binary) != 0, f"{program} does not see it"


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_is_not_broken_passes(tmp_path, program):
    assert status_of(program, build(tmp_path, program)) == 0


@pytest.mark.parametrize("what", MUTANTS)
def test_a_broken_model_is_seen(tmp_path, what):
    program, name, text, replacement = MUTANTS[what]
    check_seen(tmp_path, program, MODEL / name, text, replacement)


@pytest.mark.parametrize("what", CORE_MUTANTS)
def test_a_broken_core_is_seen(tmp_path, what):
    name, text, replacement = CORE_MUTANTS[what]
    check_seen(tmp_path, "entry", CORE / name, text, replacement)


@pytest.mark.parametrize("what", WIRE_MUTANTS)
def test_a_wrong_diagnosis_is_seen(tmp_path, what):
    name, text, replacement = WIRE_MUTANTS[what]
    check_seen(tmp_path, "wires", CORE / name, text, replacement)

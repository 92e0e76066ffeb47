# SPDX-License-Identifier: GPL-2.0-or-later
"""Chip definitions and macros as flashrom's and flashprog's sources spell them."""
import dataclasses
import re
import textwrap

TAB = 8
MACRO_COLUMN = 32
LINE_LIMIT = 112


@dataclasses.dataclass(frozen=True)
class Spelling:
    """How the sources of a release name functions, and which fields they have."""
    upper_status: bool = True  # functions for erase and status registers are enums
    upper_access: bool = True  # so are those for probing, reading, writing, ranges
    probe_field: bool = True  # else the ID names the way to probe
    flashprog: bool = False  # own functions for write protection, QE, other names of makers


SPELLINGS = {
    "flashrom-1.4": Spelling(),
    "flashprog-1.5": Spelling(upper_status=False, upper_access=False, flashprog=True),
    "flashprog-main": Spelling(upper_status=False, upper_access=False, flashprog=True, probe_field=False),
}


def sort_key(name):
    """Order of names within a maker, as the trees have it: XT25F64B before XT25F128B, no regard to signs."""
    plain = "".join(filter(str.isalnum, name.upper()))
    return [(letters, int(digits or 0)) for letters, digits in re.findall(r"(\D*)(\d*)", plain)]


def macro_of(die, maker):
    return f"{maker.prefix}_{die.names[0]}"


def padded(text, column):
    """Followed by tabs up to the column, and one at least."""
    return text + "\t" * max(1, -(-(column - len(text)) // TAB))


def block_comment(text, indent="", width=77):
    return [f"{indent}/*", *(f"{indent} * {line}" for line in textwrap.wrap(text, width)), f"{indent} */"]


# ---- include/flashchips.h ----

def define_maker(maker):
    remark = f"\t/* {maker.remark} */" if maker.remark else ""
    return padded(f"#define {maker.macro}", MACRO_COLUMN) + f"0x{maker.byte.upper()}{remark}"


def define_die(die, maker):
    line = padded(f"#define {macro_of(die, maker)}", MACRO_COLUMN) + f"0x{die.model:04X}"
    others = die.names[1:]
    return f"{line}\t/* Same as {', '.join(others)} */" if others else line


# ---- flashchips.c ----

def size_text(size):
    if size >= 1 << 20:
        return f"{size >> 20} * 1024 * 1024"
    return f"{size >> 10} * 1024" if size >= 1 << 10 else str(size)


def field(name, value, column=TAB * 2):
    return "\t\t" + padded(f".{name}", column) + f"= {value},"


def sr2_flag(die):
    return {"01": "FEATURE_WRSR_EXT2", "31": "FEATURE_WRSR2"}[die.sr2_write]


def features(die):
    flags = ["FEATURE_WRSR_WREN"]
    if die.has_otp:
        flags.append("FEATURE_OTP")
    if die.sr2_write != "-":
        flags.append(sr2_flag(die))
    return " | ".join(flags)


def note_lines(die):
    one = f"\t\t/* {die.note} */"
    if not die.note:
        return []
    return [one] if len(one.expandtabs(TAB)) <= LINE_LIMIT else block_comment(die.note, "\t\t", 69)


def eraser_lines(die, spell):
    lines = ["\t\t.block_erasers\t=", "\t\t{", "\t\t\t{"]
    for size, opcode in die.erasers:
        if lines[-1] != "\t\t\t{":
            lines.append("\t\t\t}, {")
        lines.append(f"\t\t\t\t.eraseblocks = {{ {{{size_text(size)}, {die.size // size}}} }},")
        lines.append(f"\t\t\t\t.block_erase = {spell('spi_block_erase_' + opcode)},")
    return [*lines, "\t\t\t}", "\t\t},"]


def bit(register, number):
    return f"{{STATUS{register}, {number}, RW}}"


def register_bits(die, with_qe):
    """Pairs of name and value, the latter with a comment where a data sheet may name the bit otherwise."""
    if with_qe and die.qe.startswith("SR"):
        yield "qe", bit(*die.qe[2:].split(".")) + ","
    yield "srp", bit(1, 7) + ","
    if die.has_srl:
        yield "srl", bit(2, 0) + ","
    numbers = (2, 3, 4, 5) if die.has_four_bp_bits else (2, 3, 4)
    yield "bp", "{" + ", ".join(bit(1, number) for number in numbers) + "},"
    if die.bp_mask & 0x20 and not die.has_four_bp_bits:
        yield "tb", bit(1, 5) + ", /* BP3 */"
    if die.bp_mask & 0x40:
        yield "sec", bit(1, 6) + ", /* BP4 */"
    if die.has_cmp:
        yield "cmp", bit(2, 6) + ","


def protection_fields(die, spelling):
    """What write protection needs beside feature_bits."""
    bits = dict(register_bits(die, spelling.flashprog))
    yield "reg_bits", ["\t\t.reg_bits\t=", "\t\t{", *(bit_line(name, bits[name]) for name in bits), "\t\t},"]
    if spelling.flashprog:
        yield "wp_write_cfg", [field("wp_write_cfg", "spi_wp_write_cfg")]
        yield "wp_read_cfg", [field("wp_read_cfg", "spi_wp_read_cfg")]
        yield "wp_get_ranges", [field("wp_get_ranges", "spi_wp_get_available_ranges")]
    access = str.upper if spelling.upper_access else str.lower
    yield "decode_range", [field("decode_range", access("decode_range_spi25"))]


def fields(die, maker, spelling):
    """The fields of a definition in their order: pairs of name and lines."""
    status = str.upper if spelling.upper_status else str.lower
    access = str.upper if spelling.upper_access else str.lower
    write = "spi_chip_write_256" if spelling.flashprog else "spi_chip_write256"
    n_bp = bin(die.bp_mask).count("1") - 1

    def plain(name, value):
        return name, [field(name, value)]

    yield plain("vendor", f'"{spelling.flashprog and maker.flashprog_name or maker.name}"')
    yield plain("name", f'"{die.chip}"')
    yield plain("bustype", "BUS_SPI")
    if spelling.probe_field:
        yield plain("manufacture_id", maker.macro)
        yield plain("model_id", macro_of(die, maker))
    else:
        yield plain("id.type", "ID_SPI_RDID")
        yield plain("id.manufacture", maker.macro)
        yield plain("id.model", macro_of(die, maker))
    yield plain("total_size", die.size >> 10)
    yield plain("page_size", 256)
    yield "feature_bits", [*note_lines(die), field("feature_bits", features(die))]
    yield plain("tested", "TEST_UNTESTED")
    if spelling.probe_field:
        yield plain("probe", access("probe_spi_rdid"))
    yield plain("probe_timing", "TIMING_ZERO")
    yield "block_erasers", eraser_lines(die, status)
    yield plain("printlock", status(f"spi_prettyprint_status_register_bp{n_bp}_srwd"))
    yield plain("write", access(write))
    yield plain("read", access("spi_chip_read"))
    yield plain("voltage", "{{{}, {}}}".format(*die.millivolts))
    yield from protection_fields(die, spelling)
    if spelling.flashprog:
        yield plain("prepare_access", "spi_prepare_io")
        yield plain("finish_access", "spi_finish_io")


def bit_line(name, value):
    return f"\t\t\t.{name:<7}= {value}"


def amendment(name, die, spelling):
    """Lines of one field of write protection, or of one bit, to put into a definition that a release has; or None."""
    bits = dict(register_bits(die, spelling.flashprog))
    if name in bits:
        return [bit_line(name, bits[name])]
    if name == "bits":
        return [bit_line(bit_name, bits[bit_name]) for bit_name in bits if bit_name != "qe"]
    return dict(protection_fields(die, spelling)).get(name)


def unlock_none(spelling):
    """In place of the release's own function, which would write the status register for a read."""
    return field("unlock", "NULL" if spelling.flashprog else "NO_BLOCKPROTECT_FUNC")


def definition(die, maker, spelling):
    return ["\t{", *(line for _, lines in fields(die, maker, spelling) for line in lines), "\t},"]

# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of the table of dies in C, and the text of the file with them in it."""

FIRST = "static const struct nor_die dies[] = {\n"
LAST = "};\n"


def registers(die):
    if die.n_registers == 1:
        return "ONE"
    if not die.has_cmp:
        return "TWO"
    return "CMP" if die.sr2_write == "01" else "TWO_31"


def size(die):
    return f"{die.size >> 20} * MIB" if die.size >= 1 << 20 else f"{die.size >> 10} * KIB"


def row(die):
    return f'\t{{ 0x{die.jedec_id}, "{die.part}", {size(die)}, 0x{die.bp_mask:02x}, {registers(die)} }},\n'


def with_rows(text, dies):
    """A C file with the rows of its table replaced."""
    start = text.index(FIRST) + len(FIRST)
    end = text.index(LAST, start)
    return text[:start] + "".join(map(row, dies)) + text[end:]

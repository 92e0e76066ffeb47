# SPDX-License-Identifier: GPL-2.0-or-later
"""The emulated chips that a test goes through."""

MIB = 1 << 20
# Emulated chip, size, name for -c, and whether flashrom knows the die itself
# (otherwise it programs in pieces of 64 bytes, as SFDP tells it).
CHIPS = [
    ("BK7231T", 2 * MIB, "EN25QH16", True),
    ("BK7231T-34", 2 * MIB, "EN25QH16", True),
    ("BK7231N", 2 * MIB, "SFDP-capable chip", False),
    ("BK7231N-nosfdp", 2 * MIB, "SFDP-capable chip", False),
    ("BK7231N-06B4", 2 * MIB, "SFDP-capable chip", False),
    ("BK7252", 4 * MIB, "SFDP-capable chip", False),
    ("BK7252-W25Q32", 4 * MIB, "W25Q32.V", True),
    ("BK7231-GD25Q16C", 2 * MIB, "GD25Q16(B)", True),
    ("BK7238-P25Q16HB", 2 * MIB, "SFDP-capable chip", False),
    ("BK-MX25V1635F", 2 * MIB, "SFDP-capable chip", False),
    ("BK-SMALL", 64 << 10, "W25X05", True),
    ("BK-SMALL-CMP", 128 << 10, "SFDP-capable chip", False),
]
# flashrom 1.3.0 has write protection for few dies; this is one of them.
GD25Q32 = ["jedec_id=c84016", "res_id=15", "size=4194304", "protect=4004", "wrsr_31=yes"]
# Opcodes.
STATUS_WRITES = ("01", "31", "11", "50")

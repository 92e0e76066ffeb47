# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads dies.csv and makers.csv. What is wrong in a row is told with its line."""
import csv
import dataclasses
import re

MACRONIX = "c2"
UNITS = {"256B": 256, "4K": 4 << 10, "32K": 32 << 10, "64K": 64 << 10}
FORMS = {
    "id": r"[0-9a-f]{6}",
    "part": r"[A-Z0-9-]{4,}",
    "KiB": r"[1-9]\d*",
    "bp": r"1c|3c|7c",
    "sr": r"[123]",
    "cmp": r"-|SR2\.6",
    "sr2_write": r"-|01|31",
    "qe": r"[-?]|SR1\.6|SR2\.1",
    "certainty": r"sheet|sdk|tool|differ",
    "source": r"[^-].+",
    "chip": r"-|[A-Z0-9]+(\([A-Z0-9]+\))?(/[A-Z0-9]+)*",
    "erase": r"-|((256B|4K|32K|64K|chip)=[0-9a-f]{2} ?)+",
    "mV": r"-|\d{4}-\d{4}",
    "otp": r"-|yes",
    "srl": r"-|yes",
    "chip_source": r"-|.{4,}",
    "note": r".*",
}


class TableError(Exception):
    pass


@dataclasses.dataclass(frozen=True)
class Die:
    jedec_id: str
    part: str
    size: int
    bp_mask: int
    n_registers: int
    has_cmp: bool
    sr2_write: str
    qe: str
    chip: str
    erasers: tuple  # of (bytes, opcode)
    millivolts: tuple
    has_otp: bool
    has_srl: bool
    note: str

    @property
    def has_four_bp_bits(self):
        return self.maker_byte == MACRONIX and bool(self.bp_mask & 0x20)

    @property
    def maker_byte(self):
        return self.jedec_id[:2]

    @property
    def model(self):
        return int(self.jedec_id[2:], 16)

    @property
    def names(self):
        """As macros may spell them."""
        return ["".join(filter(str.isalnum, name)) for name in self.chip.split("/")]


@dataclasses.dataclass(frozen=True)
class Maker:
    byte: str
    prefix: str
    macro: str
    name: str
    flashprog_name: str
    remark: str
    comment: str


def read_rows(path):
    """Pairs of line number and row; comments and blanks at the ends of cells are gone."""
    numbered = [(number, line) for number, line in enumerate(path.read_text().splitlines(), 1)
                if line and not line.startswith("#")]
    rows = csv.reader((line for _, line in numbered), skipinitialspace=True, strict=True)
    header = None
    for (number, _), cells in zip(numbered, rows, strict=True):
        cells = [cell.strip() for cell in cells]
        if header is None:
            header = cells
            continue
        if len(cells) != len(header):
            raise TableError(f"{path.name}:{number}: {len(cells)} cells instead of {len(header)}")
        yield number, dict(zip(header, cells, strict=True))


def erasers_of(text, size):
    pairs = (word.split("=") for word in text.split())
    return tuple((size if unit == "chip" else UNITS[unit], opcode) for unit, opcode in pairs)


def problem_of(row):
    """Why a row cannot be right, or None."""
    for column, form in FORMS.items():
        if not re.fullmatch(form, row[column]):
            return f"{column} is {row[column]!r}"
    if int(row["KiB"]) << 10 != 1 << int(row["id"][4:], 16):
        return f"{row['KiB']} KiB is not the size that the ID tells"
    if (row["sr"] == "1") != (row["sr2_write"] == "-"):
        return "sr2_write belongs to a second register"
    if row["cmp"] != "-" and row["sr"] == "1":
        return "CMP is in a register that is not there"
    facts = [row[column] == "-" for column in ("chip", "erase", "mV", "chip_source")]
    if any(facts) != all(facts):
        return "a chip needs erase, mV and chip_source"
    return None


def die_of(row):
    size = int(row["KiB"]) << 10
    is_chip = row["chip"] != "-"
    return Die(jedec_id=row["id"], part=row["part"], size=size, bp_mask=int(row["bp"], 16),
               n_registers=int(row["sr"]), has_cmp=row["cmp"] != "-", sr2_write=row["sr2_write"], qe=row["qe"],
               chip=row["chip"] if is_chip else "",
               erasers=erasers_of(row["erase"], size) if is_chip else (),
               millivolts=tuple(map(int, row["mV"].split("-"))) if is_chip else (),
               has_otp=row["otp"] == "yes", has_srl=row["srl"] == "yes", note=row["note"])


def read_dies(path):
    dies = []
    for number, row in read_rows(path):
        problem = problem_of(row)
        if not problem and dies and row["id"] <= dies[-1].jedec_id:
            problem = f"{row['id']} after {dies[-1].jedec_id}: rows are sorted, and no ID comes twice"
        if problem:
            raise TableError(f"{path.name}:{number}: {problem}")
        dies.append(die_of(row))
    return dies


def read_makers(path):
    """By the first byte of the ID."""
    makers = {}
    for _, row in read_rows(path):
        cells = {column: "" if cell == "-" else cell for column, cell in row.items()}
        makers[row["byte"]] = Maker(**cells)
    return makers

# SPDX-License-Identifier: GPL-2.0-or-later
"""An emulated chip whose flash is kept from run to run."""


class KeptChip:
    def __init__(self, bench, content, chip="BK7231T"):
        self.bench = bench
        self.chip = chip
        self.before = content
        self.die = bench.path("die.bin")
        self.die.write_bytes(content)

    @property
    def flash(self):
        return self.die.read_bytes()

    def run(self, *arguments, **options):
        """Our flashrom; what we say goes to stderr only."""
        result = self.bench.flashrom(*arguments, chip=self.chip, flash=self.die, record=False, **options)
        assert "ch341a_beken:" not in result.out
        return result

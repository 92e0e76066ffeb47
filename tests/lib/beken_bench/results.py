# SPDX-License-Identifier: GPL-2.0-or-later
"""What a program has printed, and what the emulator has seen of it."""


def read_record(path):
    """The file of --record; empty if the emulator did not come so far."""
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def read_report(path):
    """The file of --report; empty if the emulator did not come so far."""
    return dict(line.split(" ", 1) for line in read_record(path))


class Output:
    """What a run has printed, and its exit status."""

    def __init__(self, status, out, err):
        self.status = status
        self.out = out
        self.err = err

    @property
    def message(self):
        """What our side has said, without the prefix."""
        prefix = "ch341a_beken: "
        return "\n".join(line.split(prefix, 1)[1] for line in self.err.splitlines() if prefix in line)


class Seen:
    """The emulator's report, values by key, and its record, lines "TIME DEVICE EVENT"."""

    def device(self, key, number=0):
        """A value of the report, or None."""
        return self.report.get(f"device{number}.{key}")

    def opcodes(self, number=0):
        """How often each opcode reached the die, by two hex digits."""
        prefix = f"device{number}.opcode."
        return {key[len(prefix):]: int(value) for key, value in self.report.items() if key.startswith(prefix)}

    def events(self, *starts, number=0):
        """The lines of the record that start with one of these (none: all), without time and device."""
        lines = (line.split(" ", 2) for line in self.record)
        return [rest for _, device, rest in lines if int(device) == number and rest.startswith(starts or "")]

    @property
    def emulated_ms(self):
        return float(self.report["emulated_ms"])


class Result(Output, Seen):
    """Of a command under the emulator. The files are read now: the next run writes them anew."""

    def __init__(self, process, report_path, record_path):
        super().__init__(process.returncode, process.stdout, process.stderr)
        self.report = read_report(report_path)
        self.record = read_record(record_path) if record_path else []

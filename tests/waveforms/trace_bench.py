# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands whose wires are traced."""
import os
import shutil

from beken_bench import Bench, Result
from record import Record


class TracedResult(Result):
    def __init__(self, process, report_path, record_path):
        super().__init__(process, report_path, record_path)
        self.trace_path = report_path.with_name("trace.vcd")

    def timed_record(self, **options):
        return Record(self.record, **options)

    @property
    def end_ns(self):
        """The emulated time at the end, rounded to us as the report has it."""
        return round(self.emulated_ms * 1e6)


class TraceBench(Bench):
    result_class = TracedResult

    def run(self, *command, options=(), trace="trace.vcd", **more):
        """As Bench.run(), but the emulator may fail. Without a trace if that is None."""
        return self.run_any(*command, options=[*(["--trace", str(trace)] if trace else []), *options], **more)


def stock_flashrom():
    path = shutil.which("flashrom", path=f"{os.environ['PATH']}:/usr/sbin")
    assert path, "flashrom is missing"
    return path

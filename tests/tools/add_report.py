#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a test case of a report that somebody has sent.

Usage: add_report.py REPORT.json NAME

Writes tests/tools/reports/NAME.json, which test_report.py then plays on the emulator: a bench with the settings of
the report must give the same report. What belongs to the sender's computer is left out.
"""
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import hardware_reports  # noqa: E402  pylint: disable=wrong-import-position

OF_THE_SENDER = ("kernel", "port", "host_controller")
LONGEST_TEXT = 160


def problem_of(report):
    """Why this is no report that can be taken, or None."""
    if report.get("report") != "ch341a-beken hardware report" or report.get("format") != 1:
        return "it is no report of this version of ch341a-beken"
    if not report.get("complete"):
        return "the measurement was not finished"
    if any(len(text) > LONGEST_TEXT for text in hardware_reports.texts(report)):
        return "it holds more than a report has; does it come from ch341a-beken?"
    return None


def main(arguments):
    if len(arguments) != 2 or not re.fullmatch(r"[a-z0-9-]+", arguments[1]):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    report = hardware_reports.load(arguments[0])
    problem = problem_of(report)
    if problem:
        print(f"{arguments[0]}: {problem}.", file=sys.stderr)
        return 1
    for key in OF_THE_SENDER:
        report["adapter"]["usb"].pop(key, None)
    hardware_reports.FOLDER.mkdir(exist_ok=True)
    path = hardware_reports.FOLDER / f"{arguments[1]}.json"
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

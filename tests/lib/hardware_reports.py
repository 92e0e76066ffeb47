# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of `ch341a-beken report`: when two tell of benches that behave alike, and what may be in one."""
import json
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "tools" / "reports"
# Times that differ by less are the same: the host's own share is in all of them.
SHARE = 0.10
SLACK = {"_us": 250, "_ns": 5000}
# Of the computer, not of the bench; or drawn anew by firmware that runs.
NOT_COMPARED = {"usb", "emulator_settings", "after", "version", "address"}


def load(path):
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))


def settings_of(report):
    return report["emulator_settings"]


def _is_close(key, one, other):
    return abs(one - other) <= max(SHARE * max(one, other), SLACK[key[-3:]])


def differences(one, other, key=""):
    """Where the reports differ, as lines; times may, within SHARE."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [line for name in sorted(one.keys() | other.keys()) if name not in NOT_COMPARED
                for line in differences(one.get(name), other.get(name), name)]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [line for pair in zip(one, other) for line in differences(*pair, key)]
    if key[-3:] in SLACK and isinstance(one, int) and isinstance(other, int):
        return [] if _is_close(key, one, other) else [f"{key}: {one} and {other}"]
    return [] if one == other else [f"{key}: {one!r} and {other!r}"]


def texts(report):
    """All texts in it, wherever they are."""
    if isinstance(report, dict):
        return [text for value in report.values() for text in texts(value)]
    if isinstance(report, list):
        return [text for value in report for text in texts(value)]
    return [report] if isinstance(report, str) else []

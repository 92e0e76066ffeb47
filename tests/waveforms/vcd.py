# SPDX-License-Identifier: GPL-2.0-or-later
"""A small reader of VCD files: one-bit wires, times in ns."""
import bisect


class Trace:
    """Levels by wire name, each a list of (ns, level) in order of time."""

    def __init__(self, wires, end):
        self.wires = wires
        self.end = end

    @property
    def start(self):
        return min(changes[0][0] for changes in self.wires.values())

    def level(self, wire, ns):
        changes = self.wires[wire]
        return changes[bisect.bisect_right(changes, (ns, "~")) - 1][1]

    def edges(self, wire, level):
        """When the wire gets that level."""
        changes = self.wires[wire]
        return [ns for (_, before), (ns, after) in zip(changes, changes[1:]) if after == level != before]

    def text(self):
        """As a VCD file again."""
        ids = {name: chr(33 + number) for number, name in enumerate(self.wires)}
        lines = ["$timescale 1 ns $end"] + [f"$var wire 1 {id_} {name} $end" for name, id_ in ids.items()]
        lines.append("$enddefinitions $end")
        changes = sorted((ns, ids[name], level) for name, wire in self.wires.items() for ns, level in wire)
        last = None
        for ns, id_, level in changes:
            if ns != last:
                lines.append(f"#{ns}")
            lines.append(level + id_)
            last = ns
        return "\n".join([*lines, f"#{self.end}", ""])


def read(path):
    """Raises ValueError where the file is not what the standard wants of it."""
    names, wires, now, defined = {}, {}, None, False
    for line in path.read_text().splitlines():
        if line.startswith("$var "):
            _, kind, width, id_, name, end = line.split()
            if (kind, width, end) != ("wire", "1", "$end") or id_ in names:
                raise ValueError(line)
            names[id_] = name
            wires[name] = []
        elif line == "$enddefinitions $end":
            defined = True
        elif line.startswith("#") and defined:
            if now is not None and int(line[1:]) <= now:
                raise ValueError(f"{line} comes after #{now}")
            now = int(line[1:])
        elif line[:1] in ("0", "1", "x", "z") and now is not None:
            wires[names[line[1:]]].append((now, line[0]))
        elif not line.startswith("$"):
            raise ValueError(line)
    return Trace(wires, now)

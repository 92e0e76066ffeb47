# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the patch that defines dies in one release."""
import definition
from places import Directive, PlaceError


class Expansion:
    """Puts each die into the first place that takes it, and tells which have found none."""

    def __init__(self, places, dies, makers):
        self.spelling = places.spelling
        self.makers = makers
        self.dies = {die.jedec_id: die for die in dies}
        chips = [die for die in dies if die.chip]
        for die in chips:
            if die.maker_byte not in makers:
                raise PlaceError(f"makers.csv has no row for {die.maker_byte}, the maker of {die.jedec_id}")
        self.new = [die for die in chips if die.jedec_id not in places.known]
        self.undefined = list(self.new)
        self.unnamed = [die for die in self.new if die.jedec_id not in places.named]

    def maker(self, die):
        return self.makers[die.maker_byte]

    def chips(self, directive, before, behind):
        """Definitions, with an empty line between them and the neighbours that they have."""
        lines = []
        below = directive.below and definition.sort_key(directive.below)
        for die in sorted(self.undefined, key=lambda die: definition.sort_key(die.chip)):
            if self.maker(die).prefix != directive.prefix:
                continue
            if below is None or definition.sort_key(die.chip) < below:
                self.undefined.remove(die)
                lines += ["", *definition.definition(die, self.maker(die), self.spelling)]
        if lines and behind:
            return [*lines[1:], ""]
        return lines if before else lines[1:]

    def ids(self, directive, makers=None):
        """Macros of dies, by their number; of all makers of a name or of those given."""
        lines = []
        below = directive.below and int(directive.below, 16)
        for die in sorted(self.unnamed, key=lambda die: die.model):
            maker = self.maker(die)
            if maker.prefix != directive.prefix or (makers and maker not in makers):
                continue
            if below is None or die.model < below:
                self.unnamed.remove(die)
                lines.append(definition.define_die(die, maker))
        return lines

    def maker_block(self, directive):
        """All macros of a maker that the release does not know."""
        lines, comment = [], []
        for maker in self.makers.values():
            if maker.prefix != directive.prefix:
                continue
            if maker.comment:
                comment = definition.block_comment(maker.comment)
            ids = self.ids(directive, [maker])
            if ids:
                lines += [definition.define_maker(maker), *ids]
        return [*comment, *lines, ""] if lines else []

    def field(self, directive):
        name, jedec_id = directive.words
        if jedec_id not in self.dies:
            raise PlaceError(f"dies.csv has no die {jedec_id}")
        lines = definition.amendment(name, self.dies[jedec_id], self.spelling)
        if not lines:
            raise PlaceError(f"{jedec_id} has no field {name}")
        return lines

    def lines_of(self, directive, before, behind):
        if directive.kind == "chips":
            return self.chips(directive, before, behind)
        if directive.kind == "ids":
            return self.ids(directive)
        return self.maker_block(directive) if directive.kind == "maker" else self.field(directive)


def span(start, n):
    return str(start) if n == 1 else f"{start},{n}"


def expand_hunk(hunk, expansion):
    """The lines of a hunk without directives."""
    lines = []
    for i, line in enumerate(hunk.lines):
        if isinstance(line, Directive):
            # In a new file the text above ends with an empty line of its own.
            before = i > 0 and hunk.start > 0
            lines += ["+" + text for text in expansion.lines_of(line, before, i + 1 < len(hunk.lines))]
        else:
            lines.append(line)
    return lines


def file_diff(file, expansion):
    """Lines of the diff, and how many of them are added and removed."""
    diff, n_added, n_removed = [], 0, 0
    for hunk in file.hunks:
        lines = expand_hunk(hunk, expansion)
        added = sum(line[0] == "+" for line in lines)
        removed = sum(line[0] == "-" for line in lines)
        if not added and not removed:
            continue
        n_kept = len(lines) - added - removed
        start = 1 if file.is_new else hunk.start + n_added - n_removed
        diff += [f"@@ -{span(hunk.start, n_kept + removed)} +{span(start, n_kept + added)} @@", *lines]
        n_added += added
        n_removed += removed
    if not diff:
        return [], 0, 0
    head = [f"diff --git a/{file.path} b/{file.path}"]
    if file.is_new:
        head += ["new file mode 100644", "--- /dev/null"]
    else:
        head.append(f"--- a/{file.path}")
    return [*head, f"+++ b/{file.path}", *diff], n_added, n_removed


def plural(n, word):
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def summary(n_files, n_added, n_removed):
    """As git sums up a diff."""
    parts = [f"{plural(n_files, 'file')} changed", f"{plural(n_added, 'insertion')}(+)"]
    if n_removed:
        parts.append(f"{plural(n_removed, 'deletion')}(-)")
    return " " + ", ".join(parts)


def size_text(size):
    return f"{size >> 20} MiB" if size >= 1 << 20 else f"{size >> 10} KiB"


def list_of_dies(dies):
    width = max((len(die.chip) for die in dies), default=0)
    for die in dies:
        pairs = " ".join(die.jedec_id[i:i + 2].upper() for i in (0, 2, 4))
        yield f"  {pairs}  {die.chip:{width}}  {size_text(die.size)}"


def make_patch(places, dies, makers, messages):
    """The text of the patch. messages: a folder."""
    expansion = Expansion(places, dies, makers)
    diff, n_files, n_added, n_removed = [], 0, 0, 0
    for file in places.files:
        lines, added, removed = file_diff(file, expansion)
        diff += lines
        n_files += bool(lines)
        n_added += added
        n_removed += removed
    lost = {die.jedec_id for die in expansion.undefined + expansion.unnamed}
    if lost:
        raise PlaceError(f"places/{places.release}.txt has no place for {', '.join(sorted(lost))}")
    template, *parts = [(messages / name).read_text().rstrip("\n") for name in places.message]
    head = template.format(*parts, dies="\n".join(list_of_dies(expansion.new)))
    return "\n".join([head, "---", summary(n_files, n_added, n_removed), "", *diff, ""])

# SPDX-License-Identifier: GPL-2.0-or-later
"""A program on a pseudo terminal, and what a person sees there."""
import fcntl
import os
import pty
import struct
import subprocess
import termios
import threading


def screen(data, columns=80):
    """The lines that data leaves on a terminal which knows \\b, \\r and \\n, without blanks at their ends."""
    lines, row, column = [[]], 0, 0
    for character in data.decode("utf-8", "replace"):
        assert character != "\x1b", "an escape sequence"
        if character == "\b":
            column = max(column - 1, 0)
        elif character == "\r":
            column = 0
        elif character == "\n":
            row += 1
        else:
            if column == columns:    # of a real terminal, which wraps with the character behind the last column
                row, column = row + 1, 0
            while len(lines) <= row:
                lines.append([])
            lines[row] += [" "] * (column + 1 - len(lines[row]))
            lines[row][column] = character
            column += 1
    while len(lines) <= row:
        lines.append([])
    return ["".join(line).rstrip() for line in lines]


class Terminal:
    """Reads all that comes."""

    def __init__(self, columns=80):
        self.master, self.slave = pty.openpty()
        self.resize(columns)
        self.shown = b""
        self.seen = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)

    def resize(self, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def _read(self):
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:    # nobody has it open any more
                return
            if not data:
                return
            with self.seen:
                self.shown += data
                self.seen.notify_all()

    def wait_for(self, is_shown, seconds):
        with self.seen:
            assert self.seen.wait_for(lambda: is_shown(self.shown), seconds), self.shown

    def stop_output(self):
        """As Ctrl-S does."""
        termios.tcflow(self.slave, termios.TCOOFF)

    def start(self, argv, controlling=False, **options):
        """With the terminal as standard error, and as standard output unless options name another."""
        options = {"stdin": subprocess.DEVNULL, "stdout": self.slave, "stderr": self.slave, **options}
        if controlling:    # so that its keys send signals
            argv = ["setsid", "--ctty", *argv]
            options["stdin"] = self.slave
        process = subprocess.Popen(argv, **options)
        os.close(self.slave)
        self.reader.start()
        return process

    def finish(self, process, seconds):
        """Returns the exit status."""
        try:
            status = process.wait(seconds)
        finally:
            process.kill()
            process.wait()
        self.reader.join(10)
        os.close(self.master)
        return status

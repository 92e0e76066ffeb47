# SPDX-License-Identifier: GPL-2.0-or-later
"""An X display that nobody sees, and hands for the windows on it."""
import os
import subprocess
import time

# Real time: a window on a busy machine.
WINDOW_LIMIT = 30


class Display:
    """Use with `with`. There is no window manager, so the focus is ours to set."""

    def __enter__(self):
        reader, writer = os.pipe()
        self._server = subprocess.Popen(["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x1024x24",
                                         "-nolisten", "tcp", "-noreset"], pass_fds=[writer],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(writer)
        with os.fdopen(reader) as answer:
            self.name = ":" + answer.readline().strip()
        assert self.name != ":", "Xvfb did not start"
        return self

    def __exit__(self, *_):
        self._server.terminate()
        self._server.wait(10)

    def _xdotool(self, *arguments):
        process = subprocess.run(["xdotool", *arguments], capture_output=True, text=True, timeout=WINDOW_LIMIT,
                                 env=dict(os.environ, DISPLAY=self.name), check=False)
        return process.stdout.split()

    def focus(self, title):
        """Waits for a window whose title matches, and lets it have the keys."""
        deadline = time.monotonic() + WINDOW_LIMIT
        while time.monotonic() < deadline:
            windows = self._xdotool("search", "--onlyvisible", "--name", title)
            if windows:
                self._xdotool("windowfocus", "--sync", windows[-1])
                time.sleep(0.5)
                return
            time.sleep(0.2)
        raise AssertionError(f"no window named {title!r} has come")

    def press(self, key):
        self._xdotool("key", key)

    def type(self, text):
        self._xdotool("type", text)

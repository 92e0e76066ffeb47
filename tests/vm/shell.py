#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A shell in the guest of the tests, on this terminal. `exit` ends the machine."""
import pathlib
import subprocess
import sys
import tempfile
import termios
import tty

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
# pylint: disable=wrong-import-position
import guest_image  # noqa: E402
import machine  # noqa: E402
from beken_bench import BUILD  # noqa: E402


def main():
    kernel, initramfs = guest_image.make(BUILD / "vm-cache", BUILD)
    with tempfile.TemporaryDirectory() as folder:
        print(f"/share in the guest is {folder} here. Emulated programmers: run\n"
              "    build/beken-emu usbip --listen 127.0.0.1:3240 --chip BK7231T\n"
              "in another terminal, and `attach 3240 1-1` in the guest. Ctrl-A X ends QEMU.", flush=True)
        command = machine.qemu_command(kernel, initramfs, folder, "stdio,id=agent,mux=on,signal=off", "beken.shell")
        saved = termios.tcgetattr(sys.stdin) if sys.stdin.isatty() else None
        try:
            if saved:
                tty.setraw(sys.stdin)
            return subprocess.run([*command, "-mon", "chardev=agent"], check=False).returncode
        finally:
            if saved:
                termios.tcsetattr(sys.stdin, termios.TCSADRAIN, saved)


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine in QEMU, and commands that run in it."""
import itertools
import pathlib
import queue
import subprocess
import threading
import time

from beken_bench import Output

QEMU = "qemu-system-x86_64"
# A boot takes about 8 s where nothing else runs.
BOOT_LIMIT = 120
# Between the guest's own limit for a command and ours.
GRACE = 30


class Job:
    """A command that runs in the guest."""

    def __init__(self, machine, name, folder, limit):
        self.machine = machine
        self.name = name
        self.folder = folder
        self.deadline = time.monotonic() + limit + GRACE

    def output(self):
        """What it has printed by now."""
        out = self.folder / "out"
        return out.read_text(errors="replace") if out.exists() else ""

    def wait(self):
        status = self.machine.status_of(self)
        return Output(status, *((self.folder / name).read_text(errors="replace") for name in ("out", "err")))


def qemu_command(kernel, initramfs, folder, agent, arguments=""):
    """QEMU with the guest's second serial line at the character device "agent".

    folder: the guest's /share; gets the console. Without KVM, which is not to
    be had in every CI and hangs in some.
    """
    return [
        QEMU, "-accel", "tcg", "-machine", "pc", "-cpu", "max", "-smp", "1", "-m", "512",
        "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
        "-kernel", str(kernel), "-initrd", str(initramfs),
        "-append", "console=ttyS0 quiet panic=-1 net.ifnames=0 mitigations=off " + arguments,
        "-chardev", f"file,id=console,path={folder}/console", "-serial", "chardev:console",
        "-chardev", agent, "-serial", "chardev:agent",
        "-netdev", "user,id=net,ipv6=off", "-device", "virtio-net-pci,netdev=net,romfile=",
        "-fsdev", f"local,id=share,path={folder},security_model=none",
        "-device", "virtio-9p-pci,fsdev=share,mount_tag=share",
    ]


class Machine:
    """folder: shared with the guest, as /share there."""

    def __init__(self, kernel, initramfs, folder):
        self.folder = pathlib.Path(folder)
        self.folder.chmod(0o755)
        self.console = self.folder / "console"
        self.numbers = itertools.count(1)
        self.lines = queue.Queue()
        self.finished = {}
        self.process = subprocess.Popen(
            qemu_command(kernel, initramfs, self.folder, "stdio,id=agent,signal=off"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        threading.Thread(target=self._read, daemon=True).start()
        self._wait_for("ready", time.monotonic() + BOOT_LIMIT)

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.strip())
        self.lines.put(None)

    def _next_line(self, deadline):
        try:
            line = self.lines.get(timeout=max(0, deadline - time.monotonic()))
        except queue.Empty:
            self.stop()
            raise TimeoutError(f"The guest does not answer. Its console:\n{self.last_words()}") from None
        if line is None:
            raise EOFError(f"QEMU has ended. The guest's console:\n{self.last_words()}")
        return line

    def _wait_for(self, wanted, deadline):
        while self._next_line(deadline) != wanted:
            pass

    def last_words(self):
        text = self.console.read_text(errors="replace") if self.console.exists() else ""
        return "\n".join(text.splitlines()[-30:])

    def start(self, script, user="root", limit=60):
        """Starts a shell script in the guest; it may run for limit seconds."""
        name = f"job{next(self.numbers)}"
        folder = self.folder / name
        folder.mkdir()
        (folder / "script").write_text(script + "\n")
        job = Job(self, name, folder, limit)
        self.process.stdin.write(f"run {name} {limit} {user}\n")
        self.process.stdin.flush()
        return job

    def run(self, script, **options):
        return self.start(script, **options).wait()

    def status_of(self, job):
        """Waits until it has ended."""
        while job.name not in self.finished:
            word, _, rest = self._next_line(job.deadline).partition(" ")
            if word == "done":
                name, status = rest.split()
                self.finished[name] = int(status)
        return self.finished[job.name]

    def stop(self):
        self.process.kill()
        self.process.wait()

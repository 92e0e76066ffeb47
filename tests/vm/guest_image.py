# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the initramfs of the guest from unpacked Debian packages and our build."""
import lzma
import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = ["linux-image-amd64", "busybox-static", "usbip", "udev", "kmod", "flashrom"]
# Loaded by the guest's init or by a test; what they depend on comes along.
MODULES = ["virtio_pci", "virtio_net", "9p", "9pnet_virtio", "vhci-hcd", "usbmon", "ch341"]
PROGRAMS = ["usr/sbin/usbip", "usr/bin/udevadm", "usr/bin/kmod", "usr/sbin/flashrom"]
LINKS = {
    "bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib64": "usr/lib64",
    "usr/lib64/ld-linux-x86-64.so.2": "../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
    "usr/lib/systemd/systemd-udevd": "../../bin/udevadm",
    "usr/sbin/modprobe": "../bin/kmod", "usr/sbin/rmmod": "../bin/kmod", "usr/bin/lsmod": "../bin/kmod",
}
FOLDERS = ["usr/lib/busybox", "dev", "proc", "sys", "run", "tmp", "root", "share", "var", "etc/udev", "opt/beken"]
# 90 MB to download.
FETCH_LIMIT = 900
# "outsider" is an ordinary user, "member" one whom flashrom's udev rule lets in.
USERS = {"root": (0, "/root"), "outsider": (1000, "/tmp"), "member": (1001, "/tmp")}
# Those that the udev rules name.
GROUPS = ["tty:x:5:", "disk:x:6:", "lp:x:7:", "kmem:x:15:", "dialout:x:20:", "cdrom:x:24:", "tape:x:26:",
          "audio:x:29:", "video:x:44:", "plugdev:x:46:member", "render:x:105:", "input:x:106:", "sgx:x:107:",
          "kvm:x:108:"]


class NotToBeHad(Exception):
    """Of packages."""


class Cpio:
    """An archive in the kernel's "newc" format, all owned by root.

    Format: Documentation/driver-api/early-userspace/buffer-format.rst in Linux.
    """

    def __init__(self, file):
        self.file = file
        self.names = set()

    def add(self, name, mode, data=b""):
        if name in self.names:
            return
        parent = os.path.dirname(name)
        if parent:
            self.add(parent, stat.S_IFDIR | 0o755)
        self.names.add(name)
        self._write(name, mode, data)

    def finish(self):
        self._write("TRAILER!!!", 0, b"")

    def _write(self, name, mode, data):
        path = name.encode() + b"\0"
        # inode, mode, uid, gid, links, time, size, device, special device, name size, check sum
        fields = (len(self.names), mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0)
        header = b"070701" + b"".join(b"%08X" % field for field in fields)
        for block in (header + path, data):
            self.file.write(block + b"\0" * (-len(block) % 4))


class Image:
    def __init__(self, root, cpio):
        self.root = pathlib.Path(root)
        self.cpio = cpio
        folders = [self.root / folder for folder in ("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu")]
        self.loader = self.find("usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
        self.library_path = ":".join(map(str, folders))

    def find(self, name):
        """A file of the packages; some still have it in /bin, /sbin and /lib."""
        for path in (self.root / name, self.root / name.removeprefix("usr/")):
            if path.exists():
                return path
        raise FileNotFoundError(f"no {name} in the Debian packages")

    def loaded(self, program, *argv, name=None, **options):
        """Runs a program of the packages on this machine, with its own libraries."""
        command = [self.loader, "--library-path", self.library_path, *(["--argv0", name] if name else [])]
        return subprocess.run([*map(str, command), str(program), *map(str, argv)], check=True,
                              stdout=subprocess.PIPE, text=True, **options).stdout

    def add_file(self, name, path, mode=0o644):
        self.cpio.add(name, stat.S_IFREG | mode, pathlib.Path(path).read_bytes())

    def add_link(self, name, target):
        self.cpio.add(name, stat.S_IFLNK | 0o777, target.encode())

    def add_text(self, name, lines):
        self.cpio.add(name, stat.S_IFREG | 0o644, "".join(line + "\n" for line in lines).encode())

    def add_program(self, name, path):
        self.add_file(name, path, 0o755)
        for line in self.loaded("--list", path).splitlines():
            match = re.match(r"\s*(\S+)(?: => (\S+))? \(0x", line)
            if not match or match[1].startswith("linux-vdso"):
                continue
            library = pathlib.Path(match[2] or match[1])
            self.add_file(f"usr/lib/x86_64-linux-gnu/{library.name}", library, 0o755)


def kernel_version(root):
    """Of the only kernel that has been unpacked."""
    (kernel,) = pathlib.Path(root, "boot").glob("vmlinuz-*")
    return kernel.name.removeprefix("vmlinuz-")


def kernel_image(root):
    return pathlib.Path(root, "boot", "vmlinuz-" + kernel_version(root))


def plain_module(path):
    data = path.read_bytes()
    return lzma.decompress(data) if path.suffix == ".xz" else data


def add_modules(image, wanted):
    """The modules and what they depend on, in a folder of their own for depmod."""
    version = kernel_version(image.root)
    source = image.find(f"usr/lib/modules/{version}")
    files = {path.name.split(".ko")[0].replace("-", "_"): path for path in source.rglob("*.ko*")}
    builtin = {pathlib.Path(line).stem.replace("-", "_")
               for line in (source / "modules.builtin").read_text().splitlines()}
    todo = [name.replace("-", "_") for name in wanted]
    with tempfile.TemporaryDirectory() as base:
        folder = pathlib.Path(base, "lib/modules", version)
        folder.mkdir(parents=True)
        for listing in source.glob("modules.*"):
            shutil.copy(listing, folder)
        done = set()
        while todo:
            name = todo.pop()
            if name in done or name in builtin:
                continue
            done.add(name)
            data = plain_module(files[name])
            (folder / f"{name}.ko").write_bytes(data)
            depends = re.search(rb"\0depends=([^\0]*)\0", data)
            todo += [other.replace("-", "_") for other in depends[1].decode().split(",") if other]
        image.loaded(image.find("usr/bin/kmod"), "-b", base, version, name="depmod")
        for path in sorted(folder.iterdir()):
            image.add_file(f"usr/lib/modules/{version}/{path.name}", path)


def add_settings(image):
    image.add_text("etc/passwd", [f"{name}:x:{number}:{number}::{home}:/bin/sh"
                                  for name, (number, home) in USERS.items()])
    image.add_text("etc/group", [*(f"{name}:x:{number}:" for name, (number, _) in USERS.items()), *GROUPS])
    image.add_file("usr/share/misc/usb.ids", image.find("var/lib/usbutils/usb.ids"))
    for folder in ("lib/udev/rules.d", "usr/lib/udev/rules.d"):
        for rules in sorted((image.root / folder).glob("*.rules")):
            image.add_file(f"usr/lib/udev/rules.d/{rules.name}", rules)


def make_initramfs(root, build, output):
    """root: unpacked packages; build: folder with our launcher and the tool."""
    with open(output, "wb") as file:
        cpio = Cpio(file)
        image = Image(root, cpio)
        for folder in FOLDERS:
            cpio.add(folder, stat.S_IFDIR | (0o1777 if folder == "tmp" else 0o755))
        for name, target in LINKS.items():
            image.add_link(name, target)
        image.add_file("usr/lib/busybox/busybox", image.find("usr/bin/busybox"), 0o755)
        image.add_link("usr/bin/sh", "../lib/busybox/busybox")
        for program in PROGRAMS:
            image.add_program(program, image.find(program))
        for program in ("flashrom", "ch341a-beken", "tests/native/host-flashrom-1.8.0"):
            path = pathlib.Path(build, program)
            image.add_program(f"opt/beken/{path.name}", path)
        for script in ("attach", "detach"):
            image.add_file(f"opt/beken/{script}", HERE / f"guest/{script}.sh", 0o755)
        add_settings(image)
        add_modules(image, MODULES)
        image.add_file("init", HERE / "guest/init.sh", 0o755)
        cpio.finish()


def fetch_packages(cache):
    process = subprocess.run([HERE / "packages.sh", cache, *PACKAGES], stdout=subprocess.PIPE, text=True,
                             timeout=FETCH_LIMIT, check=False)
    if process.returncode == 77:
        raise NotToBeHad(process.stdout.strip())
    process.check_returncode()


def make(cache, build):
    """Returns the kernel and the initramfs. cache: a folder for both and for packages."""
    cache = pathlib.Path(cache)
    fetch_packages(cache)
    make_initramfs(cache / "root", build, cache / "initramfs")
    return kernel_image(cache / "root"), cache / "initramfs"

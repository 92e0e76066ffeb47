# SPDX-License-Identifier: GPL-2.0-or-later
"""A real kernel in QEMU, and emulated programmers for it to attach."""
import contextlib

import pytest

import guest_image
from beken_bench import BUILD
from machine import QEMU, Machine
from need import lacking, need
from programmers import CACHE, server


@pytest.fixture(scope="session")
def machine(tmp_path_factory):
    """One boot serves all tests."""
    need("qemu-system-x86", QEMU)
    try:
        kernel, initramfs = guest_image.make(CACHE, BUILD)
    except guest_image.NotToBeHad as reason:
        lacking(guest_image.PACKAGES[0], str(reason))
    guest = Machine(kernel, initramfs, tmp_path_factory.mktemp("guest"))
    yield guest
    guest.stop()


@pytest.fixture
def plug(machine, tmp_path):
    """plug(CHIP, settings, flashes): emulated programmers, for the guest to attach."""
    with contextlib.ExitStack() as started:
        yield lambda *arguments, **options: started.enter_context(server(machine, tmp_path, *arguments, **options))


@pytest.fixture
def shared(machine, tmp_path):
    """A folder that the guest sees too."""
    folder = machine.folder / tmp_path.name
    folder.mkdir()
    return folder

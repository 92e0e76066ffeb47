# SPDX-License-Identifier: GPL-2.0-or-later
"""`beken-emu usbip` with clients that know the protocol only."""
import pytest

from usbip_server import UsbipServer


@pytest.fixture
def serve(tmp_path):
    """Starts servers: serve(SETTING..., options=[...])."""
    servers = []

    def start(*settings, options=()):
        folder = tmp_path / str(len(servers))
        folder.mkdir()
        servers.append(UsbipServer(folder, settings, options))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()


@pytest.fixture
def server(serve):
    """One with all defaults, that must survive the test in good health."""
    server = serve()
    yield server
    assert server.stop() == 0, server.err

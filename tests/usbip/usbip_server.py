# SPDX-License-Identifier: GPL-2.0-or-later
"""A server, and what the client of this folder asks of it."""
from beken_bench import Server
from usbip_client import Device, Programmer, device_list


class UsbipServer(Server):
    def list(self):
        return device_list(self.port)

    def listed(self):
        """How many devices are on offer."""
        return int.from_bytes(self.list()[8:12], "big")

    def attach(self, busid="1-1", **more):
        return Device(self.port, busid, **more)

    def programmer(self, busid="1-1"):
        return Programmer(self.port, busid)

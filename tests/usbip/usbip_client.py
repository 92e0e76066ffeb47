# SPDX-License-Identifier: GPL-2.0-or-later
"""A USB/IP client, written from the description of the protocol in the Linux
kernel (Documentation/usb/usbip_protocol.rst), and a CH341A driver on top."""
import dataclasses
import socket
import struct
import time

VERSION = 0x0111
ST_OK, ST_NA, ST_DEV_BUSY, ST_DEV_ERR, ST_NODEV, ST_ERROR = range(6)
EPIPE, EPROTO, EOVERFLOW, ECONNRESET, ESHUTDOWN, EREMOTEIO, ENOENT, EINVAL = 32, 71, 75, 104, 108, 121, 2, 22
SHORT_NOT_OK = 1
LIMIT_S = 20	# nothing here takes a fraction of it


def op(code, version=VERSION, status=0):
    return struct.pack(">HHI", version, code, status)


def submit_bytes(seqnum, devid, endpoint, *, data=None, length=None, setup=bytes(8), flags=0, packets=0):
    """USBIP_CMD_SUBMIT. `data` goes out, or `length` bytes come in."""
    direction = int(data is None)
    head = struct.pack(">IIIII", 1, seqnum, devid, direction, endpoint)
    head += struct.pack(">IIIII", flags, length if data is None else len(data), 0, packets, 0)
    return head + setup + (data or b"")


def unlink_bytes(seqnum, devid, victim):
    return struct.pack(">IIIIII", 2, seqnum, devid, 0, 0, victim) + bytes(24)


@dataclasses.dataclass
class Reply:
    kind: str		# submit or unlink
    seqnum: int
    status: int
    actual: int
    data: bytes


class Closed(Exception):
    """The server has closed the connection."""


class Link:
    """A connection, with nothing understood."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # As the server calls it.
        self.name = "{}:{}".format(*self.socket.getsockname())

    def send(self, data):
        self.socket.sendall(data)

    def receive(self, length):
        data = b""
        while len(data) < length:
            more = self.socket.recv(length - len(data))
            if not more:
                raise Closed(data)
            data += more
        return data

    def rest(self):
        """All that comes until the server closes."""
        data = b""
        try:
            while more := self.socket.recv(65536):
                data += more
        except ConnectionResetError:
            pass
        return data

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def device_list(port):
    """The whole answer to OP_REQ_DEVLIST."""
    with Link(port) as link:
        link.send(op(0x8005))
        return link.rest()


class Device(Link):
    """An imported device."""

    def __init__(self, port, busid="1-1", expect=ST_OK):
        super().__init__(port)
        self.send(op(0x8003) + busid.encode().ljust(32, b"\0"))
        self.head = self.receive(8)
        version, code, self.status = struct.unpack(">HHI", self.head)
        assert (version, code, self.status) == (VERSION, 3, expect)
        if self.status:
            return
        self.description = self.receive(312)
        bus, self.address = struct.unpack(">II", self.description[288:296])
        self.devid = bus << 16 | self.address
        self.seqnum = 0
        self.ins = {}		# length of each IN transfer, for the data that follow
        self.early = {}		# answers that came before they were asked for

    def submit(self, endpoint, **what):
        self.seqnum += 1
        self.ins[self.seqnum] = what.get("data") is None
        self.send(submit_bytes(self.seqnum, self.devid, endpoint, **what))
        return self.seqnum

    def unlink(self, victim):
        self.seqnum += 1
        self.send(unlink_bytes(self.seqnum, self.devid, victim))
        return self.seqnum

    def next_reply(self):
        head = self.receive(48)
        command, seqnum, devid, direction, endpoint, status, actual = struct.unpack(">IIIIIiI", head[:28])
        assert command in (3, 4), head.hex()
        assert (devid, direction, endpoint) == (0, 0, 0)
        assert head[28:] == bytes(20)
        if command == 4:
            assert actual == 0
            return Reply("unlink", seqnum, status, 0, b"")
        data = self.receive(actual) if self.ins.pop(seqnum) else b""
        return Reply("submit", seqnum, status, actual, data)

    def wait(self, seqnum):
        while seqnum not in self.early:
            reply = self.next_reply()
            assert reply.seqnum not in self.early
            self.early[reply.seqnum] = reply
        return self.early.pop(seqnum)

    def transfer(self, endpoint, **what):
        return self.wait(self.submit(endpoint, **what))

    def control(self, request_type, request, value=0, index=0, length=0, data=None):
        setup = struct.pack("<BBHHH", request_type, request, value, index, len(data) if data else length)
        if request_type & 0x80:
            return self.transfer(0, length=length, setup=setup)
        return self.transfer(0, data=data or b"", setup=setup)

    def out(self, data):
        reply = self.transfer(2, data=bytes(data))
        assert (reply.status, reply.actual) == (0, len(data)), reply
        return reply

    def silent(self, seconds=0.2):
        """Whether nothing comes for so long."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(1, socket.MSG_PEEK) == b"never"
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(LIMIT_S)


def mirrored(data):
    """SPI sends the highest bit first, a CH341A the lowest."""
    return bytes(int(f"{byte:08b}"[::-1], 2) for byte in data)


class Programmer(Device):
    """Pins and SPI of a CH341A (see the WCH header CH341DLL.H)."""
    CS, CEN, ALL = 0x01, 0x04, 0x37

    def pins(self, out):
        self.out([0xab, 0x80 | out, 0x40 | 0x3f, 0x20])

    def setup(self):
        self.out([0xaa, 0x61, 0x00])
        self.pins(self.ALL)

    def clock(self, data):
        """Clocks at most 31 bytes, and returns what came back."""
        self.out(b"\xa8" + mirrored(data))
        reply = self.transfer(2, length=32)
        assert (reply.status, reply.actual) == (0, len(data)), reply
        return mirrored(reply.data)

    def command(self, data, answer=0):
        self.pins(self.ALL & ~self.CS)
        got = self.clock(bytes(data) + bytes(answer))
        self.pins(self.ALL)
        return got[len(data):]

    def jedec_id(self):
        return self.command([0x9f], 3)

    def reset(self):
        """CEN low and high again."""
        self.pins(self.ALL & ~self.CEN)
        time.sleep(0.02)
        self.pins(self.ALL)

    def knock(self):
        """One reset, and D2 all over the window; whether the chip took it."""
        self.reset()
        self.pins(self.ALL & ~self.CS)
        accepted = any(self.clock(b"\xd2" * 31) == bytes(31) for _ in range(100))
        self.pins(self.ALL)
        return accepted

    def enter(self, rest=lambda: time.sleep(0.06)):
        """Holds the Beken chip in SPI mode; returns its JEDEC ID. rest() gives
        the die time to get ready."""
        for _ in range(10):	# on a busy machine we may miss the window
            if self.knock():
                break
        else:
            raise AssertionError("never accepted")
        rest()
        return self.jedec_id()

# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients that break the rules. Each is put out with a sentence; the server and
the other clients go on."""
import random
import select
import socket
import struct

import pytest
from usbip_client import Device, Link, op, submit_bytes, unlink_bytes
from usbip_server import UsbipServer

MIB = 1 << 20
DEVID = 1 << 16 | 4


@pytest.fixture(scope="module", name="shared")
def shared_server(tmp_path_factory):
    """One server for all cases, so that damage adds up."""
    server = UsbipServer(tmp_path_factory.mktemp("hostile"), ["devices=3"])
    try:
        bystander = server.attach("1-3")
        yield server
        assert bystander.control(0x80, 8, length=1).data == b"\1"
        assert server.stop() == 0, server.err
    finally:
        server.kill()


def still_serves(server):
    with server.attach("1-2") as device:
        assert device.control(0x80, 6, 0x0100, length=18).actual == 18
    server.wait_for(server.listed, 2)


BEFORE = {
    "version 1.0": (op(0x8005, version=0x0100), "USB/IP version 0100, not 0111"),
    "version 0": (op(0x8003, version=0) + bytes(32), "USB/IP version 0000, not 0111"),
    "HTTP": (b"GET / HTTP/1.1\r\n\r\n", "USB/IP version 4745, not 0111"),
    "a reply": (op(0x0005), "unknown operation 0005"),
    "export": (op(0x8006) + bytes(400), "unknown operation 8006"),
    "device info": (op(0x8002) + bytes(32), "unknown operation 8002"),
    "a command": (submit_bytes(1, DEVID, 2, length=4), "USB/IP version 0000, not 0111"),
}


@pytest.mark.parametrize("case", BEFORE)
def test_bad_operation(shared, case):
    data, message = BEFORE[case]
    before = shared.err.count(message)
    with Link(shared.port) as link:
        link.send(data)
        assert link.rest() == b""
    assert shared.err.count(f"{message}; connection closed") == before + 1
    still_serves(shared)


def header(*words):
    return struct.pack(">10I", *words) + bytes(8)


AFTER = {
    "command 0": (header(0, 1, DEVID, 0, 2, 0, 0, 0, 0, 0), "unknown command 00000000"),
    "a reply": (header(3, 1, DEVID, 0, 2, 0, 0, 0, 0, 0), "unknown command 00000003"),
    "bytes": (b"\xff" * 48, "unknown command ffffffff"),
    "other device": (submit_bytes(1, DEVID + 1, 2, length=4), "command for device 00010005, not 00010004"),
    "other device to unlink": (unlink_bytes(1, 0, 1), "command for device 00000000, not 00010004"),
    "direction 2": (header(1, 1, DEVID, 2, 2, 0, 4, 0, 0, 0), "submit for endpoint 2, direction 2"),
    "endpoint 16": (header(1, 1, DEVID, 1, 16, 0, 4, 0, 0, 0), "submit for endpoint 16, direction 1"),
    "endpoint 0x82": (header(1, 1, DEVID, 1, 0x82, 0, 4, 0, 0, 0), "submit for endpoint 130, direction 1"),
    "isochronous": (header(1, 1, DEVID, 1, 2, 0, 4, 0, 8, 0), "isochronous transfer of 8 packets"),
    "isochronous, many": (header(1, 1, DEVID, 0, 2, 0, 4, 0, 0x7fffffff, 0), "isochronous transfer of 2147483647"),
    "too long in": (header(1, 1, DEVID, 1, 2, 0, 16 * MIB + 1, 0, 0, 0), "transfer of 16777217 bytes"),
    "too long out": (header(1, 1, DEVID, 0, 2, 0, 0xffffffff, 0, 0, 0), "transfer of 4294967295 bytes"),
    "negative": (header(1, 1, DEVID, 0, 2, 0, 0x80000000, 0, 0, 0), "transfer of 2147483648 bytes"),
    "number in use": (submit_bytes(9, DEVID, 2, length=32) * 2, "sequence number 9 used for a second transfer"),
    "too many": (b"".join(submit_bytes(n, DEVID, 2, length=32) for n in range(4097)), "more than 4096 transfers"),
    "too much": (b"".join(submit_bytes(n, DEVID, 2, length=16 * MIB) for n in range(5)),
                 "more than 4096 transfers or 67108864 bytes"),
}


@pytest.mark.parametrize("case", AFTER)
def test_bad_command(shared, case):
    data, message = AFTER[case]
    with Device(shared.port) as device:
        device.send(data)
        assert device.rest() == b""
    shared.wait_for_message(f"{device.name}: {message}")
    still_serves(shared)


@pytest.mark.parametrize("sent", [op(0x8003) + b"1-1", op(0x8005)[:7], b"\x01"], ids=["busid", "op", "byte"])
def test_a_client_that_leaves_before_it_has_said_what_it_wants(shared, sent):
    with Link(shared.port) as link:
        link.send(sent)
        link.socket.shutdown(socket.SHUT_WR)
        assert link.rest() == b""
        shared.wait_for_message(f"{link.name}: left in the middle of a message")
    still_serves(shared)


@pytest.mark.parametrize("sent", [submit_bytes(1, DEVID, 2, data=bytes(1000))[:-1], unlink_bytes(1, DEVID, 1)[:47],
                                  submit_bytes(1, DEVID, 2, data=bytes(16 * MIB))[:MIB]],
                         ids=["data", "header", "half a mountain"])
def test_a_client_that_leaves_in_the_middle_of_a_command(shared, sent):
    with Device(shared.port) as device:
        device.send(sent)
        device.socket.shutdown(socket.SHUT_WR)
        assert device.rest() == b""
        shared.wait_for_message(f"{device.name}: left in the middle of a message")
    still_serves(shared)


def test_a_client_that_resets_its_connection(shared):
    device = Device(shared.port)
    for _ in range(100):
        device.submit(2, length=32)
    device.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    device.close()
    still_serves(shared)


def test_a_busid_without_end(shared):
    with Link(shared.port) as link:
        link.send(op(0x8003) + b"\xff" * 32)
        assert link.rest() == op(3, status=4)
    still_serves(shared)


def garbage(seed):
    """What it begins with makes sense more often than pure chance would."""
    chance = random.Random(seed)
    data = b""
    for number in range(chance.randrange(1, 12)):
        endpoint = chance.choice([0, 1, 2, 2, 2, 3, 200])
        blob = chance.randbytes(chance.choice([0, 1, 31, 32, 33, 700]))
        setup = chance.choice([chance.randbytes(8), bytes.fromhex("8006000100001200")])
        command = chance.choice([
            submit_bytes(number, DEVID, endpoint, data=blob, setup=setup, flags=chance.randrange(1024)),
            submit_bytes(number, DEVID, endpoint, length=chance.choice([0, 1, 32, 5000]), setup=setup),
            unlink_bytes(number, DEVID, chance.randrange(12)),
            chance.randbytes(48),
        ])
        if chance.random() < 0.3:
            spot = chance.randrange(len(command))
            command = command[:spot] + chance.randbytes(1) + command[spot + 1:]
        if chance.random() < 0.1:
            command = command[:chance.randrange(len(command))]
        data += command
    return data


@pytest.mark.parametrize("block", range(10))
def test_random_bytes(shared, block):
    for seed in range(block * 30, block * 30 + 30):
        if seed % 5 == 0:
            with Link(shared.port) as link:
                link.send(random.Random(seed).randbytes(64) if seed % 2 else op(0x8003) + garbage(seed))
                link.socket.shutdown(socket.SHUT_WR)
                link.rest()
            continue
        with Device(shared.port) as device:
            device.send(garbage(seed))
            device.socket.shutdown(socket.SHUT_WR)
            device.rest()
        shared.wait_for(shared.listed, 2)
    still_serves(shared)


def test_clients_that_hang_do_not_disturb_others(shared):
    silent = [Link(shared.port) for _ in range(20)]
    for link in silent[:10]:
        link.send(op(0x8003) + b"1-1")
    half = Device(shared.port)
    half.send(submit_bytes(1, DEVID, 2, data=bytes(100))[:60])
    still_serves_beside(shared)
    for link in [*silent, half]:
        link.close()
    shared.wait_for(shared.listed, 2)


def still_serves_beside(server):
    """As still_serves(), while 1-1 is in use."""
    with server.attach("1-2") as device:
        assert device.control(0x80, 6, 0x0100, length=18).actual == 18


def test_there_is_a_limit_to_clients_at_a_time(shared):
    crowd = [Link(shared.port) for _ in range(70)]
    shared.wait_for_message("there are 64 already; connection closed")
    for link in crowd:
        link.close()

    def welcome():
        try:
            return shared.listed() == 2
        except ConnectionError:
            return False	# until the server has seen that the others left

    shared.wait_for(welcome, True)
    still_serves(shared)


def test_a_client_that_asks_for_nothing_is_put_out(shared):
    with Link(shared.port) as link:
        link.send(op(0x8003))
        assert link.rest() == b""
        shared.wait_for_message(f"{link.name}: asked for nothing for 10 s; connection closed")


def test_a_client_that_takes_no_answers_costs_no_memory(shared):
    """It is not listened to any more, so what it sends gets stuck on its side."""
    before = shared.memory_kb()
    device = Device(shared.port)
    device.socket.setblocking(False)
    request, sent, number = b"", 0, 0
    while select.select([], [device.socket], [], 2)[1]:
        assert sent < 64 * MIB, "the server takes all that it is sent"
        while len(request) < 48000:
            number += 1
            request += submit_bytes(number, DEVID, 0, length=39, setup=bytes.fromhex("8006000200002700"))
        taken = device.socket.send(request)
        request, sent = request[taken:], sent + taken
    still_serves_beside(shared)
    assert shared.memory_kb() - before < 64 * 1024
    device.close()
    still_serves(shared)


def test_a_refusal_keeps_earlier_answers(shared):
    with Device(shared.port) as device:
        good = device.submit(0, length=1, setup=bytes.fromhex("8008000000000100"))
        assert device.wait(good).data == b"\1"
        device.send(b"\xff" * 480)
        assert device.rest() == b""
    still_serves(shared)


def test_messages_that_nobody_reads_do_not_stop_the_server(serve):
    """A pipe holds 64 KiB, and these lines are more."""
    server = serve(options=["--control", "-"])
    for _ in range(1000):
        server.command("unplug all\nplug all\n" * 2)
    server.command("unplug all")
    server.wait_for(server.listed, 0)
    assert server.stop() == 0

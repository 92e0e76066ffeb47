# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests that the client takes back."""
from usbip_client import ECONNRESET, mirrored, submit_bytes, unlink_bytes


def test_a_waiting_transfer_gets_no_answer_of_its_own(server):
    device = server.attach()
    pending = device.submit(2, length=32)
    assert device.silent()
    unlink = device.unlink(pending)
    reply = device.next_reply()
    assert (reply.kind, reply.seqnum, reply.status) == ("unlink", unlink, -ECONNRESET)
    assert device.silent()
    assert server.stop() == 0
    assert "usb in 0 cancelled" in server.events("usb")


def test_unlink_that_comes_after_the_answer(server):
    device = server.attach()
    done = device.submit(0, length=1, setup=bytes.fromhex("8008000000000100"))
    assert device.wait(done).data == b"\1"
    reply = device.wait(device.unlink(done))
    assert (reply.kind, reply.status) == ("unlink", 0)


def test_unlink_of_what_never_was(server):
    device = server.attach()
    reply = device.wait(device.unlink(0xdeadbeef))
    assert (reply.kind, reply.status) == ("unlink", 0)


def test_unlink_while_the_last_packet_travels(serve):
    """A packet on the cable is not broken off: the transfer ends as done, and
    its answer comes before that to the unlink."""
    server = serve("soc_state=flash", "latency_us=0", options=["--clock", "real"])
    programmer = server.programmer()
    programmer.setup()
    late = 0
    for _ in range(300):
        pending = programmer.submit(2, data=bytes(32))
        unlink = programmer.unlink(pending)
        first = programmer.next_reply()
        if first.kind == "unlink":
            assert (first.seqnum, first.status) == (unlink, -ECONNRESET)
            continue
        assert (first.seqnum, first.status, first.actual) == (pending, 0, 32)
        second = programmer.next_reply()
        assert (second.kind, second.seqnum, second.status) == ("unlink", unlink, 0)
        late += 1
    assert late, "no unlink was too late"
    assert programmer.silent()
    assert server.stop() == 0


def test_unlink_twice(serve):
    """Each is answered, also while a packet of the transfer travels."""
    server = serve("latency_us=0", options=["--clock", "real"])
    device = server.attach()
    for number in range(1, 901, 3):
        device.ins[number] = False
        device.send(submit_bytes(number, device.devid, 2, data=bytes(32)) +
                    unlink_bytes(number + 1, device.devid, number) + unlink_bytes(number + 2, device.devid, number))
        replies = [device.next_reply() for _ in range(2)]
        if any(reply.kind == "submit" for reply in replies):
            replies.append(device.next_reply())
            assert [reply.status for reply in replies] == [0, 0, 0]
        else:
            assert sorted(reply.status for reply in replies) == [-ECONNRESET, 0]
        unlinks = sorted(reply.seqnum for reply in replies if reply.kind == "unlink")
        assert unlinks == [number + 1, number + 2]
    assert device.silent()


def test_many_transfers_unlinked_in_any_order(server):
    device = server.attach()
    pending = [device.submit(2, length=32) for _ in range(200)]
    unlinks = [device.unlink(seqnum) for seqnum in pending[::-1]]
    assert [device.wait(seqnum).status for seqnum in unlinks] == [-ECONNRESET] * 200


def test_an_answer_goes_to_the_transfer_behind_the_unlinked_one(serve):
    programmer = serve("soc_state=flash").programmer()
    programmer.setup()
    gone, next_one = programmer.submit(2, length=32), programmer.submit(2, length=32)
    assert programmer.wait(programmer.unlink(gone)).status == -ECONNRESET
    programmer.pins(programmer.ALL & ~programmer.CS)
    programmer.out(b"\xa8" + mirrored(b"\x9f\0\0\0"))
    assert mirrored(programmer.wait(next_one).data)[1:].hex() == "1c7015"


def test_a_sequence_number_may_be_used_again_after_its_answer(server):
    device = server.attach()
    for _ in range(3):
        device.seqnum = 7
        assert device.control(0x80, 8, length=1).data == b"\1"

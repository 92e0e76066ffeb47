# SPDX-License-Identifier: GPL-2.0-or-later
"""Adapters that do not carry out queued frames in order: each frame is sent alone, and all works."""
import pytest

from beken_bench import WRAP

STRICT = ["board=strict"]
ADAPTERS = {
    "pin reads have no answer": ["uio_in=silent"],
    "pin packets overtake SPI bytes": ["frame_order=overtakes"],
    "answers come together": ["answers=joined"],
    "all at once": STRICT,
}
ALONE = "From now on each frame is sent alone, as with pipeline=no (-V says why)."
SIZE = 128 << 10


def spi_frames(result):
    """Of each frame to the die: its length, and the bytes that the host had got before CS rose again."""
    got, frames = 0, []
    for event in result.events():
        words = event.split()
        if words[:2] == ["usb", "in"]:
            got += int(words[2])
        elif words[0] == "pins" and not int(words[1], 16) & 1:
            got = 0
        elif words[0] == "spi":
            frames.append((int(words[1]), got))
    return frames


def assert_alone(result):
    """No pin packet was sent behind an unread answer."""
    frames = spi_frames(result)
    assert len(frames) > 100
    assert all(length == got for length, got in frames), [frame for frame in frames if frame[0] != frame[1]][:5]


def write_and_check(bench, arguments=(), settings=(), params="", **options):
    die = bench.random_file("die.bin", SIZE, 1)
    image = bench.random_file("new.bin", SIZE, 2)
    result = bench.flashrom(*arguments, "-w", image, chip="BK-SMALL-CMP", flash=die, settings=list(settings),
                            params=params, **options)
    assert result.status == 0, result.err
    assert "VERIFIED" in result.out
    assert die.read_bytes() == image.read_bytes()
    return result


@pytest.mark.parametrize("params", ["", "pipeline=no"])
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_writes_with_each_adapter(bench, adapter, params):
    result = write_and_check(bench, settings=ADAPTERS[adapter], params=params)
    assert result.message.count(ALONE) == (not params), "said once, and only if it was not asked for"
    assert_alone(result)


def test_a_usual_adapter_is_not_talked_of_and_gets_frames_alone_only_if_asked_for(bench):
    queued, alone = write_and_check(bench), write_and_check(bench, params="pipeline=no")
    assert ALONE not in queued.message + alone.message
    assert_alone(alone)
    # Queued, the end of a frame and the start of the next go out together. What is read
    # before CS rises proves nothing here: the adapter answers while it works.
    assert int(queued.device("out_urbs")) * 1.2 < int(alone.device("out_urbs"))


def test_verbose_says_why(bench):
    result = bench.flashrom("-V", chip="BK-SMALL", settings=["frame_order=overtakes"])
    assert "A reply of 1 bytes in place of 31." in result.message
    assert "Why pipeline=no: the self-test failed." in result.message


@pytest.mark.parametrize("fault", ["short_reply_at", "empty_reply_at", "extra_reply_at"])
def test_a_wrong_reply_in_a_read_is_survived(bench, fault):
    die = bench.random_file("die.bin", SIZE, 1)
    result = bench.flashrom("-r", "out.bin", chip="BK-SMALL-CMP", flash=die, settings=[f"{fault}=2500"])
    assert result.status == 0, result.err
    assert ALONE in result.message
    assert bench.path("out.bin").read_bytes() == die.read_bytes()


@pytest.mark.parametrize("reply", range(7, 13))
def test_a_wrong_reply_at_the_start_is_survived(bench, reply):
    """Behind the self-test: whatever is sent before the first command of flashrom changes nothing in a die."""
    die = bench.random_file("die.bin", 64 << 10, 1)
    result = bench.flashrom("-c", "W25X05", "-r", "out.bin", chip="W25X05", flash=die, params="enter=never",
                            settings=[f"short_reply_at={reply}"])
    assert result.status == 0, result.err
    assert ALONE in result.message
    assert bench.path("out.bin").read_bytes() == die.read_bytes()


def replies_of_pages(result):
    """Of every thirtieth page: the number of an answer in the middle of its data."""
    answered, pages = 0, []
    for event in result.events():
        words = event.split()
        if words[:2] == ["usb", "in"] and words[2] != "0":
            answered += 1
        elif words[0] == "spi" and words[2] == "02":
            pages.append(answered - 4)
    assert len(pages) >= SIZE // 256, "a page may come in two pieces if flashrom is held up"
    return pages[100::30]


def test_a_wrong_reply_in_a_write_names_the_parameter(bench):
    die = bench.random_file("die.bin", SIZE, 1)
    image = bench.random_file("new.bin", SIZE, 2)
    before = die.read_bytes()
    # In the data of a page: between the pages are status reads, which are repeated. How many of those there
    # are differs from run to run.
    for reply in replies_of_pages(bench.flashrom("-n", "-w", image, chip="BK-SMALL-CMP", flash=die)):
        die.write_bytes(before)
        result = bench.flashrom("-n", "-w", image, chip="BK-SMALL-CMP", flash=die,
                                settings=[f"short_reply_at={reply}"])
        if result.status:
            break
        assert die.read_bytes() == image.read_bytes()
    assert result.status != 0
    assert "wrong reply from the programmer" in result.message and "Try again with pipeline=no" in result.message


def test_no_id_after_acceptance_is_tried_again_frame_by_frame(bench):
    result = bench.flashrom("-V", chip="BK-SMALL", settings=["flash=absent"], params="attempts=2")
    assert "Why pipeline=no: the chip accepted, but no ID came." in result.message
    assert "its flash does not answer" in result.message
    # The attempt was repeated, not counted.
    assert result.device("accepted") == "3"


# ---- 2 MiB; the other face in tests/native ----

@pytest.mark.skipif(bool(WRAP), reason="takes minutes under valgrind")
def test_strict_board_reads_erases_and_writes_2_mib(bench):
    die = bench.image("die.bin", "bk7231t", "2M")
    image = bench.random_file("new.bin", 2 << 20, 2)
    old = die.read_bytes()

    def run(*arguments):
        result = bench.flashrom("-c", "EN25QH16", *arguments, chip="BK7231T", flash=die, settings=STRICT, record=False)
        assert result.status == 0, result.err
        assert ALONE in result.message
        return result

    run("-r", "out.bin")
    assert bench.path("out.bin").read_bytes() == old
    run("-E")
    assert set(die.read_bytes()) == {0xff}
    run("-w", image)
    assert die.read_bytes() == image.read_bytes()
    run("-v", image)

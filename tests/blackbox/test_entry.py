# SPDX-License-Identifier: GPL-2.0-or-later
"""Into SPI mode, on every variant of the chip that can be entered."""
import pytest

from beken_bench import EMU, FLASHROM, REAL_LIMIT, WRAP, environment
from figures import figure
from terminal import Terminal, screen

# Settings of the emulator; sources of each variant in tests/emulator/README.md.
ENTERABLE = {
    "default": [],
    "window of 20 ms": ["window_ms=20"],
    "window of 53 ms": ["window_ms=53"],
    "window of 300 ms": ["window_ms=300"],
    "flash ready at once": ["flash_ready_ms=0"],
    "flash ready after 100 ms": ["flash_ready_ms=100"],
    "flash ready after 500 ms": ["flash_ready_ms=500"],
    "flash wants 32 clocked bytes": ["flash_ready_bytes=32"],
    "chip starts at once": ["start_ms=0"],
    "chip starts after 5 ms": ["start_ms=5"],
    "first byte 52": ["first_byte=52"],
    "stream off the byte grid": ["stream_offset_bits=3"],
    "residue D2": ["residue=d2"],
    "residue FF": ["residue=ff"],
    "residue 00": ["residue=00"],
    "residue D2 until the die answers": ["residue=d2", "residue_frames=0"],
    "MISO hidden": ["miso_window=hidden"],
    "MISO hidden, flash ready after 500 ms": ["miso_window=hidden", "flash_ready_ms=500"],
    "MISO idle low": ["idle_level=00"],
    "100 nF at CEN": ["cen_nf=100"],
    "470 nF at CEN": ["cen_nf=470"],
    "1 uF at CEN": ["cen_nf=1000"],
    "supply holds for 90 ms": ["off_ms=90"],
    "starts 90 ms late": ["start_ms=92", "window_ms=143"],
    "no CEN pull-up": ["cen_pullup=no"],
    "no pull-up at CEN and D2": ["cen_pullup=no", "d2_pullup=no"],
    "chip wants 2 bytes": ["accept_bytes=2"],
    "chip wants 16 bytes": ["accept_bytes=16"],
    "chip wants 64 bytes": ["accept_bytes=64"],
    "ID reads 00 three times": ["id_zero_reads=3"],
    "slow host": ["latency_us=1000"],
    "very slow host": ["host_floor_us=500", "latency_us=330"],
    "host pauses": ["host_stall_every=40", "host_stall_ms=5:10"],
    "random GPIO while booting": ["boot_miso=random"],
    "MISO low while booting": ["boot_miso=00"],
    "narrow window, 64 bytes": ["window_ms=20", "accept_bytes=64", "start_ms=5"],
    "answers overlap": ["in_overlap=yes"],
    "one answer buffered": ["in_buffer_packets=1"],
    "strict answer buffer": ["in_buffer_strict=yes"],
    "CH341A with strings": ["usb_product=lpt"],
}
SMALL = "BK-SMALL"


@pytest.mark.parametrize("variant", ENTERABLE)
def test_entered_at_the_first_attempt(bench, variant):
    die = bench.random_file("die.bin", 64 << 10, 1)
    result = bench.flashrom("-c", "W25X05", "-r", "out.bin", chip=SMALL, flash=die, settings=ENTERABLE[variant])
    assert result.status == 0, result.err
    assert bench.path("out.bin").read_bytes() == die.read_bytes()
    # One fall of CEN on the way in, one on the way out.
    assert result.device("cen_pulses") == "2", result.message
    assert "Attempt" not in result.message


def test_a_large_capacitor_at_cen_is_charged_after_the_end(bench):
    """The pull-up of the module needs 55 ms for 10 uF once D2 is released."""
    die = bench.random_file("die.bin", 64 << 10, 1)
    command = f"{FLASHROM} -p ch341a_beken -c W25X05 -r out.bin && sleep 0.1"
    result = bench.run("sh", "-c", command, chip=SMALL, flash=die, settings=["cen_nf=10000"])
    assert result.status == 0, result.err
    assert bench.path("out.bin").read_bytes() == die.read_bytes()
    assert result.device("cen") == "high" and result.device("cen_pulses") == "2"


@pytest.mark.parametrize("seed", range(1, 9))
def test_entered_within_the_default_attempts_if_every_second_window_accepts(bench, seed):
    result = bench.flashrom("-c", "W25X05", "--flash-size", chip=SMALL,
                            settings=["accept_probability=0.5", f"seed={seed}"])
    assert result.status == 0, result.err
    assert 2 <= int(result.device("cen_pulses")) <= 11


def test_chance_really_makes_attempts_fail(bench):
    """The test above means something only if some seeds need more than one."""
    pulses = [int(bench.flashrom("-c", "W25X05", "--flash-size", chip=SMALL, settings=[
        "accept_probability=0.5", f"seed={seed}"]).device("cen_pulses")) for seed in range(1, 9)]
    assert max(pulses) > 2


def test_jedec_id_within_350_ms_of_opening(bench):
    result = bench.flashrom("-c", "EN25QH16", "--flash-size", chip="BK7231T")
    assert result.status == 0, result.err
    first = next(float(line.split(" ", 1)[0]) for line in result.record) / 1000
    took = float(result.device("id_first_ms")) - first
    figure(f"open to JEDEC ID: {took:.1f} emulated ms")
    assert took <= 350


def test_longer_pulses_on_later_attempts_outlast_the_charge_of_the_supply(bench):
    # The first pulse is shorter than its supply holds.
    result = bench.flashrom("-c", "W25X05", "--flash-size", chip=SMALL, settings=["off_ms=110"])
    assert result.status == 0, result.err
    assert "1 attempt failed: no sign of the chip" in result.message
    # Once on the way in; and on the way out, which takes the same pulse.
    assert len(result.events("soc off")) == 2


def test_window_ms_and_cen_low_ms_are_used(bench):
    result = bench.flashrom("-c", "W25X05", "--flash-size", chip=SMALL, params="cen_low_ms=250,window_ms=40")
    assert result.status == 0
    times = {}
    for line in result.record:
        at, _, event = line.split(" ", 2)
        times.setdefault(event, float(at) / 1000)
    assert 250 <= times["cen high"] - times["cen low"] < 255
    fused = bench.flashrom(chip=SMALL, params="window_ms=40,attempts=1", settings=["fused=yes"])
    # 40 ms of packets of 225 us.
    sent = sum(event.startswith("usb in 31") for event in fused.events("usb in"))
    assert 40 / 0.226 - 30 < sent < 40 / 0.2 + 30


def test_only_d2_is_sent_while_the_chip_listens(bench):
    """Unknown bytes in the window could reach the eFuse (BK7252 data sheet 8.16)."""
    result = bench.flashrom("-c", "W25X05", "--flash-size", chip=SMALL, settings=["fused=no"])
    frames = [event for event in result.events("d2")]
    assert frames, "frames that began outside state flash are counted as d2"
    states = result.events("soc")
    assert states[:4] == ["soc off", "soc startup", "soc window", "soc switch"]


def test_enter_never_does_not_touch_cen(bench):
    result = bench.flashrom("-c", "W25Q64BV/W25Q64CV/W25Q64FV", "--flash-size", params="enter=never", chip="W25Q64")
    assert result.status == 0
    assert result.device("cen_pulses") == "0"


def test_enter_never_reads_and_writes_a_plain_flash(bench):
    size = 8 << 20
    die = bench.random_file("die.bin", size, 1)
    image = bench.random_file("new.bin", size, 2)
    bench.path("layout").write_text("00100000:00107fff part\n")
    name = "W25Q64BV/W25Q64CV/W25Q64FV"
    before = die.read_bytes()
    result = bench.flashrom("-c", name, "-l", "layout", "-i", "part", "-N", "-w", image, params="enter=never",
                            chip="W25Q64", flash=die, record=False)
    assert result.status == 0, result.err
    after = die.read_bytes()
    assert after[0x100000:0x108000] == image.read_bytes()[0x100000:0x108000]
    assert after[:0x100000] == before[:0x100000] and after[0x108000:] == before[0x108000:]
    assert "0" == result.device("cen_pulses")
    assert result.device("dir") == "00", "pins are released"


def test_enter_never_with_an_unknown_flash_passes_everything_through(bench):
    """A die in no table may be of any kind: nothing is hidden, nothing unprotected."""
    die = bench.random_file("die.bin", 64 << 10, 1)
    image = bench.random_file("new.bin", 64 << 10, 2)
    result = bench.flashrom("-w", image, params="enter=never", chip="W25X05", flash=die, settings=["protect=3c"])
    assert result.status == 0, result.err
    assert die.read_bytes() == image.read_bytes()
    assert result.device("sr1") == "3c", "flashrom cleared and restored it by itself"


def test_keep_then_auto_does_not_reset_again(bench):
    die = bench.random_file("die.bin", 64 << 10, 1)
    first = f"{FLASHROM} -p ch341a_beken:leave=keep -c W25X05 -r a.bin"
    second = f"{FLASHROM} -p ch341a_beken:leave=keep -c W25X05 -r b.bin"
    result = bench.run("sh", "-c", f"{first} && {second}", chip=SMALL, flash=die)
    assert result.status == 0, result.err
    assert result.device("cen_pulses") == "1"
    assert result.device("state") == "flash" and result.device("cen") == "high"
    assert bench.path("a.bin").read_bytes() == bench.path("b.bin").read_bytes() == die.read_bytes()
    assert "the chip was not reset (enter=auto)" in result.message


def test_enter_always_resets_a_chip_that_answers(bench):
    result = bench.flashrom("-c", "W25X05", "--flash-size", params="enter=always", chip=SMALL,
                            settings=["soc_state=flash"])
    assert result.status == 0
    assert result.device("cen_pulses") == "2"
    result = bench.flashrom("-c", "W25X05", "--flash-size", chip=SMALL, settings=["soc_state=flash"])
    assert result.device("cen_pulses") == "1", "enter=auto: only the one on the way out"


def test_pins_are_released_after_reset(bench):
    result = bench.flashrom("-c", "W25X05", "--flash-size", chip=SMALL)
    assert result.device("dir") == "00"


def test_attempts_is_respected(bench):
    result = bench.flashrom(params="attempts=3", chip=SMALL, settings=["fused=yes"])
    assert result.status == 1
    assert "3 attempts failed: no sign of the chip" in result.message


def test_each_attempt_is_told_with_verbose_and_at_the_end_all_in_one(bench):
    result = bench.flashrom("-V", params="attempts=3", chip=SMALL, settings=["accept_probability=0"])
    for n in range(1, 4):
        assert f"Attempt {n} of 3: 0xD2 is seen, but the chip does not hear us." in result.message
    assert "3 attempts failed: 0xD2 is seen, but the chip does not hear us." in result.message


def test_attempts_are_one_line_on_a_terminal(bench):
    terminal = Terminal()
    process = terminal.start([EMU, "run", "--chip", SMALL, "--set", "accept_probability=0", "--timeout", str(REAL_LIMIT),
                              "--", *WRAP, FLASHROM, "-p", "ch341a_beken"],
                             cwd=bench.folder, env=environment(TERM="xterm"))
    assert terminal.finish(process, REAL_LIMIT) == 1
    shown = terminal.shown.decode()
    assert "Attempt 2 of 10: 0xD2 is seen" in shown and "Attempt 9 of 10" in shown
    lines = screen(terminal.shown)
    assert not any("Attempt" in line for line in lines), lines
    assert sum("10 attempts failed: " in line for line in lines) == 1


@pytest.mark.skipif(bool(WRAP), reason="valgrind is too slow for a window of 53 ms")
def test_works_in_real_time_too(bench):
    """The virtual clock is not what makes it work. A busy machine may need
    more than one attempt, as a busy host of a real chip would."""
    die = bench.random_file("die.bin", 64 << 10, 1)
    result = bench.flashrom("-c", "W25X05", "-r", "out.bin", chip=SMALL, flash=die, options=["--clock", "real"])
    assert result.status == 0, result.err
    assert bench.path("out.bin").read_bytes() == die.read_bytes()


def test_with_enter_never_a_flash_may_be_as_slow_as_it_likes(bench):
    """A status write of 600 ms is longer than any die of a Beken chip takes."""
    die = bench.random_file("die.bin", 128 << 10, 1)
    result = bench.flashrom("-c", "W25X10", "-E", params="enter=never", chip="W25X10", flash=die,
                            settings=["protect=0c", "tw_ms=600"])
    assert result.status == 0, result.err
    assert set(die.read_bytes()) == {0xff}
    assert "01" in result.opcodes() and "FAILED" not in result.out and "never cleared" not in result.err

# SPDX-License-Identifier: GPL-2.0-or-later
"""What is wrong is said in a sentence of its own; nothing is written."""
import pytest

from beken_bench import WRAP, assert_nothing_written
from faults import FAULTS

BEFORE_THE_CHIP = ("no CH341A", "serial mode", "no permission", "claimed by another program", "several attached")


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_named_and_exits_with_1(bench, fault):
    settings, words = FAULTS[fault]
    image = bench.random_file("new.bin", 64 << 10, 2)
    # All ten attempts take a minute under valgrind where the ID is asked for.
    result = bench.flashrom("-w", image, chip="BK-SMALL", settings=settings, params="attempts=3" if WRAP else "")
    assert result.status == 1, result.err
    for word in words:
        assert word in result.message, result.message
    last = [line for line in result.err.splitlines() if line.strip()][-1]
    assert last.startswith(("ch341a_beken: Error:", "ch341a_beken:   device=", "ch341a_beken:     sudo ")), \
        "our sentence stands last"
    assert_nothing_written(result)
    # Ten attempts with pulses of up to a second, or nothing to try at all.
    limit = 3000 if fault in BEFORE_THE_CHIP else 40000
    assert result.emulated_ms < limit


@pytest.mark.parametrize("fault", FAULTS)
def test_sentences_differ(bench, fault):
    """No two of these situations may look the same to the user."""
    groups = [{"MOSI not connected", "CS not connected", "MOSI and MISO swapped"},
              {"MISO wire missing", "fused"}, {"MISO stuck 00", "fused"},
              {"accepted but no flash", "no flash, lines high"}]
    result = bench.flashrom(chip="BK-SMALL", settings=FAULTS[fault][0], params="attempts=1")
    errors = [line for line in result.message.splitlines() if line.startswith("Error: ")]
    for other, (_, words) in FAULTS.items():
        if other == fault or any(fault in group and other in group for group in groups):
            continue
        assert not all(word in "\n".join(errors) for word in words), f"{fault} is taken for {other}"


@pytest.mark.parametrize("variant, settings, words", [
    # D2 has a pull-up of its own, so a missing wire cannot be told from a fused chip
    # on a module without a capacitor: both are named, D2 first.
    ("open D2 pulled up", ["wire_cen=open"], ["Check D2 (pin 17) to CEN first", "eFuse"]),
    ("fused, without a capacitor", ["fused=yes"], ["Check D2 (pin 17) to CEN first", "eFuse"]),
    ("open D2, firmware holds MISO low", ["wire_cen=open", "boot_miso=00"], ["Check D2 (pin 17) to CEN first"]),
    ("open D2, MISO idles low", ["wire_cen=open", "idle_level=00"], ["Check D2 (pin 17) to CEN first"]),
    ("open D2, firmware talks", ["wire_cen=open", "boot_miso=random"], ["Check D2 (pin 17) to CEN first", "10 cm"]),
    ("no power, without a pull-up at D2", ["power=off", "d2_pullup=no"], ["no power"]),
    ("no power, MISO idles low", ["power=off", "idle_level=00"], ["no power"]),
    ("pin reads have no answer", ["power=off", "uio_in=silent"], ["Check D2 (pin 17) to CEN first, then power"]),
    ("booting firmware drives MISO", ["fused=yes", "boot_miso=random", "cen_nf=470"],
     ["Power and D2 are good", "MISO reads noise", "eFuse"]),
    ("accepts seldom", ["accept_probability=0"], ["never hears the answer", "look alike", "attempts=400"]),
])
def test_uncertain_electrics(bench, variant, settings, words):
    result = bench.flashrom(chip="BK-SMALL", settings=settings, params="attempts=2")
    assert result.status == 1
    for word in words:
        assert word in result.message
    assert_nothing_written(result)


@pytest.mark.skipif(bool(WRAP), reason="emulated time is the same under valgrind")
@pytest.mark.parametrize("settings, limit", [
    (["wire_cen=open"], 5000), (["wire_cen=open", "boot_miso=00"], 8000), (["power=off"], 4000),
    (["wire_miso=stuck0", "cen_nf=1000"], 8000), (["fused=yes"], 5000), (["flash=absent"], 8000),
])
def test_static_faults_are_told_early(bench, settings, limit):
    result = bench.flashrom(chip="BK-SMALL", settings=settings)
    assert result.status == 1
    assert result.message.count("Attempt") == 0 and result.message.count("attempts failed: ") == 1, "one line for all"
    assert result.emulated_ms < limit


def test_sentences_fit_into_three_lines(bench):
    for settings, _ in FAULTS.values():
        result = bench.flashrom(chip="BK-SMALL", settings=settings, params="attempts=1")
        assert all(len(line) <= 3 * 80 for line in result.err.splitlines() if "Error: " in line), result.err


@pytest.mark.parametrize("params, words", [
    ("speed=1", ['"speed"', "device", "enter", "leave", "attempts", "cen_low_ms", "window_ms", "unprotect", "sfdp"]),
    ("enter=sometimes", ['"enter"', '"sometimes"', "auto, always or never"]),
    ("leave=boot", ['"leave"', "reset or keep"]),
    ("attempts=-1", ['"attempts"', "number"]),
    ("attempts=", ['"attempts"', "number"]),
    ("cen_low_ms=0", ['"cen_low_ms"', "milliseconds"]),
    ("window_ms=1e3", ['"window_ms"', "milliseconds"]),
    ("pipeline=yes", ['"pipeline"', "auto or no"]),
    ("unprotect=yes", ['"unprotect"', "auto or no"]),
    ("sfdp=1", ['"sfdp"', "auto or no"]),
    ("enter=auto,enter=auto", ['"enter"', "more than once"]),
    ("enter", ['"enter"', "key=value"]),
    ("enter=auto,", None),
    ("device=7", ["device=7", "device=0"]),
    ("device=1:99", ["device=1:99"]),
])
def test_bad_parameters(bench, params, words):
    result = bench.flashrom("-r", "out.bin", params=params, chip="BK-SMALL")
    if words is None:
        assert result.status == 0    # flashrom itself takes an empty end
        return
    assert result.status == 1
    for word in words:
        assert word in result.message
    assert_nothing_written(result)
    assert result.device("cen_pulses") == "0"
    assert not bench.path("out.bin").exists()


USB_FAULTS = ["short_reply_at", "empty_reply_at", "drop_reply_at", "extra_reply_at", "stall_out_at", "stall_in_at"]


@pytest.mark.parametrize("fault", USB_FAULTS)
@pytest.mark.parametrize("at", [2, 60, 400] if WRAP else [1, 2, 60, 400, 1500])
def test_usb_fault_never_ends_well_with_wrong_data(bench, fault, at):
    """Either the run fails with a sentence, or what it says is true."""
    die = bench.random_file("die.bin", 64 << 10, 1)
    image = bench.random_file("new.bin", 64 << 10, 2)
    result = bench.flashrom("-c", "W25X05", "-w", image, chip="BK-SMALL", flash=die,
                            settings=[f"{fault}={at}"])
    if result.status == 0:
        assert die.read_bytes() == image.read_bytes()
        assert "VERIFIED" in result.out
    else:
        assert "connection to the CH341A failed" in result.message or "does not answer as it should" in result.message
    assert result.emulated_ms < 120000


def test_stale_replies_of_another_program_are_thrown_away(bench):
    die = bench.random_file("die.bin", 64 << 10, 1)
    result = bench.flashrom("-c", "W25X05", "-r", "out.bin", chip="BK-SMALL", flash=die, settings=["stale_at_open=4"])
    assert result.status == 0, result.err
    assert bench.path("out.bin").read_bytes() == die.read_bytes()


def test_late_reply_is_waited_for(bench):
    die = bench.random_file("die.bin", 64 << 10, 1)
    result = bench.flashrom("-c", "W25X05", "-r", "out.bin", chip="BK-SMALL", flash=die,
                            settings=["late_reply_at=700", "late_reply_ms=500"])
    assert result.status == 0, result.err
    assert bench.path("out.bin").read_bytes() == die.read_bytes()


@pytest.mark.parametrize("operation", ["program", "erase", "status"])
@pytest.mark.parametrize("after", [1] if WRAP else [1, 3])
def test_stuck_wip_ends_with_a_failure(bench, operation, after):
    die = bench.random_file("die.bin", 128 << 10, 1)
    image = bench.random_file("new.bin", 128 << 10, 2)
    settings = [f"wip_stuck={operation}", f"wip_stuck_after={after}"]
    result = bench.flashrom("-w", image, chip="BK-SMALL-CMP", flash=die, settings=settings)
    if operation == "status" and after == 3:
        assert result.status == 0, "there are only two status writes"
        return
    assert result.status not in (0, 1), result.err
    assert "still busy" in result.message or "stays write-protected" in result.message
    assert result.emulated_ms < 200000


@pytest.mark.parametrize("arguments", [["-n"]] if WRAP else [["-n"], []])
@pytest.mark.parametrize("at", [7] if WRAP else [1, 7, 100])
def test_refused_page_is_sent_again_or_fails(bench, at, arguments):
    die = bench.random_file("die.bin", 128 << 10, 1)
    image = bench.random_file("new.bin", 128 << 10, 2)
    result = bench.flashrom(*arguments, "-w", image, chip="BK-SMALL-CMP", flash=die,
                            settings=[f"program_refused_at={at}"])
    assert result.status == 0, result.err
    assert die.read_bytes() == image.read_bytes()


def test_slow_pages_are_all_written(bench):
    """Pages that outlast the polls in the stream: the next one is refused and sent again."""
    for tpp in (1500, 5000) if WRAP else (100, 700, 1500, 2900, 5000):
        die = bench.random_file("die.bin", 64 << 10, 1)
        image = bench.random_file("new.bin", 64 << 10, 2)
        result = bench.flashrom("-n", "-w", image, chip="BK-SMALL", flash=die, settings=[f"tpp_us={tpp}"])
        assert result.status == 0, result.err
        assert die.read_bytes() == image.read_bytes()

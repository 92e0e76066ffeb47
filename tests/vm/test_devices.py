# SPDX-License-Identifier: GPL-2.0-or-later
"""Several programmers, unplugging, and permissions, as a real kernel and udev have them."""
import hashlib
import re
import time

import pytest

from programmers import assert_left_well, covered, guest, listed_boards, random_file

KIB = 1 << 10
LIMIT = 180
SMALL = "flashrom -p ch341a_beken{} -c W25X05"


# ---- two programmers ----

@pytest.fixture
def two(plug, tmp_path):
    """Two small dies of different content; the second board has a serial number."""
    dies = [random_file(tmp_path / f"die{n}.bin", 64 * KIB, 10 + n) for n in (0, 1)]
    programmers = plug("BK-SMALL", ["devices=2", "1.usb_serial=SECOND02"], dies)
    programmers.attach("1-1", "1-2")
    return programmers


def listed(message):
    """The values of device= that an error offers, for each programmer."""
    return [re.findall(r"device=(\S+)", line) for line in message.splitlines() if line.startswith("  ")]


def test_two_programmers_are_an_error_that_lists_both(machine, two):
    result = machine.run(SMALL.format("") + " --flash-size")
    assert result.status == 1
    assert "2 CH341A are attached. Choose one with device=" in result.message
    first, second = listed(result.message)
    assert len(first) == 3 and len(second) == 4 and second[3] == "SECOND02"
    names = machine.run("cd /sys/bus/usb/devices; grep -l 1a86 */idVendor | sort").out
    assert [first[2], second[2]] == [line.split("/")[0] for line in names.splitlines()], "port paths as in sysfs"
    seen = two.end()
    assert seen.device("out_urbs", 0) == "0" and seen.device("out_urbs", 1) == "0"


def test_each_listed_value_selects_its_programmer(machine, two, shared, tmp_path):
    values = listed(machine.run(SMALL.format("") + " --flash-size").message)
    assert [len(offered) for offered in values] == [3, 4]
    for number, offered in enumerate(values):
        for value in offered:
            out = shared / f"{number}-{value.replace(':', '.')}.bin"
            with covered("+ launcher", "BK-SMALL", "read"):
                result = machine.run(SMALL.format(f":device={value}") + f" -r {guest(out)}", limit=LIMIT)
                assert result.status == 0, result.err
                assert out.read_bytes() == (tmp_path / f"die{number}.bin").read_bytes(), value


def test_two_programmers_at_the_same_time(machine, two, shared, tmp_path):
    jobs = [machine.start(SMALL.format(f":device={n}") + f" -r {guest(shared / f'{n}.bin')}", limit=LIMIT)
            for n in (0, 1)]
    for number, job in enumerate(jobs):
        result = job.wait()
        assert result.status == 0, result.err
        assert (shared / f"{number}.bin").read_bytes() == (tmp_path / f"die{number}.bin").read_bytes()


def test_second_program_on_one_programmer_is_told_so(machine, plug, shared, tmp_path):
    die = random_file(tmp_path / "die.bin", 2048 * KIB, 12)
    plug("BK7231T", flashes=[die]).attach()
    first = machine.start(f"flashrom -p ch341a_beken -r {guest(shared / 'out.bin')}", limit=LIMIT)
    wait_for_output(first, "Reading flash")
    second = machine.run("flashrom -p ch341a_beken -r /tmp/out.bin")
    assert second.status == 1
    assert "Another program uses the CH341A" in second.message
    (board,), status = listed_boards(machine)
    assert status == 1 and board["access"] == "busy" and not board["usable"]
    holder, = board["holders"]
    assert holder["name"] == "ch341a-beken" and holder["pid"] > 1
    assert machine.run(f"readlink /proc/{holder['pid']}/exe").out.strip() == "/opt/beken/ch341a-beken"
    assert f"in use by ch341a-beken (pid {holder['pid']})" in machine.run("ch341a-beken list").out
    check = machine.run("ch341a-beken check")
    assert check.status == 1 and "The check failed at: Permission." in check.err
    assert first.wait().status == 0
    assert (shared / "out.bin").read_bytes() == die.read_bytes(), "the first one is not disturbed"


# ---- unplugging ----

def wait_for_output(job, text, limit=60):
    deadline = time.monotonic() + limit
    while text not in job.output():
        assert time.monotonic() < deadline, f"no \"{text}\" in:\n{job.output()}"
        time.sleep(0.1)


@pytest.mark.parametrize("operation, started", [("-w", "Erasing and writing"), ("-r", "Reading flash")])
def test_unplugged_in_the_middle_then_plugged_in_again(machine, plug, shared, tmp_path, operation, started):
    die = random_file(tmp_path / "die.bin", 2048 * KIB, 13)
    image = random_file(shared / "new.bin", 2048 * KIB, 14)
    programmers = plug("BK7231T", flashes=[die])
    (before,) = programmers.attach()
    # Enough to be in the middle of, without a long read before a write.
    (shared / "layout").write_text("00000000:00007fff first\n00008000:0007ffff more\n")
    layout = f"-l {guest(shared / 'layout')}"
    part = f"{layout} -i more -N" if operation == "-w" else ""
    job = machine.start(f"flashrom -p ch341a_beken {part} {operation} {guest(image)}", limit=LIMIT)
    wait_for_output(job, started)
    programmers.detach()
    unplugged = time.monotonic()
    result = job.wait()
    assert time.monotonic() - unplugged < 20, "it ends soon"
    assert result.status in (1, 2), result.err
    assert "The CH341A was unplugged or reset itself." in result.message

    image = random_file(shared / "again.bin", 2048 * KIB, 15)
    (after,) = programmers.attach()
    assert after == before
    with covered("+ launcher", "BK7231T", "region"):
        result = machine.run(f"flashrom -p ch341a_beken {layout} -i first -N -w {guest(image)}", limit=LIMIT)
        assert result.status == 0, result.err
    assert_left_well(programmers.end())
    assert die.read_bytes()[:32 * KIB] == image.read_bytes()[:32 * KIB]


# ---- permissions ----

def set_rule(machine, present):
    """flashrom's rule; /dev/null in its place is udev's way to mask one."""
    command = "rm -f $r/60-flashrom.rules" if present else "mkdir -p $r && ln -sf /dev/null $r/60-flashrom.rules"
    result = machine.run(f"r=/run/udev/rules.d; ls /usr/lib/udev/rules.d/60-flashrom.rules && {command} && "
                         "udevadm control --reload")
    assert result.status == 0, result.err


@pytest.fixture
def rule(machine):
    """rule(PRESENT): with or without flashrom's udev rule."""
    yield lambda present: set_rule(machine, present)
    set_rule(machine, True)


@pytest.mark.parametrize("present, user, allowed", [
    (False, "member", False), (True, "outsider", False), (True, "member", True)])
def test_permission_comes_from_the_udev_rule(machine, plug, tmp_path, rule, present, user, allowed):
    rule(present)
    die = random_file(tmp_path / "die.bin", 64 * KIB, 16)
    programmers = plug("BK-SMALL", flashes=[die])
    (device,) = programmers.attach()
    (board,), _ = listed_boards(machine, user=user)
    assert board["access"] == ("free" if allowed else "denied") and board["port"] == device
    command = SMALL.format("") + " -r /tmp/$USER.bin && cat /tmp/$USER.bin | sha256sum"
    result = machine.run(command, user=user, limit=LIMIT)
    node = machine.run(f"cd /sys/bus/usb/devices/{device}; ls -l /dev/bus/usb/$(printf %03d/%03d "
                       "$(cat busnum) $(cat devnum))").out
    seen = programmers.end()
    assert node.split()[3] == ("plugdev" if present else "root"), node
    if allowed:
        assert result.status == 0, result.err
        assert result.out.splitlines()[-1].split()[0] == hashlib.sha256(die.read_bytes()).hexdigest()
        assert_left_well(seen)
    else:
        assert result.status == 1
        assert "No permission to open the CH341A at" in result.message
        assert "udev rule of flashrom" in result.message
        assert seen.device("out_urbs") == "0"

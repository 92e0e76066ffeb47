# SPDX-License-Identifier: GPL-2.0-or-later
"""ch341a-beken serve, with Debian's flashrom as the client"""
import os
import random
import re
import socket
import subprocess
import time

import pytest

from beken_bench import EMU, TOOL, assert_no_alarm, assert_nothing_written, assert_safe, environment
from need import need
from tool_output import assert_one_form, note_matrix

FLASHROM = "/usr/sbin/flashrom"
SIZE = 128 << 10
CHIP = "BK-SMALL-CMP"
MOMENTS = 8
# Starts a server on a free port, sets $server, $port and $flashrom; `stop` ends
# it by SIGTERM and returns its status.
SERVER = f"""
start() {{
    {TOOL} serve --listen 127.0.0.1:0 "$@" >serve.out 2>serve.err & server=$!
    for _ in $(seq 1000); do ! grep -q ip= serve.out || break; sleep 0.01; done
    port=$(sed -n 's/.*ip=.*:\\([0-9]*\\)$/\\1/p' serve.out)
    flashrom="{FLASHROM} -p serprog:ip=127.0.0.1:$port"
}}
stop() {{
    # So that it has seen its client go.
    sleep 0.2
    kill -TERM $server; wait $server
}}
"""


@pytest.fixture
def serve(bench):
    """Runs a script beside a server; the result has what the server has said."""
    def run(script, *options, chip=CHIP, before="", **more):
        # With set -m before: job control, since other background jobs ignore SIGINT.
        script = f"{SERVER}\n{before}\nstart {' '.join(options)}\nset +m\n{script}"
        result = bench.run("bash", "-c", script, chip=chip, **more)
        assert_safe(result)
        result.serve_out = bench.path("serve.out").read_text()
        result.serve_err = bench.path("serve.err").read_text()
        assert_no_alarm(result.serve_err)
        assert_one_form(result.serve_err)
        return result
    return run


def files(bench):
    return bench.random_file("die.bin", SIZE, 1), bench.random_file("new.bin", SIZE, 2)


# ---- one client ----

def test_read(bench, serve):
    die, _ = files(bench)
    result = serve("$flashrom -r out.bin && stop", flash=die)
    assert result.status == 0, result.out + result.err
    assert bench.path("out.bin").read_bytes() == die.read_bytes()
    assert_nothing_written(result)
    assert result.serve_out.startswith("listening on 127.0.0.1:")
    assert re.search(r"Client 127\.0\.0\.1:\d+ connected", result.serve_err)
    assert re.search(r"Client 127\.0\.0\.1:\d+ has gone\.\n", result.serve_err)
    note_matrix(CHIP, "read", True)


def test_the_command_line_that_is_printed_works(bench, serve):
    die, _ = files(bench)
    result = serve("$(sed -n 's/^ *flashrom /" + FLASHROM.replace("/", "\\/") + " /p' serve.out) -r out.bin && stop",
                   flash=die)
    assert result.status == 0, result.out + result.err
    assert bench.path("out.bin").read_bytes() == die.read_bytes()


def test_write_and_verify(bench, serve):
    die, image = files(bench)
    result = serve("$flashrom -w new.bin && stop", flash=die)
    assert result.status == 0 and "VERIFIED" in result.out
    assert die.read_bytes() == image.read_bytes()
    assert "Write protection cleared" in result.serve_err
    assert result.device("state") != "flash" and result.device("dir") == "00"
    note_matrix(CHIP, "write", True)


def test_a_backup_reads_no_more_than_the_client_has_left(bench, serve):
    die, _ = files(bench)
    before = die.read_bytes()
    bench.path("backups").mkdir()
    result = serve("$flashrom -w new.bin && stop", "-p", "backup=backups", flash=die)
    assert result.status == 0, result.serve_err
    assert [path.read_bytes() for path in bench.path("backups").iterdir()] == [before]
    events = [event.split() for event in result.events("spi")]
    first = next(i for i, event in enumerate(events) if event[2] == "06")
    assert sum(int(event[1]) - 4 for event in events[:first] if event[2] == "03") == 2 * SIZE


@pytest.mark.parametrize("leave, state", [("keep", True), ("reset", False)])
def test_leave_is_respected(bench, serve, leave, state):
    result = serve("$flashrom -r out.bin && stop", "-p", f"leave={leave}")
    assert result.status == 0 and (result.device("state") == "flash") is state


def test_several_one_after_the_other(bench, serve):
    die, image = files(bench)
    result = serve("$flashrom -w new.bin && $flashrom -E && $flashrom -w new.bin && $flashrom -r out.bin && stop",
                   flash=die)
    assert result.status == 0, result.out + result.err
    assert die.read_bytes() == image.read_bytes() == bench.path("out.bin").read_bytes()
    assert result.serve_err.count(" connected.") == result.serve_err.count(" has gone.") == 4
    assert int(result.device("cen_pulses")) == 8, "each enters and boots"


def test_nothing_is_touched_without_a_client(bench, serve):
    result = serve("sleep 60; stop")
    assert result.status == 0 and result.device("transfers") == "0"
    assert result.serve_err == ""


def test_speed_is_that_of_the_bus(bench, serve):
    """Nagle and delayed ACKs would cost 40 ms for each command."""
    result = serve("$flashrom -r out.bin && stop", chip="BK7231T")
    assert result.status == 0
    assert result.emulated_ms < 25000, "2 MiB take 16 s on the wire"


# ---- errors reach both ends ----

@pytest.mark.parametrize("settings, word", [
    (["wire_cen=open", "d2_pullup=no"], "Check D2 (pin 17) to CEN first"), (["usb_access=denied"], "No permission"),
    (["usb_mode=serial"], "serial port mode"), (["devices=2"], "Choose one with device="),
    (["wire_mosi=open"], "never hears the answer"),
])
def test_a_start_that_fails_reaches_flashrom_and_the_log(bench, serve, settings, word):
    result = serve("$flashrom -r out.bin; s=$?; stop && exit $s", "-p", "attempts=1", settings=settings)
    assert result.status == 1
    assert "ch341a-beken: Error: " in result.serve_err and word in result.serve_err
    assert "It could not do its work." in result.serve_err
    assert not bench.path("out.bin").exists()
    assert_nothing_written(result)


def test_the_next_client_gets_a_new_chance(bench, serve):
    """The chip takes the offer in the second window only."""
    result = serve("$flashrom -r a.bin; a=$?; for i in 1 2 3 4 5 6 7 8 9; do $flashrom -r b.bin && break; done;"
                   "b=$?; stop && exit $((10 * a + b))",
                   "-p", "attempts=1", settings=["accept_probability=1/3", "seed=1"])
    assert result.status == 10, result.serve_err
    assert bench.path("b.bin").stat().st_size == SIZE


def test_unplugged_in_the_middle(bench, serve):
    result = serve("$flashrom -r out.bin; s=$?; stop; exit $((10 * s + $?))", settings=["unplug_at_transfer=1500"])
    assert result.status == 10
    assert "unplugged" in result.serve_err


# ---- --once ----

def test_once_ends_after_the_client(bench, serve):
    result = serve("$flashrom -r out.bin && wait $server", "--once")
    assert result.status == 0 and bench.path("out.bin").stat().st_size == SIZE


def test_once_fails_as_the_session_does(bench, serve):
    result = serve("$flashrom -r out.bin; wait $server", "--once", "-p", "attempts=1", settings=["fused=yes"])
    assert result.status == 1


def test_once_is_not_for_those_who_only_knock(bench, serve):
    result = serve("exec 3<>/dev/tcp/127.0.0.1/$port; sleep 1; exec 3>&-; sleep 1; $flashrom -r out.bin && wait $server",
                   "--once")
    assert result.status == 0 and result.serve_err.count(" connected.") == 2


# ---- a second client ----

def test_a_second_client_is_refused_and_the_first_not_disturbed(bench, serve):
    die, image = files(bench)
    result = serve("$flashrom -w new.bin >first 2>&1 & first=$!; sleep 3; $flashrom -r out.bin; second=$?;"
                   "wait $first; first=$?; stop && exit $((10 * second + first))", flash=die)
    assert result.status == 10, result.out + result.serve_err
    assert 'Programmer name is "busy, try later"' in result.out, "flashrom shows why"
    assert not bench.path("out.bin").exists()
    assert "VERIFIED" in bench.path("first").read_text()
    assert die.read_bytes() == image.read_bytes()
    first, refused, by = re.search(r"Client (\S+) connected(?:.|\n)*Client (\S+) refused: (\S+) uses the chip",
                                   result.serve_err).groups()
    assert first == by != refused


def test_a_crowd_is_refused(bench, serve):
    die, image = files(bench)
    crowd = "for i in 1 2 3 4 5 6 7; do $flashrom -r $i.bin >/dev/null 2>&1 & done;"
    result = serve(f"$flashrom -w new.bin >first 2>&1 & first=$!; sleep 3; {crowd} wait $first; s=$?; stop && exit $s",
                   flash=die)
    assert result.status == 0
    assert result.serve_err.count(" refused: ") == 7
    assert die.read_bytes() == image.read_bytes()
    assert not list(bench.folder.glob("[1-7].bin"))


def test_a_client_that_says_nothing_is_sent_away(bench, serve):
    die, _ = files(bench)
    result = serve("exec 3<>/dev/tcp/127.0.0.1/$port; sleep 45; $flashrom -r out.bin && stop", flash=die)
    assert result.status == 0
    assert "was silent and is disconnected" in result.serve_err
    assert bench.path("out.bin").read_bytes() == die.read_bytes()


def test_rubbish_does_no_harm(bench, serve):
    die, _ = files(bench)
    bench.path("rubbish").write_bytes(random.Random(3).randbytes(200000))
    result = serve("timeout 20 bash -c 'exec 3<>/dev/tcp/127.0.0.1/'$port'; cat rubbish >&3 & cat <&3 >/dev/null';"
                   "$flashrom -r out.bin && stop", flash=die, settings=["soc_state=boot"])
    assert result.status == 0, result.serve_err
    assert bench.path("out.bin").stat().st_size == SIZE


# ---- clients that vanish, servers that are ended ----

@pytest.mark.parametrize("number", range(MOMENTS))
def test_after_a_client_that_vanished_the_next_one_writes(bench, serve, number):
    """Killed while it writes, at moments from the first erase to the end."""
    die, image = files(bench)
    at = sorted(random.Random(11).uniform(2.4, 4.5) for _ in range(MOMENTS))[number]
    result = serve(f"$flashrom -w new.bin >first 2>&1 & first=$!; sleep {at:.3f}; kill -KILL $first;"
                   "wait $first; sleep 1; $flashrom -w new.bin; s=$?; stop && exit $s", flash=die)
    assert result.status == 0, result.out + result.serve_err
    assert "VERIFIED" in result.out
    assert die.read_bytes() == image.read_bytes()
    assert result.device("corrupted") == "0", "no erase or write was cut short"
    if "VERIFIED" not in bench.path("first").read_text():
        assert "vanished in the middle of its work" in result.serve_err


def test_a_client_that_takes_no_answers_is_given_up(bench, serve):
    """It asks for more than fits between the two, and reads nothing of it."""
    die, _ = files(bench)
    ask = "printf '\\x13\\x04\\x00\\x00\\x00\\x00\\x01\\x03\\x00\\x00\\x00'"
    result = serve("exec 3<>/dev/tcp/127.0.0.1/$port; printf '\\x15\\x01' >&3;"
                   f"for i in $(seq 300); do {ask}; done >&3; sleep 300; $flashrom -r out.bin; s=$?; stop && exit $s",
                   flash=die, record=False)
    assert result.status == 0, result.serve_err
    assert "vanished in the middle of its work" in result.serve_err
    assert bench.path("out.bin").read_bytes() == die.read_bytes()


def test_vanished_between_the_bytes_of_a_command(bench, serve):
    die, image = files(bench)
    half = ("exec 3<>/dev/tcp/127.0.0.1/$port; printf '\\x15\\x01' >&3; head -c 1 <&3 >/dev/null;"
            "printf '\\x13\\x04\\x01\\x00\\x00\\x00\\x00\\x02\\x00' >&3; sleep 0.1; exec 3>&-; ")
    result = serve(half + "sleep 1; $flashrom -w new.bin && stop", flash=die)
    assert result.status == 0, result.serve_err
    assert "vanished" in result.serve_err and die.read_bytes() == image.read_bytes()


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP"])
@pytest.mark.parametrize("at", [0.5, 2.6, 3.3])
def test_a_signal_ends_it_in_good_order(bench, serve, name, at):
    die, _ = files(bench)
    result = serve(f"$flashrom -w new.bin >first 2>&1 & sleep {at}; kill -{name} $server; wait $server", flash=die,
                   before="set -m")
    assert result.status == 0, result.serve_err
    assert result.device("wip") == "0" and result.device("dir") == "00" and result.device("corrupted") == "0"


def test_it_can_be_started_again_at_once(bench, serve):
    """Who hangs up first keeps the port busy for a minute: here it is the server."""
    again = f"{TOOL} serve --listen 127.0.0.1:$port >again 2>&1 & server=$!; sleep 1; $flashrom -r out.bin && stop"
    result = serve("exec 3<>/dev/tcp/127.0.0.1/$port; sleep 0.5; stop && exec 3>&- && { " + again + "; }")
    assert result.status == 0, bench.path("again").read_text()
    assert bench.path("out.bin").stat().st_size == SIZE


# ---- where it listens ----

def listen(bench, *arguments):
    """A server in real time without an emulator: only its beginning."""
    process = subprocess.Popen([TOOL, "serve", *arguments], cwd=bench.folder, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, env=environment())
    lines = process.stdout.readline() + process.stdout.readline()
    process.terminate()
    _, err = process.communicate(timeout=30)
    return process.returncode, lines, err


def test_loopback_is_the_default(bench):
    status, out, err = listen(bench)
    assert status == 0 and err == ""
    assert out == "listening on 127.0.0.1:3334\n    flashrom -p serprog:ip=127.0.0.1:3334\n"


@pytest.mark.parametrize("address, host", [("0.0.0.0:0", None), ("[::]:0", "[::]")])
def test_a_warning_comes_before_listening_to_others(bench, address, host):
    if host and not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    status, out, err = listen(bench, "--listen", address)
    assert status == 0
    assert "Warning: " in err and "no passwords" in err and "ssh -L" in err
    if host:
        assert out.startswith(f"listening on {host}:") and "IPv4 only" in out
    else:
        assert f"flashrom -p serprog:ip={socket.gethostname()}:" in out


@pytest.mark.parametrize("address, start", [
    ("127.0.0.1:0", "listening on 127.0.0.1:"), ("[::1]:0", "listening on [::1]:"), ("localhost:0", "listening on "),
    ("127.0.0.2:0", "listening on 127.0.0.2:"),
])
def test_loopback_needs_no_warning(bench, address, start):
    status, out, err = listen(bench, "--listen", address)
    assert (status, err) == (0, "") and out.startswith(start)


@pytest.mark.parametrize("address", ["", ":", ":1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:x", "[::1", "[::1]x",
                                     "[]:1", "x" * 300])
def test_bad_addresses(bench, address):
    status, out, err = listen(bench, "--listen", address)
    assert status == 2 and out == ""
    assert err.startswith("ch341a-beken: Error: Bad address") and "--listen" in err


def test_addresses_that_cannot_be_had(bench):
    status, out, err = listen(bench, "--listen", "192.0.2.1:0")
    assert status == 1 and out == "" and "Cannot listen on 192.0.2.1" in err
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        status, out, err = listen(bench, "--listen", f"127.0.0.1:{other.getsockname()[1]}")
    assert status == 1 and "in use" in err
    status, out, err = listen(bench, "--listen", "no-such-host.invalid:0")
    assert status == 1 and "Cannot find the address" in err


def test_ipv6_carries_serprog(bench):
    """flashrom cannot, other clients can."""
    process = subprocess.Popen([TOOL, "serve", "--listen", "[::1]:0"], stdout=subprocess.PIPE, text=True)
    port = int(process.stdout.readline().rsplit(":", 1)[1])
    with socket.create_connection(("::1", port), timeout=10) as client:
        client.sendall(b"\x10\x03")
        got = b""
        while len(got) < 19:
            got += client.recv(100)
    process.terminate()
    assert process.wait(timeout=10) == 0
    assert got == b"\x15\x06\x06ch341a_beken\0\0\0\0"


# ---- another machine ----

def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=20)


@pytest.fixture
def other_machine():
    """A network namespace with a cable to this one; yields its name and our address."""
    if os.geteuid():
        pytest.skip("only root can make a network namespace")
    need("iproute2", "ip")
    name = f"beken{os.getpid()}"
    try:
        ip("netns", "add", name)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network namespaces here: {error.stderr.decode().strip()}")
    number = os.getpid() % 250
    try:
        ip("link", "add", f"bk{os.getpid()}", "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("addr", "add", f"198.18.{number}.1/24", "dev", f"bk{os.getpid()}")
        ip("link", "set", f"bk{os.getpid()}", "up")
        ip("-n", name, "addr", "add", f"198.18.{number}.2/24", "dev", "eth0")
        ip("-n", name, "link", "set", "eth0", "up")
        yield name, f"198.18.{number}.1"
    finally:
        # The namespace goes in the background, and its cable with it: the next test may come before that.
        subprocess.run(["ip", "link", "del", f"bk{os.getpid()}"], capture_output=True, timeout=30, check=False)
        ip("netns", "del", name)


def test_flashrom_on_another_machine(bench, other_machine):
    """Server in real time on this machine, flashrom without any emulator on the other."""
    name, address = other_machine
    die, image = bench.random_file("die.bin", 64 << 10, 1), bench.random_file("new.bin", 64 << 10, 2)
    server = subprocess.Popen([EMU, "run", "--chip", "BK-SMALL", "--clock", "real", "--flash", str(die), "--timeout",
                               "120", "--", TOOL, "serve", "--listen", f"{address}:0"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=bench.folder)
    port = server.stdout.readline().rsplit(":", 1)[1].strip()
    assert server.stdout.readline() == f"    flashrom -p serprog:ip={address}:{port}\n"
    client = ["ip", "netns", "exec", name, FLASHROM, "-p", f"serprog:ip={address}:{port}", "-c", "W25X05"]
    try:
        for operation in (["-r", "out.bin"], ["-w", "new.bin"]):
            before = die.read_bytes()
            result = subprocess.run([*client, *operation], cwd=bench.folder, capture_output=True, text=True,
                                    timeout=100, check=False)
            assert result.returncode == 0, result.stdout + result.stderr
            if operation[0] == "-r":
                assert bench.path("out.bin").read_bytes() == before
    finally:
        # beken-emu passes it on to the server.
        server.terminate()
        _, err = server.communicate(timeout=60)
    assert "no passwords" in err
    assert die.read_bytes() == image.read_bytes(), err


def test_a_machine_that_is_switched_off_is_noticed(bench, other_machine):
    """Its cable is pulled: no goodbye comes, and the next client must not wait for ever."""
    name, address = other_machine
    server = subprocess.Popen([TOOL, "serve", "--listen", f"{address}:0"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
    port = server.stdout.readline().rsplit(":", 1)[1].strip()
    client = subprocess.Popen(["ip", "netns", "exec", name, "bash", "-c",
                               f"exec 3<>/dev/tcp/{address}/{port}; echo there; while sleep 1; do printf '\\0' >&3; done"],
                              stdout=subprocess.PIPE, text=True)
    assert client.stdout.readline() == "there\n"
    time.sleep(1.5)
    ip("-n", name, "link", "set", "eth0", "down")
    try:
        deadline = time.monotonic() + 50
        line = ""
        while "Client" not in line or "connected." in line:
            assert time.monotonic() < deadline
            line = server.stderr.readline()
        assert "has gone" in line or "was silent" in line
    finally:
        client.kill()
        client.wait()
        server.terminate()
        server.communicate(timeout=30)

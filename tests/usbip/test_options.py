# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line."""
import socket
import subprocess

import pytest
from beken_bench import EMU
from usbip_client import Link


def run(*arguments):
    return subprocess.run([EMU, "usbip", *arguments], capture_output=True, text=True, timeout=20,
                          stdin=subprocess.DEVNULL, check=False)


def test_help():
    result = run("--help")
    assert result.returncode == 0 and result.stderr == ""
    for option in ("--listen", "--allow-remote", "--chip", "--set", "--flash", "--clock", "--replug-after",
                   "--control", "--stats", "--report", "--record"):
        assert f"\n  {option} " in result.stdout, option
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "usbip" in subprocess.run([EMU, "--help"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("arguments, message", [
    (["--listen", "nowhere"], "--listen takes ADDRESS:PORT in numbers"),
    (["--listen", "127.0.0.1:65536"], "--listen takes ADDRESS:PORT in numbers"),
    (["--listen", "127.0.0.1:"], "--listen takes ADDRESS:PORT in numbers"),
    (["--listen", "[::1:3240"], "--listen takes ADDRESS:PORT in numbers"),
    (["--listen", "localhost:0"], "--listen takes ADDRESS:PORT in numbers"),
    (["--listen", "0.0.0.0:0"], "0.0.0.0:0 can be reached from other machines"),
    (["--listen", "[::]:0"], "[::]:0 can be reached from other machines"),
    (["--clock", "virtual"], "--clock takes fast or real, not \"virtual\""),
    (["--replug-after", "soon"], "--replug-after takes a number of milliseconds, not \"soon\""),
    (["--replug-after", "-1"], "--replug-after takes a number of milliseconds, not \"-1\""),
    (["--control", "/dev/null"], "--control /dev/null: is not a FIFO"),
    (["--control", "/nowhere/fifo"], "--control /nowhere/fifo: No such file or directory"),
    (["--chip", "Z80"], "chip=Z80: allowed values are"),
    (["--set", "usb_access=denied"], "usb_access and usb_kernel_driver say what a host does"),
    (["--set", "usb_kernel_driver=spi-ch341"], "usb_access and usb_kernel_driver say what a host does"),
    (["--set", "3.usb_bus=2"], "the bench has 1 devices"),
    (["--record", "/nowhere/record"], "/nowhere/record: No such file or directory"),
    (["program"], "usbip takes no argument \"program\""),
    (["--nonsense"], "unrecognized option '--nonsense'"),
])
def test_bad_options(arguments, message):
    result = run(*arguments)
    assert message in result.stderr
    assert result.returncode == 125 and result.stdout == ""


def test_a_port_in_use():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = run("--listen", f"127.0.0.1:{port}")
    assert result.returncode == 125
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in result.stderr


def test_remote_clients_by_request_only():
    with subprocess.Popen([EMU, "usbip", "--listen", "0.0.0.0:0", "--allow-remote"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        process.terminate()
        _, err = process.communicate(timeout=20)
    assert line.startswith("listening on 0.0.0.0:")
    assert "warning: anybody who can reach 0.0.0.0:0 can use the emulated devices" in err
    assert process.returncode == 0


def test_ipv6():
    with subprocess.Popen([EMU, "usbip", "--listen", "[::1]:0"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        if not line and "Address family not supported" in process.stderr.read():
            pytest.skip("this machine has no IPv6")
        assert line.startswith("listening on [::1]:")
        with socket.create_connection(("::1", int(line.rsplit(":", 1)[1])), timeout=20) as link:
            link.sendall(bytes.fromhex("0111 8005 00000000"))
            assert link.recv(8) == bytes.fromhex("0111 0005 00000000")
        process.terminate()
        process.communicate(timeout=20)


def test_the_chip_option(serve):
    server = serve(options=["--chip", "BK7252", "--set", "soc_state=flash"])
    programmer = server.programmer()
    programmer.setup()
    assert programmer.jedec_id() != bytes(3)


def test_a_closed_stdout_does_not_end_the_server(serve):
    server = serve()
    server.process.stdout.close()
    for _ in range(3):
        server.attach().close()
        server.wait_for(server.listed, 1)
    with Link(server.port):
        pass
    server.process.terminate()
    assert server.process.wait(timeout=20) == 0

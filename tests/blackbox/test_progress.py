# SPDX-License-Identifier: GPL-2.0-or-later
"""What flashrom prints, on its way through the launcher; and how far it has come."""
import itertools
import os
import re
import shutil
import signal
import subprocess
import time

import pytest

from beken_bench import EMU, EMULATED_LIMIT, FLASHROM, REAL_LIMIT, WRAP, Bench, environment
from terminal import Terminal, screen

REAL = shutil.which("flashrom", path="/usr/sbin:/usr/bin:/usr/local/sbin")
SIZE = 128 << 10
MAPPING = "serprog: requested mapping "
OURS = "ch341a_beken: "
LARGE = 2 << 20
# What the program does here takes milliseconds; a hang would take for ever.
SOON = 120 if WRAP else 30

only_direct = pytest.mark.skipif(bool(WRAP), reason="about time and signals of the launcher itself")


def script(bench, text, name="flashrom-script"):
    path = bench.path(name)
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return dict(environment(), FLASHROM=str(path))


def emulated(bench, *arguments, chip="BK-SMALL", flash=None, options=(), params="", before=(), settings=()):
    """The command line of a run of the launcher under the emulator."""
    programmer = "ch341a_beken" + (":" + params if params else "")
    settings = [word for setting in settings for word in ("--set", setting)]
    if flash:
        options = [*options, "--flash", str(flash)]
    return [EMU, "run", "--report", str(bench.path("report.txt")), "--timeout", str(REAL_LIMIT),
            "--timeout-emulated", str(EMULATED_LIMIT), "--chip", chip, *settings, *options, "--", *before, *WRAP,
            FLASHROM, "-p", programmer, *map(str, arguments)]


def report(bench):
    return dict(line.split(" ", 1) for line in bench.path("report.txt").read_text().splitlines())


def assert_left_in_order(bench):
    values = report(bench)
    assert values["device0.cen"] == "high" and values["device0.wip"] == "0"
    assert values["device0.dir"] == "00" and values["device0.reset_while_busy"] == "0"


def on_terminal(bench, *arguments, columns=80, env=None, **options):
    """Returns exit status and bytes."""
    terminal = Terminal(columns)
    process = terminal.start(emulated(bench, *arguments, **options), cwd=bench.folder,
                             env=dict({"TERM": "xterm"}, **(env or environment(TERM="xterm"))))
    return terminal.finish(process, REAL_LIMIT), terminal.shown


def merged(bench, *arguments, env=None, **options):
    """The same with `2>&1 | cat`: returns exit status and bytes."""
    process = subprocess.run(emulated(bench, *arguments, **options), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             env=env or environment(TERM="xterm"), cwd=bench.folder, timeout=REAL_LIMIT, check=False)
    return process.returncode, process.stdout


def steps(shown):
    """The percentages that were shown, by the text that they stood behind."""
    found = {}
    for line in shown.decode().split("\n"):
        numbers = [int(number) for number in re.findall(r"(\d+)%", line)]
        if numbers:
            found.setdefault(line.split("...")[0].strip(), []).append(numbers)
    return found


# ---- lines about mappings ----


@pytest.mark.parametrize("arguments", [[], ["-r", "out.bin"], ["-c", "W25X05", "-E"]])
def test_the_lines_about_mappings_are_gone(bench, arguments):
    result = bench.flashrom(*arguments, chip="BK-SMALL")
    assert result.status == 0, result.err
    assert MAPPING not in result.err + result.out
    assert OURS + "Chip in SPI mode." in result.err


def test_they_are_there_with_v(bench):
    result = bench.flashrom("-V", chip="BK-SMALL")
    assert len(re.findall(MAPPING + ".* is incompatible: ", result.err)) > 10


def test_they_are_there_in_the_log_of_the_user(bench):
    bench.flashrom("-o", "log", chip="BK-SMALL")
    assert MAPPING in bench.path("log").read_text()


# ---- all else stays ----

OPERATIONS = [["-r", "out.bin"], ["-w", "new.bin"], ["-E"], ["-v", "new.bin"], [], ["--flash-name"]]


def without(text, *starts):
    return b"".join(line for line in text.splitlines(keepends=True)
                    if not line.startswith(tuple(start.encode() for start in starts)))


@pytest.mark.parametrize("number", range(len(OPERATIONS)))
def test_the_order_of_both_outputs_is_that_of_flashrom(bench, number):
    """flashrom writes into a file past us once, and through us once."""
    runs = []
    for env in (script(bench, f'exec {REAL} "$@" >own 2>&1\n'), environment()):
        die = bench.random_file("die.bin", 65536, 1)
        bench.random_file("new.bin", 65536, 2)
        # Without protection we have nothing to say in the middle of a line.
        runs.append(merged(bench, *OPERATIONS[number], flash=die, env=env, settings=["protect=none"]))
    own = bench.path("own").read_bytes()
    assert own.count(MAPPING.encode()) > 10 and runs[0][0] == runs[1][0], (own, runs)
    assert without(runs[1][1], OURS) == without(own, MAPPING)
    ours = [line for _, text in runs for line in text.splitlines() if line.startswith(OURS.encode())]
    assert ours[:len(ours) // 2] == ours[len(ours) // 2:]


def test_the_order_of_both_outputs_is_kept_line_by_line(bench):
    env = script(bench, "for i in $(seq 300); do echo out $i; echo error $i >&2; done\n")
    process = subprocess.run([*WRAP, FLASHROM, "-r", "x"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env,
                             cwd=bench.folder, timeout=SOON, check=False)
    lines = [line for line in process.stdout.decode().splitlines() if not line.startswith(OURS)]
    assert lines == [f"{word} {i}" for i in range(1, 301) for word in ("out", "error")]


@pytest.mark.parametrize("number", range(len(OPERATIONS)))
def test_standard_output_of_its_own_is_left_alone(bench, number):
    outputs = []
    for env in (script(bench, f'exec {REAL} "$@" >own\n'), environment()):
        die = bench.random_file("die.bin", 65536, 1)
        bench.random_file("new.bin", 65536, 2)
        outputs.append(bench.flashrom(*OPERATIONS[number], chip="BK-SMALL", flash=die, env=env).out)
    assert outputs[1] == bench.path("own").read_text()


def test_our_lines_stand_where_they_belong(bench):
    """Behind what flashrom has printed before it asked us, and at the start of a line."""
    die = bench.random_file("die.bin", SIZE, 1)
    image = bench.random_file("new.bin", SIZE, 2)
    status, text = merged(bench, "-E", chip="BK-SMALL-CMP", flash=bench.random_file("other.bin", SIZE, 3))
    lines = text.decode().splitlines()
    assert status == 0
    name = lines.index('serprog: Programmer name is "ch341a_beken"')
    assert lines[name + 1] == OURS + "Chip in SPI mode."
    status, text = merged(bench, "-w", image, chip="BK-SMALL-CMP", flash=die)
    lines = text.decode().splitlines()
    assert status == 0
    assert lines[0] == OURS + "Chip in SPI mode.", "the file is judged before flashrom starts"
    erasing = next(i for i, line in enumerate(lines) if line.startswith("Erasing and writing flash chip..."))
    assert lines[erasing + 1].startswith(OURS + "Write protection cleared")
    assert all(line.startswith(OURS) for line in lines if OURS in line)


BYTES = bytes(range(256)) * 300 + b"\nserprog: requested map\n" + (MAPPING.encode() + b"\n") * 3 + b"\xffserprog: "


@pytest.mark.parametrize("together", [False, True])
def test_an_image_on_standard_output_is_byte_exact(bench, together):
    """As some releases write it with `-r -`."""
    bench.path("bytes").write_bytes(BYTES)
    env = script(bench, "echo Reading... >&2; cat bytes; echo done. >&2\n")
    process = subprocess.run([*WRAP, FLASHROM, "-r", "-"], stdout=subprocess.PIPE, cwd=bench.folder, env=env,
                             stderr=subprocess.STDOUT if together else subprocess.PIPE, timeout=SOON, check=True)
    if together:
        assert process.stdout.startswith(b"Reading...\n" + BYTES + b"done.\n")
    else:
        assert process.stdout == BYTES and process.stderr.startswith(b"Reading...\ndone.\n")


def test_what_has_no_line_end_comes_at_once(bench):
    """Over a pipe that we read while the script waits for us."""
    os.mkfifo(bench.path("go"))
    env = script(bench, "printf 'Reading flash... ' >&2; read x <go; echo done. >&2\n")
    with subprocess.Popen([*WRAP, FLASHROM, "-r", "x"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          cwd=bench.folder, env=env) as process:
        assert process.stderr.read(len("Reading flash... ")) == b"Reading flash... "
        bench.path("go").write_text("now\n")
        assert process.stderr.read().startswith(b"done.\n")


# ---- progress ----


@pytest.fixture(scope="module")
def long_write(tmp_path_factory):
    """A write of 2 MiB on a terminal, and the same without one."""
    bench = Bench(tmp_path_factory.mktemp("long"))
    bench.random_file("new.bin", LARGE, 2)
    runs = []
    for run in (on_terminal, merged):
        die = bench.random_file("die.bin", LARGE, 1)
        runs.append(run(bench, "-w", "new.bin", chip="BK7231T", flash=die))
        assert_left_in_order(bench)
    return runs


def test_progress_is_shown_in_each_long_step(long_write):
    status, shown = long_write[0]
    assert status == 0
    found = steps(shown)
    # Our line about protection stands between flashrom's text and the progress of writing.
    starts = ["Reading old flash chip contents", "ch341a_beken", "Verifying flash"]
    assert len(found) == len(starts) and all(map(str.startswith, found, starts)), found.keys()
    for numbers in itertools.chain(*found.values()):
        assert numbers == sorted(numbers) and len(numbers) > 10 and numbers[-1] == 100, numbers
        assert numbers[0] < 20


def test_nothing_of_it_stays_on_the_screen(long_write):
    (_, shown), (_, text) = long_write
    assert b"\b" in shown and b"\b" not in text
    assert screen(shown) == screen(text.replace(b"\n", b"\r\n"))


def test_not_more_often_than_five_times_a_second(long_write):
    """The whole run takes two minutes of emulated time at most, and nothing is shown twice in a row."""
    shown = long_write[0][1].decode()
    numbers = re.findall(r"(\d+)%", shown)
    assert 30 < len(numbers) < 600


@pytest.mark.parametrize("no_color", [None, "1"])
def test_no_escape_sequences_on_a_terminal(bench, no_color):
    env = environment(TERM="xterm-256color", **({"NO_COLOR": no_color} if no_color else {}))
    status, shown = on_terminal(bench, "-r", "out.bin", chip="BK7231T", env=env)
    assert status == 0 and b"\b" in shown
    assert b"\x1b" not in shown
    status, shown = on_terminal(bench, "-r", "out.bin", params="attempts=1", settings=["fused=yes"], env=env)
    assert status == 1 and b"Error: " in shown and b"\x1b" not in shown


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"TERM": ""}, {}])
def test_no_progress_where_it_could_not_be_taken_away(bench, env):
    variables = environment()
    variables.pop("TERM", None)
    terminal = Terminal()
    process = terminal.start(emulated(bench, "-r", "out.bin", chip="BK7231T"), cwd=bench.folder,
                             env=dict(variables, **env))
    assert terminal.finish(process, REAL_LIMIT) == 0
    assert b"\b" not in terminal.shown and b"%" not in terminal.shown
    assert b"Reading flash... done." in terminal.shown


def test_no_progress_with_v(bench):
    status, shown = on_terminal(bench, "-V", "-r", "out.bin", chip="BK7231T")
    assert status == 0 and b"\b" not in shown


def test_no_progress_beside_that_of_flashrom(bench):
    """1.3.0 does not know --progress: it must get it as it is."""
    status, shown = on_terminal(bench, "--progress", "-r", "out.bin", chip="BK7231T")
    assert status == 1 and b"--progress" in shown and b"\b" not in shown
    env = script(bench, "test -t 2 && echo a terminal\n")
    terminal = Terminal()
    process = terminal.start([*WRAP, FLASHROM, "--progress", "-r", "x"], cwd=bench.folder,
                             env=dict(env, TERM="xterm"))
    terminal.finish(process, SOON)
    assert b"a terminal\r\n" in terminal.shown


def test_no_progress_where_another_program_may_print(bench):
    """flashrom ... | tee log"""
    terminal = Terminal()
    with open(bench.path("log"), "wb") as log:
        tee = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=log)
        process = terminal.start(emulated(bench, "-r", "out.bin", chip="BK7231T"), stdout=tee.stdin, cwd=bench.folder,
                                 env=environment(TERM="xterm"))
        status = terminal.finish(process, REAL_LIMIT)
        tee.stdin.close()
        tee.wait(SOON)
    assert status == 0 and b"%" not in terminal.shown
    assert b"Reading flash... done." in bench.path("log").read_bytes()


def test_progress_while_standard_output_goes_into_a_file(bench):
    """flashrom ... >log"""
    terminal = Terminal()
    with open(bench.path("log"), "wb") as log:
        process = terminal.start(emulated(bench, "-r", "out.bin", chip="BK7231T"), stdout=log, cwd=bench.folder,
                                 env=environment(TERM="xterm"))
        assert terminal.finish(process, REAL_LIMIT) == 0
    assert re.search(rb"ch341a_beken: \d+%", terminal.shown)
    assert b"%" not in bench.path("log").read_bytes()
    assert all(line == "" or line.startswith(OURS) for line in screen(terminal.shown, columns=1000))


@pytest.mark.parametrize("columns", [1, 2, 10, 17, 18, 19, 20, 21, 22])
def test_narrow_terminals_are_not_overrun(bench, columns):
    """"Reading flash... " has 17 characters, "100%" four, and the last column stays free."""
    status, shown = on_terminal(bench, "-r", "out.bin", chip="BK7231T", columns=columns)
    assert status == 0
    line = next(line for line in shown.decode().split("\r\n") if line.startswith("Reading flash... "))
    at, furthest = 0, 0
    for character in line[:line.rindex("done.")]:
        at += -1 if character == "\b" else 1
        furthest = max(furthest, at)
    assert furthest < columns or furthest == 17
    assert ("%" in line) == (columns > 19)
    assert screen(line.encode()) == ["Reading flash... done."]


def test_a_region_is_counted_in_kib(bench):
    bench.path("layout").write_text("00080000:000fffff half\n")
    status, shown = on_terminal(bench, "-l", "layout", "-i", "half", "-r", "out.bin", chip="BK7231T")
    assert status == 0
    numbers = [int(number) for number in re.findall(rb"(\d+) KiB", shown)]
    assert numbers == sorted(numbers) and numbers[-1] == 512 and b"%" not in shown


@only_direct
def test_ctrl_c_leaves_it_where_the_terminal_has_printed_behind_it(bench):
    terminal = Terminal()
    process = terminal.start(emulated(bench, "-r", "out.bin", chip="BK7231T", options=["--clock", "real"]),
                             controlling=True, cwd=bench.folder, env=environment(TERM="xterm"))
    terminal.wait_for(lambda shown: re.search(rb"\d%", shown), 30)
    os.write(terminal.master, b"\x03")
    status = terminal.finish(process, 30)
    assert status in (130, -signal.SIGINT)
    assert re.search(r"Reading flash\.\.\. \d+%\^C$", "\n".join(screen(terminal.shown)).rstrip()), terminal.shown[-200:]
    assert_left_in_order(bench)


# ---- bad company ----


@only_direct
def test_a_program_that_is_left_behind_does_not_keep_us(bench):
    env = script(bench, "(sleep 60; echo late >&2) &\nseq 1 30000 >&2\necho end\n")
    started = time.monotonic()
    process = subprocess.run([FLASHROM, "-r", "x"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env,
                             cwd=bench.folder, timeout=SOON, check=False)
    assert time.monotonic() - started < 10
    lines = process.stdout.decode().split("\n")
    assert lines[:30001] == [*map(str, range(1, 30001)), "end"]


@only_direct
def test_a_program_that_is_left_behind_and_never_stops_printing(bench):
    env = script(bench, "yes never >&2 &\necho $! >pid\nsleep 0.2\n")
    process = subprocess.Popen([FLASHROM, "-r", "x"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env,
                               cwd=bench.folder)
    try:
        _, err = process.communicate(timeout=SOON)
        assert b"never\n" in err
    finally:
        process.kill()
    # Its pipe has nobody who reads it now.
    pid = int(bench.path("pid").read_text())
    for _ in range(100):
        if not os.path.exists(f"/proc/{pid}") or "Z" in open(f"/proc/{pid}/stat").read().split(")")[1][:3]:
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    pytest.fail("it still prints")


@only_direct
def test_last_words_of_what_is_left_behind_are_waited_for(bench):
    """`exec > >(tee log)` in a script of the user ends a moment after it."""
    env = script(bench, "(sleep 0.05; echo last words >&2) &\n")
    process = subprocess.run([FLASHROM, "-r", "x"], capture_output=True, env=env, cwd=bench.folder, timeout=SOON,
                             check=False)
    assert process.stderr.startswith(b"last words\n")


@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_outputs_do_no_harm(bench, closed):
    """Nothing that is opened may take their place: our messages would go to flashrom, as answers of the chip."""
    die = bench.random_file("die.bin", 65536, 1)
    process = subprocess.run(emulated(bench, "-r", "out.bin", flash=die,
                                      before=["/bin/sh", "-c", f'exec "$@" {closed}', "sh"]),
                             env=environment(), cwd=bench.folder, timeout=REAL_LIMIT, check=False)
    assert process.returncode == 0
    assert bench.path("out.bin").read_bytes() == die.read_bytes()
    assert_left_in_order(bench)


def full_pipe():
    """A pipe that takes nothing more. Returns both ends."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    for size in (65536, 1):
        try:
            while True:
                os.write(writer, b"x" * size)
        except BlockingIOError:
            pass
    os.set_blocking(writer, True)
    return reader, writer


@pytest.mark.parametrize("arguments,params,settings", [
    (["-r", "out.bin"], "", []),
    ([], "attempts=0", ["fused=yes"]),
])
def test_term_ends_a_run_whose_messages_nobody_takes(bench, arguments, params, settings):
    reader, writer = full_pipe()
    process = subprocess.run(emulated(bench, *arguments, params=params, settings=settings,
                                      options=["--signal", "TERM@ms:8000"]),
                             stdout=subprocess.DEVNULL, stderr=writer, env=environment(), cwd=bench.folder,
                             timeout=REAL_LIMIT, check=False)
    os.close(writer)
    os.close(reader)
    assert process.returncode == 128 + signal.SIGTERM
    assert_left_in_order(bench)
    assert float(report(bench)["emulated_ms"]) < 20000


def test_term_ends_a_run_on_a_terminal_that_is_stopped(bench):
    """Ctrl-S; and flashrom's standard output goes there as well."""
    terminal = Terminal()
    terminal.stop_output()
    process = terminal.start(emulated(bench, "-r", "out.bin", options=["--signal", "TERM@ms:8000"]),
                             cwd=bench.folder, env=environment(TERM="xterm"))
    status = terminal.finish(process, REAL_LIMIT)
    assert status == 128 + signal.SIGTERM
    assert_left_in_order(bench)


@pytest.mark.parametrize("arguments,params,settings", [
    (["-r", "out.bin"], "", []),
    ([], "attempts=0", ["fused=yes"]),
    ([], "attempts=0", ["wire_mosi=open"]),
])
@pytest.mark.parametrize("together", [False, True])
def test_a_reader_that_goes_away_ends_the_run(bench, arguments, params, settings, together):
    """flashrom ... 2>&1 | head -1: as if there were no launcher, but the chip is left in order. With standard error
    alone it is a line of ours, in the middle of the work, that nobody takes."""
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(emulated(bench, *arguments, params=params, settings=settings),
                             stdout=writer if together else subprocess.DEVNULL, stderr=writer, env=environment(),
                             cwd=bench.folder, timeout=REAL_LIMIT, check=False)
    os.close(writer)
    assert together or report(bench)["device0.cen_pulses"] != "0"
    assert process.returncode == 128 + signal.SIGPIPE
    assert_left_in_order(bench)


@pytest.mark.parametrize("together", [False, True])
def test_whoever_ignores_that_signal_gets_the_work_done(bench, together):
    reader, writer = os.pipe()
    os.close(reader)
    die = bench.random_file("die.bin", 65536, 1)
    image = bench.random_file("new.bin", 65536, 2)
    process = subprocess.run(emulated(bench, "-w", image, flash=die,
                                      before=["/bin/sh", "-c", 'trap "" PIPE; exec "$@"', "sh"]),
                             stdout=writer if together else subprocess.DEVNULL, stderr=writer, env=environment(),
                             cwd=bench.folder, timeout=REAL_LIMIT, check=False)
    os.close(writer)
    assert process.returncode == 0
    assert die.read_bytes() == image.read_bytes()


def test_a_full_disk_behind_the_messages_does_no_harm(bench):
    die = bench.random_file("die.bin", 65536, 1)
    image = bench.random_file("new.bin", 65536, 2)
    with open("/dev/full", "wb") as full:
        process = subprocess.run(emulated(bench, "-w", image, flash=die), stdout=full, stderr=full,
                                 env=environment(), cwd=bench.folder, timeout=REAL_LIMIT, check=False)
    assert process.returncode == 0
    assert die.read_bytes() == image.read_bytes()

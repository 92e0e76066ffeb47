# SPDX-License-Identifier: GPL-2.0-or-later
"""Eight programmers on one machine, flashed by eight processes at the same time."""
from beken_bench import FLASHROM, Bench, assert_safe
from tool_output import note_matrix

N = 8
SIZE = 128 << 10
# Different dies, so that a process on the wrong board cannot go unnoticed.
CHIPS = ["BK-SMALL-CMP", "BK7231T", "BK-SMALL-CMP", "BK7231N", "BK-SMALL-CMP", "BK7252", "BK-SMALL-CMP", "BK-SMALL-CMP"]
SIZES = {"BK-SMALL-CMP": 128 << 10, "BK7231T": 2 << 20, "BK7231N": 2 << 20, "BK7252": 4 << 20}


def run_all(bench: Bench, arguments, chips):
    settings = [f"devices={N}"] + [f"{n}.chip={chip}" for n, chip in enumerate(chips)]
    flashes = [option for n, chip in enumerate(chips)
               for option in ("--flash", f"{n}:{bench.random_file(f'die{n}.bin', SIZES[chip], n)}")]
    jobs = "".join(f"{FLASHROM} -p ch341a_beken:device={n} {arguments.format(n=n)} >log{n} 2>&1 & p{n}=$!;"
                   for n in range(N))
    waits = "".join(f"wait $p{n} || s=1;" for n in range(N))
    result = bench.run("sh", "-c", f"{jobs} s=0; {waits} exit $s", settings=settings, options=flashes, record=False)
    assert_safe(result)
    assert result.status == 0, "".join(bench.path(f"log{n}").read_text()[-500:] for n in range(N))
    return result


def test_eight_are_written_and_none_is_mixed_up(bench):
    images = [bench.random_file(f"new{n}.bin", SIZE, 100 + n) for n in range(N)]
    result = run_all(bench, "-w new{n}.bin", ["BK-SMALL-CMP"] * N)
    for n in range(N):
        assert "VERIFIED" in bench.path(f"log{n}").read_text()
        assert bench.path(f"die{n}.bin").read_bytes() == images[n].read_bytes(), f"device {n}"
        assert result.device("corrupted", n) == "0"
    note_matrix("8 x BK-SMALL-CMP", "write", True, "flashrom 1.3.0 + launcher")


def test_eight_different_chips_are_read(bench):
    run_all(bench, "-r out{n}.bin", CHIPS)
    for n, chip in enumerate(CHIPS):
        assert bench.path(f"out{n}.bin").read_bytes() == bench.path(f"die{n}.bin").read_bytes(), f"device {n}, {chip}"

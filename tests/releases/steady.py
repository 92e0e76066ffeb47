# SPDX-License-Identifier: GPL-2.0-or-later
"""The bench of tests/blackbox for machines that are busy with other things.

Between flashrom and the launcher lies a pty, whose bytes a kernel worker
carries. Where that waits for a CPU, all processes look asleep, the emulated
clock runs on, and flashrom gives up before it has begun. Such a run has not
touched the CH341A; it is repeated.
"""
import pytest

from conftest import Bench

OUT_OF_STEP = ("NAK to query interface version", "cannot synchronize protocol")
ATTEMPTS = 4


class SteadyBench(Bench):
    def run(self, *command, **options):
        for _ in range(ATTEMPTS):
            result = super().run(*command, **options)
            if not self._is_out_of_step(result):
                break
        return result

    def _is_out_of_step(self, result):
        texts = [result.err]
        if self.path("enter.txt").exists():
            texts.append(self.path("enter.txt").read_text(errors="replace"))
        return result.device("transfers") == "0" and any(sign in text for sign in OUT_OF_STEP for text in texts)


@pytest.fixture
def bench(tmp_path):
    return SteadyBench(tmp_path)

# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from beken_bench import SteadyBench


@pytest.fixture
def bench(tmp_path):
    return SteadyBench(tmp_path)

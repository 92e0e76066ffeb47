# SPDX-License-Identifier: GPL-2.0-or-later
"""The product as a user runs it: `flashrom -p ch341a_beken ...` on the emulator."""
import pytest

import matrix
from beken_bench import MKIMAGE, WRAP
from images import Maker


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Notes what test_chips.py has tried; its functions say what each shows."""
    outcome = yield
    operation = getattr(item.function, "operation", None)
    if call.when == "call" and operation and not WRAP:
        matrix.note("flashrom + launcher", "preload", item.callspec.params["chip"], operation,
                    outcome.get_result().passed)


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """image(kind, chip, seed, size), as Maker says."""
    return Maker(MKIMAGE, tmp_path_factory.mktemp("images"))

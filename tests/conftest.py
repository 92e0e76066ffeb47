# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures for all folders. What they share else is in lib/, which pytest.ini puts on sys.path."""
import signal

import pytest

pytest.register_assert_rewrite("beken_bench")
# pylint: disable=wrong-import-position
from beken_bench import Bench  # noqa: E402
from programs import provide  # noqa: E402

# A shell without job control starts background jobs with these ignored, and so
# would every program below be; a user's are not.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


@pytest.fixture
def program(request):
    """The Program of a key of programs.SOURCES; skips the test, with the reason, if it cannot be had."""
    found = provide(request.param)
    if isinstance(found, str):
        pytest.skip(found)
    return found

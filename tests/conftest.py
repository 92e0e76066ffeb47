# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures for all folders. What they share else is in lib/, which pytest.ini puts on sys.path."""
import signal

import pytest

pytest.register_assert_rewrite("beken_bench")
# pylint: disable=wrong-import-position
from beken_bench import Bench  # noqa: E402
from programs import provide  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def default_signals():
    """Programs that tests start have the default disposition of each signal, as a user's have.

    nohup, a background job of a script and other starters leave some of them ignored, and what is ignored stays
    so across exec; what is caught does not. So pytest itself is as deaf to them as before.
    """
    for number in signal.valid_signals():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


@pytest.fixture
def program(request):
    """The Program of a key of programs.SOURCES."""
    return provide(request.param)

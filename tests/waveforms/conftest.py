# SPDX-License-Identifier: GPL-2.0-or-later
"""Traces of the emulated wires: are they right, and what do others read in them?"""
import pytest

from trace_bench import TraceBench


@pytest.fixture
def bench(tmp_path):
    return TraceBench(tmp_path)

# SPDX-License-Identifier: GPL-2.0-or-later
"""`ch341a-beken ... | head`: the reader of the output has gone before its end."""
import os
import pathlib
import signal

import pytest

TOOL = pathlib.Path(os.environ.get("BEKEN_BUILD", "build")).resolve() / "ch341a-beken"


@pytest.mark.parametrize("command", ["check", "check --loop", "enter", "enter --json", "list", "reset", "help"])
def test_it_ends_by_the_signal_without_a_word(bench, command):
    # The pipe is closed before the program starts.
    script = f'exec 3> >(true); wait $!; exec "{TOOL}" {command} >&3 3>&-'
    result = bench.run("bash", "-c", script, chip="BK7231T")
    assert result.status == 128 + signal.SIGPIPE, result.err
    assert "Cannot write" not in result.err
    if command.startswith(("check", "reset")):
        assert (result.device("dir"), result.device("cen")) == ("00", "high")

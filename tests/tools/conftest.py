# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of these tests."""
import pytest

from beken_bench import FLASHROM, environment
from serprog_client import SERPROG_CLIENT

# A client of the launcher that starts a chip erase and takes the launcher with
# it, so that nobody waits for the die.
ERASE_AND_KILL = SERPROG_CLIENT + """import signal
for command in (b"\\x15\\x01", b"\\x13\\x01\\0\\0\\0\\0\\0\\x06", b"\\x13\\x01\\0\\0\\0\\0\\0\\xc7"):
    assert op(command) == b"\\x06"
os.kill(os.getppid(), signal.SIGKILL)
"""


@pytest.fixture
def busy(bench):
    """Runs a script after a chip erase has begun that nobody waits for."""
    client = bench.path("client")
    client.write_text(ERASE_AND_KILL)
    client.chmod(0o755)

    def run(script, **options):
        return bench.run("sh", "-c", f"{FLASHROM} -p ch341a_beken:unprotect=no; {script}", chip="BK-SMALL",
                         env=dict(environment(), FLASHROM=str(client)), **options)
    return run

# SPDX-License-Identifier: GPL-2.0-or-later
"""A test that lacks a package fails, unless the environment says that it cannot be had."""
import pytest

import need
from machine_apt import NotHere, Unavailable

FAILED, SKIPPED = pytest.fail.Exception, pytest.skip.Exception


@pytest.fixture(autouse=True)
def nothing_declared(monkeypatch):
    monkeypatch.delenv("BEKEN_WITHOUT", raising=False)


def test_what_is_there_is_there():
    need.need("coreutils", "true", "env")


def test_a_missing_program_is_a_failure_that_names_the_package():
    with pytest.raises(FAILED, match="there is no no-such-program.*installs some-package"):
        need.need("some-package", "true", "no-such-program")


@pytest.mark.parametrize("declared, outcome", [
    ("some-package", SKIPPED),
    ("other some-package", SKIPPED),
    ("some-package-doc other", FAILED),
    ("some-package/sid", FAILED),
    ("", FAILED),
])
def test_only_a_package_that_is_declared_is_a_skip(monkeypatch, declared, outcome):
    monkeypatch.setenv("BEKEN_WITHOUT", declared)
    with pytest.raises(outcome):
        need.need("some-package", "no-such-program")


@pytest.mark.parametrize("reason, outcome", [(Unavailable("no answer"), FAILED), (NotHere("not root"), SKIPPED)])
def test_what_nobody_can_change_is_a_skip(reason, outcome):
    with pytest.raises(outcome, match=str(reason)):
        need.not_to_be_had("some-package", reason)

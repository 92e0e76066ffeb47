# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs on emulated chips: how tests run them, and what they see of it."""
from .bench import EMULATED_LIMIT, REAL_LIMIT, Bench, SteadyBench
from .build import BUILD, EMU, FLASHROM, MKIMAGE, PRELOAD, STATE, TOOL, TREE, WRAP, environment
from .checks import (assert_no_alarm, assert_nothing_written, assert_pins_are_safe, assert_safe, can_mount, large_die)
from .results import Output, Result, Seen
from .server import Server

__all__ = ["BUILD", "EMU", "EMULATED_LIMIT", "FLASHROM", "MKIMAGE", "PRELOAD", "REAL_LIMIT", "STATE", "TOOL", "TREE", "WRAP",
           "Bench", "Output", "Result", "Seen", "Server", "SteadyBench", "assert_no_alarm", "assert_nothing_written",
           "assert_pins_are_safe", "assert_safe", "can_mount", "environment", "large_die"]

# SPDX-License-Identifier: GPL-2.0-or-later
"""What can be wrong with a board, its wires and its chip."""

# Settings, and words that the message must have.
FAULTS = {
    "no CH341A": (["devices=0"], ["No CH341A found", "1a86:5512"]),
    "serial mode": (["usb_mode=serial"], ["serial port mode", "1a86:5523", "jumper"]),
    "no permission": (["usb_access=denied"], ["No permission", "udev"]),
    "claimed by another program": (["usb_access=busy"], ["Another program uses the CH341A"]),
    "several attached": (["devices=2"], ["2 CH341A are attached", "device=0", "device=1", "1-1", "1-2"]),
    "D2 wire missing": (["wire_cen=open"], ["Check D2 (pin 17) to CEN first", "MISO reads FF"]),
    "no power": (["power=off"], ["no power, or CEN is shorted to GND", "3.3 V"]),
    "MISO stuck 00": (["wire_miso=stuck0", "cen_nf=100"], ["Power and D2 are good", "MISO reads 00. Check MISO to P23"]),
    "MISO wire missing": (["wire_miso=open", "cen_nf=100"], ["Power and D2 are good", "MISO reads FF. Check MISO to P23"]),
    "MOSI not connected": (["wire_mosi=open"], ["never hears the answer", "MOSI to P22"]),
    "CS not connected": (["wire_cs=open"], ["never hears the answer", "CS to P21"]),
    "SCK not connected": (["wire_sck=open", "idle_level=00"], ["without a clock. Check SCK to P20"]),
    "MOSI and MISO swapped": (["wire_swap=d2"], ["never hears the answer", "MOSI to P22"]),
    "accepted but no flash": (["flash=absent"], ["accepted SPI mode, but its flash does not answer"]),
    "no flash, lines high": (["flash=absent", "absent_level=ff"], ["its flash does not answer"]),
    "fused": (["fused=yes", "cen_nf=100"], ["Power and D2 are good", "SPI download mode is disabled in its eFuse"]),
    "unstable lines": (["bit_error_every=3"], ["10 cm"]),
}

# Boards that are no CH341A: USB ID, and what the stock face and the tool call them.
OTHER_BOARDS = {"1a86:55db": "a CH347", "1a86:55dd": "a CH347", "1a86:55de": "a CH347", "1a86:1001": "an XTW-5"}
# At most three lines of 80 columns, with what stands before it.
MESSAGE_SIZE = 240

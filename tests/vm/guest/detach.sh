#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unplugs all devices that have come by USB/IP, and waits until they are gone.

for port in $(usbip port 2>/dev/null | sed -n 's/^Port \([0-9]*\):.*/\1/p'); do
	usbip detach --port "$port" || exit
done
tries=0
while grep -q 1a86 /sys/bus/usb/devices/*/idVendor 2>/dev/null; do
	tries=$((tries + 1))
	[ $tries -le 100 ] || { echo "detach: still there" >&2; exit 1; }
	usleep 100000
done
udevadm settle --timeout=30

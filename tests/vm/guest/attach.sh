#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# attach PORT BUSID...
#
# Plugs in devices of the USB/IP server on the host, and waits until the kernel
# and udev are done with them. Prints their names in /sys/bus/usb/devices.

attached() {
	grep -l 1a86 /sys/bus/usb/devices/*/idVendor 2>/dev/null | sed 's|/idVendor||; s|.*/||'
}

port=$1
shift
before=$(attached)
for busid; do
	usbip --tcp-port "$port" attach --remote 10.0.2.2 --busid "$busid" || exit
	tries=0
	while now=$(attached) && [ "$now" = "$before" ]; do
		tries=$((tries + 1))
		[ $tries -le 100 ] || { echo "attach: no new device" >&2; exit 1; }
		usleep 100000
	done
	# The one that was not there.
	name=$(printf '%s\n%s\n' "$before" "$now" | sort | uniq -u | sed '/^$/d')
	# It is set up when it has a configuration.
	tries=0
	until [ -n "$(cat "/sys/bus/usb/devices/$name/bConfigurationValue" 2>/dev/null)" ]; do
		tries=$((tries + 1))
		[ $tries -le 100 ] || { echo "attach: $name has no configuration" >&2; exit 1; }
		usleep 100000
	done
	echo "$name"
	before=$now
done
udevadm settle --timeout=30

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The first process of the guest. It sets up what a Debian system has, then runs
# what the host asks for on the second serial line:
#
#     run JOB SECONDS USER    run /share/JOB/script as USER, for so long at most
#     done JOB STATUS         the answer; its output is in /share/JOB/out and err
#
# Jobs run at the same time.

export PATH=/opt/beken:/usr/sbin:/usr/bin:/usr/lib/busybox
/usr/lib/busybox/busybox --install -s /usr/lib/busybox

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs -o mode=755 run /run
mount -t debugfs debug /sys/kernel/debug
mkdir -p /dev/pts /run/udev /run/lock
mount -t devpts -o gid=5,mode=620 devpts /dev/pts
ln -s ../run /var/run
ln -s ../run/lock /var/lock
ip link set lo up
# flashrom's rule for programmers is there from the start; a test may mask it.
/usr/lib/systemd/systemd-udevd --daemon

for module in virtio_pci virtio_net 9pnet_virtio 9p vhci-hcd usbmon; do
	modprobe $module || echo "init: no module $module"
done
# No default route: only the host's loopback, 10.0.2.2, can be reached.
ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,access=any share /share

run() {
	cd "/share/$1" || exit
	if [ "$3" = root ]; then
		timeout -k 5 "$2" sh ./script >out 2>err </dev/null
	else
		timeout -k 5 "$2" su -s /bin/sh "$3" -c 'exec sh ./script' >out 2>err </dev/null
	fi
	echo "done $1 $?" >&3
}

# For people: a shell in place of jobs.
if grep -qw beken.shell /proc/cmdline; then
	cd /share || cd /
	setsid -c sh -i <>/dev/ttyS1 >&0 2>&1
	poweroff -f
fi

# A child that ends while a line is being read would make busybox's `read` drop
# the half that it has. So this process has none but those that end before the
# next `read`; the first process gets the others.
agent() {
	exec 3<>/dev/ttyS1
	stty raw -echo <&3
	echo ready >&3
	# Nobody has been there for so long: the tests were killed. It is the shell of busybox.
	# shellcheck disable=SC3045
	while read -r -t 900 word job seconds user <&3; do
		[ "$word" = run ] && (run "$job" "$seconds" "$user" &)
	done
	poweroff -f
}

agent &
wait

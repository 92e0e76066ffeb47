# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel reads from the emulated CH341A, and says in sysfs.

The wanted bytes are those of two real units: fwupd plugins/wch-ch341a/lsusb.txt
and jgroman/py-pinedio-usb-lora-ch341dll analysis/usbview.txt.
"""
import pytest

# bcdUSB 1.10, class FF/00/02, 8 bytes, 1a86:5512, release 3.04, no manufacturer, iProduct, no serial, 1 configuration
DEVICE = "1201 1001 ff0002 08 861a 1255 0403 00 {product:02x} 00 01"
# 39 bytes, 1 interface, value 1, bus powered; class FF/01/02; bulk IN 82, bulk OUT 02, interrupt IN 81
CONFIGURATION = ("0902 2700 01 01 00 80 {power:02x} 0904 00 00 03 ff0102 00"
                 "0705 82 02 2000 00 0705 02 02 2000 00 0705 81 03 0800 01")


def attribute(machine, device, name):
    result = machine.run(f"cat /sys/bus/usb/devices/{device}/{name}")
    return result.out.strip() if result.status == 0 else None


@pytest.mark.parametrize("variant, product, power", [("none", 0, 0x30), ("lpt", 2, 0x32)])
def test_descriptors_are_those_of_a_real_unit(machine, plug, variant, product, power):
    (device,) = plug("BK7231T", [f"usb_product={variant}"]).attach()
    result = machine.run(f"xxd -p /sys/bus/usb/devices/{device}/descriptors")
    wanted = DEVICE.format(product=product) + CONFIGURATION.format(power=power)
    assert bytes.fromhex(result.out) == bytes.fromhex(wanted)
    assert attribute(machine, device, "speed") == "12"
    assert attribute(machine, device, "bMaxPower") == f"{power * 2}mA"
    assert attribute(machine, device, "product") == ("USB UART-LPT" if product else None)
    assert attribute(machine, device, "manufacturer") is None and attribute(machine, device, "serial") is None


def test_no_driver_of_the_kernel_takes_it(machine, plug):
    (device,) = plug("BK7231T").attach()
    assert machine.run(f"ls -d /sys/bus/usb/devices/{device}:1.0/driver").status != 0

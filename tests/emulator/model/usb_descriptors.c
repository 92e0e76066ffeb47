/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usb_descriptors.h"

#include <string.h>

#define PRODUCT_INDEX 2
#define SERIAL_INDEX 3

/* fwupd plugins/wch-ch341a/lsusb.txt: a dump of a real unit. */
static const uint8_t device_template[DEVICE_DESCRIPTOR_SIZE] = {
	18, 1, 0x10, 0x01, 0xff, 0x00, 0x02, 8,
	0x86, 0x1a, 0x12, 0x55, 0x04, 0x03, 0, 0, 0, 1,
};

static const uint8_t config_template[CONFIG_DESCRIPTOR_SIZE] = {
	9, 2, CONFIG_DESCRIPTOR_SIZE, 0, 1, 1, 0, 0x80, 0x30,
	9, 4, 0, 0, 3, 0xff, 0x01, 0x02, 0,
	7, 5, 0x82, 2, 32, 0, 0,
	7, 5, 0x02, 2, 32, 0, 0,
	7, 5, 0x81, 3, 8, 0, 1,
};

void descriptors_make(struct descriptors *descriptors, const struct settings *settings)
{
	memcpy(descriptors->device, device_template, sizeof(device_template));
	memcpy(descriptors->config, config_template, sizeof(config_template));
	memset(descriptors->strings, 0, sizeof(descriptors->strings));
	if (settings->usb_mode == USB_MODE_SERIAL) {
		descriptors->device[10] = 0x23;	/* 1a86:5523 */
		descriptors->device[6] = 0x00;
	}
	if (settings->usb_id != SETTING_UNSET) {
		descriptors->device[8] = (uint8_t)(settings->usb_id >> 16);
		descriptors->device[9] = (uint8_t)(settings->usb_id >> 24);
		descriptors->device[10] = (uint8_t)settings->usb_id;
		descriptors->device[11] = (uint8_t)(settings->usb_id >> 8);
	}
	/* jgroman/py-pinedio-usb-lora-ch341dll analysis/usbview.txt: another
	 * unit, with a product string and 100 mA. */
	if (settings->usb_product == USB_PRODUCT_LPT) {
		descriptors->device[15] = PRODUCT_INDEX;
		descriptors->config[8] = 0x32;
		descriptors->strings[PRODUCT_INDEX] = "USB UART-LPT";
	}
	if (settings->usb_serial[0]) {
		descriptors->device[16] = SERIAL_INDEX;
		descriptors->strings[SERIAL_INDEX] = settings->usb_serial;
	}
}

static size_t get_string(const struct descriptors *descriptors, unsigned int index, uint8_t *data)
{
	const char *text = index < 4 ? descriptors->strings[index] : NULL;
	size_t n = 2;

	data[1] = 3;
	if (index == 0 && (descriptors->device[15] || descriptors->device[16])) {
		data[n++] = 0x09;	/* US English */
		data[n++] = 0x04;
	} else if (text) {
		for (; *text; text++) {
			data[n++] = (uint8_t)*text;
			data[n++] = 0;
		}
	} else {
		return 0;
	}
	data[0] = (uint8_t)n;
	return n;
}

size_t descriptors_get(const struct descriptors *descriptors, uint16_t value, uint8_t *data)
{
	switch (value >> 8) {
	case 1:
		memcpy(data, descriptors->device, DEVICE_DESCRIPTOR_SIZE);
		return DEVICE_DESCRIPTOR_SIZE;
	case 2:
		memcpy(data, descriptors->config, CONFIG_DESCRIPTOR_SIZE);
		return value & 0xff ? 0 : CONFIG_DESCRIPTOR_SIZE;
	case 3:
		return get_string(descriptors, value & 0xff, data);
	default:
		return 0;	/* full speed only: no qualifier, no BOS */
	}
}

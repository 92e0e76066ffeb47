/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors, read from the bytes that the device has. */
#include <stdlib.h>
#include <string.h>

#include "preload_usb.h"

#define HEADER 2	/* bLength, bDescriptorType */

static uint16_t le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

EMU_EXPORT int libusb_get_device_descriptor(libusb_device *dev, struct libusb_device_descriptor *d)
{
	const uint8_t *b = dev->info.descriptor;

	*d = (struct libusb_device_descriptor) {
		.bLength = b[0], .bDescriptorType = b[1], .bcdUSB = le16(b + 2),
		.bDeviceClass = b[4], .bDeviceSubClass = b[5], .bDeviceProtocol = b[6],
		.bMaxPacketSize0 = b[7], .idVendor = le16(b + 8), .idProduct = le16(b + 10),
		.bcdDevice = le16(b + 12), .iManufacturer = b[14], .iProduct = b[15],
		.iSerialNumber = b[16], .bNumConfigurations = b[17],
	};
	return 0;
}

/* The next descriptor in [*at, end) or NULL; moves *at behind it. */
static const uint8_t *next_descriptor(const uint8_t **at, const uint8_t *end)
{
	const uint8_t *p = *at;

	if (end - p < HEADER || p[0] < HEADER || p[0] > end - p)
		return NULL;
	*at = p + p[0];
	return p;
}

static const uint8_t *config_end(const struct libusb_device *dev)
{
	return dev->info.config + dev->info.config_length;
}

int usb_max_packet(const struct libusb_device *dev, uint8_t endpoint)
{
	const uint8_t *at = dev->info.config;
	const uint8_t *p;

	while ((p = next_descriptor(&at, config_end(dev))))
		if (p[1] == LIBUSB_DT_ENDPOINT && p[0] >= LIBUSB_DT_ENDPOINT_SIZE && p[2] == endpoint)
			return le16(p + 4) & 0x7ff;
	return LIBUSB_ERROR_NOT_FOUND;
}

EMU_EXPORT int libusb_get_max_packet_size(libusb_device *dev, unsigned char endpoint)
{
	return usb_max_packet(dev, endpoint);
}

EMU_EXPORT int libusb_get_max_iso_packet_size(libusb_device *dev, unsigned char endpoint)
{
	return usb_max_packet(dev, endpoint);
}

/* ---- configurations ---- */

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

/* Class and vendor descriptors go to whatever stands before them. */
static void add_extra(const unsigned char **extra, int *length, const uint8_t *p)
{
	unsigned char *grown = must(realloc((void *)(uintptr_t)*extra, (size_t)*length + p[0]));

	memcpy(grown + *length, p, p[0]);
	*extra = grown;
	*length += p[0];
}

static struct libusb_interface *interface_of(struct libusb_config_descriptor *c, uint8_t number)
{
	struct libusb_interface *list = (void *)(uintptr_t)c->interface;

	for (int i = 0; i < c->bNumInterfaces; i++)
		if (list[i].num_altsetting && list[i].altsetting[0].bInterfaceNumber == number)
			return &list[i];
	list = must(realloc(list, (c->bNumInterfaces + 1u) * sizeof(*list)));
	c->interface = list;
	list[c->bNumInterfaces] = (struct libusb_interface) { 0 };
	return &list[c->bNumInterfaces++];
}

static struct libusb_interface_descriptor *add_interface(struct libusb_config_descriptor *c,
							 const uint8_t *p)
{
	struct libusb_interface *interface = interface_of(c, p[2]);
	struct libusb_interface_descriptor *alts = (void *)(uintptr_t)interface->altsetting;

	alts = must(realloc(alts, (size_t)(interface->num_altsetting + 1) * sizeof(*alts)));
	interface->altsetting = alts;
	alts += interface->num_altsetting++;
	*alts = (struct libusb_interface_descriptor) {
		.bLength = p[0], .bDescriptorType = p[1], .bInterfaceNumber = p[2],
		.bAlternateSetting = p[3], .bInterfaceClass = p[5], .bInterfaceSubClass = p[6],
		.bInterfaceProtocol = p[7], .iInterface = p[8],
	};
	return alts;
}

static struct libusb_endpoint_descriptor *add_endpoint(struct libusb_interface_descriptor *alt,
						       const uint8_t *p)
{
	struct libusb_endpoint_descriptor *list = (void *)(uintptr_t)alt->endpoint;

	list = must(realloc(list, (alt->bNumEndpoints + 1u) * sizeof(*list)));
	alt->endpoint = list;
	list += alt->bNumEndpoints++;
	*list = (struct libusb_endpoint_descriptor) {
		.bLength = p[0], .bDescriptorType = p[1], .bEndpointAddress = p[2],
		.bmAttributes = p[3], .wMaxPacketSize = le16(p + 4), .bInterval = p[6],
	};
	return list;
}

static void parse_rest(struct libusb_config_descriptor *c, const uint8_t *at, const uint8_t *end)
{
	struct libusb_interface_descriptor *alt = NULL;
	struct libusb_endpoint_descriptor *endpoint = NULL;
	const uint8_t *p;

	while ((p = next_descriptor(&at, end))) {
		if (p[1] == LIBUSB_DT_INTERFACE && p[0] >= LIBUSB_DT_INTERFACE_SIZE) {
			alt = add_interface(c, p);
			endpoint = NULL;
		} else if (p[1] == LIBUSB_DT_ENDPOINT && p[0] >= LIBUSB_DT_ENDPOINT_SIZE && alt) {
			endpoint = add_endpoint(alt, p);
		} else if (endpoint) {
			add_extra(&endpoint->extra, &endpoint->extra_length, p);
		} else if (alt) {
			add_extra(&alt->extra, &alt->extra_length, p);
		} else {
			add_extra(&c->extra, &c->extra_length, p);
		}
	}
}

EMU_EXPORT int libusb_get_config_descriptor(libusb_device *dev, uint8_t index,
					    struct libusb_config_descriptor **config)
{
	const uint8_t *b = dev->info.config;
	struct libusb_config_descriptor *c;

	if (index)
		return LIBUSB_ERROR_NOT_FOUND;
	if (dev->info.config_length < LIBUSB_DT_CONFIG_SIZE || b[0] > dev->info.config_length)
		return LIBUSB_ERROR_IO;
	c = must(calloc(1, sizeof(*c)));
	*c = (struct libusb_config_descriptor) {
		.bLength = b[0], .bDescriptorType = b[1], .wTotalLength = le16(b + 2),
		.bConfigurationValue = b[5], .iConfiguration = b[6], .bmAttributes = b[7],
		.MaxPower = b[8],
	};
	parse_rest(c, b + b[0], config_end(dev));
	*config = c;
	return 0;
}

EMU_EXPORT int libusb_get_active_config_descriptor(libusb_device *dev,
						   struct libusb_config_descriptor **config)
{
	return libusb_get_config_descriptor(dev, 0, config);
}

EMU_EXPORT int libusb_get_config_descriptor_by_value(libusb_device *dev, uint8_t value,
						     struct libusb_config_descriptor **config)
{
	if (dev->info.config_length < LIBUSB_DT_CONFIG_SIZE || dev->info.config[5] != value)
		return LIBUSB_ERROR_NOT_FOUND;
	return libusb_get_config_descriptor(dev, 0, config);
}

static void free_const(const void *p)
{
	free((void *)(uintptr_t)p);
}

static void free_alt(const struct libusb_interface_descriptor *alt)
{
	for (int e = 0; e < alt->bNumEndpoints; e++)
		free_const(alt->endpoint[e].extra);
	free_const(alt->endpoint);
	free_const(alt->extra);
}

EMU_EXPORT void libusb_free_config_descriptor(struct libusb_config_descriptor *c)
{
	if (!c)
		return;
	for (int i = 0; i < c->bNumInterfaces; i++) {
		for (int a = 0; a < c->interface[i].num_altsetting; a++)
			free_alt(&c->interface[i].altsetting[a]);
		free_const(c->interface[i].altsetting);
	}
	free_const(c->interface);
	free_const(c->extra);
	free(c);
}

/* ---- strings ---- */

EMU_EXPORT int libusb_get_string_descriptor_ascii(libusb_device_handle *handle, uint8_t index,
						  unsigned char *data, int length)
{
	unsigned char text[255];
	int size, n = 0;

	/* String 0 holds the languages. */
	if (!index || length <= 0)
		return LIBUSB_ERROR_INVALID_PARAM;
	size = libusb_get_string_descriptor(handle, 0, 0, text, sizeof(text));
	if (size < 0)
		return size;
	if (size < 4 || text[1] != LIBUSB_DT_STRING)
		return LIBUSB_ERROR_IO;
	size = libusb_get_string_descriptor(handle, index, le16(text + 2), text, sizeof(text));
	if (size < 0)
		return size;
	if (size < HEADER || text[1] != LIBUSB_DT_STRING || text[0] > size)
		return LIBUSB_ERROR_IO;
	for (int i = HEADER; i + 1 < text[0] && n < length - 1; i += 2)
		data[n++] = (text[i] & 0x80) || text[i + 1] ? '?' : text[i];
	data[n] = '\0';
	return n;
}

/* ---- what a full-speed device of USB 1.1 does not have ---- */

EMU_EXPORT int libusb_get_ss_endpoint_companion_descriptor(libusb_context *ctx,
		const struct libusb_endpoint_descriptor *endpoint,
		struct libusb_ss_endpoint_companion_descriptor **companion)
{
	(void)ctx;
	(void)endpoint;
	*companion = NULL;
	return LIBUSB_ERROR_NOT_FOUND;
}

EMU_EXPORT void libusb_free_ss_endpoint_companion_descriptor(
		struct libusb_ss_endpoint_companion_descriptor *companion)
{
	free(companion);
}

EMU_EXPORT int libusb_get_bos_descriptor(libusb_device_handle *handle,
					 struct libusb_bos_descriptor **bos)
{
	(void)handle;
	*bos = NULL;
	return LIBUSB_ERROR_PIPE;
}

EMU_EXPORT void libusb_free_bos_descriptor(struct libusb_bos_descriptor *bos)
{
	free(bos);
}

EMU_EXPORT int libusb_get_usb_2_0_extension_descriptor(libusb_context *ctx,
		struct libusb_bos_dev_capability_descriptor *capability,
		struct libusb_usb_2_0_extension_descriptor **extension)
{
	(void)ctx;
	(void)capability;
	*extension = NULL;
	return LIBUSB_ERROR_INVALID_PARAM;
}

EMU_EXPORT void libusb_free_usb_2_0_extension_descriptor(
		struct libusb_usb_2_0_extension_descriptor *extension)
{
	free(extension);
}

EMU_EXPORT int libusb_get_ss_usb_device_capability_descriptor(libusb_context *ctx,
		struct libusb_bos_dev_capability_descriptor *capability,
		struct libusb_ss_usb_device_capability_descriptor **ss)
{
	(void)ctx;
	(void)capability;
	*ss = NULL;
	return LIBUSB_ERROR_INVALID_PARAM;
}

EMU_EXPORT void libusb_free_ss_usb_device_capability_descriptor(
		struct libusb_ss_usb_device_capability_descriptor *ss)
{
	free(ss);
}

EMU_EXPORT int libusb_get_container_id_descriptor(libusb_context *ctx,
		struct libusb_bos_dev_capability_descriptor *capability,
		struct libusb_container_id_descriptor **id)
{
	(void)ctx;
	(void)capability;
	*id = NULL;
	return LIBUSB_ERROR_INVALID_PARAM;
}

EMU_EXPORT void libusb_free_container_id_descriptor(struct libusb_container_id_descriptor *id)
{
	free(id);
}

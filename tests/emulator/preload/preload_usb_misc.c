/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names, versions, options, and what is not there. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "preload_usb.h"

int libusb_set_option(libusb_context *ctx, enum libusb_option option, ...);

struct error {
	int code;
	const char *name, *text;
};

static const struct error errors[] = {
	{ LIBUSB_SUCCESS, "LIBUSB_SUCCESS", "Success" },
	{ LIBUSB_ERROR_IO, "LIBUSB_ERROR_IO", "Input/Output Error" },
	{ LIBUSB_ERROR_INVALID_PARAM, "LIBUSB_ERROR_INVALID_PARAM", "Invalid parameter" },
	{ LIBUSB_ERROR_ACCESS, "LIBUSB_ERROR_ACCESS", "Access denied (insufficient permissions)" },
	{ LIBUSB_ERROR_NO_DEVICE, "LIBUSB_ERROR_NO_DEVICE",
	  "No such device (it may have been disconnected)" },
	{ LIBUSB_ERROR_NOT_FOUND, "LIBUSB_ERROR_NOT_FOUND", "Entity not found" },
	{ LIBUSB_ERROR_BUSY, "LIBUSB_ERROR_BUSY", "Resource busy" },
	{ LIBUSB_ERROR_TIMEOUT, "LIBUSB_ERROR_TIMEOUT", "Operation timed out" },
	{ LIBUSB_ERROR_OVERFLOW, "LIBUSB_ERROR_OVERFLOW", "Overflow" },
	{ LIBUSB_ERROR_PIPE, "LIBUSB_ERROR_PIPE", "Pipe error" },
	{ LIBUSB_ERROR_INTERRUPTED, "LIBUSB_ERROR_INTERRUPTED",
	  "System call interrupted (perhaps due to signal)" },
	{ LIBUSB_ERROR_NO_MEM, "LIBUSB_ERROR_NO_MEM", "Insufficient memory" },
	{ LIBUSB_ERROR_NOT_SUPPORTED, "LIBUSB_ERROR_NOT_SUPPORTED",
	  "Operation not supported or unimplemented on this platform" },
	{ LIBUSB_ERROR_OTHER, "LIBUSB_ERROR_OTHER", "Other error" },
};

static const struct error *find_error(int code)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (errors[i].code == code)
			return &errors[i];
	return NULL;
}

EMU_EXPORT const char *libusb_error_name(int code)
{
	const struct error *e = find_error(code);

	return e ? e->name : "**UNKNOWN**";
}

EMU_EXPORT const char *libusb_strerror(int code)
{
	const struct error *e = find_error(code);

	return e ? e->text : "Other error";
}

EMU_EXPORT int libusb_setlocale(const char *locale)
{
	if (!locale || strlen(locale) < 2)
		return LIBUSB_ERROR_INVALID_PARAM;
	return strncmp(locale, "en", 2) ? LIBUSB_ERROR_NOT_FOUND : 0;
}

EMU_EXPORT const struct libusb_version *libusb_get_version(void)
{
	static const struct libusb_version version = {
		.major = 1, .minor = 0, .micro = 26, .rc = "", .describe = "beken-emu",
	};

	return &version;
}

EMU_EXPORT int libusb_has_capability(uint32_t capability)
{
	switch (capability) {
	case LIBUSB_CAP_HAS_CAPABILITY:
	case LIBUSB_CAP_SUPPORTS_DETACH_KERNEL_DRIVER:
		return 1;
	}
	return 0;
}

/* There is nothing to log. */
EMU_EXPORT int libusb_set_option(libusb_context *ctx, enum libusb_option option, ...)
{
	va_list args;
	int level, r = 0;

	(void)ctx;
	va_start(args, option);
	switch ((int)option) {
	case LIBUSB_OPTION_LOG_LEVEL:
		level = va_arg(args, int);
		if (level < LIBUSB_LOG_LEVEL_NONE || level > LIBUSB_LOG_LEVEL_DEBUG)
			r = LIBUSB_ERROR_INVALID_PARAM;
		break;
	case LIBUSB_OPTION_USE_USBDK:
		r = LIBUSB_ERROR_NOT_SUPPORTED;
		break;
	case 2:	/* LIBUSB_OPTION_NO_DEVICE_DISCOVERY */
	case 3:	/* LIBUSB_OPTION_LOG_CB, since 1.0.27 */
		break;
	default:
		r = LIBUSB_ERROR_INVALID_PARAM;
	}
	va_end(args);
	return r;
}

EMU_EXPORT void libusb_set_debug(libusb_context *ctx, int level)
{
	(void)ctx;
	(void)level;
}

EMU_EXPORT void libusb_set_log_cb(libusb_context *ctx, libusb_log_cb cb, int mode)
{
	(void)ctx;
	(void)cb;
	(void)mode;
}

/* ---- not supported ---- */

EMU_EXPORT int libusb_hotplug_register_callback(libusb_context *ctx, int events, int flags, int vid,
						int pid, int class, libusb_hotplug_callback_fn cb,
						void *data, libusb_hotplug_callback_handle *handle)
{
	(void)ctx, (void)events, (void)flags, (void)vid, (void)pid, (void)class, (void)cb, (void)data;
	(void)handle;
	return LIBUSB_ERROR_NOT_SUPPORTED;
}

EMU_EXPORT void libusb_hotplug_deregister_callback(libusb_context *ctx,
						   libusb_hotplug_callback_handle handle)
{
	(void)ctx;
	(void)handle;
}

EMU_EXPORT void *libusb_hotplug_get_user_data(libusb_context *ctx,
					      libusb_hotplug_callback_handle handle)
{
	(void)ctx;
	(void)handle;
	return NULL;
}

EMU_EXPORT int libusb_alloc_streams(libusb_device_handle *handle, uint32_t n, unsigned char *endpoints,
				    int n_endpoints)
{
	(void)handle, (void)n, (void)endpoints, (void)n_endpoints;
	return LIBUSB_ERROR_NOT_SUPPORTED;
}

EMU_EXPORT int libusb_free_streams(libusb_device_handle *handle, unsigned char *endpoints,
				   int n_endpoints)
{
	(void)handle, (void)endpoints, (void)n_endpoints;
	return LIBUSB_ERROR_NOT_SUPPORTED;
}

EMU_EXPORT unsigned char *libusb_dev_mem_alloc(libusb_device_handle *handle, size_t size)
{
	(void)handle;
	(void)size;
	return NULL;
}

EMU_EXPORT int libusb_dev_mem_free(libusb_device_handle *handle, unsigned char *data, size_t size)
{
	(void)handle, (void)data, (void)size;
	return LIBUSB_ERROR_NOT_SUPPORTED;
}

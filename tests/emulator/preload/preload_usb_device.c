/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Contexts, the device list, handles and interfaces. */
#include <stdlib.h>
#include <string.h>

#include "preload_usb.h"

/* In libusb.h since 1.0.27; the same declaration again does no harm. */
struct libusb_init_option;
int libusb_init_context(libusb_context **ctx, const struct libusb_init_option *options, int n_options);

static struct libusb_context *default_context;
static struct libusb_device *all_devices;
static uint32_t last_context;

static struct libusb_context *new_context(void)
{
	struct libusb_context *ctx = calloc(1, sizeof(*ctx));

	if (!ctx)
		return NULL;
	ctx->id = ++last_context;
	ctx->references = 1;
	ctx->done_tail = &ctx->done;
	pthread_mutex_init(&ctx->events, NULL);
	pthread_mutex_init(&ctx->waiters_lock, NULL);
	return ctx;
}

struct libusb_context *usb_context(struct libusb_context *ctx)
{
	return ctx ? ctx : default_context;
}

EMU_EXPORT int libusb_init(libusb_context **out)
{
	struct libusb_context *ctx;
	sigset_t saved;

	if (emu_mode() == EMU_OFF)
		return LIBUSB_ERROR_OTHER;
	emu_lock(&saved);
	if (!out && default_context) {
		default_context->references++;
		emu_unlock(&saved);
		return 0;
	}
	ctx = new_context();
	/* As in libusb, a first context serves those that name none. */
	if (ctx && !out)
		default_context = ctx;
	/* Its thread must not take over that signals are blocked here. */
	emu_unlock(&saved);
	if (ctx)
		usb_thread_start();
	if (out)
		*out = ctx;
	return ctx ? 0 : LIBUSB_ERROR_NO_MEM;
}

EMU_EXPORT int libusb_init_context(libusb_context **ctx, const struct libusb_init_option *options,
				   int n_options)
{
	/* The options are about logs and about the search for devices. */
	(void)options;
	(void)n_options;
	return libusb_init(ctx);
}

EMU_EXPORT void libusb_exit(libusb_context *ctx)
{
	sigset_t saved;

	ctx = usb_context(ctx);
	if (!ctx)
		return;
	emu_lock(&saved);
	if (--ctx->references > 0) {
		emu_unlock(&saved);
		return;
	}
	if (ctx == default_context)
		default_context = NULL;
	for (struct libusb_device *d = all_devices; d; d = d->next)
		if (d->ctx == ctx)
			d->ctx = NULL;
	emu_flush_locked();
	emu_unlock(&saved);
	usb_thread_stop();
	pthread_mutex_destroy(&ctx->events);
	pthread_mutex_destroy(&ctx->waiters_lock);
	free(ctx);
}

/* ---- devices ---- */

bool usb_attached(const struct libusb_device *dev)
{
	const struct emu_page *page = emu_page();

	if (emu_mode() == EMU_OFF || dev->info.index >= EMU_MAX_DEVICES)
		return false;
	return atomic_load(&page->attached) & (1u << dev->info.index);
}

/* With the lock held. The same device is the same object while it lives. */
static struct libusb_device *get_device(struct libusb_context *ctx, const struct emu_device *info)
{
	struct libusb_device *d = all_devices;

	while (d && (d->ctx != ctx || d->info.index != info->index
		     || d->info.address != info->address))
		d = d->next;
	if (d) {
		d->references++;
		return d;
	}
	d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	d->ctx = ctx;
	d->references = 1;
	d->info = *info;
	d->next = all_devices;
	all_devices = d;
	return d;
}

EMU_EXPORT libusb_device *libusb_ref_device(libusb_device *dev)
{
	sigset_t saved;

	emu_lock(&saved);
	dev->references++;
	emu_unlock(&saved);
	return dev;
}

EMU_EXPORT void libusb_unref_device(libusb_device *dev)
{
	struct libusb_device **p = &all_devices;
	sigset_t saved;

	if (!dev)
		return;
	emu_lock(&saved);
	if (--dev->references == 0) {
		while (*p && *p != dev)
			p = &(*p)->next;
		if (*p)
			*p = dev->next;
		free(dev);
	}
	emu_unlock(&saved);
}

EMU_EXPORT ssize_t libusb_get_device_list(libusb_context *ctx, libusb_device ***list)
{
	struct emu_request request = { .op = EMU_OP_LIST };
	struct emu_result result;
	struct emu_device *infos = NULL;
	sigset_t saved;
	size_t n;

	ctx = usb_context(ctx);
	if (!ctx)
		return LIBUSB_ERROR_INVALID_PARAM;
	if (!emu_request(&request, &result, (void **)&infos))
		return LIBUSB_ERROR_IO;
	n = result.length / sizeof(*infos);
	*list = calloc(n + 1, sizeof(**list));
	emu_lock(&saved);
	for (size_t i = 0; *list && i < n; i++)
		(*list)[i] = get_device(ctx, &infos[i]);
	emu_unlock(&saved);
	free(infos);
	return *list ? (ssize_t)n : LIBUSB_ERROR_NO_MEM;
}

EMU_EXPORT void libusb_free_device_list(libusb_device **list, int unref)
{
	if (!list)
		return;
	for (libusb_device **d = list; unref && *d; d++)
		libusb_unref_device(*d);
	free(list);
}

EMU_EXPORT uint8_t libusb_get_bus_number(libusb_device *dev)
{
	return dev->info.bus;
}

EMU_EXPORT uint8_t libusb_get_device_address(libusb_device *dev)
{
	return dev->info.address;
}

EMU_EXPORT uint8_t libusb_get_port_number(libusb_device *dev)
{
	return dev->info.n_ports ? dev->info.ports[dev->info.n_ports - 1] : 0;
}

EMU_EXPORT int libusb_get_port_numbers(libusb_device *dev, uint8_t *ports, int size)
{
	if (size <= 0)
		return LIBUSB_ERROR_INVALID_PARAM;
	if (size < dev->info.n_ports)
		return LIBUSB_ERROR_OVERFLOW;
	memcpy(ports, dev->info.ports, dev->info.n_ports);
	return dev->info.n_ports;
}

EMU_EXPORT int libusb_get_port_path(libusb_context *ctx, libusb_device *dev, uint8_t *path,
				    uint8_t size)
{
	(void)ctx;
	return libusb_get_port_numbers(dev, path, size);
}

/* Hubs are not emulated. */
EMU_EXPORT libusb_device *libusb_get_parent(libusb_device *dev)
{
	(void)dev;
	return NULL;
}

EMU_EXPORT int libusb_get_device_speed(libusb_device *dev)
{
	(void)dev;
	return LIBUSB_SPEED_FULL;
}

/* ---- handles ---- */

int usb_request(struct libusb_device_handle *handle, enum emu_op op, uint32_t b, uint32_t c,
		uint32_t *value)
{
	struct emu_request request = { .op = op, .a = handle->id, .b = b, .c = c };
	struct emu_result result;

	if (!emu_request(&request, &result, NULL))
		return LIBUSB_ERROR_NO_DEVICE;
	if (value)
		*value = result.value;
	return result.status;
}

EMU_EXPORT int libusb_open(libusb_device *dev, libusb_device_handle **out)
{
	struct emu_request request = { .op = EMU_OP_OPEN, .a = dev->info.index };
	struct emu_result result;
	struct libusb_device_handle *handle;

	if (!emu_request(&request, &result, NULL))
		return LIBUSB_ERROR_NO_DEVICE;
	if (result.status)
		return result.status;
	handle = calloc(1, sizeof(*handle));
	if (!handle)
		return LIBUSB_ERROR_NO_MEM;
	handle->dev = libusb_ref_device(dev);
	handle->id = result.value;
	*out = handle;
	return 0;
}

EMU_EXPORT libusb_device_handle *libusb_open_device_with_vid_pid(libusb_context *ctx, uint16_t vid,
								  uint16_t pid)
{
	struct libusb_device_descriptor d;
	libusb_device_handle *handle = NULL;
	libusb_device **list, *found = NULL;

	if (libusb_get_device_list(ctx, &list) < 0)
		return NULL;
	for (libusb_device **dev = list; *dev && !found; dev++) {
		libusb_get_device_descriptor(*dev, &d);
		if (d.idVendor == vid && d.idProduct == pid)
			found = *dev;
	}
	if (found && libusb_open(found, &handle))
		handle = NULL;
	libusb_free_device_list(list, 1);
	return handle;
}

EMU_EXPORT int libusb_wrap_sys_device(libusb_context *ctx, intptr_t sys_dev,
				      libusb_device_handle **handle)
{
	(void)ctx;
	(void)sys_dev;
	(void)handle;
	return LIBUSB_ERROR_NOT_SUPPORTED;
}

EMU_EXPORT void libusb_close(libusb_device_handle *handle)
{
	if (!handle)
		return;
	usb_drop_transfers(handle);
	usb_request(handle, EMU_OP_CLOSE, 0, 0, NULL);
	libusb_unref_device(handle->dev);
	free(handle);
}

EMU_EXPORT libusb_device *libusb_get_device(libusb_device_handle *handle)
{
	return handle->dev;
}

EMU_EXPORT int libusb_get_configuration(libusb_device_handle *handle, int *config)
{
	uint32_t value = 0;
	int r = usb_request(handle, EMU_OP_GET_CONFIG, 0, 0, &value);

	if (!r)
		*config = (int)value;
	return r;
}

EMU_EXPORT int libusb_set_configuration(libusb_device_handle *handle, int config)
{
	if (config < -1 || config > 0xff)
		return LIBUSB_ERROR_INVALID_PARAM;
	return usb_request(handle, EMU_OP_SET_CONFIG, config < 0 ? 0 : (uint32_t)config, 0, NULL);
}

/* libusb keeps a bit per interface. */
static bool bad_interface(int interface)
{
	return interface < 0 || interface >= 32;
}

EMU_EXPORT int libusb_claim_interface(libusb_device_handle *handle, int interface)
{
	int r;

	if (bad_interface(interface))
		return LIBUSB_ERROR_INVALID_PARAM;
	if (!usb_attached(handle->dev))
		return LIBUSB_ERROR_NO_DEVICE;
	r = usb_request(handle, EMU_OP_CLAIM, (uint32_t)interface, handle->auto_detach, NULL);
	if (!r)
		handle->claimed = true;
	return r;
}

EMU_EXPORT int libusb_release_interface(libusb_device_handle *handle, int interface)
{
	int r;

	if (bad_interface(interface))
		return LIBUSB_ERROR_INVALID_PARAM;
	if (!handle->claimed)
		return LIBUSB_ERROR_NOT_FOUND;
	r = usb_request(handle, EMU_OP_RELEASE, (uint32_t)interface, 0, NULL);
	if (r)
		return r;
	handle->claimed = false;
	if (handle->auto_detach)
		usb_request(handle, EMU_OP_ATTACH, (uint32_t)interface, 0, NULL);
	return 0;
}

int usb_auto_claim(struct libusb_device_handle *handle)
{
	int r;

	if (handle->claimed)
		return 0;
	r = usb_request(handle, EMU_OP_CLAIM, 0, 0, NULL);
	if (!r)
		handle->claimed = true;
	return r;
}

EMU_EXPORT int libusb_set_interface_alt_setting(libusb_device_handle *handle, int interface, int alt)
{
	if (bad_interface(interface) || alt < 0 || alt > 0xff)
		return LIBUSB_ERROR_INVALID_PARAM;
	if (!usb_attached(handle->dev))
		return LIBUSB_ERROR_NO_DEVICE;
	if (!handle->claimed)
		return LIBUSB_ERROR_NOT_FOUND;
	return usb_request(handle, EMU_OP_SET_ALT, (uint32_t)interface, (uint32_t)alt, NULL);
}

EMU_EXPORT int libusb_clear_halt(libusb_device_handle *handle, unsigned char endpoint)
{
	int r;

	if (!usb_attached(handle->dev))
		return LIBUSB_ERROR_NO_DEVICE;
	if (usb_max_packet(handle->dev, endpoint) < 0)
		return LIBUSB_ERROR_NOT_FOUND;
	r = libusb_control_transfer(handle, LIBUSB_RECIPIENT_ENDPOINT, LIBUSB_REQUEST_CLEAR_FEATURE,
				    0, endpoint, NULL, 0, 1000);
	return r < 0 ? r : 0;
}

EMU_EXPORT int libusb_reset_device(libusb_device_handle *handle)
{
	if (!usb_attached(handle->dev))
		return LIBUSB_ERROR_NO_DEVICE;
	return usb_request(handle, EMU_OP_RESET, 0, 0, NULL);
}

EMU_EXPORT int libusb_kernel_driver_active(libusb_device_handle *handle, int interface)
{
	uint32_t active = 0;
	int r;

	if (bad_interface(interface))
		return LIBUSB_ERROR_INVALID_PARAM;
	r = usb_request(handle, EMU_OP_DRIVER_ACTIVE, (uint32_t)interface, 0, &active);
	return r ? r : (int)active;
}

EMU_EXPORT int libusb_detach_kernel_driver(libusb_device_handle *handle, int interface)
{
	if (bad_interface(interface))
		return LIBUSB_ERROR_INVALID_PARAM;
	return usb_request(handle, EMU_OP_DETACH, (uint32_t)interface, 0, NULL);
}

EMU_EXPORT int libusb_attach_kernel_driver(libusb_device_handle *handle, int interface)
{
	if (bad_interface(interface))
		return LIBUSB_ERROR_INVALID_PARAM;
	return usb_request(handle, EMU_OP_ATTACH, (uint32_t)interface, 0, NULL);
}

EMU_EXPORT int libusb_set_auto_detach_kernel_driver(libusb_device_handle *handle, int enable)
{
	handle->auto_detach = enable;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client for harness_test.sh: `usb_test NAME [SECONDS]` runs one case. */
#include <libusb-1.0/libusb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENDPOINT_OUT 0x02
#define ENDPOINT_IN 0x82

static libusb_device_handle *handle;

static int expect(const char *what, long got, long wanted)
{
	if (got == wanted)
		return 0;
	printf("%s: %ld, not %ld\n", what, got, wanted);
	return 1;
}

static int open_it(void)
{
	if (expect("init", libusb_init(NULL), 0))
		return 1;
	handle = libusb_open_device_with_vid_pid(NULL, 0x1a86, 0x5512);
	return expect("open", handle != NULL, 1);
}

static int close_it(void)
{
	libusb_close(handle);
	libusb_exit(NULL);
	return 0;
}

static void LIBUSB_CALL count(struct libusb_transfer *t)
{
	++*(int *)t->user_data;
}

static int cancels(void)
{
	unsigned char data[32];
	struct libusb_transfer *t = libusb_alloc_transfer(0);
	int done = 0, bad = open_it();

	if (bad)
		return 1;
	bad |= expect("claim", libusb_claim_interface(handle, 0), 0);
	libusb_fill_bulk_transfer(t, handle, ENDPOINT_IN, data, sizeof(data), count, &done, 0);
	bad |= expect("cancel of an idle transfer", libusb_cancel_transfer(t), LIBUSB_ERROR_NOT_FOUND);
	bad |= expect("submit", libusb_submit_transfer(t), 0);
	bad |= expect("submit again", libusb_submit_transfer(t), LIBUSB_ERROR_BUSY);
	bad |= expect("cancel", libusb_cancel_transfer(t), 0);
	bad |= expect("no callback before events are handled", done, 0);
	while (!done)
		libusb_handle_events_completed(NULL, &done);
	bad |= expect("status", t->status, LIBUSB_TRANSFER_CANCELLED);
	t->timeout = 50;
	done = 0;
	bad |= expect("submit with a time-out", libusb_submit_transfer(t), 0);
	while (!done)
		libusb_handle_events_completed(NULL, &done);
	bad |= expect("status", t->status, LIBUSB_TRANSFER_TIMED_OUT);
	libusb_free_transfer(t);
	bad |= expect("second claim", libusb_claim_interface(handle, 0), 0);
	bad |= expect("release", libusb_release_interface(handle, 0), 0);
	bad |= expect("release again", libusb_release_interface(handle, 0), LIBUSB_ERROR_NOT_FOUND);
	return bad | close_it();
}

static int closes_with_pending(void)
{
	static unsigned char data[32];
	static int done;
	struct libusb_transfer *t = libusb_alloc_transfer(0);
	int bad = open_it();

	if (bad)
		return 1;
	libusb_claim_interface(handle, 0);
	libusb_fill_bulk_transfer(t, handle, ENDPOINT_IN, data, sizeof(data), count, &done, 0);
	bad |= expect("submit", libusb_submit_transfer(t), 0);
	libusb_close(handle);
	libusb_free_transfer(t);
	libusb_exit(NULL);
	bad |= open_it();
	return bad | close_it();
}

/* Holds the interface with a transfer pending, until it is killed. */
static int holds(void)
{
	static unsigned char data[32];
	static int done;
	struct libusb_transfer *t = libusb_alloc_transfer(0);

	if (open_it() || expect("claim", libusb_claim_interface(handle, 0), 0))
		return 1;
	libusb_fill_bulk_transfer(t, handle, ENDPOINT_IN, data, sizeof(data), count, &done, 0);
	libusb_submit_transfer(t);
	while (!done)
		libusb_handle_events_completed(NULL, &done);
	return 1;
}

static int is_busy(void)
{
	return open_it() || expect("claim", libusb_claim_interface(handle, 0), LIBUSB_ERROR_BUSY)
		|| close_it();
}

static int is_free(void)
{
	return open_it() || expect("claim", libusb_claim_interface(handle, 0), 0) || close_it();
}

static int is_denied(void)
{
	libusb_device **list;
	int bad = expect("init", libusb_init(NULL), 0);

	bad |= expect("devices", libusb_get_device_list(NULL, &list), 1);
	if (!bad)
		bad |= expect("open", libusb_open(list[0], &handle), LIBUSB_ERROR_ACCESS);
	libusb_free_device_list(list, 1);
	libusb_exit(NULL);
	return bad;
}

static int describes(void)
{
	struct libusb_config_descriptor *config;
	libusb_device *dev;
	int bad = open_it();

	if (bad)
		return 1;
	dev = libusb_get_device(handle);
	bad |= expect("config", libusb_get_active_config_descriptor(dev, &config), 0);
	if (!bad) {
		bad |= expect("interfaces", config->bNumInterfaces, 1);
		bad |= expect("endpoints", config->interface[0].altsetting[0].bNumEndpoints, 3);
		libusb_free_config_descriptor(config);
	}
	bad |= expect("packet", libusb_get_max_packet_size(dev, ENDPOINT_OUT), 32);
	bad |= expect("speed", libusb_get_device_speed(dev), LIBUSB_SPEED_FULL);
	return bad | close_it();
}

static int driver(void)
{
	int bad = open_it();

	if (bad)
		return 1;
	bad |= expect("active", libusb_kernel_driver_active(handle, 0), 1);
	bad |= expect("claim", libusb_claim_interface(handle, 0), LIBUSB_ERROR_BUSY);
	libusb_set_auto_detach_kernel_driver(handle, 1);
	bad |= expect("claim with detach", libusb_claim_interface(handle, 0), 0);
	bad |= expect("active", libusb_kernel_driver_active(handle, 0), 0);
	bad |= expect("attach", libusb_attach_kernel_driver(handle, 0), LIBUSB_ERROR_BUSY);
	bad |= expect("release", libusb_release_interface(handle, 0), 0);
	bad |= expect("active", libusb_kernel_driver_active(handle, 0), 1);
	bad |= expect("detach", libusb_detach_kernel_driver(handle, 0), 0);
	bad |= expect("detach again", libusb_detach_kernel_driver(handle, 0), LIBUSB_ERROR_NOT_FOUND);
	return bad | close_it();
}

/* --set unplug_at_ms=20 */
static int unplugs(void)
{
	unsigned char data[32];
	libusb_device **list;
	int got, bad = open_it();

	if (bad)
		return 1;
	libusb_claim_interface(handle, 0);
	bad |= expect("read", libusb_bulk_transfer(handle, ENDPOINT_IN, data, sizeof(data), &got, 1000),
		      LIBUSB_ERROR_NO_DEVICE);
	bad |= expect("next", libusb_bulk_transfer(handle, ENDPOINT_IN, data, sizeof(data), &got, 1000),
		      LIBUSB_ERROR_NO_DEVICE);
	bad |= expect("devices", libusb_get_device_list(NULL, &list), 0);
	libusb_free_device_list(list, 1);
	return bad | close_it();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} cases[] = {
		{ "cancels", cancels }, { "closes_with_pending", closes_with_pending },
		{ "holds", holds }, { "is_busy", is_busy }, { "is_free", is_free },
		{ "is_denied", is_denied }, { "describes", describes }, { "driver", driver },
		{ "unplugs", unplugs },
	};

	if (argc > 2)
		sleep((unsigned int)atoi(argv[2]));
	for (size_t i = 0; argc > 1 && i < sizeof(cases) / sizeof(*cases); i++)
		if (!strcmp(argv[1], cases[i].name))
			return cases[i].run();
	return 2;
}

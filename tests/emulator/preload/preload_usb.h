/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files that stand in for libusb. */
#ifndef BEKEN_EMU_PRELOAD_USB_H
#define BEKEN_EMU_PRELOAD_USB_H

#include <libusb-1.0/libusb.h>
#include <pthread.h>
#include <stdatomic.h>

#include "preload.h"

struct libusb_context {
	uint32_t id;
	int references;		/* of the default context */
	struct usb_transfer *done, **done_tail;
	/* Held by the thread that handles events. */
	pthread_mutex_t events;
	pthread_mutex_t waiters_lock;
	_Atomic bool handler;	/* events is held */
	_Atomic int waiters;	/* threads that wait for a notification */
	_Atomic int blocked;	/* threads inside a wait for events */
	_Atomic uint32_t gen;	/* counts notifications */
	libusb_pollfd_added_cb added;
	libusb_pollfd_removed_cb removed;
	void *notifier_data;
};

struct libusb_device {
	struct libusb_device *next;
	struct libusb_context *ctx;
	int references;
	struct emu_device info;
};

struct libusb_device_handle {
	struct libusb_device *dev;
	uint32_t id;
	bool claimed, auto_detach;
};

struct usb_transfer {
	struct usb_transfer *next_flying, *next_done;
	uint32_t id, stream_id;
	/* Kept here since the program may write to its part at any time. */
	struct libusb_context *ctx;
	struct libusb_device_handle *handle;
	bool flying, finished;
	enum libusb_transfer_status status;
	uint32_t actual;
	struct libusb_transfer pub;	/* last: iso packets may follow */
};

/* ---- preload_usb_thread.c ---- */
/* With each context, where no signals are blocked. */
void usb_thread_start(void);
void usb_thread_stop(void);

/* ---- preload_usb_device.c ---- */
struct libusb_context *usb_context(struct libusb_context *ctx); /* NULL: the default one */
bool usb_attached(const struct libusb_device *dev);
int usb_request(struct libusb_device_handle *handle, enum emu_op op, uint32_t b, uint32_t c,
		uint32_t *value);
/* As the kernel does for a transfer without a claim. */
int usb_auto_claim(struct libusb_device_handle *handle);

/* ---- preload_usb_descriptor.c ---- */
/* wMaxPacketSize of the endpoint, or LIBUSB_ERROR_NOT_FOUND. */
int usb_max_packet(const struct libusb_device *dev, uint8_t endpoint);

/* ---- preload_usb_transfer.c ---- */
/* Forgets the transfers of a handle that is closed, without callbacks. */
void usb_drop_transfers(struct libusb_device_handle *handle);
/* Calls back for what is done; returns how many there were. */
unsigned int usb_run_callbacks(struct libusb_context *ctx);

/* ---- preload_usb_event.c ---- */
/* Wakes the threads that wait on ctx. */
void usb_notify(struct libusb_context *ctx);
void usb_notify_locked(struct libusb_context *ctx);
bool usb_in_callback(void);
void usb_enter_callback(bool in);

#endif

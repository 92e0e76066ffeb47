/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libusb on Linux has a thread of its own, from the first context to the last, which
 * watches for devices (os/linux_udev.c, linux_udev_event_thread_main). It blocks no
 * signals, so one that the program's thread blocks is delivered there. This thread is
 * there for that, if BEKEN_EMU_LIBUSB_THREAD is set: the server of the clock has to look
 * into /proc at each step of a program with a thread that it does not know, and that
 * makes long runs take eight times as long.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "preload_usb.h"

static pthread_t thread;
static int ends[2];
static unsigned int users;

static void *wait_for_the_end(void *arg)
{
	char byte;

	(void)arg;
	while (syscall(SYS_read, ends[0], &byte, 1) < 0)
		;
	return NULL;
}

void usb_thread_start(void)
{
	if (!getenv("BEKEN_EMU_LIBUSB_THREAD") || users++)
		return;
	if (pipe2(ends, O_CLOEXEC)) {
		users = 0;
		return;
	}
	if (pthread_create(&thread, NULL, wait_for_the_end, NULL)) {
		syscall(SYS_close, ends[0]);
		syscall(SYS_close, ends[1]);
		users = 0;
	}
}

void usb_thread_stop(void)
{
	if (!users || --users)
		return;
	syscall(SYS_close, ends[1]);
	EMU_REAL(pthread_join)(thread, NULL);
	syscall(SYS_close, ends[0]);
}

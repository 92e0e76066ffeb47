/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All CH341As on USB, for people who look for theirs. */
#ifndef CH341A_BEKEN_CH341A_LIST_H
#define CH341A_BEKEN_CH341A_LIST_H

#include "ch341a.h"

enum ch341a_access {
	CH341A_ACCESS_FREE,   /* may be opened */
	CH341A_ACCESS_KERNEL, /* a driver of the kernel has it; it gives way when opened */
	CH341A_ACCESS_BUSY,   /* another program has it */
	CH341A_ACCESS_DENIED, /* no permission */
	CH341A_ACCESS_BROKEN, /* anything else */
};

struct ch341a_info {
	unsigned int bus, address;
	char port[CH341A_PORT_SIZE]; /* such as 1-2.3 */
	char serial[64];	     /* empty: none, or not readable */
	bool spi_mode;		     /* 1a86:5512; else serial port mode, 1a86:5523 */
	enum ch341a_access access;
};

/* Fills up to `size` of infos: first those in SPI mode, in the order of the numbers of
 * ch341a_open(), then those in serial port mode. Nothing is sent to any of them but requests for
 * their descriptors. *n gets how many there are. Returns 0, or an error that was said through
 * frontend. */
int ch341a_list(const struct frontend *frontend, struct ch341a_info *infos, size_t size,
		size_t *n) BEKEN_CHECKED;

#endif

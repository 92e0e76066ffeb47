/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In flash.h, since 1.6 in spi.h. */
#ifndef NATIVE_API_FLASHROM_COMMAND_H
#define NATIVE_API_FLASHROM_COMMAND_H

struct spi_command {
	unsigned int writecnt;
	unsigned int readcnt;
	const unsigned char *writearr;
	unsigned char *readarr;
};

#endif

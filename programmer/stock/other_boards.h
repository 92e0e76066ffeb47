/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boards that people plug in where a CH341A is wanted. */
#ifndef CH341A_BEKEN_OTHER_BOARDS_H
#define CH341A_BEKEN_OTHER_BOARDS_H

#include <stdint.h>

struct other_board {
	uint16_t product;    /* of the vendor 1a86, as with the CH341A */
	const char *article; /* "a" or "an" */
	const char *name;
};

/* One that is attached; NULL if there is none, or USB cannot be used. */
const struct other_board *other_boards_find(void);

#endif

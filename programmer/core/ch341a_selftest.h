/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What proves that a CH341A works, without a chip: CS is high all the time. */
#ifndef CH341A_BEKEN_CH341A_SELFTEST_H
#define CH341A_BEKEN_CH341A_SELFTEST_H

#include "ch341a_wire.h"

/* Room that each of the streams needs. */
#define CH341A_TEST_PACKETS 5
#define CH341A_TEST_ANSWER (1 + CH341A_SPI_PER_PACKET + 1 + 1 + 4)

/* Drives all pins at their idle levels and shifts one SPI byte. */
void ch341a_build_ping(struct ch341a_stream *stream);

/* Answers have the right lengths, in this order, if queued packets are carried out
 * in order and each is answered by itself. Pins must be as after a ping. */
void ch341a_build_self_test(struct ch341a_stream *stream);

#endif

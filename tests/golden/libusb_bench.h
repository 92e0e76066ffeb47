/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In place of libusb: a bench in this process. What is linked with it drives
 * the emulated CH341A through the functions of libusb that programmer/ch341a.c
 * calls.
 */
#ifndef GOLDEN_LIBUSB_BENCH_H
#define GOLDEN_LIBUSB_BENCH_H

#include "bench.h"

/* The one device that libusb will find is device 0 of this bench, which has
 * power and must outlive all use. NULL: none. */
void libusb_bench_attach(struct bench *bench);

/* Calls, since then, of functions that the unit tests of flashrom's trees have no
 * stand-in for (tests/meson.build of flashrom names those that they have). */
unsigned int libusb_bench_unwrapped_calls(void);

#endif

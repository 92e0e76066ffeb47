/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef __LIBFLASHPROG_H__
#define __LIBFLASHPROG_H__ 1

enum flashprog_log_level {
	FLASHPROG_MSG_ERROR,
	FLASHPROG_MSG_WARN,
	FLASHPROG_MSG_INFO,
	FLASHPROG_MSG_DEBUG,
	FLASHPROG_MSG_DEBUG2,
	FLASHPROG_MSG_SPEW,
};

#if NATIVE_FLASHPROG_MAIN
enum flashprog_test_state {
	FLASHPROG_TEST_OK = 0,
	FLASHPROG_TEST_NT = 1,
};
#endif

struct flashprog_programmer;

#endif

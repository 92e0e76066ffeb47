/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts what holds and prints what does not. */
#ifndef BEKEN_EMU_CHECK_H
#define BEKEN_EMU_CHECK_H

#include <stdbool.h>

/* Each counts as one. */
#define CHECK(condition) check_note(condition, #condition, __FILE__, __LINE__)
#define CHECK_NEAR(value, wanted, percent) \
	check_near(value, wanted, percent, #value, __FILE__, __LINE__)

/* For conditions looked at thousands of times: only a failure counts. */
#define EXPECT(condition) \
	do { \
		if (!(condition)) \
			CHECK(condition); \
	} while (0)

void check_note(bool ok, const char *what, const char *file, int line);
void check_near(double value, double wanted, double percent, const char *what, const char *file,
		int line);

/* One that failed, or held, with a sentence of its own. */
void check_failed(const char *format, ...) __attribute__((format(printf, 1, 2)));
void check_passed(void);

/* Prints "N passed, M failed". Returns the exit status. */
int check_summary(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every unit test needs: cmocka with the headers it wants before it, and
 * comparisons that show the text that was found. */
#ifndef CH341A_BEKEN_UNIT_H
#define CH341A_BEKEN_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

#define assert_contains(text, part) \
	do { \
		if (!strstr((text), (part))) \
			fail_msg("\"%s\" does not contain \"%s\"", (text), (part)); \
	} while (0)

#define assert_lacks(text, part) \
	do { \
		if (strstr((text), (part))) \
			fail_msg("\"%s\" contains \"%s\"", (text), (part)); \
	} while (0)

/* A short text file. */
static inline void assert_file_holds(const char *path, const char *expected)
{
	char text[64] = "";
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(text, expected);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tool_words.h"

#include <stddef.h>
#include <string.h>
#include <sys/param.h>

#define MAX_MISTAKES 2
/* Longer words are not misspelt commands. */
#define MAX_LENGTH 31

/* Letters to insert, to leave out or to change (Levenshtein). */
static size_t mistakes(const char *a, const char *b)
{
	size_t row[MAX_LENGTH + 1];
	const size_t length_a = strlen(a), length_b = strlen(b);

	if (length_a > MAX_LENGTH || length_b > MAX_LENGTH)
		return MAX_LENGTH;
	for (size_t j = 0; j <= length_b; j++)
		row[j] = j;
	for (size_t i = 1; i <= length_a; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= length_b; j++) {
			const size_t changed = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = MIN(changed, MIN(row[j], row[j - 1]) + 1);
		}
	}
	return row[length_b];
}

static const char *only_one_that_starts(const char *word, const char *const *words)
{
	const char *found = NULL;

	for (; *words; words++) {
		if (strncmp(word, *words, strlen(word)))
			continue;
		if (found)
			return NULL;
		found = *words;
	}
	return found;
}

const char *tool_words_nearest(const char *word, const char *const *words)
{
	const char *nearest = *word ? only_one_that_starts(word, words) : NULL;
	/* A word of two letters is two mistakes away from any other. */
	size_t fewest = strlen(word) > MAX_MISTAKES + 1 ? MAX_MISTAKES + 1 : MAX_MISTAKES;

	if (nearest)
		return nearest;
	for (; *words; words++) {
		const size_t n = mistakes(word, *words);

		if (n < fewest) {
			fewest = n;
			nearest = *words;
		}
	}
	return nearest;
}

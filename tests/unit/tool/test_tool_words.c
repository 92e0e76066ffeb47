/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "tool_words.h"

static const char *const words[] = { "list", "check", "enter", "reset", "serve", NULL };

static void a_word_with_one_or_two_mistakes_is_recognised(void **state)
{
	static const struct {
		const char *word, *meant;
	} cases[] = {
		{ "lst", "list" }, { "lists", "list" }, { "lits", "list" }, { "chekc", "check" },
		{ "ented", "enter" }, { "sreve", "serve" }, { "rseet", "reset" }, { "eserve", "serve" },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++)
		assert_string_equal(tool_words_nearest(cases[i].word, words), cases[i].meant);
}

static void the_beginning_of_one_word_is_enough(void **state)
{
	static const char *const alike[] = { "enter", "entry", NULL };

	(void)state;
	assert_string_equal(tool_words_nearest("c", words), "check");
	assert_string_equal(tool_words_nearest("res", words), "reset");
	assert_string_equal(tool_words_nearest("ent", words), "enter");
	/* Both start so: what counts is who is nearer, and neither is near. */
	assert_null(tool_words_nearest("en", alike));
}

static void other_words_mean_nothing(void **state)
{
	static const char long_word[] = "checkcheckcheckcheckcheckcheckcheckcheckcheckcheckcheck";

	(void)state;
	assert_null(tool_words_nearest("", words));
	assert_null(tool_words_nearest("x", words));
	assert_null(tool_words_nearest("xy", words));
	assert_null(tool_words_nearest("frobnicate", words));
	assert_null(tool_words_nearest("checkabc", words));
	assert_null(tool_words_nearest(long_word, words));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_with_one_or_two_mistakes_is_recognised),
		cmocka_unit_test(the_beginning_of_one_word_is_enough),
		cmocka_unit_test(other_words_mean_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

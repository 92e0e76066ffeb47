/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "params.h"

#include "unit.h"
#include "xorshift.h"

static struct params params;
static char problem[512];

static int setup(void **state)
{
	(void)state;
	memset(&params, 0x5a, sizeof(params));
	params_init(&params);
	memset(problem, 0, sizeof(problem));
	return 0;
}

static int parse(const char *text)
{
	return params_parse(&params, text, problem, sizeof(problem));
}

static void assert_defaults(void)
{
	assert_string_equal(params.device, "");
	assert_int_equal(params.beken.enter, BEKEN_ENTER_AUTO);
	assert_int_equal(params.beken.attempts, 10);
	assert_int_equal(params.beken.cen_low_ms, 100);
	assert_int_equal(params.beken.window_ms, 120);
	assert_false(params.beken.keep);
	assert_true(params.pipeline);
	assert_false(params.slow_clock);
	assert_true(params.unprotect);
	assert_true(params.sfdp);
	assert_string_equal(params.backup, "");
	assert_int_equal(params.image, PARAMS_IMAGE_CHECK);
}

static void the_defaults_reset_the_chip_and_unprotect_it(void **state)
{
	(void)state;
	assert_defaults();
}

static void no_text_sets_nothing(void **state)
{
	(void)state;
	assert_int_equal(parse(NULL), BEKEN_OK);
	assert_int_equal(parse(""), BEKEN_OK);
	assert_defaults();
	assert_string_equal(problem, "");
}

static void all_keys_can_be_set_together(void **state)
{
	(void)state;
	assert_int_equal(parse("device=1-2.3,enter=never,leave=keep,attempts=0,cen_low_ms=1,window_ms=5000,"
			       "pipeline=no,clock=slow,unprotect=no,sfdp=no,backup=/a folder,image=raw"),
			 BEKEN_OK);
	assert_int_equal(params.image, PARAMS_IMAGE_RAW);
	assert_string_equal(params.backup, "/a folder");
	assert_string_equal(params.device, "1-2.3");
	assert_int_equal(params.beken.enter, BEKEN_ENTER_NEVER);
	assert_true(params.beken.keep);
	assert_int_equal(params.beken.attempts, 0);
	assert_int_equal(params.beken.cen_low_ms, 1);
	assert_int_equal(params.beken.window_ms, 5000);
	assert_false(params.pipeline);
	assert_true(params.slow_clock);
	assert_false(params.unprotect);
	assert_false(params.sfdp);
	assert_string_equal(problem, "");
}

static void defaults_can_be_asked_for_by_name(void **state)
{
	(void)state;
	assert_int_equal(parse("enter=auto,leave=reset,attempts=10,cen_low_ms=100,window_ms=120,"
			       "pipeline=auto,clock=fast,unprotect=auto,sfdp=auto,image=check"), BEKEN_OK);
	assert_defaults();
}

static void each_listed_key_is_known_and_no_other(void **state)
{
	static const char *const keys[] = {
		"device", "enter", "leave", "attempts", "cen_low_ms", "window_ms", "pipeline", "clock",
		"unprotect", "sfdp", "backup", "image",
	};
	size_t n = 0;

	(void)state;
	for (; params_keys[n]; n++) {
		assert_true(n < N_ELEMENTS(keys));
		assert_string_equal(params_keys[n], keys[n]);
		assert_int_equal(params_set(&params, keys[n], "", problem, sizeof(problem)),
				 BEKEN_ERR_PARAMETER);
		assert_contains(problem, keys[n]);
		assert_contains(problem, "it takes ");
	}
	assert_int_equal(n, N_ELEMENTS(keys));
	assert_defaults();
}

static void values_out_of_their_range_are_refused_by_name(void **state)
{
	static const char *const pairs[][2] = {
		{ "attempts", "1000001" }, { "attempts", "-1" }, { "attempts", "" }, { "attempts", "1x" },
		{ "attempts", " 1" }, { "attempts", "+1" }, { "attempts", "0x10" },
		{ "attempts", "4294967297" }, { "attempts", "18446744073709551617" },
		{ "cen_low_ms", "0" }, { "cen_low_ms", "10001" }, { "window_ms", "0" }, { "window_ms", "5001" },
		{ "enter", "Auto" }, { "enter", "reset" }, { "enter", "" }, { "enter", "auto " },
		{ "leave", "never" }, { "leave", "" }, { "pipeline", "yes" }, { "clock", "no" },
		{ "unprotect", "yes" }, { "unprotect", "" },
		{ "sfdp", "1" }, { "device", "" }, { "backup", "" },
		{ "image", "" }, { "image", "yes" }, { "image", "Any" }, { "image", "no" },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(pairs); i++) {
		assert_int_equal(params_set(&params, pairs[i][0], pairs[i][1], problem, sizeof(problem)),
				 BEKEN_ERR_PARAMETER);
		assert_contains(problem, pairs[i][0]);
		assert_contains(problem, pairs[i][1]);
		assert_defaults();
	}
}

static void the_ends_of_each_range_are_taken(void **state)
{
	(void)state;
	assert_int_equal(parse("attempts=1000000,cen_low_ms=10000,window_ms=1"), BEKEN_OK);
	assert_int_equal(params.beken.attempts, 1000000);
	assert_int_equal(params.beken.cen_low_ms, 10000);
	assert_int_equal(params.beken.window_ms, 1);
}

static void a_file_is_looked_at_unless_told_otherwise(void **state)
{
	(void)state;
	assert_int_equal(parse("image=any"), BEKEN_OK);
	assert_int_equal(params.image, PARAMS_IMAGE_ANY);
	assert_int_equal(parse("image=raw"), BEKEN_OK);
	assert_int_equal(params.image, PARAMS_IMAGE_RAW);
	assert_int_equal(parse("image=check"), BEKEN_OK);
	assert_int_equal(params.image, PARAMS_IMAGE_CHECK);
	assert_int_equal(parse("image=all"), BEKEN_ERR_PARAMETER);
	assert_contains(problem, "check, any or raw");
}

static void a_device_name_is_limited_to_its_buffer(void **state)
{
	char name[PARAMS_DEVICE_SIZE + 1];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[PARAMS_DEVICE_SIZE] = '\0';
	assert_int_equal(params_set(&params, "device", name, problem, sizeof(problem)), BEKEN_ERR_PARAMETER);
	assert_defaults();
	name[PARAMS_DEVICE_SIZE - 1] = '\0';
	assert_int_equal(params_set(&params, "device", name, problem, sizeof(problem)), BEKEN_OK);
	assert_string_equal(params.device, name);
}

static void the_path_of_a_folder_fits_into_a_sentence_or_is_refused(void **state)
{
	char path[PARAMS_BACKUP_SIZE + 1];

	(void)state;
	memset(path, 'x', sizeof(path));
	path[PARAMS_BACKUP_SIZE] = '\0';
	assert_int_equal(params_set(&params, "backup", path, problem, sizeof(problem)), BEKEN_ERR_PARAMETER);
	assert_contains(problem, "767 characters");
	assert_int_equal(PARAMS_BACKUP_SIZE, 768);
	assert_defaults();
	path[PARAMS_BACKUP_SIZE - 1] = '\0';
	assert_int_equal(params_set(&params, "backup", path, problem, sizeof(problem)), BEKEN_OK);
	assert_string_equal(params.backup, path);
}

static void an_unknown_key_is_answered_by_a_list_of_all(void **state)
{
	(void)state;
	assert_int_equal(parse("spispeed=1M"), BEKEN_ERR_PARAMETER);
	assert_contains(problem, "\"spispeed\"");
	for (size_t i = 0; params_keys[i]; i++)
		assert_contains(problem, params_keys[i]);
	assert_int_equal(problem[strlen(problem) - 1], '.');
	assert_defaults();
}

static void the_beginning_of_a_key_is_no_key(void **state)
{
	(void)state;
	assert_int_equal(parse("dev=1"), BEKEN_ERR_PARAMETER);
	assert_int_equal(parse("devices=1"), BEKEN_ERR_PARAMETER);
	assert_int_equal(parse("=1"), BEKEN_ERR_PARAMETER);
	assert_defaults();
}

static void a_key_without_a_value_is_refused(void **state)
{
	(void)state;
	assert_int_equal(parse("enter"), BEKEN_ERR_PARAMETER);
	assert_contains(problem, "\"enter\"");
	assert_contains(problem, "key=value");
	assert_defaults();
}

static void a_key_that_comes_twice_is_refused(void **state)
{
	(void)state;
	assert_int_equal(parse("attempts=3,enter=auto,attempts=3"), BEKEN_ERR_PARAMETER);
	assert_contains(problem, "\"attempts\"");
	assert_contains(problem, "more than once");
}

static void an_empty_pair_is_refused_but_a_last_comma_is_not(void **state)
{
	(void)state;
	assert_int_equal(parse("attempts=3,"), BEKEN_OK);
	assert_int_equal(params.beken.attempts, 3);
	assert_int_equal(parse("attempts=4,,enter=auto"), BEKEN_ERR_PARAMETER);
	assert_int_equal(parse(",enter=auto"), BEKEN_ERR_PARAMETER);
}

static void a_value_keeps_its_equals_signs(void **state)
{
	(void)state;
	assert_int_equal(parse("device=a=b"), BEKEN_OK);
	assert_string_equal(params.device, "a=b");
}

static void too_long_a_text_is_refused(void **state)
{
	char text[1025];

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "device=", 7);
	text[1024] = '\0';
	assert_int_equal(parse(text), BEKEN_ERR_PARAMETER);
	assert_contains(problem, "longer than 1023");
	text[1023] = '\0';
	assert_int_equal(parse(text), BEKEN_ERR_PARAMETER);
	assert_contains(problem, "Bad value");
	assert_lacks(problem, "longer");
}

static void a_problem_is_cut_at_the_end_of_its_buffer(void **state)
{
	(void)state;
	for (size_t size = 1; size < 200; size++) {
		char text[201];

		memset(text, 0x5a, sizeof(text));
		assert_int_equal(params_set(&params, "none", "1", text, size), BEKEN_ERR_PARAMETER);
		assert_true(strlen(text) < size);
		assert_int_equal(text[size], 0x5a);
		assert_int_equal(params_set(&params, "enter", "1", text, size), BEKEN_ERR_PARAMETER);
		assert_true(strlen(text) < size);
		assert_int_equal(text[size], 0x5a);
	}
}

/* ---- fuzz ---- */

static const char *const pieces[] = {
	"device", "enter", "leave", "attempts", "cen_low_ms", "window_ms", "pipeline", "clock", "unprotect",
	"sfdp", "backup", "image", "=", "=", "=", ",", ",",
	"auto", "always", "never", "reset", "keep", "no", "any", "1", "0", "1000000",
	"99999999999999999999", "-", " ", "%s%n",
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "\xff", "\n",
};

static void random_text(uint64_t *rng, char *text, size_t size)
{
	size_t used = 0;

	for (uint32_t left = xorshift_below(rng, 14); left; left--) {
		const char *piece = pieces[xorshift_below(rng, N_ELEMENTS(pieces))];

		if (used + strlen(piece) >= size)
			break;
		strcpy(text + used, piece);
		used += strlen(piece);
	}
	text[used] = '\0';
	if (used && !xorshift_below(rng, 4))
		text[xorshift_below(rng, (uint32_t)used)] = (char)(1 + xorshift_below(rng, 255));
}

static void assert_in_ranges(void)
{
	assert_non_null(memchr(params.device, '\0', sizeof(params.device)));
	assert_non_null(memchr(params.backup, '\0', sizeof(params.backup)));
	assert_in_range(params.beken.enter, BEKEN_ENTER_AUTO, BEKEN_ENTER_NEVER);
	assert_in_range(params.image, PARAMS_IMAGE_CHECK, PARAMS_IMAGE_RAW);
	assert_in_range(params.beken.attempts, 0, 1000000);
	assert_in_range(params.beken.cen_low_ms, 1, 10000);
	assert_in_range(params.beken.window_ms, 1, 5000);
}

static void any_text_gives_good_values_or_a_sentence(void **state)
{
	uint64_t rng = 0x0be4e12bea51ce5a;
	unsigned int good = 0, bad = 0;

	(void)state;
	for (unsigned int i = 0; i < 200000; i++) {
		char text[1200] = "";
		int error;

		random_text(&rng, text, sizeof(text));
		params_init(&params);
		problem[0] = '\0';
		error = parse(text);
		assert_true(error == BEKEN_OK || error == BEKEN_ERR_PARAMETER);
		assert_int_equal(error == BEKEN_OK, problem[0] == '\0');
		assert_in_ranges();
		good += !error;
		bad += !!error;
	}
	/* Both sides were met. */
	assert_true(good > 1000 && bad > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_defaults_reset_the_chip_and_unprotect_it, setup),
		cmocka_unit_test_setup(no_text_sets_nothing, setup),
		cmocka_unit_test_setup(all_keys_can_be_set_together, setup),
		cmocka_unit_test_setup(defaults_can_be_asked_for_by_name, setup),
		cmocka_unit_test_setup(each_listed_key_is_known_and_no_other, setup),
		cmocka_unit_test_setup(values_out_of_their_range_are_refused_by_name, setup),
		cmocka_unit_test_setup(the_ends_of_each_range_are_taken, setup),
		cmocka_unit_test_setup(a_file_is_looked_at_unless_told_otherwise, setup),
		cmocka_unit_test_setup(a_device_name_is_limited_to_its_buffer, setup),
		cmocka_unit_test_setup(the_path_of_a_folder_fits_into_a_sentence_or_is_refused, setup),
		cmocka_unit_test_setup(an_unknown_key_is_answered_by_a_list_of_all, setup),
		cmocka_unit_test_setup(the_beginning_of_a_key_is_no_key, setup),
		cmocka_unit_test_setup(a_key_without_a_value_is_refused, setup),
		cmocka_unit_test_setup(a_key_that_comes_twice_is_refused, setup),
		cmocka_unit_test_setup(an_empty_pair_is_refused_but_a_last_comma_is_not, setup),
		cmocka_unit_test_setup(a_value_keeps_its_equals_signs, setup),
		cmocka_unit_test_setup(too_long_a_text_is_refused, setup),
		cmocka_unit_test_setup(a_problem_is_cut_at_the_end_of_its_buffer, setup),
		cmocka_unit_test_setup(any_text_gives_good_values_or_a_sentence, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

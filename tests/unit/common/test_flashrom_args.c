/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flashrom_args.h"

#include <stdlib.h>

#include "unit.h"
#include "xorshift.h"

#define MAX_ARGS 16

/* argv as main() gets it, from "flashrom" and up to NULL. */
#define READ(...) read_line((const char *[]){ "flashrom", __VA_ARGS__, NULL })

static char *line[MAX_ARGS + 1];
static int n_line;
static struct flashrom_args args;

static void read_line(const char *const *argv)
{
	for (n_line = 0; argv[n_line]; n_line++) {
		assert_true(n_line < MAX_ARGS);
		line[n_line] = (char *)(uintptr_t)argv[n_line];
	}
	line[n_line] = NULL;
	memset(&args, 0x5a, sizeof(args));
	flashrom_args_read(n_line, line, &args);
}

static void assert_programmer(const char *value, int index)
{
	assert_non_null(args.programmer);
	assert_string_equal(args.programmer, value);
	assert_int_equal(args.index, index);
	/* It points into that element. */
	assert_ptr_equal(args.programmer + strlen(value), line[index] + strlen(line[index]));
}

/* The line in which the programmer is "serprog:dev=/dev/pts/1". */
static void assert_replaced(const char *const *expected)
{
	const struct flashrom_args_changes changes = { .programmer = "serprog:dev=/dev/pts/1" };
	char **copy = flashrom_args_replace(n_line, line, &args, &changes);
	int n = 0;

	assert_non_null(copy);
	for (; expected[n]; n++) {
		assert_non_null(copy[n]);
		assert_string_equal(copy[n], expected[n]);
	}
	assert_null(copy[n]);
	free(copy);
}
#define ASSERT_REPLACED(...) assert_replaced((const char *[]){ "flashrom", __VA_ARGS__, NULL })

static void the_programmer_is_found_however_it_is_written(void **state)
{
	(void)state;
	READ("-p", "ch341a_beken:leave=keep", "-r", "x.bin");
	assert_programmer("ch341a_beken:leave=keep", 2);
	READ("-pch341a_beken", "-r", "x.bin");
	assert_programmer("ch341a_beken", 1);
	READ("--programmer", "dummy");
	assert_programmer("dummy", 2);
	READ("--programmer=dummy:a=b");
	assert_programmer("dummy:a=b", 1);
	READ("-VVp", "dummy");
	assert_programmer("dummy", 2);
	assert_int_equal(args.verbosity, 2);
	READ("-Vpdummy");
	assert_programmer("dummy", 1);
	READ("--programm", "dummy");
	assert_programmer("dummy", 2);
	READ("--programmer=");
	assert_programmer("", 1);
}

static void the_programmer_is_replaced_where_it_stands(void **state)
{
	(void)state;
	READ("-p", "ch341a_beken", "-r", "x.bin");
	ASSERT_REPLACED("-p", "serprog:dev=/dev/pts/1", "-r", "x.bin");
	READ("-V", "-pch341a_beken", "-E");
	ASSERT_REPLACED("-V", "-pserprog:dev=/dev/pts/1", "-E");
	READ("-Vpch341a_beken");
	ASSERT_REPLACED("-Vpserprog:dev=/dev/pts/1");
	READ("-E", "--programmer=ch341a_beken:leave=keep");
	ASSERT_REPLACED("-E", "--programmer=serprog:dev=/dev/pts/1");
	READ("--programmer=");
	ASSERT_REPLACED("--programmer=serprog:dev=/dev/pts/1");
}

static void a_missing_programmer_is_put_in_front(void **state)
{
	(void)state;
	READ("-r", "x.bin");
	assert_null(args.programmer);
	ASSERT_REPLACED("-p", "serprog:dev=/dev/pts/1", "-r", "x.bin");
	READ("--", "-p", "dummy");
	assert_null(args.programmer);
	ASSERT_REPLACED("-p", "serprog:dev=/dev/pts/1", "--", "-p", "dummy");
	read_line((const char *[]){ "flashrom", NULL });
	ASSERT_REPLACED("-p", "serprog:dev=/dev/pts/1");
}

static void the_first_of_two_programmers_counts(void **state)
{
	(void)state;
	READ("-p", "ch341a_beken", "-p", "dummy");
	assert_programmer("ch341a_beken", 2);
	ASSERT_REPLACED("-p", "serprog:dev=/dev/pts/1", "-p", "dummy");
}

static void values_of_other_options_are_no_programmer(void **state)
{
	static const char *const options[] = {
		"-c", "-l", "-i", "-o", "--chip", "--layout", "--include", "--image", "--output",
		"--flash-contents", "--fmap-file", "--wp-range", "--wp-region", "--sacrifice-ratio",
		"--fmap-f", "--lay",
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(options); i++) {
		READ(options[i], "-pdummy");
		assert_null(args.programmer);
		READ(options[i], "x", "-p", "dummy");
		assert_programmer("dummy", 4);
	}
	READ("-cp", "dummy");
	assert_null(args.programmer);
}

static void a_file_name_is_optional_before_an_option(void **state)
{
	static const char *const options[] = { "-r", "-w", "-v", "--read", "--write", "--verify", "-Er" };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(options); i++) {
		READ(options[i], "-p", "dummy");
		assert_programmer("dummy", 3);
		READ(options[i], "p", "-p", "dummy");
		assert_programmer("dummy", 4);
		READ(options[i]);
		assert_null(args.programmer);
	}
	READ("-rp", "dummy");	/* a file named "p" */
	assert_null(args.programmer);
	READ("-r", "-", "-p", "dummy");
	assert_programmer("dummy", 4);
}

static void an_option_without_its_value_at_the_end_is_no_programmer(void **state)
{
	(void)state;
	READ("-p");
	assert_null(args.programmer);
	ASSERT_REPLACED("-p", "serprog:dev=/dev/pts/1", "-p");
	READ("--programmer");
	assert_null(args.programmer);
	READ("-Vp");
	assert_null(args.programmer);
	assert_int_equal(args.verbosity, 1);
}

static void ambiguous_and_unknown_options_take_nothing(void **state)
{
	(void)state;
	READ("--prog", "dummy", "-p", "x");	/* or --progress */
	assert_programmer("x", 4);
	assert_false(args.progress);
	READ("--progress", "-p", "x");
	assert_programmer("x", 3);
	assert_true(args.progress);
	READ("--progre", "-p", "x");
	assert_true(args.progress);
	READ("--brand-new", "-p", "x");
	assert_programmer("x", 3);
	READ("--brand-new=-p", "-p", "x");
	assert_programmer("x", 3);
	READ("--wp-r", "-p", "x");	/* --wp-range or --wp-region */
	assert_programmer("x", 3);
	READ("--flash", "-p", "x");
	assert_programmer("x", 3);
}

static void help_version_and_lists_need_no_programmer(void **state)
{
	static const char *const options[] = {
		"-h", "-R", "-L", "-z", "--help", "--version", "--list-supported", "--list-supported-wiki",
		"--he", "--vers", "-VL",
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(options); i++) {
		READ(options[i]);
		assert_true(args.needs_no_programmer);
	}
	READ("-r", "x", "-V", "--noverify");
	assert_false(args.needs_no_programmer);
	READ("-c", "-L");
	assert_false(args.needs_no_programmer);
	READ("--", "-L");
	assert_false(args.needs_no_programmer);
}

static void verbosity_counts_every_v(void **state)
{
	(void)state;
	READ("-E");
	assert_int_equal(args.verbosity, 0);
	READ("-V", "-VV", "--verbose");
	assert_int_equal(args.verbosity, 4);
	READ("-c", "-V", "-v", "-V");
	assert_int_equal(args.verbosity, 1);
}

static void our_programmer_is_known_by_its_whole_name(void **state)
{
	const char *parameters = "";

	(void)state;
	READ("-p", "ch341a_beken:leave=keep,enter=auto");
	assert_true(flashrom_args_are_ours(&args, &parameters));
	assert_string_equal(parameters, "leave=keep,enter=auto");
	READ("-p", "ch341a_beken:");
	assert_true(flashrom_args_are_ours(&args, &parameters));
	assert_string_equal(parameters, "");
	READ("-p", "ch341a_beken");
	assert_true(flashrom_args_are_ours(&args, &parameters));
	assert_null(parameters);
	READ("-p", "ch341a_beken2");
	assert_false(flashrom_args_are_ours(&args, &parameters));
	assert_null(parameters);
	READ("-p", "ch341a_spi");
	assert_false(flashrom_args_are_ours(&args, &parameters));
	READ("-p", "ch341a_beke");
	assert_false(flashrom_args_are_ours(&args, &parameters));
	READ("-p", "");
	assert_false(flashrom_args_are_ours(&args, &parameters));
}

static void no_programmer_means_ours_unless_none_is_needed(void **state)
{
	const char *parameters = "";

	(void)state;
	READ("-r", "x");
	assert_true(flashrom_args_are_ours(&args, &parameters));
	assert_null(parameters);
	READ("--version");
	assert_false(flashrom_args_are_ours(&args, &parameters));
	READ("--version", "-p", "ch341a_beken");
	assert_true(flashrom_args_are_ours(&args, &parameters));
}

static void the_commands_of_flashprog_stay_in_front(void **state)
{
	(void)state;
	READ("prog", "-r", "x.bin");
	assert_int_equal(args.commands, 1);
	ASSERT_REPLACED("prog", "-p", "serprog:dev=/dev/pts/1", "-r", "x.bin");
	READ("wp", "range", "0,0", "-c", "x");
	assert_int_equal(args.commands, 2);
	ASSERT_REPLACED("wp", "range", "-p", "serprog:dev=/dev/pts/1", "0,0", "-c", "x");
	READ("wp");
	assert_int_equal(args.commands, 1);
	READ("cfg", "-p", "ch341a_beken", "quad-enable");
	assert_int_equal(args.commands, 1);
	assert_programmer("ch341a_beken", 3);
	ASSERT_REPLACED("cfg", "-p", "serprog:dev=/dev/pts/1", "quad-enable");
	READ("config", "quad-enable");
	ASSERT_REPLACED("config", "-p", "serprog:dev=/dev/pts/1", "quad-enable");
	READ("-r", "wp");
	assert_int_equal(args.commands, 0);
}

static void assert_changed(const struct flashrom_args_changes *changes, const char *const *expected)
{
	char **copy = flashrom_args_replace(n_line, line, &args, changes);
	int i = 0;

	assert_non_null(copy);
	for (; expected[i]; i++) {
		assert_non_null(copy[i]);
		assert_string_equal(copy[i], expected[i]);
	}
	assert_null(copy[i]);
	free(copy);
}
#define ASSERT_CHANGED(changes, ...) assert_changed(changes, (const char *[]){ "flashrom", __VA_ARGS__, NULL })

static void a_log_is_asked_for_beside_the_programmer(void **state)
{
	const struct flashrom_args_changes changes = { .programmer = "NEW", .log = "LOG" };

	(void)state;
	READ("-r", "x", "-p", "ch341a_beken");
	ASSERT_CHANGED(&changes, "-o", "LOG", "-r", "x", "-p", "NEW");
}

static void a_definition_of_the_flash_is_named_beside_the_programmer(void **state)
{
	const struct flashrom_args_changes changes = { .programmer = "NEW", .log = "LOG", .chip = "A/B" };

	(void)state;
	READ("-r", "x", "-p", "ch341a_beken");
	ASSERT_CHANGED(&changes, "-o", "LOG", "-c", "A/B", "-r", "x", "-p", "NEW");
	READ("prog", "-E");
	ASSERT_CHANGED(&changes, "prog", "-p", "NEW", "-o", "LOG", "-c", "A/B", "-E");
}

static void further_options_come_in_front_of_the_users(void **state)
{
	static const char *const more[] = { "-l", "layout", "-i", "part", "-N", NULL };
	struct flashrom_args_changes changes = { .programmer = "NEW", .chip = "A", .more = more };

	(void)state;
	READ("-w", "x");
	ASSERT_CHANGED(&changes, "-p", "NEW", "-c", "A", "-l", "layout", "-i", "part", "-N", "-w", "x");
	READ("prog", "-p", "ch341a_beken", "-w", "x");
	ASSERT_CHANGED(&changes, "prog", "-c", "A", "-l", "layout", "-i", "part", "-N", "-p", "NEW", "-w", "x");
	changes.chip = NULL;
	changes.more = more + N_ELEMENTS(more) - 1;
	ASSERT_CHANGED(&changes, "prog", "-p", "NEW", "-w", "x");
}

/* The value of args, in an element of its own or not, gets another text. */
static void assert_file_replaced(const char *value, int index, const char *expected)
{
	const struct flashrom_args_change file = { index, value, "NEW FILE" };
	const struct flashrom_args_changes changes = { .programmer = "x", .files = &file, .n_files = 1 };
	char **copy = flashrom_args_replace(n_line, line, &args, &changes);

	assert_non_null(copy);
	for (int i = 0; i < n_line; i++)
		assert_string_equal(copy[i], i == index ? expected : i == args.index ? "x" : line[i]);
	free(copy);
}

static void files_are_replaced_where_they_stand(void **state)
{
	(void)state;
	READ("-p", "ch341a_beken", "-r", "a", "-V");
	assert_file_replaced(args.file, args.file_index, "NEW FILE");
	READ("-p", "ch341a_beken", "-Vra");
	assert_file_replaced(args.file, args.file_index, "-VrNEW FILE");
	READ("-p", "ch341a_beken", "--read=a");
	assert_file_replaced(args.file, args.file_index, "--read=NEW FILE");
	READ("-p", "ch341a_beken", "-iboot:a", "-i", "app:b", "-r");
	assert_file_replaced(args.includes[0].file, args.includes[0].index, "-iboot:NEW FILE");
	assert_file_replaced(args.includes[1].file, args.includes[1].index, "app:NEW FILE");
}

static void assert_operation(char operation, const char *file, int file_index)
{
	assert_int_equal(args.operation, operation);
	assert_int_equal(args.file_index, file_index);
	if (file)
		assert_string_equal(args.file, file);
	else
		assert_null(args.file);
}

static void the_operation_and_its_file_are_found(void **state)
{
	(void)state;
	READ("-c", "-r", "-V");
	assert_operation(0, NULL, 0);
	READ("-c", "x", "-r", "a.bin");
	assert_operation('r', "a.bin", 4);
	READ("-Nwa.bin");
	assert_operation('w', "a.bin", 1);
	READ("--verify=a.bin");
	assert_operation('v', "a.bin", 1);
	READ("--wri", "-");
	assert_operation('w', "-", 2);
	READ("-w", "-N");
	assert_operation('w', NULL, 0);
	READ("-r");
	assert_operation('r', NULL, 0);
	READ("-VE");
	assert_operation('E', NULL, 0);
	READ("--erase");
	assert_operation('E', NULL, 0);
	READ("--extract", "x");
	assert_operation('x', NULL, 0);
	READ("--read-repeated=5", "-V", "a.bin");
	assert_operation('r', "a.bin", 3);
	READ("--read-repeated", "a.bin", "b.bin");
	assert_operation('r', "a.bin", 2);
	READ("-r", "a.bin", "-w", "b.bin");
	assert_operation('r', "a.bin", 2);
}

static void layout_regions_and_log_are_found(void **state)
{
	(void)state;
	READ("-l", "lay", "-i", "boot", "--include=app:a:b.bin", "-o", "log", "-irf:");
	assert_string_equal(args.layout, "lay");
	assert_string_equal(args.log, "log");
	assert_int_equal(args.n_includes, 3);
	assert_int_equal(args.includes[0].index, 4);
	assert_null(args.includes[0].file);
	assert_int_equal(args.includes[0].region_length, 4);
	assert_int_equal(args.includes[1].index, 5);
	assert_string_equal(args.includes[1].region, "app:a:b.bin");
	assert_string_equal(args.includes[1].file, "a:b.bin");
	assert_int_equal(args.includes[1].region_length, 3);
	assert_string_equal(args.includes[2].file, "");
	assert_true(args.has_region_files);
	READ("-E", "-i", "boot");
	assert_false(args.has_region_files);
	assert_null(args.layout);
	assert_null(args.log);
}

static void chip_and_scope_of_verifying_are_found(void **state)
{
	(void)state;
	READ("-r", "x", "-VfcNAME", "--noverify");
	assert_string_equal(args.chip, "NAME");
	assert_false(args.noverify_all);
	assert_false(args.other_layout);
	READ("--force", "--chip=NAME", "-f", "-VN", "--ifd");
	assert_string_equal(args.chip, "NAME");
	assert_true(args.noverify_all);
	assert_true(args.other_layout);
	READ("--noverify-all", "--fmap-file", "-f", "-o", "-c");
	assert_true(args.noverify_all);
	assert_true(args.other_layout);
	assert_null(args.chip);
}

static void more_regions_than_there_is_room_for_are_left_out(void **state)
{
	static char program[] = "flashrom", include[] = "-ix";
	char *many[FLASHROM_ARGS_INCLUDES + 3] = { program };
	int n = 1;

	(void)state;
	while (n < FLASHROM_ARGS_INCLUDES + 2)
		many[n++] = include;
	flashrom_args_read(n, many, &args);
	assert_int_equal(args.n_includes, FLASHROM_ARGS_INCLUDES);
}

static void a_write_protection_option_is_named(void **state)
{
	(void)state;
	READ("-E", "--wp-range=0,0", "--wp-enable");
	assert_string_equal(args.wp, "wp-enable");
	READ("--wp-l");
	assert_string_equal(args.wp, "wp-list");
	READ("-E");
	assert_null(args.wp);
}

/* ---- fuzz ---- */

static const char *const pieces[] = {
	"-", "--", "p", "programmer", "=", "V", "r", "w", "v", "c", "l", "i", "o", "L", "ch341a_beken", ":",
	"read", "verify",
	"verbose", "x", "fmap-file", "flash", "h", "list-supported", "\xff", "",
};

static char *random_element(uint64_t *rng)
{
	char text[128] = "";

	for (uint32_t left = xorshift_below(rng, 5); left; left--)
		strcat(text, pieces[xorshift_below(rng, N_ELEMENTS(pieces))]);
	return strdup(text);
}

/* That all elements but one are as they were, in their order. */
static void assert_copy(char *const *copy)
{
	const int shift = args.programmer ? 0 : 2;

	assert_string_equal(copy[0], line[0]);
	for (int i = 1; i < n_line; i++) {
		const char *now = copy[i <= args.commands ? i : i + shift];

		assert_non_null(now);
		if (args.programmer && i == args.index) {
			const size_t before = (size_t)(args.programmer - line[i]);

			assert_true(before <= strlen(line[i]));
			assert_memory_equal(now, line[i], before);
			assert_string_equal(now + before, "NEW");
		} else {
			assert_string_equal(now, line[i]);
		}
	}
	assert_null(copy[n_line + shift]);
	if (!args.programmer) {
		assert_string_equal(copy[args.commands + 1], "-p");
		assert_string_equal(copy[args.commands + 2], "NEW");
	}
}

/* The replacement is what is read next: flashrom sees the serial programmer. */
static void assert_found_again(char *const *copy)
{
	const int n = n_line + (args.programmer ? 0 : 2);
	struct flashrom_args again;

	flashrom_args_read(n, copy, &again);
	assert_non_null(again.programmer);
	assert_string_equal(again.programmer, "NEW");
	assert_int_equal(again.needs_no_programmer, args.needs_no_programmer);
	assert_int_equal(again.verbosity, args.verbosity);
}

static void any_line_is_kept_but_for_its_programmer(void **state)
{
	const struct flashrom_args_changes changes = { .programmer = "NEW" };
	uint64_t rng = 0xf1a5420aa465eed5;
	unsigned int found = 0;

	(void)state;
	for (unsigned int i = 0; i < 200000; i++) {
		char **copy;

		line[0] = strdup("flashrom");
		n_line = 1 + (int)xorshift_below(&rng, 6);
		for (int k = 1; k < n_line; k++)
			line[k] = random_element(&rng);
		line[n_line] = NULL;
		flashrom_args_read(n_line, line, &args);
		assert_true(!args.programmer || (args.index > 0 && args.index < n_line));
		copy = flashrom_args_replace(n_line, line, &args, &changes);
		assert_non_null(copy);
		assert_copy(copy);
		assert_found_again(copy);
		found += !!args.programmer;
		free(copy);
		for (int k = 0; k < n_line; k++)
			free(line[k]);
	}
	assert_true(found > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_programmer_is_found_however_it_is_written),
		cmocka_unit_test(the_programmer_is_replaced_where_it_stands),
		cmocka_unit_test(files_are_replaced_where_they_stand),
		cmocka_unit_test(a_missing_programmer_is_put_in_front),
		cmocka_unit_test(the_first_of_two_programmers_counts),
		cmocka_unit_test(values_of_other_options_are_no_programmer),
		cmocka_unit_test(a_file_name_is_optional_before_an_option),
		cmocka_unit_test(an_option_without_its_value_at_the_end_is_no_programmer),
		cmocka_unit_test(ambiguous_and_unknown_options_take_nothing),
		cmocka_unit_test(help_version_and_lists_need_no_programmer),
		cmocka_unit_test(verbosity_counts_every_v),
		cmocka_unit_test(our_programmer_is_known_by_its_whole_name),
		cmocka_unit_test(no_programmer_means_ours_unless_none_is_needed),
		cmocka_unit_test(the_commands_of_flashprog_stay_in_front),
		cmocka_unit_test(a_log_is_asked_for_beside_the_programmer),
		cmocka_unit_test(a_definition_of_the_flash_is_named_beside_the_programmer),
		cmocka_unit_test(further_options_come_in_front_of_the_users),
		cmocka_unit_test(the_operation_and_its_file_are_found),
		cmocka_unit_test(layout_regions_and_log_are_found),
		cmocka_unit_test(chip_and_scope_of_verifying_are_found),
		cmocka_unit_test(more_regions_than_there_is_room_for_are_left_out),
		cmocka_unit_test(a_write_protection_option_is_named),
		cmocka_unit_test(any_line_is_kept_but_for_its_programmer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

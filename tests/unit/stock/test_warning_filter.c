/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "warning_filter.h"

#include "terminal.h"
#include "unit.h"

#define UNWANTED \
	"serprog: requested mapping W25Q256FV is incompatible: 0x2000000 bytes at 0x00000000fe000000.\n"

static struct {
	char text[8192];
	size_t n;
} output;

/* In place of standard error. */
void terminal_write(const char *data, size_t n)
{
	assert_true(n > 0);
	assert_true(output.n + n < sizeof(output.text));
	memcpy(output.text + output.n, data, n);
	output.n += n;
}

/* In two pieces, cut at `cut`. */
static void run(const char *text, size_t n, size_t cut)
{
	struct warning_filter filter = { .n_held = 0 };

	output.n = 0;
	if (cut)
		warning_filter_feed(&filter, text, cut);
	if (n > cut)
		warning_filter_feed(&filter, text + cut, n - cut);
	warning_filter_flush(&filter);
}

static void assert_output(const char *in, const char *out)
{
	for (size_t cut = 0; cut <= strlen(in); cut++) {
		run(in, strlen(in), cut);
		assert_int_equal(output.n, strlen(out));
		assert_memory_equal(output.text, out, output.n);
	}
}

static void assert_unchanged(const char *in)
{
	assert_output(in, in);
}

static void only_whole_unwanted_lines_go(void **state)
{
	(void)state;
	assert_output(UNWANTED, "");
	assert_output(UNWANTED UNWANTED UNWANTED, "");
	assert_output("before\n" UNWANTED "behind\n", "before\nbehind\n");
	assert_output("before\n" UNWANTED "Reading flash... ", "before\nReading flash... ");
	assert_output("\n" UNWANTED "\n\n", "\n\n\n");
	assert_output("", "");
}

static void what_is_like_them_stays(void **state)
{
	(void)state;
	assert_output("x" UNWANTED, "x" UNWANTED);
	assert_output("Reading flash... " UNWANTED "x\n", "Reading flash... " UNWANTED "x\n");
	assert_output(" " UNWANTED UNWANTED, " " UNWANTED);
	assert_output("serprog: Programmer name is \"x\"\n", "serprog: Programmer name is \"x\"\n");
	assert_output("serprog: requested mapping of x.\n" UNWANTED, "serprog: requested mapping of x.\n");
	assert_unchanged("serprog: requested mapping  is incompatible\n");
	/* Without its line end it is not whole. */
	assert_unchanged("serprog: requested mapping W is incompatible: 0x2");
	assert_output("serprog: req", "serprog: req");
}

static void any_bytes_pass_as_they_are(void **state)
{
	static const char in[] = "\0\n\xff\0serprog: \0\r\n\n" UNWANTED "\0";
	static const char out[] = "\0\n\xff\0serprog: \0\r\n\n\0";

	(void)state;
	for (size_t cut = 0; cut <= sizeof(in); cut++) {
		run(in, sizeof(in), cut);
		assert_int_equal(output.n, sizeof(out));
		assert_memory_equal(output.text, out, sizeof(out));
	}
}

static void a_line_that_never_ends_is_let_through(void **state)
{
	static char in[4096];

	(void)state;
	memset(in, 'x', sizeof(in));
	memcpy(in, UNWANTED, sizeof(UNWANTED) - 2);
	for (size_t cut = 0; cut <= sizeof(in); cut += 64) {
		run(in, sizeof(in), cut);
		assert_int_equal(output.n, sizeof(in));
		assert_memory_equal(output.text, in, sizeof(in));
	}
}

static void only_what_may_be_unwanted_is_held_back(void **state)
{
	struct warning_filter filter = { .n_held = 0 };

	(void)state;
	output.n = 0;
	warning_filter_feed(&filter, "Reading flash... ", 17);
	assert_int_equal(output.n, 17);
	warning_filter_feed(&filter, "\nserprog: requ", 14);
	assert_int_equal(output.n, 18);
	warning_filter_feed(&filter, "i", 1);
	assert_int_equal(output.n, 32);
}

/* A line of ours came in between: the rest belongs to what was printed. */
static void what_was_handed_on_by_force_goes_on(void **state)
{
	static const char rest[] = "mapping x is incompatible: y\n";
	struct warning_filter filter = { .n_held = 0 };

	(void)state;
	output.n = 0;
	warning_filter_feed(&filter, "serprog: requested ", 19);
	warning_filter_flush(&filter);
	assert_int_equal(output.n, 19);
	warning_filter_feed(&filter, rest, sizeof(rest) - 1);
	assert_int_equal(output.n, 19 + sizeof(rest) - 1);
	warning_filter_feed(&filter, UNWANTED, sizeof(UNWANTED) - 1);
	assert_int_equal(output.n, 19 + sizeof(rest) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_whole_unwanted_lines_go),
		cmocka_unit_test(what_is_like_them_stays),
		cmocka_unit_test(any_bytes_pass_as_they_are),
		cmocka_unit_test(a_line_that_never_ends_is_let_through),
		cmocka_unit_test(only_what_may_be_unwanted_is_held_back),
		cmocka_unit_test(what_was_handed_on_by_force_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

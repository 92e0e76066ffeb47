/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "listener.h"

static char problem[256];

static void all_forms_are_taken(void **state)
{
	static const struct {
		const char *text, *host;
		unsigned int port;
	} cases[] = {
		{ "127.0.0.1", "127.0.0.1", LISTEN_DEFAULT_PORT },
		{ "127.0.0.1:80", "127.0.0.1", 80 },
		{ "127.0.0.1:0", "127.0.0.1", 0 },
		{ "0.0.0.0:65535", "0.0.0.0", 65535 },
		{ "myhost", "myhost", LISTEN_DEFAULT_PORT },
		{ "myhost:1", "myhost", 1 },
		{ "::1", "::1", LISTEN_DEFAULT_PORT },
		{ "[::1]", "::1", LISTEN_DEFAULT_PORT },
		{ "[::1]:3333", "::1", 3333 },
		{ "[fe80::1%eth0]:3333", "fe80::1%eth0", 3333 },
		{ "::", "::", LISTEN_DEFAULT_PORT },
		{ LISTEN_DEFAULT, "127.0.0.1", LISTEN_DEFAULT_PORT },
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct listen_address address;

		assert_int_equal(listen_address_parse(&address, cases[i].text, problem, sizeof(problem)), 0);
		assert_string_equal(address.host, cases[i].host);
		assert_int_equal(address.port, cases[i].port);
	}
}

static void bad_ones_are_named_with_the_forms(void **state)
{
	static const char *const texts[] = {
		"", ":", ":80", "host:", "host:65536", "host:-1", "host:+1", "host: 1", "host:1 ", "host:0x10",
		"host:99999999999", "[::1", "[::1]80", "[::1]:", "[]", "[]:80",
	};

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
		struct listen_address address;

		problem[0] = '\0';
		assert_int_equal(listen_address_parse(&address, texts[i], problem, sizeof(problem)), -1);
		assert_contains(problem, "--listen");
		assert_contains(problem, texts[i]);
		assert_contains(problem, "ADDRESS:PORT");
	}
}

static void a_host_may_be_as_long_as_its_room(void **state)
{
	char text[LISTEN_HOST_SIZE + 1];
	struct listen_address address;

	(void)state;
	memset(text, 'h', sizeof(text));
	text[LISTEN_HOST_SIZE] = '\0';
	assert_int_equal(listen_address_parse(&address, text, problem, sizeof(problem)), -1);
	text[LISTEN_HOST_SIZE - 1] = '\0';
	assert_int_equal(listen_address_parse(&address, text, problem, sizeof(problem)), 0);
	assert_string_equal(address.host, text);
}

static void what_is_formatted_can_be_parsed(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "::1", "myhost" };

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(hosts); i++) {
		struct listen_address address;
		char text[64];

		listen_address_format(hosts[i], 4711, text, sizeof(text));
		assert_int_equal(listen_address_parse(&address, text, problem, sizeof(problem)), 0);
		assert_string_equal(address.host, hosts[i]);
		assert_int_equal(address.port, 4711);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_forms_are_taken),
		cmocka_unit_test(bad_ones_are_named_with_the_forms),
		cmocka_unit_test(a_host_may_be_as_long_as_its_room),
		cmocka_unit_test(what_is_formatted_can_be_parsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

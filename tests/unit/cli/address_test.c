/*
 * Addresses and URLs, against what Go's net/url makes of them.
 */
#include "cli/vault/client/address.h"

#include <string.h>

#include "tests/support/unit.h"

START_TEST(addresses_are_read)
{
	static const struct {
		const char *text, *scheme, *host, *path, *url;
	} rows[] = {
		{ "http://127.0.0.1:8200", "http", "127.0.0.1:8200", "",
		    "http://127.0.0.1:8200" },
		{ " HTTPS://vault.example/base \n", "https", "vault.example",
		    "/base", "https://vault.example/base" },
		{ "http://[2001:DB8:0:0::1]:8200/", "http",
		    "[2001:db8::1]:8200", "/", "http://[2001:db8::1]:8200/" },
		{ "http://h/a%20b", "http", "h", "/a b", "http://h/a%20b" },
		{ "ftp://h:1", "ftp", "h:1", "", "ftp://h:1" },
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct address u;

		ck_assert_ptr_null(address_parse(a, rows[i].text, &u));
		ck_assert_str_eq(u.scheme, rows[i].scheme);
		ck_assert_str_eq(u.host, rows[i].host);
		ck_assert_str_eq(u.path, rows[i].path);
		ck_assert_str_eq(address_url(a, &u), rows[i].url);
	}
	arena_free(a);
}
END_TEST

START_TEST(refusals_are_go_s)
{
	static const char *const rows[][2] = {
		{ "127.0.0.1:1",
		    "parse \"127.0.0.1:1\": first path segment "
		    "in URL cannot contain colon" },
		{ ":8200", "parse \":8200\": missing protocol scheme" },
		{ "http://h:x",
		    "parse \"http://h:x\": invalid port \":x\" "
		    "after host" },
		{ "http://[::1",
		    "parse \"http://[::1\": missing ']' in "
		    "host" },
	};
	struct arena *a = arena_new();
	struct address u;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_eq(address_parse(a, rows[i][0], &u), rows[i][1]);
	arena_free(a);
}
END_TEST

START_TEST(paths_are_escaped)
{
	struct arena *a = arena_new();
	struct address u;
	struct buf query;

	ck_assert_ptr_null(address_parse(a, "http://h", &u));
	u.path = arena_strdup(a, "/v1/x/a b?c#d%e!*'(é:;@&=+$,");
	u.raw_path = NULL;
	ck_assert_str_eq(address_target(a, &u),
	    "/v1/x/a%20b%3Fc%23d%25e%21%2A%27%28%C3%A9:;@&=+$,");
	buf_init(&query, 0);
	address_query_add(&query, "b c", "1&2");
	address_query_add(&query, "d", "x/y~z");
	ck_assert_str_eq(query.p, "b+c=1%262&d=x%2Fy~z");
	buf_release(&query);
	arena_free(a);
}
END_TEST

START_TEST(redirects_are_resolved)
{
	struct arena *a = arena_new();
	struct address base, to;

	ck_assert_ptr_null(address_parse(a, "https://h:1/v1/a/b", &base));
	ck_assert_ptr_null(address_resolve(a, &base, "/v1/c", &to));
	ck_assert_str_eq(address_url(a, &to), "https://h:1/v1/c");
	ck_assert_ptr_null(address_resolve(a, &base, "../c", &to));
	ck_assert_str_eq(address_url(a, &to), "https://h:1/v1/c");
	ck_assert_ptr_null(address_resolve(a, &base, "//o/c", &to));
	ck_assert_str_eq(address_url(a, &to), "https://o/c");
	ck_assert_ptr_null(address_resolve(a, &base, "http://o:2/c?d=e", &to));
	ck_assert_str_eq(address_url(a, &to), "http://o:2/c?d=e");
	arena_free(a);
}
END_TEST

START_TEST(parts_of_hosts)
{
	struct arena *a = arena_new();
	struct address u;

	ck_assert_ptr_null(address_parse(a, "https://[::1]:82", &u));
	ck_assert_str_eq(address_hostname(a, &u), "::1");
	ck_assert_str_eq(address_port(a, &u), "82");
	ck_assert_ptr_null(address_parse(a, "https://name", &u));
	ck_assert_str_eq(address_hostname(a, &u), "name");
	ck_assert_str_eq(address_port(a, &u), "443");
	ck_assert_ptr_null(address_parse(a, "unix:///run/v.sock", &u));
	ck_assert_str_eq(u.socket, "/run/v.sock");
	ck_assert_str_eq(address_url(a, &u), "http://localhost");
	arena_free(a);
}
END_TEST

UNIT_MAIN("cli_address", addresses_are_read, refusals_are_go_s,
    paths_are_escaped, redirects_are_resolved, parts_of_hosts)

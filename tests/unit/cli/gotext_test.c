/*
 * Go's spelling of values, and lines that are wrapped as kr/text wraps them.
 */
#include "cli/vault/output/gotext.h"

#include "cli/vault/output/ui.h"
#include "tests/support/unit.h"

START_TEST(texts_are_quoted)
{
	static const char *const rows[][2] = {
		{ "plain é", "\"plain é\"" },
		{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "\a\b\t\n\v\f\r", "\"\\a\\b\\t\\n\\v\\f\\r\"" },
		{ "\x01\x7f", "\"\\x01\\x7f\"" },
		{ "\xff", "\"\\xff\"" },
		{ "\xe2\x80\xa8", "\"\\u2028\"" },
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_eq(gotext_quote(a, rows[i][0]), rows[i][1]);
	ck_assert_str_eq(
	    gotext_quote_list(a, SLICE("[\"a\",\"b c\"]")), "[\"a\" \"b c\"]");
	ck_assert_str_eq(gotext_quote_list(a, SLICE("null")), "[]");
	arena_free(a);
}
END_TEST

START_TEST(seconds_without_zero_parts)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} rows[] = {
		{ 0, "0s" },
		{ -1, "-1s" },
		{ 59, "59s" },
		{ 60, "1m" },
		{ 3600, "1h" },
		{ 3601, "1h1s" },
		{ 3660, "1h1m" },
		{ 36000, "10h" },
		{ 7322, "2h2m2s" },
		{ 2764800, "768h" },
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_eq(
		    gotext_seconds(a, rows[i].seconds), rows[i].text);
	arena_free(a);
}
END_TEST

START_TEST(times)
{
	struct arena *a = arena_new();

	ck_assert_str_eq(gotext_time(a, "2024-05-06T07:08:09.123456789Z"),
	    "2024-05-06 07:08:09.123456789 +0000 UTC");
	ck_assert_str_eq(gotext_time(a, "2024-05-06T07:08:09+02:00"),
	    "2024-05-06 07:08:09 +0200 +0200");
	ck_assert_str_eq(gotext_time(a, ""), "0001-01-01 00:00:00 +0000 UTC");
	ck_assert_str_eq(
	    gotext_rfc822(a, "2024-05-06T07:08:09.5Z"), "06 May 24 07:08 UTC");
	arena_free(a);
}
END_TEST

START_TEST(paths)
{
	struct arena *a = arena_new();

	ck_assert_str_eq(gotext_sanitize_path(a, " //a/b// "), "a/b");
	ck_assert_str_eq(gotext_sanitize_path(a, "/"), "");
	ck_assert_str_eq(gotext_ensure_slash(a, "a"), "a/");
	ck_assert_str_eq(gotext_ensure_slash(a, "a/"), "a/");
	ck_assert_str_eq(gotext_ensure_slash(a, " "), "");
	ck_assert_str_eq(gotext_path_join(a, "secret/", "data"), "secret/data");
	ck_assert_str_eq(gotext_path_join(a, "", "/v1/a/"), "/v1/a");
	ck_assert_str_eq(gotext_path_join(a, "/base", "/v1/../b"), "/base/b");
	ck_assert_str_eq(gotext_trim(a, "\t a b\xc2\xa0\xe2\x80\xa8\n"), "a b");
	arena_free(a);
}
END_TEST

START_TEST(lines_are_evened_out)
{
	struct arena *a = arena_new();

	ck_assert_str_eq(ui_wrap(a, "short", 2), "  short");
	ck_assert_str_eq(ui_wrap(a, "", 2), "  ");
	/* Not greedy: "the" would still have fit into the first line. */
	ck_assert_str_eq(
	    ui_wrap(a,
		"* Invalid path for a versioned K/V secrets engine. See the "
		"API docs for the appropriate API endpoints to use. If using "
		"the Vault CLI, use 'vault kv list' for this operation.",
		2),
	    "  * Invalid path for a versioned K/V secrets engine. See the "
	    "API docs for\n"
	    "  the appropriate API endpoints to use. If using the Vault CLI, "
	    "use 'vault kv\n"
	    "  list' for this operation.");
	/* Two blanks are an empty word. */
	ck_assert_str_eq(ui_wrap(a, "was:\n\nx", 0), "was:  x");
	arena_free(a);
}
END_TEST

UNIT_MAIN("cli_gotext", texts_are_quoted, seconds_without_zero_parts, times,
    paths, lines_are_evened_out)

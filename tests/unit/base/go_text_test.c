/*
 * Go's texts, against what Go's library answers.
 */
#include "base/go_text.h"

#include <string.h>

#include "tests/support/unit.h"

START_TEST(quoting)
{
	static const struct {
		const char *text, *quoted;
	} rows[] = {
		{ "", "\"\"" },
		{ "a b", "\"a b\"" },
		{ "q\"\\", "\"q\\\"\\\\\"" },
		{ "a\tb\n\r\v\f\a\b", "\"a\\tb\\n\\r\\v\\f\\a\\b\"" },
		{ "\x01\x7f", "\"\\x01\\x7f\"" },
		{ "\xc3\xbc", "\"\xc3\xbc\"" },
		{ "\xff\xc3", "\"\\xff\\xc3\"" },
		{ "\xc2\xa0", "\"\\u00a0\"" },
		{ "\xe2\x80\xa8", "\"\\u2028\"" },
		{ "\xf3\xa0\x80\x81", "\"\\U000e0001\"" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new();

		ck_assert_str_eq(go_quoted(a, rows[i].text), rows[i].quoted);
		arena_free(a);
	}
}
END_TEST

START_TEST(whole_numbers)
{
	static const struct {
		const char *text;
		int base;
		enum go_int_result result;
		int64_t value;
	} rows[] = {
		{ "0", 0, GO_INT_OK, 0 },
		{ "-7", 0, GO_INT_OK, -7 },
		{ "+7", 10, GO_INT_OK, 7 },
		{ "0b11", 0, GO_INT_OK, 3 },
		{ "0o17", 0, GO_INT_OK, 15 },
		{ "017", 0, GO_INT_OK, 15 },
		{ "0x1F", 0, GO_INT_OK, 31 },
		{ "1_0", 0, GO_INT_OK, 10 },
		{ "0x_1", 0, GO_INT_OK, 1 },
		{ "0_1", 0, GO_INT_OK, 1 },
		{ "1__0", 0, GO_INT_SYNTAX, 0 },
		{ "_1", 0, GO_INT_SYNTAX, 0 },
		{ "1_", 0, GO_INT_SYNTAX, 0 },
		{ "1_0", 10, GO_INT_SYNTAX, 0 },
		{ "0x1", 10, GO_INT_SYNTAX, 0 },
		{ "08", 0, GO_INT_SYNTAX, 0 },
		{ "0x", 0, GO_INT_SYNTAX, 0 },
		{ "", 0, GO_INT_SYNTAX, 0 },
		{ "-", 10, GO_INT_SYNTAX, 0 },
		{ " 1", 10, GO_INT_SYNTAX, 0 },
		{ "1.5", 10, GO_INT_SYNTAX, 0 },
		{ "9223372036854775807", 10, GO_INT_OK, INT64_MAX },
		{ "-9223372036854775808", 10, GO_INT_OK, INT64_MIN },
		{ "9223372036854775808", 10, GO_INT_RANGE, 0 },
		{ "18446744073709551616x", 10, GO_INT_RANGE, 0 },
		{ "9223372036854775808x", 10, GO_INT_SYNTAX, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t value = 0;

		ck_assert_msg(go_parse_int(rows[i].text, rows[i].base,
				  &value) == rows[i].result,
		    "%s", rows[i].text);
		ck_assert_msg(value == rows[i].value, "%s", rows[i].text);
	}
}
END_TEST

START_TEST(numbers_with_reasons)
{
	char *list[] = { "a", "b c", NULL };
	struct arena *a = arena_new();
	uint64_t u;
	int64_t i;
	double d;

	ck_assert_ptr_null(go_parse_int_why(a, "0X_1f", 0, &i));
	ck_assert_int_eq(i, 31);
	ck_assert_str_eq(go_parse_int_why(a, "1_0", 10, &i),
	    "strconv.ParseInt: parsing \"1_0\": invalid syntax");
	ck_assert_str_eq(go_parse_int_why(a, "", 0, &i),
	    "strconv.ParseInt: parsing \"\": invalid syntax");
	ck_assert_str_eq(go_parse_atoi_why(a, "x", &i),
	    "strconv.Atoi: parsing \"x\": invalid syntax");
	ck_assert_str_eq(go_parse_uint_why(a, "-1", 10, &u),
	    "strconv.ParseUint: parsing \"-1\": invalid syntax");
	ck_assert_ptr_null(
	    go_parse_uint_why(a, "18446744073709551615", 10, &u));
	ck_assert_str_eq(go_parse_uint_why(a, "18446744073709551616", 10, &u),
	    "strconv.ParseUint: parsing \"18446744073709551616\": value out "
	    "of range");
	ck_assert_ptr_null(go_parse_float_why(a, "-Inf", &d));
	ck_assert_ptr_null(go_parse_float_why(a, "1_0.5", &d));
	ck_assert(d == 10.5);
	ck_assert_ptr_null(go_parse_float_why(a, "1.", &d));
	ck_assert_ptr_nonnull(go_parse_float_why(a, "0x10", &d));
	ck_assert_ptr_nonnull(go_parse_float_why(a, " 1", &d));
	ck_assert_ptr_nonnull(go_parse_float_why(a, "nanx", &d));
	ck_assert_str_eq(go_quoted_list(a, list), "[\"a\" \"b c\"]");
	ck_assert_str_eq(go_quoted_list(a, NULL), "[]");
	arena_free(a);
}
END_TEST

UNIT_MAIN("go_text", quoting, whole_numbers, numbers_with_reasons)

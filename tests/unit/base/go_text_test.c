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

UNIT_MAIN("go_text", quoting, whole_numbers)

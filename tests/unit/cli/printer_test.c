/*
 * Columns, JSON and YAML, against what the genuine command prints.
 */
#include "cli/vault/output/printer.h"

#include <string.h>

#include "base/json/jsontext.h"
#include "tests/support/unit.h"

static struct slice
clean(struct arena *a, const char *json)
{
	struct slice s;
	struct buf b;

	buf_init(&b, 0);
	ck_assert(
	    jsontext_clean(&b, json, strlen(json), JSONTEXT_DIGITS, NULL) > 0);
	s = (struct slice){ arena_strndup(a, b.p, b.n), b.n };
	buf_release(&b);
	return s;
}

START_TEST(columns)
{
	struct arena *a = arena_new();
	struct printer_rows r;

	printer_rows_init(&r, a, PRINTER_CUP);
	printer_row(&r, "Key" PRINTER_CUP "Value");
	printer_row(&r, "éééé " PRINTER_CUP "  x ");
	printer_row(&r, "ab" PRINTER_CUP " ");
	printer_row(&r, "bar" PRINTER_CUP "a|b\n");
	ck_assert_str_eq(printer_table(&r),
	    "Key     Value\n"
	    "---     -----\n"
	    "éééé    x\n"
	    "ab      n/a\n"
	    "bar     a|b");
	printer_rows_init(&r, a, "|");
	printer_row(&r, "Nonce | ");
	printer_row(&r, "Started | true");
	ck_assert_str_eq(
	    printer_columns(&r), "Nonce      n/a\nStarted    true");
	arena_free(a);
}
END_TEST

START_TEST(json_keeps_order_and_digits)
{
	struct arena *a = arena_new();

	ck_assert_str_eq(
	    printer_json(a,
		SLICE("{\"b\":1.10,\"a\":[1e3,\"x\\\"[{,:\",null],\"c\":{},"
		      "\"d\":[]}")),
	    "{\n  \"b\": 1.10,\n  \"a\": [\n    1e3,\n    \"x\\\"[{,:\",\n"
	    "    null\n  ],\n  \"c\": {},\n  \"d\": []\n}");
	ck_assert_str_eq(printer_json(a, SLICE("\"x\"")), "\"x\"");
	arena_free(a);
}
END_TEST

START_TEST(yaml_numbers)
{
	static const char *const rows[][2] = {
		{ "12345678901234567890", "12345678901234567890\n" },
		{ "1.10", "1.1\n" },
		{ "1e3", "1000\n" },
		{ "1e21", "1e+21\n" },
		{ "1000000.0", "1e+06\n" },
		{ "0.00001", "1e-05\n" },
		{ "-0", "0\n" },
		{ "123456789012345678901", "1.2345678901234568e+20\n" },
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_eq(
		    printer_yaml(a, slice_of(rows[i][0])), rows[i][1]);
	arena_free(a);
}
END_TEST

START_TEST(yaml_texts)
{
	static const char *const rows[][2] = {
		{ "\"plain\"", "plain\n" },
		{ "\"yes\"", "\"yes\"\n" },
		{ "\"n\"", "\"n\"\n" },
		{ "\"\"", "\"\"\n" },
		{ "\"~\"", "\"~\"\n" },
		{ "\"123\"", "\"123\"\n" },
		{ "\"0x1f\"", "\"0x1f\"\n" },
		{ "\"1_000\"", "\"1_000\"\n" },
		{ "\"1e3\"", "\"1e3\"\n" },
		{ "\"-\"", "'-'\n" },
		{ "\"12:30:45\"", "\"12:30:45\"\n" },
		{ "\"1.2.3\"", "1.2.3\n" },
		{ "\"2024-05-06\"", "\"2024-05-06\"\n" },
		{ "\"2024-05-06T07:08:09.5Z\"",
		    "\"2024-05-06T07:08:09.5Z\"\n" },
		{ "\"a: b\"", "'a: b'\n" },
		{ "\"#x\"", "'#x'\n" },
		{ "\" x\"", "' x'\n" },
		{ "\"a\\nb\\n\"", "|\n  a\n  b\n" },
		{ "\"768h\"", "768h\n" },
		{ "null", "null\n" },
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_eq(
		    printer_yaml(a, slice_of(rows[i][0])), rows[i][1]);
	arena_free(a);
}
END_TEST

START_TEST(yaml_structures)
{
	struct arena *a = arena_new();

	ck_assert_str_eq(
	    printer_yaml(a,
		clean(a,
		    "{\"v10\":1,\"v9\":{\"n\":[{\"a\":1},[2]]},\"e\":{},"
		    "\"l\":[]}")),
	    "e: {}\n"
	    "l: []\n"
	    "v9:\n"
	    "  \"n\":\n"
	    "  - a: 1\n"
	    "  - - 2\n"
	    "v10: 1\n");
	ck_assert_str_eq(printer_yaml(a, SLICE("[\"a\",\"b\"]")), "- a\n- b\n");
	arena_free(a);
}
END_TEST

UNIT_MAIN("cli_printer", columns, json_keeps_order_and_digits, yaml_numbers,
    yaml_texts, yaml_structures)

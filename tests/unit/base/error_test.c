/*
 * The one error: the first one wins, long ones are cut.
 */
#include "base/error.h"

#include <string.h>

#include "tests/support/unit.h"

START_TEST(first_wins)
{
	struct error e = { 0 };

	ck_assert(!error_set(&e, 400, "no %s", "name"));
	ck_assert(!error_wrap(&e, 500, "later"));
	ck_assert_int_eq(e.status, 400);
	ck_assert(!e.wrapped);
	ck_assert_str_eq(e.text, "no name");
}
END_TEST

START_TEST(wrapped)
{
	struct error e = { 0 };

	error_wrap(&e, 500, "%d", 7);
	error_set(&e, 400, "later");
	ck_assert(e.wrapped);
	ck_assert_int_eq(e.status, 500);
	ck_assert_str_eq(e.text, "7");
}
END_TEST

START_TEST(long_text_is_cut)
{
	struct error e = { 0 };
	char text[3000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	error_set(&e, 400, "%s", text);
	ck_assert_uint_eq(strlen(e.text), sizeof(e.text) - 1);
}
END_TEST

START_TEST(fields_and_allowed_values)
{
	static const char *const words[] = { "a", "b", NULL };
	struct error e = { 0 }, inner = { 0 }, later = { 0 };
	char text[40];

	ck_assert(!error_allowed(&inner, "path", "", words, "not %d", 1));
	ck_assert(!error_field(&inner, "x", "y", "later"));
	ck_assert_str_eq(inner.field, "path");
	ck_assert(!error_inside(&e, "match", &inner));
	ck_assert_int_eq(inner.status, 0);
	ck_assert_int_eq(e.status, 400);
	ck_assert_str_eq(e.field, "match.path");
	ck_assert_uint_eq(e.allowed.n, 2);
	error_allowed(&later, "", "z", words, "later");
	error_inside(&e, "other", &later); /* frees what comes too late */
	error_print(&e, text, sizeof(text));
	ck_assert_str_eq(text, "match.path: not 1");
	error_release(&e);
	error_set(&e, 404, "no field");
	error_print(&e, text, sizeof(text));
	ck_assert_str_eq(text, "no field");
}
END_TEST

UNIT_MAIN(
    "error", first_wins, wrapped, long_text_is_cut, fields_and_allowed_values)

/*
 * The capped buffer: growth, the cap, numbers.
 */
#include "base/buf.h"

#include <limits.h>
#include <string.h>

#include "tests/support/unit.h"

START_TEST(grows)
{
	struct buf b;

	buf_init(&b, 0);
	for (int i = 0; i < 1000; i++)
		buf_str(&b, "0123456789");
	ck_assert_uint_eq(b.n, 10000);
	ck_assert_uint_eq(strlen(b.p), 10000);
	buf_clear(&b);
	ck_assert_uint_eq(b.n, 0);
	ck_assert_str_eq(b.p, "");
	buf_release(&b);
	ck_assert_ptr_null(b.p);
}
END_TEST

START_TEST(cap_drops_and_tells)
{
	struct buf b;

	buf_init(&b, 5);
	buf_str(&b, "abc");
	buf_str(&b, "def");
	ck_assert(b.over);
	ck_assert_str_eq(b.p, "abc");
	buf_str(&b, "g"); /* over stays until it is cleared */
	ck_assert_str_eq(b.p, "abc");
	buf_clear(&b);
	ck_assert(!b.over);
	buf_printf(&b, "%s", "12345");
	ck_assert(!b.over);
	buf_printf(&b, "%d", 6);
	ck_assert(b.over);
	ck_assert_str_eq(b.p, "12345");
	buf_release(&b);
}
END_TEST

START_TEST(numbers)
{
	struct buf b;

	buf_init(&b, 0);
	buf_int(&b, 0);
	buf_char(&b, ' ');
	buf_int(&b, LLONG_MIN);
	buf_char(&b, ' ');
	buf_int(&b, LLONG_MAX);
	ck_assert_str_eq(b.p, "0 -9223372036854775808 9223372036854775807");
	buf_release(&b);
}
END_TEST

START_TEST(slices)
{
	struct buf b;

	buf_init(&b, 0);
	buf_slice(&b, (struct slice){ NULL, 0 });
	ck_assert_str_eq(b.p, "");
	buf_slice(&b, SLICE("ab"));
	ck_assert_str_eq(b.p, "ab");
	ck_assert(slice_is(slice_of("ab"), "ab"));
	ck_assert(!slice_is(slice_of("ab"), "abc"));
	ck_assert(!slice_is(slice_of("ab"), "ax"));
	buf_release(&b);
}
END_TEST

UNIT_MAIN("buf", grows, cap_drops_and_tells, numbers, slices)

/*
 * Allocators and the arena: alignment, big pieces, clearing.
 */
#include "base/mem.h"

#include <stdint.h>
#include <string.h>

#include "tests/support/unit.h"

START_TEST(arena_pieces)
{
	struct arena *a = arena_new();

	for (int round = 0; round < 3; round++) {
		char *pieces[200];

		for (int i = 0; i < 200; i++) {
			size_t n = (size_t)(i * 37 % 700);

			pieces[i] = arena_alloc(a, n + 1);
			ck_assert_uint_eq((uintptr_t)pieces[i] % 16, 0);
			memset(pieces[i], i, n + 1);
		}
		for (int i = 0; i < 200; i++)
			ck_assert_int_eq((unsigned char)pieces[i][0], i);
		arena_clear(a);
	}
	arena_free(a);
	arena_free(NULL);
}
END_TEST

START_TEST(arena_big)
{
	struct arena *a = arena_new();
	char *big = arena_zalloc(a, 1 << 20);
	char *small = arena_strdup(a, "small");

	ck_assert_int_eq(big[(1 << 20) - 1], 0);
	ck_assert_str_eq(small, "small");
	ck_assert_str_eq(arena_strndup(a, "abcdef", 3), "abc");
	ck_assert_str_eq(arena_printf(a, "%d-%s", 7, "x"), "7-x");
	arena_free(a);
}
END_TEST

START_TEST(plain)
{
	char *s = xasprintf("%s/%d", "a", 1);
	char *empty = xmalloc(0);

	ck_assert_str_eq(s, "a/1");
	s = xrealloc(s, 100);
	ck_assert_str_eq(s, "a/1");
	free(s);
	free(empty);
	s = xstrndup("abc", 2);
	ck_assert_str_eq(s, "ab");
	free(s);
	s = xcalloc(4, 4);
	ck_assert_int_eq(s[15], 0);
	free(s);
}
END_TEST

UNIT_MAIN("mem", arena_pieces, arena_big, plain)

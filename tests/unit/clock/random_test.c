/*
 * Randomness: a seed repeats itself, another seed differs, shapes and evenness.
 */
#include "clock/random.h"

#include <ctype.h>
#include <string.h>

#include "tests/support/unit.h"

START_TEST(seed_repeats)
{
	struct random *a = random_new_seeded(42), *b = random_new_seeded(42);
	struct random *c = random_new_seeded(43);
	char x[10000], y[10000], z[10000];

	random_bytes(a, x, sizeof(x));
	for (size_t i = 0; i < sizeof(y); i++)
		random_bytes(b, y + i, 1);
	random_bytes(c, z, sizeof(z));
	ck_assert_mem_eq(x, y, sizeof(x));
	ck_assert_mem_ne(x, z, sizeof(x));
	ck_assert(random_is_seeded(a));
	random_free(a);
	random_free(b);
	random_free(c);
}
END_TEST

START_TEST(a_seed_begins_anew)
{
	struct random *a = random_new_seeded(42), *b = random_new();
	char x[100], y[100];

	random_bytes(a, x, sizeof(x));
	random_seed(a, 42);
	random_bytes(a, y, sizeof(y));
	ck_assert_mem_eq(x, y, sizeof(x));
	random_bytes(b, y, 1);
	random_seed(b, 42);
	random_bytes(b, y, sizeof(y));
	ck_assert_mem_eq(x, y, sizeof(x));
	ck_assert(random_is_seeded(b));
	random_free(a);
	random_free(b);
}
END_TEST

START_TEST(unseeded_differs)
{
	struct random *a = random_new(), *b = random_new();
	char x[32], y[32];

	random_bytes(a, x, sizeof(x));
	random_bytes(b, y, sizeof(y));
	ck_assert_mem_ne(x, y, sizeof(x));
	ck_assert(!random_is_seeded(a));
	random_free(a);
	random_free(b);
	random_free(NULL);
}
END_TEST

START_TEST(shapes)
{
	struct random *r = random_new_seeded(1);
	char uuid[37], text[25], hex[9];

	random_uuid(r, uuid);
	ck_assert_uint_eq(strlen(uuid), 36);
	ck_assert_uint_eq(strspn(uuid, "0123456789abcdef-"), 36);
	for (int i = 8; i <= 23; i += 5)
		ck_assert_int_eq(uuid[i], '-');
	random_base62(r, text, 24);
	ck_assert_uint_eq(strlen(text), 24);
	for (int i = 0; i < 24; i++)
		ck_assert(isalnum((unsigned char)text[i]));
	random_hex(r, hex, 8);
	ck_assert_uint_eq(strspn(hex, "0123456789abcdef"), 8);
	random_free(r);
}
END_TEST

START_TEST(even)
{
	struct random *r = random_new_seeded(7);
	int seen[10] = { 0 };

	for (int i = 0; i < 10000; i++)
		seen[random_below(r, 10)]++;
	for (int i = 0; i < 10; i++) {
		ck_assert_int_gt(seen[i], 850);
		ck_assert_int_lt(seen[i], 1150);
	}
	ck_assert_uint_eq(random_below(r, 1), 0);
	random_free(r);
}
END_TEST

UNIT_MAIN(
    "rng", seed_repeats, a_seed_begins_anew, unseeded_differs, shapes, even)

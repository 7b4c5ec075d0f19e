/*
 * Chance: a seed repeats itself, another seed differs, shapes and evenness.
 */
#include "clock/random.h"

#include <ctype.h>
#include <string.h>

#include "tests/support/unit.h"

START_TEST(seed_repeats)
{
	struct rng *a = rng_new_seeded(42), *b = rng_new_seeded(42);
	struct rng *c = rng_new_seeded(43);
	char x[10000], y[10000], z[10000];

	rng_bytes(a, x, sizeof(x));
	for (size_t i = 0; i < sizeof(y); i++)
		rng_bytes(b, y + i, 1);
	rng_bytes(c, z, sizeof(z));
	ck_assert_mem_eq(x, y, sizeof(x));
	ck_assert_mem_ne(x, z, sizeof(x));
	ck_assert(rng_seeded(a));
	rng_free(a);
	rng_free(b);
	rng_free(c);
}
END_TEST

START_TEST(unseeded_differs)
{
	struct rng *a = rng_new(), *b = rng_new();
	char x[32], y[32];

	rng_bytes(a, x, sizeof(x));
	rng_bytes(b, y, sizeof(y));
	ck_assert_mem_ne(x, y, sizeof(x));
	ck_assert(!rng_seeded(a));
	rng_free(a);
	rng_free(b);
	rng_free(NULL);
}
END_TEST

START_TEST(shapes)
{
	struct rng *r = rng_new_seeded(1);
	char uuid[37], text[25], hex[9];

	rng_uuid(r, uuid);
	ck_assert_uint_eq(strlen(uuid), 36);
	ck_assert_uint_eq(strspn(uuid, "0123456789abcdef-"), 36);
	for (int i = 8; i <= 23; i += 5)
		ck_assert_int_eq(uuid[i], '-');
	rng_base62(r, text, 24);
	ck_assert_uint_eq(strlen(text), 24);
	for (int i = 0; i < 24; i++)
		ck_assert(isalnum((unsigned char)text[i]));
	rng_hex(r, hex, 8);
	ck_assert_uint_eq(strspn(hex, "0123456789abcdef"), 8);
	rng_free(r);
}
END_TEST

START_TEST(even)
{
	struct rng *r = rng_new_seeded(7);
	int seen[10] = { 0 };

	for (int i = 0; i < 10000; i++)
		seen[rng_below(r, 10)]++;
	for (int i = 0; i < 10; i++) {
		ck_assert_int_gt(seen[i], 850);
		ck_assert_int_lt(seen[i], 1150);
	}
	ck_assert_uint_eq(rng_below(r, 1), 0);
	rng_free(r);
}
END_TEST

UNIT_MAIN("rng", seed_repeats, unseeded_differs, shapes, even)

/*
 * Shares: any threshold of them gives the secret, fewer do not.
 */
#include "core/crypto/shamir.h"

#include <string.h>

#include "tests/support/unit.h"

enum { SIZE = 32, SHARE = SIZE + 1 };

static void
split(int n, int threshold, uint8_t *secret, uint8_t *parts)
{
	struct random *r = random_new_seeded(7);

	for (int i = 0; i < SIZE; i++)
		secret[i] = (uint8_t)(i * 37);
	shamir_split(r, secret, SIZE, n, threshold, parts);
	random_free(r);
}

START_TEST(any_three_of_five)
{
	uint8_t secret[SIZE], parts[5 * SHARE], back[SIZE];

	split(5, 3, secret, parts);
	for (int a = 0; a < 5; a++)
		for (int b = 0; b < 5; b++)
			for (int c = 0; c < 5; c++) {
				const uint8_t *three[] = { parts + a * SHARE,
					parts + b * SHARE, parts + c * SHARE };

				if (a == b || b == c || a == c)
					continue;
				ck_assert(shamir_combine(three, 3, SIZE, back));
				ck_assert_mem_eq(back, secret, SIZE);
			}
}
END_TEST

START_TEST(two_are_too_few)
{
	uint8_t secret[SIZE], parts[5 * SHARE], back[SIZE];
	const uint8_t *two[] = { parts, parts + SHARE };

	split(5, 3, secret, parts);
	ck_assert(shamir_combine(two, 2, SIZE, back));
	ck_assert(memcmp(back, secret, SIZE) != 0);
}
END_TEST

START_TEST(a_share_twice)
{
	uint8_t secret[SIZE], parts[3 * SHARE], back[SIZE];
	const uint8_t *two[] = { parts, parts };

	split(3, 2, secret, parts);
	ck_assert(!shamir_combine(two, 2, SIZE, back));
}
END_TEST

UNIT_MAIN("shamir", any_three_of_five, two_are_too_few, a_share_twice)

/*
 * The map: many keys, replacing, taking, freeing.
 */
#include "base/map.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tests/support/unit.h"

static void
add_up(const char *key, void *value, void *arg)
{
	ck_assert_int_eq(atoi(key), *(int *)value);
	*(long *)arg += *(int *)value;
}

static int *
boxed(int i)
{
	int *p = xmalloc(sizeof(*p));

	*p = i;
	return p;
}

START_TEST(thousands)
{
	struct map *m = map_new();
	long sum = 0;
	char key[16];

	for (int i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "%d", i);
		ck_assert_ptr_null(map_put(m, key, boxed(i)));
	}
	ck_assert_uint_eq(map_count(m), 5000);
	map_each(m, add_up, &sum);
	ck_assert_int_eq(sum, 4999L * 5000 / 2);
	for (int i = 0; i < 5000; i += 2) {
		int *value;

		snprintf(key, sizeof(key), "%d", i);
		value = map_take(m, key);
		ck_assert_int_eq(*value, i);
		free(value);
		ck_assert_ptr_null(map_get(m, key));
		ck_assert_ptr_null(map_take(m, key));
	}
	ck_assert_uint_eq(map_count(m), 2500);
	ck_assert_int_eq(*(int *)map_get(m, "4999"), 4999);
	map_clear(m, free);
	ck_assert_uint_eq(map_count(m), 0);
	ck_assert_ptr_null(map_get(m, "4999"));
	map_free(m, free);
}
END_TEST

START_TEST(replaces)
{
	struct map *m = map_new();
	int one = 1, two = 2;

	ck_assert_ptr_null(map_put(m, "", &one));
	ck_assert_ptr_eq(map_put(m, "", &two), &one);
	ck_assert_ptr_eq(map_get(m, ""), &two);
	ck_assert_uint_eq(map_count(m), 1);
	map_free(m, NULL);
	map_free(NULL, NULL);
}
END_TEST

UNIT_MAIN("map", thousands, replaces)

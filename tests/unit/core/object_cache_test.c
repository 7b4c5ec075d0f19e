/*
 * What is kept parsed: until the request ends, and no longer than it is true.
 */
#include "core/mount/object_cache.h"

#include "tests/support/unit.h"

static struct vault vault;
static int released;

static void
release(void *object)
{
	(void)object;
	released++;
}

static void
begin(void)
{
	vault = (struct vault){ .object_cache = object_cache_new() };
	released = 0;
}

static void
put(int64_t mount, const char *name, void *object)
{
	object_cache_put(&vault, mount, name, object, release);
}

START_TEST(what_is_dropped_lives_until_the_request_ends)
{
	int a, b;

	begin();
	put(1, "x", &a);
	put(2, "x", &b);
	ck_assert_ptr_eq(object_cache_get(&vault, 1, "x"), &a);
	object_cache_remove(&vault, 1, "x");
	ck_assert_ptr_null(object_cache_get(&vault, 1, "x"));
	ck_assert_ptr_eq(object_cache_get(&vault, 2, "x"), &b);
	ck_assert_int_eq(released, 0);
	object_cache_end_request(&vault, true);
	ck_assert_int_eq(released, 1);
	ck_assert_ptr_eq(object_cache_get(&vault, 2, "x"), &b);
	object_cache_remove_mount(&vault, 2);
	ck_assert_ptr_null(object_cache_get(&vault, 2, "x"));
	object_cache_free(vault.object_cache);
	ck_assert_int_eq(released, 2);
}
END_TEST

START_TEST(what_shows_undone_writes_is_forgotten)
{
	int a, b;

	begin();
	put(1, "x", &a);
	object_cache_end_request(&vault, false);
	ck_assert_ptr_eq(object_cache_get(&vault, 1, "x"), &a);
	object_cache_remove(&vault, 1, "x");
	put(1, "x", &b);
	object_cache_end_request(&vault, false);
	ck_assert_ptr_null(object_cache_get(&vault, 1, "x"));
	ck_assert_int_eq(released, 2);
	object_cache_free(vault.object_cache);
}
END_TEST

START_TEST(too_many_begin_anew_when_a_request_ends)
{
	char name[20];
	int a;

	begin();
	for (int i = 0; i <= OBJECT_CACHE_MAX; i++) {
		snprintf(name, sizeof(name), "%d", i);
		put(i % 7, name, &a);
	}
	ck_assert_ptr_eq(object_cache_get(&vault, 0, "0"), &a);
	object_cache_end_request(&vault, true);
	ck_assert_ptr_null(object_cache_get(&vault, 0, "0"));
	ck_assert_int_eq(released, OBJECT_CACHE_MAX + 1);
	put(0, "0", &a);
	object_cache_invalidate(&vault);
	ck_assert_ptr_null(object_cache_get(&vault, 0, "0"));
	object_cache_free(vault.object_cache);
	ck_assert_int_eq(released, OBJECT_CACHE_MAX + 2);
}
END_TEST

UNIT_MAIN("parsed", what_is_dropped_lives_until_the_request_ends,
    what_shows_undone_writes_is_forgotten,
    too_many_begin_anew_when_a_request_ends)

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
	vault = (struct vault){ .parsed = parsed_new() };
	released = 0;
}

static void
put(int64_t mount, const char *name, void *object)
{
	parsed_put(&vault, mount, name, object, release);
}

START_TEST(what_is_dropped_lives_until_the_request_ends)
{
	int a, b;

	begin();
	put(1, "x", &a);
	put(2, "x", &b);
	ck_assert_ptr_eq(parsed_get(&vault, 1, "x"), &a);
	parsed_drop(&vault, 1, "x");
	ck_assert_ptr_null(parsed_get(&vault, 1, "x"));
	ck_assert_ptr_eq(parsed_get(&vault, 2, "x"), &b);
	ck_assert_int_eq(released, 0);
	parsed_settle(&vault, true);
	ck_assert_int_eq(released, 1);
	ck_assert_ptr_eq(parsed_get(&vault, 2, "x"), &b);
	parsed_drop_mount(&vault, 2);
	ck_assert_ptr_null(parsed_get(&vault, 2, "x"));
	parsed_free(vault.parsed);
	ck_assert_int_eq(released, 2);
}
END_TEST

START_TEST(what_shows_undone_writes_is_forgotten)
{
	int a, b;

	begin();
	put(1, "x", &a);
	parsed_settle(&vault, false);
	ck_assert_ptr_eq(parsed_get(&vault, 1, "x"), &a);
	parsed_drop(&vault, 1, "x");
	put(1, "x", &b);
	parsed_settle(&vault, false);
	ck_assert_ptr_null(parsed_get(&vault, 1, "x"));
	ck_assert_int_eq(released, 2);
	parsed_free(vault.parsed);
}
END_TEST

START_TEST(too_many_begin_anew_when_a_request_ends)
{
	char name[20];
	int a;

	begin();
	for (int i = 0; i <= PARSED_MOST; i++) {
		snprintf(name, sizeof(name), "%d", i);
		put(i % 7, name, &a);
	}
	ck_assert_ptr_eq(parsed_get(&vault, 0, "0"), &a);
	parsed_settle(&vault, true);
	ck_assert_ptr_null(parsed_get(&vault, 0, "0"));
	ck_assert_int_eq(released, PARSED_MOST + 1);
	put(0, "0", &a);
	parsed_forget(&vault);
	ck_assert_ptr_null(parsed_get(&vault, 0, "0"));
	parsed_free(vault.parsed);
	ck_assert_int_eq(released, PARSED_MOST + 2);
}
END_TEST

UNIT_MAIN("parsed", what_is_dropped_lives_until_the_request_ends,
    what_shows_undone_writes_is_forgotten,
    too_many_begin_anew_when_a_request_ends)

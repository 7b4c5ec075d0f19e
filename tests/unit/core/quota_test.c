/*
 * Rules without requests: each client has a bucket of its own, quiet ones are
 * forgotten, and the store gives everything back but what was used.
 */
#include "core/mount/quota.h"

#include <string.h>

#include "base/duration.h"
#include "core/setting.h"
#include "tests/support/unit.h"

static const struct store_part *const parts[] = { &quota_store, &setting_store,
	NULL };

static struct vault v;

static void
open_vault(void)
{
	struct error e = { 0 };

	memset(&v, 0, sizeof(v));
	v.clock = clock_new();
	clock_freeze(v.clock, 1000 * NSEC_PER_SEC);
	v.store = store_open(NULL, parts, NULL, &e);
	ck_assert_ptr_nonnull(v.store);
	v.quotas = quotas_new();
	quotas_load(&v);
}

static void
close_vault(void)
{
	quotas_free(v.quotas);
	store_close(v.store);
	clock_free(v.clock);
}

static void
rule(const char *name, int64_t mount, const char *suffix, double rate)
{
	quota_set(&v,
	    &(struct quota){ .name = name,
		.mount_id = mount,
		.suffix = suffix,
		.role = "",
		.max_requests = rate,
		.interval_s = 60,
		.block_interval_s = 0 });
}

START_TEST(each_client_has_its_own)
{
	struct quota_result a;

	open_vault();
	rule("q", 0, "", 1);
	a = quota_consume(&v, 0, "10.0.0.1");
	ck_assert(a.allowed && a.limit == 1 && a.remaining == 0);
	ck_assert_int_eq(a.reset_s, 60);
	ck_assert(!quota_consume(&v, 0, "10.0.0.1").allowed);
	ck_assert(quota_consume(&v, 0, "10.0.0.2").allowed);
	ck_assert_uint_eq(quota_refused(&v, 0), 1);
	close_vault();
}
END_TEST

/* A bucket's intervals count from its client's first request. */
START_TEST(intervals_are_the_clients)
{
	open_vault();
	rule("q", 0, "", 1);
	quota_consume(&v, 0, "a");
	clock_advance(v.clock, 59 * NSEC_PER_SEC);
	quota_consume(&v, 0, "b");
	clock_advance(v.clock, 1 * NSEC_PER_SEC);
	ck_assert(quota_consume(&v, 0, "a").allowed);
	ck_assert(!quota_consume(&v, 0, "b").allowed);
	clock_advance(v.clock, 200 * NSEC_PER_SEC);
	for (int i = 0; i < 1000; i++) {
		char name[20];

		snprintf(name, sizeof(name), "%d", i);
		ck_assert(quota_consume(&v, 0, name).allowed);
	}
	clock_advance(v.clock, 1000 * NSEC_PER_SEC);
	ck_assert(quota_consume(&v, 0, "a").allowed);
	ck_assert(!quota_consume(&v, 0, "a").allowed);
	close_vault();
}
END_TEST

START_TEST(rates_are_rounded)
{
	open_vault();
	rule("a", 0, "", 0.2);
	rule("b", 1, "", 2.5);
	ck_assert_uint_eq(quota_consume(&v, 0, "x").limit, 1);
	ck_assert_uint_eq(quota_consume(&v, 1, "x").limit, 3);
	close_vault();
}
END_TEST

START_TEST(the_longest_glob_wins)
{
	struct mount m = { .id = 7, .path = "kv/" };

	open_vault();
	rule("a", 7, "*", 1);
	rule("b", 7, "data/*", 1);
	rule("c", 7, "data/x", 1);
	rule("d", 0, "", 1);
	ck_assert_int_eq(quota_match(&v, &m, "kv/data/y", ""), 1);
	ck_assert_int_eq(quota_match(&v, &m, "kv/data/x/", ""), 2);
	ck_assert_int_eq(quota_match(&v, &m, "kv/dat", ""), 0);
	ck_assert_int_eq(quota_match(&v, NULL, "nowhere", ""), 3);
	quota_remove(&v, "d");
	ck_assert_int_eq(quota_match(&v, NULL, "nowhere", ""), -1);
	quotas_on_unmount(&v, 7);
	ck_assert_int_eq(quota_count(&v), 0);
	close_vault();
}
END_TEST

START_TEST(the_store_gives_rules_back)
{
	open_vault();
	rule("q", 3, "data/x", 1.25);
	quota_consume(&v, 0, "a");
	quotas_load(&v);
	ck_assert_int_eq(quota_count(&v), 1);
	ck_assert_str_eq(quota_at(&v, 0)->suffix, "data/x");
	ck_assert_double_eq(quota_find(&v, "q")->max_requests, 1.25);
	ck_assert(quota_consume(&v, 0, "a").allowed);
	ck_assert_ptr_null(quota_find(&v, "p"));
	close_vault();
}
END_TEST

UNIT_MAIN("quota", each_client_has_its_own, intervals_are_the_clients,
    rates_are_rounded, the_longest_glob_wins, the_store_gives_rules_back)

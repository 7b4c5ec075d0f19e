/*
 * Samples: sums, the ring of the last ones and its quantiles, and two that
 * become one.
 */
#include "core/mount/metrics.h"

#include <math.h>
#include <string.h>

#include "tests/support/unit.h"

static struct metric_sample
of(int from, int to)
{
	struct metric_sample s = { 0 };

	for (int i = from; i <= to; i++)
		metric_add(&s, i);
	return s;
}

START_TEST(an_empty_sample)
{
	struct metric_sample s = { 0 };

	ck_assert(isnan(metric_quantile(&s, 0.5)));
	ck_assert_double_eq(metric_stddev(&s), 0);
}
END_TEST

START_TEST(sums_and_quantiles)
{
	struct metric_sample s = of(1, 10);

	ck_assert_uint_eq(s.count, 10);
	ck_assert_double_eq(s.sum_ms, 55);
	ck_assert_double_eq(s.min_ms, 1);
	ck_assert_double_eq(s.max_ms, 10);
	ck_assert_double_eq(metric_quantile(&s, 0.5), 5);
	ck_assert_double_eq(metric_quantile(&s, 0.9), 9);
	ck_assert_double_eq(metric_quantile(&s, 0.99), 10);
	ck_assert_double_eq_tol(metric_stddev(&s), 3.02765, 1e-5);
}
END_TEST

START_TEST(only_the_last_count_for_quantiles)
{
	struct metric_sample s = of(1, 100);

	ck_assert_uint_eq(s.count, 100);
	ck_assert_double_eq(s.min_ms, 1);
	ck_assert_double_eq(
	    metric_quantile(&s, 0), 100 - METRIC_RECENT_MAX + 1);
}
END_TEST

START_TEST(two_become_one)
{
	struct metric_sample a = of(5, 6), b = of(1, 3), none = { 0 };

	metric_merge(&a, &b);
	metric_merge(&a, &none);
	ck_assert_uint_eq(a.count, 5);
	ck_assert_double_eq(a.sum_ms, 17);
	ck_assert_double_eq(a.min_ms, 1);
	ck_assert_double_eq(a.max_ms, 6);
	ck_assert_double_eq(metric_quantile(&a, 0.5), 3);
	metric_merge(&none, &b);
	ck_assert_double_eq(none.min_ms, 1);
}
END_TEST

START_TEST(lives_fall_into_buckets)
{
	ck_assert_str_eq(metric_ttl_bucket(1), "1m");
	ck_assert_str_eq(metric_ttl_bucket(60), "1m");
	ck_assert_str_eq(metric_ttl_bucket(61), "10m");
	ck_assert_str_eq(metric_ttl_bucket(2592000), "30d");
	ck_assert_str_eq(metric_ttl_bucket(2592001), "+Inf");
	ck_assert_str_eq(metric_ttl_bucket(0), "+Inf");
}
END_TEST

UNIT_MAIN("metrics", an_empty_sample, sums_and_quantiles,
    only_the_last_count_for_quantiles, two_become_one, lives_fall_into_buckets)

/*
 * Go's durations and times, against what Go prints.
 */
#include "base/duration.h"

#include "tests/support/unit.h"

START_TEST(instants_out)
{
	static const struct {
		int64_t ns;
		const char *nano, *ms, *s;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z",
		    "1970-01-01T00:00:00Z" },
		{ 1741169472123450000, "2025-03-05T10:11:12.12345Z",
		    "2025-03-05T10:11:12.123Z", "2025-03-05T10:11:12Z" },
		{ 951782400000000001, "2000-02-29T00:00:00.000000001Z",
		    "2000-02-29T00:00:00.000Z", "2000-02-29T00:00:00Z" },
		{ -1, "1969-12-31T23:59:59.999999999Z",
		    "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59Z" },
		{ INT64_C(4102444800) * NSEC_PER_SEC, "2100-01-01T00:00:00Z",
		    "2100-01-01T00:00:00.000Z", "2100-01-01T00:00:00Z" },
	};
	char out[RFC3339_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rfc3339_nano(rows[i].ns, out);
		ck_assert_str_eq(out, rows[i].nano);
		rfc3339_ms(rows[i].ns, out);
		ck_assert_str_eq(out, rows[i].ms);
		rfc3339_s(rows[i].ns, out);
		ck_assert_str_eq(out, rows[i].s);
	}
}
END_TEST

START_TEST(instants_in)
{
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2025-03-05T10:11:12.12345Z", 1741169472123450000 },
		{ "2025-03-05T12:11:12+02:00", 1741169472000000000 },
		{ "2025-03-05T08:41:12-01:30", 1741169472000000000 },
		{ "2000-02-29T00:00:00.000000001Z", 951782400000000001 },
	};
	static const char *const bad[] = { "", "x", "2025-03-05",
		"2025-03-05T10:11:12", "2025-03-05 10:11:12Z",
		"2025-13-05T10:11:12Z", "2025-02-29T10:11:12Z",
		"2025-03-05T24:11:12Z", "2025-03-05T10:60:12Z",
		"2025-03-05T10:11:60Z", "2025-03-05T10:11:12.Z",
		"2025-03-05T10:11:12Zx", "2025-3-05T10:11:12Z",
		" 2025-03-05T10:11:12Z", "2025-03-05T10:11:12+2:00",
		"2025-03-05T10:11:12+02:0", "+025-03-05T10:11:12Z",
		"2025-03-05T10:11:12+24:00", "9999-01-01T00:00:00Z" };
	int64_t ns;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(
		    rfc3339_parse(good[i].text, &ns), "%s", good[i].text);
		ck_assert_int_eq(ns, good[i].ns);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!rfc3339_parse(bad[i], &ns), "%s", bad[i]);
}
END_TEST

START_TEST(every_day_comes_back)
{
	char out[RFC3339_MAX];
	int64_t back;

	for (int64_t day = -25000; day < 80000; day += 17) {
		int64_t ns = day * 86400 * NSEC_PER_SEC + 12345 * NSEC_PER_SEC;

		rfc3339_nano(ns, out);
		ck_assert(rfc3339_parse(out, &back));
		ck_assert_int_eq(back, ns);
	}
}
END_TEST

START_TEST(durations_out)
{
	static const struct {
		int64_t ns;
		const char *go, *brief;
	} rows[] = {
		{ 0, "0s", "0s" },
		{ 1, "1ns", "1ns" },
		{ 1500, "1.5\xc2\xb5s", "1.5\xc2\xb5s" },
		{ 10000000, "10ms", "10ms" },
		{ NSEC_PER_SEC, "1s", "1s" },
		{ 3 * NSEC_PER_SEC / 2, "1.5s", "1.5s" },
		{ 60 * NSEC_PER_SEC, "1m0s", "1m" },
		{ 90 * NSEC_PER_SEC, "1m30s", "1m30s" },
		{ 3600 * NSEC_PER_SEC, "1h0m0s", "1h" },
		{ 5400 * NSEC_PER_SEC, "1h30m0s", "1h30m" },
		{ 3610 * NSEC_PER_SEC, "1h0m10s", "1h0m10s" },
		{ 2764800 * NSEC_PER_SEC, "768h0m0s", "768h" },
		{ -NSEC_PER_SEC, "-1s", "-1s" },
		{ -5400 * NSEC_PER_SEC, "-1h30m0s", "-1h30m" },
		{ 600 * NSEC_PER_SEC, "10m0s", "10m" },
		{ INT64_MAX, "2562047h47m16.854775807s",
		    "2562047h47m16.854775807s" },
		{ INT64_MIN, "-2562047h47m16.854775808s",
		    "-2562047h47m16.854775808s" },
	};
	char out[DURATION_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		duration_format(rows[i].ns, out);
		ck_assert_str_eq(out, rows[i].go);
		duration_format_short(rows[i].ns, out);
		ck_assert_str_eq(out, rows[i].brief);
	}
}
END_TEST

START_TEST(durations_in)
{
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = {
		{ "", 0 },
		{ "0", 0 },
		{ "30", 30 * NSEC_PER_SEC },
		{ "-1", -NSEC_PER_SEC },
		{ "1h30m", 5400 * NSEC_PER_SEC },
		{ "1.5h", 5400 * NSEC_PER_SEC },
		{ "2d", 172800 * NSEC_PER_SEC },
		{ "300ms", 300000000 },
		{ "-1.5s", -1500000000 },
		{ "1us", 1000 },
		{ "1\xc2\xb5s", 1000 },
		{ "100ns", 100 },
		{ ".5s", 500000000 },
		{ "1h1h", 7200 * NSEC_PER_SEC },
		{ "2562047h", INT64_C(2562047) * 3600 * NSEC_PER_SEC },
	};
	static const char *const bad[] = { "x", "1x", "h", "1h30", "1.5",
		"--1s", "1 h", "9999999999999h", "99999999999999999999", "1e3s",
		".s", "d", "1dh" };
	int64_t ns;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(
		    duration_parse(good[i].text, &ns), "%s", good[i].text);
		ck_assert_int_eq(ns, good[i].ns);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!duration_parse(bad[i], &ns), "%s", bad[i]);
	ck_assert(!duration_parse_go("30", &ns));
	ck_assert(!duration_parse_go("1d", &ns));
	ck_assert(!duration_parse_go("", &ns));
}
END_TEST

UNIT_MAIN("gotime", instants_out, instants_in, every_day_comes_back,
    durations_out, durations_in)

/*
 * Go's durations and RFC 3339 instants, read and written without a time zone
 * database: everything is UTC.
 */
#include "base/duration.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY ((int64_t)86400)

/* Days since 1970 to a civil date (proleptic Gregorian calendar). */
static void
date_from_days(int64_t days, int64_t *y, int *m, int *d)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*y = yoe + era * 400 + (*m <= 2);
}

static int64_t
date_to_days(int64_t y, int m, int d)
{
	int64_t era, yoe, doy, doe;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

static int
rfc3339_format(int64_t ns, char *out, int64_t *frac_ns)
{
	int64_t seconds = ns / NSEC_PER_SEC;
	int64_t days, y, rest;
	int m, d;

	*frac_ns = ns % NSEC_PER_SEC;
	if (*frac_ns < 0) {
		*frac_ns += NSEC_PER_SEC;
		seconds--;
	}
	days = seconds / DAY;
	rest = seconds % DAY;
	if (rest < 0) {
		rest += DAY;
		days--;
	}
	date_from_days(days, &y, &m, &d);
	return snprintf(out, RFC3339_MAX, "%04d-%02d-%02dT%02d:%02d:%02d",
	    (int)y, m, d, (int)(rest / 3600), (int)(rest / 60 % 60),
	    (int)(rest % 60));
}

void
rfc3339_nano(int64_t ns, char out[RFC3339_MAX])
{
	int64_t frac_ns;
	int n = rfc3339_format(ns, out, &frac_ns);

	if (frac_ns) {
		n += snprintf(
		    out + n, (size_t)(RFC3339_MAX - n), ".%09d", (int)frac_ns);
		while (out[n - 1] == '0')
			n--;
	}
	out[n] = 'Z';
	out[n + 1] = '\0';
}

void
rfc3339_ms(int64_t ns, char out[RFC3339_MAX])
{
	int64_t frac_ns;
	int n = rfc3339_format(ns, out, &frac_ns);

	snprintf(out + n, (size_t)(RFC3339_MAX - n), ".%03dZ",
	    (int)(frac_ns / 1000000));
}

void
rfc3339_s(int64_t ns, char out[RFC3339_MAX])
{
	int64_t frac_ns;
	int n = rfc3339_format(ns, out, &frac_ns);

	out[n] = 'Z';
	out[n + 1] = '\0';
}

/* Exactly n digits at *p; -1 when they are not. */
static int
rfc3339_read_digits(const char **p, int n)
{
	int v = 0;

	for (; n > 0; n--, (*p)++) {
		if (!isdigit((unsigned char)**p))
			return -1;
		v = v * 10 + (**p - '0');
	}
	return v;
}

/* n digits, not above `most`, and the mark behind them (NUL: none). */
static bool
rfc3339_read_field(const char **p, int n, int most, char mark, int *v)
{
	*v = rfc3339_read_digits(p, n);
	if (*v < 0 || *v > most)
		return false;
	return !mark || *(*p)++ == mark;
}

static bool
rfc3339_read_zone(const char *p, int64_t *offset_s)
{
	int sign = *p == '-' ? -1 : 1;
	int h, m;

	if (strcmp(p, "Z") == 0) {
		*offset_s = 0;
		return true;
	}
	if (*p != '+' && *p != '-')
		return false;
	p++;
	if (!rfc3339_read_field(&p, 2, 23, ':', &h) ||
	    !rfc3339_read_field(&p, 2, 59, '\0', &m) || *p)
		return false;
	*offset_s = (h * 3600 + m * 60) * sign;
	return true;
}

static int
date_days_in_month(int y, int m)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	return days[m - 1] + (m == 2 && leap);
}

/* Years past 2200 do not fit into an int64_t of nanoseconds (nor do they into
 * Go's), so they are refused. */
bool
rfc3339_parse(const char *text, int64_t *ns)
{
	int y, mo, d, h, mi, s;
	int64_t frac_ns = 0, unit = NSEC_PER_SEC / 10, offset_s;
	const char *p = text;

	if (!rfc3339_read_field(&p, 4, 2200, '-', &y) ||
	    !rfc3339_read_field(&p, 2, 12, '-', &mo) ||
	    !rfc3339_read_field(&p, 2, 31, 'T', &d) ||
	    !rfc3339_read_field(&p, 2, 23, ':', &h) ||
	    !rfc3339_read_field(&p, 2, 59, ':', &mi) ||
	    !rfc3339_read_field(&p, 2, 59, '\0', &s))
		return false;
	if (y < 1700 || mo < 1 || d < 1 || d > date_days_in_month(y, mo))
		return false;
	if (*p == '.') {
		if (!isdigit((unsigned char)*++p))
			return false;
		for (; isdigit((unsigned char)*p); p++, unit /= 10)
			frac_ns += (*p - '0') * unit;
	}
	if (!rfc3339_read_zone(p, &offset_s))
		return false;
	*ns = (date_to_days(y, mo, d) * DAY + h * 3600 + mi * 60 + s -
		  offset_s) *
		NSEC_PER_SEC +
	    frac_ns;
	return true;
}

static int
duration_print_fraction(char *out, size_t room, uint64_t whole, uint64_t part,
    uint64_t unit, const char *suffix)
{
	char figures[24];
	int n = 0;

	while (unit > 1) {
		unit /= 10;
		figures[n++] = (char)('0' + part / unit % 10);
	}
	while (n > 0 && figures[n - 1] == '0')
		n--;
	figures[n] = '\0';
	return snprintf(out, room, "%llu%s%s%s", (unsigned long long)whole,
	    n ? "." : "", figures, suffix);
}

/* Less than a second: in the largest unit that leaves something before the
 * point. */
static void
duration_print_subsecond(char *out, size_t room, uint64_t ns)
{
	if (ns < 1000)
		snprintf(out, room, "%lluns", (unsigned long long)ns);
	else if (ns < 1000000)
		duration_print_fraction(
		    out, room, ns / 1000, ns % 1000, 1000, "\xc2\xb5s");
	else
		duration_print_fraction(
		    out, room, ns / 1000000, ns % 1000000, 1000000, "ms");
}

void
duration_format(int64_t ns, char out[DURATION_MAX])
{
	size_t room = DURATION_MAX;
	uint64_t u = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	uint64_t s = u / NSEC_PER_SEC;
	int n = 0;

	if (ns == 0) {
		strcpy(out, "0s");
		return;
	}
	if (ns < 0)
		out[n++] = '-';
	if (s == 0) {
		duration_print_subsecond(out + n, room - (size_t)n, u);
		return;
	}
	if (s >= 3600)
		n += snprintf(out + n, room - (size_t)n, "%lluh",
		    (unsigned long long)(s / 3600));
	if (s >= 60)
		n += snprintf(out + n, room - (size_t)n, "%llum",
		    (unsigned long long)(s / 60 % 60));
	duration_print_fraction(out + n, room - (size_t)n, s % 60,
	    u % NSEC_PER_SEC, NSEC_PER_SEC, "s");
}

void
duration_format_short(int64_t ns, char out[DURATION_MAX])
{
	size_t n;

	duration_format(ns, out);
	n = strlen(out);
	if (n > 2 && strcmp(out + n - 2, "0s") == 0 && out[n - 3] == 'm') {
		out[n - 2] = '\0';
		n -= 2;
		if (n > 2 && strcmp(out + n - 2, "0m") == 0 &&
		    out[n - 3] == 'h')
			out[n - 2] = '\0';
	}
}

static bool
duration_read_unit(const char **p, double *unit)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = { { "ns", 1 }, { "us", 1e3 }, { "\xc2\xb5s", 1e3 },
		{ "ms", 1e6 }, { "s", 1e9 }, { "m", 6e10 }, { "h", 3.6e12 } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t n = strlen(units[i].name);

		if (strncmp(*p, units[i].name, n) == 0 &&
		    !(units[i].name[0] == 'm' && n == 1 && (*p)[1] == 's')) {
			*unit = units[i].ns;
			*p += n;
			return true;
		}
	}
	return false;
}

bool
duration_parse_go(const char *text, int64_t *ns)
{
	const char *p = text;
	bool negative = *p == '-';
	int64_t sum_ns = 0;

	if (*p == '-' || *p == '+')
		p++;
	if (strcmp(p, "0") == 0) {
		*ns = 0;
		return true;
	}
	if (!*p)
		return false;
	while (*p) {
		int64_t whole = 0, whole_ns;
		double part = 0, scale = 1, unit_ns;
		bool some = false;

		for (; isdigit((unsigned char)*p); p++, some = true) {
			if (whole > INT64_MAX / 10 - 1)
				return false;
			whole = whole * 10 + (*p - '0');
		}
		if (*p == '.') {
			for (p++; isdigit((unsigned char)*p);
			     p++, some = true) {
				scale /= 10;
				part += (*p - '0') * scale;
			}
		}
		if (!some || !duration_read_unit(&p, &unit_ns))
			return false;
		if (__builtin_mul_overflow(
			whole, (int64_t)unit_ns, &whole_ns) ||
		    __builtin_add_overflow(
			whole_ns, (int64_t)(part * unit_ns + 0.5), &whole_ns) ||
		    __builtin_add_overflow(sum_ns, whole_ns, &sum_ns))
			return false;
	}
	*ns = negative ? -sum_ns : sum_ns;
	return true;
}

bool
duration_parse(const char *text, int64_t *ns)
{
	size_t n = strlen(text);
	char *end;
	long long v;

	if (n == 0) {
		*ns = 0;
		return true;
	}
	v = strtoll(text, &end, 10);
	if (end != text && v < 9200000000LL && v > -9200000000LL) {
		if (*end == '\0') {
			*ns = v * NSEC_PER_SEC;
			return true;
		}
		if (strcmp(end, "d") == 0 && v < 106000 && v > -106000) {
			*ns = v * DAY * NSEC_PER_SEC;
			return true;
		}
	}
	return duration_parse_go(text, ns);
}

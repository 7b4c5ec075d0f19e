/*
 * Go's durations and RFC 3339 times, read and written without a time zone
 * database: everything is UTC.
 */
#include "base/duration.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/go_text.h"

#define DAY ((int64_t)86400)

int64_t
time_after_ns(int64_t from_ns, int64_t by_ns)
{
	int64_t sum;

	if (!__builtin_add_overflow(from_ns, by_ns, &sum))
		return sum;
	return by_ns < 0 ? INT64_MIN : INT64_MAX;
}

int64_t
duration_from_s(int64_t s)
{
	int64_t ns;

	if (!__builtin_mul_overflow(s, NSEC_PER_SEC, &ns))
		return ns;
	return s < 0 ? INT64_MIN : INT64_MAX;
}

int64_t
time_after_s(int64_t from_ns, int64_t by_s)
{
	return time_after_ns(from_ns, duration_from_s(by_s));
}

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

/* n digits of v with zeros in front; where they end. */
static char *
rfc3339_put_digits(char *out, int64_t v, int n)
{
	for (int i = n - 1; i >= 0; i--, v /= 10)
		out[i] = (char)('0' + v % 10);
	return out + n;
}

/* Up to the seconds; where that ends. *frac_ns: what is left of ns. */
static char *
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
	out = rfc3339_put_digits(out, y, 4);
	*out++ = '-';
	out = rfc3339_put_digits(out, m, 2);
	*out++ = '-';
	out = rfc3339_put_digits(out, d, 2);
	*out++ = 'T';
	out = rfc3339_put_digits(out, rest / 3600, 2);
	*out++ = ':';
	out = rfc3339_put_digits(out, rest / 60 % 60, 2);
	*out++ = ':';
	return rfc3339_put_digits(out, rest % 60, 2);
}

void
rfc3339_nano(int64_t ns, char out[RFC3339_MAX])
{
	int64_t frac_ns;
	char *p = rfc3339_format(ns, out, &frac_ns);

	if (frac_ns) {
		*p++ = '.';
		p = rfc3339_put_digits(p, frac_ns, 9);
		while (p[-1] == '0')
			p--;
	}
	strcpy(p, "Z");
}

void
rfc3339_ms(int64_t ns, char out[RFC3339_MAX])
{
	int64_t frac_ns;
	char *p = rfc3339_format(ns, out, &frac_ns);

	*p++ = '.';
	strcpy(rfc3339_put_digits(p, frac_ns / 1000000, 3), "Z");
}

void
rfc3339_s(int64_t ns, char out[RFC3339_MAX])
{
	int64_t frac_ns;

	strcpy(rfc3339_format(ns, out, &frac_ns), "Z");
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

/* Package time quotes other than strconv: bytes that are not ASCII in hex. */
static char *
duration_quote(struct arena *a, const char *s, size_t n)
{
	char *text = arena_alloc(a, 4 * n + 3), *to = text;

	*to++ = '"';
	for (; n > 0; s++, n--) {
		unsigned char c = (unsigned char)*s;

		if (c < ' ' || c >= 0x80) {
			to += sprintf(to, "\\x%02x", c);
			continue;
		}
		if (c == '"' || c == '\\')
			*to++ = '\\';
		*to++ = (char)c;
	}
	*to++ = '"';
	*to = '\0';
	return text;
}

static const char *
duration_invalid(struct arena *a, const char *text)
{
	return arena_printf(a, "time: invalid duration %s",
	    duration_quote(a, text, strlen(text)));
}

/* Nanoseconds of a unit; 0 when there is no such unit. */
static uint64_t
duration_unit_ns(const char *name, size_t n)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "ns", 1 },
		{ "us", 1000 },
		{ "\xc2\xb5s", 1000 }, /* the micro sign */
		{ "\xce\xbcs", 1000 }, /* the Greek letter */
		{ "ms", 1000000 },
		{ "s", 1000000000 },
		{ "m", 60000000000 },
		{ "h", 3600000000000 },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i].name) == n &&
		    memcmp(units[i].name, name, n) == 0)
			return units[i].ns;
	return 0;
}

/* The digits at *p; false when they exceed 2^63. *p stands behind them. */
static bool
duration_read_whole(const char **p, uint64_t *v)
{
	const uint64_t most = (uint64_t)1 << 63;

	for (*v = 0; isdigit((unsigned char)**p); (*p)++) {
		if (*v > most / 10)
			return false;
		*v = *v * 10 + (uint64_t)(**p - '0');
		if (*v > most)
			return false;
	}
	return true;
}

/* The digits behind a point, as *f / *scale. What no longer fits is dropped. */
static void
duration_read_fraction(const char **p, uint64_t *f, double *scale)
{
	bool full = false;

	for (; isdigit((unsigned char)**p); (*p)++) {
		full = full || *f > (uint64_t)INT64_MAX / 10;
		if (full)
			continue;
		*f = *f * 10 + (uint64_t)(**p - '0');
		*scale *= 10;
	}
}

/* One number with its unit at *p, added to *sum_ns. Returns NULL or an error's
 * text; `text` is the whole duration, for the error. */
static const char *
duration_read_part(
    struct arena *a, const char *text, const char **p, uint64_t *sum_ns)
{
	const uint64_t most = (uint64_t)1 << 63;
	const char *start = *p, *unit;
	uint64_t v, f = 0, unit_ns;
	double scale = 1;
	size_t n;
	bool digits;

	if (!duration_read_whole(p, &v))
		return duration_invalid(a, text);
	digits = *p != start;
	if (**p == '.') {
		start = ++*p;
		duration_read_fraction(p, &f, &scale);
		digits |= *p != start;
	}
	if (!digits)
		return duration_invalid(a, text);
	unit = *p;
	n = strcspn(unit, ".0123456789");
	if (n == 0)
		return arena_printf(a, "time: missing unit in duration %s",
		    duration_quote(a, text, strlen(text)));
	*p += n;
	unit_ns = duration_unit_ns(unit, n);
	if (unit_ns == 0)
		return arena_printf(a, "time: unknown unit %s in duration %s",
		    duration_quote(a, unit, n),
		    duration_quote(a, text, strlen(text)));
	if (v > most / unit_ns)
		return duration_invalid(a, text);
	v *= unit_ns;
	if (f > 0)
		v += (uint64_t)((double)f * ((double)unit_ns / scale));
	if (v > most || *sum_ns + v > most)
		return duration_invalid(a, text);
	*sum_ns += v;
	return NULL;
}

const char *
duration_parse_go_why(struct arena *a, const char *text, int64_t *ns)
{
	const char *p = text;
	bool negative = *p == '-';
	uint64_t sum_ns = 0;

	*ns = 0;
	if (*p == '-' || *p == '+')
		p++;
	if (strcmp(p, "0") == 0)
		return NULL;
	if (*p == '\0')
		return duration_invalid(a, text);
	while (*p) {
		const char *error = duration_read_part(a, text, &p, &sum_ns);

		if (error)
			return error;
	}
	if (sum_ns > (uint64_t)INT64_MAX + negative)
		return duration_invalid(a, text);
	*ns = negative ? (int64_t)(0 - sum_ns) : (int64_t)sum_ns;
	return NULL;
}

static const char *
duration_multiply(int64_t count, int64_t unit_ns, int64_t *ns)
{
	if (!__builtin_mul_overflow(count, unit_ns, ns))
		return NULL;
	*ns = 0;
	return "multiplication of durations resulted in overflow, one operand "
	       "may be too large";
}

const char *
duration_parse_why(struct arena *a, const char *text, int64_t *ns)
{
	size_t n = strlen(text);
	const char *error;
	int64_t count;

	*ns = 0;
	if (n == 0)
		return NULL;
	if (go_parse_int(text, 10, &count) == GO_INT_OK)
		return duration_multiply(count, NSEC_PER_SEC, ns);
	if (text[n - 1] != 'd')
		return duration_parse_go_why(a, text, ns);
	error = go_parse_int_why(a, arena_strndup(a, text, n - 1), 10, &count);
	return error ? error : duration_multiply(count, DAY * NSEC_PER_SEC, ns);
}

bool
duration_parse(const char *text, int64_t *ns)
{
	struct arena *a = arena_new();
	bool ok = !duration_parse_why(a, text, ns);

	arena_free(a);
	return ok;
}

bool
duration_parse_go(const char *text, int64_t *ns)
{
	struct arena *a = arena_new();
	bool ok = !duration_parse_go_why(a, text, ns);

	arena_free(a);
	return ok;
}

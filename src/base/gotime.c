/*
 * Go's durations and RFC 3339 instants, read and written without a time zone
 * database: everything is UTC.
 */
#include "base/gotime.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY ((int64_t)86400)

/* Days since 1970 to a civil date (proleptic Gregorian calendar). */
static void
civil(int64_t days, int64_t *y, int *m, int *d)
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
days_of(int64_t y, int m, int d)
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
format_seconds(int64_t ns, char *out, int64_t *frac)
{
	int64_t s = ns / NSEC;
	int64_t days, y, rest;
	int m, d;

	*frac = ns % NSEC;
	if (*frac < 0) {
		*frac += NSEC;
		s--;
	}
	days = s / DAY;
	rest = s % DAY;
	if (rest < 0) {
		rest += DAY;
		days--;
	}
	civil(days, &y, &m, &d);
	return snprintf(out, RFC3339_MAX, "%04d-%02d-%02dT%02d:%02d:%02d",
	    (int)y, m, d, (int)(rest / 3600), (int)(rest / 60 % 60),
	    (int)(rest % 60));
}

void
rfc3339_nano(int64_t ns, char out[RFC3339_MAX])
{
	int64_t frac;
	int n = format_seconds(ns, out, &frac);

	if (frac) {
		n += snprintf(out + n, (size_t)(RFC3339_MAX - n), ".%09d",
		    (int)frac);
		while (out[n - 1] == '0')
			n--;
	}
	out[n] = 'Z';
	out[n + 1] = '\0';
}

void
rfc3339_ms(int64_t ns, char out[RFC3339_MAX])
{
	int64_t frac;
	int n = format_seconds(ns, out, &frac);

	snprintf(out + n, (size_t)(RFC3339_MAX - n), ".%03dZ",
	    (int)(frac / 1000000));
}

void
rfc3339_s(int64_t ns, char out[RFC3339_MAX])
{
	int64_t frac;
	int n = format_seconds(ns, out, &frac);

	out[n] = 'Z';
	out[n + 1] = '\0';
}

static bool
parse_zone(const char *s, int64_t *offset)
{
	int h, m;
	char sign, end;

	if (strcmp(s, "Z") == 0 || strcmp(s, "z") == 0) {
		*offset = 0;
		return true;
	}
	if (sscanf(s, "%c%2d:%2d%c", &sign, &h, &m, &end) != 3 ||
	    (sign != '+' && sign != '-'))
		return false;
	*offset = (h * 3600 + m * 60) * (sign == '-' ? -1 : 1);
	return true;
}

bool
rfc3339_parse(const char *text, int64_t *ns)
{
	int y, mo, d, h, mi, s, used = 0;
	int64_t frac = 0, unit = NSEC / 10, offset;
	const char *p;

	if (sscanf(text, "%4d-%2d-%2d%*1[Tt ]%2d:%2d:%2d%n", &y, &mo, &d, &h,
		&mi, &s, &used) != 6 ||
	    used == 0)
		return false;
	if (mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 ||
	    s > 60 || y < 1 || y > 2200 || h < 0 || mi < 0 || s < 0)
		return false;
	p = text + used;
	if (*p == '.') {
		for (p++; isdigit((unsigned char)*p); p++, unit /= 10)
			frac += (*p - '0') * unit;
	}
	if (!parse_zone(p, &offset))
		return false;
	*ns = (days_of(y, mo, d) * DAY + h * 3600 + mi * 60 + s - offset) *
		NSEC +
	    frac;
	return true;
}

static int
print_fraction(char *out, size_t room, int64_t whole, int64_t part,
    int64_t unit, const char *suffix)
{
	char digits[24];
	int n = 0;

	while (unit > 1) {
		unit /= 10;
		digits[n++] = (char)('0' + part / unit % 10);
	}
	while (n > 0 && digits[n - 1] == '0')
		n--;
	digits[n] = '\0';
	return snprintf(out, room, "%lld%s%s%s", (long long)whole,
	    n ? "." : "", digits, suffix);
}

void
duration_go(int64_t ns, char out[DURATION_MAX])
{
	size_t room = DURATION_MAX;
	int64_t s;
	int n = 0;

	if (ns == 0) {
		strcpy(out, "0s");
		return;
	}
	if (ns < 0) {
		out[n++] = '-';
		ns = -ns;
	}
	if (ns < NSEC) {
		if (ns < 1000)
			snprintf(out + n, room - (size_t)n, "%lldns",
			    (long long)ns);
		else if (ns < 1000000)
			print_fraction(out + n, room - (size_t)n, ns / 1000,
			    ns % 1000, 1000, "\xc2\xb5s");
		else
			print_fraction(out + n, room - (size_t)n, ns / 1000000,
			    ns % 1000000, 1000000, "ms");
		return;
	}
	s = ns / NSEC;
	if (s >= 3600)
		n += snprintf(out + n, room - (size_t)n, "%lldh",
		    (long long)(s / 3600));
	if (s >= 60)
		n += snprintf(out + n, room - (size_t)n, "%lldm",
		    (long long)(s / 60 % 60));
	print_fraction(out + n, room - (size_t)n, s % 60, ns % NSEC, NSEC, "s");
}

void
duration_short(int64_t ns, char out[DURATION_MAX])
{
	size_t n;

	duration_go(ns, out);
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
unit_of(const char **p, double *unit)
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
	int64_t sum = 0;

	if (*p == '-' || *p == '+')
		p++;
	if (strcmp(p, "0") == 0) {
		*ns = 0;
		return true;
	}
	if (!*p)
		return false;
	while (*p) {
		int64_t whole = 0;
		double part = 0, scale = 1, unit;
		bool digits = false;

		for (; isdigit((unsigned char)*p); p++, digits = true) {
			if (whole > INT64_MAX / 10 - 1)
				return false;
			whole = whole * 10 + (*p - '0');
		}
		if (*p == '.') {
			for (p++; isdigit((unsigned char)*p);
			     p++, digits = true) {
				scale /= 10;
				part += (*p - '0') * scale;
			}
		}
		if (!digits || !unit_of(&p, &unit))
			return false;
		if ((double)whole * unit + (double)sum > 9.2e18)
			return false;
		sum += whole * (int64_t)unit + (int64_t)(part * unit + 0.5);
	}
	*ns = negative ? -sum : sum;
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
			*ns = v * NSEC;
			return true;
		}
		if (strcmp(end, "d") == 0 && v < 106000 && v > -106000) {
			*ns = v * DAY * NSEC;
			return true;
		}
	}
	return duration_parse_go(text, ns);
}

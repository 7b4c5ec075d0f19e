/*
 * Cron's five fields as bits, and the search for the next minute they allow.
 * A day fits when both its fields do; if neither is a star, one is enough.
 */
#include "secrets/database/schedule.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/duration.h"

#define DAY 86400
#define DAYS_MAX (5 * 366)

static const char *const months[] = { "jan", "feb", "mar", "apr", "may", "jun",
	"jul", "aug", "sep", "oct", "nov", "dec", NULL };
static const char *const weekdays[] = { "sun", "mon", "tue", "wed", "thu",
	"fri", "sat", NULL };
static const char *const none[] = { NULL };

static bool
read_number(const char **p, const char *const *names, int base, int *out)
{
	size_t n = 0;

	while (isalpha((unsigned char)(*p)[n]))
		n++;
	for (int i = 0; n == 3 && names[i]; i++)
		if (strncasecmp(*p, names[i], 3) == 0) {
			*p += 3;
			*out = base + i;
			return true;
		}
	if (!isdigit((unsigned char)**p))
		return false;
	for (*out = 0; isdigit((unsigned char)**p) && *out < 1000; (*p)++)
		*out = *out * 10 + (**p - '0');
	return true;
}

/* "*", "5", "1-5", and each with "/2". */
static bool
read_range(const char **p, const char *const *names, int low, int high,
    uint64_t *bits, bool *star)
{
	int from = low, to = high, step = 1;

	if (**p == '*' || **p == '?') {
		(*p)++;
		*star = true;
	} else {
		if (!read_number(p, names, low, &from))
			return false;
		to = from;
		if (**p == '-') {
			(*p)++;
			if (!read_number(p, names, low, &to))
				return false;
		} else if (**p == '/') {
			to = high;
		}
	}
	if (**p == '/') {
		(*p)++;
		if (!read_number(p, none, 0, &step) || step == 0)
			return false;
		*star = *star && step == 1;
	}
	if (from < low || to > high || from > to)
		return false;
	for (int i = from; i <= to; i += step)
		*bits |= UINT64_C(1) << i;
	return true;
}

static bool
read_field(const char **p, const char *const *names, int low, int high,
    uint64_t *bits, bool *star)
{
	while (**p == ' ' || **p == '\t')
		(*p)++;
	*bits = 0;
	*star = false;
	for (;;) {
		if (!read_range(p, names, low, high, bits, star))
			return false;
		if (**p != ',')
			break;
		(*p)++;
	}
	return **p == '\0' || **p == ' ' || **p == '\t';
}

bool
db_schedule_parse(const char *text, struct db_schedule *s)
{
	bool star;

	if (!read_field(&text, none, 0, 59, &s->minutes, &star) ||
	    !read_field(&text, none, 0, 23, &s->hours, &star) ||
	    !read_field(&text, none, 1, 31, &s->days, &s->any_day) ||
	    !read_field(&text, months, 1, 12, &s->months, &star) ||
	    !read_field(&text, weekdays, 0, 6, &s->weekdays, &s->any_weekday))
		return false;
	return text[strspn(text, " \t")] == '\0';
}

static bool
has(uint64_t bits, int i)
{
	return bits >> i & 1;
}

static bool
day_fits(const struct db_schedule *s, const struct tm *tm)
{
	bool day = has(s->days, tm->tm_mday);
	bool weekday = has(s->weekdays, tm->tm_wday);

	if (!has(s->months, tm->tm_mon + 1))
		return false;
	return s->any_day || s->any_weekday ? day && weekday : day || weekday;
}

int64_t
db_schedule_next(const struct db_schedule *s, int64_t after)
{
	int64_t first = (after / NSEC / 60 + 1) * 60; /* s */
	int64_t midnight = first / DAY * DAY;

	for (int i = 0; i < DAYS_MAX; i++, midnight += DAY) {
		time_t t = (time_t)midnight;
		struct tm tm;

		gmtime_r(&t, &tm);
		if (!day_fits(s, &tm))
			continue;
		for (int minute = 0; minute < DAY / 60; minute++)
			if (midnight + minute * 60 >= first &&
			    has(s->hours, minute / 60) &&
			    has(s->minutes, minute % 60))
				return (midnight + minute * 60) * NSEC;
	}
	return 0;
}

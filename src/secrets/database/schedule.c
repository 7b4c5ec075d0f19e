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

#define DAY_S 86400
#define DAYS_MAX (5 * 366)

static const char *const months[] = { "jan", "feb", "mar", "apr", "may", "jun",
	"jul", "aug", "sep", "oct", "nov", "dec", NULL };
static const char *const weekdays[] = { "sun", "mon", "tue", "wed", "thu",
	"fri", "sat", NULL };
static const char *const no_names[] = { NULL };

static bool
db_schedule_parse_number(
    const char **p, const char *const *names, int base, int *out)
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
db_schedule_parse_range(const char **p, const char *const *names, int low,
    int high, uint64_t *bits, bool *star)
{
	int from = low, to = high, step = 1;

	if (**p == '*' || **p == '?') {
		(*p)++;
		*star = true;
	} else {
		if (!db_schedule_parse_number(p, names, low, &from))
			return false;
		to = from;
		if (**p == '-') {
			(*p)++;
			if (!db_schedule_parse_number(p, names, low, &to))
				return false;
		} else if (**p == '/') {
			to = high;
		}
	}
	if (**p == '/') {
		(*p)++;
		if (!db_schedule_parse_number(p, no_names, 0, &step) ||
		    step == 0)
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
db_schedule_parse_field(const char **p, const char *const *names, int low,
    int high, uint64_t *bits, bool *star)
{
	while (**p == ' ' || **p == '\t')
		(*p)++;
	*bits = 0;
	*star = false;
	for (;;) {
		if (!db_schedule_parse_range(p, names, low, high, bits, star))
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

	if (!db_schedule_parse_field(
		&text, no_names, 0, 59, &s->minutes, &star) ||
	    !db_schedule_parse_field(
		&text, no_names, 0, 23, &s->hours, &star) ||
	    !db_schedule_parse_field(
		&text, no_names, 1, 31, &s->days, &s->any_day) ||
	    !db_schedule_parse_field(&text, months, 1, 12, &s->months, &star) ||
	    !db_schedule_parse_field(
		&text, weekdays, 0, 6, &s->weekdays, &s->any_weekday))
		return false;
	return text[strspn(text, " \t")] == '\0';
}

static bool
db_schedule_has_bit(uint64_t bits, int i)
{
	return bits >> i & 1;
}

static bool
db_schedule_day_matches(const struct db_schedule *s, const struct tm *tm)
{
	bool day = db_schedule_has_bit(s->days, tm->tm_mday);
	bool weekday = db_schedule_has_bit(s->weekdays, tm->tm_wday);

	if (!db_schedule_has_bit(s->months, tm->tm_mon + 1))
		return false;
	return s->any_day || s->any_weekday ? day && weekday : day || weekday;
}

int64_t
db_schedule_next(const struct db_schedule *s, int64_t after_ns)
{
	int64_t first_s = (after_ns / NSEC_PER_SEC / 60 + 1) * 60; /* s */
	int64_t midnight_s = first_s / DAY_S * DAY_S;

	for (int i = 0; i < DAYS_MAX; i++, midnight_s += DAY_S) {
		time_t t = (time_t)midnight_s;
		struct tm tm;

		gmtime_r(&t, &tm);
		if (!db_schedule_day_matches(s, &tm))
			continue;
		for (int minute = 0; minute < DAY_S / 60; minute++)
			if (midnight_s + minute * 60 >= first_s &&
			    db_schedule_has_bit(s->hours, minute / 60) &&
			    db_schedule_has_bit(s->minutes, minute % 60))
				return (midnight_s + minute * 60) *
				    NSEC_PER_SEC;
	}
	return 0;
}

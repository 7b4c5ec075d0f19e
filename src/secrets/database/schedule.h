/*
 * Rotation schedules: the five fields of cron, in UTC.
 */
#ifndef MV_SECRETS_DATABASE_SCHEDULE_H
#define MV_SECRETS_DATABASE_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

struct db_schedule {
	uint64_t minutes, hours, days, months, weekdays; /* a bit per value */
	bool any_day, any_weekday; /* the field is a star */
};

/* Reads a cron line of five fields, or "@daily" and its kin; false when it is
 * none. */
bool db_schedule_parse(const char *text, struct db_schedule *s);
/* The first time after `after` (both ns); 0: none within five years. */
int64_t db_schedule_next(const struct db_schedule *s, int64_t after_ns);

#endif

/*
 * The error that travels up from the rooms that know no HTTP: the status a
 * client will see, its shape, and one text. The first message wins: what is
 * reported later is a consequence.
 */
#ifndef MV_BASE_ERROR_H
#define MV_BASE_ERROR_H

#include <stdbool.h>

struct error {
	int status;   /* 0: no error */
	bool wrapped; /* Vault's "bare Go error": shown as a multierror */
	char text[1000];
};

/* Both return false, so that `return error_set(...)` reads well. */
bool error_set(struct error *e, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool error_wrap(struct error *e, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif

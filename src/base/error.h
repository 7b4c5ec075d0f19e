/*
 * The one error: the status that a client sees, one text, and, where a field of
 * an input is to blame, its name and the values that may stand there. The first
 * error wins, because what is reported later follows from it.
 *
 * A zeroed struct is no error. Every function that sets one returns false, so
 * that `return error_set(...)` reads well.
 */
#ifndef MV_BASE_ERROR_H
#define MV_BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/strs.h"

struct error {
	int status;   /* 0: no error */
	bool wrapped; /* a bare Go error, which Vault shows as a multierror */
	char field[200]; /* dotted name, "match.path"; "" when none is to blame
			  */
	char text[1000];
	struct strs allowed; /* values that may stand in the field, or empty */
};

/* Sets status and text, unless an error stands already. Returns false. */
bool error_set(struct error *e, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same behind a prefix, with the arguments of a function that takes its
 * own. */
bool error_vset(struct error *e, int status, const char *prefix,
    const char *fmt, va_list ap) __attribute__((format(printf, 4, 0)));
/* The same for a bare Go error. */
bool error_wrap(struct error *e, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* An error of a field, status 400. The field's name is where and name with a
 * dot between; either may be "". */
bool error_field(struct error *e, const char *where, const char *name,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The same with the values that may stand there: a NULL-terminated list, which
 * is copied; NULL is none. */
bool error_allowed(struct error *e, const char *where, const char *name,
    const char *const *words, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* Takes over the error of an inner object that stands in the field where.
 * inner is empty afterwards. */
bool error_inside(struct error *e, const char *where, struct error *inner);
/* Frees the allowed values and makes it no error again. Needed only where a
 * field error can be. */
void error_release(struct error *e);

/* Writes "field: text", or "text" without a field. */
void error_print(const struct error *e, char *out, size_t size);

#endif

/*
 * Filling in struct error; the first message wins.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

bool
error_set(struct error *e, int status, const char *fmt, ...)
{
	va_list ap;

	if (e->status)
		return false;
	e->status = status;
	e->wrapped = false;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return false;
}

bool
error_wrap(struct error *e, int status, const char *fmt, ...)
{
	va_list ap;

	if (e->status)
		return false;
	e->status = status;
	e->wrapped = true;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return false;
}

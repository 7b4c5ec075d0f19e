/*
 * Filling in struct error; the first error wins.
 */
#include "base/error.h"

#include <stdio.h>
#include <string.h>

static void
error_write(
    struct error *e, int status, bool wrapped, const char *fmt, va_list ap)
{
	e->status = status;
	e->wrapped = wrapped;
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
}

bool
error_set(struct error *e, int status, const char *fmt, ...)
{
	va_list ap;

	if (e->status)
		return false;
	va_start(ap, fmt);
	error_write(e, status, false, fmt, ap);
	va_end(ap);
	return false;
}

bool
error_vset(struct error *e, int status, const char *prefix, const char *fmt,
    va_list ap)
{
	size_t n;

	if (e->status)
		return false;
	e->status = status;
	snprintf(e->text, sizeof(e->text), "%s", prefix);
	n = strlen(e->text);
	vsnprintf(e->text + n, sizeof(e->text) - n, fmt, ap);
	return false;
}

bool
error_wrap(struct error *e, int status, const char *fmt, ...)
{
	va_list ap;

	if (e->status)
		return false;
	va_start(ap, fmt);
	error_write(e, status, true, fmt, ap);
	va_end(ap);
	return false;
}

static void
error_name_field(struct error *e, const char *where, const char *name)
{
	snprintf(e->field, sizeof(e->field), "%s%s%s", where,
	    *where && *name ? "." : "", name);
}

bool
error_field(
    struct error *e, const char *where, const char *name, const char *fmt, ...)
{
	va_list ap;

	if (e->status)
		return false;
	error_name_field(e, where, name);
	va_start(ap, fmt);
	error_write(e, 400, false, fmt, ap);
	va_end(ap);
	return false;
}

bool
error_allowed(struct error *e, const char *where, const char *name,
    const char *const *words, const char *fmt, ...)
{
	va_list ap;

	if (e->status)
		return false;
	error_name_field(e, where, name);
	va_start(ap, fmt);
	error_write(e, 400, false, fmt, ap);
	va_end(ap);
	for (int i = 0; words && words[i]; i++)
		strs_add(&e->allowed, words[i]);
	return false;
}

bool
error_inside(struct error *e, const char *where, struct error *inner)
{
	if (!e->status) {
		error_field(e, where, inner->field, "%s", inner->text);
		e->allowed = inner->allowed;
		strs_init(&inner->allowed, NULL);
	}
	error_release(inner);
	return false;
}

void
error_release(struct error *e)
{
	strs_release(&e->allowed);
	memset(e, 0, sizeof(*e));
}

void
error_print(const struct error *e, char *out, size_t size)
{
	snprintf(out, size, "%s%s%s", e->field, *e->field ? ": " : "", e->text);
}

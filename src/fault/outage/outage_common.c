/*
 * What the functions that change the real state share: the params of a run, and
 * the error of those that would change nothing.
 */
#include <stdarg.h>
#include <stdio.h>

#include "base/duration.h"
#include "base/json/jsontree.h"
#include "fault/outage/outage.h"

const char *
outage_param_str(const struct outage_run *run, const char *name)
{
	return jsontree_string(run->params, name);
}

int64_t
outage_param_int(const struct outage_run *run, const char *name)
{
	return json_integer_value(json_object_get(run->params, name));
}

int64_t
outage_param_duration_ns(const struct outage_run *run, const char *name)
{
	const json_t *value = json_object_get(run->params, name);
	const char *text = json_string_value(value);
	int64_t ns = 0;

	if (text)
		duration_parse(text, &ns);
	else
		ns = json_integer_value(value) * 1000000;
	return ns;
}

bool
outage_no_effect(struct error *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	error_vset(c, 409, "it would have no effect now: ", fmt, ap);
	va_end(ap);
	return false;
}

/*
 * The params of a run, as the functions that change the real state read them.
 */
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

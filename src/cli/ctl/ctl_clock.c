/*
 * ctl clock: the vault's time.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontree.h"
#include "cli/ctl/ctl.h"
#include "cli/value.h"

static const struct column expired_columns[] = {
	{ "ENDED", "kind", 0 },
	{ "WHICH", "which", 0 },
	{ NULL, NULL, 0 },
};

static int
ctl_clock_print(struct ctl *c)
{
	if (!ctl_print_raw(c))
		columns_print_object(stdout, c->answer.body);
	return CTL_YES;
}

/* Each kind names its thing by another key. */
static void
ctl_clock_name_expired(json_t *one)
{
	static const char *const keys[] = { "lease_id", "accessor", "path",
		NULL };
	json_t *version = json_object_get(one, "version");

	for (int i = 0; keys[i]; i++)
		if (json_object_get(one, keys[i]))
			json_object_set(
			    one, "which", json_object_get(one, keys[i]));
	if (version)
		json_object_set_new(one, "which",
		    json_sprintf("%s version %lld",
			jsontree_string(one, "path"),
			(long long)json_integer_value(version)));
}

static int
ctl_clock_advance(struct ctl *c)
{
	char *by_ns = value_duration(ctl_arg(c, 0) + 1), *now;
	json_t *list, *one;
	size_t i;

	if (!by_ns)
		return ctl_usage_error(c, "wanted +90d, +1h30m, +45s");
	one = json_pack("{s:s}", "by", by_ns);
	free(by_ns);
	if (!ctl_call(c, "POST", "clock/advance", one))
		return CTL_ERROR;
	if (ctl_print_raw(c))
		return CTL_YES;
	list = json_object_get(c->answer.body, "expired");
	json_array_foreach (list, i, one)
		ctl_clock_name_expired(one);
	now = column_value_text(json_object_get(c->answer.body, "now"));
	printf("now %s; %zu ended\n", now, json_array_size(list));
	free(now);
	if (json_array_size(list) > 0)
		columns_print(stdout, expired_columns, list, COLUMNS_TABLE);
	return CTL_YES;
}

static int
ctl_clock_show(struct ctl *c)
{
	const char *word = ctl_arg(c, 0);

	if (word && *word == '+')
		return ctl_clock_advance(c);
	if (word)
		return ctl_usage_error(c,
		    "unknown word; a step forward is "
		    "written +90d");
	return ctl_call(c, "GET", "clock", NULL) ? ctl_clock_print(c)
						 : CTL_ERROR;
}

static int
ctl_clock_put(struct ctl *c, json_t *fields)
{
	return ctl_call(c, "PUT", "clock", fields) ? ctl_clock_print(c)
						   : CTL_ERROR;
}

static int
ctl_clock_freeze(struct ctl *c)
{
	json_t *fields = json_pack("{s:s}", "mode", "frozen");

	if (ctl_arg(c, 0))
		json_object_set_new(fields, "now", json_string(ctl_arg(c, 0)));
	return ctl_clock_put(c, fields);
}

/* Time goes on from where it stands; "clock real" is the way back. */
static int
ctl_clock_unfreeze(struct ctl *c)
{
	return ctl_clock_put(c, json_pack("{s:s}", "mode", "offset"));
}

static int
ctl_clock_real(struct ctl *c)
{
	return ctl_clock_put(c, json_pack("{s:s}", "mode", "real"));
}

static int
ctl_clock_set(struct ctl *c)
{
	return ctl_clock_put(c, json_pack("{s:s}", "now", ctl_arg(c, 0)));
}

static int
ctl_clock_put_number(struct ctl *c, const char *key)
{
	const char *text = ctl_arg(c, 0);
	char *end;
	double value = strtod(text, &end);
	json_t *number = *end ? NULL : json_real(value);

	if (!number)
		return ctl_usage_error(c, "wanted a number");
	return ctl_clock_put(c, json_pack("{s:o}", key, number));
}

static int
ctl_clock_rate(struct ctl *c)
{
	return ctl_clock_put_number(c, "rate");
}

static int
ctl_clock_ttl_scale(struct ctl *c)
{
	return ctl_clock_put_number(c, "ttl_scale");
}

static int
ctl_clock_put_duration(struct ctl *c, const char *key)
{
	const char *text = ctl_arg(c, 0);
	char *duration = value_duration(text + (*text == '+'));
	json_t *fields;

	if (!duration)
		return ctl_usage_error(c, "wanted a duration: -90s, 2h");
	fields = json_pack("{s:s}", key, duration);
	free(duration);
	return ctl_clock_put(c, fields);
}

static int
ctl_clock_offset(struct ctl *c)
{
	return ctl_clock_put_duration(c, "offset");
}

static int
ctl_clock_skew(struct ctl *c)
{
	return ctl_clock_put_duration(c, "skew");
}

const struct ctl_verb ctl_clock_verbs[] = {
	{ "clock", "[+DURATION]",
	    "Show the vault's time, or go forward: +90d, +1h30m", 0, 1, NULL,
	    ctl_clock_show, "+1h +1d +30d" },
	{ "clock freeze", "[INSTANT]", "Stop it, here or there", 0, 1, NULL,
	    ctl_clock_freeze, NULL },
	{ "clock unfreeze", "", "Let it go on from where it stands", 0, 0, NULL,
	    ctl_clock_unfreeze, NULL },
	{ "clock real", "", "Back to the system's time", 0, 0, NULL,
	    ctl_clock_real, NULL },
	{ "clock set", "INSTANT", "Put it to an RFC 3339 instant", 1, 1, NULL,
	    ctl_clock_set, NULL },
	{ "clock rate", "NUMBER", "So many seconds each second", 1, 1, NULL,
	    ctl_clock_rate, NULL },
	{ "clock offset", "DURATION", "So far from the system's time", 1, 1,
	    NULL, ctl_clock_offset, NULL },
	{ "clock ttl-scale", "NUMBER", "Divide every TTL by it", 1, 1, NULL,
	    ctl_clock_ttl_scale, NULL },
	{ "clock skew", "DURATION", "Show clients another time: +30s", 1, 1,
	    NULL, ctl_clock_skew, NULL },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};

/*
 * ctl clock: the vault's time.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json/json_tree.h"
#include "cli/ctl/ctl.h"
#include "cli/value.h"

static const struct column ended[] = {
	{ "ENDED", "kind", 0 },
	{ "WHICH", "which", 0 },
	{ NULL, NULL, 0 },
};

static int
show_answer(struct ctl *c)
{
	if (!ctl_raw(c))
		object_print(stdout, c->answer.body);
	return CTL_YES;
}

/* Each kind names its thing by another key. */
static void
name_ended(json_t *one)
{
	static const char *const keys[] = { "lease_id", "accessor", "path",
		NULL };
	json_t *version = json_object_get(one, "version");

	for (int i = 0; keys[i]; i++)
		if (json_object_get(one, keys[i]))
			json_object_set(one, "which",
			    json_object_get(one, keys[i]));
	if (version)
		json_object_set_new(one, "which",
		    json_sprintf("%s version %lld", json_text(one, "path"),
			(long long)json_integer_value(version)));
}

static int
advance(struct ctl *c)
{
	char *by = value_duration(ctl_word(c, 0) + 1), *now;
	json_t *list, *one;
	size_t i;

	if (!by)
		return ctl_misused(c, "wanted +90d, +1h30m, +45s");
	one = json_pack("{s:s}", "by", by);
	free(by);
	if (!ctl_ask(c, "POST", "clock/advance", one))
		return CTL_ERROR;
	if (ctl_raw(c))
		return CTL_YES;
	list = json_object_get(c->answer.body, "expired");
	json_array_foreach (list, i, one)
		name_ended(one);
	now = value_text(json_object_get(c->answer.body, "now"));
	printf("now %s; %zu ended\n", now, json_array_size(list));
	free(now);
	if (json_array_size(list) > 0)
		columns_print(stdout, ended, list, COLUMNS_TABLE);
	return CTL_YES;
}

static int
show(struct ctl *c)
{
	const char *word = ctl_word(c, 0);

	if (word && *word == '+')
		return advance(c);
	if (word)
		return ctl_misused(c, "unknown word; a step forward is "
				      "written +90d");
	return ctl_ask(c, "GET", "clock", NULL) ? show_answer(c) : CTL_ERROR;
}

static int
put(struct ctl *c, json_t *fields)
{
	return ctl_ask(c, "PUT", "clock", fields) ? show_answer(c)
						  : CTL_ERROR;
}

static int
freeze(struct ctl *c)
{
	json_t *fields = json_pack("{s:s}", "mode", "frozen");

	if (ctl_word(c, 0))
		json_object_set_new(fields, "now", json_string(ctl_word(c,
		    0)));
	return put(c, fields);
}

/* Time goes on from where it stands; "clock real" is the way back. */
static int
unfreeze(struct ctl *c)
{
	return put(c, json_pack("{s:s}", "mode", "offset"));
}

static int
real(struct ctl *c)
{
	return put(c, json_pack("{s:s}", "mode", "real"));
}

static int
set(struct ctl *c)
{
	return put(c, json_pack("{s:s}", "now", ctl_word(c, 0)));
}

static int
put_number(struct ctl *c, const char *key)
{
	const char *text = ctl_word(c, 0);
	char *end;
	double value = strtod(text, &end);
	json_t *number = *end ? NULL : json_real(value);

	if (!number)
		return ctl_misused(c, "wanted a number");
	return put(c, json_pack("{s:o}", key, number));
}

static int
rate(struct ctl *c)
{
	return put_number(c, "rate");
}

static int
ttl_scale(struct ctl *c)
{
	return put_number(c, "ttl_scale");
}

static int
put_span(struct ctl *c, const char *key)
{
	const char *text = ctl_word(c, 0);
	char *span = value_duration(text + (*text == '+'));
	json_t *fields;

	if (!span)
		return ctl_misused(c, "wanted a duration: -90s, 2h");
	fields = json_pack("{s:s}", key, span);
	free(span);
	return put(c, fields);
}

static int
offset(struct ctl *c)
{
	return put_span(c, "offset");
}

static int
skew(struct ctl *c)
{
	return put_span(c, "skew");
}

const struct ctl_verb ctl_clock_verbs[] = {
	{ "clock", "[+DURATION]",
	    "Show the vault's time, or go forward: +90d, +1h30m", 0, 1, NULL,
	    show, "+1h +1d +30d" },
	{ "clock freeze", "[INSTANT]", "Stop it, here or there", 0, 1, NULL,
	    freeze, NULL },
	{ "clock unfreeze", "", "Let it go on from where it stands", 0, 0,
	    NULL, unfreeze, NULL },
	{ "clock real", "", "Back to the system's time", 0, 0, NULL, real,
	    NULL },
	{ "clock set", "INSTANT", "Put it to an RFC 3339 instant", 1, 1, NULL,
	    set, NULL },
	{ "clock rate", "NUMBER", "So many seconds each second", 1, 1, NULL,
	    rate, NULL },
	{ "clock offset", "DURATION", "So far from the system's time", 1, 1,
	    NULL, offset, NULL },
	{ "clock ttl-scale", "NUMBER", "Divide every TTL by it", 1, 1, NULL,
	    ttl_scale, NULL },
	{ "clock skew", "DURATION", "Show clients another time: +30s", 1, 1,
	    NULL, skew, NULL },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};

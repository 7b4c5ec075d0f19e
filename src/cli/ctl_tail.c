/*
 * ctl tail: the journal's last entries, then each new one by long poll.
 */
#include "cli/ctl.h"
#include "cli/value.h"

#define POLL "25s"
#define POLL_LIMIT 60 /* seconds until the server counts as lost */

/* One that came already is not shown again, whatever "since" let through. */
static void
show_new(struct ctl *c, json_int_t *last)
{
	json_t *list = json_object_get(c->answer.body, "requests");
	json_t *fresh = json_array(), *one;
	json_int_t newest = *last;
	size_t i;

	json_array_foreach (list, i, one) {
		json_int_t seq =
		    json_integer_value(json_object_get(one, "seq"));

		if (seq <= *last)
			continue;
		json_array_append(fresh, one);
		if (seq > newest)
			newest = seq;
	}
	*last = newest;
	if (c->json)
		json_array_foreach (fresh, i, one) {
			json_dumpf(one, stdout, JSON_COMPACT);
			putchar('\n');
		}
	else
		columns_print(stdout, ctl_entry_columns, fresh, false);
	fflush(stdout);
	json_decref(fresh);
}

/* The last n, and where the journal stands. */
static bool
begin(struct ctl *c, const json_t *match, json_int_t *last)
{
	json_t *body = json_deep_copy(match);
	json_int_t n = 10;

	if (!ctl_put(c, body, "limit", "n", value_status)) {
		json_decref(body);
		return false;
	}
	if (json_object_get(body, "limit"))
		n = json_integer_value(json_object_get(body, "limit"));
	json_object_set_new(body, "limit", json_integer(n > 0 ? n : 1));
	if (!ctl_ask(c, "POST", "requests/find", body))
		return false;
	if (n > 0) {
		show_new(c, last);
		return true;
	}
	body = json_object_get(c->answer.body, "requests");
	body = json_array_get(body, json_array_size(body) - 1);
	*last = json_integer_value(json_object_get(body, "seq"));
	return true;
}

static bool
follow(struct ctl *c, const json_t *match, json_int_t *last)
{
	json_t *body = json_deep_copy(match);

	json_object_set_new(body, "since", json_integer(*last));
	json_object_set_new(body, "n", json_integer(1));
	json_object_set_new(body, "timeout", json_string(POLL));
	if (!ctl_try(c, "POST", "requests/wait", body, POLL_LIMIT))
		return false;
	if (c->answer.status == 200)
		show_new(c, last);
	else if (c->answer.status != 408)
		ctl_complain(c);
	return c->answer.status == 200 || c->answer.status == 408;
}

static int
tail(struct ctl *c)
{
	json_t *match = ctl_matched(c);
	json_int_t last = 0;
	bool ok = match && begin(c, match, &last);

	while (ok && !args_has(&c->args, "once"))
		ok = follow(c, match, &last);
	json_decref(match);
	return ok ? CTL_YES : CTL_ERROR;
}

static const struct flag flags[] = {
	{ "n", "N", "Begin with the last N, 10 when not given", NULL },
	{ "match", "JSON|GLOB", "Only requests that fit", NULL },
	{ "once", NULL, "Do not wait for more", NULL },
	FLAG_END,
};

const struct ctl_verb ctl_tail_verbs[] = {
	{ "tail", "", "Follow the requests as they come; --json prints a line "
		      "each", 0, 0, flags, tail, NULL },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};

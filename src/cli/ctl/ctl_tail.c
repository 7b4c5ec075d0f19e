/*
 * ctl tail: the journal's last entries, then each new one by long poll.
 */
#include <stdlib.h>

#include "cli/ctl/ctl.h"
#include "cli/value.h"

#define POLL "25s"
#define POLL_LIMIT 60 /* seconds until the server counts as lost */

/* So many may come after one that is still open before it is given up. */
#define PATIENCE 200

/* Up to since all have been shown; shown holds the later ones, by seq. Between
 * them lie those that were still open. */
struct following {
	json_t *match;
	json_t *shown;
	json_int_t since;
};

static json_int_t
seq_of(const json_t *entry)
{
	return json_integer_value(json_object_get(entry, "seq"));
}

static bool
take(struct following *f, json_t *entry)
{
	char key[24];

	snprintf(key, sizeof(key), "%lld", (long long)seq_of(entry));
	if (seq_of(entry) <= f->since || json_object_get(f->shown, key) ||
	    json_is_true(json_object_get(entry, "open")))
		return false;
	return json_object_set_new(f->shown, key, json_true()) == 0;
}

/* As far as nothing is open any more. */
static void
move_on(struct following *f, const json_t *list)
{
	bool patient = json_object_size(f->shown) < PATIENCE;
	const char *key;
	json_t *one;
	void *next;
	size_t i;

	json_array_foreach (list, i, one) {
		if (patient && json_is_true(json_object_get(one, "open")))
			break;
		if (seq_of(one) > f->since)
			f->since = seq_of(one);
	}
	json_object_foreach_safe (f->shown, next, key, one)
		if (strtoll(key, NULL, 10) <= f->since)
			json_object_del(f->shown, key);
}

static void
show_new(struct ctl *c, struct following *f, bool quiet)
{
	json_t *list = json_object_get(c->answer.body, "requests");
	json_t *fresh = json_array(), *one;
	size_t i;

	json_array_foreach (list, i, one) {
		if (!take(f, one) || quiet)
			continue;
		if (c->json)
			json_dumpf(one, stdout, JSON_COMPACT);
		if (c->json)
			putchar('\n');
		json_array_append(fresh, one);
	}
	if (!c->json)
		columns_print(stdout, ctl_entry_columns, fresh, COLUMNS_STREAM);
	fflush(stdout);
	json_decref(fresh);
	move_on(f, list);
}

/* The last n, and where the journal stands. */
static bool
begin(struct ctl *c, struct following *f)
{
	json_t *body = json_deep_copy(f->match);
	json_int_t n = 10;

	if (!ctl_put(c, body, "limit", "n", value_number)) {
		json_decref(body);
		return false;
	}
	if (json_object_get(body, "limit"))
		n = json_integer_value(json_object_get(body, "limit"));
	json_object_set_new(body, "limit", json_integer(n > 0 ? n : 1));
	if (!ctl_ask(c, "POST", "requests/find", body))
		return false;
	if (!c->json)
		columns_print(stdout, ctl_entry_columns, NULL, COLUMNS_TITLES);
	show_new(c, f, n <= 0);
	return true;
}

static bool
follow(struct ctl *c, struct following *f)
{
	json_t *body = json_deep_copy(f->match);
	json_int_t n = (json_int_t)json_object_size(f->shown) + 1;

	json_object_set_new(body, "since", json_integer(f->since));
	json_object_set_new(body, "n", json_integer(n));
	json_object_set_new(body, "timeout", json_string(POLL));
	if (!ctl_try(c, "POST", "requests/wait", body, POLL_LIMIT))
		return false;
	if (c->answer.status != 200 && c->answer.status != 408)
		return ctl_complain(c) == CTL_YES;
	show_new(c, f, false);
	return true;
}

static int
tail(struct ctl *c)
{
	struct following f = { ctl_matched(c), json_object(), 0 };
	bool ok = f.match && begin(c, &f);

	while (ok && !args_has(&c->args, "once"))
		ok = follow(c, &f);
	json_decref(f.match);
	json_decref(f.shown);
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

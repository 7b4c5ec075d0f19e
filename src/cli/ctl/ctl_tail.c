/*
 * ctl tail: the journal's last entries, then each new one by long poll.
 */
#include <stdlib.h>

#include "cli/ctl/ctl.h"
#include "cli/value.h"

#define TAIL_POLL_DURATION "25s"
#define TAIL_POLL_TIMEOUT_S 60 /* seconds until the server counts as lost */

/* So many may come after one that is still open before it is given up. */
#define TAIL_OPEN_MAX 200

/* Up to since all have been shown; shown holds the later ones, by seq. Between
 * them lie those that were still open. */
struct tail_state {
	json_t *match;
	json_t *shown_seqs;
	json_int_t since_seq;
};

static json_int_t
ctl_tail_entry_seq(const json_t *entry)
{
	return json_integer_value(json_object_get(entry, "seq"));
}

static bool
ctl_tail_mark_shown(struct tail_state *f, json_t *entry)
{
	char key[24];

	snprintf(
	    key, sizeof(key), "%lld", (long long)ctl_tail_entry_seq(entry));
	if (ctl_tail_entry_seq(entry) <= f->since_seq ||
	    json_object_get(f->shown_seqs, key) ||
	    json_is_true(json_object_get(entry, "open")))
		return false;
	return json_object_set_new(f->shown_seqs, key, json_true()) == 0;
}

/* As far as nothing is open any more. */
static void
ctl_tail_advance_since(struct tail_state *f, const json_t *list)
{
	bool may_wait = json_object_size(f->shown_seqs) < TAIL_OPEN_MAX;
	const char *key;
	json_t *one;
	void *next;
	size_t i;

	json_array_foreach (list, i, one) {
		if (may_wait && json_is_true(json_object_get(one, "open")))
			break;
		if (ctl_tail_entry_seq(one) > f->since_seq)
			f->since_seq = ctl_tail_entry_seq(one);
	}
	json_object_foreach_safe (f->shown_seqs, next, key, one)
		if (strtoll(key, NULL, 10) <= f->since_seq)
			json_object_del(f->shown_seqs, key);
}

static void
ctl_tail_print_new(struct ctl *c, struct tail_state *f, bool quiet)
{
	json_t *list = json_object_get(c->answer.body, "requests");
	json_t *new_entries = json_array(), *one;
	size_t i;

	json_array_foreach (list, i, one) {
		if (!ctl_tail_mark_shown(f, one) || quiet)
			continue;
		if (c->json)
			json_dumpf(one, stdout, JSON_COMPACT);
		if (c->json)
			putchar('\n');
		json_array_append(new_entries, one);
	}
	if (!c->json)
		columns_print(
		    stdout, ctl_entry_columns, new_entries, COLUMNS_STREAM);
	fflush(stdout);
	json_decref(new_entries);
	ctl_tail_advance_since(f, list);
}

/* The last n, and where the journal stands. */
static bool
ctl_tail_print_last(struct ctl *c, struct tail_state *f)
{
	json_t *body = json_deep_copy(f->match);
	json_int_t n = 10;

	if (!ctl_put_flag(c, body, "limit", "n", value_number)) {
		json_decref(body);
		return false;
	}
	if (json_object_get(body, "limit"))
		n = json_integer_value(json_object_get(body, "limit"));
	json_object_set_new(body, "limit", json_integer(n > 0 ? n : 1));
	if (!ctl_call(c, "POST", "requests/find", body))
		return false;
	if (!c->json)
		columns_print(stdout, ctl_entry_columns, NULL, COLUMNS_HEADER);
	ctl_tail_print_new(c, f, n <= 0);
	return true;
}

static bool
ctl_tail_poll(struct ctl *c, struct tail_state *f)
{
	json_t *body = json_deep_copy(f->match);
	json_int_t n = (json_int_t)json_object_size(f->shown_seqs) + 1;

	json_object_set_new(body, "since", json_integer(f->since_seq));
	json_object_set_new(body, "n", json_integer(n));
	json_object_set_new(body, "timeout", json_string(TAIL_POLL_DURATION));
	if (!ctl_call_any_status(
		c, "POST", "requests/wait", body, TAIL_POLL_TIMEOUT_S))
		return false;
	if (c->answer.status != 200 && c->answer.status != 408)
		return ctl_print_server_error(c) == CTL_YES;
	ctl_tail_print_new(c, f, false);
	return true;
}

static int
ctl_tail(struct ctl *c)
{
	struct tail_state f = { ctl_match_body(c), json_object(), 0 };
	bool ok = f.match && ctl_tail_print_last(c, &f);

	while (ok && !args_has(&c->args, "once"))
		ok = ctl_tail_poll(c, &f);
	json_decref(f.match);
	json_decref(f.shown_seqs);
	return ok ? CTL_YES : CTL_ERROR;
}

static const struct flag tail_flags[] = {
	{ "n", FLAG_STRING, "Begin with the last N, 10 when not given",
	    .value = "N" },
	{ "match", FLAG_STRING, "Only requests that fit",
	    .value = "JSON|GLOB" },
	{ "node", FLAG_STRING, "Only these nodes, or active, standby",
	    .value = "NAME[,NAME]" },
	{ "once", FLAG_BOOL, "Do not wait for more" },
	FLAG_END,

};

const struct ctl_verb ctl_tail_verbs[] = {
	{ "tail", "",
	    "Follow the requests as they come; --json prints a line "
	    "each",
	    0, 0, tail_flags, ctl_tail, NULL },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};

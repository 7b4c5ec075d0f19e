/*
 * Turns outages on and off: puts their rules in, changes the state, ends them
 * in time. outage_table.c lists them, outage_params.c reads their params.
 */
#include "fault/outage/outage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"

static struct outage_run *
outage_run_find(struct faults *f, const struct outage *o)
{
	for (struct outage_run *run = f->runs; run; run = run->next)
		if (run->outage == o)
			return run;
	return NULL;
}

static void
outage_run_free(struct outage_run *run)
{
	vault_snapshot_free(run->snapshot);
	json_decref(run->params);
	json_decref(run->match);
	json_decref(run->rules);
	json_decref(run->saved_state);
	free(run);
}

static void
outage_run_remove_rules(struct outage_run *run)
{
	for (size_t i = 0; i < json_array_size(run->rules); i++)
		faults_remove(run->faults,
		    json_string_value(json_array_get(run->rules, i)));
}

static void
outage_run_end(struct outage_run *run)
{
	struct faults *f = run->faults;
	struct outage_run **at = &f->runs;
	char event[80];

	while (*at != run)
		at = &(*at)->next;
	*at = run->next;
	alarm_cancel(f->real, &run->end_alarm);
	outage_run_remove_rules(run);
	if (run->outage->stop)
		run->outage->stop(run);
	snprintf(event, sizeof(event), "outage:%s:over", run->outage->name);
	outage_run_free(run);
	faults_event(f, event);
}

static void
outage_run_on_alarm(void *arg, int64_t now)
{
	(void)now;
	outage_run_end(arg);
}

/* All rules are parsed before one is put in. */
static bool
outage_run_insert_rules(
    struct outage_run *run, const json_t *list, struct error *c)
{
	struct rule *made[16];
	int n = (int)json_array_size(list);
	char id[80];

	for (int i = 0; i < n; i++) {
		json_t *tree = json_array_get(list, (size_t)i);

		snprintf(id, sizeof(id), n > 1 ? "%s-%d" : "%s",
		    run->outage->name, i + 1);
		if (!json_object_get(tree, "id"))
			json_object_set_new(tree, "id", json_string(id));
		made[i] = rule_parse(tree, c);
		if (made[i])
			continue;
		while (i-- > 0)
			rule_release(made[i]);
		return false;
	}
	for (int i = n - 1; i >= 0; i--) { /* the first is tried first */
		faults_remove(run->faults, made[i]->id);
		snprintf(made[i]->outage_name, sizeof(made[i]->outage_name),
		    "%s", run->outage->name);
		faults_insert(run->faults, made[i]);
		json_array_insert_new(run->rules, 0, json_string(made[i]->id));
	}
	return true;
}

static struct outage_run *
outage_run_new(struct faults *f, const struct outage *o, json_t *params,
    const json_t *match)
{
	struct outage_run *run = xcalloc(1, sizeof(*run));

	run->faults = f;
	run->outage = o;
	run->params = params;
	run->match = match ? json_deep_copy(match) : NULL;
	run->rules = json_array();
	alarm_init(&run->end_alarm, outage_run_on_alarm, run);
	return run;
}

/* Are its rules right? Asked before the old run is ended. */
static bool
outage_run_check_rules(const struct outage_run *run, struct error *c)
{
	json_t *rules = outage_make_rules(run->outage, run->params, run->match);
	json_t *tree;
	bool ok = true;
	size_t i;

	json_array_foreach (rules, i, tree) {
		struct rule *r = ok ? rule_parse(tree, c) : NULL;

		ok = r != NULL;
		if (r)
			rule_release(r);
	}
	json_decref(rules);
	return ok;
}

static bool
outage_run_begin(struct outage_run *run, int64_t for_ns, struct error *c)
{
	struct faults *f = run->faults;
	json_t *rules = outage_make_rules(run->outage, run->params, run->match);
	bool ok = outage_run_insert_rules(run, rules, c);

	json_decref(rules);
	if (!ok)
		return false;
	if (run->outage->start && !run->outage->start(run, c)) {
		outage_run_remove_rules(run);
		return false;
	}
	run->next = f->runs;
	f->runs = run;
	if (for_ns) {
		run->until_ns = clock_now(f->real) + for_ns;
		alarm_set(f->real, &run->end_alarm, run->until_ns);
	}
	return true;
}

static json_t *
outage_run_show(const struct outage_run *run)
{
	char until[RFC3339_MAX];

	rfc3339_nano(run->until_ns, until);
	return json_pack("{s:s, s:b, s:o, s:O}", "outage", run->outage->name,
	    "active", 1, "until",
	    run->until_ns ? json_string(until) : json_null(), "rules",
	    run->rules);
}

struct outage_start_input {
	const json_t *params, *match;
	int64_t for_ns, after_ns;
};

const struct schema outage_schema[] = {
	{ "params", FIELD_OBJECT, offsetof(struct outage_start_input, params),
	    NULL },
	{ "for", FIELD_DURATION, offsetof(struct outage_start_input, for_ns),
	    NULL },
	{ "match", FIELD_OBJECT, offsetof(struct outage_start_input, match),
	    NULL },
	{ "after", FIELD_DURATION,
	    offsetof(struct outage_start_input, after_ns), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

struct outage_pending {
	struct outage_pending *next;
	struct faults *faults;
	char *name;
	json_t *body;
	struct alarm alarm;
};

static void
outage_pending_free(struct outage_pending *l)
{
	struct outage_pending **at = &l->faults->pending;

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	alarm_cancel(l->faults->real, &l->alarm);
	json_decref(l->body);
	free(l->name);
	free(l);
}

/* Turned off before it began. */
static void
outage_pending_cancel(struct faults *f, const char *name)
{
	struct outage_pending *next;

	for (struct outage_pending *l = f->pending; l; l = next) {
		next = l->next;
		if (strcmp(l->name, name) == 0)
			outage_pending_free(l);
	}
}

static void
outage_pending_on_alarm(void *arg, int64_t now)
{
	struct outage_pending *l = arg;
	struct error c = { 0 };
	int status;

	(void)now;
	json_decref(outage_start(l->faults, l->name, l->body, &status, &c));
	if (c.status)
		log_msg(l->faults->vault->log, LOG_WARN, "fault", "%s: %s",
		    l->name, c.text);
	error_release(&c);
	outage_pending_free(l);
}

/* Starts an outage later; name and params have been checked. */
static void
outage_pending_add(
    struct faults *f, const char *name, const json_t *body, int64_t wait_ns)
{
	struct outage_pending *l = xcalloc(1, sizeof(*l));

	l->faults = f;
	l->name = xstrdup(name);
	l->body = json_copy((json_t *)(uintptr_t)body);
	json_object_del(l->body, "after");
	l->next = f->pending;
	f->pending = l;
	alarm_init(&l->alarm, outage_pending_on_alarm, l);
	alarm_set(f->real, &l->alarm, clock_now(f->real) + wait_ns);
}

static bool
outage_check_match(const json_t *match, struct error *c)
{
	struct match *m = match_parse((json_t *)(uintptr_t)match, "match", c);

	match_free(m);
	return m != NULL;
}

/* A match can narrow rules by any field, outages of tokens by `token` and
 * `node`, and outages of a whole server by `node` alone. */
static bool
outage_can_narrow(const struct outage *o, const json_t *match, struct error *c)
{
	static const char *const whole[] = { "node", NULL };
	static const char *const tokens[] = { "token", "node", NULL };
	const char *const *words = o->narrows_tokens ? tokens : whole;
	const char *key;
	json_t *value;

	if (o->rules)
		return true;
	json_object_foreach ((json_t *)(uintptr_t)match, key, value) {
		bool fits = false;

		for (int i = 0; words[i]; i++)
			fits = fits || strcmp(words[i], key) == 0;
		if (!fits)
			return error_allowed(c, "match", key, words,
			    "%s is no matter of single requests", o->name);
	}
	return true;
}

/* Checks everything that can be known before it starts. *params is the
 * caller's. */
static bool
outage_check_body(const struct outage *o, const json_t *body,
    struct outage_start_input *in, json_t **params, struct error *c)
{
	struct outage_run *run;
	bool ok;

	if (o->needs_cluster)
		return error_field(c, "", "",
		    "%s needs a cluster of several nodes; this is one node",
		    o->name);
	if (!schema_read(outage_schema, body, "", in, c) ||
	    (in->match &&
		(!outage_check_match(in->match, c) ||
		    !outage_can_narrow(o, in->match, c))) ||
	    !(*params = outage_resolve_params(o, in->params, "params", c)))
		return false;
	run = outage_run_new(NULL, o, json_incref(*params), in->match);
	ok = outage_run_check_rules(run, c);
	outage_run_free(run);
	if (!ok)
		json_decref(*params);
	return ok;
}

bool
outage_check(const char *name, const json_t *body, struct error *c)
{
	const struct outage *o = outage_find(name);
	struct outage_start_input in = { NULL, NULL, 0, 0 };
	json_t *params = NULL;
	bool ok = o ? outage_check_body(o, body, &in, &params, c)
		    : outage_refuse_unknown(name, "", c);

	if (ok)
		json_decref(params);
	return ok;
}

/* Ends the old run first. When the new one cannot begin, the old one starts
 * again. */
static bool
outage_run_replace(struct outage_run *run, int64_t for_ns, struct error *c)
{
	struct faults *f = run->faults;
	struct outage_run *old = outage_run_find(f, run->outage), *again = NULL;
	struct error ignored = { 0 };
	int64_t left = 0;

	if (old) {
		again = outage_run_new(
		    f, old->outage, json_incref(old->params), old->match);
		if (old->until_ns)
			left = old->until_ns - clock_now(f->real);
	}
	while (
	    (old = outage_run_find(f, run->outage))) /* its end may start it */
		outage_run_end(old);
	if (outage_run_begin(run, for_ns, c)) {
		if (again)
			outage_run_free(again);
		return true;
	}
	if (again && (left < 0 || !outage_run_begin(again, left, &ignored)))
		outage_run_free(again);
	error_release(&ignored);
	return false;
}

json_t *
outage_start(struct faults *f, const char *name, json_t *body, int *status,
    struct error *c)
{
	const struct outage *o = outage_find(name);
	struct outage_start_input in = { NULL, NULL, 0, 0 };
	struct outage_run *run;
	json_t *params = NULL, *answer;
	char event[80];

	f->free_outages = outages_free;
	*status = o ? 400 : 404;
	if (!o && !outage_refuse_unknown(name, "", c))
		return NULL;
	if (!outage_check_body(o, body, &in, &params, c))
		return NULL;
	run = outage_run_new(f, o, params, in.match);
	if (in.after_ns) {
		*status = 200;
		answer = outage_run_show(run);
		json_object_set_new(answer, "active", json_false());
		outage_run_free(run);
		outage_pending_add(f, name, body, in.after_ns);
		return answer;
	}
	if (!outage_run_replace(run, in.for_ns, c)) {
		outage_run_free(run);
		return NULL;
	}
	*status = 200;
	answer = outage_run_show(run);
	snprintf(event, sizeof(event), "outage:%s", name);
	faults_event(f, event); /* a listener may end the run */
	return answer;
}

bool
outage_stop(struct faults *f, const char *name, bool *known)
{
	const struct outage *o = outage_find(name);
	struct outage_run *run = o ? outage_run_find(f, o) : NULL;

	*known = o != NULL;
	if (o)
		outage_pending_cancel(f, name);
	if (run)
		outage_run_end(run);
	return run != NULL;
}

bool
outage_is_active(struct faults *f, const char *name)
{
	const struct outage *o = outage_find(name);

	return o && outage_run_find(f, o);
}

int64_t
outage_end_time_ns(struct faults *f, const char *name)
{
	const struct outage *o = outage_find(name);
	struct outage_run *run = o ? outage_run_find(f, o) : NULL;

	if (!run || (!o->stop && !json_array_size(run->rules)))
		return 0;
	return run->until_ns ? run->until_ns : INT64_MAX;
}

const json_t *
outage_active_params(struct faults *f, const char *name)
{
	const struct outage *o = outage_find(name);
	struct outage_run *run = o ? outage_run_find(f, o) : NULL;

	return run ? run->params : NULL;
}

/* ---- showing ---- */

json_t *
outages_show(struct faults *f)
{
	json_t *list = json_array();

	for (int i = 0; outages[i].name; i++) {
		json_t *one = outage_show(&outages[i]);

		json_object_set_new(one, "active",
		    json_boolean(outage_run_find(f, &outages[i]) != NULL));
		json_array_append_new(list, one);
	}
	return json_pack("{s:o}", "outages", list);
}

/* ---- the end ---- */

void
outages_stop(struct faults *f)
{
	while (f->pending)
		outage_pending_free(f->pending);
	while (f->runs)
		outage_run_end(f->runs);
}

/* At the end of the process no state needs to be restored. */
void
outages_free(struct faults *f)
{
	while (f->pending)
		outage_pending_free(f->pending);
	while (f->runs) {
		struct outage_run *run = f->runs;

		f->runs = run->next;
		alarm_cancel(f->real, &run->end_alarm);
		outage_run_free(run);
	}
}

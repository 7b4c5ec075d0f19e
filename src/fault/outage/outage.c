/*
 * Turns outages on and off: puts their rules in, lets them claim and change
 * what they want, ends them in time. Each time one is turned on is a run with
 * an id of its own. outage_table.c lists the outages, outage_params.c reads
 * their params.
 */
#include "fault/outage/outage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/json/jsontree.h"
#include "base/text.h"
#include "core/seal/seal.h"

/* ---- runs ---- */

static void
outage_run_free(struct outage_run *run)
{
	vault_snapshot_free(run->snapshot);
	json_decref(run->params);
	json_decref(run->when);
	json_decref(run->match);
	json_decref(run->rules);
	json_decref(run->saved_state);
	free(run->nodes);
	free(run->owner);
	free(run);
}

static void
outage_run_remove_rules(struct outage_run *run)
{
	for (size_t i = 0; i < json_array_size(run->rules); i++)
		faults_remove(run->faults,
		    json_string_value(json_array_get(run->rules, i)));
	json_array_clear(run->rules);
}

static void
outage_run_cancel_alarms(struct outage_run *run)
{
	alarm_cancel(run->clock, &run->alarm);
	alarm_cancel(run->clock, &run->phase_alarm);
}

static void
outage_run_tell(const struct outage_run *run, const char *change)
{
	json_t *details = outage_run_show(run);

	json_object_del(details, "id"); /* an event has one of its own */
	json_object_set_new(details, "run", json_string(run->id));
	json_object_set_new(details, "change", json_string(change));
	if (strcmp(change, "ended") == 0)
		json_object_set_new(details, "active", json_false());
	faults_tell_observer(run->faults, "outage", details);
}

/* Out of the list, with what was its own undone. What others claim too is
 * settled by outage_conditions_update. */
static void
outage_run_undo(struct outage_run *run)
{
	struct faults *f = run->faults;
	struct outage_run **at = &f->runs;

	while (*at != run)
		at = &(*at)->next;
	*at = run->next;
	outage_run_cancel_alarms(run);
	outage_run_remove_rules(run);
	if (run->snapshot)
		outage_state_give_back(run);
	if (!outage_state_revert(run)) { /* once the vault is open again */
		run->next = f->owed;
		f->owed = run;
	}
}

static bool
outage_run_is_owed(const struct outage_run *run)
{
	for (struct outage_run *r = run->faults->owed; r; r = r->next)
		if (r == run)
			return true;
	return false;
}

static void
outage_run_free_unless_owed(struct outage_run *run)
{
	if (!outage_run_is_owed(run))
		outage_run_free(run);
}

static void
outage_run_end(struct outage_run *run)
{
	struct faults *f = run->faults;
	bool was_on = !run->pending;
	char event[80];

	snprintf(event, sizeof(event), "outage:%s:over", run->outage->name);
	outage_run_tell(run, "ended");
	outage_run_undo(run);
	outage_run_free_unless_owed(run);
	if (!was_on)
		return;
	outage_conditions_update(f);
	faults_event(f, event);
}

static void
outage_settle_owed(struct faults *f)
{
	struct outage_run **at = &f->owed;

	while (*at) {
		struct outage_run *run = *at;

		if (!outage_state_revert(run)) {
			at = &run->next;
			continue;
		}
		*at = run->next;
		outage_run_free(run);
	}
}

/* On nodes a rule of an outage of standbys is met at standbys. */
static json_t *
outage_run_make_rules(const struct outage_run *run)
{
	const struct outage *o = run->outage;
	bool on_nodes = outage_run_has_nodes(run) && o->start_on_nodes;
	json_t *match, *rules;

	if (!on_nodes)
		return outage_make_rules(
		    o, run->params, run->when, run->match, false);
	if (!o->rules_on_nodes && !outage_run_is_of_requests(run))
		return json_array();
	match = run->match ? json_copy(run->match) : json_object();
	if (!json_object_get(match, "node"))
		json_object_set_new(match, "node", json_string("standby"));
	rules = outage_make_rules(
	    o, run->params, run->when, match, !outage_run_is_of_requests(run));
	json_decref(match);
	return rules;
}

/* All rules are parsed before one is put in. */
static bool
outage_run_insert_rules(
    struct outage_run *run, const json_t *list, struct error *c)
{
	const char *base = run->number == 1 ? run->outage->name : run->id;
	struct rule *made[16];
	int n = (int)json_array_size(list);
	char id[OUTAGE_ID_MAX + 20];

	for (int i = 0; i < n; i++) {
		json_t *tree = json_array_get(list, (size_t)i);

		snprintf(id, sizeof(id), n > 1 ? "%s-%d" : "%s", base, i + 1);
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
		made[i]->while_unsealed = run->outage->while_unsealed;
		faults_insert(run->faults, made[i]);
		json_array_insert_new(run->rules, 0, json_string(made[i]->id));
	}
	return true;
}

static void
outage_run_on_alarm(void *arg, int64_t now_ns)
{
	struct outage_run *run = arg;

	(void)now_ns;
	if (!faults_wait_for_nodes(run->faults, run->clock, &run->alarm))
		outage_run_end(run);
}

static void
outage_run_enter_phase(struct outage_run *run)
{
	bool (*phase)(struct outage_run *) = run->outage->start_on_nodes &&
		outage_run_has_nodes(run)
	    ? run->outage->phase_on_nodes
	    : run->outage->phase;
	bool rules_go = phase && phase(run);

	for (size_t i = 0; rules_go && i < json_array_size(run->rules); i++)
		faults_release(run->faults,
		    json_string_value(json_array_get(run->rules, i)));
	if (rules_go)
		outage_run_remove_rules(run);
}

static void
outage_run_on_phase(void *arg, int64_t now_ns)
{
	struct outage_run *run = arg;

	(void)now_ns;
	if (faults_wait_for_nodes(run->faults, run->clock, &run->phase_alarm))
		return;
	outage_run_enter_phase(run);
	outage_conditions_update(run->faults);
}

static struct outage_run *
outage_run_new(struct faults *f, const struct outage *o, json_t *params,
    json_t *when, const json_t *match)
{
	struct outage_run *run = xcalloc(1, sizeof(*run));

	run->faults = f;
	run->outage = o;
	run->params = params;
	run->when = when;
	run->match = match ? json_deep_copy(match) : NULL;
	run->rules = json_array();
	run->clock = f ? f->real : NULL;
	alarm_init(&run->alarm, outage_run_on_alarm, run);
	alarm_init(&run->phase_alarm, outage_run_on_phase, run);
	return run;
}

/* Are its rules right? Asked before the old run is ended. */
static bool
outage_run_check_rules(const struct outage_run *run, struct error *c)
{
	json_t *rules = outage_run_make_rules(run);
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
outage_run_change_state(struct outage_run *run, struct error *c)
{
	const struct outage *o = run->outage;

	memset(&run->claims, 0, sizeof(run->claims));
	if ((o->edit || o->replace) && !faults_can_write(run->faults))
		return outage_no_effect(
		    c, "no node leads, so nobody can change the state");
	return (outage_run_has_nodes(run) ? outage_nodes_start(run, c)
					  : !o->start || o->start(run, c)) &&
	    (!o->replace || outage_state_replace(run, c)) &&
	    (!o->edit || outage_state_edit(run, c));
}

/* Puts it into the list and in force, up to what others claim too. for_ns 0 is
 * without an end. */
static bool
outage_run_begin(struct outage_run *run, int64_t for_ns, struct error *c)
{
	struct faults *f = run->faults;
	json_t *rules = outage_run_make_rules(run);
	bool ok;

	run->pending = false;
	run->serial = ++f->runs_made;
	run->began_ns = clock_now(run->clock);
	run->ends_ns = for_ns ? time_after_ns(run->began_ns, for_ns) : 0;
	ok = outage_run_insert_rules(run, rules, c);
	json_decref(rules);
	if (!ok)
		return false;
	if (!outage_run_change_state(run, c)) {
		outage_run_remove_rules(run);
		return false;
	}
	run->next = f->runs;
	f->runs = run;
	if (run->ends_ns) {
		run->alarm.fn = outage_run_on_alarm;
		alarm_set(run->clock, &run->alarm, run->ends_ns);
	}
	outage_run_enter_phase(run);
	return true;
}

/* ---- which run ---- */

static bool
outage_is_same_json(const json_t *a, const json_t *b)
{
	return a && b ? json_equal(a, b) : a == b;
}

/* Would the new run take the place of the other? */
static bool
outage_run_is_same(const struct outage_run *new, const struct outage_run *old)
{
	const char *subject = new->outage->subject;

	if (new->outage != old->outage || new->pending != old->pending)
		return false;
	if (!new->number != !old->number)
		return false;
	if (!new->number)
		return strcmp(new->id, old->id) == 0;
	return outage_is_same_json(new->match, old->match) &&
	    strcmp(new->owner ? new->owner : "",
		old->owner ? old->owner : "") == 0 &&
	    (!subject ||
		outage_is_same_json(json_object_get(new->params, subject),
		    json_object_get(old->params, subject)));
}

static struct outage_run *
outage_run_find_same(const struct outage_run *new)
{
	for (struct outage_run *r = new->faults->runs; r; r = r->next)
		if (r != new &&outage_run_is_same(new, r))
			return r;
	return NULL;
}

static struct outage_run *
outage_run_by_id(const struct faults *f, const char *id)
{
	for (struct outage_run *r = f->runs; r; r = r->next)
		if (strcmp(r->id, id) == 0)
			return r;
	return NULL;
}

/* The newest that is on. */
static struct outage_run *
outage_run_find(const struct faults *f, const struct outage *o)
{
	for (struct outage_run *r = f->runs; r; r = r->next)
		if (r->outage == o && !r->pending)
			return r;
	return NULL;
}

/* "slow.1", the first that is free. */
static void
outage_run_set_id(struct outage_run *run, const struct outage_run *old)
{
	for (int n = 1;; n++) {
		struct outage_run *other;

		snprintf(
		    run->id, sizeof(run->id), "%s.%d", run->outage->name, n);
		other = outage_run_by_id(run->faults, run->id);
		run->number = n;
		if (!other || other == old)
			return;
	}
}

static bool
outage_run_choose_id(struct outage_run *run, const char *id, struct error *c)
{
	struct outage_run *other;

	run->number = id ? 0 : 1;
	if (!id)
		return true;
	if (!rule_check_id(id, c))
		return false;
	if (outage_find(id))
		return error_field(c, "", "id", "is the name of an outage");
	other = outage_run_by_id(run->faults, id);
	if (other && other->outage != run->outage)
		return error_field(
		    c, "", "id", "%s has it", other->outage->name);
	snprintf(run->id, sizeof(run->id), "%s", id);
	return true;
}

/* ---- on ---- */

struct outage_start_input {
	const json_t *params, *match;
	int64_t for_ns, after_ns;
	int clock;
	const char *id;
};

#define AT(field) offsetof(struct outage_start_input, field)

static const char *const outage_clocks[] = { "real", "virtual", NULL };

const struct schema outage_schema[] = {
	{ "params", FIELD_OBJECT, AT(params), NULL },
	{ "for", FIELD_DURATION, AT(for_ns), NULL },
	{ "match", FIELD_OBJECT, AT(match), NULL },
	{ "after", FIELD_DURATION, AT(after_ns), NULL },
	{ "clock", FIELD_ENUM, AT(clock), outage_clocks },
	{ "id", FIELD_STRING, AT(id), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

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

	if (o->rules && !o->whole_node)
		return true;
	json_object_foreach ((json_t *)(uintptr_t)match, key, value) {
		bool fits = false;

		for (int i = 0; words[i]; i++)
			fits = fits || strcmp(words[i], key) == 0;
		if (!fits)
			return error_allowed(c, "match", key, words,
			    "%s is no matter of single requests: it is the "
			    "whole %s",
			    o->name, o->narrows_tokens ? "token's" : "node's");
	}
	return true;
}

/* Is the param one of "as=a|b"? */
static bool
outage_run_has_word(const struct outage_run *run, const char *words)
{
	size_t n = strcspn(words, "=");
	char name[40];
	const char *value, *at;

	snprintf(name, sizeof(name), "%.*s", (int)n, words);
	value = outage_param_str(run, name);
	at = words + n + 1;
	for (n = strcspn(at, "|");; n = strcspn(at, "|")) {
		if (n == strlen(value) && memcmp(at, value, n) == 0)
			return true;
		if (!at[n])
			return false;
		at += n + 1;
	}
}

/* Where the state is another server's, only what needs none of it works. */
static bool
outage_run_check_upstream(const struct outage_run *run, struct error *c)
{
	const struct outage *o = run->outage;
	const char *upstream = run->faults->host.upstream;

	if (!upstream || (!o->start && !o->edit && !o->replace) ||
	    (o->upstream &&
		(strcmp(o->upstream, "*") == 0 ||
		    outage_run_has_word(run, o->upstream))))
		return true;
	return error_field(c, "", "",
	    "%s changes a vault's own state, and the state here is that of "
	    "%s: %s%s%s",
	    o->name, upstream,
	    o->upstream ? "behind a proxy it works with "
			: "outages and rules that answer in its place work",
	    o->upstream ? o->upstream : "", o->upstream ? " alone" : "");
}

bool
outage_check_nodes(
    const struct faults *f, const struct outage *o, struct error *c)
{
	return o->fidelity != OUTAGE_NEEDS_CLUSTER || f->nodes.n > 0 ||
	    error_field(c, "", "",
		"%s needs a cluster of several nodes; this is one node: "
		"mockvault server -dev -nodes=3 has three",
		o->name);
}

/* Another state has another seal, which the other nodes could not open. */
static bool
outage_check_state(
    const struct faults *f, const struct outage *o, struct error *c)
{
	return !o->replace || f->nodes.n == 0 ||
	    error_field(c, "", "",
		"%s puts another state in the place of all, which is for one "
		"node alone; with several, a reset is as near",
		o->name);
}

/* Checks everything that can be known before it starts. The run is the
 * caller's; NULL and an error. */
static struct outage_run *
outage_check_body(struct faults *f, const struct outage *o, const json_t *body,
    struct outage_start_input *in, struct error *c)
{
	json_t *params, *when = NULL;
	struct outage_run *run;

	if (f && (!outage_check_nodes(f, o, c) || !outage_check_state(f, o, c)))
		return NULL;
	if (!schema_read(outage_schema, body, "", in, c) ||
	    (in->match &&
		(!outage_check_match(in->match, c) ||
		    !outage_can_narrow(o, in->match, c))) ||
	    !(params = outage_resolve_params(
		  o, in->params, "params", &when, c)))
		return NULL;
	if (in->clock && o->rules) { /* its ramps and windows too */
		when = when ? when : json_object();
		json_object_set_new(when, "clock", json_string("virtual"));
	}
	run = outage_run_new(f, o, params, when, in->match);
	if (f && in->clock)
		run->clock = f->vault->clock;
	if (outage_run_check_rules(run, c) &&
	    (!f || outage_run_check_upstream(run, c)) &&
	    (!f || outage_run_choose_id(run, in->id, c)))
		return run;
	outage_run_free(run);
	return NULL;
}

bool
outage_check(const char *name, const json_t *body, struct error *c)
{
	const struct outage *o = outage_find(name);
	struct outage_start_input in = { 0 };
	struct outage_run *run;

	if (!o)
		return outage_refuse_unknown(name, "", c);
	run = outage_check_body(NULL, o, body, &in, c);
	if (run)
		outage_run_free(run);
	return run != NULL;
}

/* A run that was undone goes on. What it claimed still holds; what it edited is
 * edited again, if it can be. */
static void
outage_run_go_on(struct outage_run *run)
{
	struct faults *f = run->faults;
	json_t *rules = outage_run_make_rules(run);
	struct error ignored = { 0 };
	bool ok = outage_run_insert_rules(run, rules, &ignored) &&
	    (!run->outage->replace || outage_state_replace(run, &ignored));

	json_decref(rules);
	if (ok && run->outage->edit)
		outage_state_edit(run, &ignored);
	error_release(&ignored);
	if (!ok) {
		outage_run_free(run);
		return;
	}
	run->next = f->runs;
	f->runs = run;
	if (run->ends_ns)
		alarm_set(run->clock, &run->alarm, run->ends_ns);
	outage_run_enter_phase(run);
}

/* Ends the run that it takes the place of. When the new one cannot begin, the
 * old one goes on. */
static bool
outage_run_replace(struct outage_run *run, int64_t for_ns, struct error *c)
{
	struct outage_run *old = outage_run_find_same(run);

	if (run->number)
		outage_run_set_id(run, old);
	if (old)
		outage_run_undo(old);
	if (outage_run_begin(run, for_ns, c)) {
		if (old)
			outage_run_free_unless_owed(old);
		return true;
	}
	if (old && !outage_run_is_owed(old))
		outage_run_go_on(old);
	return false;
}

/* A run is in force: the events that wait for it come. */
static void
outage_run_on_started(struct outage_run *run)
{
	struct faults *f = run->faults;
	char event[80];

	snprintf(event, sizeof(event), "outage:%s", run->outage->name);
	outage_run_tell(run, "began");
	if (!outage_run_is_kept(run)) {
		outage_run_undo(run);
		outage_run_free_unless_owed(run);
	}
	outage_conditions_update(f);
	faults_event(f, event);
}

static void
outage_pending_on_alarm(void *arg, int64_t now_ns)
{
	struct outage_run *run = arg, **at = &run->faults->runs;
	struct faults *f = run->faults;
	struct error c = { 0 };

	(void)now_ns;
	if (faults_wait_for_nodes(f, run->clock, &run->alarm))
		return;
	while (*at != run)
		at = &(*at)->next;
	*at = run->next;
	run->pending = false;
	if (outage_run_replace(run, run->for_ns, &c)) {
		outage_run_on_started(run);
		return;
	}
	log_msg(f->vault->log, LOG_ERROR, "fault", "%s: %s", run->outage->name,
	    c.text);
	error_release(&c);
	outage_run_free(run);
	outage_conditions_update(f);
}

/* It begins later; params and match have been checked. */
static void
outage_run_postpone(struct outage_run *run, int64_t wait_ns)
{
	struct faults *f = run->faults;
	struct outage_run *old;

	run->pending = true;
	while ((old = outage_run_find_same(run))) {
		outage_run_undo(old);
		outage_run_free(old);
	}
	if (run->number)
		outage_run_set_id(run, NULL);
	run->began_ns = time_after_ns(clock_now(run->clock), wait_ns);
	run->ends_ns = run->for_ns ? time_after_ns(run->began_ns, run->for_ns)
				   : 0;
	run->next = f->runs;
	f->runs = run;
	run->alarm.fn = outage_pending_on_alarm;
	alarm_set(run->clock, &run->alarm, run->began_ns);
}

json_t *
outage_start_owned(struct faults *f, const char *name, json_t *body,
    const char *owner, int *status, struct error *c)
{
	const struct outage *o = outage_find(name);
	struct outage_start_input in = { 0 };
	struct outage_run *run;
	json_t *answer;

	f->free_outages = outages_free;
	f->outages_hear = outages_hear;
	*status = o ? 400 : 404;
	if (!o && !outage_refuse_unknown(name, "", c))
		return NULL;
	run = outage_check_body(f, o, body, &in, c);
	if (!run)
		return NULL;
	run->owner = owner ? xstrdup(owner) : NULL;
	run->for_ns = in.for_ns;
	if (in.after_ns) {
		outage_run_postpone(run, in.after_ns);
		*status = 200;
		return outage_run_show(run);
	}
	if (!outage_run_replace(run, in.for_ns, c)) {
		*status = c->status == 409 ? 409 : 400;
		outage_run_free(run);
		outage_conditions_update(f);
		return NULL;
	}
	*status = 200;
	answer = outage_run_show(run);
	if (!outage_run_is_kept(run))
		json_object_set_new(answer, "final", json_true());
	outage_run_on_started(run); /* a listener may end the run */
	return answer;
}

json_t *
outage_start(struct faults *f, const char *name, json_t *body, int *status,
    struct error *c)
{
	return outage_start_owned(f, name, body, NULL, status, c);
}

/* ---- off ---- */

bool
outage_stop_owned(
    struct faults *f, const char *name, const char *owner, bool *known)
{
	const struct outage *o = outage_find(name);
	const int64_t last_serial = f->runs_made; /* an end may start others */
	struct outage_run *run;
	bool any = false;

	*known = o || outage_run_by_id(f, name);
	for (;;) {
		for (run = f->runs; run; run = run->next)
			if (run->serial <= last_serial &&
			    (run->outage == o || strcmp(run->id, name) == 0) &&
			    (!owner ||
				(run->owner && strcmp(run->owner, owner) == 0)))
				break;
		if (!run)
			return any;
		any = true;
		outage_run_end(run);
	}
}

bool
outage_stop(struct faults *f, const char *name, bool *known)
{
	return outage_stop_owned(f, name, NULL, known);
}

void
outages_stop(struct faults *f)
{
	while (f->runs)
		outage_run_end(f->runs);
}

static bool
outage_run_holds(const struct outage_run *run, enum outage_condition condition)
{
	switch (condition) {
	case OUTAGE_CONDITION_STANDBY:
		return run->claims.standby.on;
	case OUTAGE_CONDITION_SEALED:
		return run->claims.sealed;
	case OUTAGE_CONDITION_DOWN:
		return run->claims.listener != LISTENER_OPEN;
	}
	return false;
}

void
outages_stop_node(struct faults *f, const char *owner, const char *node)
{
	struct outage_run *run;

	do {
		for (run = f->runs; run; run = run->next) {
			const char *only = jsontree_string(run->match, "node");

			if (run->owner && strcmp(run->owner, owner) == 0 &&
			    only && strcmp(only, node) == 0 &&
			    !run->outage->rules)
				break;
		}
		if (run)
			outage_run_end(run);
	} while (run);
}

void
outages_stop_condition(struct faults *f, enum outage_condition condition)
{
	struct outage_run *run;

	do {
		for (run = f->runs; run; run = run->next)
			if (!run->pending && outage_run_holds(run, condition))
				break;
		if (run)
			outage_run_end(run);
	} while (run);
}

/* Somebody leads: what waited for that is over, and what is owed can be
 * written. */
static void
outages_hear_leader(struct faults *f)
{
	struct outage_run *run;

	outage_settle_owed(f);
	do {
		for (run = f->runs; run; run = run->next)
			if (run->outage->ends_with_leader && !run->pending &&
			    !run->ends_ns)
				break;
		if (run)
			outage_run_end(run);
	} while (run);
}

/* Somebody has unsealed what outages hold sealed: they are over. */
void
outages_hear(struct faults *f, const char *event)
{
	if (f->nodes.n > 0) {
		if (strcmp(event, "leader") == 0)
			outages_hear_leader(f);
		return;
	}
	if (strcmp(event, "unsealed") != 0 || seal_is_sealed(f->vault))
		return;
	outage_settle_owed(f);
	outages_stop_condition(f, OUTAGE_CONDITION_SEALED);
}

/* What kept a state aside has nothing to give back any more; edits are made in
 * the new state. */
void
outages_on_state_replaced(struct faults *f)
{
	struct outage_run *run, *owed;

	while ((owed = f->owed)) {
		f->owed = owed->next;
		outage_run_free(owed);
	}
	for (run = f->runs; run; run = run->next)
		run->edited = false;
	for (;;) {
		for (run = f->runs; run && !run->snapshot;)
			run = run->next;
		if (!run)
			break;
		vault_snapshot_free(run->snapshot);
		run->snapshot = NULL;
		outage_run_end(run);
	}
	outages_repeat_edits(f);
	outage_conditions_update(f);
}

/* ---- questions ---- */

/* An outage whose change somebody else has put back is over. */
static void
outages_end_undone(struct faults *f)
{
	struct outage_run *run;

	do {
		for (run = f->runs; run; run = run->next)
			if (run->edited && !outage_state_is_covered(run) &&
			    run->outage->is_undone(run))
				break;
		if (run)
			outage_run_end(run);
	} while (run);
}

bool
outage_is_active(struct faults *f, const char *name)
{
	const struct outage *o = outage_find(name);
	struct outage_run *run = outage_run_by_id(f, name);

	return (o && outage_run_find(f, o)) || (run && !run->pending);
}

int64_t
outage_end_time_ns(
    struct faults *f, const char *name, const struct clock *clock)
{
	const struct outage *o = outage_find(name);
	struct outage_run *run = o ? outage_run_find(f, o)
				   : outage_run_by_id(f, name);

	if (!run)
		return 0;
	return run->ends_ns && run->clock == clock ? run->ends_ns : INT64_MAX;
}

const json_t *
outage_active_params(struct faults *f, const char *name)
{
	const struct outage *o = outage_find(name);
	struct outage_run *run = o ? outage_run_find(f, o) : NULL;

	return run ? run->params : NULL;
}

static json_t *
outage_show_with_runs(struct faults *f, const struct outage *o)
{
	json_t *one = outage_show(o), *runs = json_array();

	json_object_set_new(
	    one, "active", json_boolean(outage_run_find(f, o) != NULL));
	for (struct outage_run *run = f->runs; run; run = run->next)
		if (run->outage == o)
			json_array_insert_new(runs, 0, outage_run_show(run));
	json_object_set_new(one, "runs", runs);
	return one;
}

json_t *
outage_show_state(struct faults *f, const struct outage *o)
{
	outages_end_undone(f);
	return outage_show_with_runs(f, o);
}

json_t *
outages_show(struct faults *f)
{
	json_t *list = json_array();

	outages_end_undone(f);
	for (int i = 0; outages[i].name; i++)
		json_array_append_new(
		    list, outage_show_with_runs(f, &outages[i]));
	return json_pack("{s:o}", "outages", list);
}

/* ---- the end ---- */

/* At the end of the process no state needs to be restored. */
void
outages_free(struct faults *f)
{
	struct outage_run *run;

	while ((run = f->runs)) {
		f->runs = run->next;
		outage_run_cancel_alarms(run);
		outage_run_free(run);
	}
	while ((run = f->owed)) {
		f->owed = run->next;
		outage_run_free(run);
	}
}

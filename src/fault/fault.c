/*
 * The list of rules in the order in which they are tried, and the decision for
 * each connection and request.
 */
#include "fault/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/glob.h"
#include "base/text.h"
#include "base/map.h"
#include "core/expirer.h"
#include "core/seal/seal.h"
#include "fault/rule/rule.h"

static void
faults_on_expiry(void *arg, const struct expiry *x)
{
	char *name = xasprintf("expired:%s", x->id);

	faults_event(arg, name);
	free(name);
}

struct faults *
faults_new(
    struct vault *v, struct clock *real, struct journal *j, uint64_t seed)
{
	struct faults *f = xcalloc(1, sizeof(*f));

	f->vault = f->node = v;
	f->real = real;
	f->journal = j;
	f->seed = seed;
	f->by_id = map_new();
	expirer_add_listener(v, faults_on_expiry, f);
	return f;
}

void
faults_free(struct faults *f)
{
	if (!f)
		return;
	expirer_remove_listener(f->vault, faults_on_expiry, f);
	if (f->free_outages)
		f->free_outages(f);
	faults_clear(f);
	map_free(f->by_id, NULL);
	free(f->rules);
	free(f->marks);
	free(f);
}

void
faults_set_vault(struct faults *f, struct vault *v)
{
	expirer_remove_listener(f->vault, faults_on_expiry, f);
	f->vault = v;
	expirer_add_listener(v, faults_on_expiry, f);
}

void
faults_set_host(struct faults *f, const struct fault_host *host)
{
	f->host = *host;
}

struct clock *
faults_real_clock(struct faults *f)
{
	return f->real;
}

bool
faults_is_idle(const struct faults *f)
{
	return f->nrequest_rules == 0 && !f->on_request;
}

/* ---- what a rule may be asked for ---- */

/* Of a path below /v1/; a slash at its end does not matter. */
static uint32_t
faults_path_mark(const char *path)
{
	size_t n = strlen(path);
	uint32_t h = 2166136261U;

	n -= n && path[n - 1] == '/';
	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)path[i]) * 16777619U;
	h &= ~MARK_LAYERS;
	return h ? h : MARK_LAYERS + 1;
}

static uint32_t
faults_mark_of(const struct rule *r)
{
	const char *path = match_only_path(r->match);

	return (r->for_request ? MARK_REQUEST : 0) |
	    (r->for_connection ? MARK_CONNECTION : 0) |
	    (r->when.on_event || r->when.until_event ? MARK_EVENT : 0) |
	    (path ? faults_path_mark(path) : 0);
}

/* The first rule of the layer from place *i on that may be about this path, by
 * its mark (0: not known); *i moves behind it. NULL: there is none. */
static struct rule *
faults_next_asked(
    const struct faults *f, int *i, uint32_t layer, uint32_t path_mark)
{
	while (*i < f->nrules) {
		uint32_t mark = f->marks[(*i)++], path = mark & ~MARK_LAYERS;

		if (mark & layer && (!path || path == path_mark))
			return f->rules[*i - 1];
	}
	return NULL;
}

/* ---- the list ---- */

static bool
faults_is_rule_before(const struct rule *a, const struct rule *b)
{
	if (a->priority != b->priority)
		return a->priority < b->priority;
	return a->serial > b->serial;
}

/* The place of a rule, or the one where it belongs. */
static int
faults_place_of(const struct faults *f, const struct rule *r)
{
	int low = 0, high = f->nrules;

	while (low < high) {
		int middle = low + (high - low) / 2;

		if (faults_is_rule_before(f->rules[middle], r))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
faults_count_rule(struct faults *f, uint32_t mark, int by)
{
	if (mark & MARK_REQUEST)
		f->nrequest_rules += by;
	if (mark & MARK_CONNECTION)
		f->nconnection_rules += by;
	if (mark & MARK_EVENT)
		f->nevent_rules += by;
}

static void
faults_insert_sorted(struct faults *f, struct rule *r)
{
	int i = faults_place_of(f, r);

	if (f->nrules == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 16;
		f->rules = xrealloc(
		    f->rules, (size_t)f->cap * sizeof(*f->rules));
		f->marks = xrealloc(
		    f->marks, (size_t)f->cap * sizeof(*f->marks));
	}
	memmove(&f->rules[i + 1], &f->rules[i],
	    (size_t)(f->nrules - i) * sizeof(*f->rules));
	memmove(&f->marks[i + 1], &f->marks[i],
	    (size_t)(f->nrules - i) * sizeof(*f->marks));
	f->rules[i] = r;
	f->marks[i] = faults_mark_of(r);
	f->nrules++;
	faults_count_rule(f, f->marks[i], 1);
	(void)map_put(f->by_id, r->id, r);
}

static struct clock *
faults_expiry_clock(const struct rule *r)
{
	return r->expires_virtual ? r->faults->vault->clock : r->faults->real;
}

static void
faults_tell_of_rule(const struct rule *r, const char *change)
{
	faults_tell_observer(r->faults, "rule",
	    json_pack("{s:s, s:s, s:s*}", "rule", r->id, "change", change,
		"outage", *r->outage_name ? r->outage_name : NULL));
}

static void
faults_remove_rule(struct faults *f, struct rule *r)
{
	int i = faults_place_of(f, r);

	faults_tell_of_rule(r, "ended");
	faults_count_rule(f, f->marks[i], -1);
	memmove(&f->rules[i], &f->rules[i + 1],
	    (size_t)(f->nrules - i - 1) * sizeof(*f->rules));
	memmove(&f->marks[i], &f->marks[i + 1],
	    (size_t)(f->nrules - i - 1) * sizeof(*f->marks));
	f->nrules--;
	(void)map_take(f->by_id, r->id);
	alarm_cancel(faults_expiry_clock(r), &r->expiry);
	if (f->on_removed)
		f->on_removed(f->on_removed_arg, r);
	rule_release(r);
}

static void
faults_expire_rule(void *arg, int64_t now_ns)
{
	struct rule *r = arg;

	(void)now_ns;
	if (faults_find(r->faults, r->id) == r) /* else it has ended already */
		faults_remove_rule(r->faults, r);
}

/* Sets the counters as those of a new rule. */
static void
faults_reset_rule(struct rule *r)
{
	r->matched = r->acted = 0;
	r->window_start_ns = r->window_count = r->blocked_until_ns = 0;
	r->exhausted = r->ended = false;
	r->waits_for_event = r->when.on_event != NULL;
	when_activate(r);
}

void
rule_enable(struct rule *r, bool on)
{
	r->enabled = on;
	faults_tell_of_rule(r, on ? "enabled" : "disabled");
}

struct rule *
faults_insert(struct faults *f, struct rule *r)
{
	char id[32];

	r->faults = f;
	r->serial = ++f->serial;
	r->first_conn_id = f->last_conn_id + 1;
	while (!r->id) {
		snprintf(id, sizeof(id), "rule-%lld", (long long)++f->ids_made);
		if (!faults_find(f, id))
			r->id = xstrdup(id);
	}
	faults_reset_rule(r);
	alarm_init(&r->expiry, faults_expire_rule, r);
	if (r->expires_in_ns)
		alarm_set(faults_expiry_clock(r), &r->expiry,
		    time_after_ns(
			clock_now(faults_expiry_clock(r)), r->expires_in_ns));
	faults_insert_sorted(f, r);
	faults_tell_of_rule(r, "began");
	return r;
}

struct rule *
faults_add(struct faults *f, json_t *tree, bool *exists, struct error *c)
{
	struct rule *r = rule_parse(tree, c);

	*exists = false;
	if (!r)
		return NULL;
	if (r->id && faults_find(f, r->id)) {
		*exists = true;
		error_field(c, "", "id", "a rule \"%s\" exists", r->id);
		rule_release(r);
		return NULL;
	}
	return faults_insert(f, r);
}

struct rule *
faults_replace(struct faults *f, const char *id, json_t *tree, struct error *c)
{
	struct rule *r = rule_check_id(id, c) ? rule_parse(tree, c) : NULL;
	struct rule *before;

	if (!r)
		return NULL;
	if (r->id && strcmp(r->id, id) != 0) {
		error_field(c, "", "id", "is \"%s\" in the path", id);
		rule_release(r);
		return NULL;
	}
	before = faults_find(f, id);
	if (before)
		faults_remove_rule(f, before);
	if (!r->id)
		r->id = xstrdup(id);
	return faults_insert(f, r);
}

struct rule *
faults_find(struct faults *f, const char *id)
{
	return map_get(f->by_id, id);
}

bool
faults_remove(struct faults *f, const char *id)
{
	struct rule *r = faults_find(f, id);

	if (r)
		faults_remove_rule(f, r);
	return r != NULL;
}

void
faults_on_released(
    struct faults *f, int64_t (*fn)(void *arg, struct rule *r), void *arg)
{
	f->on_released = fn;
	f->on_released_arg = arg;
}

int64_t
faults_release(struct faults *f, const char *id)
{
	struct rule *r = faults_find(f, id);
	int64_t n = 0;

	if (!r)
		return -1;
	r->refs++; /* what goes on may end it */
	if (f->on_released)
		n = f->on_released(f->on_released_arg, r);
	rule_release(r);
	return n;
}

void
faults_clear_begin(struct faults *f)
{
	(void)faults_clear_some(f, f->nended);
	f->ended = f->rules;
	f->nended = f->nrules;
	f->ended_by_id = f->by_id;
	free(f->marks);
	f->rules = NULL;
	f->marks = NULL;
	f->nrules = f->cap = 0;
	f->nrequest_rules = f->nconnection_rules = f->nevent_rules = 0;
	f->by_id = map_new();
	if (f->nended > 0 && f->on_removed)
		f->on_removed(f->on_removed_arg, NULL);
}

bool
faults_clear_some(struct faults *f, int n)
{
	while (n-- > 0 && f->nended > 0) {
		struct rule *r = f->ended[--f->nended];

		faults_tell_of_rule(r, "ended");
		(void)map_take(f->ended_by_id, r->id);
		alarm_cancel(faults_expiry_clock(r), &r->expiry);
		rule_release(r);
	}
	if (f->nended > 0)
		return true;
	free(f->ended);
	f->ended = NULL;
	map_free(f->ended_by_id, NULL);
	f->ended_by_id = NULL;
	return false;
}

void
faults_clear(struct faults *f)
{
	faults_clear_begin(f);
	(void)faults_clear_some(f, f->nended);
}

void
faults_reset_counters(struct faults *f)
{
	for (int i = 0; i < f->nrules; i++)
		faults_reset_rule(f->rules[i]);
	f->ids_made = 0;
}

struct rule *
faults_next(const struct faults *f, struct rule_place *place)
{
	struct rule last = { .priority = place->priority,
		.serial = place->serial };
	struct rule *r;
	int i = place->at;

	/* It stands where it stood, unless others have come or gone. */
	if (i > 0 &&
	    (i > f->nrules || f->rules[i - 1]->serial != place->serial)) {
		i = faults_place_of(f, &last);
		if (i < f->nrules && f->rules[i]->serial == place->serial)
			i++;
	}
	if (i >= f->nrules)
		return NULL;
	r = f->rules[i];
	*place = (struct rule_place){ r->priority, r->serial, i + 1 };
	return r;
}

int
faults_count(const struct faults *f)
{
	return f->nrules;
}

void
faults_on_removed(
    struct faults *f, void (*fn)(void *arg, struct rule *r), void *arg)
{
	f->on_removed = fn;
	f->on_removed_arg = arg;
}

/* ---- asking ---- */

static bool
faults_rule_covers(const struct rule *r, const struct request_info *info)
{
	if (r->while_unsealed && seal_is_sealed(r->faults->vault))
		return false;
	return !r->new_only || info->conn_id >= r->first_conn_id;
}

static void
faults_announce_exhausted(struct rule *r)
{
	char name[140];

	if (r->exhausted || r->when.times < 0 || r->acted < r->when.times)
		return;
	r->exhausted = true;
	faults_tell_of_rule(r, "exhausted");
	snprintf(name, sizeof(name), "rule:%s:exhausted", r->id);
	faults_event(r->faults, name);
}

/* The n-th match of a rule is an event as well. The journal does not keep it,
 * because it has the request itself. */
static void
faults_announce_match(struct rule *r)
{
	char name[160];

	snprintf(name, sizeof(name), "request:%s:%lld", r->id,
	    (long long)r->matched);
	faults_notify(r->faults, name);
}

static void
faults_run_actions(struct rule *r, const struct request_info *info,
    struct arena *arena, struct fault_decision *decision)
{
	struct action_context ctx = { r, info, arena, r->matched, 0 };

	for (; ctx.action_index < r->nactions; ctx.action_index++) {
		const struct action *a = &r->actions[ctx.action_index];

		if (a->kind->apply_to_request && a->at != ACTION_AT_ACCEPT &&
		    a->at != ACTION_AT_HANDSHAKE)
			a->kind->apply_to_request(a, &ctx, decision);
		else if (a->kind->apply_to_request && !r->for_connection)
			a->kind->apply_to_request(a, &ctx, decision);
	}
	decision->action = r->actions[r->nactions - 1].kind->name;
}

/* True: the rule decides, so no later rule is asked. */
static bool
faults_apply_rule(struct rule *r, const struct request_info *info,
    struct arena *arena, struct fault_decision *decision)
{
	r->refs++;
	faults_run_actions(r, info, arena, decision);
	faults_announce_exhausted(r);
	if (r->commit == COMMIT_PASSTHROUGH && decision->npassthrough < 4) {
		decision->passthrough_rules[decision->npassthrough++] = r;
		return false;
	}
	decision->rule = r;
	decision->skip_operation = r->commit == COMMIT_NONE;
	return true;
}

void
faults_decide_request(struct faults *f, const struct request_info *info,
    struct arena *arena, struct fault_decision *decision)
{
	uint32_t path_mark = f->nrequest_rules && info->path
	    ? faults_path_mark(info->path)
	    : 0;
	struct rule *r;
	int i = 0;

	if (info->conn_id > f->last_conn_id)
		f->last_conn_id = info->conn_id;
	if (f->on_request)
		f->on_request(f->on_request_arg, info);
	while ((r = faults_next_asked(f, &i, MARK_REQUEST, path_mark))) {
		int64_t before;
		bool acts, decided;

		if (!faults_rule_covers(r, info) ||
		    !match_request(r->match, info, NULL))
			continue;
		r->refs++; /* a listener may remove it */
		before = r->matched;
		acts = when_acts(r, NULL);
		if (r->matched != before)
			faults_announce_match(r);
		decided = acts && faults_apply_rule(r, info, arena, decision);
		rule_release(r);
		if (decided)
			return;
	}
}

static void
faults_release_rule(struct rule *r)
{
	r->active--;
	rule_release(r);
}

void
faults_release_decision(struct faults *f, struct fault_decision *decision)
{
	(void)f;
	if (decision->rule)
		faults_release_rule(decision->rule);
	for (int i = 0; i < decision->npassthrough; i++)
		faults_release_rule(decision->passthrough_rules[i]);
	decision->rule = NULL;
	decision->npassthrough = 0;
}

bool
faults_count_conns(const struct faults *f)
{
	const struct rule *r;
	int i = 0;

	while (f->nconnection_rules > 0 &&
	    (r = faults_next_asked(f, &i, MARK_CONNECTION, 0)))
		if (r->when.open_over >= 0)
			return true;
	return false;
}

bool
faults_decide_connection(
    struct faults *f, const struct request_info *info, struct conn_faults *out)
{
	bool last = false;
	struct rule *r;
	int i = 0;

	if (info->conn_id > f->last_conn_id)
		f->last_conn_id = info->conn_id;
	while (f->nconnection_rules > 0 && !last &&
	    (r = faults_next_asked(f, &i, MARK_CONNECTION, 0))) {
		struct action_context ctx = { r, info, NULL, 0, 0 };

		if (!faults_rule_covers(r, info) ||
		    info->open_conns <= r->when.open_over ||
		    !match_request(r->match, info, NULL) || !when_acts(r, NULL))
			continue;
		ctx.ordinal = r->matched;
		for (; ctx.action_index < r->nactions; ctx.action_index++) {
			const struct action *a = &r->actions[ctx.action_index];

			if (a->kind->apply_to_connection &&
			    (a->at == ACTION_AT_ACCEPT ||
				a->at == ACTION_AT_HANDSHAKE))
				a->kind->apply_to_connection(a, &ctx, out);
		}
		r->active--; /* it lasts no longer than this call */
		out->set = true;
		last = r->commit != COMMIT_PASSTHROUGH;
		faults_announce_exhausted(r); /* a listener may remove r */
	}
	return out->set;
}

/* ---- explain ---- */

/* Runs the actions of its next match on a copy, without events. The rule may go
 * before all are asked, so that its body is copied. */
static void
faults_dry_run(
    struct rule *r, const struct request_info *info, struct fault_dry_run *d)
{
	struct fault_decision *decision = &d->decision;
	const char *before = decision->body.p;
	struct rule next = *r;

	next.matched++;
	next.dry_run = true;
	faults_run_actions(&next, info, d->arena, decision);
	if (decision->body.p != before)
		decision->body.p = arena_strndup(
		    d->arena, decision->body.p, decision->body.n);
	decision->skip_operation = r->commit == COMMIT_NONE;
	d->decided = r->commit != COMMIT_PASSTHROUGH;
}

/* Does the rule's match fit? What the journal does not keep of a request is no
 * reason to say that it does not. */
static bool
faults_explain_match(const struct rule *r, const struct request_info *info,
    struct mismatch *differs)
{
	struct error c = { 0 };
	bool known = !info->journalled ||
	    match_is_answerable(r->match, "match", &c);

	if (!known)
		error_print(&c, differs->text, sizeof(differs->text));
	error_release(&c);
	return known && match_request(r->match, info, differs);
}

json_t *
faults_explain_next(const struct faults *f, struct fault_dry_run *d,
    const struct request_info *info)
{
	struct rule *r = faults_next(f, &d->place);
	struct mismatch differs = { "" };
	const char *why = "it acts";
	bool fits, acts;

	if (!r)
		return NULL;
	fits = r->for_request && faults_explain_match(r, info, &differs);
	acts = fits && when_would_act(r, &why);
	if (!r->for_request)
		why = "it acts on connections, not on requests";
	else if (!fits)
		why = differs.text;
	else if (acts && d->decided)
		why = "it would act, but a rule before it decides";
	if (acts && !d->decided)
		faults_dry_run(r, info, d);
	return json_pack(
	    "{s:s, s:b, s:s}", "id", r->id, "matched", fits, "why", why);
}

void
faults_on_request(struct faults *f,
    void (*fn)(void *arg, const struct request_info *info), void *arg)
{
	f->on_request = fn;
	f->on_request_arg = arg;
}

/*
 * The engine: rules in their order, asked for each connection and request.
 */
#include "fault/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/expirer.h"
#include "fault/outage/outage.h"
#include "fault/rule/rule.h"

static void
hear_expiry(void *arg, const struct expiry *x)
{
	char name[400];

	snprintf(name, sizeof(name), "expired:%s", x->id);
	faults_event(arg, name);
}

struct faults *
faults_new(struct vault *v, struct clock *real, struct journal *j,
    uint64_t seed)
{
	struct faults *f = xcalloc(1, sizeof(*f));

	f->vault = v;
	f->real = real;
	f->journal = j;
	f->seed = seed;
	expiry_listen(v, hear_expiry, f);
	return f;
}

void
faults_free(struct faults *f)
{
	if (!f)
		return;
	expiry_unlisten(f->vault, hear_expiry, f);
	outages_free(f);
	faults_clear(f);
	free(f->rules);
	free(f);
}

void
faults_host(struct faults *f, const struct fault_host *host)
{
	f->host = *host;
}

struct clock *
faults_real(struct faults *f)
{
	return f->real;
}

bool
faults_idle(const struct faults *f)
{
	return f->nrequest == 0 && !f->on_request;
}

/* ---- the list ---- */

static bool
before(const struct rule *a, const struct rule *b)
{
	if (a->priority != b->priority)
		return a->priority < b->priority;
	return a->serial > b->serial;
}

static void
count_layers(struct faults *f)
{
	f->nrequest = 0;
	for (int i = 0; i < f->n; i++)
		f->nrequest += f->rules[i]->for_request;
}

static void
put_in_order(struct faults *f, struct rule *r)
{
	int i;

	if (f->n == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 16;
		f->rules = xrealloc(f->rules,
		    (size_t)f->cap * sizeof(struct rule *));
	}
	for (i = f->n; i > 0 && before(r, f->rules[i - 1]); i--)
		f->rules[i] = f->rules[i - 1];
	f->rules[i] = r;
	f->n++;
	count_layers(f);
}

static int
place_of(const struct faults *f, const char *id)
{
	for (int i = 0; i < f->n; i++)
		if (strcmp(f->rules[i]->id, id) == 0)
			return i;
	return -1;
}

static void
take_out(struct faults *f, int i)
{
	struct rule *r = f->rules[i];

	memmove(&f->rules[i], &f->rules[i + 1],
	    (size_t)(f->n - i - 1) * sizeof(struct rule *));
	f->n--;
	count_layers(f);
	alarm_cancel(f->real, &r->expiry);
	if (f->on_removed)
		f->on_removed(f->on_removed_arg, r);
	rule_put(r);
}

static void
expire(void *arg, int64_t now)
{
	struct rule *r = arg;

	(void)now;
	faults_remove(r->faults, r->id);
}

static void
activate(struct rule *r)
{
	r->since_real = clock_now(r->faults->real);
	r->since_virt = vault_now(r->faults->vault);
}

/* Counters as if it had just been made. */
static void
rewind_rule(struct rule *r)
{
	r->matched = r->acted = 0;
	r->window_start = r->window_count = r->blocked_until = 0;
	r->exhausted = r->over = false;
	r->waiting = r->when.on != NULL;
	activate(r);
}

struct rule *
faults_insert(struct faults *f, struct rule *r)
{
	char id[32];

	r->faults = f;
	r->serial = ++f->serial;
	r->first_conn = f->last_conn + 1;
	while (!r->id) {
		snprintf(id, sizeof(id), "rule-%lld", (long long)++f->made);
		if (place_of(f, id) < 0)
			r->id = xstrdup(id);
	}
	rewind_rule(r);
	alarm_init(&r->expiry, expire, r);
	if (r->expires_in)
		alarm_set(f->real, &r->expiry,
		    clock_now(f->real) + r->expires_in);
	put_in_order(f, r);
	return r;
}

struct rule *
faults_add(struct faults *f, json_t *tree, bool *exists, struct complaint *c)
{
	struct rule *r = rule_parse(tree, c);

	*exists = false;
	if (!r)
		return NULL;
	if (r->id && place_of(f, r->id) >= 0) {
		*exists = true;
		complain(c, "", "id", "a rule \"%s\" exists", r->id);
		rule_put(r);
		return NULL;
	}
	return faults_insert(f, r);
}

struct rule *
faults_replace(struct faults *f, const char *id, json_t *tree,
    struct complaint *c)
{
	struct rule *r = rule_id_ok(id, c) ? rule_parse(tree, c) : NULL;
	int i;

	if (!r)
		return NULL;
	if (r->id && strcmp(r->id, id) != 0) {
		complain(c, "", "id", "is \"%s\" in the path", id);
		rule_put(r);
		return NULL;
	}
	i = place_of(f, id);
	if (i >= 0)
		take_out(f, i);
	if (!r->id)
		r->id = xstrdup(id);
	return faults_insert(f, r);
}

struct rule *
faults_find(struct faults *f, const char *id)
{
	int i = place_of(f, id);

	return i < 0 ? NULL : f->rules[i];
}

bool
faults_remove(struct faults *f, const char *id)
{
	int i = place_of(f, id);

	if (i < 0)
		return false;
	take_out(f, i);
	return true;
}

void
faults_clear(struct faults *f)
{
	while (f->n > 0)
		take_out(f, f->n - 1);
}

void
faults_rewind(struct faults *f)
{
	for (int i = 0; i < f->n; i++)
		rewind_rule(f->rules[i]);
	f->made = 0;
}

json_t *
faults_show(struct faults *f)
{
	json_t *list = json_array();

	for (int i = 0; i < f->n; i++)
		json_array_append_new(list, rule_show(f->rules[i]));
	return json_pack("{s:o}", "faults", list);
}

void
faults_on_removed(struct faults *f, void (*fn)(void *arg, struct rule *r),
    void *arg)
{
	f->on_removed = fn;
	f->on_removed_arg = arg;
}

/* ---- asking ---- */

static bool
concerns(const struct rule *r, const struct facts *facts)
{
	return !r->new_only || facts->conn_id >= r->first_conn;
}

static void tell(struct faults *f, const char *name);

static void
tell_exhausted(struct rule *r)
{
	char name[140];

	if (r->exhausted || r->when.times < 0 || r->acted < r->when.times)
		return;
	r->exhausted = true;
	snprintf(name, sizeof(name), "rule:%s:exhausted", r->id);
	faults_event(r->faults, name);
}

/* The n-th request that a rule meets is an event as well; the journal, which has
 * the request itself, does not keep it. */
static void
tell_match(struct rule *r)
{
	char name[160];

	snprintf(name, sizeof(name), "request:%s:%lld", r->id,
	    (long long)r->matched);
	tell(r->faults, name);
}

static void
perform(struct rule *r, const struct facts *facts, struct arena *arena,
    struct fault_plan *plan)
{
	struct acting by = { r, facts, arena, r->matched, 0 };

	for (; by.index < r->nactions; by.index++) {
		const struct action *a = &r->actions[by.index];

		if (a->kind->request && a->at != AT_ACCEPT &&
		    a->at != AT_HANDSHAKE)
			a->kind->request(a, &by, plan);
		else if (a->kind->request && !r->for_connection)
			a->kind->request(a, &by, plan);
	}
	plan->action = r->actions[r->nactions - 1].kind->name;
}

/* true: the rule decides, nobody after it is asked. */
static bool
take_part(struct rule *r, const struct facts *facts, struct arena *arena,
    struct fault_plan *plan)
{
	r->refs++;
	perform(r, facts, arena, plan);
	tell_exhausted(r);
	if (r->commit == COMMIT_PASSTHROUGH && plan->npassed < 4) {
		plan->passed[plan->npassed++] = r;
		return false;
	}
	plan->rule = r;
	plan->no_effect = r->commit == COMMIT_NONE;
	return true;
}

void
faults_request(struct faults *f, const struct facts *facts,
    struct arena *arena, struct fault_plan *plan)
{
	if (facts->conn_id > f->last_conn)
		f->last_conn = facts->conn_id;
	if (f->on_request)
		f->on_request(f->on_request_arg, facts);
	for (int i = 0; i < f->n; i++) {
		struct rule *r = f->rules[i];
		int64_t before;
		bool acts, decided;

		if (!r->for_request || !concerns(r, facts) ||
		    !match_fits(r->match, facts, NULL, 0))
			continue;
		r->refs++; /* who hears of it may remove it */
		before = r->matched;
		acts = when_acts(r, NULL, 0);
		if (r->matched != before)
			tell_match(r);
		decided = acts && take_part(r, facts, arena, plan);
		rule_put(r);
		if (decided)
			return;
	}
}

static void
done_with(struct rule *r)
{
	r->active--;
	rule_put(r);
}

void
faults_done(struct faults *f, struct fault_plan *plan)
{
	(void)f;
	if (plan->rule)
		done_with(plan->rule);
	for (int i = 0; i < plan->npassed; i++)
		done_with(plan->passed[i]);
	plan->rule = NULL;
	plan->npassed = 0;
}

bool
faults_connection(struct faults *f, const struct facts *facts,
    struct wire_conn *out)
{
	bool last = false;

	if (facts->conn_id > f->last_conn)
		f->last_conn = facts->conn_id;
	for (int i = 0; i < f->n && !last; i++) {
		struct rule *r = f->rules[i];
		struct acting by = { r, facts, NULL, 0, 0 };

		if (!r->for_connection || !concerns(r, facts) ||
		    !match_fits(r->match, facts, NULL, 0) ||
		    !when_acts(r, NULL, 0))
			continue;
		by.ordinal = r->matched;
		for (; by.index < r->nactions; by.index++) {
			const struct action *a = &r->actions[by.index];

			if (a->kind->connection &&
			    (a->at == AT_ACCEPT || a->at == AT_HANDSHAKE))
				a->kind->connection(a, &by, out);
		}
		r->active--; /* over at once */
		out->set = true;
		last = r->commit != COMMIT_PASSTHROUGH;
		tell_exhausted(r); /* who hears of it may remove r */
	}
	return out->set;
}

/* ---- explain ---- */

/* What its next match would do, but for events. */
static void
imagine(struct rule *r, const struct facts *facts, struct arena *arena,
    struct fault_plan *plan)
{
	struct rule next = *r;

	next.matched++;
	next.imagined = true;
	perform(&next, facts, arena, plan);
}

json_t *
faults_explain(struct faults *f, const struct facts *facts,
    struct arena *arena, struct fault_plan *plan)
{
	json_t *list = json_array();
	bool decided = false;

	for (int i = 0; i < f->n; i++) {
		struct rule *r = f->rules[i];
		char why[400] = "it acts";
		bool fits = r->for_request
		    ? match_fits(r->match, facts, why, sizeof(why))
		    : false;
		bool acts = fits && when_would(r, why, sizeof(why));

		if (!r->for_request)
			snprintf(why, sizeof(why),
			    "it acts on connections, not on requests");
		if (acts && decided)
			snprintf(why, sizeof(why),
			    "it would act, but a rule before it decides");
		if (acts && !decided) {
			imagine(r, facts, arena, plan);
			decided = r->commit != COMMIT_PASSTHROUGH;
			plan->no_effect = r->commit == COMMIT_NONE;
		}
		json_array_append_new(list,
		    json_pack("{s:s, s:b, s:s}", "id", r->id, "matched", fits,
			"why", why));
	}
	return list;
}

void
faults_on_request(struct faults *f,
    void (*fn)(void *arg, const struct facts *facts), void *arg)
{
	f->on_request = fn;
	f->on_request_arg = arg;
}

/* ---- events ---- */

static void
tell(struct faults *f, const char *name)
{
	for (int i = 0; i < f->n; i++) {
		struct rule *r = f->rules[i];

		if (r->waiting && match_glob(r->when.on, name)) {
			r->waiting = false;
			activate(r);
		} else if (!r->waiting && r->when.until &&
		    match_glob(r->when.until, name)) {
			r->over = true;
		}
	}
	if (f->on_event)
		f->on_event(f->on_event_arg, name);
}

void
faults_event(struct faults *f, const char *name)
{
	if (f->journal)
		journal_event(f->journal, name);
	tell(f, name);
}

void
faults_on_event(struct faults *f, void (*fn)(void *arg, const char *name),
    void *arg)
{
	f->on_event = fn;
	f->on_event_arg = arg;
}

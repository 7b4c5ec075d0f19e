/*
 * The state as a whole: back to the start, named snapshots.
 */
#include "control/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "control/event_log.h"
#include "core/state/snapshot.h"

struct named_snapshot {
	struct named_snapshot *next; /* sorted by name */
	char *name;
	int64_t taken_ns; /* real ns */
	struct vault_snapshot *snapshot;
};

/* ---- reset ---- */

static void
control_reset_faults(struct control *c)
{
	if (!c->faults)
		return;
	outages_stop(c->faults);
	faults_clear_begin(c->faults);
}

static void
control_reset_clock(struct control *c)
{
	if (c->host.reset_clock)
		c->host.reset_clock(c->host.arg);
}

static void
control_reset_state(struct control *c)
{
	c->state_stays = !c->host.reset_state(c->host.arg);
	if (c->faults)
		outages_on_state_replaced(c->faults);
}

static void
control_reset_journal(struct control *c)
{
	if (c->journal)
		journal_clear(c->journal);
	control_clear_statements(c->vault);
}

static void
control_reset_counters(struct control *c)
{
	if (c->faults)
		faults_reset_counters(c->faults);
}

static void
control_reset_scenarios(struct control *c)
{
	if (c->scenarios)
		scenarios_reset(c->scenarios);
}

/* In this order: what an outage or a scenario holds is let go before the state
 * goes back, and the clock shows the start's time when it does. */
enum {
	RESET_SCENARIOS,
	RESET_FAULTS,
	RESET_CLOCK,
	RESET_STATE,
};

static const struct reset_part {
	const char *name;
	void (*reset)(struct control *c);
} reset_parts[] = {
	[RESET_SCENARIOS] = { "scenarios", control_reset_scenarios },
	[RESET_FAULTS] = { "faults", control_reset_faults },
	[RESET_CLOCK] = { "clock", control_reset_clock },
	[RESET_STATE] = { "state", control_reset_state },
	{ "journal", control_reset_journal },
	{ "counters", control_reset_counters },
};

#define RESET_PARTS (sizeof(reset_parts) / sizeof(reset_parts[0]))

struct reset_choice {
	bool chosen[RESET_PARTS];
};

json_t *
control_reset_openapi_schema(void)
{
	json_t *fields = json_object();

	for (size_t i = 0; i < RESET_PARTS; i++)
		json_object_set_new(fields, reset_parts[i].name,
		    json_pack("{s:s}", "type", "boolean"));
	return json_pack("{s:s, s:o, s:b}", "type", "object", "properties",
	    fields, "additionalProperties", 0);
}

/* What is said true, or, when nothing is, all but what is said false. */
static bool
control_reset_choose(
    const json_t *body, struct reset_choice *choice, struct error *c)
{
	struct schema schema[RESET_PARTS + 1];
	bool any_chosen = false;

	memset(choice, 0, sizeof(*choice));
	memset(schema, 0, sizeof(schema));
	for (size_t i = 0; i < RESET_PARTS; i++) {
		schema[i].name = reset_parts[i].name;
		schema[i].type = FIELD_BOOL;
		schema[i].offset = i * sizeof(bool);
	}
	if (!schema_read(schema, body, "", choice, c))
		return false;
	for (size_t i = 0; i < RESET_PARTS; i++)
		any_chosen |= choice->chosen[i];
	for (size_t i = 0; !any_chosen && i < RESET_PARTS; i++)
		choice->chosen[i] = !json_is_false(
		    json_object_get(body, reset_parts[i].name));
	return true;
}

enum handler_result
control_state_error(struct request *req, const char *text)
{
	struct error c = { 0 };

	error_field(&c, "", "", "%s; the log says more", text);
	return control_fail(req, 500, &c);
}

/* All is as it was at the start: what flags asked for then begins anew. */
static enum handler_result
control_reset_answer(struct request *req, void *arg)
{
	const struct reset_choice *choice = arg;
	struct control *c = control_of(req);
	json_t *done;

	if (choice->chosen[RESET_STATE] && c->state_stays)
		return control_state_error(
		    req, "the state of the start cannot be put back");
	done = json_array();

	for (size_t i = 0; i < RESET_PARTS; i++)
		if (choice->chosen[i])
			json_array_append_new(
			    done, json_string(reset_parts[i].name));
	event_log_add(c->events, EVENT_STATE,
	    json_pack("{s:s, s:O}", "change", "reset", "parts", done));
	if (choice->chosen[RESET_FAULTS] && c->host.restart_faults)
		c->host.restart_faults(c->host.arg);
	if (choice->chosen[RESET_SCENARIOS] && c->host.restart_scenario)
		c->host.restart_scenario(c->host.arg);
	return control_reply(req, 200, json_pack("{s:o}", "reset", done));
}

static void
control_reset_some(struct control *c, const struct reset_choice *choice,
    size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (choice->chosen[i])
			reset_parts[i].reset(c);
}

static enum handler_result
control_reset_rest(struct request *req, struct reset_choice *choice)
{
	control_reset_some(control_of(req), choice, RESET_STATE, RESET_PARTS);
	return control_faults_clear_wait(req, control_reset_answer, choice);
}

/* ---- several nodes: the state goes back once one of them leads ---- */

struct reset_wait {
	struct request *req; /* NULL: its client has gone */
	struct reset_choice *choice;
};

static void
control_reset_on_recovered(void *arg)
{
	struct reset_wait *wait = arg;
	struct request *req = wait->req;

	if (req) {
		req->fault.cancel = NULL;
		pipeline_resume(req, control_reset_rest(req, wait->choice));
	}
	free(wait);
}

static void
control_reset_cancel(struct request *req)
{
	struct reset_wait *wait = req->fault.cancel_arg;

	wait->req = NULL;
	pipeline_abandon(req);
}

static enum handler_result
control_reset_nodes(struct request *req, struct reset_choice *choice)
{
	struct control *c = control_of(req);
	struct reset_wait *wait = xcalloc(1, sizeof(*wait));

	*wait = (struct reset_wait){ req, choice };
	if (c->nodes.recover(c->nodes.arg, control_reset_on_recovered, wait)) {
		free(wait);
		return control_reset_rest(req, choice);
	}
	req->fault.cancel_arg = wait;
	req->fault.cancel = control_reset_cancel;
	return PENDING;
}

/* A reset of everything leaves a state that has no start. */
static bool
control_reset_check(const struct control *c, const json_t *body,
    struct reset_choice *choice, struct error *e)
{
	if (c->host.reset_state || !choice->chosen[RESET_STATE])
		return true;
	choice->chosen[RESET_STATE] = false;
	return !json_is_true(json_object_get(body, "state")) ||
	    error_field(e, "", "state", "%s",
		c->host.no_reset ? c->host.no_reset : "cannot be reset");
}

static enum handler_result
control_reset(struct request *req)
{
	struct control *c = control_of(req);
	struct error e = { 0 };
	json_t *body = control_read_body(req, &e);
	struct reset_choice *choice = arena_alloc(req->arena, sizeof(*choice));
	bool ok = body && control_reset_choose(body, choice, &e) &&
	    control_reset_check(c, body, choice, &e);

	json_decref(body);
	if (!ok)
		return control_fail(req, 400, &e);
	control_reset_some(c, choice, 0, RESET_STATE);
	if (c->nodes.recover &&
	    (choice->chosen[RESET_FAULTS] || choice->chosen[RESET_STATE]))
		return control_reset_nodes(req, choice);
	return control_reset_rest(req, choice);
}

/* ---- snapshots ---- */

void
control_lift_outages(struct control *c)
{
	if (c->faults)
		outages_revert_edits(c->faults);
}

void
control_lower_outages(struct control *c)
{
	if (c->faults)
		outages_repeat_edits(c->faults);
}

static void
control_snapshot_free(struct named_snapshot *s)
{
	vault_snapshot_free(s->snapshot);
	free(s->name);
	free(s);
}

void
control_snapshots_free(struct control *c)
{
	while (c->snapshots) {
		struct named_snapshot *s = c->snapshots;

		c->snapshots = s->next;
		control_snapshot_free(s);
	}
}

/* Where a name stands, or would. */
static struct named_snapshot **
control_snapshot_slot(struct control *c, const char *name)
{
	struct named_snapshot **slot = &c->snapshots;

	while (*slot && strcmp((*slot)->name, name) < 0)
		slot = &(*slot)->next;
	return slot;
}

static struct named_snapshot **
control_snapshot_find(struct control *c, const char *name)
{
	struct named_snapshot **slot = control_snapshot_slot(c, name);

	return *slot && strcmp((*slot)->name, name) == 0 ? slot : NULL;
}

struct vault_snapshot *
control_snapshot_named(struct control *c, const char *name)
{
	struct named_snapshot **slot = control_snapshot_find(c, name);

	return slot ? (*slot)->snapshot : NULL;
}

void
control_snapshot_names(const struct control *c, struct strs *out)
{
	for (struct named_snapshot *s = c->snapshots; s; s = s->next)
		strs_add(out, s->name);
}

static enum handler_result
control_snapshot_not_found(struct request *req, const char *name)
{
	struct strs names = strs_in(req->arena);

	control_snapshot_names(control_of(req), &names);
	return control_not_found(
	    req, "snapshot", name, (const char *const *)strs_array(&names));
}

static json_t *
control_snapshot_json(const struct named_snapshot *s)
{
	char taken[RFC3339_MAX];

	rfc3339_nano(s->taken_ns, taken);
	return json_pack("{s:s, s:s, s:I}", "name", s->name, "taken", taken,
	    "bytes", (json_int_t)vault_snapshot_size(s->snapshot));
}

static enum handler_result
control_snapshot_list(struct request *req)
{
	json_t *list = json_array();

	for (struct named_snapshot *s = control_of(req)->snapshots; s;
	     s = s->next)
		json_array_append_new(list, control_snapshot_json(s));
	return control_reply(req, 200, json_pack("{s:o}", "snapshots", list));
}

/* An empty body alone: a snapshot takes no settings. */
static bool
control_snapshot_check_no_body(struct request *req, struct error *c)
{
	static const struct schema none[] = {
		{ NULL, FIELD_ANY, 0, NULL },
	};
	json_t *body = control_read_body(req, c);
	bool ok = body && schema_read(none, body, "", NULL, c);

	json_decref(body);
	return ok;
}

/* Keeps the whole state under a name, in place of what stood there. Outages
 * are taken off meanwhile, so that a snapshot holds none. */
static enum handler_result
control_snapshot_take(struct request *req)
{
	struct control *c = control_of(req);
	const char *name = param_capture(req, "name");
	struct error e = { 0 };
	struct named_snapshot **slot, *s;
	struct vault_snapshot *snapshot;

	if (!control_snapshot_check_no_body(req, &e))
		return control_fail(req, 400, &e);
	control_lift_outages(c);
	snapshot = vault_snapshot_new(req->vault);
	control_lower_outages(c);
	if (!snapshot)
		return control_state_error(req, "the state cannot be read out");
	slot = control_snapshot_slot(c, name);
	if (*slot && strcmp((*slot)->name, name) == 0) {
		s = *slot;
		vault_snapshot_free(s->snapshot);
	} else {
		s = xcalloc(1, sizeof(*s));
		s->name = xstrdup(name);
		s->next = *slot;
		*slot = s;
	}
	s->snapshot = snapshot;
	s->taken_ns = clock_now(c->real_clock);
	event_log_add(c->events, EVENT_STATE,
	    json_pack("{s:s, s:s}", "change", "snapshot", "snapshot", name));
	return control_reply(req, 201, control_snapshot_json(s));
}

void
control_state_restored(struct control *c)
{
	if (c->host.on_state_restored)
		c->host.on_state_restored(c->host.arg);
	if (c->faults)
		outages_on_state_replaced(c->faults);
}

static enum handler_result
control_snapshot_restore(struct request *req)
{
	struct control *c = control_of(req);
	const char *name = param_capture(req, "name");
	struct error e = { 0 };
	struct named_snapshot **slot = control_snapshot_find(c, name);

	if (!slot)
		return control_snapshot_not_found(req, name);
	if (!control_snapshot_check_no_body(req, &e))
		return control_fail(req, 400, &e);
	if (!vault_snapshot_restore(req->vault, (*slot)->snapshot))
		return control_state_error(req, "the state cannot be put back");
	control_state_restored(c);
	event_log_add(c->events, EVENT_STATE,
	    json_pack("{s:s, s:s}", "change", "restored", "snapshot", name));
	return control_reply(req, 200, control_snapshot_json(*slot));
}

static enum handler_result
control_snapshot_delete(struct request *req)
{
	const char *name = param_capture(req, "name");
	struct named_snapshot **slot = control_snapshot_find(
				  control_of(req), name),
			      *s;

	if (!slot)
		return control_snapshot_not_found(req, name);
	s = *slot;
	*slot = s->next;
	control_snapshot_free(s);
	return control_reply(req, 204, NULL);
}

const struct route control_state_routes[] = {
	{ OP_WRITE, "reset", 0, NULL, control_reset, NULL,
	    "Back to the start: all of it, or the named parts" },
	{ OP_READ, "snapshots", R_OWN_STATE, NULL, control_snapshot_list, NULL,
	    "The snapshots in memory" },
	{ OP_PUT, "snapshots/{name:seg}", R_OWN_STATE, NULL,
	    control_snapshot_take, NULL, "Take a snapshot of the state" },
	{ OP_DELETE, "snapshots/{name:seg}", R_OWN_STATE, NULL,
	    control_snapshot_delete, NULL, "Give a snapshot up" },
	{ OP_WRITE, "snapshots/{name:seg}/restore", R_OWN_STATE, NULL,
	    control_snapshot_restore, NULL,
	    "Put the state back to a snapshot" },
	ROUTE_END,
};

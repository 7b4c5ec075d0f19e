/*
 * The state as a whole: back to the start, named snapshots, one document in
 * both directions.
 */
#include "control/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "control/document.h"
#include "control/event_log.h"
#include "core/state/snapshot.h"
#include "core/state/export.h"
#include "core/state/import.h"

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

static enum handler_result
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
	req->fault.cancel = NULL;
	pipeline_resume(req, fail_no_body(req, 499));
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

/* What leaves here is the state without what outages hold in it: sealed, a
 * policy that is away. Else it would be there for good after a restore. */
static void
control_lift_outages(struct control *c)
{
	if (c->faults)
		outages_revert_edits(c->faults);
}

static void
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

static void
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

/* ---- the document ---- */

struct state_export {
	struct request *req; /* NULL: its client has gone */
	struct buf document;
	bool is_starting, is_written;
};

static void
state_export_free(struct state_export *x)
{
	buf_release(&x->document);
	free(x);
}

/* The client has gone. The document is freed when it is written. */
static void
state_export_cancel(struct request *req)
{
	struct state_export *x = req->fault.cancel_arg;

	x->req = NULL;
	req->fault.cancel = NULL;
	pipeline_resume(req, fail_no_body(req, 499));
}

static enum handler_result
state_export_answer(struct state_export *x)
{
	struct request *req = x->req;
	struct error e = { 0 };
	enum handler_result result;

	if (x->document.over) {
		error_field(
		    &e, "", "", "there is no memory for the state's document");
		result = control_fail(req, 503, &e);
	} else {
		result = control_reply_document(
		    req, NULL, SLICE(""), &x->document);
	}
	state_export_free(x);
	return result;
}

static void
state_export_on_document(void *arg, struct buf *document)
{
	struct state_export *x = arg;
	struct request *req = x->req;
	enum handler_result result;

	if (!req) {
		state_export_free(x);
		return;
	}
	x->document = *document;
	x->is_written = true;
	buf_init(document, 0);
	if (x->is_starting)
		return;
	req->fault.cancel = NULL;
	result = state_export_answer(x);
	if (result != PENDING)
		pipeline_resume(req, result);
}

/* A thread writes the document of the state as it is now. */
static enum handler_result
control_state_export(struct request *req)
{
	struct control *c = control_of(req);
	struct state_export *x = xcalloc(1, sizeof(*x));
	struct export_order order = { NULL, state_export_on_document, x };
	bool ok;

	x->req = req;
	buf_init(&x->document, 0);
	control_lift_outages(c);
	x->is_starting = true;
	ok = vault_export_start(req->vault, &order);
	x->is_starting = false;
	control_lower_outages(c);
	if (!ok) {
		state_export_free(x);
		return control_state_error(req, "the state cannot be read out");
	}
	if (x->is_written)
		return state_export_answer(x);
	req->fault.cancel_arg = x;
	req->fault.cancel = state_export_cancel;
	return PENDING; /* it is under way */
}

/* ---- the document comes back ---- */

/* The text is read where it lies; when its client goes meanwhile, it is ours.
 */
struct state_import {
	struct request *req; /* NULL: its client has gone */
	struct slice text;
	struct buf taken;
	bool is_running; /* a thread may be at it */
	bool is_starting, is_done;
	enum handler_result result;
};

static void
state_import_start(void *arg)
{
	struct state_import *x = arg;

	x->is_running = true;
}

/* On the thread. Whose client went before is not read. */
static json_t *
state_import_read(void *arg, struct error *e)
{
	const struct state_import *x = arg;

	return x->text.p ? control_parse_body(x->text, e) : NULL;
}

static enum handler_result
state_import_answer(
    struct request *req, struct import_state *m, struct error *e)
{
	struct control *c = control_of(req);

	req->vault = c->vault; /* another node may lead now */
	if (!m || !import_state_put(req->vault, m, e))
		return control_fail(req, e->status, e);
	control_state_restored(c);
	event_log_add(
	    c->events, EVENT_STATE, json_pack("{s:s}", "change", "imported"));
	return control_state_export(req);
}

static void
state_import_done(void *arg, struct import_state *m, struct error *e)
{
	struct state_import *x = arg;
	struct request *req = x->req;

	if (!req) {
		buf_release(&x->taken);
		free(x);
		return;
	}
	req->fault.cancel = NULL;
	x->result = state_import_answer(req, m, e);
	x->is_done = true;
	if (x->is_starting)
		return;
	if (x->result != PENDING)
		pipeline_resume(req, x->result);
	free(x);
}

/* The client has gone: what it sent does not come into force. */
static void
state_import_cancel(struct request *req)
{
	struct state_import *x = req->fault.cancel_arg;

	if (x->is_running)
		request_take_body(req, &x->taken);
	else
		x->text = (struct slice){ NULL, 0 };
	x->req = NULL;
	req->fault.cancel = NULL;
	pipeline_resume(req, fail_no_body(req, 499));
}

/* A thread reads the document; what is written until it is read is replaced
 * with all else. */
static enum handler_result
control_state_import(struct request *req)
{
	struct state_import *x = xcalloc(1, sizeof(*x));
	struct import_order order = { state_import_start, state_import_read,
		state_import_done, x, false };
	enum handler_result result;

	x->req = req;
	x->text = req->body.p ? req->body : SLICE("");
	buf_init(&x->taken, 0);
	x->is_starting = true;
	vault_import_start(req->vault, &order);
	x->is_starting = false;
	if (x->is_done) {
		result = x->result;
		free(x);
		return result;
	}
	if (req->body_buf) {
		req->fault.cancel_arg = x;
		req->fault.cancel = state_import_cancel;
	}
	return PENDING;
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
	{ OP_READ, "state", R_OWN_STATE, NULL, control_state_export, NULL,
	    "The whole state as one document" },
	{ OP_PUT, "state", R_OWN_STATE, NULL, control_state_import, NULL,
	    "Put a document in the place of the whole state" },
	ROUTE_END,
};

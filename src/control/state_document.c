/*
 * The state as one document, in both directions: threads write and read it.
 */
#include <stdlib.h>

#include "control/document.h"
#include "control/event_log.h"
#include "control/state.h"
#include "core/state/export.h"
#include "core/state/import.h"

/* ---- out ---- */

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
	pipeline_abandon(req);
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

/* ---- in ---- */

/* The text is read where it lies; when its client goes meanwhile, it is ours.
 */
struct state_import {
	struct request *req; /* NULL: its client has gone */
	struct slice text;
	struct buf taken;
	struct buf document; /* of the state as it was read */
	bool is_running;     /* a thread may be at it */
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

/* On the thread: the answer, unless the vault adds to the state. */
static void
state_import_finish(void *arg, const struct import_state *m)
{
	struct state_import *x = arg;

	export_write(m->store, m->sealed ? NULL : m->key, &x->document);
	if (store_has_failed(m->store))
		x->document.over = true;
}

/* To read a state out takes the loop longer than all else here. */
static enum handler_result
state_import_reply(struct state_import *x, const struct import_state *m)
{
	struct request *req = x->req;
	struct store *store = req->vault->store;

	if (x->document.over || store_change_count(store) != m->put_changes ||
	    store_has_pending_writes(store))
		return control_state_export(req);
	return control_reply_document(req, NULL, SLICE(""), &x->document);
}

static enum handler_result
state_import_answer(
    struct state_import *x, struct import_state *m, struct error *e)
{
	struct request *req = x->req;
	struct control *c = control_of(req);

	req->vault = c->vault; /* another node may lead now */
	if (!m || !import_state_put(req->vault, m, e))
		return control_fail(req, e->status, e);
	control_state_restored(c);
	event_log_add(
	    c->events, EVENT_STATE, json_pack("{s:s}", "change", "imported"));
	return state_import_reply(x, m);
}

static void
state_import_free(struct state_import *x)
{
	buf_release(&x->taken);
	buf_release(&x->document);
	free(x);
}

static void
state_import_done(void *arg, struct import_state *m, struct error *e)
{
	struct state_import *x = arg;
	struct request *req = x->req;

	if (!req) {
		state_import_free(x);
		return;
	}
	req->fault.cancel = NULL;
	x->result = state_import_answer(x, m, e);
	x->is_done = true;
	if (x->is_starting)
		return;
	if (x->result != PENDING)
		pipeline_resume(req, x->result);
	state_import_free(x);
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
	pipeline_abandon(req);
}

/* A thread reads the document; what is written until it is read is replaced
 * with all else. */
static enum handler_result
control_state_import(struct request *req)
{
	struct state_import *x = xcalloc(1, sizeof(*x));
	struct import_order order = { state_import_start, state_import_read,
		state_import_finish, state_import_done, x, false };
	enum handler_result result;

	x->req = req;
	x->text = req->body.p ? req->body : SLICE("");
	buf_init(&x->taken, 0);
	buf_init_fallible(&x->document, SIZE_MAX / 2);
	x->is_starting = true;
	vault_import_start(req->vault, &order);
	x->is_starting = false;
	if (x->is_done) {
		result = x->result;
		state_import_free(x);
		return result;
	}
	if (req->body_buf) {
		req->fault.cancel_arg = x;
		req->fault.cancel = state_import_cancel;
	}
	return PENDING;
}

const struct route control_state_document_routes[] = {
	{ OP_READ, "state", R_OWN_STATE, NULL, control_state_export, NULL,
	    "The whole state as one document" },
	{ OP_PUT, "state", R_OWN_STATE, NULL, control_state_import, NULL,
	    "Put a document in the place of the whole state" },
	ROUTE_END,
};

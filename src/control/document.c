/*
 * A document lies in one buffer until its client has taken it.
 */
#include "control/document.h"

#include <stdlib.h>
#include <string.h>

#include "control/sliced_work.h"

/* How much is written ahead of the client; what is shorter goes out whole. */
#define DOCUMENT_PIECE ((size_t)64 << 10)
#define DOCUMENT_WAITING_MAX ((size_t)256 << 10)

/* ---- sending ---- */

struct document {
	struct buf body;
	size_t sent;
};

static void
document_free(struct document *d)
{
	buf_release(&d->body);
	free(d);
}

static void
document_finish(struct request *req)
{
	document_free(req->fault.cancel_arg);
	req->fault.cancel = NULL;
	req->stream.on_room = NULL;
	pipeline_resume(req, HANDLED);
}

static void
document_on_room(struct request *req)
{
	struct document *d = req->fault.cancel_arg;
	const struct request_stream_ops *ops = req->stream.ops;

	while (
	    d->sent < d->body.n && ops->waiting(req) < DOCUMENT_WAITING_MAX) {
		size_t n = d->body.n - d->sent;

		if (n > DOCUMENT_PIECE)
			n = DOCUMENT_PIECE;
		ops->write(req, d->body.p + d->sent, n);
		d->sent += n;
	}
	if (d->sent == d->body.n)
		document_finish(req);
}

/* The client has gone. */
static void
document_cancel(struct request *req)
{
	req->stream.cut = true;
	document_finish(req);
}

static enum handler_result
document_reply_whole(struct request *req, int status, const char *content_type,
    struct slice head, struct buf *body)
{
	enum handler_result result = reply_raw(req, status, content_type, head);

	buf_add(&req->reply.data, body->p, body->n);
	buf_release(body);
	return result;
}

enum handler_result
control_reply_document(struct request *req, const char *content_type,
    struct slice head, struct buf *body)
{
	return control_reply_document_as(req, 200, content_type, head, body);
}

enum handler_result
control_reply_document_as(struct request *req, int status,
    const char *content_type, struct slice head, struct buf *body)
{
	struct document *d;

	if (body->over) {
		buf_release(body);
		return fail(req, 503, REPLY_NO_MEMORY);
	}
	if (!req->stream.ops || strcmp(req->method, "HEAD") == 0 ||
	    body->n < DOCUMENT_WAITING_MAX)
		return document_reply_whole(
		    req, status, content_type, head, body);
	d = xcalloc(1, sizeof(*d));
	d->body = *body;
	buf_init(body, 0);
	(void)reply_raw(req, status, content_type, (struct slice){ "", 0 });
	req->stream.ops->start(req, (int64_t)(head.n + d->body.n));
	req->stream.ops->write(req, head.p, head.n);
	req->fault.cancel_arg = d;
	req->fault.cancel = document_cancel;
	/* It is called once the head has gone out. */
	req->stream.on_room = document_on_room;
	return PENDING;
}

/* ---- making ---- */

struct document_maker {
	const char *content_type;
	document_piece_fn piece;
	void *arg;
	struct buf text;
};

static bool
document_make_piece(void *arg)
{
	struct document_maker *m = arg;

	return m->piece(m->arg, &m->text);
}

static enum handler_result
document_made(struct request *req, void *arg)
{
	struct document_maker *m = arg;

	return control_reply_document(
	    req, m->content_type, SLICE(""), &m->text);
}

static void
document_maker_release(void *arg)
{
	struct document_maker *m = arg;

	buf_release(&m->text);
}

enum handler_result
control_reply_pieces(struct request *req, const char *content_type,
    document_piece_fn piece, void *arg)
{
	static const struct sliced_work work = { .step = document_make_piece,
		.answer = document_made,
		.release = document_maker_release };
	struct document_maker *m = arena_zalloc(req->arena, sizeof(*m));

	m->content_type = content_type;
	m->piece = piece;
	m->arg = arg;
	buf_init_fallible(&m->text, 0);
	return control_work_in_slices(req, &work, m);
}

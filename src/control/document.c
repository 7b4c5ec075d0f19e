/*
 * A document lies in one buffer until its client has taken it; pieces are made
 * by an alarm of the real clock that is due at once.
 */
#include "control/document.h"

#include <stdlib.h>
#include <string.h>

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
document_reply_whole(struct request *req, const char *content_type,
    struct slice head, struct buf *body)
{
	enum handler_result result = reply_raw(req, 200, content_type, head);

	buf_add(&req->reply.data, body->p, body->n);
	buf_release(body);
	return result;
}

enum handler_result
control_reply_document(struct request *req, const char *content_type,
    struct slice head, struct buf *body)
{
	struct document *d;

	if (body->over) {
		buf_release(body);
		return fail(req, 503, REPLY_NO_MEMORY);
	}
	if (!req->stream.ops || strcmp(req->method, "HEAD") == 0 ||
	    body->n < DOCUMENT_WAITING_MAX)
		return document_reply_whole(req, content_type, head, body);
	d = xcalloc(1, sizeof(*d));
	d->body = *body;
	buf_init(body, 0);
	(void)reply_raw(req, 200, content_type, (struct slice){ "", 0 });
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
	struct request *req;
	const char *content_type;
	document_piece_fn piece;
	void *arg;
	struct buf text;
	struct alarm alarm;
};

static enum handler_result
document_made(struct document_maker *m)
{
	return control_reply_document(
	    m->req, m->content_type, SLICE(""), &m->text);
}

static void
document_wait(struct document_maker *m)
{
	struct clock *real = control_of(m->req)->real_clock;

	alarm_set(real, &m->alarm, clock_now(real));
}

static void
document_on_alarm(void *arg, int64_t now_ns)
{
	struct document_maker *m = arg;
	struct request *req = m->req;
	struct clock *real = control_of(req)->real_clock;
	enum handler_result result;
	bool more;

	(void)now_ns;
	do
		more = m->piece(m->arg, &m->text);
	while (more && !clock_slice_is_over(real));
	if (more) {
		document_wait(m);
		return;
	}
	req->fault.cancel = NULL;
	result = document_made(m);
	if (result != PENDING)
		pipeline_resume(req, result);
}

static void
document_maker_cancel(struct request *req)
{
	struct document_maker *m = req->fault.cancel_arg;

	req->fault.cancel = NULL;
	alarm_cancel(control_of(req)->real_clock, &m->alarm);
	buf_release(&m->text);
	pipeline_resume(req, fail_no_body(req, 499));
}

enum handler_result
control_reply_pieces(struct request *req, const char *content_type,
    document_piece_fn piece, void *arg)
{
	struct document_maker *m = arena_zalloc(req->arena, sizeof(*m));
	int64_t end_ns = clock_real_cpu() + CLOCK_FIRST_SLICE_NS;
	bool more;

	m->req = req;
	m->content_type = content_type;
	m->piece = piece;
	m->arg = arg;
	buf_init_fallible(&m->text, 0);
	do
		more = piece(arg, &m->text);
	while (more && clock_real_cpu() < end_ns);
	if (!more)
		return document_made(m);
	alarm_init(&m->alarm, document_on_alarm, m);
	document_wait(m);
	req->fault.cancel_arg = m;
	req->fault.cancel = document_maker_cancel;
	return PENDING;
}

/*
 * Bodies that pass piece by piece, in either direction: a request that is
 * handed over before all of it has come, an answer that is written while it is
 * made. Neither side runs ahead of the other by more than a buffer.
 */
#include <event2/buffer.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "http/http_internal.h"

/* ---- the request's body ---- */

bool
stream_is_wanted(const struct conn *c)
{
	return c->server->stream_bytes > 0 && !c->listener->admin &&
	    c->request && !starts_with(c->request->target, "/_mock");
}

bool
stream_take_sized(struct conn *c, struct buf *out, size_t max)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t n = evbuffer_get_length(in);
	size_t want = c->body_left > 0 ? (size_t)(c->body_left - c->body_taken)
				       : 0;

	if (n > want)
		n = want;
	if (n > max)
		n = max;
	buf_reserve(out, n);
	evbuffer_remove(in, out->p + out->n, n);
	out->n += n;
	out->p[out->n] = '\0';
	c->body_taken += (int64_t)n;
	return n == want;
}

static enum stream_read
stream_read_chunked(struct conn *c, struct buf *out, size_t max)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t n = evbuffer_get_length(in);
	bool done = false;
	long used;

	if (n > max)
		n = max;
	used = http_parse_chunks(&c->chunks,
	    (const char *)evbuffer_pullup(in, (ev_ssize_t)n), n, out, &done);
	if (used < 0)
		return STREAM_BROKEN;
	evbuffer_drain(in, (size_t)used);
	return done ? STREAM_END : STREAM_MORE;
}

static enum stream_read
stream_read(struct request *req, struct buf *out, size_t max)
{
	struct conn *c = req->owner;
	enum stream_read result;

	if (!c->body_open)
		return STREAM_END;
	if (c->closing)
		return STREAM_BROKEN;
	if (c->chunked)
		result = stream_read_chunked(c, out, max);
	else
		result = stream_take_sized(c, out, max) ? STREAM_END
							: STREAM_MORE;
	c->body_open = result != STREAM_END;
	conn_resume_reading(c);
	return result;
}

void
stream_on_body(struct conn *c)
{
	struct request *req = c->request;

	if (req && req->stream.on_body)
		req->stream.on_body(req);
}

/* ---- the answer's ---- */

static void
stream_start(struct request *req, int64_t length)
{
	struct conn *c = req->owner;

	req->stream.started = true;
	c->answer_chunked = length < 0 && c->minor >= 1;
	if (c->server->stopping || c->body_open || req->stream.endless ||
	    (length < 0 && !c->answer_chunked))
		c->close_after = true;
	if (length < 0)
		length = c->answer_chunked ? RESPONSE_CHUNKED : RESPONSE_TO_END;
	if (c->closing)
		return;
	response_put_head(c, &c->out, &req->reply, length);
	waiting_responses_add(c);
}

static void
stream_write(struct request *req, const char *p, size_t n)
{
	struct conn *c = req->owner;

	if (n == 0 || c->closing)
		return;
	if (c->answer_chunked)
		buf_printf(&c->out, "%zx\r\n", n);
	buf_add(&c->out, p, n);
	if (c->answer_chunked)
		buf_str(&c->out, "\r\n");
	req->stream.bytes += (int64_t)n;
	waiting_responses_add(c);
}

static size_t
stream_waiting(const struct request *req)
{
	const struct conn *c = req->owner;

	if (c->closing)
		return SIZE_MAX;
	return c->out.n + evbuffer_get_length(bufferevent_get_output(c->bev));
}

/* One that was cut ends with its connection, so that the client sees it. */
void
stream_finish(struct conn *c, const struct request *req)
{
	if (req->stream.cut)
		c->close_after = true;
	else if (c->answer_chunked)
		buf_str(&c->out, "0\r\n\r\n");
	if (c->close_after)
		c->state = CONN_DONE;
}

static const struct request_stream_ops stream_ops = {
	.read = stream_read,
	.start = stream_start,
	.write = stream_write,
	.waiting = stream_waiting,
};

void
stream_offer(struct request *req)
{
	req->stream.ops = &stream_ops;
}

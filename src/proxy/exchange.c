/*
 * One request on its way to the upstream, and its answer on its way back. Each
 * step is an event; whatever ends it goes through exchange_release.
 */
#include <event2/buffer.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/reply.h"
#include "fault/fault.h"
#include "proxy/proxy_internal.h"

/* ---- its end ---- */

/* Takes the exchange off its request, which is returned. */
static struct request *
exchange_release(struct exchange *x)
{
	struct request *req = x->request;
	struct proxy *p = x->proxy;

	if (x->prev)
		x->prev->next = x->next;
	else
		p->exchanges = x->next;
	if (x->next)
		x->next->prev = x->prev;
	alarm_cancel(p->real, &x->alarm);
	if (x->conn)
		upstream_drop(x->conn);
	buf_release(&x->piece);
	buf_release(&x->held);
	buf_release(&x->copy);
	free(x);
	req->fault.cancel = NULL;
	req->stream.on_body = req->stream.on_room = NULL;
	return req;
}

static void
exchange_finish(struct exchange *x, enum handler_result result)
{
	pipeline_resume(exchange_release(x), result);
}

/* Before the answer's head has gone out it is an answer of ours; later the
 * answer is cut. */
static void exchange_fail(struct exchange *x, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
exchange_fail(struct exchange *x, int status, const char *fmt, ...)
{
	struct request *req = x->request;
	enum handler_result result = HANDLED;
	char why[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (req->stream.started) {
		req->stream.cut = true;
		req->reply.error = arena_strdup(req->arena, why);
	} else {
		result = fail(
		    req, status, "mockvault proxy: %s: %s", x->proxy->url, why);
	}
	exchange_finish(x, result);
}

/* The client has gone: nobody waits for the answer. */
static void
exchange_cancelled(struct request *req)
{
	struct exchange *x = req->fault.cancel_arg;

	req->stream.cut = true;
	exchange_finish(
	    x, req->stream.started ? HANDLED : fail_no_body(req, 499));
}

/* ---- the request ---- */

/* RFC 9110, 7.6.1, and what this side says itself. */
static const char *const hop_by_hop[] = { "Connection", "Keep-Alive",
	"Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE",
	"Trailer", "Transfer-Encoding", "Upgrade", "Content-Length", "Expect",
	NULL };

/* Is name one of the words of a Connection header? */
static bool
exchange_list_names(const char *list, const char *name)
{
	size_t n = strlen(name);

	while (*list) {
		size_t skip = strspn(list, " \t,"), word;

		list += skip;
		word = strcspn(list, " \t,");
		if (word == n && strncasecmp(list, name, n) == 0)
			return true;
		list += word;
	}
	return false;
}

static bool
exchange_is_hop_by_hop(const struct header *headers, int n, const char *name)
{
	for (int i = 0; hop_by_hop[i]; i++)
		if (strcasecmp(hop_by_hop[i], name) == 0)
			return true;
	for (int i = 0; i < n; i++)
		if (strcasecmp(headers[i].name, "Connection") == 0 &&
		    exchange_list_names(headers[i].value, name))
			return true;
	return false;
}

/* "http://host/v1/x" says the same as "/v1/x". */
static const char *
exchange_target(const struct request *req)
{
	const char *slashes;

	if (req->target[0] == '/' || !(slashes = strstr(req->target, "://")))
		return req->target;
	slashes = strchr(slashes + 3, '/');
	return slashes ? slashes : "/";
}

static void
exchange_put_headers(struct exchange *x, struct buf *out)
{
	const struct request *req = x->request;
	const char *host = x->proxy->settings.host_header;
	bool has_host = false;

	for (int i = 0; i < req->nheaders; i++) {
		const struct header *h = &req->headers[i];
		bool is_host = strcasecmp(h->name, "Host") == 0;

		has_host |= is_host;
		if (!exchange_is_hop_by_hop(
			req->headers, req->nheaders, h->name))
			buf_printf(out, "%s: %s\r\n", h->name,
			    is_host && host ? host : h->value);
	}
	if (!has_host)
		buf_printf(
		    out, "Host: %s\r\n", host ? host : x->proxy->authority);
}

static void
exchange_send_head(struct exchange *x)
{
	const struct request *req = x->request;
	const char *length = request_header(req, "Content-Length");
	struct buf out;

	x->request_chunked = request_header(req, "Transfer-Encoding") != NULL;
	buf_init(&out, 0);
	buf_printf(
	    &out, "%s %s HTTP/1.1\r\n", req->method, exchange_target(req));
	exchange_put_headers(x, &out);
	if (x->request_chunked)
		buf_str(&out, "Transfer-Encoding: chunked\r\n");
	else if (length)
		buf_printf(&out, "Content-Length: %s\r\n", length);
	buf_str(&out, "\r\n");
	bufferevent_write(x->conn->bev, out.p, out.n);
	buf_release(&out);
}

static void
exchange_send_piece(struct exchange *x, const char *p, size_t n)
{
	struct evbuffer *out = bufferevent_get_output(x->conn->bev);

	if (n == 0)
		return;
	if (x->request_chunked)
		evbuffer_add_printf(out, "%zx\r\n", n);
	evbuffer_add(out, p, n);
	if (x->request_chunked)
		evbuffer_add(out, "\r\n", 2);
}

static void
exchange_end_request(struct exchange *x)
{
	if (x->request_chunked)
		bufferevent_write(x->conn->bev, "0\r\n\r\n", 5);
	x->request_sent = true;
}

/* What has come of the body goes on, as long as the upstream takes it. */
static void
exchange_send_more(struct exchange *x)
{
	struct request *req = x->request;
	struct evbuffer *out = bufferevent_get_output(x->conn->bev);

	while (!x->request_sent &&
	    evbuffer_get_length(out) < PROXY_WAITING_BYTES) {
		enum stream_read got;

		buf_clear(&x->piece);
		got = req->stream.ops->read(req, &x->piece, PROXY_PIECE_BYTES);
		if (got == STREAM_BROKEN) {
			exchange_fail(x, 400, "the request's body is broken");
			return;
		}
		exchange_send_piece(x, x->piece.p, x->piece.n);
		if (got == STREAM_END)
			exchange_end_request(x);
		else if (x->piece.n == 0)
			return;
	}
}

/* The connection stands. */
static void
exchange_on_ready(struct exchange *x)
{
	struct request *req = x->request;
	struct clock *real = x->proxy->real;

	x->stage = EXCHANGE_HEAD;
	x->request_sent = false;
	alarm_cancel(real, &x->alarm);
	if (x->proxy->settings.timeout_ns > 0)
		alarm_set(real, &x->alarm,
		    clock_now(real) + x->proxy->settings.timeout_ns);
	bufferevent_enable(x->conn->bev, EV_READ | EV_WRITE);
	exchange_send_head(x);
	exchange_send_piece(x, req->body.p, req->body.n);
	if (req->stream.body_follows)
		exchange_send_more(x);
	else
		exchange_end_request(x);
}

static void
exchange_on_written(struct exchange *x)
{
	if (x->request->stream.body_follows && !x->request_sent)
		exchange_send_more(x);
}

static void
exchange_on_body(struct request *req)
{
	struct exchange *x = req->stream.arg;

	if (x->conn && x->stage >= EXCHANGE_HEAD)
		exchange_on_written(x);
}

/* ---- the answer's head ---- */

static struct reply_upstream *
exchange_copy_head(struct exchange *x, const struct http_head *h)
{
	struct arena *a = x->request->arena;
	struct reply_upstream *u = arena_zalloc(a, sizeof(*u));
	struct header *all = arena_alloc(
	    a, sizeof(*all) * ((size_t)h->nheaders + 1));
	struct header *kept = arena_alloc(
	    a, sizeof(*kept) * ((size_t)h->nheaders + 1));

	for (int i = 0; i < h->nheaders; i++) {
		all[i].name = arena_strndup(
		    a, h->headers[i].name.p, h->headers[i].name.n);
		all[i].value = arena_strndup(
		    a, h->headers[i].value.p, h->headers[i].value.n);
	}
	for (int i = 0; i < h->nheaders; i++)
		if (!exchange_is_hop_by_hop(all, h->nheaders, all[i].name))
			kept[u->nheaders++] = all[i];
	u->headers = kept;
	u->reason = arena_strndup(a, h->reason.p, h->reason.n);
	u->length = h->content_length;
	return u;
}

/* Does a rule want all of the answer, to change its bytes? */
static bool
exchange_is_changed(const struct exchange *x)
{
	const struct fault_decision *d = x->request->fault.decision;

	return d && (d->respond || d->response_fault.set);
}

static void
exchange_begin_answer(struct exchange *x, const struct http_head *h)
{
	struct request *req = x->request;
	bool no_body = strcmp(req->method, "HEAD") == 0 || h->status == 204 ||
	    h->status == 304;

	alarm_cancel(x->proxy->real, &x->alarm);
	x->stage = EXCHANGE_BODY;
	x->chunked = h->chunked && !no_body;
	x->body_left = no_body ? 0 : h->content_length;
	x->keep_alive = h->keep_alive && (x->chunked || x->body_left >= 0);
	req->record.handler_called = h->status < 400;
	(void)reply_from_upstream(req, h->status, exchange_copy_head(x, h));
	x->holding = exchange_is_changed(x) || !req->stream.ops || no_body ||
	    (h->content_length >= 0 &&
		h->content_length <= (int64_t)PROXY_PIECE_BYTES);
	if (x->holding)
		return;
	api_announce_rule(req);
	req->stream.ops->start(req, x->chunked ? -1 : x->body_left);
}

/* True: the body is next. False: more is needed, or the exchange is over. */
static bool
exchange_read_head(struct exchange *x)
{
	struct evbuffer *in = bufferevent_get_input(x->conn->bev);
	struct http_head *h = &x->proxy->head;

	for (;;) {
		size_t n = evbuffer_get_length(in);
		size_t look = n < HTTP_HEAD_MAX + 1 ? n : HTTP_HEAD_MAX + 1;
		long used = n == 0
		    ? 0
		    : http_parse_response_head(
			  (const char *)evbuffer_pullup(in, (ev_ssize_t)look),
			  look, h);

		if (used < 0 || (used > 0 && h->status == 101)) {
			exchange_fail(x, 502,
			    used < 0 ? "what came is no HTTP/1.1 answer"
				     : "it changes the protocol");
			return false;
		}
		if (used == 0)
			return false;
		if (h->status >= 200) {
			exchange_begin_answer(x, h);
			evbuffer_drain(in, (size_t)used);
			return true;
		}
		evbuffer_drain(in, (size_t)used); /* an interim answer */
	}
}

/* ---- the answer's body ---- */

/* For the journal: the first error of Vault's {"errors":[...]}. */
static void
exchange_note_error(struct exchange *x)
{
	struct request *req = x->request;
	json_t *tree, *first;

	if (req->reply.status < 400 || !x->holding || x->held.n == 0)
		return;
	tree = json_loadb(x->held.p, x->held.n, 0, NULL);
	first = json_array_get(json_object_get(tree, "errors"), 0);
	if (json_is_string(first))
		req->reply.error = arena_strdup(
		    req->arena, json_string_value(first));
	json_decref(tree);
}

static void
exchange_complete(struct exchange *x)
{
	struct request *req = x->request;

	exchange_note_error(x);
	if (x->proxy->recorder) {
		const struct buf *body = x->holding ? &x->held : &x->copy;

		recorder_add(x->proxy->recorder, req,
		    (struct slice){ body->p, body->over ? 0 : body->n },
		    x->body_bytes);
	}
	if (x->holding) {
		buf_clear(&req->reply.data);
		buf_add(
		    &req->reply.data, x->held.p ? x->held.p : "", x->held.n);
	}
	if (x->keep_alive && x->request_sent && !x->ended)
		upstream_keep(x->conn);
	exchange_finish(x, HANDLED);
}

/* False: the exchange is over. */
static bool
exchange_deliver(struct exchange *x, const char *p, size_t n)
{
	struct request *req = x->request;

	x->body_bytes += (int64_t)n;
	if (!x->holding && x->proxy->recorder)
		buf_add(&x->copy, p, n);
	if (!x->holding) {
		req->stream.ops->write(req, p, n);
		x->paused = req->stream.ops->waiting(req) > PROXY_WAITING_BYTES;
		return true;
	}
	buf_add(&x->held, p, n);
	if (!x->held.over)
		return true;
	exchange_fail(x, 502,
	    "the answer is longer than %zu bytes, more than a rule can change",
	    PROXY_HELD_ANSWER_BYTES);
	return false;
}

enum exchange_progress {
	EXCHANGE_MORE,
	EXCHANGE_ALL, /* of the body is there */
	EXCHANGE_OVER,
};

static enum exchange_progress
exchange_read_chunked(struct exchange *x, struct evbuffer *in, size_t n)
{
	bool done = false;
	long used;

	buf_clear(&x->piece);
	used = http_parse_chunks(&x->chunks,
	    (const char *)evbuffer_pullup(in, (ev_ssize_t)n), n, &x->piece,
	    &done);
	if (used < 0) {
		exchange_fail(x, 502, "the answer's chunks are broken");
		return EXCHANGE_OVER;
	}
	evbuffer_drain(in, (size_t)used);
	if (x->piece.n > 0 && !exchange_deliver(x, x->piece.p, x->piece.n))
		return EXCHANGE_OVER;
	return done ? EXCHANGE_ALL : EXCHANGE_MORE;
}

static enum exchange_progress
exchange_read_piece(struct exchange *x, struct evbuffer *in, size_t n)
{
	if (n > PROXY_PIECE_BYTES)
		n = PROXY_PIECE_BYTES;
	if (x->chunked)
		return exchange_read_chunked(x, in, n);
	if (x->body_left >= 0 && (int64_t)n > x->body_left)
		n = (size_t)x->body_left;
	if (!exchange_deliver(
		x, (const char *)evbuffer_pullup(in, (ev_ssize_t)n), n))
		return EXCHANGE_OVER;
	evbuffer_drain(in, n);
	if (x->body_left > 0)
		x->body_left -= (int64_t)n;
	return x->body_left == 0 ? EXCHANGE_ALL : EXCHANGE_MORE;
}

static void
exchange_read_body(struct exchange *x)
{
	struct evbuffer *in = bufferevent_get_input(x->conn->bev);
	enum exchange_progress got = !x->chunked && x->body_left == 0
	    ? EXCHANGE_ALL
	    : EXCHANGE_MORE;
	size_t n, before = 0;

	while (got == EXCHANGE_MORE && !x->paused &&
	    (n = evbuffer_get_length(in)) > 0 && n != before) {
		before = x->chunked ? n : 0;
		got = exchange_read_piece(x, in, n);
	}
	if (got == EXCHANGE_OVER)
		return;
	if (got == EXCHANGE_ALL)
		exchange_complete(x);
	else if (x->paused)
		bufferevent_disable(x->conn->bev, EV_READ);
	else if (x->ended && !x->chunked && x->body_left < 0)
		exchange_complete(x);
	else if (x->ended)
		exchange_fail(x, 502, "the answer ends too early");
}

static void
exchange_on_read(struct exchange *x)
{
	if (x->stage == EXCHANGE_HEAD && !exchange_read_head(x))
		return;
	if (x->stage == EXCHANGE_BODY)
		exchange_read_body(x);
}

/* The client has taken what it got. */
static void
exchange_on_room(struct request *req)
{
	struct exchange *x = req->stream.arg;

	if (!x->paused || !x->conn)
		return;
	x->paused = false;
	bufferevent_enable(x->conn->bev, EV_READ);
	bufferevent_trigger(x->conn->bev, EV_READ,
	    BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

/* ---- what goes wrong ---- */

/* A connection that was kept may have been closed at the other end while the
 * request went out. As Go does, what changes nothing is sent once more. */
static bool
exchange_can_retry(const struct exchange *x)
{
	static const char *const safe[] = { "GET", "HEAD", "LIST", "OPTIONS",
		NULL };

	if (x->stage != EXCHANGE_HEAD || !x->conn->reused || x->retried ||
	    x->request->stream.body_follows)
		return false;
	for (int i = 0; safe[i]; i++)
		if (strcmp(safe[i], x->request->method) == 0)
			return true;
	return false;
}

static void
exchange_on_closed(struct exchange *x, const char *failure)
{
	if (x->stage == EXCHANGE_BODY) {
		x->ended = true;
		exchange_read_body(x);
	} else if (x->stage == EXCHANGE_CONNECT && upstream_connect_next(x)) {
		return;
	} else if (exchange_can_retry(x)) {
		x->retried = true;
		upstream_drop(x->conn);
		upstream_acquire(x);
	} else {
		exchange_fail(x, 502, "%s",
		    failure ? failure
			    : "the connection was closed without an answer");
	}
}

static void
exchange_on_lookup(struct exchange *x, const char *failure)
{
	struct clock *real = x->proxy->real;

	if (failure) {
		exchange_fail(x, 502, "%s", failure);
		return;
	}
	alarm_set(real, &x->alarm, clock_now(real) + UPSTREAM_CONNECT_NS);
	if (!upstream_connect_next(x))
		exchange_fail(x, 502, "no connection can be made");
}

static void
exchange_on_alarm(void *arg, int64_t now_ns)
{
	struct exchange *x = arg;

	(void)now_ns;
	switch (x->stage) {
	case EXCHANGE_BEGIN:
		upstream_acquire(x);
		return;
	case EXCHANGE_LOOKUP:
	case EXCHANGE_CONNECT:
		exchange_fail(x, 504, "no connection within %d s",
		    (int)(UPSTREAM_CONNECT_NS / 1000000000));
		return;
	case EXCHANGE_HEAD:
	case EXCHANGE_BODY:
		break;
	}
	exchange_fail(x, 504, "no answer within %lld s",
	    (long long)(x->proxy->settings.timeout_ns / 1000000000));
}

const struct upstream_events exchange_events = {
	.on_ready = exchange_on_ready,
	.on_lookup = exchange_on_lookup,
	.on_read = exchange_on_read,
	.on_written = exchange_on_written,
	.on_closed = exchange_on_closed,
};

/* It begins at the end of the loop's pass: a request may only be answered once
 * its handler has returned. */
enum handler_result
proxy_serve(struct request *req)
{
	struct proxy *p = api_upstream_ctx(req->api);
	struct exchange *x = xcalloc(1, sizeof(*x));

	x->proxy = p;
	x->request = req;
	buf_init(&x->piece, 0);
	buf_init(&x->held, PROXY_HELD_ANSWER_BYTES);
	buf_init(&x->copy, RECORD_BODY_MAX);
	x->next = p->exchanges;
	if (p->exchanges)
		p->exchanges->prev = x;
	p->exchanges = x;
	req->stream.arg = x;
	req->stream.on_body = exchange_on_body;
	req->stream.on_room = exchange_on_room;
	req->fault.cancel_arg = x;
	req->fault.cancel = exchange_cancelled;
	alarm_init(&x->alarm, exchange_on_alarm, x);
	alarm_set(p->real, &x->alarm, clock_now(p->real));
	return PENDING;
}

/*
 * Reads the requests of a connection, one at a time and in order, and hands
 * them to the api. Answers go into its buffer, where they wait for http_flush.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "base/duration.h"
#include "http/http_internal.h"
#include "http/status.h"

/* The first byte of a ClientHello, which is no request: no end of line may
 * come. */
#define TLS_HANDSHAKE 0x16

/* ---- answers ---- */

/* Go: after WriteTimeout nothing can be written, so the connection ends without
 * an answer. */
static bool
conn_is_too_late(const struct conn *c)
{
	int64_t limit_ns = c->listener->limits.write_timeout_s * NSEC_PER_SEC;

	return limit_ns > 0 &&
	    clock_now(c->server->real_clock) - c->head_ns > limit_ns;
}

/* The body's bytes are no longer needed, nor is a large buffer. */
static void
conn_forget_body(struct conn *c)
{
	c->server->body_bytes -= c->body_counted;
	c->body_counted = 0;
	if (c->body.cap > CONN_KEPT_BUFFER_BYTES)
		buf_release(&c->body);
	else
		buf_clear(&c->body);
}

/* The client may have gone meanwhile; then the answer is dropped. */
static void
conn_on_response(struct request *req, void *arg)
{
	struct conn *c = arg;
	bool head_only = strcmp(req->method, "HEAD") == 0;
	size_t start = c->out.n;

	c->server->active_requests--;
	c->tenant->active_requests--;
	c->request = NULL;
	conn_forget_body(c);
	if (c->closing) {
		c->state = CONN_DONE;
	} else if (!req->stream.started && conn_is_too_late(c)) {
		c->state = CONN_DONE;
		conn_finish(c);
	} else {
		if (req->space_prefix)
			space_fix_location(req);
		if (c->server->stopping || c->body_open)
			c->close_after = true;
		c->answered_ns = clock_now(c->tenant->clock);
		c->state = c->body_open ? CONN_DONE : CONN_HEAD;
		if (req->stream.started) {
			stream_finish(c, req);
		} else if (req->fault.response_fault &&
		    req->fault.response_fault->set && !req->admin) {
			c->throttle = throttle_new(c, req->fault.response_fault,
			    &req->reply, head_only);
			c->state = CONN_THROTTLED;
		} else
			conn_put_response(c, &req->reply, head_only);
		if (!req->stream.started && api_response_needs_commit(req))
			waiting_responses_mark_unsure(c, start, head_only);
		waiting_responses_add(c);
	}
	request_free(req);
	if (!c->in_read && !c->closing)
		conn_read(c);
}

/* Go's net/http refuses in plain text what it cannot read, and closes. why is
 * "", or what it says of the reason. */
static void
conn_refuse(struct conn *c, int status, const char *why)
{
	char text[100];
	int n = snprintf(text, sizeof(text), "%d %s%s%s", status,
	    status_phrase(status), *why ? ": " : "", why);

	c->close_after = true;
	buf_printf(&c->out,
	    "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "Connection: close\r\n\r\n%.*s",
	    text, n, text);
	c->state = CONN_DONE;
	waiting_responses_add(c);
}

/* The client has sent its FIN: its answers go out, then the connection ends. */
static bool
conn_read_nothing_more(struct conn *c)
{
	c->close_after = true;
	c->state = CONN_DONE;
	waiting_responses_add(c);
	return false;
}

/* ---- requests ---- */

/* Ends a piece of the copied head, where a separator stands. */
static char *
conn_cut_piece(char *head, const char *text, struct slice piece)
{
	char *at = head + (piece.p - text);

	at[piece.n] = '\0';
	return at;
}

static struct header *
conn_cut_headers(
    struct conn *c, struct request *req, char *head, const char *text)
{
	const struct http_head *h = &c->server->head;
	struct header *list = arena_alloc(
	    req->arena, sizeof(*list) * (size_t)(h->nheaders + 1));

	for (int i = 0; i < h->nheaders; i++) {
		list[i].name = conn_cut_piece(head, text, h->headers[i].name);
		list[i].value = conn_cut_piece(head, text, h->headers[i].value);
		req->header_lengths |= UINT64_C(1)
		    << (h->headers[i].name.n & 63);
	}
	req->headers = list;
	req->nheaders = h->nheaders;
	return list;
}

/* The head lies in the input buffer, so all n bytes of it are copied now. */
static void
conn_begin_request(struct conn *c, const char *text, size_t n)
{
	const struct http_head *h = &c->server->head;
	struct request *req = request_new(c->server->own.api);
	struct header *headers;
	char *head = arena_strndup(req->arena, text, n);

	req->method = conn_cut_piece(head, text, h->method);
	req->target = conn_cut_piece(head, text, h->target);
	headers = conn_cut_headers(c, req, head, text);
	if (c->server->find_space)
		space_read_name(req, headers, req->nheaders);
	req->peer = c->accepted.peer;
	req->peer_port = c->accepted.port;
	req->tls = c->tls;
	if (c->tls && !c->tls_text) {
		const SSL *ssl = bufferevent_openssl_get_ssl(c->bev);

		c->tls_text = xasprintf(
		    "%s %s", SSL_get_version(ssl), SSL_get_cipher_name(ssl));
	}
	req->tls_text = c->tls_text;
	req->conn_id = c->accepted.id;
	req->conn_nth = ++c->request_count;
	req->admin = c->listener->admin;
	req->open_paths = c->listener->settings.open_paths;
	req->redactions = c->listener->settings.redactions;
	req->limits = c->listener->settings.limits;
	req->owner = c;
	stream_offer(req);
	http_apply_forwarded_for(&c->listener->settings, req);
	c->request = req;
	if (c->answered_ns)
		req->conn_idle_ns = clock_now(c->tenant->clock) -
		    c->answered_ns;
	c->head_ns = clock_now(c->server->real_clock);
	if (c->listener->limits.write_timeout_s)
		alarm_set(c->server->real_clock, &c->write_alarm,
		    c->head_ns +
			c->listener->limits.write_timeout_s * NSEC_PER_SEC);
	c->minor = h->minor;
	c->close_after = !h->keep_alive;
	buf_clear(&c->body);
	memset(&c->chunks, 0, sizeof(c->chunks));
	c->chunked = h->chunked;
	c->body_open = false;
	c->body_taken = 0;
	c->body_left = h->chunked ? -1 : h->content_length;
	if (!c->request_began_ns)
		c->request_began_ns = c->head_ns;
	alarm_cancel(c->server->real_clock, &c->read_alarm);
}

/* A body that is not read to its end is refused in the API's own shape. */
static bool
conn_refuse_body(struct conn *c, int status, const char *why)
{
	struct request *req = c->request;

	req->reply.status = status;
	buf_printf(&req->reply.body, "{\"errors\":[\"%s\"]}\n", why);
	c->close_after = true;
	conn_put_response(c, &req->reply, false);
	request_free(req);
	c->request = NULL;
	c->state = CONN_DONE;
	alarm_cancel(c->server->real_clock, &c->read_alarm);
	conn_forget_body(c);
	waiting_responses_add(c);
	return false;
}

/* Vault 1.19: what is over the limit is a 413. */
static bool
conn_body_too_large(struct conn *c)
{
	return conn_refuse_body(c, 413, "error parsing JSON");
}

/* Go: a head has ReadHeaderTimeout from its first byte on, the whole request
 * ReadTimeout; each byte gives no new time. */
static void
conn_set_deadline(struct conn *c, int seconds)
{
	struct clock *real = c->server->real_clock;

	if (!c->request_began_ns)
		c->request_began_ns = clock_now(real);
	conn_set_timeout(c, 0);
	alarm_set(
	    real, &c->read_alarm, c->request_began_ns + seconds * NSEC_PER_SEC);
}

void
conn_expect_first_head(struct conn *c)
{
	c->request_began_ns = 0;
	conn_set_deadline(c, c->listener->limits.head_timeout_s);
}

/* Go closes without a word for a head; Vault 1.19 reads what it has of a body.
 */
void
conn_read_too_slow(struct conn *c)
{
	if (c->closing)
		return;
	if (c->state == CONN_BODY)
		conn_refuse_body(c, 400, "error parsing JSON");
	else if (c->state == CONN_HEAD)
		conn_mark_closing(c);
}

/* Reads a head and begins its request. True: reading goes on with the body. */
static bool
conn_read_head(struct conn *c, struct evbuffer *in)
{
	size_t n = evbuffer_get_length(in);
	size_t look = n < HTTP_HEAD_MAX + 1 ? n : HTTP_HEAD_MAX + 1;
	struct http_head *h = &c->server->head;
	const char *text, *refusal;
	long used;

	if (n == 0 && c->peer_finished)
		return conn_read_nothing_more(c);
	if (n == 0) {
		if (c->request_count > 0)
			conn_set_timeout(c, c->listener->limits.idle_timeout_s);
		return false;
	}
	text = (const char *)evbuffer_pullup(in, (ev_ssize_t)look);
	used = text[0] == TLS_HANDSHAKE ? -400 : http_parse_head(text, look, h);
	if (used < 0) {
		conn_refuse(c, (int)-used, "");
		return false;
	}
	if (used == 0 && c->peer_finished)
		return conn_read_nothing_more(c);
	if (used == 0) {
		conn_set_deadline(c, c->listener->limits.head_timeout_s);
		return false;
	}
	refusal = http_host_refusal(h);
	if (refusal) {
		conn_refuse(c, 400, refusal);
		return false;
	}
	conn_begin_request(c, text, (size_t)used);
	evbuffer_drain(in, (size_t)used);
	if (h->expect_continue && c->body_left != 0 && c->minor >= 1) {
		buf_str(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
		waiting_responses_add(c);
	}
	c->state = CONN_BODY;
	return true;
}

static bool
conn_is_over_limit(const struct conn *c)
{
	int64_t max = c->listener->limits.body_max_bytes;

	if (stream_is_wanted(c))
		return false;
	return c->body.over ||
	    (max > 0 && ((int64_t)c->body.n > max || c->body_left > max));
}

/* Room for n bytes more of the body, within what all bodies may take. */
static bool
conn_make_room(struct conn *c, size_t n)
{
	struct http_server *s = c->server;
	size_t others = s->body_bytes - c->body_counted;

	if (others + c->body.n + n > s->body_bytes_max ||
	    !buf_try_reserve(&c->body, n))
		return conn_refuse_body(
		    c, 503, "too many request bodies at once");
	s->body_bytes = others + c->body.n + n;
	c->body_counted = c->body.n + n;
	return true;
}

static bool
conn_refuse_for_memory(struct conn *c)
{
	return conn_refuse_body(
	    c, 503, "there is no memory for a request of this size");
}

/* What is made of it takes several times its size: an item of a batch in 20
 * bytes becomes one of 200. */
#define BODY_LARGE_BYTES ((size_t)64 << 10)
#define BODY_WORK_FACTOR 16

/* Is there memory to work on the body? What fails later than here ends the
 * process. */
static bool
conn_has_memory_for_body(const struct conn *c)
{
	void *volatile room; /* else the compiler would leave it out */
	bool ok;

	if (c->body.n < BODY_LARGE_BYTES)
		return true;
	room = malloc(BODY_WORK_FACTOR * c->body.n);
	ok = room != NULL;
	free(room);
	return ok;
}

static bool
conn_read_chunked(struct conn *c, struct evbuffer *in)
{
	size_t n = evbuffer_get_length(in);
	const char *p;
	bool done = false;
	long used;

	if (!conn_make_room(c, n))
		return false;
	p = (const char *)evbuffer_pullup(in, -1);
	if (!p && n > 0)
		return conn_refuse_for_memory(c);
	used = http_parse_chunks(&c->chunks, p, n, &c->body, &done);
	if (used < 0) {
		request_free(c->request);
		c->request = NULL;
		conn_refuse(c, 400, "");
		return false;
	}
	evbuffer_drain(in, (size_t)used);
	return done;
}

static bool
conn_read_sized(struct conn *c, struct evbuffer *in)
{
	size_t n = evbuffer_get_length(in);
	size_t want = c->body_left > 0 ? (size_t)(c->body_left - c->body_taken)
				       : 0;

	if (n > want)
		n = want;
	if (stream_is_wanted(c) && n > c->server->stream_bytes)
		n = c->server->stream_bytes;
	return conn_make_room(c, n) && stream_take_sized(c, &c->body, n);
}

/* ---- whose request it is ---- */

/* Its client is gone before the gate has opened. */
static void
conn_cancel_gated(struct request *req)
{
	struct conn *c = req->owner;

	c->gated = false;
	c->request = NULL;
	c->state = CONN_DONE;
	request_free(req);
}

/* Its tenant is down, or answers nobody for a while: tenant_open_gate. */
static bool
conn_stop_at_gate(struct conn *c)
{
	struct request *req = c->request;

	c->gated = true;
	req->fault.cancel = conn_cancel_gated;
	req->fault.waits_for_client = true;
	if (c->tenant->gate == LISTENER_REFUSING)
		conn_reset(c);
	return false;
}

static bool
conn_refuse_space(struct conn *c)
{
	c->tenant = &c->server->own;
	c->server->active_requests++;
	c->tenant->active_requests++;
	space_write_unknown(c->request);
	conn_on_response(c->request, c);
	return false;
}

/* False: the request does not go to an api, and what becomes of it is done. */
static bool
conn_choose_tenant(struct conn *c)
{
	struct http_server *s = c->server;
	struct http_tenant *t = c->listener->tenant;

	if (c->request->space)
		t = s->find_space(s->find_space_arg, c->request->space);
	if (!t)
		return conn_refuse_space(c);
	c->tenant = t;
	return t->gate == LISTENER_OPEN || c->listener->admin ||
	    (t == &s->own && !s->shared) || conn_stop_at_gate(c);
}

void
conn_hand_over(struct conn *c)
{
	c->server->active_requests++;
	c->tenant->active_requests++;
	api_handle(c->tenant->api, c->request, conn_on_response, c);
}

/* Reads as much of the body as has come, and hands a whole request to the api.
 * false: nothing more can be read now. */
static bool
conn_read_body(struct conn *c, struct evbuffer *in)
{
	bool whole;

	if (conn_is_over_limit(c))
		return conn_body_too_large(c);
	if (c->body_left == 0 || (c->body_left < 0 && !c->chunked))
		whole = true;
	else
		whole = c->chunked ? conn_read_chunked(c, in)
				   : conn_read_sized(c, in);
	if (c->state != CONN_BODY)
		return false;
	if (conn_is_over_limit(c))
		return conn_body_too_large(c);
	if (!whole && c->peer_finished)
		return conn_read_nothing_more(c);
	c->body_open = !whole && stream_is_wanted(c) &&
	    c->body.n >= c->server->stream_bytes;
	if (!whole && !c->body_open) {
		conn_set_deadline(c, c->listener->limits.body_timeout_s);
		return false;
	}
	if (!conn_has_memory_for_body(c))
		return conn_refuse_for_memory(c);
	c->request->body = (struct slice){ c->body.p, c->body.n };
	c->request->body_buf = &c->body;
	c->request->stream.body_follows = c->body_open;
	c->state = CONN_BUSY;
	c->request_began_ns = 0;
	alarm_cancel(c->server->real_clock, &c->read_alarm);
	if (conn_choose_tenant(c))
		conn_hand_over(c);
	return true;
}

/*
 * The answer may take long, so memory that is not needed is given back. Reading
 * goes on, to notice a client that leaves, until a limit is reached.
 * (libevent's own high watermark calls back for ever when nobody drains.)
 */
static void
conn_pause_reading(struct conn *c, const struct evbuffer *in)
{
	conn_set_timeout(c, 0);
	if (c->out.n == 0)
		buf_release(&c->out);
	if (!c->reading_paused &&
	    evbuffer_get_length(in) >= CONN_KEPT_BUFFER_BYTES) {
		c->reading_paused = true;
		bufferevent_disable(c->bev, EV_READ);
	}
}

/* A client that asks and does not read its answers gets no more of them. */
static bool
conn_is_output_full(struct conn *c)
{
	size_t waits = c->out.n +
	    evbuffer_get_length(bufferevent_get_output(c->bev));

	c->output_full = waits > CONN_OUTPUT_MAX_BYTES;
	return c->output_full;
}

void
conn_output_went_out(struct conn *c)
{
	if (!c->closing && c->state == CONN_HEAD)
		conn_read(c);
}

/* Answers go out in the order of the requests: each waits for the one before.
 */
void
conn_read(struct conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);

	c->in_read = true;
	for (bool go = true; go && !c->closing;) {
		if (c->state == CONN_HEAD)
			go = !c->close_after && !conn_is_output_full(c) &&
			    conn_read_head(c, in);
		else if (c->state == CONN_BODY)
			go = conn_read_body(c, in);
		else
			go = false;
		if (!go && c->state == CONN_BUSY && c->body_open) {
			stream_on_body(c);
			go = c->state == CONN_HEAD;
		}
	}
	if (c->state == CONN_DONE)
		evbuffer_drain(in, evbuffer_get_length(in));
	c->in_read = false;
	if (c->state == CONN_BUSY || c->state == CONN_THROTTLED ||
	    (c->state == CONN_HEAD && c->output_full))
		conn_pause_reading(c, in);
	else
		conn_resume_reading(c);
}

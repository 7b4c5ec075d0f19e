/*
 * Connections: reading requests off a bufferevent, one at a time and in order,
 * and writing answers back. A connection is marked dying and freed by the
 * sweep in http_flush, never inside its own callback.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "api/api.h"
#include "http/http_internal.h"
#include "http/status.h"
#include "http/tls.h"

/* First byte of a ClientHello: no request, and no line's end may ever come. */
#define TLS_HANDSHAKE 0x16
#define RATED_BYTES ((size_t)256)

static void read_more(struct conn *c);

static void
die(struct conn *c)
{
	if (c->dying)
		return;
	c->dying = true;
	bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	c->next_dying = c->server->dying;
	c->server->dying = c;
}

static void
set_timeout(struct conn *c, int seconds)
{
	struct timeval tv = { seconds, 0 };

	if (c->timeout == seconds)
		return;
	c->timeout = seconds;
	bufferevent_set_timeouts(c->bev, seconds ? &tv : NULL, NULL);
}

/* ---- answers ---- */

static void
hold(struct conn *c)
{
	if (c->held)
		return;
	c->held = true;
	c->next_held = c->server->held;
	c->server->held = c;
}

static void
put_answer(struct conn *c, const struct reply *r, bool head_only)
{
	answer_head(c, &c->out, r, (int64_t)r->body.n);
	if (!answer_bodiless(r) && !head_only)
		buf_add(&c->out, r->body.p ? r->body.p : "", r->body.n);
}

static void
shape(struct conn *c, struct request *req, bool head_only)
{
	c->shaper = shaper_new(c, req->wire, &req->reply, head_only);
	c->state = CONN_SHAPED;
}

/* The client may have gone meanwhile: then nobody wants the answer. */
static void
answered(struct request *req, void *arg)
{
	struct conn *c = arg;
	bool head_only = strcmp(req->method, "HEAD") == 0;

	c->server->requests--;
	c->request = NULL;
	if (c->dying) {
		c->state = CONN_DONE;
	} else {
		if (c->server->stopping)
			c->close_after = true;
		c->state = CONN_HEAD;
		if (req->wire && req->wire->set && !req->admin)
			shape(c, req, head_only);
		else
			put_answer(c, &req->reply, head_only);
		hold(c);
	}
	request_free(req);
	if (!c->in_read && !c->dying)
		read_more(c);
}

/* Go's net/http answers what it cannot read in plain text, and closes. */
static void
refuse(struct conn *c, int status)
{
	char text[100];
	int n = snprintf(text, sizeof(text), "%d %s", status,
	    status_phrase(status));

	c->close_after = true;
	buf_printf(&c->out,
	    "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "Connection: close\r\n\r\n%.*s",
	    text, n, text);
	c->state = CONN_DONE;
	hold(c);
}

/* ---- requests ---- */

static void
take_headers(struct conn *c, struct request *req)
{
	const struct http_head *h = &c->server->head;
	struct header *list =
	    arena_alloc(req->arena, sizeof(*list) * (size_t)(h->nheaders + 1));

	for (int i = 0; i < h->nheaders; i++) {
		list[i].name = arena_strndup(req->arena, h->headers[i].name.p,
		    h->headers[i].name.n);
		list[i].value = arena_strndup(req->arena,
		    h->headers[i].value.p, h->headers[i].value.n);
	}
	req->headers = list;
	req->nheaders = h->nheaders;
}

static const char *
tls_text(struct conn *c)
{
	const SSL *ssl = bufferevent_openssl_get_ssl(c->bev);

	if (!c->tls_text)
		c->tls_text = xasprintf("%s %s", SSL_get_version(ssl),
		    SSL_get_cipher_name(ssl));
	return c->tls_text;
}

/* The head's text goes with the input buffer, so all of it is copied now. */
static void
begin_request(struct conn *c)
{
	const struct http_head *h = &c->server->head;
	struct request *req = request_new(c->server->api);

	req->method = arena_strndup(req->arena, h->method.p, h->method.n);
	req->target = arena_strndup(req->arena, h->target.p, h->target.n);
	take_headers(c, req);
	req->peer = c->who.peer;
	req->peer_port = c->who.port;
	req->tls = c->tls;
	req->tls_text = c->tls ? tls_text(c) : NULL;
	req->conn_id = c->who.id;
	req->conn_nth = ++c->nth;
	req->admin = c->listener->admin;
	req->owner = c;
	c->request = req;
	c->minor = h->minor;
	c->close_after = !h->keep_alive;
	buf_clear(&c->body);
	memset(&c->chunks, 0, sizeof(c->chunks));
	c->chunked = h->chunked;
	c->left = h->chunked ? -1 : h->length;
}

static void
hand_over(struct conn *c)
{
	struct request *req = c->request;

	req->body = (struct slice){ c->body.p, c->body.n };
	c->state = CONN_BUSY;
	c->server->requests++;
	api_handle(c->server->api, req, answered, c);
}

/* Vault 1.19: a body over the limit is a 413 in the API's own shape. */
static void
too_large(struct conn *c)
{
	struct request *req = c->request;

	req->reply.status = 413;
	buf_str(&req->reply.body,
	    "{\"errors\":[\"error parsing JSON\"]}\n");
	c->close_after = true;
	put_answer(c, &req->reply, false);
	request_free(req);
	c->request = NULL;
	c->state = CONN_DONE;
	hold(c);
}

static bool
read_head(struct conn *c, struct evbuffer *in)
{
	size_t n = evbuffer_get_length(in);
	size_t look = n < HTTP_HEAD_MAX + 1 ? n : HTTP_HEAD_MAX + 1;
	struct http_head *h = &c->server->head;
	const char *text;
	long used;

	if (n == 0) {
		set_timeout(c, c->listener->limits.idle_seconds);
		return false;
	}
	text = (const char *)evbuffer_pullup(in, (ev_ssize_t)look);
	used = text[0] == TLS_HANDSHAKE ? -400
					: http_parse_head(text, look, h);
	if (used < 0) {
		refuse(c, (int)-used);
		return false;
	}
	if (used == 0) {
		set_timeout(c, c->listener->limits.head_seconds);
		return false;
	}
	begin_request(c);
	evbuffer_drain(in, (size_t)used);
	if (h->expect_continue && c->left != 0 && c->minor >= 1) {
		buf_str(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
		hold(c);
	}
	c->state = CONN_BODY;
	return true;
}

static bool
over_limit(const struct conn *c)
{
	int64_t max = c->listener->limits.body_bytes;

	return c->body.over ||
	    (max > 0 && ((int64_t)c->body.n > max || c->left > max));
}

static bool
read_chunked(struct conn *c, struct evbuffer *in)
{
	size_t n = evbuffer_get_length(in);
	bool done = false;
	long used = http_parse_chunks(&c->chunks,
	    (const char *)evbuffer_pullup(in, -1), n, &c->body, &done);

	if (used < 0) {
		request_free(c->request);
		c->request = NULL;
		refuse(c, 400);
		return false;
	}
	evbuffer_drain(in, (size_t)used);
	return done;
}

static bool
read_plain(struct conn *c, struct evbuffer *in)
{
	size_t n = evbuffer_get_length(in);
	size_t want = c->left > 0 ? (size_t)c->left - c->body.n : 0;

	if (n > want)
		n = want;
	buf_reserve(&c->body, n);
	evbuffer_remove(in, c->body.p + c->body.n, n);
	c->body.n += n;
	c->body.p[c->body.n] = '\0';
	return n == want;
}

static bool
read_body(struct conn *c, struct evbuffer *in)
{
	bool whole;

	if (over_limit(c)) {
		too_large(c);
		return false;
	}
	if (c->left == 0 || (c->left < 0 && !c->chunked))
		whole = true;
	else
		whole = c->chunked ? read_chunked(c, in)
					: read_plain(c, in);
	if (c->state != CONN_BODY)
		return false;
	if (over_limit(c)) {
		too_large(c);
		return false;
	}
	if (!whole) {
		set_timeout(c, c->listener->limits.body_seconds);
		return false;
	}
	hand_over(c);
	return true;
}

/*
 * The answer may be long in coming: what is not needed meanwhile is given back.
 * Reading goes on, so that a client that leaves is noticed, but only so far.
 * (libevent's own high watermark calls back for ever when nobody drains.)
 */
static void
settle(struct conn *c, const struct evbuffer *in)
{
	set_timeout(c, 0);
	if (c->out.n == 0)
		buf_release(&c->out);
	if (!c->choked && evbuffer_get_length(in) >= CONN_SPARE_BYTES) {
		c->choked = true;
		bufferevent_disable(c->bev, EV_READ);
	}
}

static void
unsettle(struct conn *c)
{
	if (!c->choked || c->dying)
		return;
	c->choked = false;
	bufferevent_enable(c->bev, EV_READ);
}

/* As many whole requests as have come; each answer waits its turn. */
static void
read_more(struct conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);

	c->in_read = true;
	for (bool go = true; go && !c->dying;) {
		if (c->state == CONN_HEAD)
			go = !c->close_after && read_head(c, in);
		else if (c->state == CONN_BODY)
			go = read_body(c, in);
		else
			go = false;
	}
	if (c->state == CONN_DONE)
		evbuffer_drain(in, evbuffer_get_length(in));
	c->in_read = false;
	if (c->state == CONN_BUSY || c->state == CONN_SHAPED)
		settle(c, in);
	else
		unsettle(c);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	read_more(arg);
}

/* Go ends TLS with a close_notify. */
static void
say_goodbye(struct conn *c)
{
	if (!c->tls)
		return;
	SSL_shutdown(bufferevent_openssl_get_ssl(c->bev));
	ERR_clear_error();
}

/*
 * The last answer is written. After a refusal the client may still be sending:
 * closing now would reset the connection and take the answer with it, so what
 * comes is read and dropped for a second, as Go does.
 */
static void
last_answer_written(struct conn *c)
{
	if (c->dying || c->lingering)
		return;
	say_goodbye(c);
	if (c->state != CONN_DONE) {
		die(c);
		return;
	}
	c->lingering = true;
	shutdown(bufferevent_getfd(c->bev), SHUT_WR);
	set_timeout(c, 1);
}

bool
conn_drained(const struct conn *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev)) == 0;
}

/* A body that is still to come will have its answer too. */
static bool
all_said(const struct conn *c)
{
	return c->close_after &&
	    (c->state == CONN_HEAD || c->state == CONN_DONE) && !c->out.n &&
	    conn_drained(c);
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if (c->shaper && !c->dying)
		shaper_written(c->shaper);
	else if (all_said(c))
		last_answer_written(c);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if (!(what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT)))
		return;
	die(c);
	if (c->state == CONN_BUSY && c->request)
		api_gone(c->request);
}

/* ---- the ends of a shaped answer ---- */

static void
drop_shaper(struct conn *c)
{
	shaper_free(c->shaper);
	c->shaper = NULL;
}

/* From here it is a connection like any other; the socket moves on. */
static void
served_at_last(struct conn *c)
{
	struct caller who = c->who;

	c->who.manners = NULL;
	bufferevent_setfd(c->bev, -1);
	die(c);
	greet(c->listener, &who);
}

/* What came meanwhile is read in the loop's next pass: this one may already
 * have committed. */
void
conn_go_on(struct conn *c)
{
	drop_shaper(c);
	if (c->raw) {
		served_at_last(c);
		return;
	}
	c->state = CONN_HEAD;
	if (all_said(c))
		last_answer_written(c);
	else
		bufferevent_trigger(c->bev, EV_READ,
		    BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

void
conn_mute(struct conn *c)
{
	c->state = CONN_DONE;
	bufferevent_enable(c->bev, EV_READ);
	read_more(c);
}

void
conn_finish(struct conn *c)
{
	drop_shaper(c);
	c->close_after = true;
	conn_mute(c);
	last_answer_written(c);
}

void
socket_abort(evutil_socket_t fd)
{
	struct linger none = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
}

/* Whoever waits for it is told: there is nobody to answer. */
void
conn_reset(struct conn *c)
{
	socket_abort(bufferevent_getfd(c->bev));
	die(c);
	if (c->state == CONN_BUSY && c->request)
		api_gone(c->request);
}

/* ---- life ---- */

/* libevent counts in ticks; a burst is what one of them lets through. */
static void
limit_rate(struct conn *c, const struct wire_conn *w)
{
	int64_t down = w->rate_down, up = w->rate_up;
	int64_t least = down && (!up || down < up) ? down : up;
	int64_t ticks = least >= 10 ? 10 : 1;
	struct timeval tick = { 0, 100000 };
	size_t in, out;

	if (least <= 0)
		return;
	if (ticks == 1)
		tick = (struct timeval){ 1, 0 };
	in = up ? (size_t)(up / ticks) : EV_RATE_LIMIT_MAX;
	out = down ? (size_t)(down / ticks) : EV_RATE_LIMIT_MAX;
	c->rate = ev_token_bucket_cfg_new(in, in, out, out, &tick);
	if (c->rate)
		bufferevent_set_rate_limit(c->bev, c->rate);
}

static SSL *
new_ssl(struct http_listener *l, const struct wire_conn *w)
{
	SSL_CTX *ctx = l->tls;
	SSL *ssl;

	if (w && w->cert != WIRE_CERT_CONFIGURED)
		ctx = tls_profile(l, w->cert);
	ssl = SSL_new(ctx);
	if (w)
		tls_dress(ssl, w);
	return ssl;
}

static struct conn *
make(struct http_listener *l, const struct caller *who, SSL *ssl)
{
	struct http_server *s = l->server;
	struct conn *c = xcalloc(1, sizeof(*c));

	c->server = s;
	c->listener = l;
	c->who = *who;
	c->tls = ssl != NULL;
	c->bev = ssl
	    ? bufferevent_openssl_socket_new(s->base, who->fd, ssl,
		  BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE)
	    : bufferevent_socket_new(s->base, who->fd, BEV_OPT_CLOSE_ON_FREE);
	if (ssl)
		bufferevent_openssl_set_allow_dirty_shutdown(c->bev, 1);
	buf_init(&c->out, (size_t)256 << 20);
	buf_init(&c->body, (size_t)256 << 20);
	c->next = s->conns;
	if (s->conns)
		s->conns->prev = c;
	s->conns = c;
	bufferevent_setcb(c->bev, on_read, on_written, on_event, c);
	return c;
}

void
conn_new(struct http_listener *l, const struct caller *who)
{
	const struct wire_conn *w = who->manners ? &who->manners->wire : NULL;
	bool tls = l->tls && !(w && w->plain);
	struct conn *c = make(l, who, tls ? new_ssl(l, w) : NULL);

	if (w)
		limit_rate(c, w);
	set_timeout(c, l->limits.head_seconds);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

void
conn_raw(struct http_listener *l, const struct caller *who,
    const struct wire *w)
{
	struct conn *c = make(l, who, NULL);

	c->raw = true;
	c->state = CONN_SHAPED;
	c->shaper = shaper_new(c, w, NULL, false);
	shaper_start(c->shaper);
}

void
conn_free(struct conn *c)
{
	struct http_server *s = c->server;

	if (c->prev)
		c->prev->next = c->next;
	else
		s->conns = c->next;
	if (c->next)
		c->next->prev = c->prev;
	if (c->request && c->state != CONN_BUSY)
		request_free(c->request);
	shaper_free(c->shaper);
	bufferevent_free(c->bev);
	if (c->rate)
		ev_token_bucket_cfg_free(c->rate);
	buf_release(&c->out);
	buf_release(&c->body);
	manners_free(c->who.manners);
	free(c->tls_text);
	free(c);
}

static void
free_piece(const void *data, size_t n, void *copy)
{
	(void)data;
	(void)n;
	free(copy);
}

/* libevent's TLS writes a chain of its buffer at once, whatever the rate lets
 * through; so each piece is a chain of its own. */
static void
write_slowly(struct conn *c, const char *p, size_t n)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);

	while (n > 0) {
		size_t some = n < RATED_BYTES ? n : RATED_BYTES;
		char *copy = xstrndup(p, some);

		evbuffer_add_reference(out, copy, some, free_piece, copy);
		p += some;
		n -= some;
	}
}

/* Straight to the socket when nothing waits before it; what does not fit goes
 * through the bufferevent. It saves two epoll_ctl calls an answer. */
void
conn_write(struct conn *c, const char *p, size_t n)
{
	size_t sent = 0;

	if (!c->tls && !c->rate && conn_drained(c)) {
		ssize_t done =
		    send(bufferevent_getfd(c->bev), p, n, MSG_NOSIGNAL);

		sent = done > 0 ? (size_t)done : 0;
	}
	if (c->tls && c->rate)
		write_slowly(c, p, n);
	else if (sent < n)
		bufferevent_write(c->bev, p + sent, n - sent);
}

void
conn_send(struct conn *c)
{
	c->held = false;
	if (c->dying)
		return;
	if (c->out.n > 0)
		conn_write(c, c->out.p, c->out.n);
	if (c->out.cap > CONN_SPARE_BYTES)
		buf_release(&c->out);
	else
		buf_clear(&c->out);
	if (c->state == CONN_SHAPED)
		shaper_start(c->shaper);
	else if (all_said(c))
		last_answer_written(c);
}

/* Silence would outlast any grace. */
void
conn_stop(struct conn *c)
{
	bool silent = c->raw || (c->shaper && c->state == CONN_DONE);

	if (silent || (c->state == CONN_HEAD && !c->held && conn_drained(c)))
		die(c);
	else
		c->close_after = true;
}

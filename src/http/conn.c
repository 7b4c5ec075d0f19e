/*
 * Connections: reading requests off a bufferevent, one at a time and in order,
 * and writing answers back. A connection is marked dying and freed by the
 * sweep in http_flush, never inside its own callback.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "api/api.h"
#include "http/http_internal.h"
#include "http/status.h"
#include "world/clock.h"

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

/* The Date line is made once a second. */
static const char *
date_line(struct http_server *s)
{
	const struct vault *v = api_vault(s->api);
	int64_t now = vault_shown(v, vault_now(v)) / 1000000000;
	time_t t = (time_t)now;
	struct tm tm;

	if (now != s->date_second) {
		gmtime_r(&t, &tm);
		strftime(s->date, sizeof(s->date),
		    "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
		s->date_second = now;
	}
	return s->date;
}

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
put_head(struct conn *c, const struct reply *r, bool head_only)
{
	struct buf *out = &c->out;
	bool bodiless = r->status == 204 || r->status == 304;

	buf_str(out, "HTTP/1.1 ");
	buf_int(out, r->status);
	buf_char(out, ' ');
	buf_str(out, status_phrase(r->status));
	buf_str(out, "\r\nCache-Control: no-store\r\nContent-Type: ");
	buf_str(out, r->content_type ? r->content_type : "application/json");
	buf_str(out, "\r\nStrict-Transport-Security: max-age=31536000; "
		     "includeSubDomains\r\n");
	for (int i = 0; i < r->nheaders; i++) {
		buf_str(out, r->headers[i].name);
		buf_str(out, ": ");
		buf_str(out, r->headers[i].value);
		buf_str(out, "\r\n");
	}
	buf_str(out, date_line(c->server));
	if (!bodiless) {
		buf_str(out, "Content-Length: ");
		buf_int(out, (long long)r->body.n);
		buf_str(out, "\r\n");
	}
	if (c->close_after)
		buf_str(out, "Connection: close\r\n");
	else if (c->minor == 0)
		buf_str(out, "Connection: keep-alive\r\n");
	buf_str(out, "\r\n");
	if (!bodiless && !head_only)
		buf_add(out, r->body.p ? r->body.p : "", r->body.n);
}

static void
answered(struct request *req, void *arg)
{
	struct conn *c = arg;
	bool head_only = strcmp(req->method, "HEAD") == 0;

	c->server->requests--;
	if (!c->dying) {
		c->request = NULL;
		if (c->server->stopping)
			c->close_after = true;
		put_head(c, &req->reply, head_only);
		hold(c);
		c->state = CONN_HEAD;
	} else {
		c->request = NULL;
		c->state = CONN_DONE;
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
	const struct http_head *h = &c->head;
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

/* The head's text goes with the input buffer, so all of it is copied now. */
static void
begin_request(struct conn *c)
{
	struct request *req = request_new(c->server->api);

	req->method = arena_strndup(req->arena, c->head.method.p,
	    c->head.method.n);
	req->target = arena_strndup(req->arena, c->head.target.p,
	    c->head.target.n);
	take_headers(c, req);
	req->peer = c->peer;
	req->peer_port = c->peer_port;
	req->tls = c->tls;
	req->admin = c->listener->admin;
	req->owner = c;
	c->request = req;
	c->minor = c->head.minor;
	c->close_after = !c->head.keep_alive;
	buf_clear(&c->body);
	memset(&c->chunks, 0, sizeof(c->chunks));
	c->left = c->head.chunked ? -1 : c->head.length;
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
	put_head(c, &req->reply, false);
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
	const char *text;
	long used;

	if (n == 0) {
		set_timeout(c, c->listener->limits.idle_seconds);
		return false;
	}
	text = (const char *)evbuffer_pullup(in, (ev_ssize_t)look);
	used = http_parse_head(text, look, &c->head);
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
	if (c->head.expect_continue && c->left != 0 && c->minor >= 1) {
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
	if (c->left == 0 || (c->left < 0 && !c->head.chunked))
		whole = true;
	else
		whole = c->head.chunked ? read_chunked(c, in)
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
	if (c->state == CONN_BUSY)
		set_timeout(c, 0);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	read_more(arg);
}

/*
 * The last answer is written. After a refusal the client may still be sending:
 * closing now would reset the connection and take the answer with it, so what
 * comes is read and dropped for a second, as Go does.
 */
static void
last_answer_written(struct conn *c)
{
	if (c->state != CONN_DONE || c->tls) {
		die(c);
		return;
	}
	if (c->lingering)
		return;
	c->lingering = true;
	shutdown(bufferevent_getfd(c->bev), SHUT_WR);
	set_timeout(c, 1);
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	if (c->close_after && c->state != CONN_BUSY && !c->out.n &&
	    evbuffer_get_length(bufferevent_get_output(bev)) == 0)
		last_answer_written(c);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT))
		die(arg);
}

/* ---- life ---- */

void
conn_new(struct http_listener *l, evutil_socket_t fd, const char *peer,
    int port)
{
	struct http_server *s = l->server;
	struct conn *c = xcalloc(1, sizeof(*c));
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->server = s;
	c->listener = l;
	c->tls = l->tls != NULL;
	c->bev = l->tls
	    ? bufferevent_openssl_socket_new(s->base, fd, SSL_new(l->tls),
		  BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE)
	    : bufferevent_socket_new(s->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (l->tls)
		bufferevent_openssl_set_allow_dirty_shutdown(c->bev, 1);
	snprintf(c->peer, sizeof(c->peer), "%s", peer);
	c->peer_port = port;
	buf_init(&c->out, (size_t)256 << 20);
	buf_init(&c->body, (size_t)256 << 20);
	c->next = s->conns;
	if (s->conns)
		s->conns->prev = c;
	s->conns = c;
	bufferevent_setcb(c->bev, on_read, on_written, on_event, c);
	set_timeout(c, l->limits.head_seconds);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
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
	bufferevent_free(c->bev);
	buf_release(&c->out);
	buf_release(&c->body);
	free(c);
}

/* Straight to the socket when nothing waits before it; what does not fit goes
 * through the bufferevent. It saves two epoll_ctl calls an answer. */
static void
send_plain(struct conn *c)
{
	size_t sent = 0;

	if (evbuffer_get_length(bufferevent_get_output(c->bev)) == 0) {
		ssize_t n = send(bufferevent_getfd(c->bev), c->out.p, c->out.n,
		    MSG_NOSIGNAL);

		sent = n > 0 ? (size_t)n : 0;
	}
	if (sent < c->out.n)
		bufferevent_write(c->bev, c->out.p + sent, c->out.n - sent);
}

void
conn_send(struct conn *c)
{
	c->held = false;
	if (c->dying)
		return;
	if (c->tls)
		bufferevent_write(c->bev, c->out.p, c->out.n);
	else
		send_plain(c);
	if (c->out.cap > CONN_SPARE_BYTES)
		buf_release(&c->out);
	else
		buf_clear(&c->out);
	if (c->close_after && c->state != CONN_BUSY &&
	    evbuffer_get_length(bufferevent_get_output(c->bev)) == 0)
		last_answer_written(c);
}

void
conn_stop(struct conn *c)
{
	if (c->state == CONN_HEAD && !c->held &&
	    evbuffer_get_length(bufferevent_get_output(c->bev)) == 0)
		die(c);
	else
		c->close_after = true;
}

/*
 * Connections: their events, their bytes on the way out, their ends. One is
 * marked dying and freed by the sweep in http_flush, never inside its own
 * callback.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "api/api.h"
#include "http/http_internal.h"
#include "http/tls.h"

#define RATED_BYTES ((size_t)256)

static void
conn_die(struct conn *c)
{
	if (c->dying)
		return;
	c->dying = true;
	bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	c->next_dying = c->server->dying;
	c->server->dying = c;
}

void
conn_timeout(struct conn *c, int seconds)
{
	struct timeval tv = { seconds, 0 };

	if (c->timeout == seconds)
		return;
	c->timeout = seconds;
	bufferevent_set_timeouts(c->bev, seconds ? &tv : NULL, NULL);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	conn_read(arg);
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
		conn_die(c);
		return;
	}
	c->lingering = true;
	shutdown(bufferevent_getfd(c->bev), SHUT_WR);
	conn_timeout(c, 1);
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
	conn_die(c);
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
	conn_die(c);
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
	conn_read(c);
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
	conn_die(c);
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
	conn_timeout(c, l->limits.head_seconds);
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
	if (c->rate) /* its timer must not outlive the configuration */
		bufferevent_set_rate_limit(c->bev, NULL);
	bufferevent_free(c->bev);
	if (c->rate)
		ev_token_bucket_cfg_free(c->rate);
	buf_release(&c->out);
	buf_release(&c->body);
	free(c->who.manners);
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
		conn_die(c);
	else
		c->close_after = true;
}

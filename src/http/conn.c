/*
 * Connections: their events, their bytes on the way out, their ends. One is
 * marked closing and freed in http_flush, never inside its own
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

#define RATE_PIECE_BYTES ((size_t)256)

static void
conn_mark_closing(struct conn *c)
{
	if (c->closing)
		return;
	c->closing = true;
	bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	c->next_closing = c->server->closing_list;
	c->server->closing_list = c;
}

void
conn_set_timeout(struct conn *c, int timeout_s)
{
	struct timeval tv = { timeout_s, 0 };

	if (c->timeout_s == timeout_s)
		return;
	c->timeout_s = timeout_s;
	bufferevent_set_timeouts(c->bev, timeout_s ? &tv : NULL, NULL);
}

static void
conn_on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	conn_read(arg);
}

/* Go ends TLS with a close_notify. */
static void
conn_tls_shutdown(struct conn *c)
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
conn_last_response_written(struct conn *c)
{
	if (c->closing || c->lingering)
		return;
	conn_tls_shutdown(c);
	if (c->state != CONN_DONE) {
		conn_mark_closing(c);
		return;
	}
	c->lingering = true;
	shutdown(bufferevent_getfd(c->bev), SHUT_WR);
	conn_set_timeout(c, 1);
}

bool
conn_is_drained(const struct conn *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev)) == 0;
}

/* A body that is still to come will have its answer too. */
static bool
conn_is_all_sent(const struct conn *c)
{
	return c->close_after &&
	    (c->state == CONN_HEAD || c->state == CONN_DONE) && !c->out.n &&
	    conn_is_drained(c);
}

static void
conn_on_written(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if (c->throttle && !c->closing)
		throttle_on_written(c->throttle);
	else if (conn_is_all_sent(c))
		conn_last_response_written(c);
}

/* Somebody who has sent all he has may still wait for answers (a half-closed
 * socket). Who waits without end for an answer that a fault holds back is taken
 * to have gone. libevent's TLS cannot write after the other side has ended. */
static bool
conn_may_still_answer(const struct conn *c)
{
	if (c->tls || c->closing || c->lingering)
		return false;
	switch (c->state) {
	case CONN_BUSY:
		return c->request && !c->request->fault.waits_for_client;
	case CONN_THROTTLED:
		return !c->unserved;
	case CONN_HEAD:
	case CONN_BODY:
	case CONN_DONE:
		break;
	}
	return c->out.n > 0 || !conn_is_drained(c);
}

static void
conn_start_grace(struct conn *c)
{
	struct clock *clock = c->server->real_clock;

	c->bytes_at_grace = c->bytes_written;
	alarm_set(
	    clock, &c->gone_alarm, clock_now(clock) + HALF_CLOSED_GRACE_NS);
}

/* The client sent its FIN a while ago. It has gone when what it waits for can
 * be dropped, or when an answer on its way has not moved since. */
static void
conn_on_grace_over(void *arg, int64_t now_ns)
{
	struct conn *c = arg;

	(void)now_ns;
	if (c->closing)
		return;
	if (c->state == CONN_BUSY && c->request && !c->request->fault.cancel) {
		conn_start_grace(c);
		return;
	}
	if (c->state != CONN_BUSY && c->bytes_written != c->bytes_at_grace) {
		conn_start_grace(c);
		return;
	}
	conn_mark_closing(c);
	if (c->state == CONN_BUSY && c->request)
		api_client_gone(c->request);
}

static void
conn_on_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if (!(what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT)))
		return;
	if (!(what & (BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT)) &&
	    conn_may_still_answer(c)) {
		c->peer_finished = true;
		conn_start_grace(c);
		return;
	}
	conn_mark_closing(c);
	if (c->state == CONN_BUSY && c->request)
		api_client_gone(c->request);
}

/* ---- the ends of a throttled answer ---- */

static void
conn_drop_throttle(struct conn *c)
{
	throttle_free(c->throttle);
	c->throttle = NULL;
}

/* From here it is a connection like any other; the socket moves on. */
static void
conn_return_to_accept(struct conn *c)
{
	struct accepted_socket accepted = c->accepted;

	c->accepted.conn_faults = NULL;
	bufferevent_setfd(c->bev, -1);
	conn_mark_closing(c);
	accept_continue(c->listener, &accepted);
}

/* What came meanwhile is read in the loop's next pass: this one may already
 * have committed. */
void
conn_next_request(struct conn *c)
{
	conn_drop_throttle(c);
	if (c->unserved) {
		conn_return_to_accept(c);
		return;
	}
	c->state = CONN_HEAD;
	if (conn_is_all_sent(c))
		conn_last_response_written(c);
	else
		bufferevent_trigger(c->bev, EV_READ,
		    BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

void
conn_stop_reading(struct conn *c)
{
	c->state = CONN_DONE;
	bufferevent_enable(c->bev, EV_READ);
	conn_read(c);
}

void
conn_finish(struct conn *c)
{
	conn_drop_throttle(c);
	c->close_after = true;
	conn_stop_reading(c);
	conn_last_response_written(c);
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
	conn_mark_closing(c);
	if (c->state == CONN_BUSY && c->request)
		api_client_gone(c->request);
}

/* ---- life ---- */

/* libevent counts in ticks; a burst is what one of them lets through. */
static void
conn_limit_rate(struct conn *c, const struct conn_faults *w)
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
	c->rate_limit = ev_token_bucket_cfg_new(in, in, out, out, &tick);
	if (c->rate_limit)
		bufferevent_set_rate_limit(c->bev, c->rate_limit);
}

static SSL *
conn_new_ssl(struct http_listener *l, const struct conn_faults *w)
{
	SSL_CTX *ctx = l->tls;
	SSL *ssl;

	if (w && w->cert != FAULT_CERT_CONFIGURED)
		ctx = tls_profile_context(l, w->cert);
	ssl = SSL_new(ctx);
	if (w)
		tls_apply_conn_faults(ssl, w);
	return ssl;
}

static struct conn *
conn_make(
    struct http_listener *l, const struct accepted_socket *accepted, SSL *ssl)
{
	struct http_server *s = l->server;
	struct conn *c = xcalloc(1, sizeof(*c));

	c->server = s;
	c->listener = l;
	c->accepted = *accepted;
	c->tls = ssl != NULL;
	c->bev = ssl
	    ? bufferevent_openssl_socket_new(s->base, accepted->fd, ssl,
		  BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE)
	    : bufferevent_socket_new(
		  s->base, accepted->fd, BEV_OPT_CLOSE_ON_FREE);
	if (ssl)
		bufferevent_openssl_set_allow_dirty_shutdown(c->bev, 1);
	alarm_init(&c->gone_alarm, conn_on_grace_over, c);
	buf_init(&c->out, (size_t)256 << 20);
	buf_init(&c->body, (size_t)256 << 20);
	c->next = s->conns;
	if (s->conns)
		s->conns->prev = c;
	s->conns = c;
	bufferevent_setcb(
	    c->bev, conn_on_read, conn_on_written, conn_on_event, c);
	return c;
}

void
conn_new(struct http_listener *l, const struct accepted_socket *accepted)
{
	const struct conn_faults *w = accepted->conn_faults
	    ? &accepted->conn_faults->faults
	    : NULL;
	bool tls = l->tls && !(w && w->wrong_protocol);
	struct conn *c = conn_make(
	    l, accepted, tls ? conn_new_ssl(l, w) : NULL);

	if (w)
		conn_limit_rate(c, w);
	conn_set_timeout(c, l->limits.head_timeout_s);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

void
conn_new_unserved(struct http_listener *l,
    const struct accepted_socket *accepted, const struct response_fault *fault)
{
	struct conn *c = conn_make(l, accepted, NULL);

	c->unserved = true;
	c->state = CONN_THROTTLED;
	c->throttle = throttle_new(c, fault, NULL, false);
	throttle_start(c->throttle);
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
	throttle_free(c->throttle);
	alarm_cancel(s->real_clock, &c->gone_alarm);
	if (c->rate_limit) /* its timer must not outlive the configuration */
		bufferevent_set_rate_limit(c->bev, NULL);
	bufferevent_free(c->bev);
	if (c->rate_limit)
		ev_token_bucket_cfg_free(c->rate_limit);
	buf_release(&c->out);
	buf_release(&c->body);
	free(c->accepted.conn_faults);
	free(c->tls_text);
	free(c);
}

static void
conn_free_piece(const void *data, size_t n, void *copy)
{
	(void)data;
	(void)n;
	free(copy);
}

/* libevent's TLS writes a chain of its buffer at once, whatever the rate lets
 * through; so each piece is a chain of its own. */
static void
conn_write_in_pieces(struct conn *c, const char *p, size_t n)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);

	while (n > 0) {
		size_t some = n < RATE_PIECE_BYTES ? n : RATE_PIECE_BYTES;
		char *copy = xstrndup(p, some);

		evbuffer_add_reference(out, copy, some, conn_free_piece, copy);
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

	c->bytes_written += (int64_t)n;
	if (!c->tls && !c->rate_limit && conn_is_drained(c)) {
		ssize_t done = send(
		    bufferevent_getfd(c->bev), p, n, MSG_NOSIGNAL);

		sent = done > 0 ? (size_t)done : 0;
	}
	if (c->tls && c->rate_limit)
		conn_write_in_pieces(c, p, n);
	else if (sent < n)
		bufferevent_write(c->bev, p + sent, n - sent);
}

void
conn_flush(struct conn *c)
{
	c->in_flush_list = false;
	if (c->closing)
		return;
	if (c->out.n > 0)
		conn_write(c, c->out.p, c->out.n);
	if (c->out.cap > CONN_KEPT_BUFFER_BYTES)
		buf_release(&c->out);
	else
		buf_clear(&c->out);
	if (c->state == CONN_THROTTLED)
		throttle_start(c->throttle);
	else if (conn_is_all_sent(c))
		conn_last_response_written(c);
}

/* Silence would outlast any grace. */
void
conn_stop(struct conn *c)
{
	bool silent = c->unserved || (c->throttle && c->state == CONN_DONE);

	if (silent ||
	    (c->state == CONN_HEAD && !c->in_flush_list && conn_is_drained(c)))
		conn_mark_closing(c);
	else
		c->close_after = true;
}

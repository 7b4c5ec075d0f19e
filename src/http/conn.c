/*
 * Connections: how they begin, their events, how they are freed. A connection
 * that ends is marked closing and freed in http_flush, never inside its own
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

static void
conn_on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	conn_read(arg);
}

static void
conn_on_written(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if (c->throttle && !c->closing)
		throttle_on_written(c->throttle);
	else if (c->state == CONN_BUSY)
		conn_tell_room(c);
	else if (conn_is_all_sent(c))
		conn_last_response_written(c);
	else if (c->output_full)
		conn_output_went_out(c);
}

/* A client that has sent its FIN may still wait for answers (a half-closed
 * socket). One that waits for an answer that a fault never sends counts as
 * gone. libevent's TLS cannot write after the other side has ended. */
static bool
conn_may_still_answer(const struct conn *c)
{
	if (c->tls || c->closing || c->lingering || c->body_open)
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

/* A throttled answer is cut off. One that is not there yet is dropped when it
 * comes: conn_on_response. */
static void
conn_on_write_timeout(void *arg, int64_t now_ns)
{
	struct conn *c = arg;

	(void)now_ns;
	if (!c->closing && c->state == CONN_THROTTLED && !c->unserved)
		conn_finish(c);
}

static void
conn_on_read_timeout(void *arg, int64_t now_ns)
{
	(void)now_ns;
	conn_read_too_slow(arg);
}

static void
conn_on_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED) /* TLS: the handshake is over */
		conn_expect_first_head(c);
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

/* NULL when memory is short, or OpenSSL cannot do what a rule asks for. */
static SSL *
conn_new_ssl(struct http_listener *l, const struct conn_faults *w)
{
	SSL_CTX *ctx = l->tls;
	SSL *ssl;

	if (w && w->cert != FAULT_CERT_CONFIGURED)
		ctx = tls_profile_context(l, w->cert);
	ssl = SSL_new(ctx);
	if (ssl && w && !tls_apply_conn_faults(ssl, w)) {
		SSL_free(ssl);
		return NULL;
	}
	return ssl;
}

/* The bufferevent takes ssl; NULL when memory is short. */
static struct bufferevent *
conn_new_bufferevent(struct event_base *base, evutil_socket_t fd, SSL *ssl)
{
	struct bufferevent *bev;

	if (!ssl)
		return bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	bev = bufferevent_openssl_socket_new(
	    base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (bev)
		bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	else
		SSL_free(ssl);
	return bev;
}

/* A connection on bev, in the list of its server. Takes bev and the accepted
 * socket's conn_faults. Nothing is read yet. */
static struct conn *
conn_make(struct http_listener *l, const struct accepted_socket *accepted,
    struct bufferevent *bev, bool tls)
{
	struct http_server *s = l->server;
	struct conn *c = xcalloc(1, sizeof(*c));

	c->server = s;
	c->listener = l;
	c->tenant = l->tenant;
	c->accepted = *accepted;
	c->tls = tls;
	c->bev = bev;
	alarm_init(&c->gone_alarm, conn_on_grace_over, c);
	alarm_init(&c->read_alarm, conn_on_read_timeout, c);
	alarm_init(&c->write_alarm, conn_on_write_timeout, c);
	buf_init(&c->out, (size_t)256 << 20);
	buf_init(&c->unsure, (size_t)256 << 20);
	buf_init(&c->body, (size_t)256 << 20);
	c->next = s->conns;
	if (s->conns)
		s->conns->prev = c;
	s->conns = c;
	bufferevent_setcb(
	    c->bev, conn_on_read, conn_on_written, conn_on_event, c);
	return c;
}

/* A connection that cannot be served ends at once. */
static void
conn_drop_socket(
    struct http_listener *l, const struct accepted_socket *accepted)
{
	log_msg(l->server->log, LOG_WARN, "http",
	    "a connection could not be set up");
	ERR_clear_error();
	evutil_closesocket(accepted->fd);
	free(accepted->conn_faults);
}

void
conn_new(struct http_listener *l, const struct accepted_socket *accepted)
{
	const struct conn_faults *w = accepted->conn_faults
	    ? &accepted->conn_faults->faults
	    : NULL;
	bool tls = l->tls && !(w && w->wrong_protocol);
	SSL *ssl = tls ? conn_new_ssl(l, w) : NULL;
	struct bufferevent *bev = tls && !ssl
	    ? NULL
	    : conn_new_bufferevent(l->server->base, accepted->fd, ssl);
	struct conn *c;

	if (!bev) {
		conn_drop_socket(l, accepted);
		return;
	}
	c = conn_make(l, accepted, bev, tls);
	if (w)
		conn_limit_rate(c, w);
	conn_expect_first_head(c);
	if (bufferevent_enable(c->bev, EV_READ | EV_WRITE) != 0)
		conn_mark_closing(c); /* nothing would ever be heard of it */
}

void
conn_new_unserved(struct http_listener *l,
    const struct accepted_socket *accepted, const struct response_fault *fault,
    void (*then)(struct http_listener *l, const struct accepted_socket *from))
{
	struct bufferevent *bev = conn_new_bufferevent(
	    l->server->base, accepted->fd, NULL);
	struct conn *c;

	if (!bev) {
		conn_drop_socket(l, accepted);
		return;
	}
	c = conn_make(l, accepted, bev, false);
	c->unserved = true;
	c->on_served = then;
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
	if (c->watched && s->on_conn_end)
		s->on_conn_end(s->on_conn_end_arg, c->accepted.id);
	throttle_free(c->throttle);
	alarm_cancel(s->real_clock, &c->gone_alarm);
	alarm_cancel(s->real_clock, &c->read_alarm);
	alarm_cancel(s->real_clock, &c->write_alarm);
	if (c->rate_limit) /* its timer must not outlive the configuration */
		bufferevent_set_rate_limit(c->bev, NULL);
	bufferevent_free(c->bev);
	if (c->rate_limit)
		ev_token_bucket_cfg_free(c->rate_limit);
	buf_release(&c->out);
	buf_release(&c->unsure);
	buf_release(&c->body);
	s->body_bytes -= c->body_counted;
	free(c->accepted.conn_faults);
	free(c->tls_text);
	free(c);
}

void
conn_reap_closing(struct http_server *s)
{
	struct conn *c = s->closing_list;

	s->closing_list = NULL;
	while (c) {
		struct conn *next = c->next_closing;

		if (c->state == CONN_BUSY ||
		    c->in_flush_list) { /* its answer first */
			c->next_closing = s->closing_list;
			s->closing_list = c;
		} else {
			conn_free(c);
		}
		c = next;
	}
}

/* A connection that a fault keeps silent is closed at once: it has no answer.
 * A stream has no end of its own. */
void
conn_stop(struct conn *c)
{
	bool silent = c->unserved || (c->throttle && c->state == CONN_DONE);

	if (c->gated && !c->closing)
		conn_reset(c);
	else if (c->state == CONN_BUSY && c->request &&
	    c->request->stream.endless && !c->closing)
		api_client_gone(c->request);
	else if (silent ||
	    (c->state == CONN_HEAD && !c->in_flush_list && conn_is_drained(c)))
		conn_mark_closing(c);
	else
		c->close_after = true;
}

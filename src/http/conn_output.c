/*
 * The bytes that go out of a connection, and its ends. conn.c, reader.c and
 * throttle.c use it; it uses none of them.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/bufferevent_struct.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "api/api.h"
#include "http/http_internal.h"

#define RATE_PIECE_BYTES ((size_t)256)

void
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

bool
conn_is_drained(const struct conn *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev)) == 0;
}

static void
conn_free_piece(const void *data, size_t n, void *copy)
{
	(void)data;
	(void)n;
	free(copy);
}

/* libevent's TLS writes each chain of its buffer at once, whatever the rate
 * limit, so each small piece is a chain of its own. */
static void
conn_write_in_pieces(struct conn *c, const char *p, size_t n)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);

	while (n > 0) {
		size_t some = n < RATE_PIECE_BYTES ? n : RATE_PIECE_BYTES;
		char *copy = xstrndup(p, some);

		if (evbuffer_add_reference(
			out, copy, some, conn_free_piece, copy) != 0) {
			free(copy);
			conn_mark_closing(c);
			return;
		}
		p += some;
		n -= some;
	}
}

/* libevent says nothing of an epoll_ctl that fails: what is in the output would
 * stay there. */
static void
conn_check_is_awaited(struct conn *c)
{
	if (!conn_is_drained(c) && !c->rate_limit &&
	    (bufferevent_get_enabled(c->bev) & EV_WRITE) &&
	    !event_pending(&c->bev->ev_write, EV_WRITE, NULL))
		conn_mark_closing(c);
}

static void
conn_free_taken(const void *data, size_t n, void *buffer)
{
	(void)data;
	(void)n;
	free(buffer);
}

/* The same for all of a large buffer, which is emptied: what the socket does
 * not take is not copied. */
void
conn_write_taken(struct conn *c, struct buf *b)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	size_t sent = 0;

	c->bytes_written += (int64_t)b->n;
	if (!c->tls && conn_is_drained(c)) {
		ssize_t done = send(
		    bufferevent_getfd(c->bev), b->p, b->n, MSG_NOSIGNAL);

		sent = done > 0 ? (size_t)done : 0;
	}
	if (sent == b->n ||
	    evbuffer_add_reference(
		out, b->p + sent, b->n - sent, conn_free_taken, b->p) != 0) {
		if (sent < b->n)
			conn_mark_closing(c);
		free(b->p);
	}
	buf_init(b, b->max);
	conn_check_is_awaited(c);
}

/* Writes to the socket itself when nothing waits before it, which saves two
 * epoll_ctl calls an answer. What does not fit goes to the bufferevent. */
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
	else if (sent < n && bufferevent_write(c->bev, p + sent, n - sent) != 0)
		conn_mark_closing(
		    c); /* no memory: what follows would be torn */
	conn_check_is_awaited(c);
}

/*
 * The last answer is written. After a refusal the client may still be sending:
 * closing now would reset the connection and take the answer with it, so what
 * comes is read and dropped for a second, as Go does.
 */
void
conn_last_response_written(struct conn *c)
{
	if (c->closing || c->lingering)
		return;
	if (c->tls) { /* Go ends TLS with a close_notify. */
		SSL_shutdown(bufferevent_openssl_get_ssl(c->bev));
		ERR_clear_error();
	}
	if (c->state != CONN_DONE) {
		conn_mark_closing(c);
		return;
	}
	c->lingering = true;
	shutdown(bufferevent_getfd(c->bev), SHUT_WR);
	conn_set_timeout(c, 1);
}

/* A request whose body is still to come gets its answer too. */
bool
conn_is_all_sent(const struct conn *c)
{
	return c->close_after &&
	    (c->state == CONN_HEAD || c->state == CONN_DONE) && !c->out.n &&
	    conn_is_drained(c);
}

/* What came meanwhile is read in the loop's next pass, because this pass may
 * already have committed. */
void
conn_read_in_next_pass(struct conn *c)
{
	bufferevent_trigger(c->bev, EV_READ,
	    BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

void
conn_next_request(struct conn *c)
{
	if (c->unserved) {
		struct accepted_socket accepted = c->accepted;

		/* The fault is over: the socket leaves this struct and is
		 * served as usual. */
		c->accepted.conn_faults = NULL;
		bufferevent_setfd(c->bev, -1);
		conn_mark_closing(c);
		c->on_served(c->listener, &accepted);
		return;
	}
	c->state = CONN_HEAD;
	if (conn_is_all_sent(c))
		conn_last_response_written(c);
	else
		conn_read_in_next_pass(c);
}

/* Where the system refuses, nothing more would be heard of it. */
static void
conn_enable_reading(struct conn *c)
{
	if (bufferevent_enable(c->bev, EV_READ) != 0)
		conn_mark_closing(c);
}

void
conn_resume_reading(struct conn *c)
{
	if (!c->reading_paused || c->closing)
		return;
	c->reading_paused = false;
	conn_enable_reading(c);
}

void
conn_tell_room(struct conn *c)
{
	struct request *req = c->request;

	if (req && !c->closing && conn_is_drained(c) && req->stream.on_room)
		req->stream.on_room(req);
}

void
conn_stop_reading(struct conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);

	c->state = CONN_DONE;
	conn_enable_reading(c);
	c->reading_paused = false;
	evbuffer_drain(in, evbuffer_get_length(in));
}

void
conn_finish(struct conn *c)
{
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

/* The request that is under way has no client any more. */
void
conn_reset(struct conn *c)
{
	socket_abort(bufferevent_getfd(c->bev));
	conn_mark_closing(c);
	if (c->state == CONN_BUSY && c->request)
		api_client_gone(c->request);
}

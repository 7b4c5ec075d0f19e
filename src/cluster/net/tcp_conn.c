/*
 * A connection between two nodes: who called it says hello and is answered,
 * then messages go both ways, a piece of each lane in turn.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "cluster/net/tcp_internal.h"

/* ---- the peer ---- */

struct tcp_peer *
tcp_peer_find(const struct tcp_network *n, uint64_t id)
{
	for (struct tcp_peer *p = n->peers; p; p = p->next)
		if (p->id == id)
			return p;
	return NULL;
}

void
tcp_peer_retry(struct tcp_peer *p, const char *why)
{
	struct tcp_network *n = p->network;
	int64_t half_ns;

	if (why && !p->told) {
		log_msg(n->options.log, LOG_WARN, "cluster",
		    "node %llu is away: %s", (unsigned long long)p->id, why);
		p->told = true;
	}
	if (p->conn || p->link.cut || p->retry.heap_index)
		return;
	p->backoff_ns = p->backoff_ns == 0	   ? TCP_RETRY_MIN_NS
	    : p->backoff_ns < TCP_RETRY_MAX_NS / 2 ? 2 * p->backoff_ns
						   : TCP_RETRY_MAX_NS;
	half_ns = p->backoff_ns / 2;
	alarm_set(n->options.clock, &p->retry,
	    clock_now(n->options.clock) + half_ns +
		(int64_t)random_below(
		    n->options.random, (uint64_t)half_ns + 1));
}

/* ---- queues ---- */

static void
tcp_queue_release(struct tcp_queue *q)
{
	while (q->first) {
		struct tcp_message *m = q->first;

		q->first = m->next;
		buf_release(&m->bytes);
		free(m);
	}
}

static bool
tcp_queue_add(
    struct tcp_queue *q, struct slice bytes, int64_t at_ns, size_t max)
{
	struct tcp_message *m;

	if (q->waiting > 0 &&
	    bytes.n > max - (q->waiting < max ? q->waiting : max))
		return false;
	m = xcalloc(1, sizeof(*m));
	m->at_ns = at_ns;
	buf_init(&m->bytes, SIZE_MAX / 2);
	buf_slice(&m->bytes, bytes);
	*q->end = m;
	q->end = &m->next;
	q->waiting += bytes.n;
	return true;
}

static void
tcp_queue_drop_first(struct tcp_queue *q)
{
	struct tcp_message *m = q->first;

	q->first = m->next;
	if (!q->first)
		q->end = &q->first;
	q->waiting -= m->bytes.n;
	buf_release(&m->bytes);
	free(m);
}

/* The next piece of a queue into the connection's buffer. False: nothing is to
 * be sent now; *wake_ns is when. */
static bool
tcp_conn_put_piece(struct tcp_conn *c, enum frame_lane lane, int64_t *wake_ns)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	struct tcp_queue *q = &c->queues[lane];
	struct tcp_message *m = q->first;
	char head[FRAME_HEAD];
	size_t n;

	if (!m)
		return false;
	if (m->at_ns > clock_now(c->network->options.clock)) {
		if (*wake_ns == 0 || m->at_ns < *wake_ns)
			*wake_ns = m->at_ns;
		return false;
	}
	n = m->bytes.n - m->sent;
	if (n > FRAME_BYTES_MAX)
		n = FRAME_BYTES_MAX;
	frame_put_head(head, lane, n, m->sent + n < m->bytes.n);
	if (evbuffer_add(out, head, sizeof(head)) != 0 ||
	    evbuffer_add(out, m->bytes.p + m->sent, n) != 0)
		abort(); /* no memory */
	m->sent += n;
	if (m->sent == m->bytes.n)
		tcp_queue_drop_first(q);
	return true;
}

/* Fills the buffer from the queues. */
static void
tcp_conn_pump(struct tcp_conn *c)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	int64_t wake_ns = 0;
	int idle = 0;

	while (c->ready && idle < NLANES &&
	    evbuffer_get_length(out) < TCP_BUFFER_BYTES) {
		c->lane = (c->lane + 1) % NLANES;
		if (tcp_conn_put_piece(c, (enum frame_lane)c->lane, &wake_ns))
			idle = 0;
		else
			idle++;
	}
	if (wake_ns != 0)
		alarm_set(c->network->options.clock, &c->delay, wake_ns);
}

static void
tcp_conn_on_delay(void *arg, int64_t now_ns)
{
	(void)now_ns;
	tcp_conn_pump(arg);
}

/* Who does not take its answers is not read from. */
static void
tcp_conn_limit_reading(struct tcp_conn *c)
{
	if (c->network->paused)
		return;
	if (c->queues[LANE_FORWARD].waiting > TCP_WAITING_FORWARD / 2)
		bufferevent_disable(c->bev, EV_READ);
	else
		bufferevent_enable(c->bev, EV_READ);
}

bool
tcp_conn_send(struct tcp_conn *c, enum frame_lane lane, struct slice bytes)
{
	const struct tcp_link *link = c->peer ? &c->peer->link : NULL;
	int64_t at_ns = link && link->latency_ns
	    ? clock_now(c->network->options.clock) + link->latency_ns
	    : 0;

	if (c->closed || bytes.n == 0 || bytes.n > frame_lane_max(lane) ||
	    !tcp_queue_add(&c->queues[lane], bytes, at_ns,
		lane == LANE_FORWARD ? TCP_WAITING_FORWARD : TCP_WAITING_RAFT))
		return false;
	tcp_conn_pump(c);
	if (!c->peer)
		tcp_conn_limit_reading(c);
	return true;
}

/* ---- hello ---- */

static void
tcp_conn_say_hello(struct tcp_conn *c, const char *schema)
{
	struct frame_hello h = { c->network->id, schema };
	struct evbuffer *out = bufferevent_get_output(c->bev);
	char head[FRAME_HEAD];
	struct buf bytes;

	buf_init(&bytes, LANE_HELLO_MAX);
	frame_hello_encode(&bytes, &h);
	frame_put_head(head, LANE_HELLO, bytes.n, false);
	if (evbuffer_add(out, head, sizeof(head)) != 0 ||
	    evbuffer_add(out, bytes.p, bytes.n) != 0)
		abort(); /* no memory */
	buf_release(&bytes);
}

/* NULL: the other may come in; else why not. */
static const char *
tcp_conn_refusal(const struct tcp_conn *c, const struct frame_hello *h)
{
	const struct tcp_peer *p = tcp_peer_find(c->network, h->id);

	if (c->peer && strcmp(h->schema, FRAME_HELLO_REMOVED) == 0)
		return "it has removed this node";
	if (strcmp(h->schema, c->network->schema) != 0)
		return "its state has other tables";
	if (c->peer && c->peer->id != h->id)
		return "another node answers there";
	if (h->id == c->network->id)
		return "it has this node's number";
	return p && p->link.cut ? "the link is cut" : NULL;
}

/* Who calls was removed: it is told, and ends the connection itself. */
static bool
tcp_conn_tell_removed(struct tcp_conn *c, const struct frame_hello *h)
{
	const struct tcp_network_options *o = &c->network->options;

	if (c->peer || !o->is_removed || !o->is_removed(o->arg, h->id))
		return false;
	log_msg(o->log, LOG_DEBUG, "cluster", "node %llu was removed",
	    (unsigned long long)h->id);
	tcp_conn_say_hello(c, FRAME_HELLO_REMOVED);
	return true;
}

static bool
tcp_conn_take_hello(struct tcp_conn *c, struct slice bytes)
{
	const struct tcp_network_options *o = &c->network->options;
	struct arena *a = arena_new();
	struct frame_hello h = { 0 };
	const char *why = "it speaks another format";
	bool is_removed = false, tells = false;

	if (!c->ready && frame_hello_decode(a, bytes, &h)) {
		tells = tcp_conn_tell_removed(c, &h);
		why = tcp_conn_refusal(c, &h);
		is_removed = c->peer && c->peer->id == h.id &&
		    strcmp(h.schema, FRAME_HELLO_REMOVED) == 0;
	}
	if (tells) {
		arena_free(a);
		return true;
	}
	if (why)
		log_msg(o->log, LOG_WARN, "cluster", "node %llu refused: %s",
		    (unsigned long long)h.id, why);
	else
		c->from = h.id;
	arena_free(a);
	if (is_removed && o->on_removed)
		o->on_removed(o->arg);
	if (why)
		return false;
	alarm_cancel(o->clock, &c->deadline);
	if (!c->peer)
		tcp_conn_say_hello(c, c->network->schema);
	c->ready = true;
	if (c->peer) {
		c->peer->backoff_ns = 0;
		c->peer->told = false;
		log_msg(o->log, LOG_INFO, "cluster", "connected to node %llu",
		    (unsigned long long)c->from);
		if (o->on_peer)
			o->on_peer(o->arg, c->from, true);
	}
	if (!c->closed)
		tcp_conn_pump(c);
	return true;
}

/* ---- reading ---- */

static bool
tcp_conn_on_frame(void *arg, enum frame_lane lane, struct slice bytes)
{
	struct tcp_conn *c = arg;
	const struct tcp_network_options *o = &c->network->options;

	if (lane == LANE_HELLO)
		return tcp_conn_take_hello(c, bytes) && !c->closed;
	if (!c->ready)
		return false;
	if (lane == LANE_RAFT)
		o->on_message(o->arg, c->from, bytes);
	else if (c->peer && o->on_answer)
		o->on_answer(o->arg, c->from, bytes);
	else if (!c->peer && o->on_request)
		o->on_request(o->arg, c->link, bytes);
	return !c->closed;
}

static void tcp_conn_free(struct tcp_conn *c);

static void
tcp_conn_on_read(struct bufferevent *bev, void *arg)
{
	struct tcp_conn *c = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t n = evbuffer_get_length(in);
	long taken;

	c->reading = true;
	taken = frame_read(&c->reader,
	    (const char *)evbuffer_pullup(in, (ev_ssize_t)n), n,
	    tcp_conn_on_frame, c);
	c->reading = false;
	if (c->closed)
		tcp_conn_free(c);
	else if (taken < 0)
		tcp_conn_close(c, true);
	else
		evbuffer_drain(in, (size_t)taken);
}

static void
tcp_conn_on_written(struct bufferevent *bev, void *arg)
{
	struct tcp_conn *c = arg;

	(void)bev;
	tcp_conn_pump(c);
	if (!c->peer)
		tcp_conn_limit_reading(c);
}

/* ---- beginning and end ---- */

static const char *
tcp_conn_failure(struct tcp_conn *c, short what)
{
	int error = EVUTIL_SOCKET_ERROR();
	int dns = bufferevent_socket_get_dns_error(c->bev);
	SSL *ssl = bufferevent_openssl_get_ssl(c->bev);
	unsigned long code = bufferevent_get_openssl_error(c->bev);
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	if (what & BEV_EVENT_EOF)
		return "it has closed the connection";
	if (dns)
		return evutil_gai_strerror(dns);
	if (ssl && SSL_get_verify_result(ssl) == X509_V_ERR_CERT_UNTRUSTED)
		return "it has not the cluster's certificate";
	return reason ? reason
	    : error   ? evutil_socket_error_to_string(error)
		      : "the connection has failed";
}

static void
tcp_conn_set_options(const struct tcp_conn *c)
{
	evutil_socket_t fd = bufferevent_getfd(c->bev);
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
#ifdef TCP_USER_TIMEOUT
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
	    &(unsigned int){ TCP_SILENT_MS }, sizeof(unsigned int));
#endif
}

static void
tcp_conn_on_event(struct bufferevent *bev, short what, void *arg)
{
	struct tcp_conn *c = arg;
	const struct tcp_network_options *o = &c->network->options;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED) {
		if (c->peer) {
			tcp_conn_set_options(c);
			tcp_conn_say_hello(c, c->network->schema);
		}
		return;
	}
	if (!c->peer)
		log_msg(o->log, LOG_DEBUG, "cluster", "a connection ends: %s",
		    tcp_conn_failure(c, what));
	else
		tcp_peer_retry(c->peer, tcp_conn_failure(c, what));
	tcp_conn_close(c, true);
}

static void
tcp_conn_on_deadline(void *arg, int64_t now_ns)
{
	struct tcp_conn *c = arg;

	(void)now_ns;
	if (c->peer)
		tcp_peer_retry(c->peer, "it does not answer");
	tcp_conn_close(c, true);
}

void
tcp_conn_pause(struct tcp_conn *c, bool paused)
{
	if (paused)
		bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	else
		bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

/* fd -1: it will be connected. */
static struct tcp_conn *
tcp_conn_new(struct tcp_network *n, struct tcp_peer *p, evutil_socket_t fd)
{
	SSL *ssl = SSL_new(n->tls);
	struct tcp_conn *c;

	if (!ssl)
		return NULL;
	c = xcalloc(1, sizeof(*c));
	c->network = n;
	c->peer = p;
	c->bev = bufferevent_openssl_socket_new(n->options.base, fd, ssl,
	    p ? BUFFEREVENT_SSL_CONNECTING : BUFFEREVENT_SSL_ACCEPTING,
	    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!c->bev) {
		SSL_free(ssl);
		free(c);
		return NULL;
	}
	bufferevent_openssl_set_allow_dirty_shutdown(c->bev, 1);
	frame_reader_init(&c->reader);
	for (int i = 0; i < NLANES; i++)
		c->queues[i].end = &c->queues[i].first;
	alarm_init(&c->deadline, tcp_conn_on_deadline, c);
	alarm_init(&c->delay, tcp_conn_on_delay, c);
	alarm_set(n->options.clock, &c->deadline,
	    clock_now(n->options.clock) + TCP_CONNECT_NS);
	bufferevent_setcb(c->bev, tcp_conn_on_read, tcp_conn_on_written,
	    tcp_conn_on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, TCP_BUFFER_BYTES);
	bufferevent_setwatermark(c->bev, EV_WRITE, TCP_BUFFER_BYTES / 2, 0);
	tcp_conn_pause(c, n->paused);
	c->next = n->conns;
	if (n->conns)
		n->conns->prev = c;
	n->conns = c;
	return c;
}

void
tcp_conn_accept(struct tcp_network *n, evutil_socket_t fd)
{
	struct tcp_conn *c = n->tls && n->naccepted < TCP_ACCEPTED_MAX
	    ? tcp_conn_new(n, NULL, fd)
	    : NULL;

	if (!c) {
		evutil_closesocket(fd);
		return;
	}
	tcp_conn_set_options(c);
	n->naccepted++;
	c->link = ++n->last_link;
}

bool
tcp_conn_call(struct tcp_peer *p)
{
	struct tcp_network *n = p->network;
	struct tcp_conn *c = tcp_conn_new(n, p, -1);

	if (!c)
		return false;
	if (bufferevent_socket_connect_hostname(c->bev, n->dns, p->family,
		p->address.host, p->address.port) != 0) {
		tcp_conn_close(c, false);
		return false;
	}
	p->conn = c;
	return true;
}

static void
tcp_conn_free(struct tcp_conn *c)
{
	for (int i = 0; i < NLANES; i++)
		tcp_queue_release(&c->queues[i]);
	frame_reader_release(&c->reader);
	bufferevent_free(c->bev);
	free(c);
}

void
tcp_conn_close(struct tcp_conn *c, bool tell)
{
	struct tcp_network *n = c->network;
	const struct tcp_network_options *o = &n->options;
	struct tcp_peer *p = c->peer;

	if (c->closed)
		return;
	c->closed = true;
	if (c->prev)
		c->prev->next = c->next;
	else
		n->conns = c->next;
	if (c->next)
		c->next->prev = c->prev;
	alarm_cancel(o->clock, &c->deadline);
	alarm_cancel(o->clock, &c->delay);
	bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	if (p) {
		p->conn = NULL;
		if (c->ready)
			p->away_since_ns = clock_now(o->clock);
	} else
		n->naccepted--;
	if (tell && p)
		tcp_peer_retry(p, NULL);
	if (tell && c->ready && p && o->on_peer)
		o->on_peer(o->arg, c->from, false);
	if (tell && c->ready && !p && o->on_link_closed)
		o->on_link_closed(o->arg, c->link);
	if (!c->reading)
		tcp_conn_free(c);
}

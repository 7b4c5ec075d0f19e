/*
 * From accept to the first request: the faults of the connection, its PROXY
 * header, and the first byte, which shows whether the client speaks TLS.
 */
#include <ctype.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/api.h"
#include "http/http_internal.h"

/* A connection that waits for its first byte, a header, or another event. */
struct pending_accept {
	struct pending_accept *next, *prev;
	struct http_listener *listener;
	struct event *event;
	struct accepted_socket accepted;
	bool held; /* by local_only, not by its first byte */
};

/* ---- what a rule says ---- */

/* Strings are copied, because the rule may be freed before the connection. The
 * garbage is sent, or copied, before anything else happens. */
static struct conn_faults_copy *
conn_faults_copy_new(const struct conn_faults *w)
{
	struct conn_faults_copy *m = xcalloc(1, sizeof(*m));

	m->faults = *w;
	snprintf(
	    m->tls_min, sizeof(m->tls_min), "%s", w->tls_min ? w->tls_min : "");
	snprintf(
	    m->tls_max, sizeof(m->tls_max), "%s", w->tls_max ? w->tls_max : "");
	snprintf(m->alpn, sizeof(m->alpn), "%s", w->alpn ? w->alpn : "");
	m->faults.tls_min = w->tls_min ? m->tls_min : NULL;
	m->faults.tls_max = w->tls_max ? m->tls_max : NULL;
	m->faults.alpn = w->alpn ? m->alpn : NULL;
	return m;
}

/* The client's FIN may be here before the loop has read it. */
static bool
accept_is_open(
    const struct http_listener *l, const struct accepted_socket *accepted)
{
	char byte;

	return !l->admin &&
	    recv(accepted->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0;
}

/* Connections that are served, or wait for their first byte. */
static int64_t
accept_count_open(const struct http_server *s, const struct http_tenant *t)
{
	int64_t n = 0;

	for (const struct conn *c = s->conns; c; c = c->next)
		n += c->listener->tenant == t && !c->unserved &&
		    accept_is_open(c->listener, &c->accepted);
	for (const struct pending_accept *p = s->pending_accepts; p;
	     p = p->next)
		n += p->listener->tenant == t &&
		    accept_is_open(p->listener, &p->accepted);
	return n;
}

/* Connections to the admin's listener meet no faults. */
static struct conn_faults_copy *
accept_ask_rules(
    struct http_listener *l, const struct accepted_socket *accepted)
{
	struct api *api = l->tenant->api;
	struct conn_faults w = { 0 };

	if (l->admin)
		return NULL;
	if (!api_conn_faults(api, accepted->peer, l->tls != NULL, accepted->id,
		api_counts_conns(api)
		    ? accept_count_open(l->server, l->tenant) + 1
		    : 0,
		&w) ||
	    !w.set)
		return NULL;
	return conn_faults_copy_new(&w);
}

/* ---- the first byte ---- */

static void
accept_pending_free(struct pending_accept *p)
{
	struct http_server *s = p->listener->server;

	if (p->prev)
		p->prev->next = p->next;
	else
		s->pending_accepts = p->next;
	if (p->next)
		p->next->prev = p->prev;
	if (p->event)
		event_free(p->event);
	free(p);
}

static void
accept_drop(const struct accepted_socket *accepted)
{
	free(accepted->conn_faults);
	evutil_closesocket(accepted->fd);
}

void
accept_drop_pending(
    struct http_server *s, const struct http_tenant *t, bool reset)
{
	struct pending_accept *next;

	for (struct pending_accept *p = s->pending_accepts; p; p = next) {
		next = p->next;
		if ((t && p->listener->tenant != t) ||
		    (reset && p->listener->admin))
			continue;
		if (reset)
			socket_abort(p->accepted.fd);
		accept_drop(&p->accepted);
		accept_pending_free(p);
	}
}

/* Go answers plain HTTP on a TLS port with this text. */
static void
accept_refuse_plain_http(const struct accepted_socket *accepted)
{
	static const char text[] =
	    "HTTP/1.0 400 Bad Request\r\n\r\n"
	    "Client sent an HTTP request to an HTTPS server.\n";
	ssize_t n = send(accepted->fd, text, sizeof(text) - 1, MSG_NOSIGNAL);

	(void)n;
	shutdown(accepted->fd, SHUT_WR);
	accept_drop(accepted);
}

static void
accept_on_first_byte(evutil_socket_t fd, short what, void *arg)
{
	struct pending_accept *p = arg;
	struct http_listener *l = p->listener;
	struct accepted_socket accepted = p->accepted;
	char byte = 0;
	ssize_t n = what & EV_READ ? recv(fd, &byte, 1, MSG_PEEK) : 0;

	accept_pending_free(p);
	if (n != 1)
		accept_drop(&accepted);
	else if (byte >= 'A' && byte <= 'Z')
		accept_refuse_plain_http(&accepted);
	else
		accept_continue(l, &accepted);
}

/* Calls fn when bytes have come (not with an fd of -1) or the time is over. */
static void
accept_wait(struct http_listener *l, const struct accepted_socket *accepted,
    evutil_socket_t fd, struct timeval limit, event_callback_fn fn)
{
	struct http_server *s = l->server;
	struct pending_accept *p = xcalloc(1, sizeof(*p));

	p->listener = l;
	p->accepted = *accepted;
	p->event = event_new(s->base, fd, fd < 0 ? 0 : EV_READ, fn, p);
	p->next = s->pending_accepts;
	if (s->pending_accepts)
		s->pending_accepts->prev = p;
	s->pending_accepts = p;
	if (p->event && event_add(p->event, &limit) == 0)
		return;
	accept_drop(&p->accepted);
	accept_pending_free(p);
}

/* ---- the PROXY header ---- */

static void accept_on_proxy_header(evutil_socket_t fd, short what, void *arg);

/* The part that has come stays in the socket and keeps it readable, so the rest
 * is looked for every 10 ms. */
static void
accept_wait_more_header(
    struct http_listener *l, const struct accepted_socket *accepted)
{
	struct accepted_socket again = *accepted;

	if (++again.header_looks > 100 * l->limits.head_timeout_s)
		accept_drop(accepted);
	else
		accept_wait(l, &again, -1, (struct timeval){ 0, 10000 },
		    accept_on_proxy_header);
}

/* The header is whole: its n bytes are taken off the socket. */
static void
accept_with_proxy_header(struct http_listener *l,
    struct accepted_socket *accepted, size_t n, const char *peer, int port)
{
	const struct http_settings *settings = &l->settings;
	char bytes[PROXY_HEADER_MAX];

	if (recv(accepted->fd, bytes, n, 0) != (ssize_t)n) {
		accept_drop(accepted);
		return;
	}
	if (*peer &&
	    (settings->proxy_protocol == PROXY_PROTOCOL_ALWAYS ||
		http_address_is_listed(
		    settings->proxy_protocol_authorized, accepted->peer))) {
		snprintf(accepted->peer, sizeof(accepted->peer), "%s", peer);
		accepted->port = port;
	}
	accept_continue(l, accepted);
}

/* Reads the PROXY header once bytes have come, or drops the connection. */
static void
accept_on_proxy_header(evutil_socket_t fd, short what, void *arg)
{
	struct pending_accept *p = arg;
	struct http_listener *l = p->listener;
	struct accepted_socket accepted = p->accepted;
	char bytes[PROXY_HEADER_MAX], peer[64] = "";
	ssize_t n = recv(accepted.fd, bytes, sizeof(bytes), MSG_PEEK);
	int port = 0;
	size_t used;

	(void)fd;
	(void)what;
	accept_pending_free(p);
	if (n <= 0) {
		accept_drop(&accepted);
		return;
	}
	switch (proxy_header_parse(bytes, (size_t)n, &used, peer, &port)) {
	case PROXY_HEADER_NONE:
		accept_continue(l, &accepted);
		return;
	case PROXY_HEADER_PARTIAL:
		accept_wait_more_header(l, &accepted);
		return;
	case PROXY_HEADER_BAD:
		accept_drop(&accepted);
		return;
	case PROXY_HEADER_LOCAL:
		*peer = '\0';
		break;
	case PROXY_HEADER_ADDRESS:
		break;
	}
	accept_with_proxy_header(l, &accepted, used, peer, port);
}

/* Vault 1.19: a client that is not listed is dropped, or its header ignored. */
static void
accept_read_proxy_header(
    struct http_listener *l, const struct accepted_socket *accepted)
{
	if (l->settings.proxy_protocol == PROXY_PROTOCOL_DENY &&
	    !http_address_is_listed(
		l->settings.proxy_protocol_authorized, accepted->peer))
		accept_drop(accepted);
	else
		accept_wait(l, accepted, accepted->fd,
		    (struct timeval){ l->limits.head_timeout_s, 0 },
		    accept_on_proxy_header);
}

/* ---- from another machine ---- */

static bool
accept_is_local(const struct sockaddr *sa)
{
	const struct sockaddr_in *in4 = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;

	if (sa->sa_family == AF_INET)
		return ntohl(in4->sin_addr.s_addr) >> 24 == 127;
	if (sa->sa_family != AF_INET6)
		return true;
	return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) ||
	    (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr) &&
		in6->sin6_addr.s6_addr[12] == 127);
}

/* Its event is never added: it waits for accept_release_held. */
static void
accept_hold(struct http_listener *l, const struct accepted_socket *accepted)
{
	struct http_server *s = l->server;
	struct pending_accept *p = xcalloc(1, sizeof(*p));

	p->listener = l;
	p->accepted = *accepted;
	p->held = true;
	p->event = event_new(s->base, -1, 0, accept_on_first_byte, p);
	p->next = s->pending_accepts;
	if (s->pending_accepts)
		s->pending_accepts->prev = p;
	s->pending_accepts = p;
}

void
accept_release_held(struct http_server *s)
{
	struct pending_accept *next;

	for (struct pending_accept *p = s->pending_accepts; p; p = next) {
		struct http_listener *l = p->listener;
		struct accepted_socket accepted = p->accepted;

		next = p->next;
		if (!p->held)
			continue;
		accept_pending_free(p);
		accept_continue(l, &accepted);
	}
}

/* ---- stage by stage ---- */

/* True: a fault has the connection now. */
static bool
accept_apply_fault(struct http_listener *l,
    const struct accepted_socket *accepted, int64_t wait_ns,
    struct slice garbage, enum fault_end end)
{
	struct response_fault w = { .set = true,
		.head_delay_ns = wait_ns,
		.garbage = garbage,
		.garbage_only = true,
		.end = end,
		.silent_ns = accepted->conn_faults->faults.silent_ns };

	if (wait_ns <= 0 && garbage.n == 0 && end == FAULT_END_KEEP_ALIVE)
		return false;
	conn_new_unserved(l, accepted, &w, accept_continue);
	return true;
}

/* A stage that waits keeps the socket and calls this again for the next one. */
void
accept_continue(struct http_listener *l, const struct accepted_socket *from)
{
	struct accepted_socket accepted = *from;
	const struct conn_faults *w = accepted.conn_faults
	    ? &accepted.conn_faults->faults
	    : NULL;
	enum accept_stage stage = accepted.stage;

	accepted.stage = STAGE_PROXY;
	if (stage == STAGE_ACCEPT && w &&
	    accept_apply_fault(
		l, &accepted, w->accept_delay_ns, w->garbage, w->accept_end))
		return;
	accepted.stage = STAGE_FIRST_BYTE;
	if (stage <= STAGE_PROXY &&
	    l->settings.proxy_protocol != PROXY_PROTOCOL_OFF) {
		accept_read_proxy_header(l, &accepted);
		return;
	}
	if (stage <= STAGE_FIRST_BYTE &&
	    (l->tls != NULL) != (w && w->wrong_protocol)) {
		accepted.stage = STAGE_TLS_HELLO;
		accept_wait(l, &accepted, accepted.fd,
		    (struct timeval){ l->limits.head_timeout_s, 0 },
		    accept_on_first_byte);
		return;
	}
	accepted.stage = STAGE_SERVE;
	if (stage == STAGE_TLS_HELLO && w && l->tls &&
	    accept_apply_fault(l, &accepted, w->handshake_delay_ns,
		(struct slice){ 0 }, w->handshake_end))
		return;
	conn_new(l, &accepted);
}

static int
accept_describe_peer(const struct sockaddr *sa, int len, char *out, size_t size)
{
	char port[16] = "0";

	if (sa->sa_family == AF_UNIX ||
	    getnameinfo(sa, (socklen_t)len, out, (socklen_t)size, port,
		sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		snprintf(out, size, "127.0.0.1");
	return atoi(port);
}

void
accept_new_socket(struct http_listener *l, evutil_socket_t fd,
    const struct sockaddr *sa, int len)
{
	struct accepted_socket accepted = { .fd = fd,
		.id = ++l->server->conn_ids };
	int on = 1;

	accepted.port = accept_describe_peer(
	    sa, len, accepted.peer, sizeof(accepted.peer));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	accepted.conn_faults = accept_ask_rules(l, &accepted);
	if (l->evlistener && l->server->local_only && !l->admin &&
	    !accept_is_local(sa)) {
		accept_hold(l, &accepted);
	} else if (l->evlistener) {
		accept_continue(l, &accepted);
	} else { /* a rule has closed the listener meanwhile */
		socket_abort(fd);
		accept_drop(&accepted);
	}
}

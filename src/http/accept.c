/*
 * From accept to the first request: what a rule says about the connection, and
 * the first byte, which shows whether it is what the listener speaks.
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

/* A connection before its first byte has shown what it is. */
struct peek {
	struct peek *next, *prev;
	struct http_listener *listener;
	struct event *event;
	struct caller who;
};

/* ---- what a rule says ---- */

/* Its texts are the rule's, which may end before the connection does. (Garbage
 * is sent, or copied, before anything else happens.) */
static struct manners *
manners_new(const struct wire_conn *w)
{
	struct manners *m = xcalloc(1, sizeof(*m));

	m->wire = *w;
	snprintf(m->tls_min, sizeof(m->tls_min), "%s",
	    w->tls_min ? w->tls_min : "");
	snprintf(m->tls_max, sizeof(m->tls_max), "%s",
	    w->tls_max ? w->tls_max : "");
	snprintf(m->alpn, sizeof(m->alpn), "%s", w->alpn ? w->alpn : "");
	m->wire.tls_min = w->tls_min ? m->tls_min : NULL;
	m->wire.tls_max = w->tls_max ? m->tls_max : NULL;
	m->wire.alpn = w->alpn ? m->alpn : NULL;
	return m;
}

/* Faults never come near the admin's. */
static struct manners *
ask_rules(struct http_listener *l, const struct caller *who)
{
	struct http_server *s = l->server;
	struct wire_conn w = { 0 };

	if (l->admin)
		return NULL;
	if (!api_connection(s->api, who->peer, l->tls != NULL, who->id, &w) ||
	    !w.set)
		return NULL;
	return manners_new(&w);
}

/* ---- the first byte ---- */

static void
peek_free(struct peek *p)
{
	struct http_server *s = p->listener->server;

	if (p->prev)
		p->prev->next = p->next;
	else
		s->peeks = p->next;
	if (p->next)
		p->next->prev = p->prev;
	event_free(p->event);
	free(p);
}

static void
drop_caller(const struct caller *who)
{
	free(who->manners);
	evutil_closesocket(who->fd);
}

void
peeks_drop(struct http_server *s, bool reset)
{
	struct peek *next;

	for (struct peek *p = s->peeks; p; p = next) {
		next = p->next;
		if (reset && p->listener->admin)
			continue;
		if (reset)
			socket_abort(p->who.fd);
		drop_caller(&p->who);
		peek_free(p);
	}
}

/* Go's answer to plain HTTP on a TLS port, in its words. */
static void
refuse_plain(const struct caller *who)
{
	static const char text[] =
	    "HTTP/1.0 400 Bad Request\r\n\r\n"
	    "Client sent an HTTP request to an HTTPS server.\n";
	ssize_t n = send(who->fd, text, sizeof(text) - 1, MSG_NOSIGNAL);

	(void)n;
	shutdown(who->fd, SHUT_WR);
	drop_caller(who);
}

static void
on_first_byte(evutil_socket_t fd, short what, void *arg)
{
	struct peek *p = arg;
	struct http_listener *l = p->listener;
	struct caller who = p->who;
	char byte = 0;
	ssize_t n = what & EV_READ ? recv(fd, &byte, 1, MSG_PEEK) : 0;

	peek_free(p);
	if (n != 1)
		drop_caller(&who);
	else if (byte >= 'A' && byte <= 'Z')
		refuse_plain(&who);
	else
		greet(l, &who);
}

static void
look_first(struct http_listener *l, const struct caller *who)
{
	struct http_server *s = l->server;
	struct timeval limit = { l->limits.head_seconds, 0 };
	struct peek *p = xcalloc(1, sizeof(*p));

	p->listener = l;
	p->who = *who;
	p->event = event_new(s->base, who->fd, EV_READ, on_first_byte, p);
	p->next = s->peeks;
	if (s->peeks)
		s->peeks->prev = p;
	s->peeks = p;
	event_add(p->event, &limit);
}

/* ---- stage by stage ---- */

/* true: the stage's fault has the connection now. */
static bool
meet(struct http_listener *l, const struct caller *who, int64_t wait,
    struct slice garbage, enum wire_end end)
{
	struct wire w = { .set = true,
		.wait_head = wait,
		.garbage = garbage,
		.garbage_alone = true,
		.end = end,
		.silent_for = who->manners->wire.silent_for };

	if (wait <= 0 && garbage.n == 0 && end == WIRE_GO_ON)
		return false;
	conn_raw(l, who, &w);
	return true;
}

void
greet(struct http_listener *l, const struct caller *from)
{
	struct caller who = *from;
	const struct wire_conn *w = who.manners ? &who.manners->wire : NULL;
	enum stage stage = who.stage;

	who.stage = stage == STAGE_ACCEPT ? STAGE_LOOK : STAGE_SERVE;
	if (stage == STAGE_ACCEPT && w &&
	    meet(l, &who, w->wait_accept, w->garbage, w->accept))
		return;
	if (stage <= STAGE_LOOK && (l->tls != NULL) != (w && w->plain)) {
		who.stage = STAGE_HELLO;
		look_first(l, &who);
		return;
	}
	who.stage = STAGE_SERVE;
	if (stage == STAGE_HELLO && w && l->tls &&
	    meet(l, &who, w->wait_handshake, (struct slice){ 0 },
		w->handshake))
		return;
	conn_new(l, &who);
}

static int
describe_peer(const struct sockaddr *sa, int len, char *out, size_t size)
{
	char port[16] = "0";

	if (sa->sa_family == AF_UNIX ||
	    getnameinfo(sa, (socklen_t)len, out, (socklen_t)size, port,
		sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		snprintf(out, size, "127.0.0.1");
	return atoi(port);
}

void
greet_accepted(struct http_listener *l, evutil_socket_t fd,
    const struct sockaddr *sa, int len)
{
	struct caller who = { .fd = fd, .id = ++l->server->ids };
	int on = 1;

	who.port = describe_peer(sa, len, who.peer, sizeof(who.peer));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	who.manners = ask_rules(l, &who);
	if (l->accept) {
		greet(l, &who);
	} else { /* its rule has closed the gate */
		socket_abort(fd);
		drop_caller(&who);
	}
}

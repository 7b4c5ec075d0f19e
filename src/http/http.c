/*
 * The server: listeners, the first look at a connection, the held answers, the
 * sweep of the dead.
 */
#include "http/http.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "http/http_internal.h"
#include "http/tls.h"

const struct http_limits http_default_limits = { 10, 30, 300, 33554432 };

/* A TLS listener's connection before its first byte has shown what it is. */
struct peek {
	struct peek *next, *prev;
	struct http_listener *listener;
	struct event *event;
	char peer[64];
	int port;
};

struct http_server *
http_new(struct event_base *base, struct api *api, struct clock *clock)
{
	struct http_server *s = xcalloc(1, sizeof(*s));

	s->base = base;
	s->api = api;
	s->clock = clock;
	return s;
}

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

/* Go's answer to plain HTTP on a TLS port, in its words. */
static void
refuse_plain(evutil_socket_t fd)
{
	static const char text[] =
	    "HTTP/1.0 400 Bad Request\r\n\r\n"
	    "Client sent an HTTP request to an HTTPS server.\n";
	ssize_t n = send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL);

	(void)n;
	shutdown(fd, SHUT_WR);
	evutil_closesocket(fd);
}

static void
on_first_byte(evutil_socket_t fd, short what, void *arg)
{
	struct peek *p = arg;
	struct http_listener *l = p->listener;
	char peer[64], byte = 0;
	ssize_t n = what & EV_READ ? recv(fd, &byte, 1, MSG_PEEK) : 0;
	int port = p->port;

	snprintf(peer, sizeof(peer), "%s", p->peer);
	peek_free(p);
	if (n != 1)
		evutil_closesocket(fd);
	else if (byte >= 'A' && byte <= 'Z')
		refuse_plain(fd);
	else
		conn_new(l, fd, peer, port);
}

static void
look_first(struct http_listener *l, evutil_socket_t fd, const char *peer,
    int port)
{
	struct http_server *s = l->server;
	struct timeval limit = { l->limits.head_seconds, 0 };
	struct peek *p = xcalloc(1, sizeof(*p));

	p->listener = l;
	p->port = port;
	snprintf(p->peer, sizeof(p->peer), "%s", peer);
	p->event = event_new(s->base, fd, EV_READ, on_first_byte, p);
	p->next = s->peeks;
	if (s->peeks)
		s->peeks->prev = p;
	s->peeks = p;
	event_add(p->event, &limit);
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

static void
on_accept(struct evconnlistener *accept_from, evutil_socket_t fd,
    struct sockaddr *sa, int len, void *arg)
{
	struct http_listener *l = arg;
	char peer[64];
	int port = describe_peer(sa, len, peer, sizeof(peer));

	(void)accept_from;
	if (l->tls)
		look_first(l, fd, peer, port);
	else
		conn_new(l, fd, peer, port);
}

static bool
parse_address(const char *text, struct sockaddr_storage *out, int *len,
    char *why, size_t why_size)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	const char *colon = strrchr(text, ':');
	struct addrinfo *found;
	char host[256] = "";
	int rc;

	if (!colon || (size_t)(colon - text) >= sizeof(host)) {
		snprintf(why, why_size,
		    "listen tcp: address %s: missing port in address", text);
		return false;
	}
	memcpy(host, text, (size_t)(colon - text));
	if (host[0] == '[') {
		memmove(host, host + 1, strlen(host));
		host[strcspn(host, "]")] = '\0';
	}
	rc = getaddrinfo(*host ? host : NULL, colon + 1, &hints, &found);
	if (rc != 0) {
		snprintf(why, why_size, "listen tcp %s: %s", text,
		    gai_strerror(rc));
		return false;
	}
	memcpy(out, found->ai_addr, found->ai_addrlen);
	*len = (int)found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

static bool
unix_address(const char *path, struct sockaddr_storage *out, int *len,
    char *why, size_t why_size)
{
	struct sockaddr_un *un = (struct sockaddr_un *)out;

	if (strlen(path) >= sizeof(un->sun_path)) {
		snprintf(why, why_size, "listen unix %s: path too long", path);
		return false;
	}
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	strcpy(un->sun_path, path);
	unlink(path);
	*len = (int)sizeof(*un);
	return true;
}

static void
keep_files(struct http_listener *l, const struct tls_files *f)
{
	l->files = *f;
	l->files.cert = f->cert ? xstrdup(f->cert) : NULL;
	l->files.key = f->key ? xstrdup(f->key) : NULL;
	l->files.client_ca = f->client_ca ? xstrdup(f->client_ca) : NULL;
	l->files.min_version = f->min_version ? xstrdup(f->min_version) : NULL;
	l->files.max_version = f->max_version ? xstrdup(f->max_version) : NULL;
}

static void
listener_free(struct http_listener *l)
{
	if (l->accept)
		evconnlistener_free(l->accept);
	SSL_CTX_free(l->tls);
	free((void *)(uintptr_t)l->files.cert);
	free((void *)(uintptr_t)l->files.key);
	free((void *)(uintptr_t)l->files.client_ca);
	free((void *)(uintptr_t)l->files.min_version);
	free((void *)(uintptr_t)l->files.max_version);
	if (l->unix_path)
		unlink(l->unix_path);
	free(l->unix_path);
	free(l);
}

struct http_listener *
http_listen(struct http_server *s, const char *address,
    const struct tls_files *tls, const struct http_limits *limits, char *why,
    size_t why_size)
{
	struct http_listener *l = xcalloc(1, sizeof(*l));
	bool is_unix = starts_with(address, "unix:");
	struct sockaddr_storage sa;
	int len;

	l->server = s;
	l->limits = *limits;
	if (tls)
		keep_files(l, tls);
	if (!(is_unix ? unix_address(address + 5, &sa, &len, why, why_size)
		      : parse_address(address, &sa, &len, why, why_size)) ||
	    (tls && !(l->tls = tls_context(&l->files, why, why_size)))) {
		listener_free(l);
		return NULL;
	}
	l->accept = evconnlistener_new_bind(s->base, on_accept, l,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
	    1024, (struct sockaddr *)&sa, len);
	if (!l->accept) {
		/* Go writes the system's reason without a capital. */
		const char *reason = strerror(errno);

		snprintf(why, why_size,
		    "Error initializing listener of type %s: listen %s %s: "
		    "bind: %c%s",
		    is_unix ? "unix" : "tcp", is_unix ? "unix" : "tcp4",
		    address, tolower((unsigned char)*reason), reason + 1);
		listener_free(l);
		return NULL;
	}
	if (is_unix)
		l->unix_path = xstrdup(address + 5);
	l->next = s->listeners;
	s->listeners = l;
	return l;
}

void
http_admin(struct http_listener *l)
{
	l->admin = true;
}

void
http_address(const struct http_listener *l, char *out, size_t size)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	char host[64] = "", port[16] = "";

	if (l->unix_path) {
		snprintf(out, size, "unix:%s", l->unix_path);
		return;
	}
	getsockname(evconnlistener_get_fd(l->accept), (struct sockaddr *)&sa,
	    &len);
	getnameinfo((struct sockaddr *)&sa, len, host, sizeof(host), port,
	    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(out, size, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host,
	    port);
}

bool
http_reload(struct http_listener *l, char *why, size_t why_size)
{
	SSL_CTX *fresh;

	if (!l->tls)
		return true;
	fresh = tls_context(&l->files, why, why_size);
	if (!fresh)
		return false;
	SSL_CTX_free(l->tls);
	l->tls = fresh;
	return true;
}

static void
bury(struct http_server *s)
{
	struct conn *c = s->dying;

	s->dying = NULL;
	while (c) {
		struct conn *next = c->next_dying;

		if (c->state == CONN_BUSY) { /* its answer comes first */
			c->next_dying = s->dying;
			s->dying = c;
		} else {
			conn_free(c);
		}
		c = next;
	}
}

void
http_flush(struct http_server *s)
{
	struct conn *c = s->held;

	s->held = NULL;
	while (c) {
		struct conn *next = c->next_held;

		conn_send(c);
		c = next;
	}
	bury(s);
}

void
http_stop(struct http_server *s)
{
	s->stopping = true;
	for (struct http_listener *l = s->listeners; l; l = l->next)
		evconnlistener_disable(l->accept);
	for (struct conn *c = s->conns; c; c = c->next)
		conn_stop(c);
	bury(s);
}

bool
http_busy(const struct http_server *s)
{
	return s->requests > 0 || s->held || s->conns;
}

void
http_free(struct http_server *s)
{
	if (!s)
		return;
	while (s->peeks) {
		evutil_closesocket(event_get_fd(s->peeks->event));
		peek_free(s->peeks);
	}
	while (s->conns)
		conn_free(s->conns);
	while (s->listeners) {
		struct http_listener *l = s->listeners;

		s->listeners = l->next;
		listener_free(l);
	}
	free(s);
}

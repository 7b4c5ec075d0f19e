/*
 * Listening sockets: where they are bound, and the gate that closes them or
 * accepts nothing.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "http/http_internal.h"
#include "http/tls.h"

#define LISTEN_BACKLOG 1024
/* A queue of length 0 takes one; more than these mean that it will not fill. */
#define QUEUE_FILLERS_MAX 64
#define REOPEN_NS ((int64_t)100000000)

static void
listen_on_accept(struct evconnlistener *accept_from, evutil_socket_t fd,
    struct sockaddr *sa, int len, void *arg)
{
	(void)accept_from;
	accept_new_socket(arg, fd, sa, len);
}

/* Most likely no descriptor is left. The accept queue keeps the connections
 * until the listener opens again. */
static void
listen_on_accept_error(struct evconnlistener *accept_from, void *arg)
{
	struct http_server *s = ((struct http_listener *)arg)->server;

	log_msg(s->log, LOG_WARN, "http", "accept: %s", strerror(errno));
	evconnlistener_disable(accept_from);
	alarm_set(s->real_clock, &s->reopen_alarm,
	    clock_now(s->real_clock) + REOPEN_NS);
}

/* Go's reason why the text is no host and port, NULL when it is. */
static const char *
listen_address_fault(const char *text)
{
	const char *colon = strrchr(text, ':'), *bracket;

	if (!colon)
		return "missing port in address";
	if (*text != '[')
		return strchr(text, ':') == colon
		    ? NULL
		    : "too many colons in address";
	bracket = strchr(text, ']');
	if (!bracket)
		return "missing ']' in address";
	if (bracket[1] != ':')
		return "missing port in address";
	return bracket + 1 == colon ? NULL : "too many colons in address";
}

/* Refuses as Go's net.Listen does. */
static bool
listen_parse_address(
    const char *text, struct sockaddr_storage *out, int *len, struct error *e)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE };
	const char *colon = strrchr(text, ':');
	const char *fault = listen_address_fault(text);
	struct addrinfo *found;
	char host[256] = "";
	int rc;

	if (fault || (size_t)(colon - text) >= sizeof(host))
		return error_set(e, 400, "listen tcp: address %s: %s", text,
		    fault ? fault : "name too long");
	if (colon[1] && colon[1 + strspn(colon + 1, "0123456789")] == '\0' &&
	    strtol(colon + 1, NULL, 10) > 65535)
		return error_set(
		    e, 400, "listen tcp: address %s: invalid port", colon + 1);
	memcpy(host, text, (size_t)(colon - text));
	if (host[0] == '[') {
		memmove(host, host + 1, strlen(host));
		host[strcspn(host, "]")] = '\0';
	}
	rc = getaddrinfo(
	    *host ? host : NULL, colon[1] ? colon + 1 : "0", &hints, &found);
	if (rc == EAI_SERVICE)
		return error_set(e, 400,
		    "listen tcp: lookup tcp/%s: unknown port", colon + 1);
	if (rc != 0)
		return error_set(
		    e, 400, "listen tcp: lookup %s: no such host", host);
	memcpy(out, found->ai_addr, found->ai_addrlen);
	*len = (int)found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

static bool
listen_unix_address(
    const char *path, struct sockaddr_storage *out, int *len, struct error *e)
{
	struct sockaddr_un *un = (struct sockaddr_un *)out;

	if (strlen(path) >= sizeof(un->sun_path))
		return error_set(e, 400, "listen unix %s: path too long", path);
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	strcpy(un->sun_path, path);
	unlink(path);
	*len = (int)sizeof(*un);
	return true;
}

static void
listen_copy_tls_files(struct http_listener *l, const struct tls_files *f)
{
	l->files = *f;
	l->files.cert = f->cert ? xstrdup(f->cert) : NULL;
	l->files.key = f->key ? xstrdup(f->key) : NULL;
	l->files.client_ca = f->client_ca ? xstrdup(f->client_ca) : NULL;
	l->files.min_version = f->min_version ? xstrdup(f->min_version) : NULL;
	l->files.max_version = f->max_version ? xstrdup(f->max_version) : NULL;
	l->files.cipher_suites = f->cipher_suites ? xstrdup(f->cipher_suites)
						  : NULL;
}

/* Closes our own connections to the listener, which must not be served. */
static void
listen_close_fillers(struct http_listener *l)
{
	for (int i = 0; i < l->nqueue_fillers; i++)
		evutil_closesocket(l->queue_fillers[i]);
	free(l->queue_fillers);
	l->queue_fillers = NULL;
	l->nqueue_fillers = 0;
}

static void
listen_shut(struct http_listener *l)
{
	if (l->evlistener)
		evconnlistener_free(l->evlistener);
	l->evlistener = NULL;
	listen_close_fillers(l);
}

void
listener_free(struct http_listener *l)
{
	listen_shut(l);
	SSL_CTX_free(l->tls);
	tls_profiles_drop(l);
	free((void *)(uintptr_t)l->files.cert);
	free((void *)(uintptr_t)l->files.key);
	free((void *)(uintptr_t)l->files.client_ca);
	free((void *)(uintptr_t)l->files.min_version);
	free((void *)(uintptr_t)l->files.max_version);
	free((void *)(uintptr_t)l->files.cipher_suites);
	if (l->unix_path)
		unlink(l->unix_path);
	free(l->unix_path);
	listener_settings_release(l);
	free(l);
}

/* The kernel may choose the port the first time; then it stays the same. */
static bool
listen_bind(struct http_listener *l)
{
	socklen_t len = sizeof(l->address);

	if (l->unix_path)
		unlink(l->unix_path);
	l->evlistener = evconnlistener_new_bind(l->server->base,
	    listen_on_accept, l,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
	    LISTEN_BACKLOG, (struct sockaddr *)&l->address, l->address_len);
	if (!l->evlistener)
		return false;
	evconnlistener_set_error_cb(l->evlistener, listen_on_accept_error);
	/* Enabled already, but libevent does not say whether it worked. */
	if (evconnlistener_enable(l->evlistener) != 0 ||
	    getsockname(evconnlistener_get_fd(l->evlistener),
		(struct sockaddr *)&l->address, &len) != 0) {
		evconnlistener_free(l->evlistener);
		l->evlistener = NULL;
		return false;
	}
	l->address_len = (int)len;
	return true;
}

struct http_listener *
http_listen(struct http_server *s, const char *address,
    const struct tls_files *tls, const struct http_limits *limits,
    struct error *e)
{
	struct http_listener *l = xcalloc(1, sizeof(*l));
	bool is_unix = starts_with(address, "unix:");

	l->server = s;
	l->tenant = &s->own;
	l->limits = *limits;
	if (tls)
		listen_copy_tls_files(l, tls);
	if (!(is_unix ? listen_unix_address(
			    address + 5, &l->address, &l->address_len, e)
		      : listen_parse_address(
			    address, &l->address, &l->address_len, e)) ||
	    (tls && !(l->tls = tls_context_new(&l->files, e)))) {
		listener_free(l);
		return NULL;
	}
	if (is_unix)
		l->unix_path = xstrdup(address + 5);
	if (!listen_bind(l)) {
		/* Go writes the system's reason without a capital. */
		const char *reason = strerror(errno);

		error_set(e, 400, "listen %s %s: bind: %c%s",
		    is_unix ? "unix" : "tcp4", address,
		    tolower((unsigned char)*reason), reason + 1);
		listener_free(l);
		return NULL;
	}
	l->next = s->listeners;
	s->listeners = l;
	return l;
}

struct http_listener *
http_listen_like(
    const struct http_listener *like, const char *address, struct error *e)
{
	return http_listen(like->server, address,
	    like->tls ? &like->files : NULL, &like->limits, e);
}

void
listener_remove(struct http_listener *l)
{
	struct http_listener **at = &l->server->listeners;

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	listener_free(l);
}

void
http_set_admin(struct http_listener *l)
{
	l->admin = true;
}

void
http_listener_address(const struct http_listener *l, char *out, size_t size)
{
	char host[64] = "", port[16] = "";

	if (l->unix_path) {
		snprintf(out, size, "unix:%s", l->unix_path);
		return;
	}
	if (getnameinfo((const struct sockaddr *)&l->address,
		(socklen_t)l->address_len, host, sizeof(host), port,
		sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		snprintf(host, sizeof(host), "?");
	snprintf(
	    out, size, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

bool
http_reload_certificates(struct http_listener *l, struct error *e)
{
	SSL_CTX *fresh;

	if (!l->tls)
		return true;
	fresh = tls_context_new(&l->files, e);
	if (!fresh)
		return false;
	SSL_CTX_free(l->tls);
	l->tls = fresh;
	tls_profiles_drop(l);
	return true;
}

/* ---- the gate ---- */

/* Where we reach it ourselves. */
static void
listen_own_address(const struct http_listener *l, struct sockaddr_storage *out)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	*out = l->address;
	if (out->ss_family == AF_INET && in4->sin_addr.s_addr == INADDR_ANY)
		in4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else if (out->ss_family == AF_INET6 &&
	    IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr))
		in6->sin6_addr = in6addr_loopback;
}

/* A connection to ourselves; -1 when the queue takes no more. */
static evutil_socket_t
listen_fill_one(const struct http_listener *l)
{
	struct sockaddr_storage to;
	evutil_socket_t fd;
	struct pollfd p;

	listen_own_address(l, &to);
	fd = socket(
	    to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	p = (struct pollfd){ .fd = fd, .events = POLLOUT };
	if (fd >= 0 &&
	    (connect(fd, (struct sockaddr *)&to, (socklen_t)l->address_len) ==
		    0 ||
		(errno == EINPROGRESS && poll(&p, 1, 0) == 1 &&
		    !(p.revents & (POLLERR | POLLHUP)))))
		return fd;
	if (fd >= 0)
		evutil_closesocket(fd);
	return -1;
}

/* The kernel drops a SYN for a queue that is full, and says nothing. */
static void
listen_fill_queue(struct http_listener *l)
{
	evutil_socket_t fd;

	if (l->queue_fillers)
		return;
	evconnlistener_disable(l->evlistener);
	if (listen(evconnlistener_get_fd(l->evlistener), 0) != 0)
		log_msg(l->server->log, LOG_WARN, "http",
		    "the accept queue cannot be shortened: %s",
		    strerror(errno));
	l->queue_fillers = xcalloc(
	    QUEUE_FILLERS_MAX, sizeof(*l->queue_fillers));
	while (l->nqueue_fillers < QUEUE_FILLERS_MAX &&
	    (fd = listen_fill_one(l)) >= 0)
		l->queue_fillers[l->nqueue_fillers++] = fd;
	if (l->nqueue_fillers == QUEUE_FILLERS_MAX)
		log_msg(l->server->log, LOG_WARN, "http",
		    "the accept queue does not fill: connections will hang "
		    "instead of not being made");
}

static bool
listen_is_same_address(
    const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in *a4 = (const void *)a, *b4 = (const void *)b;
	const struct sockaddr_in6 *a6 = (const void *)a, *b6 = (const void *)b;

	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return a4->sin_port == b4->sin_port &&
		    a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	return a->ss_family == AF_INET6 && a6->sin6_port == b6->sin6_port &&
	    memcmp(&a6->sin6_addr, &b6->sin6_addr, 16) == 0;
}

static bool
listen_is_filler(
    const struct http_listener *l, const struct sockaddr_storage *peer)
{
	for (int i = 0; i < l->nqueue_fillers; i++) {
		struct sockaddr_storage own;
		socklen_t len = sizeof(own);

		if (getsockname(l->queue_fillers[i], (struct sockaddr *)&own,
			&len) == 0 &&
		    listen_is_same_address(&own, peer))
			return true;
	}
	return false;
}

/* Serves the connections that waited in the queue; drops our own. */
static void
listen_drain_queue(struct http_listener *l)
{
	evutil_socket_t listening = evconnlistener_get_fd(l->evlistener), fd;
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);

	if (listen(listening, LISTEN_BACKLOG) != 0)
		log_msg(l->server->log, LOG_WARN, "http",
		    "the accept queue stays short: %s", strerror(errno));
	while ((fd = accept4(listening, (struct sockaddr *)&peer, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if (listen_is_filler(l, &peer))
			evutil_closesocket(fd);
		else
			accept_new_socket(
			    l, fd, (struct sockaddr *)&peer, (int)len);
		len = sizeof(peer);
	}
	listen_close_fillers(l);
}

static bool
listen_set_gate(struct http_listener *l, enum listener_state gate)
{
	if (gate == LISTENER_REFUSING) {
		listen_shut(l);
		return true;
	}
	if (!l->evlistener && !listen_bind(l))
		return false;
	if (gate == LISTENER_BLACKHOLE)
		listen_fill_queue(l);
	else if (l->queue_fillers)
		listen_drain_queue(l);
	if (gate == LISTENER_OPEN && !l->server->stopping)
		evconnlistener_enable(l->evlistener);
	return true;
}

static enum listener_state
listen_gate_of(const struct http_listener *l)
{
	if (l->admin)
		return LISTENER_OPEN;
	if (l->tenant == &l->server->own && l->server->shared)
		return LISTENER_OPEN;
	return l->tenant->gate;
}

void
listen_set_gates(struct http_server *s)
{
	bool ok = true;

	alarm_cancel(s->real_clock, &s->reopen_alarm);
	for (struct http_listener *l = s->listeners; l; l = l->next)
		ok = listen_set_gate(l, listen_gate_of(l)) && ok;
	if (ok)
		return;
	log_msg(s->log, LOG_WARN, "http",
	    "an address cannot be bound again yet: %s", strerror(errno));
	alarm_set(s->real_clock, &s->reopen_alarm,
	    clock_now(s->real_clock) + REOPEN_NS);
}

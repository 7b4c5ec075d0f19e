/*
 * Connections to the upstream: its addresses, making connections, keeping them
 * for the next request.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "proxy/proxy_internal.h"

/* ---- the URL ---- */

static bool
upstream_take_uri(
    struct proxy *p, const struct evhttp_uri *uri, struct error *e)
{
	const char *scheme = evhttp_uri_get_scheme(uri);
	const char *host = evhttp_uri_get_host(uri);
	const char *path = evhttp_uri_get_path(uri);
	int port = evhttp_uri_get_port(uri);
	size_t n = strlen(host);
	bool tls = strcmp(scheme, "https") == 0;
	bool bracketed = *host == '[' && host[n - 1] == ']';

	if (!tls && strcmp(scheme, "http") != 0)
		return error_set(
		    e, 400, "-upstream: the scheme is http or https");
	if (evhttp_uri_get_userinfo(uri) || evhttp_uri_get_query(uri) ||
	    (path && *path && strcmp(path, "/") != 0))
		return error_set(e, 400,
		    "-upstream: scheme, host and port alone are expected");
	p->host = xstrndup(host + bracketed, n - 2 * (size_t)bracketed);
	p->authority = port < 0 ? xstrdup(host)
				: xasprintf("%s:%d", host, port);
	p->url = xasprintf("%s://%s", scheme, p->authority);
	p->lookup.host = xstrdup(p->host);
	p->lookup.port = xasprintf("%d", port >= 0 ? port : tls ? 443 : 80);
	if (tls)
		p->tls = upstream_tls_context(&p->settings, e);
	return !tls || p->tls;
}

static void upstream_lookup_run(struct worker_job *job, int stop_fd);

bool
upstream_read_url(struct proxy *p, struct error *e)
{
	struct evhttp_uri *uri = evhttp_uri_parse(p->settings.url);
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST }, *found;
	bool ok;

	if (!uri || !evhttp_uri_get_host(uri) || !*evhttp_uri_get_host(uri) ||
	    !evhttp_uri_get_scheme(uri)) {
		if (uri)
			evhttp_uri_free(uri);
		return error_set(e, 400,
		    "-upstream: \"%s\" is no URL; expected one like "
		    "https://vault.example:8200",
		    p->settings.url);
	}
	ok = upstream_take_uri(p, uri, e);
	evhttp_uri_free(uri);
	if (!ok)
		return false;
	p->lookup.proxy = p;
	if (getaddrinfo(p->host, NULL, &hints, &found) == 0) {
		p->lookup.numeric = true;
		freeaddrinfo(found);
	}
	return true;
}

/* ---- its addresses ---- */

/* On a thread; for an address, which asks nobody, on the loop. */
static void
upstream_lookup_run(struct worker_job *job, int stop_fd)
{
	struct upstream_lookup *l = (struct upstream_lookup *)job;
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = l->numeric ? AI_NUMERICHOST : AI_ADDRCONFIG };
	struct addrinfo *list = NULL;

	(void)stop_fd;
	l->nfound = 0;
	l->error = getaddrinfo(l->host, l->port, &hints, &list);
	for (const struct addrinfo *a = l->error ? NULL : list;
	     a && l->nfound < UPSTREAM_ADDRESSES_MAX; a = a->ai_next) {
		struct upstream_address *to = &l->found[l->nfound++];

		memcpy(&to->to, a->ai_addr, a->ai_addrlen);
		to->n = a->ai_addrlen;
	}
	if (list)
		freeaddrinfo(list);
}

/* Those that were found before stay, when none is found now. */
static const char *
upstream_lookup_take(struct proxy *p)
{
	struct upstream_lookup *l = &p->lookup;

	if (l->error)
		return gai_strerror(l->error);
	memcpy(p->addresses, l->found, sizeof(*l->found) * (size_t)l->nfound);
	p->naddresses = l->nfound;
	p->looked_up_ns = clock_now(p->real);
	return NULL;
}

static void
upstream_lookup_done(struct worker_job *job)
{
	struct proxy *p = ((struct upstream_lookup *)job)->proxy;
	const char *failure = upstream_lookup_take(p);
	struct exchange *next;

	p->lookup.running = false;
	if (p->naddresses > 0)
		failure = NULL;
	for (struct exchange *x = p->exchanges; x; x = next) {
		next = x->next;
		if (x->stage == EXCHANGE_LOOKUP)
			p->events->on_lookup(x, failure);
	}
}

/* True: they are known now. Otherwise the exchange hears of them. */
static bool
upstream_has_addresses(struct proxy *p)
{
	struct upstream_lookup *l = &p->lookup;

	if (p->naddresses > 0 &&
	    (l->numeric ||
		clock_now(p->real) - p->looked_up_ns < UPSTREAM_LOOKUP_NS))
		return true;
	if (l->numeric) {
		upstream_lookup_run(&l->job, -1);
		return !upstream_lookup_take(p);
	}
	if (l->running)
		return false;
	l->running = true;
	l->job = (struct worker_job){ .queue = "upstream",
		.run = upstream_lookup_run,
		.done = upstream_lookup_done };
	worker_submit(api_vault(p->api), &l->job);
	return false;
}

/* ---- a connection's events ---- */

static void
upstream_on_read(struct bufferevent *bev, void *arg)
{
	struct upstream_conn *c = arg;

	if (c->exchange)
		c->proxy->events->on_read(c->exchange);
	else if (evbuffer_get_length(bufferevent_get_input(bev)) > 0)
		upstream_drop(c); /* nobody has asked for it */
}

static void
upstream_on_written(struct bufferevent *bev, void *arg)
{
	struct upstream_conn *c = arg;

	(void)bev;
	if (c->exchange && c->exchange->stage >= EXCHANGE_HEAD)
		c->proxy->events->on_written(c->exchange);
}

static void
upstream_on_event(struct bufferevent *bev, short what, void *arg)
{
	struct upstream_conn *c = arg;
	int error = EVUTIL_SOCKET_ERROR();
	char text[300] = "";

	if (!c->exchange) {
		upstream_drop(c);
		return;
	}
	if (what & BEV_EVENT_CONNECTED) {
		c->proxy->events->on_ready(c->exchange);
		return;
	}
	if (what & BEV_EVENT_ERROR && !upstream_tls_failure(bev, text, 300))
		snprintf(text, sizeof(text), "%s",
		    error ? evutil_socket_error_to_string(error)
			  : "the connection has failed");
	c->proxy->events->on_closed(c->exchange, *text ? text : NULL);
}

/* ---- making, keeping, dropping ---- */

static void
upstream_on_idle_over(void *arg, int64_t now_ns)
{
	(void)now_ns;
	upstream_drop(arg);
}

static struct upstream_conn *
upstream_conn_new(struct exchange *x)
{
	struct proxy *p = x->proxy;
	int flags = BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS;
	SSL *ssl = p->tls ? upstream_tls_new(p) : NULL;
	struct upstream_conn *c;

	if (p->tls && !ssl)
		return NULL;
	c = xcalloc(1, sizeof(*c));
	c->proxy = p;
	c->exchange = x;
	alarm_init(&c->idle_alarm, upstream_on_idle_over, c);
	c->bev = ssl ? bufferevent_openssl_socket_new(
			   p->base, -1, ssl, BUFFEREVENT_SSL_CONNECTING, flags)
		     : bufferevent_socket_new(p->base, -1, flags);
	if (ssl)
		bufferevent_openssl_set_allow_dirty_shutdown(c->bev, 1);
	bufferevent_setcb(c->bev, upstream_on_read, upstream_on_written,
	    upstream_on_event, c);
	return c;
}

static void
upstream_unlink_idle(struct upstream_conn *c)
{
	struct proxy *p = c->proxy;

	if (c->prev)
		c->prev->next = c->next;
	else
		p->idle = c->next;
	if (c->next)
		c->next->prev = c->prev;
	c->next = c->prev = NULL;
	p->nidle--;
	alarm_cancel(p->real, &c->idle_alarm);
}

void
upstream_drop(struct upstream_conn *c)
{
	if (!c->exchange)
		upstream_unlink_idle(c);
	else
		c->exchange->conn = NULL;
	bufferevent_free(c->bev);
	free(c);
}

void
upstream_keep(struct upstream_conn *c)
{
	struct proxy *p = c->proxy;

	if (p->nidle >= UPSTREAM_IDLE_MAX) {
		upstream_drop(c);
		return;
	}
	c->exchange->conn = NULL;
	c->exchange = NULL;
	c->reused = true;
	c->next = p->idle;
	if (p->idle)
		p->idle->prev = c;
	p->idle = c;
	p->nidle++;
	bufferevent_enable(c->bev, EV_READ); /* to see it close */
	alarm_set(
	    p->real, &c->idle_alarm, clock_now(p->real) + UPSTREAM_IDLE_NS);
}

/* Has it been closed, though the loop does not know yet? */
static bool
upstream_is_stale(const struct upstream_conn *c)
{
	char byte;
	ssize_t n = recv(
	    bufferevent_getfd(c->bev), &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return n >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK) ||
	    evbuffer_get_length(bufferevent_get_input(c->bev)) > 0;
}

/* TLS 1.3 sends tickets behind the handshake, so bytes on a fresh TLS
 * connection say nothing; the end of it does. */
static bool
upstream_is_usable(const struct upstream_conn *c)
{
	char byte;

	if (!c->proxy->tls)
		return !upstream_is_stale(c);
	return recv(bufferevent_getfd(c->bev), &byte, 1,
		   MSG_PEEK | MSG_DONTWAIT) != 0;
}

bool
upstream_connect_next(struct exchange *x)
{
	struct proxy *p = x->proxy;
	int on = 1;

	if (x->conn)
		upstream_drop(x->conn);
	while (x->tried < p->naddresses) {
		const struct upstream_address *to = &p->addresses[x->tried++];

		x->conn = upstream_conn_new(x);
		if (!x->conn)
			return false;
		if (bufferevent_socket_connect(x->conn->bev,
			(const struct sockaddr *)&to->to, (int)to->n) != 0) {
			upstream_drop(x->conn);
			continue;
		}
		setsockopt(bufferevent_getfd(x->conn->bev), IPPROTO_TCP,
		    TCP_NODELAY, &on, sizeof(on));
		x->stage = EXCHANGE_CONNECT;
		return true;
	}
	return false;
}

void
upstream_acquire(struct exchange *x)
{
	struct proxy *p = x->proxy;

	while (p->idle && !x->retried) {
		struct upstream_conn *c = p->idle;

		if (!upstream_is_usable(c)) {
			upstream_drop(c);
			continue;
		}
		upstream_unlink_idle(c);
		c->exchange = x;
		x->conn = c;
		p->events->on_ready(x);
		return;
	}
	x->stage = EXCHANGE_LOOKUP;
	if (upstream_has_addresses(p))
		p->events->on_lookup(x, NULL);
}

void
upstream_release(struct proxy *p)
{
	while (p->idle)
		upstream_drop(p->idle);
}

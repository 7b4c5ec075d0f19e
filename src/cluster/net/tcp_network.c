/*
 * The network between processes: where a node listens, whom it calls, and when
 * it calls again.
 */
#include "cluster/net/tcp_network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cluster/net/tcp_internal.h"

#define TCP_BACKLOG 128
#define TCP_REOPEN_NS ((int64_t)100000000)

static void tcp_peer_call(struct tcp_peer *p);

/* ---- peers ---- */

static void
tcp_peer_on_retry(void *arg, int64_t now_ns)
{
	(void)now_ns;
	tcp_peer_call(arg);
}

/* Names are asked for without waiting; who has numbers alone asks nobody. Only
 * one address of a name is tried, so the kinds of IP take turns. */
static void
tcp_peer_choose_family(struct tcp_peer *p)
{
	struct tcp_network *n = p->network;
	struct in6_addr address;

	p->family = p->family == AF_INET ? AF_INET6 : AF_INET;
	if (inet_pton(AF_INET, p->address.host, &address) == 1 ||
	    inet_pton(AF_INET6, p->address.host, &address) == 1)
		p->family = AF_UNSPEC;
	else if (!n->dns)
		n->dns = evdns_base_new(n->options.base,
		    EVDNS_BASE_INITIALIZE_NAMESERVERS |
			EVDNS_BASE_DISABLE_WHEN_INACTIVE);
}

static void
tcp_peer_call(struct tcp_peer *p)
{
	if (!p->network->tls || p->conn || p->link.cut)
		return;
	tcp_peer_choose_family(p);
	if (!tcp_conn_call(p))
		tcp_peer_retry(p, "it cannot be called");
}

static void
tcp_peer_free(struct tcp_peer *p)
{
	struct tcp_peer **at = &p->network->peers;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	alarm_cancel(p->network->options.clock, &p->retry);
	if (p->conn)
		tcp_conn_close(p->conn, false);
	free(p);
}

/* Connections that a node has made to us. */
static void
tcp_close_links(struct tcp_network *n, uint64_t from)
{
	struct tcp_conn *c = n->conns;

	while (c) {
		if (c->peer || c->from != from) {
			c = c->next;
			continue;
		}
		tcp_conn_close(c, true);
		c = n->conns; /* others may have gone meanwhile */
	}
}

bool
tcp_network_set_peer(struct tcp_network *n, uint64_t id, const char *address)
{
	struct tcp_peer *p = tcp_peer_find(n, id);
	struct cluster_address where;

	if (!address) {
		if (p) {
			tcp_peer_free(p);
			tcp_close_links(n, id);
		}
		return true;
	}
	if (!cluster_address_parse(address, &where))
		return false;
	if (p && strcmp(p->address.host, where.host) == 0 &&
	    p->address.port == where.port)
		return true;
	if (!p) {
		p = xcalloc(1, sizeof(*p));
		p->network = n;
		p->id = id;
		p->away_since_ns = clock_now(n->options.clock);
		alarm_init(&p->retry, tcp_peer_on_retry, p);
		p->next = n->peers;
		n->peers = p;
	}
	p->address = where;
	p->backoff_ns = 0;
	if (p->conn)
		tcp_conn_close(p->conn, true);
	p = tcp_peer_find(n, id); /* who was told may have removed it */
	if (p) {
		alarm_cancel(n->options.clock, &p->retry);
		tcp_peer_call(p);
	}
	return true;
}

bool
tcp_network_is_up(const struct tcp_network *n, uint64_t id)
{
	const struct tcp_peer *p = tcp_peer_find(n, id);

	return p && p->conn && p->conn->ready;
}

int64_t
tcp_network_away_ns(const struct tcp_network *n, uint64_t id)
{
	const struct tcp_peer *p = tcp_peer_find(n, id);

	return p && !tcp_network_is_up(n, id)
	    ? clock_now(n->options.clock) - p->away_since_ns
	    : 0;
}

/* ---- listening ---- */

static void
tcp_on_accept(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *from, int n, void *arg)
{
	(void)listener;
	(void)from;
	(void)n;
	tcp_conn_accept(arg, fd);
}

/* Most likely no descriptor is left; the queue keeps the connections. */
static void
tcp_on_accept_error(struct evconnlistener *listener, void *arg)
{
	struct tcp_network *n = arg;

	log_msg(
	    n->options.log, LOG_WARN, "cluster", "accept: %s", strerror(errno));
	evconnlistener_disable(listener);
	alarm_set(n->options.clock, &n->reopen,
	    clock_now(n->options.clock) + TCP_REOPEN_NS);
}

static void
tcp_on_reopen(void *arg, int64_t now_ns)
{
	struct tcp_network *n = arg;

	(void)now_ns;
	if (!n->paused)
		evconnlistener_enable(n->listener);
}

/* "" is any, of both kinds of IP where the kernel has them. */
static bool
tcp_bound_address(
    const struct cluster_address *a, struct sockaddr_storage *out, int *len)
{
	struct sockaddr_in *in = (struct sockaddr_in *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
	const char *host = strcmp(a->host, "localhost") == 0 ? "127.0.0.1"
	    : *a->host					     ? a->host
							     : "0.0.0.0";

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)a->port);
		*len = (int)sizeof(*in);
		return true;
	}
	if (inet_pton(AF_INET6, host, &in6->sin6_addr) != 1)
		return false;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons((uint16_t)a->port);
	*len = (int)sizeof(*in6);
	return true;
}

bool
tcp_network_listen(struct tcp_network *n, const char *address, struct error *e)
{
	struct cluster_address where;
	struct sockaddr_storage to;
	socklen_t size = sizeof(to);
	int len;

	if (!cluster_address_parse(address, &where) ||
	    !tcp_bound_address(&where, &to, &len))
		return error_set(e, 400,
		    "cluster address %s: an IP address and a port are expected",
		    address);
	n->listener = evconnlistener_new_bind(n->options.base, tcp_on_accept, n,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
	    TCP_BACKLOG, (struct sockaddr *)&to, len);
	if (!n->listener)
		return error_set(
		    e, 500, "listen tcp %s: %s", address, strerror(errno));
	evconnlistener_set_error_cb(n->listener, tcp_on_accept_error);
	if (getsockname(evconnlistener_get_fd(n->listener),
		(struct sockaddr *)&to, &size) != 0)
		return error_set(
		    e, 500, "listen tcp %s: %s", address, strerror(errno));
	n->port = ntohs(to.ss_family == AF_INET6
		? ((struct sockaddr_in6 *)&to)->sin6_port
		: ((struct sockaddr_in *)&to)->sin_port);
	return true;
}

int
tcp_network_port(const struct tcp_network *n)
{
	return n->port;
}

/* ---- the network ---- */

struct tcp_network *
tcp_network_new(const struct tcp_network_options *o)
{
	struct tcp_network *n = xcalloc(1, sizeof(*n));

	n->options = *o;
	alarm_init(&n->reopen, tcp_on_reopen, n);
	return n;
}

bool
tcp_network_start(
    struct tcp_network *n, const struct tcp_identity *i, struct error *e)
{
	tcp_network_stop(n);
	n->tls = cluster_tls_new(i->certificate, i->key, &n->certificate, e);
	if (!n->tls)
		return false;
	n->id = i->id;
	n->schema = xstrdup(i->schema);
	return true;
}

void
tcp_network_stop(struct tcp_network *n)
{
	while (n->conns)
		tcp_conn_close(n->conns, false);
	while (n->peers)
		tcp_peer_free(n->peers);
	SSL_CTX_free(n->tls);
	X509_free(n->certificate);
	free(n->schema);
	n->tls = NULL;
	n->certificate = NULL;
	n->schema = NULL;
}

void
tcp_network_free(struct tcp_network *n)
{
	if (!n)
		return;
	tcp_network_stop(n);
	alarm_cancel(n->options.clock, &n->reopen);
	if (n->listener)
		evconnlistener_free(n->listener);
	if (n->dns)
		evdns_base_free(n->dns, 0);
	free(n);
}

/* ---- sending ---- */

bool
tcp_network_send(struct tcp_network *n, uint64_t to, struct slice bytes)
{
	struct tcp_peer *p = tcp_peer_find(n, to);

	if (!p || !p->conn)
		return false;
	if (p->link.loss_ppm &&
	    random_below(n->options.random, 1000000) < p->link.loss_ppm)
		return false;
	return tcp_conn_send(p->conn, LANE_RAFT, bytes);
}

bool
tcp_network_ask(struct tcp_network *n, uint64_t to, struct slice bytes)
{
	struct tcp_peer *p = tcp_peer_find(n, to);

	return p && p->conn && p->conn->ready &&
	    tcp_conn_send(p->conn, LANE_FORWARD, bytes);
}

bool
tcp_network_answer(struct tcp_network *n, uint64_t link, struct slice bytes)
{
	for (struct tcp_conn *c = n->conns; c; c = c->next)
		if (!c->peer && c->link == link)
			return c->ready &&
			    tcp_conn_send(c, LANE_FORWARD, bytes);
	return false;
}

/* ---- for tests and faults ---- */

void
tcp_network_pause(struct tcp_network *n, bool paused)
{
	n->paused = paused;
	for (struct tcp_conn *c = n->conns; c; c = c->next)
		tcp_conn_pause(c, paused);
	if (!n->listener)
		return;
	if (paused)
		evconnlistener_disable(n->listener);
	else
		evconnlistener_enable(n->listener);
}

void
tcp_network_set_link(
    struct tcp_network *n, uint64_t to, const struct tcp_link *link)
{
	struct tcp_peer *p = tcp_peer_find(n, to);

	if (!p)
		return;
	p->link = *link;
	if (!link->cut) {
		if (!p->conn) {
			alarm_cancel(n->options.clock, &p->retry);
			tcp_peer_call(p);
		}
		return;
	}
	if (p->conn)
		tcp_conn_close(p->conn, true);
	tcp_close_links(n, to);
}

bool
tcp_network_get_link(
    const struct tcp_network *n, uint64_t to, struct tcp_link *link)
{
	const struct tcp_peer *p = tcp_peer_find(n, to);

	if (p)
		*link = p->link;
	return p != NULL;
}

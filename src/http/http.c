/*
 * The server: the held answers, the sweep of the dead, the end of it all.
 */
#include "http/http.h"

#include <stdlib.h>

#include "api/api.h"
#include "http/http_internal.h"

const struct http_limits http_default_limits = { 10, 30, 300, 33554432 };

static void
try_again(void *arg, int64_t now)
{
	struct http_server *s = arg;

	(void)now;
	listeners_gate(s, s->gate);
}

struct http_server *
http_new(struct event_base *base, struct api *api, struct clock *clock,
    struct clock *real, const struct log *log)
{
	struct http_server *s = xcalloc(1, sizeof(*s));

	s->base = base;
	s->api = api;
	s->clock = clock;
	s->real = real;
	s->log = log;
	s->date_second = -1;
	alarm_init(&s->reopen, try_again, s);
	return s;
}

void
http_skew(struct http_server *s, const int64_t *skew)
{
	s->skew = skew;
}

void
http_certs(struct http_server *s, http_cert_fn make, void *arg)
{
	s->make_cert = make;
	s->make_cert_arg = arg;
}

void
http_reset_connections(struct http_server *s)
{
	for (struct conn *c = s->conns; c; c = c->next)
		if (!c->listener->admin)
			conn_reset(c);
	peeks_drop(s, true);
}

void
http_gate(struct http_server *s, enum wire_gate gate)
{
	s->gate = gate;
	listeners_gate(s, gate);
	if (gate == WIRE_REFUSED)
		http_reset_connections(s);
}

static void
bury(struct http_server *s)
{
	struct conn *c = s->dying;

	s->dying = NULL;
	while (c) {
		struct conn *next = c->next_dying;

		if (c->state == CONN_BUSY || c->held) { /* its answer first */
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
		if (l->accept)
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

/* What only waits is dropped; what cannot be is left to its owner. */
static void
forget_requests(struct http_server *s)
{
	for (struct conn *c = s->conns; c; c = c->next) {
		c->dying = true;
		if (c->state == CONN_BUSY && c->request)
			api_gone(c->request);
	}
}

void
http_free(struct http_server *s)
{
	if (!s)
		return;
	forget_requests(s);
	peeks_drop(s, false);
	alarm_cancel(s->real, &s->reopen);
	while (s->conns)
		conn_free(s->conns);
	while (s->listeners) {
		struct http_listener *l = s->listeners;

		s->listeners = l->next;
		listener_free(l);
	}
	free(s);
}

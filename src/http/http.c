/*
 * The server: sends the answers that wait, frees closed connections, stops.
 */
#include "http/http.h"

#include <stdlib.h>

#include "api/api.h"
#include "http/http_internal.h"

const struct http_limits http_default_limits = { 10, 30, 300, 33554432, 0 };

static void
http_reopen_listeners(void *arg, int64_t now_ns)
{
	struct http_server *s = arg;

	(void)now_ns;
	listen_set_gates(s);
}

struct http_server *
http_new(struct event_base *base, struct api *api, struct clock *clock,
    struct clock *real_clock, const struct log *log)
{
	struct http_server *s = xcalloc(1, sizeof(*s));

	s->base = base;
	s->body_bytes_max = HTTP_BODIES_MAX_BYTES;
	s->own.api = api;
	s->own.clock = clock;
	s->real_clock = real_clock;
	s->log = log;
	s->date_s = -1;
	alarm_init(&s->reopen_alarm, http_reopen_listeners, s);
	return s;
}

void
http_set_skew(struct http_server *s, const int64_t *skew_ns)
{
	s->own.skew_ns = skew_ns;
}

void
http_set_cert_maker(struct http_server *s, http_cert_fn make, void *arg)
{
	s->make_cert = make;
	s->make_cert_arg = arg;
}

void
http_reset_connections(struct http_server *s)
{
	http_reset_tenant(s, &s->own);
}

void
http_set_gate(struct http_server *s, enum listener_state gate)
{
	http_set_tenant_gate(s, &s->own, gate);
}

void
http_set_shared(struct http_server *s, bool shared)
{
	bool differs = s->shared != shared && s->own.gate != LISTENER_OPEN;

	s->shared = shared;
	if (differs)
		http_set_gate(s, s->own.gate);
}

struct http_tenant *
http_own_tenant(struct http_server *s)
{
	return &s->own;
}

void
http_set_local_only(struct http_server *s, bool local_only)
{
	s->local_only = local_only;
	if (!local_only)
		accept_release_held(s);
}

void
http_set_streaming(struct http_server *s, size_t bytes)
{
	s->stream_bytes = bytes;
}

void
http_flush(struct http_server *s)
{
	waiting_responses_flush(s);
	conn_reap_closing(s);
}

void
http_stop(struct http_server *s)
{
	s->stopping = true;
	for (struct http_listener *l = s->listeners; l; l = l->next)
		if (l->evlistener)
			evconnlistener_disable(l->evlistener);
	for (struct conn *c = s->conns; c; c = c->next)
		conn_stop(c);
	conn_reap_closing(s);
}

bool
http_busy(const struct http_server *s)
{
	return s->active_requests > 0 || s->flush_list || s->conns;
}

void
http_free(struct http_server *s)
{
	if (!s)
		return;
	/* Requests that only wait are cancelled. The others keep their owner,
	 * which has no connection any more. */
	for (struct conn *c = s->conns; c; c = c->next) {
		c->closing = true;
		if (c->state == CONN_BUSY && c->request)
			api_client_gone(c->request);
	}
	accept_drop_pending(s, NULL, false);
	alarm_cancel(s->real_clock, &s->reopen_alarm);
	while (s->conns)
		conn_free(s->conns);
	while (s->listeners) {
		struct http_listener *l = s->listeners;

		s->listeners = l->next;
		listener_free(l);
	}
	free(s);
}

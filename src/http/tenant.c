/*
 * What holds for one tenant's connections alone, and a tenant's end.
 */
#include "http/http_internal.h"

void
http_set_spaces(struct http_server *s, http_find_fn find, void *arg)
{
	s->find_space = find;
	s->find_space_arg = arg;
}

void
http_set_tenant(struct http_listener *l, struct http_tenant *t)
{
	l->tenant = t;
}

/* ---- the gate ---- */

/* Its requests go on where they stand. */
static void
tenant_open_gate(struct http_server *s, const struct http_tenant *t)
{
	for (struct conn *c = s->conns; c; c = c->next) {
		if (!c->gated || c->tenant != t || c->closing)
			continue;
		c->gated = false;
		c->request->fault.cancel = NULL;
		c->request->fault.waits_for_client = false;
		conn_hand_over(c);
	}
}

void
http_set_tenant_gate(
    struct http_server *s, struct http_tenant *t, enum listener_state gate)
{
	t->gate = gate;
	listen_set_gates(s);
	if (gate == LISTENER_REFUSING)
		http_reset_tenant(s, t);
	else if (gate == LISTENER_OPEN)
		tenant_open_gate(s, t);
}

/* Who has asked nothing yet may ask somebody else. */
void
http_reset_tenant(struct http_server *s, struct http_tenant *t)
{
	bool is_shared = t == &s->own && s->shared;

	for (struct conn *c = s->conns; c; c = c->next)
		if (!c->listener->admin && c->tenant == t && !c->closing &&
		    !(is_shared && c->request_count == 0))
			conn_reset(c);
	if (!is_shared)
		accept_drop_pending(s, t, true);
}

/* ---- a tenant's end ---- */

/* Is this connection still the tenant's, now that it ends? */
static bool
tenant_leave_conn(struct conn *c, const struct http_tenant *t)
{
	bool is_own = c->listener->tenant == t;

	if (c->tenant == t && c->state == CONN_BUSY) {
		if (!c->closing)
			conn_reset(c);
		return true;
	}
	if (is_own && c->state == CONN_THROTTLED && !c->closing)
		conn_reset(c);
	else if (is_own && !c->closing)
		conn_stop(c);
	if (!is_own && c->tenant == t) {
		c->tenant = &c->server->own;
		c->answered_ns = 0;
	}
	return is_own;
}

static bool
tenant_has_conns(struct http_server *s, const struct http_tenant *t)
{
	for (const struct conn *c = s->conns; c; c = c->next)
		if (c->tenant == t || c->listener->tenant == t)
			return true;
	return false;
}

bool
http_end_tenant(struct http_server *s, struct http_tenant *t)
{
	struct http_listener *next;
	bool any = false;

	t->gate = LISTENER_REFUSING;
	for (struct http_listener *l = s->listeners; l; l = l->next)
		if (l->tenant == t && l->evlistener)
			any = true;
	if (any)
		listen_set_gates(s);
	accept_drop_pending(s, t, true);
	any = false;
	for (struct conn *c = s->conns; c; c = c->next)
		any |= tenant_leave_conn(c, t);
	if (any)
		conn_reap_closing(s);
	if (t->active_requests > 0 || (any && tenant_has_conns(s, t)))
		return false;
	for (struct http_listener *l = s->listeners; l; l = next) {
		next = l->next;
		if (l->tenant == t)
			listener_remove(l);
	}
	return true;
}

void
http_on_conn_end(
    struct http_server *s, void (*fn)(void *arg, int64_t conn_id), void *arg)
{
	s->on_conn_end = fn;
	s->on_conn_end_arg = arg;
}

bool
http_watch_end(const struct request *req)
{
	struct conn *c = req->owner;

	if (c)
		c->watched = true;
	return c != NULL;
}

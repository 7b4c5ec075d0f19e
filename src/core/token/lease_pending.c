/*
 * Operations on leases that take time, and who waits for their end: two short
 * lists.
 */
#include "core/token/lease_pending.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct lease_waiter {
	char *prefix;
	bool many; /* else a refusal is told as it is */
	int finished;
	lease_waiter_fn fn;
	void *arg;
	struct error error;
	struct lease_waiter *next;
};

struct lease_pending_list {
	struct lease_pending *operations;
	struct lease_waiter *waiters;
	struct lease_revocation *revocations;
	uint64_t last_operation_id;
};

static struct lease_pending_list *
lease_pending_list_get(struct vault *v)
{
	if (!v->lease_pending)
		v->lease_pending = xcalloc(1, sizeof(*v->lease_pending));
	return v->lease_pending;
}

struct lease_pending *
lease_pending_add(
    struct vault *v, const char *id, unsigned mode, int64_t until_ns)
{
	struct lease_pending_list *w = lease_pending_list_get(v);
	struct lease_pending *op = xcalloc(1, sizeof(*op));

	op->operation_id = ++w->last_operation_id;
	op->id = xstrdup(id);
	op->mode = mode;
	op->until_ns = until_ns;
	op->next = w->operations;
	w->operations = op;
	return op;
}

struct lease_pending *
lease_pending_revocation(struct vault *v, const char *id)
{
	struct lease_pending *op = lease_pending_list_get(v)->operations;

	while (op && (op->until_ns || strcmp(op->id, id) != 0))
		op = op->next;
	return op;
}

struct lease_pending *
lease_pending_take(struct vault *v, uint64_t operation_id)
{
	for (struct lease_pending **at = &lease_pending_list_get(v)->operations;
	     *at; at = &(*at)->next) {
		struct lease_pending *op = *at;

		if (op->operation_id != operation_id)
			continue;
		*at = op->next;
		return op;
	}
	return NULL;
}

void
lease_pending_free(struct lease_pending *op)
{
	free(op->id);
	free(op);
}

struct lease_revocation **
lease_revocations(struct vault *v)
{
	return &lease_pending_list_get(v)->revocations;
}

void
lease_revocation_free(struct lease_revocation *r)
{
	free(r->prefix);
	free(r->from);
	free(r);
}

int
lease_pending_count(struct vault *v, const char *prefix)
{
	int n = 0;

	for (struct lease_revocation *r = *lease_revocations(v); r; r = r->next)
		n += starts_with(r->prefix, prefix);

	for (struct lease_pending *op = lease_pending_list_get(v)->operations;
	     op; op = op->next)
		n += starts_with(op->id, prefix);
	return n;
}

void
lease_pending_wait(struct vault *v, const char *prefix, bool many,
    lease_waiter_fn fn, void *arg)
{
	struct lease_waiter *w = xcalloc(1, sizeof(*w));

	w->prefix = xstrdup(prefix);
	w->many = many;
	w->fn = fn;
	w->arg = arg;
	w->next = lease_pending_list_get(v)->waiters;
	lease_pending_list_get(v)->waiters = w;
}

static void
lease_waiter_record(struct vault *v, struct lease_waiter *w, const char *id,
    const struct error *e)
{
	w->finished++;
	if (!e || !e->status || w->error.status)
		return;
	w->error = *e;
	if (!w->many)
		return;
	memset(&w->error, 0, sizeof(w->error));
	error_set(&w->error, e->status, "failed to revoke \"%s\" (%d / %d): %s",
	    id, w->finished, w->finished + lease_pending_count(v, w->prefix),
	    e->text);
}

static void
lease_waiter_free(struct lease_waiter *w)
{
	free(w->prefix);
	free(w);
}

/* One that has nothing left to wait for, out of the list; or NULL. */
static struct lease_waiter *
lease_waiter_take_ready(struct vault *v)
{
	for (struct lease_waiter **at = &lease_pending_list_get(v)->waiters;
	     *at; at = &(*at)->next) {
		struct lease_waiter *w = *at;

		if (lease_pending_count(v, w->prefix) > 0)
			continue;
		*at = w->next;
		return w;
	}
	return NULL;
}

/* A waiter's answer may start or end other leases: look anew. */
static void
lease_waiters_call_ready(struct vault *v)
{
	struct lease_waiter *w;

	while ((w = lease_waiter_take_ready(v))) {
		w->fn(w->arg, &w->error);
		lease_waiter_free(w);
	}
}

void
lease_revocation_notify(struct vault *v, const struct lease_revocation *r)
{
	struct lease_waiter *w;

	for (w = lease_pending_list_get(v)->waiters; w; w = w->next)
		if (starts_with(r->prefix, w->prefix) && !w->error.status)
			w->error = r->error;
	lease_waiters_call_ready(v);
}

void
lease_pending_notify(struct vault *v, const char *id, const struct error *error)
{
	struct lease_waiter *w;

	for (w = lease_pending_list_get(v)->waiters; w; w = w->next)
		if (starts_with(id, w->prefix))
			lease_waiter_record(v, w, id, error);
	lease_waiters_call_ready(v);
}

void
lease_pending_list_free(struct vault *v)
{
	struct lease_pending_list *w = v->lease_pending;

	while (w && w->operations) {
		struct lease_pending *op = w->operations;

		w->operations = op->next;
		lease_pending_free(op);
	}
	while (w && w->revocations) {
		struct lease_revocation *r = w->revocations;

		w->revocations = r->next;
		lease_revocation_free(r);
	}
	while (w && w->waiters) {
		struct lease_waiter *waiter = w->waiters;

		w->waiters = waiter->next;
		lease_waiter_free(waiter);
	}
	free(w);
	v->lease_pending = NULL;
}

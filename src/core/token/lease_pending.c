/*
 * Lists of what is underway and of who waits; both are short.
 */
#include "core/token/lease_pending.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct waiter {
	char *prefix;
	int total; /* 0: one lease, whose refusal is told as it is */
	int settled;
	lease_waiter fn;
	void *arg;
	struct error error;
	struct waiter *next;
};

struct lease_waits {
	struct lease_underway *underway;
	struct waiter *waiters;
	uint64_t tickets;
};

static struct lease_waits *
waits(struct vault *v)
{
	if (!v->lease_waits)
		v->lease_waits = xcalloc(1, sizeof(*v->lease_waits));
	return v->lease_waits;
}

struct lease_underway *
lease_underway_add(struct vault *v, const char *id, unsigned mode,
    int64_t until)
{
	struct lease_waits *w = waits(v);
	struct lease_underway *u = xcalloc(1, sizeof(*u));

	u->ticket = ++w->tickets;
	u->id = xstrdup(id);
	u->mode = mode;
	u->until = until;
	u->next = w->underway;
	w->underway = u;
	return u;
}

struct lease_underway *
lease_underway_end(struct vault *v, const char *id)
{
	struct lease_underway *u = waits(v)->underway;

	while (u && (u->until || strcmp(u->id, id) != 0))
		u = u->next;
	return u;
}

struct lease_underway *
lease_underway_take(struct vault *v, uint64_t ticket)
{
	for (struct lease_underway **at = &waits(v)->underway; *at;
	     at = &(*at)->next) {
		struct lease_underway *u = *at;

		if (u->ticket != ticket)
			continue;
		*at = u->next;
		return u;
	}
	return NULL;
}

void
lease_underway_free(struct lease_underway *u)
{
	free(u->id);
	free(u);
}

int
lease_underway(struct vault *v, const char *prefix)
{
	int n = 0;

	for (struct lease_underway *u = waits(v)->underway; u; u = u->next)
		n += starts_with(u->id, prefix);
	return n;
}

void
lease_wait(struct vault *v, const char *prefix, bool many, lease_waiter fn,
    void *arg)
{
	struct waiter *w = xcalloc(1, sizeof(*w));

	w->prefix = xstrdup(prefix);
	w->total = many ? lease_underway(v, prefix) : 0;
	w->fn = fn;
	w->arg = arg;
	w->next = waits(v)->waiters;
	waits(v)->waiters = w;
}

static void
note(struct waiter *w, const char *id, const struct error *e)
{
	w->settled++;
	if (!e || !e->status || w->error.status)
		return;
	w->error = *e;
	if (!w->total)
		return;
	memset(&w->error, 0, sizeof(w->error));
	error_set(&w->error, e->status, "failed to revoke \"%s\" (%d / %d): %s",
	    id, w->settled, w->total, e->text);
}

static void
free_waiter(struct waiter *w)
{
	free(w->prefix);
	free(w);
}

/* One that has nothing left to wait for, out of the list; or NULL. */
static struct waiter *
take_served(struct vault *v)
{
	for (struct waiter **at = &waits(v)->waiters; *at; at = &(*at)->next) {
		struct waiter *w = *at;

		if (lease_underway(v, w->prefix) > 0)
			continue;
		*at = w->next;
		return w;
	}
	return NULL;
}

void
lease_tell(struct vault *v, const char *id, const struct error *error)
{
	struct waiter *w;

	for (w = waits(v)->waiters; w; w = w->next)
		if (starts_with(id, w->prefix))
			note(w, id, error);
	/* A waiter's answer may start or end other leases: look anew. */
	while ((w = take_served(v))) {
		w->fn(w->arg, &w->error);
		free_waiter(w);
	}
}

void
lease_waits_free(struct vault *v)
{
	struct lease_waits *w = v->lease_waits;

	while (w && w->underway) {
		struct lease_underway *u = w->underway;

		w->underway = u->next;
		lease_underway_free(u);
	}
	while (w && w->waiters) {
		struct waiter *waiter = w->waiters;

		w->waiters = waiter->next;
		free_waiter(waiter);
	}
	free(w);
	v->lease_waits = NULL;
}

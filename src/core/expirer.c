/*
 * One alarm per kind of thing that ends by itself; the store knows when.
 */
#include "core/expirer.h"

#include <stdlib.h>

#include "core/state/cluster_view.h"

#define EXPIRERS_MAX 16
#define EXPIRER_LISTENERS_MAX 4

struct expirer_entry {
	const struct expirer *expirer;
	struct vault *vault;
	struct alarm alarm;
};

struct expirers {
	struct expirer_entry entries[EXPIRERS_MAX];
	int n;
	bool is_running;
	struct {
		expiry_listener_fn fn;
		void *arg;
	} listeners[EXPIRER_LISTENERS_MAX];
	int nlisteners;
};

static void
expirer_arm(struct expirer_entry *e)
{
	int64_t at_ns = e->expirer->next_due(e->vault);

	if (at_ns)
		alarm_set(e->vault->clock, &e->alarm, at_ns);
	else
		alarm_cancel(e->vault->clock, &e->alarm);
}

static void
expirer_on_alarm(void *arg, int64_t now_ns)
{
	struct expirer_entry *e = arg;
	struct expirers *s = e->vault->expirers;

	s->is_running = true;
	e->expirer->expire_due(e->vault, now_ns);
	s->is_running = false;
	expirer_arm(e);
}

struct expirers *
expirers_new(struct vault *v)
{
	(void)v;
	return xcalloc(1, sizeof(struct expirers));
}

void
expirers_free(struct expirers *s)
{
	if (!s)
		return;
	for (int i = 0; i < s->n; i++)
		alarm_cancel(s->entries[i].vault->clock, &s->entries[i].alarm);
	free(s);
}

void
expirers_stop(struct vault *v)
{
	for (int i = 0; i < v->expirers->n; i++)
		alarm_cancel(v->clock, &v->expirers->entries[i].alarm);
}

void
expirer_register(struct vault *v, const struct expirer *expirer)
{
	struct expirers *s = v->expirers;
	struct expirer_entry *e;

	if (s->n == EXPIRERS_MAX)
		abort();
	e = &s->entries[s->n++];
	e->expirer = expirer;
	e->vault = v;
	alarm_init(&e->alarm, expirer_on_alarm, e);
	e->alarm.at_arrival = expirer->repeats;
}

bool
expirer_has_time(const struct vault *v)
{
	return !clock_slice_is_over(v->clock);
}

void
expirer_schedule(struct vault *v, const struct expirer *expirer, int64_t at_ns)
{
	struct expirers *s = v->expirers;

	if (!at_ns)
		return;
	for (int i = 0; i < s->n; i++) {
		struct expirer_entry *e = &s->entries[i];

		if (e->expirer == expirer &&
		    (e->alarm.heap_index == 0 || e->alarm.at_ns > at_ns))
			alarm_set(v->clock, &e->alarm, at_ns);
	}
}

/* A node that does not lead ends nothing: its store is another's to change. */
void
expirers_rearm(struct vault *v)
{
	if (v->cluster && !v->cluster->serves(v->cluster->arg)) {
		expirers_stop(v);
		return;
	}
	for (int i = 0; i < v->expirers->n; i++)
		expirer_arm(&v->expirers->entries[i]);
}

bool
expirer_has_listeners(const struct vault *v)
{
	return v->expirers->is_running && v->expirers->nlisteners > 0;
}

void
expirer_notify(
    struct vault *v, const char *kind, const char *id, int64_t version)
{
	struct expiry x = { kind, id, version };
	struct expirers *s = v->expirers;

	for (int i = 0; s->is_running && i < s->nlisteners; i++)
		s->listeners[i].fn(s->listeners[i].arg, &x);
}

void
expirer_add_listener(struct vault *v, expiry_listener_fn fn, void *arg)
{
	struct expirers *s = v->expirers;

	if (s->nlisteners == EXPIRER_LISTENERS_MAX)
		abort();
	s->listeners[s->nlisteners].fn = fn;
	s->listeners[s->nlisteners++].arg = arg;
}

void
expirer_remove_listener(struct vault *v, expiry_listener_fn fn, void *arg)
{
	struct expirers *s = v->expirers;

	for (int i = 0; i < s->nlisteners; i++)
		if (s->listeners[i].fn == fn && s->listeners[i].arg == arg) {
			s->listeners[i] = s->listeners[--s->nlisteners];
			return;
		}
}

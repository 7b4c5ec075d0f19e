/*
 * One alarm per kind of thing that ends by itself; the store knows when.
 */
#include "core/expirer.h"

#include <stdlib.h>

#define KINDS_MAX 16
#define EARS_MAX 4

struct entry {
	const struct sweep *kind;
	struct vault *vault;
	struct alarm alarm;
};

struct sweeps {
	struct entry entries[KINDS_MAX];
	int n;
	bool running;
	struct {
		expiry_fn fn;
		void *arg;
	} ears[EARS_MAX];
	int nears;
};

static void
arm(struct entry *e)
{
	int64_t at = e->kind->due(e->vault);

	if (at)
		alarm_set(e->vault->clock, &e->alarm, at);
	else
		alarm_cancel(e->vault->clock, &e->alarm);
}

static void
ring(void *arg, int64_t now)
{
	struct entry *e = arg;
	struct sweeps *s = e->vault->sweeps;

	s->running = true;
	e->kind->run(e->vault, now);
	s->running = false;
	arm(e);
}

struct sweeps *
sweeps_new(struct vault *v)
{
	(void)v;
	return xcalloc(1, sizeof(struct sweeps));
}

void
sweeps_free(struct sweeps *s)
{
	if (!s)
		return;
	for (int i = 0; i < s->n; i++)
		alarm_cancel(s->entries[i].vault->clock, &s->entries[i].alarm);
	free(s);
}

void
sweep_register(struct vault *v, const struct sweep *kind)
{
	struct sweeps *s = v->sweeps;
	struct entry *e;

	if (s->n == KINDS_MAX)
		abort();
	e = &s->entries[s->n++];
	e->kind = kind;
	e->vault = v;
	alarm_init(&e->alarm, ring, e);
}

void
sweep_note(struct vault *v, const struct sweep *kind, int64_t at)
{
	struct sweeps *s = v->sweeps;

	if (!at)
		return;
	for (int i = 0; i < s->n; i++) {
		struct entry *e = &s->entries[i];

		if (e->kind == kind &&
		    (e->alarm.slot == 0 || e->alarm.at > at))
			alarm_set(v->clock, &e->alarm, at);
	}
}

void
sweeps_rearm(struct vault *v)
{
	for (int i = 0; i < v->sweeps->n; i++)
		arm(&v->sweeps->entries[i]);
}

bool
expiry_heard(const struct vault *v)
{
	return v->sweeps->running && v->sweeps->nears > 0;
}

void
vault_expired(struct vault *v, const char *kind, const char *id,
    int64_t version)
{
	struct expiry x = { kind, id, version };
	struct sweeps *s = v->sweeps;

	for (int i = 0; s->running && i < s->nears; i++)
		s->ears[i].fn(s->ears[i].arg, &x);
}

void
expiry_listen(struct vault *v, expiry_fn fn, void *arg)
{
	struct sweeps *s = v->sweeps;

	if (s->nears == EARS_MAX)
		abort();
	s->ears[s->nears].fn = fn;
	s->ears[s->nears++].arg = arg;
}

void
expiry_unlisten(struct vault *v, expiry_fn fn, void *arg)
{
	struct sweeps *s = v->sweeps;

	for (int i = 0; i < s->nears; i++)
		if (s->ears[i].fn == fn && s->ears[i].arg == arg) {
			s->ears[i] = s->ears[--s->nears];
			return;
		}
}

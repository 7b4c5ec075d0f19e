/*
 * One alarm per kind of thing that ends by itself; the store knows when.
 */
#include "core/expirer.h"

#include <stdlib.h>

#include <openssl/evp.h>

#include "core/crypto/keypair.h"
#include "core/expirer_key.h"
#include "core/state/cluster_view.h"
#include "core/worker.h"

#define EXPIRERS_MAX 24
#define EXPIRER_LISTENERS_MAX 4

struct expirer_entry {
	const struct expirer *expirer;
	struct vault *vault;
	struct alarm alarm;
	struct expirer_key_job *making; /* its alarm waits for the key */
	bool has_key;			/* one was made: key, or NULL */
	EVP_PKEY *key;
	int key_bits;
};

/* A thread makes a key for an expirer. */
struct expirer_key_job {
	struct worker_job job;	     /* first */
	struct expirer_entry *entry; /* NULL: it has ended */
	struct random *rng;
	int bits;
	EVP_PKEY *key;
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
	int64_t at_ns = e->making ? 0 : e->expirer->next_due(e->vault);

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
	for (int i = 0; i < s->n; i++) {
		struct expirer_entry *e = &s->entries[i];

		alarm_cancel(e->vault->clock, &e->alarm);
		if (e->making)
			e->making->entry = NULL;
		EVP_PKEY_free(e->key);
	}
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

		if (e->expirer == expirer && !e->making &&
		    (e->alarm.heap_index == 0 || e->alarm.at_ns > at_ns))
			alarm_set(v->clock, &e->alarm, at_ns);
	}
}

/* A node that does not lead ends nothing: its store is another's to change. */
static bool
expirers_may_run(const struct vault *v)
{
	return !v->cluster || v->cluster->serves(v->cluster->arg);
}

void
expirers_rearm(struct vault *v)
{
	if (!expirers_may_run(v)) {
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

/* ---- keys ---- */

static struct expirer_entry *
expirer_entry_of(struct vault *v, const struct expirer *expirer)
{
	struct expirers *s = v->expirers;

	for (int i = 0; i < s->n; i++)
		if (s->entries[i].expirer == expirer)
			return &s->entries[i];
	abort(); /* one that nobody registered */
}

static void
expirer_key_run(struct worker_job *job, int stop_fd)
{
	struct expirer_key_job *j = (struct expirer_key_job *)job;

	(void)stop_fd;
	j->key = keypair_rsa(j->rng, j->bits);
}

static void
expirer_key_done(struct worker_job *job)
{
	struct expirer_key_job *j = (struct expirer_key_job *)job;
	struct expirer_entry *e = j->entry;

	if (e) {
		e->making = NULL;
		e->has_key = true;
		e->key = j->key;
		e->key_bits = j->bits;
		j->key = NULL;
		if (expirers_may_run(e->vault))
			expirer_arm(e);
		clock_release(e->vault->clock);
	}
	EVP_PKEY_free(j->key);
	random_free(j->rng);
	free(j);
}

bool
expirer_prepare_rsa(struct vault *v, const struct expirer *expirer, int bits)
{
	struct expirer_entry *e = expirer_entry_of(v, expirer);
	struct expirer_key_job *j;

	if ((e->has_key && e->key_bits == bits) || !v->worker ||
	    random_is_seeded(v->random) || !clock_has_slices(v->clock))
		return true;
	if (e->making)
		return false;
	EVP_PKEY_free(expirer_take_rsa(v, expirer, e->key_bits));
	j = xcalloc(1, sizeof(*j));
	j->job = (struct worker_job){
		.queue = "rsa", .run = expirer_key_run, .done = expirer_key_done
	};
	j->entry = e;
	j->rng = random_new();
	j->bits = bits;
	e->making = j;
	clock_hold(v->clock);
	worker_submit(v, &j->job);
	return false;
}

EVP_PKEY *
expirer_take_rsa(struct vault *v, const struct expirer *expirer, int bits)
{
	struct expirer_entry *e = expirer_entry_of(v, expirer);
	EVP_PKEY *key = e->key_bits == bits ? e->key : NULL;

	if (e->key_bits == bits) {
		e->key = NULL;
		e->has_key = false;
	}
	return key;
}

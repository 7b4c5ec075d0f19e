/*
 * A node's store, clock and network around its consensus.
 */
#include "cluster/cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cluster/consensus.h"
#include "cluster/log_store.h"
#include "store/capture.h"

#define CLUSTER_MS ((int64_t)1000000)
/* A snapshot after so many entries; those that stay behind it let a node catch
 * up that was away for a moment. */
#define SNAPSHOT_AFTER 1024
#define SNAPSHOT_TRAILING 512

struct cluster_letter {
	uint64_t to;
	struct buf bytes;
};

struct cluster {
	struct cluster_options options;
	struct log_store *log;
	struct consensus *consensus;
	struct alarm tick;
	struct cluster_letter *out; /* until the pass is committed */
	size_t nout;
	uint64_t last_entry, committed;
	bool served; /* as on_role was told last */
};

int64_t
cluster_now_ms(const struct cluster *c)
{
	return clock_now(c->options.clock) / CLUSTER_MS;
}

static int64_t
cluster_clock(void *arg)
{
	return cluster_now_ms(arg);
}

static int
cluster_random(void *arg, int min, int max)
{
	struct cluster *c = arg;

	return min +
	    (int)random_below(c->options.random, (uint64_t)(max - min + 1));
}

static void
cluster_send(void *arg, uint64_t to, struct slice bytes)
{
	struct cluster *c = arg;
	struct cluster_letter *letter;

	c->out = xrealloc(c->out, (c->nout + 1) * sizeof(*c->out));
	letter = &c->out[c->nout++];
	letter->to = to;
	buf_init(&letter->bytes, SIZE_MAX / 2);
	buf_slice(&letter->bytes, bytes);
}

static void
cluster_on_committed(
    void *arg, uint64_t index, uint64_t term, struct slice data)
{
	(void)term;
	(void)data;
	((struct cluster *)arg)->committed = index;
}

/* What the pass has changed so far becomes an entry, before anything else can
 * change who leads. Who may not write keeps it until the commit refuses it. */
static void
cluster_propose(struct cluster *c)
{
	uint64_t index = 0;
	struct buf changes;

	if (!consensus_is_ready(c->consensus))
		return;
	buf_init(&changes, SIZE_MAX / 2);
	store_take_changes(c->options.store, &changes);
	if (changes.n) {
		index = consensus_propose(
		    c->consensus, (struct slice){ changes.p, changes.n });
		if (index == 0) {
			fprintf(stderr,
			    "cluster: node %llu: who does not lead changes "
			    "nothing (rule 16)\n",
			    (unsigned long long)c->options.id);
			abort();
		}
		c->last_entry = index;
	}
	buf_release(&changes);
}

static bool
cluster_before_commit(void *arg)
{
	struct cluster *c = arg;

	cluster_propose(c);
	return consensus_is_ready(c->consensus);
}

static void
cluster_tell_role(struct cluster *c)
{
	bool serves = consensus_is_ready(c->consensus);

	if (serves == c->served)
		return;
	c->served = serves;
	c->last_entry = 0; /* of another lead; who serves now has applied all */
	if (c->options.on_role)
		c->options.on_role(c->options.arg, serves);
}

static void
cluster_on_tick(void *arg, int64_t now_ns)
{
	struct cluster *c = arg;

	cluster_propose(c);
	consensus_tick(c->consensus);
	cluster_tell_role(c);
	(void)now_ns; /* ticks that were missed are not made up for */
	alarm_set(c->options.clock, &c->tick,
	    clock_now(c->options.clock) + c->options.heartbeat_ms * CLUSTER_MS);
}

bool
cluster_bootstrap(struct store *s, const uint64_t *ids,
    const char *const *addresses, size_t n)
{
	struct log_store *l = log_store_new(s);

	if (!l)
		return false;
	log_store_clear(l);
	consensus_bootstrap(log_store_disk(l), ids, addresses, n);
	log_store_free(l);
	return store_commit(s);
}

/* The state has no entries of its own, so a snapshot stands for it. */
bool
cluster_begin(struct store *s, uint64_t id, const char *address)
{
	struct cluster_snapshot snapshot = { .index = 1, .config_index = 1 };
	struct log_store *l = log_store_new(s);
	const struct cluster_disk *d;
	struct cluster_entry first;
	bool ok;

	if (!l)
		return false;
	d = log_store_disk(l);
	consensus_bootstrap(d, &id, &address, 1);
	ok = d->read(d->arg, 1, &first);
	if (ok) {
		snapshot.term = first.term;
		snapshot.config = first.data;
		d->take_snapshot(d->arg, &snapshot);
		d->trim(d->arg, 1);
	}
	log_store_free(l);
	return store_commit(s) && ok;
}

static void
cluster_start(struct cluster *c)
{
	const struct cluster_options *o = &c->options;
	struct consensus_options consensus = { .id = o->id,
		.address = o->address,
		.disk = log_store_disk(c->log),
		.heartbeat_ms = o->heartbeat_ms,
		.election_timeout_ms = o->election_timeout_ms,
		.snapshot_after = SNAPSHOT_AFTER,
		.snapshot_trailing = SNAPSHOT_TRAILING,
		.rules_off = o->rules_off,
		.arg = c,
		.now_ms = cluster_clock,
		.random = cluster_random,
		.send = cluster_send,
		.committed = cluster_on_committed };

	c->consensus = consensus_new(&consensus);
	alarm_init(&c->tick, cluster_on_tick, c);
	alarm_set(o->clock, &c->tick,
	    clock_now(o->clock) + o->heartbeat_ms * CLUSTER_MS);
	cluster_tell_role(c);
}

struct cluster *
cluster_new(const struct cluster_options *o)
{
	struct cluster *c = xcalloc(1, sizeof(*c));

	c->options = *o;
	if (store_capture(o->store, cluster_before_commit, c))
		c->log = log_store_new(o->store);
	if (!c->log) {
		free(c);
		return NULL;
	}
	cluster_start(c);
	return c;
}

static void
cluster_forget_letters(struct cluster *c)
{
	for (size_t i = 0; i < c->nout; i++)
		buf_release(&c->out[i].bytes);
	free(c->out);
	c->out = NULL;
	c->nout = 0;
}

/* A store whose raft has stopped has its log: what is written beside that is on
 * no other node. A pass that had begun to write keeps nothing (rule 16). */
static bool
cluster_refuse(void *arg)
{
	(void)arg;
	return false;
}

void
cluster_free(struct cluster *c)
{
	if (!c)
		return;
	alarm_cancel(c->options.clock, &c->tick);
	consensus_free(c->consensus);
	log_store_free(c->log);
	cluster_forget_letters(c);
	(void)store_capture(c->options.store, cluster_refuse, NULL);
	free(c);
}

bool
cluster_receive(struct cluster *c, struct slice bytes)
{
	bool ok;

	cluster_propose(c);
	ok = consensus_receive(c->consensus, bytes);
	cluster_tell_role(c);
	return ok;
}

void
cluster_flush(struct cluster *c)
{
	for (size_t i = 0; i < c->nout; i++)
		c->options.send(c->options.arg, c->out[i].to,
		    (struct slice){ c->out[i].bytes.p, c->out[i].bytes.n });
	cluster_forget_letters(c);
}

bool
cluster_serves(const struct cluster *c)
{
	return consensus_is_ready(c->consensus);
}

bool
cluster_has_led(struct cluster *c, int64_t at_ms)
{
	return consensus_has_led(c->consensus, at_ms);
}

uint64_t
cluster_leader(const struct cluster *c)
{
	return consensus_leader(c->consensus);
}

uint64_t
cluster_term(const struct cluster *c)
{
	return consensus_term(c->consensus);
}

uint64_t
cluster_applied_index(const struct cluster *c)
{
	return consensus_applied_index(c->consensus);
}

uint64_t
cluster_last_entry(const struct cluster *c)
{
	return c->last_entry;
}

bool
cluster_is_committed(const struct cluster *c, uint64_t index)
{
	return index <= c->committed;
}

bool
cluster_hand_over(struct cluster *c)
{
	bool ok;

	cluster_propose(c);
	ok = consensus_transfer(c->consensus, 0);
	cluster_tell_role(c);
	return ok;
}

bool
cluster_add(struct cluster *c, uint64_t id, const char *address)
{
	bool ok;

	cluster_propose(c);
	ok = consensus_add(c->consensus, id, address);
	cluster_tell_role(c);
	return ok;
}

bool
cluster_promote(struct cluster *c, uint64_t id)
{
	enum cluster_role role = consensus_role(c->consensus, id);
	bool ok;

	if (role != ROLE_SPARE && role != ROLE_STANDBY)
		return false;
	cluster_propose(c);
	ok = consensus_assign(
	    c->consensus, id, role == ROLE_SPARE ? ROLE_STANDBY : ROLE_VOTER);
	cluster_tell_role(c);
	return ok;
}

bool
cluster_remove(struct cluster *c, uint64_t id)
{
	bool ok;

	cluster_propose(c);
	ok = consensus_remove(c->consensus, id);
	cluster_tell_role(c);
	return ok;
}

bool
cluster_is_changing(const struct cluster *c)
{
	return consensus_is_changing(c->consensus);
}

bool
cluster_member(const struct cluster *c, unsigned at, uint64_t *id,
    const char **address, enum cluster_role *role)
{
	return consensus_member(c->consensus, at, id, address, role);
}

/*
 * The run of one seed: events in the order of a virtual time, faults, and the
 * checks. A node works in passes: what has come in is handled, its disk
 * commits, then its messages leave. A crash comes between two passes, or takes
 * the pass that it comes in with it.
 */
#include "tests/stress/raftsim/sim.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define MS ((int64_t)1000) /* the clock counts microseconds */
#define HEARTBEAT_MS 40
#define ELECTION_MS 200
#define CHAOS_END (30000 * MS)
#define LEADER_WAIT (25000 * MS) /* after everything has healed */
#define SETTLE (5000 * MS)	 /* an election too many is allowed */
#define WRITES_AFTER 100 /* writes then, all of which must come through */
#define CATCH_UP (25000 * MS)

enum event_kind {
	EVENT_TICK,
	EVENT_MESSAGE,
	EVENT_PASS,
	EVENT_WRITE,
	EVENT_FAULT,
	EVENT_CHANGE,
	EVENT_RESTART,
	EVENT_UNBLOCK,
};

struct event {
	int64_t at;
	uint64_t order; /* of events at one time */
	enum event_kind kind;
	int slot, from;
	uint64_t id; /* the node that it was for; another has its slot now */
	char *bytes;
	size_t n;
};

struct outgoing {
	uint64_t to;
	char *bytes;
	size_t n;
};

struct proposal {
	uint64_t index, write;
};

struct node {
	struct sim *sim;
	int slot;
	uint64_t id; /* 0: nobody */
	struct sim_disk *disk;
	struct consensus *c; /* NULL: down */
	bool in_pass, crash_in_pass, pass_set, tick_due;
	int group;		       /* of a partition */
	int64_t down_until[SIM_SLOTS]; /* of the link to a slot */
	int writes_due;
	struct outgoing *out;
	size_t nout;
	struct outgoing *in; /* to: the sender */
	size_t nin;
	struct proposal *proposals;
	size_t nproposals;
};

struct committed {
	uint64_t term, hash, write, state;
	bool known, state_known;
};

struct sim {
	const struct sim_options *o;
	struct sim_counts *counts;
	uint64_t random;
	int64_t now;
	uint64_t order;
	struct event *heap;
	size_t nheap, heap_size;
	struct node nodes[SIM_SLOTS];
	uint64_t next_id, next_write;
	bool healed;
	struct committed *log;
	size_t log_size;
	uint64_t *leaders; /* by term */
	size_t nleaders;
	uint64_t *places; /* the index that a write has, by its number */
	bool *acked;
	size_t nplaces;
	char *failure;
	size_t failure_size;
};

static void sim_fail(struct sim *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
sim_fail(struct sim *s, const char *fmt, ...)
{
	va_list ap;

	if (s->failure[0])
		return;
	va_start(ap, fmt);
	vsnprintf(s->failure, s->failure_size, fmt, ap);
	va_end(ap);
}

/* splitmix64 */
static uint64_t
sim_random(struct sim *s)
{
	uint64_t z = s->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static int64_t
sim_between(struct sim *s, int64_t min, int64_t max)
{
	return min + (int64_t)(sim_random(s) % (uint64_t)(max - min + 1));
}

static bool
sim_chance(struct sim *s, int percent)
{
	return sim_random(s) % 100 < (uint64_t)percent;
}

/* ---- events ---- */

static bool
event_before(const struct event *a, const struct event *b)
{
	return a->at < b->at || (a->at == b->at && a->order < b->order);
}

static struct event *
sim_add(struct sim *s, int64_t at, enum event_kind kind, int slot)
{
	size_t i = s->nheap++;

	if (s->nheap > s->heap_size) {
		s->heap_size = s->heap_size ? s->heap_size * 2 : 64;
		s->heap = xrealloc(s->heap, s->heap_size * sizeof(*s->heap));
	}
	struct event e = { .at = at,
		.order = s->order++,
		.kind = kind,
		.slot = slot,
		.id = slot >= 0 ? s->nodes[slot].id : 0 };
	while (i > 0 && event_before(&e, &s->heap[(i - 1) / 2])) {
		s->heap[i] = s->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	s->heap[i] = e;
	return &s->heap[i];
}

static struct event
sim_take(struct sim *s)
{
	struct event first = s->heap[0], last = s->heap[--s->nheap];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= s->nheap)
			break;
		if (child + 1 < s->nheap &&
		    event_before(&s->heap[child + 1], &s->heap[child]))
			child++;
		if (!event_before(&s->heap[child], &last))
			break;
		s->heap[i] = s->heap[child];
		i = child;
	}
	s->heap[i] = last;
	return first;
}

/* ---- what the checks remember ---- */

static struct committed *
sim_committed(struct sim *s, uint64_t index)
{
	while (index >= s->log_size) {
		size_t n = s->log_size ? s->log_size * 2 : 256;

		s->log = xrealloc(s->log, n * sizeof(*s->log));
		memset(s->log + s->log_size, 0,
		    (n - s->log_size) * sizeof(*s->log));
		s->log_size = n;
	}
	return &s->log[index];
}

static void
sim_note_leader(struct sim *s, const struct node *n)
{
	uint64_t term = consensus_term(n->c);

	if (term >= s->nleaders) {
		size_t size = (size_t)term * 2 + 64;

		s->leaders = xrealloc(s->leaders, size * sizeof(*s->leaders));
		memset(s->leaders + s->nleaders, 0,
		    (size - s->nleaders) * sizeof(*s->leaders));
		s->nleaders = size;
	}
	if (s->leaders[term] && s->leaders[term] != n->id)
		sim_fail(s,
		    "two leaders in term %" PRIu64 ": %" PRIu64 " and %" PRIu64,
		    term, s->leaders[term], n->id);
	s->leaders[term] = n->id;
}

static uint64_t
sim_hash(struct slice data)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < data.n; i++)
		hash = (hash ^ (unsigned char)data.p[i]) * 0x100000001b3;
	return hash;
}

static void
sim_note_place(struct sim *s, uint64_t write, uint64_t index)
{
	if (write >= s->nplaces) {
		sim_fail(s, "write %" PRIu64 " that nobody made", write);
		return;
	}
	if (s->places[write] && s->places[write] != index)
		sim_fail(s,
		    "write %" PRIu64 " applied twice, at %" PRIu64
		    " and %" PRIu64,
		    write, s->places[write], index);
	s->places[write] = index;
}

/* ---- what the consensus calls ---- */

static int64_t
node_now(void *arg)
{
	return ((struct node *)arg)->sim->now / MS;
}

static int
node_random(void *arg, int min, int max)
{
	return (int)sim_between(((struct node *)arg)->sim, min, max);
}

static void
node_send(void *arg, uint64_t to, struct slice bytes)
{
	struct node *n = arg;

	n->out = xrealloc(n->out, (n->nout + 1) * sizeof(*n->out));
	n->out[n->nout] = (struct outgoing){ to, xmalloc(bytes.n), bytes.n };
	memcpy(n->out[n->nout++].bytes, bytes.p, bytes.n);
}

static void
node_acknowledge(struct node *n, uint64_t index, uint64_t write)
{
	size_t kept = 0;

	for (size_t i = 0; i < n->nproposals; i++) {
		if (n->proposals[i].index != index) {
			n->proposals[kept++] = n->proposals[i];
			continue;
		}
		if (n->proposals[i].write == write) {
			n->sim->acked[write] = true;
			n->sim->counts->acked++;
		}
	}
	n->nproposals = kept;
}

/* A pass that is not kept has committed nothing: crash_in_pass. */
static void
node_committed(void *arg, uint64_t index, uint64_t term, struct slice data)
{
	struct node *n = arg;
	struct sim *s = n->sim;
	struct committed *known = sim_committed(s, index);
	uint64_t hash = sim_hash(data), write = n->disk->write_of(data);

	if (n->crash_in_pass)
		return;
	if (known->known && (known->hash != hash || known->term != term))
		sim_fail(s,
		    "state machines differ at %" PRIu64 ": node %" PRIu64
		    " has write %" PRIu64 " of term %" PRIu64
		    ", others %" PRIu64 " of %" PRIu64,
		    index, n->id, write, term, known->write, known->term);
	known->known = true;
	known->hash = hash;
	known->term = term;
	known->write = write;
	sim_note_place(s, write, index);
	node_acknowledge(n, index, write);
}

/* ---- nodes ---- */

static void
node_forget_messages(struct outgoing **list, size_t *n)
{
	for (size_t i = 0; i < *n; i++)
		free((*list)[i].bytes);
	free(*list);
	*list = NULL;
	*n = 0;
}

static void
node_flush(struct node *n)
{
	struct sim *s = n->sim;

	for (size_t i = 0; i < n->nout; i++) {
		struct outgoing *m = &n->out[i];
		int copies = 1 + (!s->healed && sim_chance(s, 1));

		if (!s->healed && sim_chance(s, 4))
			copies = 0;
		s->counts->messages++;
		for (int slot = 0; slot < SIM_SLOTS; slot++)
			while (s->nodes[slot].id == m->to && copies-- > 0) {
				int64_t wait = sim_between(s, 500, 8000);
				struct event *e;

				if (!s->healed && sim_chance(s, 3))
					wait = sim_between(s, 0, 400 * MS);
				e = sim_add(
				    s, s->now + wait, EVENT_MESSAGE, slot);
				e->from = n->slot;
				e->n = m->n;
				e->bytes = xmalloc(m->n);
				memcpy(e->bytes, m->bytes, m->n);
			}
	}
	node_forget_messages(&n->out, &n->nout);
}

static void
node_stop(struct node *n)
{
	n->crash_in_pass = true; /* nothing of its last words counts */
	consensus_free(n->c);
	n->c = NULL;
	n->crash_in_pass = false;
	n->pass_set = n->tick_due = false;
	n->writes_due = 0;
	n->nproposals = 0;
	node_forget_messages(&n->out, &n->nout);
	node_forget_messages(&n->in, &n->nin);
}

static void
node_start(struct node *n)
{
	struct consensus_options o = { .id = n->id,
		.address = "here",
		.disk = &n->disk->table,
		.heartbeat_ms = HEARTBEAT_MS,
		.election_timeout_ms = ELECTION_MS,
		.snapshot_after = 30,
		.snapshot_trailing = 8,
		.rules_off = n->sim->o->rules_off,
		.arg = n,
		.now_ms = node_now,
		.random = node_random,
		.send = node_send,
		.committed = node_committed };

	if (n->sim->o->verbose)
		printf(
		    "%" PRId64 " start %" PRIu64 "\n", n->sim->now / MS, n->id);
	n->disk->begin(n->disk, false);
	n->c = consensus_new(&o);
	n->disk->end(n->disk, true);
	node_flush(n);
	sim_add(n->sim, n->sim->now + sim_between(n->sim, 0, HEARTBEAT_MS * MS),
	    EVENT_TICK, n->slot);
}

static void
node_crash(struct node *n)
{
	if (n->sim->o->verbose)
		printf(
		    "%" PRId64 " crash %" PRIu64 "\n", n->sim->now / MS, n->id);
	n->sim->counts->crashes++;
	node_stop(n);
	sim_add(n->sim,
	    n->sim->now + sim_between(n->sim, 0, 4 * n->sim->o->chaos_ms * MS),
	    EVENT_RESTART, n->slot);
}

static void
node_remove(struct node *n)
{
	if (n->c)
		node_stop(n);
	if (n->disk)
		n->disk->free(n->disk);
	n->disk = NULL;
	n->id = 0;
}

static void
node_write(struct node *n)
{
	struct sim *s = n->sim;
	struct buf bytes;
	uint64_t index, write;

	if (!consensus_is_ready(n->c))
		return;
	write = s->next_write++;
	if (write >= s->nplaces) {
		size_t size = s->nplaces ? s->nplaces * 2 : 256;

		s->places = xrealloc(s->places, size * sizeof(*s->places));
		s->acked = xrealloc(s->acked, size * sizeof(*s->acked));
		memset(s->places + s->nplaces, 0,
		    (size - s->nplaces) * sizeof(*s->places));
		memset(s->acked + s->nplaces, 0,
		    (size - s->nplaces) * sizeof(*s->acked));
		s->nplaces = size;
	}
	s->counts->writes++;
	buf_init(&bytes, 0);
	index = disk_last_index(&n->disk->table) + 1;
	n->disk->execute(n->disk,
	    n->sim->o->rules_off & GUARD_RULE(3) ? 0 : index, write, &bytes);
	n->proposals = xrealloc(
	    n->proposals, (n->nproposals + 1) * sizeof(*n->proposals));
	n->proposals[n->nproposals++] = (struct proposal){ index, write };
	if (consensus_propose(n->c, (struct slice){ bytes.p, bytes.n }) !=
	    index)
		sim_fail(s, "a leader that is ready may not write");
	buf_release(&bytes);
}

/* What has come in, in one transaction; then the messages leave. */
static void
node_pass(struct node *n)
{
	struct sim *s = n->sim;

	n->pass_set = false;
	n->disk->begin(n->disk, n->crash_in_pass);
	for (size_t i = 0; i < n->nin; i++)
		if (!consensus_receive(
			n->c, (struct slice){ n->in[i].bytes, n->in[i].n }))
			sim_fail(s, "a message that cannot be read");
	node_forget_messages(&n->in, &n->nin);
	if (n->tick_due)
		consensus_tick(n->c);
	n->tick_due = false;
	for (; n->writes_due > 0; n->writes_due--)
		node_write(n);
	if (n->crash_in_pass) {
		node_crash(n);
		n->disk->end(n->disk, false);
		return;
	}
	n->disk->end(n->disk, true);
	if (consensus_is_leader(n->c))
		sim_note_leader(s, n);
	node_flush(n);
}

static void
node_wake(struct node *n)
{
	if (!n->pass_set)
		sim_add(n->sim, n->sim->now + sim_between(n->sim, 0, 1500),
		    EVENT_PASS, n->slot);
	n->pass_set = true;
}

/* ---- faults ---- */

static struct node *
sim_leader(struct sim *s)
{
	struct node *found = NULL;

	for (int i = 0; i < SIM_SLOTS; i++) {
		struct node *n = &s->nodes[i];

		if (n->c && consensus_is_ready(n->c) &&
		    (!found || consensus_term(n->c) > consensus_term(found->c)))
			found = n;
	}
	return found;
}

static struct node *
sim_any_node(struct sim *s)
{
	int from = (int)sim_between(s, 0, SIM_SLOTS - 1);

	for (int i = 0; i < SIM_SLOTS; i++)
		if (s->nodes[(from + i) % SIM_SLOTS].c)
			return &s->nodes[(from + i) % SIM_SLOTS];
	return NULL;
}

static void
sim_partition(struct sim *s)
{
	bool heals = sim_chance(s, 40);

	s->counts->partitions += !heals;
	for (int i = 0; i < SIM_SLOTS; i++)
		s->nodes[i].group = heals ? 0 : (int)sim_between(s, 0, 1);
	if (s->o->verbose)
		printf("%" PRId64 " partition %d%d%d%d%d\n", s->now / MS,
		    s->nodes[0].group, s->nodes[1].group, s->nodes[2].group,
		    s->nodes[3].group, s->nodes[4].group);
}

static void
sim_fault(struct sim *s)
{
	int which = (int)sim_between(s, 0, 99);
	struct node *n = sim_any_node(s), *leader = sim_leader(s);

	if (which < 25 && n) {
		node_crash(n);
	} else if (which < 40 && n) {
		n->crash_in_pass = true;
		node_wake(n);
	} else if (which < 70) {
		sim_partition(s);
	} else if (which < 85) {
		s->nodes[sim_between(s, 0, SIM_SLOTS - 1)]
		    .down_until[sim_between(s, 0, SIM_SLOTS - 1)] = s->now +
		    sim_between(s, 0, 4 * s->o->chaos_ms * MS);
	} else if (leader && !leader->crash_in_pass) {
		leader->disk->begin(leader->disk, false);
		s->counts->transfers += consensus_transfer(leader->c, 0);
		leader->disk->end(leader->disk, true);
		node_flush(leader);
	}
	sim_add(s, s->now + sim_between(s, MS, s->o->chaos_ms * MS),
	    EVENT_FAULT, -1);
}

/* ---- membership ---- */

static int
sim_voters(const struct sim *s, const struct node *leader)
{
	int n = 0;

	for (int i = 0; i < SIM_SLOTS; i++)
		n += s->nodes[i].id &&
		    consensus_role(leader->c, s->nodes[i].id) == ROLE_VOTER;
	return n;
}

/* Rule 15: whoever the leader's committed configuration does not know stops. */
static void
sim_sweep(struct sim *s, const struct node *leader)
{
	if (consensus_is_changing(leader->c))
		return;
	for (int i = 0; i < SIM_SLOTS; i++)
		if (s->nodes[i].id && &s->nodes[i] != leader &&
		    consensus_role(leader->c, s->nodes[i].id) == ROLE_NONE)
			node_remove(&s->nodes[i]);
}

static bool
sim_add_node(struct sim *s, struct node *leader, struct node *n)
{
	char address[32];

	n->id = s->next_id++;
	n->disk = s->o->disk_new();
	node_start(n);
	snprintf(address, sizeof(address), "node-%" PRIu64, n->id);
	return consensus_add(leader->c, n->id, address);
}

static bool
sim_change_node(struct sim *s, struct node *leader, struct node *n)
{
	int voters = sim_voters(s, leader);

	switch (consensus_role(leader->c, n->id)) {
	case ROLE_NONE:
		return false;
	case ROLE_SPARE:
		return consensus_assign(leader->c, n->id, ROLE_STANDBY);
	case ROLE_STANDBY:
		if (sim_chance(s, 25))
			return consensus_remove(leader->c, n->id);
		return consensus_assign(leader->c, n->id, ROLE_VOTER);
	case ROLE_VOTER:
		if (voters < 2 || (voters < 3 && sim_chance(s, 50)))
			return false;
		if (sim_chance(s, 40))
			return consensus_assign(leader->c, n->id, ROLE_STANDBY);
		return consensus_remove(leader->c, n->id);
	}
	return false;
}

static void
sim_change(struct sim *s)
{
	struct node *leader = sim_leader(s), *n;
	bool done = false;

	sim_add(s, s->now + sim_between(s, MS, 2 * s->o->chaos_ms * MS),
	    EVENT_CHANGE, -1);
	if (!leader || leader->crash_in_pass ||
	    consensus_is_changing(leader->c))
		return;
	sim_sweep(s, leader);
	n = &s->nodes[sim_between(s, 0, SIM_SLOTS - 1)];
	leader->disk->begin(leader->disk, false);
	if (n->id == 0)
		done = sim_add_node(s, leader, n);
	else if (n != leader)
		done = sim_change_node(s, leader, n);
	leader->disk->end(leader->disk, true);
	s->counts->changes += done;
	node_flush(leader);
}

/* ---- a run ---- */

static void
sim_deliver(struct sim *s, struct event *e)
{
	struct node *n = &s->nodes[e->slot], *from = &s->nodes[e->from];

	if (!n->c || n->id != e->id || n->group != from->group ||
	    s->now < from->down_until[e->slot]) {
		free(e->bytes);
		return;
	}
	n->in = xrealloc(n->in, (n->nin + 1) * sizeof(*n->in));
	n->in[n->nin++] = (struct outgoing){ from->id, e->bytes, e->n };
	node_wake(n);
}

static void
sim_write_somewhere(struct sim *s)
{
	struct node *n;

	for (int i = 0; i < SIM_SLOTS; i++) {
		n = &s->nodes[i];
		if (n->c && consensus_is_ready(n->c)) {
			n->writes_due += (int)sim_between(s, 1, 3);
			node_wake(n);
		}
	}
	sim_add(s, s->now + sim_between(s, MS, 60 * MS), EVENT_WRITE, -1);
}

static void
sim_step(struct sim *s)
{
	struct event e = sim_take(s);
	struct node *n = e.slot >= 0 ? &s->nodes[e.slot] : NULL;
	bool mine = n && n->id == e.id;

	s->now = e.at;
	switch (e.kind) {
	case EVENT_TICK:
		if (!mine || !n->c)
			return;
		n->tick_due = true;
		node_wake(n);
		sim_add(s, s->now + HEARTBEAT_MS * MS, EVENT_TICK, e.slot);
		return;
	case EVENT_MESSAGE:
		sim_deliver(s, &e);
		return;
	case EVENT_PASS:
		if (mine && n->c && n->pass_set)
			node_pass(n);
		return;
	case EVENT_WRITE:
		if (!s->healed)
			sim_write_somewhere(s);
		return;
	case EVENT_FAULT:
		if (!s->healed)
			sim_fault(s);
		return;
	case EVENT_CHANGE:
		if (!s->healed)
			sim_change(s);
		return;
	case EVENT_RESTART:
		if (mine && !n->c)
			node_start(n);
		return;
	case EVENT_UNBLOCK:
		return;
	}
}

static void
sim_begin(struct sim *s)
{
	static const char *const addresses[] = { "node-1", "node-2", "node-3" };
	static const uint64_t ids[] = { 1, 2, 3 };

	for (int i = 0; i < SIM_SLOTS; i++) {
		s->nodes[i].sim = s;
		s->nodes[i].slot = i;
	}
	s->next_id = 4;
	s->next_write = 1;
	for (int i = 0; i < 3; i++) {
		struct node *n = &s->nodes[i];

		n->id = ids[i];
		n->disk = s->o->disk_new();
		n->disk->begin(n->disk, false);
		consensus_bootstrap(&n->disk->table, ids, addresses, 3);
		n->disk->end(n->disk, true);
		node_start(n);
	}
	sim_add(s, 500 * MS, EVENT_WRITE, -1);
	sim_add(s, 500 * MS, EVENT_FAULT, -1);
	if (s->o->membership)
		sim_add(s, 800 * MS, EVENT_CHANGE, -1);
}

static void
sim_heal(struct sim *s)
{
	s->healed = true;
	for (int i = 0; i < SIM_SLOTS; i++) {
		struct node *n = &s->nodes[i];

		n->group = 0;
		n->crash_in_pass = false;
		memset(n->down_until, 0, sizeof(n->down_until));
		if (n->id && !n->c)
			node_start(n);
	}
}

/* Do all members have what the leader has? */
static bool
sim_is_level(struct sim *s, const struct node *leader)
{
	uint64_t last = consensus_applied_index(leader->c);

	if (last != disk_last_index(&leader->disk->table))
		return false;
	for (int i = 0; i < SIM_SLOTS; i++) {
		struct node *n = &s->nodes[i];
		enum cluster_role role = n->id
		    ? consensus_role(leader->c, n->id)
		    : ROLE_NONE;

		if (role != ROLE_VOTER && role != ROLE_STANDBY)
			continue;
		if (!n->c || consensus_applied_index(n->c) != last)
			return false;
	}
	return true;
}

static void
sim_compare(struct sim *s, struct node *leader)
{
	uint64_t state = leader->disk->state(leader->disk);

	for (int i = 0; i < SIM_SLOTS; i++) {
		struct node *n = &s->nodes[i];
		enum cluster_role role = n->id
		    ? consensus_role(leader->c, n->id)
		    : ROLE_NONE;

		if (role != ROLE_VOTER && role != ROLE_STANDBY)
			continue;
		s->counts->compared++;
		if (n->disk->state(n->disk) != state)
			sim_fail(s,
			    "node %" PRIu64 " has another state than "
			    "the leader %" PRIu64,
			    n->id, leader->id);
	}
	for (uint64_t w = 1; w < s->next_write; w++)
		if (s->acked[w] &&
		    s->places[w] > consensus_applied_index(leader->c))
			sim_fail(s,
			    "write %" PRIu64 " was acknowledged and is lost",
			    w);
}

/* After everything has healed: a leader, then every write comes through. */
static void
sim_check_progress(struct sim *s)
{
	int64_t end = s->now + LEADER_WAIT;
	struct node *leader = NULL;
	int left = WRITES_AFTER;
	uint64_t first;

	while (!leader && s->now < end && !s->failure[0]) {
		sim_step(s);
		leader = sim_leader(s);
	}
	if (!leader) {
		sim_fail(s, "no leader after everything has healed");
		return;
	}
	end = s->now + SETTLE;
	while (s->now < end && !s->failure[0])
		sim_step(s);
	first = s->next_write;
	end = s->now + CATCH_UP;
	while (s->now < end && !s->failure[0]) {
		int64_t next = s->now + 20 * MS;

		leader = sim_leader(s);
		if (leader)
			sim_sweep(s, leader);
		if (leader && left > 0) {
			left--;
			leader->writes_due++;
			node_wake(leader);
		}
		while (s->now < next && s->nheap)
			sim_step(s);
		leader = sim_leader(s);
		if (leader && left == 0 && leader->writes_due == 0 &&
		    sim_is_level(s, leader))
			break;
	}
	if (!s->failure[0] && (!leader || left || !sim_is_level(s, leader)))
		sim_fail(s, "no progress after everything has healed");
	if (s->failure[0])
		return;
	for (uint64_t w = first; w < s->next_write; w++)
		if (!s->acked[w])
			sim_fail(s, "write %" PRIu64 " was never committed", w);
	sim_compare(s, leader);
}

static void
sim_release(struct sim *s)
{
	for (int i = 0; i < SIM_SLOTS; i++) {
		node_remove(&s->nodes[i]);
		free(s->nodes[i].proposals);
	}
	for (size_t i = 0; i < s->nheap; i++)
		if (s->heap[i].kind == EVENT_MESSAGE)
			free(s->heap[i].bytes);
	free(s->heap);
	free(s->log);
	free(s->leaders);
	free(s->places);
	free(s->acked);
}

bool
sim_run(const struct sim_options *o, uint64_t seed, struct sim_counts *counts,
    char *failure, size_t size)
{
	struct sim s = { .o = o,
		.counts = counts,
		.random = seed * 0x2545f4914f6cdd1d + 1,
		.failure = failure,
		.failure_size = size };

	failure[0] = 0;
	sim_begin(&s);
	while (s.now < CHAOS_END && !failure[0])
		sim_step(&s);
	if (!failure[0])
		sim_heal(&s);
	if (!failure[0])
		sim_check_progress(&s);
	sim_release(&s);
	return !failure[0];
}

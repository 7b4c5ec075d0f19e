/*
 * Messages wait in the order in which they were sent, since each takes as long;
 * one alarm is set for the first.
 */
#include "cluster/memory_network.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define NETWORK_MILLION 1000000

struct network_message {
	struct network_message *next;
	int64_t at_ns;
	uint64_t from, to;
	struct buf bytes;
};

struct network_node {
	uint64_t id;
	void (*fn)(void *arg, struct slice bytes);
	void *arg;
};

struct network_cut {
	uint64_t one, other;
};

struct memory_network {
	struct clock *clock;
	int64_t latency_ns;
	uint64_t lost_per_million;
	struct random *random; /* NULL: nothing is lost */
	struct alarm alarm;
	struct network_message *first, **end;
	int64_t last_at_ns; /* of the last one that was sent */
	struct network_node *nodes;
	size_t nnodes;
	struct network_cut *cuts;
	size_t ncuts;
};

static void
network_message_free(struct network_message *m)
{
	buf_release(&m->bytes);
	free(m);
}

static struct network_node *
network_find(struct memory_network *n, uint64_t id)
{
	for (size_t i = 0; i < n->nnodes; i++)
		if (n->nodes[i].id == id)
			return &n->nodes[i];
	return NULL;
}

static struct network_cut *
network_find_cut(struct memory_network *n, uint64_t one, uint64_t other)
{
	for (size_t i = 0; i < n->ncuts; i++) {
		struct network_cut *c = &n->cuts[i];

		if ((c->one == one && c->other == other) ||
		    (c->one == other && c->other == one))
			return c;
	}
	return NULL;
}

static void
network_on_alarm(void *arg, int64_t now_ns)
{
	struct memory_network *n = arg;
	struct network_message *m;

	while ((m = n->first) != NULL && m->at_ns <= now_ns) {
		struct network_node *node = network_find(n, m->to);

		n->first = m->next;
		if (!n->first)
			n->end = &n->first;
		if (node && node->fn && !network_find_cut(n, m->from, m->to))
			node->fn(node->arg,
			    (struct slice){ m->bytes.p, m->bytes.n });
		network_message_free(m);
	}
	if (n->first)
		alarm_set(n->clock, &n->alarm, n->first->at_ns);
}

struct memory_network *
memory_network_new(struct clock *clock, int64_t latency_ns)
{
	struct memory_network *n = xcalloc(1, sizeof(*n));

	n->clock = clock;
	n->latency_ns = latency_ns;
	n->end = &n->first;
	alarm_init(&n->alarm, network_on_alarm, n);
	return n;
}

void
memory_network_free(struct memory_network *n)
{
	alarm_cancel(n->clock, &n->alarm);
	while (n->first) {
		struct network_message *m = n->first;

		n->first = m->next;
		network_message_free(m);
	}
	free(n->nodes);
	free(n->cuts);
	free(n);
}

void
memory_network_join(struct memory_network *n, uint64_t id,
    void (*fn)(void *arg, struct slice bytes), void *arg)
{
	struct network_node *node = network_find(n, id);

	if (!node) {
		n->nodes = xrealloc(
		    n->nodes, (n->nnodes + 1) * sizeof(*n->nodes));
		node = &n->nodes[n->nnodes++];
	}
	*node = (struct network_node){ id, fn, arg };
}

void
memory_network_cut(
    struct memory_network *n, uint64_t one, uint64_t other, bool cut)
{
	struct network_cut *c = network_find_cut(n, one, other);

	if (c && !cut)
		*c = n->cuts[--n->ncuts];
	if (c || !cut)
		return;
	n->cuts = xrealloc(n->cuts, (n->ncuts + 1) * sizeof(*n->cuts));
	n->cuts[n->ncuts++] = (struct network_cut){ one, other };
}

void
memory_network_set(struct memory_network *n, int64_t latency_ns, double loss,
    struct random *random)
{
	n->latency_ns = latency_ns;
	n->lost_per_million = (uint64_t)(loss * NETWORK_MILLION);
	n->random = random;
}

/* Those that wait keep their order, though the latency may be less now. */
static int64_t
network_arrival_ns(const struct memory_network *n)
{
	int64_t at_ns = clock_now(n->clock) + n->latency_ns;

	return n->first && n->last_at_ns > at_ns ? n->last_at_ns : at_ns;
}

void
memory_network_send(
    struct memory_network *n, uint64_t from, uint64_t to, struct slice bytes)
{
	struct network_message *m;

	if (n->lost_per_million &&
	    random_below(n->random, NETWORK_MILLION) < n->lost_per_million)
		return;
	m = xcalloc(1, sizeof(*m));
	m->at_ns = n->last_at_ns = network_arrival_ns(n);
	m->from = from;
	m->to = to;
	buf_init(&m->bytes, SIZE_MAX / 2);
	buf_slice(&m->bytes, bytes);
	if (!n->first)
		alarm_set(n->clock, &n->alarm, m->at_ns);
	*n->end = m;
	n->end = &m->next;
}

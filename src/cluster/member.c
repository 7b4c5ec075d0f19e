/*
 * A node of a cluster in a process of its own.
 */
#include "cluster/member.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* How often it is looked whether the configuration is as it shall be, and while
 * a change is under way. */
#define MEMBER_LOOK_NS ((int64_t)200 * 1000000)
#define MEMBER_CHANGES_NS ((int64_t)10 * 1000000)

/* A node without a vote yet. */
struct member_novice {
	uint64_t number;
	int64_t stable_ns; /* connected since then; 0: it is not */
};

struct member {
	struct member_options options;
	struct tcp_network *tcp;
	struct forward *forward;
	struct cluster *cluster; /* NULL: it takes part in nothing */
	uint64_t number;
	char *address;
	struct alarm look;
	uint64_t leader;      /* as of the last look */
	int64_t takes_out_ns; /* 0: nobody goes */
	uint64_t *known;      /* whom it connects to */
	size_t nknown;
	struct member_novice *novices;
	size_t nnovices;
};

/* ---- the network's and consensus' ---- */

static void
member_send(void *arg, uint64_t to, struct slice bytes)
{
	struct member *m = arg;

	(void)tcp_network_send(m->tcp, to, bytes); /* or it is lost */
}

static void
member_look_soon(struct member *m)
{
	if (m->cluster)
		alarm_set(
		    m->options.clock, &m->look, clock_now(m->options.clock));
}

static void
member_on_message(void *arg, uint64_t from, struct slice bytes)
{
	struct member *m = arg;

	if (m->options.arrives && !m->options.arrives(m->options.arg, bytes))
		return;
	if (m->cluster && !cluster_receive(m->cluster, bytes))
		log_msg(m->options.log, LOG_ERROR, "storage.raft",
		    "a message that is none: node=%llu",
		    (unsigned long long)from);
	if (m->cluster && cluster_leader(m->cluster) != m->leader)
		member_look_soon(m);
}

static void
member_on_request(void *arg, uint64_t link, struct slice bytes)
{
	forward_hear_request(((struct member *)arg)->forward, link, bytes);
}

static void
member_on_answer(void *arg, uint64_t from, struct slice bytes)
{
	forward_hear_answer(((struct member *)arg)->forward, from, bytes);
}

static void
member_on_link_closed(void *arg, uint64_t link)
{
	forward_on_link_closed(((struct member *)arg)->forward, link);
}

static void
member_on_peer(void *arg, uint64_t id, bool up)
{
	struct member *m = arg;

	forward_on_peer(m->forward, id, up);
	member_look_soon(m);
}

/* It is everyone's that a node is gone: neither the state nor the configuration
 * has it, and nothing of them is under way. */
static bool
member_is_removed(void *arg, uint64_t id)
{
	struct member *m = arg;
	struct cluster *c = m->cluster;

	return c && cluster_serves(c) && !cluster_is_changing(c) &&
	    cluster_is_committed(c, cluster_last_entry(c)) &&
	    member_role(m, id) == ROLE_NONE &&
	    peers_is_gone(m->options.store, id);
}

static void
member_on_removed(void *arg)
{
	struct member *m = arg;

	if (m->options.on_removed)
		m->options.on_removed(m->options.arg);
}

static void
member_on_role(void *arg, bool serves)
{
	struct member *m = arg;

	if (m->options.on_role)
		m->options.on_role(m->options.arg, serves);
}

static bool
member_ask(void *arg, uint64_t to, struct slice bytes)
{
	return tcp_network_ask(((struct member *)arg)->tcp, to, bytes);
}

static bool
member_answer(void *arg, uint64_t link, struct slice bytes)
{
	return tcp_network_answer(((struct member *)arg)->tcp, link, bytes);
}

static void
member_serve(
    void *arg, struct forward_job *job, const struct forward_request *r)
{
	struct member *m = arg;

	m->options.serve(m->options.arg, job, r);
}

static void
member_cancelled(void *arg, struct forward_job *job)
{
	struct member *m = arg;

	m->options.cancelled(m->options.arg, job);
}

/* ---- who belongs to it ---- */

enum cluster_role
member_role(const struct member *m, uint64_t number)
{
	enum cluster_role role;
	const char *address;
	uint64_t one;

	for (unsigned i = 0;
	     cluster_member(m->cluster, i, &one, &address, &role); i++)
		if (one == number)
			return role;
	return ROLE_NONE;
}

static void
member_know(struct member *m, uint64_t number, const char *address)
{
	for (size_t i = 0; i < m->nknown; i++)
		if (m->known[i] == number)
			number = 0;
	if (!number)
		return;
	m->known = xrealloc(m->known, (m->nknown + 1) * sizeof(*m->known));
	m->known[m->nknown++] = number;
	(void)tcp_network_set_peer(m->tcp, number, address);
}

/* Everyone connects to whom the configuration has. Who has none yet keeps to
 * the leader that it was told. */
static void
member_connect(struct member *m)
{
	enum cluster_role role;
	const char *address;
	uint64_t number;
	unsigned n = 0;

	for (; cluster_member(m->cluster, n, &number, &address, &role); n++)
		if (number != m->number)
			member_know(m, number, address);
	for (size_t i = 0; n > 0 && i < m->nknown; i++)
		if (member_role(m, m->known[i]) == ROLE_NONE) {
			(void)tcp_network_set_peer(m->tcp, m->known[i], NULL);
			m->known[i--] = m->known[--m->nknown];
		}
}

/* A follower learns what is committed with every second tick at the latest. So
 * long who goes is kept in the configuration: it hears that it goes. */
static bool
member_has_told(struct member *m)
{
	int64_t now_ns = clock_now(m->options.clock);

	if (!m->takes_out_ns)
		m->takes_out_ns = now_ns +
		    2 * m->options.heartbeat_ms * 1000000 + MEMBER_LOOK_NS;
	if (now_ns < m->takes_out_ns)
		return false;
	m->takes_out_ns = 0;
	return true;
}

/* A node whose peer is gone leaves the configuration, this one as the last, so
 * that its successor has a majority; true: that began, or has to wait. */
static bool
member_take_out(struct member *m, const struct peer *peers, size_t n)
{
	enum cluster_role role;
	const char *address;
	uint64_t number;
	bool goes = false;

	for (unsigned i = 0;
	     cluster_member(m->cluster, i, &number, &address, &role); i++) {
		size_t at = 0;

		while (at < n && peers[at].number != number)
			at++;
		if (at < n)
			continue;
		if (number == m->number) {
			goes = true;
			continue;
		}
		if (member_has_told(m))
			(void)cluster_remove(m->cluster, number);
		return true;
	}
	m->takes_out_ns = 0;
	if (goes)
		(void)cluster_hand_over(m->cluster);
	return goes;
}

static struct member_novice *
member_novice(struct member *m, uint64_t number)
{
	for (size_t i = 0; i < m->nnovices; i++)
		if (m->novices[i].number == number)
			return &m->novices[i];
	m->novices = xrealloc(
	    m->novices, (m->nnovices + 1) * sizeof(*m->novices));
	m->novices[m->nnovices] = (struct member_novice){ number, 0 };
	return &m->novices[m->nnovices++];
}

/* Vault 1.19: a node is stable for server_stabilization_time before it gets a
 * vote. */
static bool
member_may_vote(struct member *m, uint64_t number)
{
	const struct member_options *o = &m->options;
	int64_t needed_ns = o->stabilization_ns ? o->stabilization_ns(o->arg)
						: 0;
	int64_t now_ns = clock_now(o->clock);
	struct member_novice *novice = member_novice(m, number);

	if (!tcp_network_is_up(m->tcp, number))
		novice->stable_ns = 0;
	else if (!novice->stable_ns)
		novice->stable_ns = now_ns;
	return needed_ns == 0 ||
	    (novice->stable_ns && now_ns - novice->stable_ns >= needed_ns);
}

/* It is in the configuration as a spare until it can be reached: what it is
 * sent before is lost, and sent again with a tick alone. */
static bool
member_advance(struct member *m, const struct peer *p)
{
	switch (member_role(m, p->number)) {
	case ROLE_NONE:
		return cluster_add(m->cluster, p->number, p->address);
	case ROLE_SPARE:
		return tcp_network_is_up(m->tcp, p->number) &&
		    cluster_promote(m->cluster, p->number);
	case ROLE_STANDBY:
		return member_may_vote(m, p->number) &&
		    cluster_promote(m->cluster, p->number);
	case ROLE_VOTER:
		break;
	}
	return false;
}

/* One change at most; the next look does the next. */
static bool
member_take_in(struct member *m, const struct peer *peers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (member_advance(m, &peers[i]))
			return true;
	return false;
}

/* True: the configuration changes. */
static bool
member_follow_peers(struct member *m)
{
	struct arena *a = arena_new();
	struct peer *peers;
	size_t n = peers_list(m->options.store, a, &peers);
	bool changes;

	for (size_t i = 0; i < n; i++)
		if (peers[i].number == m->number &&
		    strcmp(peers[i].api_address, m->options.api_address) != 0)
			peers_set_api_address(m->options.store, m->number,
			    m->options.api_address);
	changes = cluster_is_changing(m->cluster) ||
	    (!member_take_out(m, peers, n) && member_take_in(m, peers, n));
	arena_free(a);
	return changes;
}

static void
member_on_look(void *arg, int64_t now_ns)
{
	struct member *m = arg;
	bool serves = cluster_serves(m->cluster);
	bool changes = serves && member_follow_peers(m);

	m->leader = cluster_leader(m->cluster);
	forward_follow(
	    m->forward, serves || m->leader == m->number ? 0 : m->leader);
	member_connect(m);
	alarm_set(m->options.clock, &m->look,
	    now_ns + (changes ? MEMBER_CHANGES_NS : MEMBER_LOOK_NS));
}

/* ---- beginning ---- */

static bool
member_start(struct member *m, const struct member_secrets *s,
    const char *address, struct error *e)
{
	const struct member_options *o = &m->options;
	struct tcp_identity identity = { m->number, s->schema, s->certificate,
		s->key };
	struct cluster_options cluster = { .id = m->number,
		.address = address,
		.store = o->store,
		.clock = o->clock,
		.random = o->random,
		.heartbeat_ms = o->heartbeat_ms,
		.election_timeout_ms = o->election_timeout_ms,
		.arg = m,
		.send = member_send,
		.on_role = member_on_role };

	if (!tcp_network_start(m->tcp, &identity, e))
		return false;
	free(m->address);
	m->address = xstrdup(address);
	cluster.address = m->address;
	m->cluster = cluster_new(&cluster);
	if (!m->cluster) {
		tcp_network_stop(m->tcp);
		return error_set(
		    e, 500, "raft cannot run on this SQLite, or its store");
	}
	member_on_look(m, clock_now(o->clock));
	return true;
}

bool
member_begin(struct member *m, const struct member_secrets *s,
    const char *address, struct error *e)
{
	struct store *store = m->options.store;

	m->number = peers_add(store, m->options.node_id, address);
	if (!m->number || !store_commit(store) ||
	    !cluster_begin(store, m->number, address))
		return error_set(e, 500, "the cluster cannot be begun");
	return member_start(m, s, address, e);
}

bool
member_can_resume(const struct member *m)
{
	struct arena *a = arena_new();
	struct peer p;
	bool found = peers_find(m->options.store, a, m->options.node_id, &p);

	arena_free(a);
	return found;
}

bool
member_resume(struct member *m, const struct member_secrets *s, struct error *e)
{
	struct arena *a = arena_new();
	struct peer p;
	bool ok = peers_find(m->options.store, a, m->options.node_id, &p) ||
	    error_set(
		e, 500, "node %s belongs to no cluster", m->options.node_id);

	if (ok) {
		m->number = p.number;
		ok = member_start(m, s, p.address, e);
	}
	arena_free(a);
	return ok;
}

bool
member_enter(struct member *m, const struct member_secrets *s, uint64_t number,
    uint64_t leader, const char *leader_address, struct error *e)
{
	m->number = number;
	if (!member_start(m, s, "", e))
		return false;
	member_know(m, leader, leader_address);
	if (tcp_network_set_peer(m->tcp, leader, leader_address))
		return true;
	member_stop(m);
	return error_set(
	    e, 500, "the leader's address is none: %s", leader_address);
}

struct member *
member_new(const struct member_options *o, const char *listen, struct error *e)
{
	struct member *m = xcalloc(1, sizeof(*m));
	struct tcp_network_options tcp = { .base = o->base,
		.clock = o->clock,
		.random = o->random,
		.log = o->log,
		.arg = m,
		.on_message = member_on_message,
		.on_request = member_on_request,
		.on_answer = member_on_answer,
		.on_link_closed = member_on_link_closed,
		.on_peer = member_on_peer,
		.is_removed = member_is_removed,
		.on_removed = member_on_removed };
	struct forward_options forward = { .clock = o->clock,
		.arg = m,
		.ask = member_ask,
		.answer = member_answer,
		.serve = member_serve,
		.cancelled = member_cancelled };

	m->options = *o;
	alarm_init(&m->look, member_on_look, m);
	m->forward = forward_new(&forward);
	m->tcp = tcp_network_new(&tcp);
	if (tcp_network_listen(m->tcp, listen, e))
		return m;
	member_free(m);
	return NULL;
}

/* ---- the end ---- */

void
member_stop(struct member *m)
{
	alarm_cancel(m->options.clock, &m->look);
	forward_follow(m->forward, 0);
	tcp_network_stop(m->tcp);
	forward_lose_all(m->forward);
	cluster_free(m->cluster);
	m->cluster = NULL;
	m->leader = 0;
	free(m->known);
	m->known = NULL;
	m->nknown = 0;
	free(m->novices);
	m->novices = NULL;
	m->nnovices = 0;
}

void
member_free(struct member *m)
{
	if (!m)
		return;
	member_stop(m);
	forward_free(m->forward);
	tcp_network_free(m->tcp);
	free(m->address);
	free(m);
}

/* ---- what others ask ---- */

int
member_port(const struct member *m)
{
	return tcp_network_port(m->tcp);
}

struct cluster *
member_cluster(const struct member *m)
{
	return m->cluster;
}

struct forward *
member_forward(const struct member *m)
{
	return m->forward;
}

struct tcp_network *
member_network(const struct member *m)
{
	return m->tcp;
}

uint64_t
member_number(const struct member *m)
{
	return m->number;
}

void
member_flush(struct member *m)
{
	if (m->cluster)
		cluster_flush(m->cluster);
}

uint64_t
member_admit(struct member *m, const char *node_id, const char *address)
{
	if (!m->cluster || !cluster_serves(m->cluster) ||
	    strcmp(node_id, m->options.node_id) == 0)
		return 0;
	(void)peers_remove(m->options.store, node_id);
	member_look_soon(m);
	return peers_add(m->options.store, node_id, address);
}

bool
member_expel(struct member *m, const char *node_id)
{
	return m->cluster && cluster_serves(m->cluster) &&
	    peers_remove(m->options.store, node_id);
}

bool
member_leader(struct member *m, struct arena *a, struct peer *leader)
{
	uint64_t number = m->cluster ? cluster_leader(m->cluster) : 0;

	return number && peers_find_number(m->options.store, a, number, leader);
}

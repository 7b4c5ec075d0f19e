/*
 * Three nodes with databases, each with its own end of the network between
 * processes: over sockets, with latency and losses, the cluster elects, copies,
 * survives its leader and takes it back.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cluster/cluster.h"
#include "cluster/log_store.h"
#include "cluster/net/tcp_network.h"
#include "store/capture.h"
#include "tests/support/cluster_certificate.h"
#include "tests/support/thing_part.h"
#include "tests/support/unit.h"

#define NODES 3
#define MS ((int64_t)1000000)

static const struct store_part *const parts[] = { &thing_part, &log_store_part,
	NULL };

struct cell;

struct member {
	struct cell *cell;
	uint64_t id;
	char address[64];
	struct store *store; /* outlives the node */
	struct tcp_network *tcp;
	struct cluster *cluster;
};

struct cell {
	struct event_base *base;
	struct clock *clock;
	struct random *random;
	struct log log;
	char *certificate, *key;
	struct member members[NODES];
};

static void
member_send(void *arg, uint64_t to, struct slice bytes)
{
	struct member *m = arg;

	(void)tcp_network_send(m->tcp, to, bytes);
}

static void
member_on_message(void *arg, uint64_t from, struct slice bytes)
{
	struct member *m = arg;

	(void)from;
	ck_assert(m->cluster && cluster_receive(m->cluster, bytes));
}

static void
member_start(struct member *m)
{
	struct cell *t = m->cell;
	struct tcp_identity identity = { m->id, "tables", t->certificate,
		t->key };
	struct cluster_options o = { .id = m->id,
		.address = m->address,
		.store = m->store,
		.clock = t->clock,
		.random = t->random,
		.heartbeat_ms = 100,
		.election_timeout_ms = 1000,
		.arg = m,
		.send = member_send };
	struct error e = { 0 };

	m->cluster = cluster_new(&o);
	ck_assert(m->cluster != NULL);
	ck_assert(tcp_network_start(m->tcp, &identity, &e));
	for (int i = 0; i < NODES; i++)
		if (t->members[i].id != m->id)
			ck_assert(tcp_network_set_peer(
			    m->tcp, t->members[i].id, t->members[i].address));
}

static void
member_stop(struct member *m)
{
	ck_assert(store_commit(m->store));
	tcp_network_stop(m->tcp);
	cluster_free(m->cluster);
	m->cluster = NULL;
}

static void
cell_init(struct cell *t)
{
	uint64_t ids[NODES];
	const char *addresses[NODES];

	signal(SIGPIPE, SIG_IGN); /* as the program does */
	memset(t, 0, sizeof(*t));
	t->base = event_base_new();
	t->clock = clock_new();
	clock_freeze(t->clock, 1000000000 * MS);
	t->random = random_new_seeded(11);
	make_cluster_certificate(t->random, &t->certificate, &t->key);
	for (int i = 0; i < NODES; i++) {
		struct member *m = &t->members[i];
		struct tcp_network_options o = { .base = t->base,
			.clock = t->clock,
			.random = t->random,
			.log = &t->log,
			.arg = m,
			.on_message = member_on_message };
		struct error e = { 0 };

		m->cell = t;
		m->id = ids[i] = (uint64_t)i + 1;
		m->tcp = tcp_network_new(&o);
		ck_assert(tcp_network_listen(m->tcp, "127.0.0.1:0", &e));
		snprintf(m->address, sizeof(m->address), "127.0.0.1:%d",
		    tcp_network_port(m->tcp));
		addresses[i] = m->address;
		m->store = store_open(NULL, parts, NULL, &e);
		ck_assert(m->store != NULL);
		ck_assert(store_capture(m->store, NULL, NULL));
	}
	for (int i = 0; i < NODES; i++) {
		ck_assert(cluster_bootstrap(
		    t->members[i].store, ids, addresses, NODES));
		member_start(&t->members[i]);
	}
}

static void
cell_release(struct cell *t)
{
	for (int i = 0; i < NODES; i++) {
		if (t->members[i].cluster)
			member_stop(&t->members[i]);
		tcp_network_free(t->members[i].tcp);
		store_close(t->members[i].store);
	}
	free(t->certificate);
	free(t->key);
	random_free(t->random);
	clock_free(t->clock);
	event_base_free(t->base);
}

static void
cell_on_breath(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* 10 ms pass, for the kernel one; then a pass of every node. */
static void
cell_step(struct cell *t)
{
	struct timeval moment = { 0, 1000 };

	clock_advance(t->clock, 10 * MS);
	ck_assert(event_base_once(t->base, -1, EV_TIMEOUT, cell_on_breath, NULL,
		      &moment) == 0);
	ck_assert(event_base_loop(t->base, EVLOOP_ONCE) == 0);
	for (int i = 0; i < NODES; i++) {
		struct member *m = &t->members[i];

		if (!m->cluster)
			continue;
		ck_assert(store_commit(m->store));
		cluster_flush(m->cluster);
	}
}

static struct member *
cell_wait_for_leader(struct cell *t)
{
	for (int i = 0; i < 6000; i++) {
		for (int k = 0; k < NODES; k++) {
			struct member *m = &t->members[k];

			if (m->cluster && cluster_serves(m->cluster))
				return m;
		}
		cell_step(t);
	}
	ck_abort_msg("no leader");
	return NULL;
}

static void
member_write(
    struct cell *t, struct member *m, const char *name, const char *value)
{
	store_request_begin(m->store);
	STORE_EXEC(m->store, &thing_part, THING_PUT, name, value);
	store_request_end(m->store, true);
	ck_assert(store_commit(m->store));
	for (int i = 0; i < 6000; i++) {
		if (cluster_is_committed(
			m->cluster, cluster_last_entry(m->cluster)))
			return;
		cell_step(t);
	}
	ck_abort_msg("nobody confirms");
}

static bool
member_has(struct member *m, const char *expected)
{
	struct query *q = STORE_QUERY(m->store, &thing_part, THING_LIST);
	struct buf out;
	bool same;

	buf_init(&out, 0);
	buf_str(&out, "");
	while (query_row(q))
		buf_printf(&out, "%s ", query_text(q, 0));
	same = strcmp(out.p ? out.p : "", expected) == 0;
	buf_release(&out);
	return same;
}

static void
cell_wait_for_all(struct cell *t, const char *expected)
{
	for (int i = 0; i < 6000; i++) {
		int have = 0;

		for (int k = 0; k < NODES; k++)
			have += member_has(&t->members[k], expected);
		if (have == NODES)
			return;
		cell_step(t);
	}
	ck_abort_msg("not all have %s", expected);
}

START_TEST(another_follows_who_stops)
{
	struct cell t;
	struct member *first, *second;

	cell_init(&t);
	first = cell_wait_for_leader(&t);
	member_write(&t, first, "a", "1");
	cell_wait_for_all(&t, "a=1 ");
	member_stop(first);
	second = cell_wait_for_leader(&t);
	ck_assert_ptr_ne(first, second);
	member_write(&t, second, "b", "2");
	member_start(first);
	cell_wait_for_all(&t, "a=1 b=2 ");
	cell_release(&t);
}
END_TEST

START_TEST(losses_lose_nothing)
{
	struct tcp_link bad = { .latency_ns = 20 * MS, .loss_ppm = 100000 };
	struct cell t;
	char name[20];
	struct buf expected;

	cell_init(&t);
	for (int i = 0; i < NODES; i++)
		for (uint64_t k = 1; k <= NODES; k++)
			tcp_network_set_link(t.members[i].tcp, k, &bad);
	buf_init(&expected, 0);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "n%02d", i);
		buf_printf(&expected, "%s=x ", name);
		member_write(&t, cell_wait_for_leader(&t), name, "x");
	}
	cell_wait_for_all(&t, expected.p);
	buf_release(&expected);
	cell_release(&t);
}
END_TEST

UNIT_MAIN("tcp_cluster", another_follows_who_stops, losses_lose_nothing)

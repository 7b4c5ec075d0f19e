/*
 * Three nodes with databases in one process, on a clock that the test moves:
 * what one writes all have; who is cut off or stops is followed by another;
 * what it wrote meanwhile is undone.
 */
#include "cluster/cluster.h"

#include <string.h>

#include "cluster/log_store.h"
#include "cluster/memory_network.h"
#include "cluster/peers.h"
#include "store/capture.h"
#include "tests/support/thing_part.h"
#include "tests/support/unit.h"

#define NODES 3
#define MS ((int64_t)1000000)

static const struct store_part *const parts[] = { &thing_part,
	&peers_store_part, &log_store_part, NULL };

static const uint64_t ids[NODES] = { 1, 2, 3 };
static const char *const addresses[NODES] = { "one", "two", "three" };

struct trio;

struct member {
	struct trio *trio;
	uint64_t id;
	struct store *store; /* outlives the node */
	struct cluster *cluster;
	int told; /* how often it was told its role */
	bool serves;
};

struct trio {
	struct clock *clock;
	struct random *random;
	struct memory_network *network;
	struct member members[NODES];
};

static void
member_send(void *arg, uint64_t to, struct slice bytes)
{
	struct member *m = arg;

	memory_network_send(m->trio->network, m->id, to, bytes);
}

static void
member_receive(void *arg, struct slice bytes)
{
	struct member *m = arg;

	ck_assert(cluster_receive(m->cluster, bytes));
}

static void
member_on_role(void *arg, bool serves)
{
	struct member *m = arg;

	m->told++;
	ck_assert(m->serves != serves);
	m->serves = serves;
}

static void
member_start(struct member *m)
{
	struct cluster_options o = { .id = m->id,
		.address = addresses[m->id - 1],
		.store = m->store,
		.clock = m->trio->clock,
		.random = m->trio->random,
		.heartbeat_ms = 100,
		.election_timeout_ms = 1000,
		.arg = m,
		.send = member_send,
		.on_role = member_on_role };

	m->serves = false;
	m->cluster = cluster_new(&o);
	ck_assert(m->cluster != NULL);
	memory_network_join(m->trio->network, m->id, member_receive, m);
}

static void
member_stop(struct member *m)
{
	ck_assert(store_commit(m->store));
	memory_network_join(m->trio->network, m->id, NULL, NULL);
	cluster_free(m->cluster);
	m->cluster = NULL;
}

/* The first nodes are the cluster; the others have an empty store. */
static void
trio_init_of(struct trio *t, size_t voters)
{
	memset(t, 0, sizeof(*t));
	t->clock = clock_new();
	clock_freeze(t->clock, 1000000000 * MS);
	t->random = random_new_seeded(5);
	t->network = memory_network_new(t->clock, MS);
	for (int i = 0; i < NODES; i++) {
		struct member *m = &t->members[i];
		struct error e = { 0 };

		m->trio = t;
		m->id = ids[i];
		m->store = store_open(NULL, parts, NULL, &e);
		ck_assert(m->store != NULL);
		ck_assert(store_capture(m->store, NULL, NULL));
		if ((size_t)i < voters)
			ck_assert(cluster_bootstrap(
			    m->store, ids, addresses, voters));
		member_start(m);
	}
}

static void
trio_init(struct trio *t)
{
	trio_init_of(t, NODES);
}

static void
trio_release(struct trio *t)
{
	for (int i = 0; i < NODES; i++) {
		if (t->members[i].cluster)
			member_stop(&t->members[i]);
		store_close(t->members[i].store);
	}
	memory_network_free(t->network);
	random_free(t->random);
	clock_free(t->clock);
}

/* So much time passes, a pass of every node each millisecond. */
static void
trio_run(struct trio *t, int ms)
{
	for (int i = 0; i < ms; i++) {
		clock_advance(t->clock, MS);
		for (int k = 0; k < NODES; k++) {
			struct member *m = &t->members[k];

			if (!m->cluster)
				continue;
			ck_assert(store_commit(m->store));
			cluster_flush(m->cluster);
		}
	}
}

static struct member *
trio_leader(struct trio *t)
{
	struct member *found = NULL;

	for (int i = 0; i < NODES; i++) {
		struct member *m = &t->members[i];

		if (m->cluster && cluster_serves(m->cluster) &&
		    (!found ||
			cluster_term(m->cluster) >
			    cluster_term(found->cluster)))
			found = m;
	}
	return found;
}

static struct member *
trio_wait_for_leader(struct trio *t, const struct member *not_this)
{
	for (int i = 0; i < 200; i++) {
		struct member *m = trio_leader(t);

		if (m && m != not_this)
			return m;
		trio_run(t, 50);
	}
	ck_abort_msg("no leader");
	return NULL;
}

static void
member_write(struct member *m, const char *name, const char *value)
{
	store_request_begin(m->store);
	STORE_EXEC(m->store, &thing_part, THING_PUT, name, value);
	store_request_end(m->store, true);
}

static void
member_has(struct member *m, const char *expected)
{
	struct query *q = STORE_QUERY(m->store, &thing_part, THING_LIST);
	struct buf out;

	buf_init(&out, 0);
	buf_str(&out, "");
	while (query_row(q))
		buf_printf(&out, "%s ", query_text(q, 0));
	ck_assert_str_eq(out.p ? out.p : "", expected);
	buf_release(&out);
}

static void
all_have(struct trio *t, const char *expected)
{
	for (int i = 0; i < NODES; i++)
		member_has(&t->members[i], expected);
}

START_TEST(what_one_writes_all_have)
{
	struct trio t;
	struct member *leader;
	uint64_t entry;

	trio_init(&t);
	leader = trio_wait_for_leader(&t, NULL);
	ck_assert(leader->serves);
	member_write(leader, "a", "1");
	member_write(leader, "b", "2");
	trio_run(&t, 1);
	entry = cluster_last_entry(leader->cluster);
	ck_assert_uint_gt(entry, 0);
	ck_assert(!cluster_is_committed(leader->cluster, entry));
	trio_run(&t, 5);
	ck_assert(cluster_is_committed(leader->cluster, entry));
	trio_run(&t, 200); /* with the next heartbeat the others know */
	all_have(&t, "a=1 b=2 ");
	for (int i = 0; i < NODES; i++)
		ck_assert_uint_eq(
		    cluster_leader(t.members[i].cluster), leader->id);
	trio_release(&t);
}
END_TEST

START_TEST(another_follows_who_stops)
{
	struct trio t;
	struct member *first, *second;

	trio_init(&t);
	first = trio_wait_for_leader(&t, NULL);
	member_write(first, "a", "1");
	trio_run(&t, 20);
	member_stop(first);
	second = trio_wait_for_leader(&t, NULL);
	ck_assert_ptr_ne(first, second);
	member_has(second, "a=1 ");
	member_write(second, "a", "2");
	trio_run(&t, 20);
	member_start(first);
	trio_run(&t, 2000);
	ck_assert_ptr_eq(trio_leader(&t), second);
	all_have(&t, "a=2 ");
	trio_release(&t);
}
END_TEST

START_TEST(what_was_written_apart_is_undone)
{
	struct trio t;
	struct member *first, *second;

	trio_init(&t);
	first = trio_wait_for_leader(&t, NULL);
	member_write(first, "a", "1");
	trio_run(&t, 200);
	for (int i = 0; i < NODES; i++)
		memory_network_cut(t.network, first->id, ids[i], true);
	member_write(first, "a", "apart");
	member_write(first, "apart", "too");
	trio_run(&t, 1);
	member_has(first, "a=apart apart=too ");
	ck_assert(!cluster_is_committed(
	    first->cluster, cluster_last_entry(first->cluster)));
	second = trio_wait_for_leader(&t, first);
	trio_run(&t, 3000);
	ck_assert(!first->serves);
	member_has(second, "a=1 ");
	member_write(second, "b", "2");
	trio_run(&t, 20);
	for (int i = 0; i < NODES; i++)
		memory_network_cut(t.network, first->id, ids[i], false);
	trio_run(&t, 5000);
	all_have(&t, "a=1 b=2 ");
	trio_release(&t);
}
END_TEST

static bool
leads_now(struct member *m)
{
	return cluster_has_led(m->cluster, cluster_now_ms(m->cluster));
}

/* It is half an election timeout. */
START_TEST(a_lead_ends_with_its_lease)
{
	struct trio t;
	struct member *first;

	trio_init(&t);
	first = trio_wait_for_leader(&t, NULL);
	trio_run(&t, 200);
	ck_assert(leads_now(first));
	for (int i = 0; i < NODES; i++)
		memory_network_cut(t.network, first->id, ids[i], true);
	trio_run(&t, 350);
	ck_assert(first->serves && leads_now(first));
	trio_run(&t, 160);
	ck_assert(first->serves && !leads_now(first));
	trio_run(&t, 200);
	ck_assert(!first->serves);
	ck_assert_uint_eq(cluster_leader(first->cluster), 0);
	trio_release(&t);
}
END_TEST

/* Its clock is further on than what it has heard. */
START_TEST(a_leader_that_was_stopped_asks_first)
{
	struct trio t;
	struct member *first;
	int64_t then_ms;

	trio_init(&t);
	first = trio_wait_for_leader(&t, NULL);
	trio_run(&t, 200);
	clock_freeze(t.clock, clock_now(t.clock) + 800 * MS);
	then_ms = cluster_now_ms(first->cluster);
	ck_assert(!leads_now(first));
	trio_run(&t, 150);
	ck_assert(first->serves && leads_now(first));
	ck_assert(cluster_has_led(first->cluster, then_ms));
	ck_assert_int_eq(first->told, 1);
	trio_release(&t);
}
END_TEST

START_TEST(who_was_away_for_long_gets_a_snapshot)
{
	struct trio t;
	struct member *leader, *away;
	char last[40];

	trio_init(&t);
	leader = trio_wait_for_leader(&t, NULL);
	away = leader == &t.members[0] ? &t.members[1] : &t.members[0];
	member_stop(away);
	for (int i = 0; i < 2000; i++) {
		snprintf(last, sizeof(last), "%d", i);
		member_write(leader, "n", last);
		trio_run(&t, 1);
	}
	member_has(away, "");
	member_start(away);
	trio_run(&t, 5000);
	all_have(&t, "n=1999 ");
	trio_release(&t);
}
END_TEST

START_TEST(the_lead_is_handed_over)
{
	struct trio t;
	struct member *first, *second;

	trio_init(&t);
	first = trio_wait_for_leader(&t, NULL);
	member_write(first, "a", "1");
	ck_assert(cluster_hand_over(first->cluster));
	ck_assert(!first->serves);
	trio_run(&t, 300); /* far less than a timeout */
	second = trio_leader(&t);
	ck_assert(second && second != first);
	member_write(second, "b", "2");
	trio_run(&t, 200);
	all_have(&t, "a=1 b=2 ");
	trio_release(&t);
}
END_TEST

static enum cluster_role
role_of(struct member *m, uint64_t id)
{
	enum cluster_role role;
	const char *address;
	uint64_t one;

	for (unsigned i = 0;
	     cluster_member(m->cluster, i, &one, &address, &role); i++)
		if (one == id) {
			ck_assert_str_eq(address, addresses[id - 1]);
			return role;
		}
	return ROLE_NONE;
}

/* A change that was begun comes to its end. */
static void
trio_wait_for_change(struct trio *t, struct member *leader)
{
	for (int i = 0; i < 100 && cluster_is_changing(leader->cluster); i++)
		trio_run(t, 20);
	ck_assert(!cluster_is_changing(leader->cluster));
}

static void
trio_join(struct trio *t, struct member *leader, uint64_t id)
{
	ck_assert(cluster_add(leader->cluster, id, addresses[id - 1]));
	ck_assert(!cluster_add(leader->cluster, id, addresses[id - 1]));
	trio_wait_for_change(t, leader);
	ck_assert_int_eq(role_of(leader, id), ROLE_SPARE);
	ck_assert(cluster_promote(leader->cluster, id));
	trio_wait_for_change(t, leader);
	ck_assert_int_eq(role_of(leader, id), ROLE_STANDBY);
	ck_assert(cluster_promote(leader->cluster, id));
	trio_wait_for_change(t, leader);
	ck_assert_int_eq(role_of(leader, id), ROLE_VOTER);
	ck_assert(!cluster_promote(leader->cluster, id));
}

START_TEST(nodes_join_and_leave)
{
	struct trio t;
	struct member *first, *second;

	trio_init_of(&t, 1);
	first = &t.members[0];
	trio_run(&t, 10);
	ck_assert(cluster_serves(first->cluster));
	member_write(first, "a", "1");
	trio_run(&t, 1);
	ck_assert(cluster_is_committed(
	    first->cluster, cluster_last_entry(first->cluster)));
	trio_join(&t, first, 2);
	trio_join(&t, first, 3);
	member_write(first, "b", "2");
	trio_run(&t, 300);
	all_have(&t, "a=1 b=2 ");
	ck_assert(!cluster_remove(first->cluster, 1));
	ck_assert(cluster_hand_over(first->cluster));
	second = trio_wait_for_leader(&t, first);
	ck_assert(cluster_remove(second->cluster, 1));
	trio_wait_for_change(&t, second);
	ck_assert_int_eq(role_of(second, 1), ROLE_NONE);
	member_stop(first);
	trio_run(&t, 3000);
	ck_assert_ptr_eq(trio_leader(&t), second);
	ck_assert(cluster_remove(second->cluster, second->id == 2 ? 3 : 2));
	trio_wait_for_change(&t, second);
	member_write(second, "c", "3");
	trio_run(&t, 1);
	member_stop(second);
	member_start(second); /* alone, it leads at once */
	trio_run(&t, 1);
	ck_assert(cluster_serves(second->cluster));
	member_has(second, "a=1 b=2 c=3 ");
	trio_release(&t);
}
END_TEST

START_TEST(names_of_nodes)
{
	struct error e = { 0 };
	struct store *s = store_open(NULL, parts, NULL, &e);
	struct arena *a = arena_new();
	struct peer p;

	ck_assert_uint_eq(peers_add(s, "node1", "one:8201"), 1);
	ck_assert_uint_eq(peers_add(s, "node2", "two:8201"), 2);
	ck_assert_uint_eq(peers_add(s, "node2", "other:8201"), 0);
	ck_assert(peers_find(s, a, "node2", &p));
	ck_assert_uint_eq(p.number, 2);
	ck_assert_str_eq(p.address, "two:8201");
	ck_assert(peers_remove(s, "node2"));
	ck_assert(!peers_remove(s, "node2"));
	ck_assert(!peers_find_number(s, a, 2, &p));
	ck_assert_uint_eq(peers_add(s, "node2", "again:8201"), 3);
	ck_assert(peers_find_number(s, a, 3, &p));
	ck_assert_str_eq(p.node_id, "node2");
	arena_free(a);
	store_close(s);
}
END_TEST

UNIT_MAIN("cluster", what_one_writes_all_have, another_follows_who_stops,
    what_was_written_apart_is_undone, a_lead_ends_with_its_lease,
    a_leader_that_was_stopped_asks_first, who_was_away_for_long_gets_a_snapshot,
    the_lead_is_handed_over, nodes_join_and_leave, names_of_nodes)

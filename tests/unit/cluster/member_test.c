/*
 * Nodes of a cluster as processes have them, on one loop: the first begins with
 * what its store has, others are admitted, one stops and comes back, one goes
 * for good; a standby hands requests to who leads.
 */
#include "cluster/member.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cluster/log_store.h"
#include "store/capture.h"
#include "tests/support/cluster_certificate.h"
#include "tests/support/thing_part.h"
#include "tests/support/unit.h"

#define NODES 3
#define MS ((int64_t)1000000)

static const struct store_part *const parts[] = { &thing_part,
	&peers_store_part, &log_store_part, NULL };

struct town;

struct inhabitant {
	struct town *town;
	char node_id[20], api[40], address[64];
	struct store *store; /* outlives the node */
	struct member *member;
	bool serves;
	struct forward_job *job;
	char answer[40];
	enum forward_result result;
	int answered, cancelled;
};

struct town {
	struct event_base *base;
	struct clock *clock;
	struct random *random;
	struct log log;
	char *certificate, *key;
	struct member_secrets secrets;
	struct inhabitant nodes[NODES];
};

static void
on_role(void *arg, bool serves)
{
	((struct inhabitant *)arg)->serves = serves;
}

static void
serve(void *arg, struct forward_job *job, const struct forward_request *r)
{
	struct inhabitant *n = arg;
	struct forward_answer answer = { .status = 200 };

	if (strcmp(r->target, "/wait") == 0) {
		n->job = job;
		return;
	}
	answer.body = slice_of(n->node_id);
	forward_reply(job, &answer);
}

static void
cancelled(void *arg, struct forward_job *job)
{
	struct inhabitant *n = arg;

	ck_assert_ptr_eq(job, n->job);
	n->cancelled++;
}

static void
on_answer(void *arg, enum forward_result result, const struct forward_answer *a)
{
	struct inhabitant *n = arg;

	n->answered++;
	n->result = result;
	snprintf(n->answer, sizeof(n->answer), "%.*s", a ? (int)a->body.n : 0,
	    a ? a->body.p : "");
}

/* listen is where it was before, or a new place. */
static void
inhabitant_appear(struct inhabitant *n, const char *listen)
{
	struct town *t = n->town;
	struct member_options o = { .base = t->base,
		.clock = t->clock,
		.random = t->random,
		.log = &t->log,
		.store = n->store,
		.node_id = n->node_id,
		.api_address = n->api,
		.heartbeat_ms = 100,
		.election_timeout_ms = 1000,
		.arg = n,
		.on_role = on_role,
		.serve = serve,
		.cancelled = cancelled };
	struct error e = { 0 };

	n->serves = false;
	n->member = member_new(&o, listen, &e);
	ck_assert_msg(n->member != NULL, "%s", e.text);
	snprintf(n->address, sizeof(n->address), "127.0.0.1:%d",
	    member_port(n->member));
}

/* As by SIGKILL: what is not committed is lost, and nothing is said. */
static void
inhabitant_die(struct inhabitant *n)
{
	member_free(n->member);
	n->member = NULL;
	n->serves = false;
}

static void
town_init(struct town *t)
{
	signal(SIGPIPE, SIG_IGN); /* as the program does */
	memset(t, 0, sizeof(*t));
	t->base = event_base_new();
	t->clock = clock_new();
	clock_freeze(t->clock, 1000000000 * MS);
	t->random = random_new_seeded(21);
	make_cluster_certificate(t->random, &t->certificate, &t->key);
	t->secrets = (struct member_secrets){ "tables", t->certificate,
		t->key };
	for (int i = 0; i < NODES; i++) {
		struct inhabitant *n = &t->nodes[i];
		struct error e = { 0 };

		n->town = t;
		snprintf(n->node_id, sizeof(n->node_id), "n%d", i + 1);
		snprintf(n->api, sizeof(n->api), "http://api-%d:8200", i + 1);
		n->store = store_open(NULL, parts, NULL, &e);
		ck_assert(n->store != NULL);
		ck_assert(store_capture(n->store, NULL, NULL));
		inhabitant_appear(n, "127.0.0.1:0");
	}
}

static void
town_release(struct town *t)
{
	for (int i = 0; i < NODES; i++) {
		ck_assert(store_commit(t->nodes[i].store));
		member_free(t->nodes[i].member);
		store_close(t->nodes[i].store);
	}
	free(t->certificate);
	free(t->key);
	random_free(t->random);
	clock_free(t->clock);
	event_base_free(t->base);
}

static void
on_breath(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* 10 ms pass, for the kernel one; then a pass of every node. */
static void
town_step(struct town *t)
{
	struct timeval moment = { 0, 1000 };

	clock_advance(t->clock, 10 * MS);
	ck_assert(event_base_once(
		      t->base, -1, EV_TIMEOUT, on_breath, NULL, &moment) == 0);
	ck_assert(event_base_loop(t->base, EVLOOP_ONCE) == 0);
	for (int i = 0; i < NODES; i++)
		if (t->nodes[i].member) {
			ck_assert(store_commit(t->nodes[i].store));
			member_flush(t->nodes[i].member);
		}
}

#define UNTIL(t, condition)                              \
	do {                                             \
		int steps = 0;                           \
                                                         \
		while (!(condition)) {                   \
			ck_assert_int_lt(steps++, 6000); \
			town_step(t);                    \
		}                                        \
	} while (0)

static struct inhabitant *
leader_of(struct town *t)
{
	for (int i = 0; i < NODES; i++)
		if (t->nodes[i].member && t->nodes[i].serves)
			return &t->nodes[i];
	return NULL;
}

static void
put(struct inhabitant *n, const char *name, const char *value)
{
	store_request_begin(n->store);
	STORE_EXEC(n->store, &thing_part, THING_PUT, name, value);
	store_request_end(n->store, true);
}

/* Written, and everyone's. */
static void
put_and_wait(struct town *t, struct inhabitant *n, const char *name)
{
	struct cluster *c = member_cluster(n->member);

	put(n, name, "x");
	ck_assert(store_commit(n->store));
	UNTIL(t, cluster_is_committed(c, cluster_last_entry(c)));
}

static bool
has(struct inhabitant *n, const char *expected)
{
	struct query *q = STORE_QUERY(n->store, &thing_part, THING_LIST);
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

static bool
all_have(struct town *t, const char *expected)
{
	for (int i = 0; i < NODES; i++)
		if (!has(&t->nodes[i], expected))
			return false;
	return true;
}

static int
voters_of(struct inhabitant *n)
{
	enum cluster_role role;
	const char *address;
	uint64_t number;
	int voters = 0;

	for (unsigned i = 0; cluster_member(
		 member_cluster(n->member), i, &number, &address, &role);
	     i++)
		voters += role == ROLE_VOTER;
	return voters;
}

static void
begin(struct town *t)
{
	struct inhabitant *first = &t->nodes[0];
	struct error e = { 0 };

	put(first, "before", "0");
	ck_assert(!member_can_resume(first->member));
	ck_assert(!member_resume(first->member, &t->secrets, &e));
	ck_assert_str_eq(e.text, "node n1 belongs to no cluster");
	e = (struct error){ 0 };
	ck_assert_msg(
	    member_begin(first->member, &t->secrets, first->address, &e), "%s",
	    e.text);
	UNTIL(t, first->serves);
}

static void
admit(struct town *t, int i)
{
	struct inhabitant *leader = leader_of(t), *n = &t->nodes[i];
	uint64_t number = member_admit(leader->member, n->node_id, n->address);
	struct error e = { 0 };

	ck_assert_uint_ne(number, 0);
	ck_assert(member_enter(n->member, &t->secrets, number,
	    member_number(leader->member), leader->address, &e));
}

static void
begin_three(struct town *t)
{
	begin(t);
	admit(t, 1);
	admit(t, 2);
	UNTIL(t, voters_of(&t->nodes[0]) == 3);
	UNTIL(t, voters_of(&t->nodes[2]) == 3);
	ck_assert(all_have(t, "before=0 "));
}

static void
come_back(struct inhabitant *n)
{
	struct error e = { 0 };
	char listen[64];

	snprintf(listen, sizeof(listen), "%s", n->address);
	inhabitant_appear(n, listen);
	ck_assert(member_can_resume(n->member));
	ck_assert_msg(
	    member_resume(n->member, &n->town->secrets, &e), "%s", e.text);
}

START_TEST(who_joins_gets_all)
{
	struct town t;
	struct arena *a = arena_new();
	struct peer leader;

	town_init(&t);
	begin_three(&t);
	put_and_wait(&t, &t.nodes[0], "after");
	UNTIL(&t, all_have(&t, "after=x before=0 "));
	/* Everyone knows where clients reach who leads. */
	UNTIL(&t,
	    member_leader(t.nodes[2].member, a, &leader) &&
		*leader.api_address);
	ck_assert_str_eq(leader.node_id, "n1");
	ck_assert_str_eq(leader.api_address, "http://api-1:8200");
	/* A standby admits nobody. */
	ck_assert_uint_eq(member_admit(t.nodes[1].member, "n9", "x:1"), 0);
	ck_assert(!member_expel(t.nodes[1].member, "n1"));
	arena_free(a);
	town_release(&t);
}
END_TEST

START_TEST(any_may_die_and_come_back)
{
	struct town t;
	struct inhabitant *leader;
	struct buf expected;
	char name[40];

	town_init(&t);
	begin_three(&t);
	buf_init(&expected, 0);
	buf_str(&expected, "before=0 ");
	for (int i = 0; i < 4; i++) {
		leader = leader_of(&t);
		snprintf(name, sizeof(name), "n%d", i);
		buf_printf(&expected, "%s=x ", name);
		put_and_wait(&t, leader, name);
		inhabitant_die(leader);
		UNTIL(&t, leader_of(&t) != NULL);
		snprintf(name, sizeof(name), "n%d-without", i);
		buf_printf(&expected, "%s=x ", name);
		put_and_wait(&t, leader_of(&t), name);
		come_back(leader);
		UNTIL(&t, all_have(&t, expected.p));
	}
	buf_release(&expected);
	town_release(&t);
}
END_TEST

START_TEST(all_may_stop)
{
	struct town t;

	town_init(&t);
	begin_three(&t);
	put_and_wait(&t, leader_of(&t), "kept");
	for (int i = 0; i < NODES; i++)
		inhabitant_die(&t.nodes[i]);
	come_back(&t.nodes[0]);
	for (int i = 0; i < 500; i++)
		town_step(&t);
	ck_assert_ptr_null(leader_of(&t)); /* one of three leads nobody */
	come_back(&t.nodes[2]);
	UNTIL(&t, leader_of(&t) != NULL);
	come_back(&t.nodes[1]);
	UNTIL(&t, all_have(&t, "before=0 kept=x "));
	town_release(&t);
}
END_TEST

START_TEST(nodes_go)
{
	struct town t;
	struct inhabitant *second;

	town_init(&t);
	begin_three(&t);
	ck_assert(!member_expel(t.nodes[0].member, "n9"));
	ck_assert(member_expel(t.nodes[0].member, "n3"));
	UNTIL(&t, voters_of(&t.nodes[0]) == 2);
	inhabitant_die(&t.nodes[2]);
	put_and_wait(&t, &t.nodes[0], "two");
	/* The one that leads hands over before it goes. */
	ck_assert(member_expel(t.nodes[0].member, "n1"));
	UNTIL(&t, t.nodes[1].serves && voters_of(&t.nodes[1]) == 1);
	second = &t.nodes[1];
	inhabitant_die(&t.nodes[0]);
	put_and_wait(&t, second, "one");
	ck_assert(has(second, "before=0 one=x two=x "));
	town_release(&t);
}
END_TEST

START_TEST(other_tables_do_not_join)
{
	struct town t;
	struct member_secrets other;
	struct error e = { 0 };
	uint64_t number;

	town_init(&t);
	begin(&t);
	admit(&t, 1);
	UNTIL(&t, voters_of(&t.nodes[0]) == 2);
	other = t.secrets;
	other.schema = "other tables";
	number = member_admit(t.nodes[0].member, "n3", t.nodes[2].address);
	ck_assert(member_enter(
	    t.nodes[2].member, &other, number, 1, t.nodes[0].address, &e));
	for (int i = 0; i < 300; i++)
		town_step(&t);
	ck_assert(has(&t.nodes[2], ""));
	ck_assert_int_eq(voters_of(&t.nodes[0]), 2);
	put_and_wait(&t, leader_of(&t), "goes-on");
	town_release(&t);
}
END_TEST

START_TEST(a_standby_forwards)
{
	static const struct forward_request what = { .method = "GET",
		.target = "/who",
		.client_address = "10.0.0.9",
		.tls_text = "" };
	struct forward_request wait = what;
	struct town t;
	struct inhabitant *asks, *leads;
	struct forward *f;

	town_init(&t);
	begin_three(&t);
	leads = &t.nodes[0];
	asks = &t.nodes[2];
	f = member_forward(asks->member);
	UNTIL(&t, forward_is_healthy(f));
	ck_assert(forward_send(f, member_number(leads->member), &what,
		      30000 * MS, on_answer, asks) != NULL);
	UNTIL(&t, asks->answered == 1);
	ck_assert_int_eq(asks->result, FORWARD_ANSWERED);
	ck_assert_str_eq(asks->answer, "n1");
	/* The one that leads dies over a request. */
	wait.target = "/wait";
	ck_assert(forward_send(f, member_number(leads->member), &wait,
		      30000 * MS, on_answer, asks) != NULL);
	UNTIL(&t, leads->job != NULL);
	inhabitant_die(leads);
	ck_assert_int_eq(leads->cancelled, 1);
	UNTIL(&t, asks->answered == 2);
	ck_assert_int_eq(asks->result, FORWARD_BROKEN);
	for (int i = 0; i < 1100; i++)
		town_step(&t);
	ck_assert(leader_of(&t) != NULL);
	if (leader_of(&t) != asks)
		ck_assert(forward_is_healthy(f)); /* with the new one */
	else
		ck_assert(!forward_is_healthy(f)); /* it follows nobody */
	town_release(&t);
}
END_TEST

UNIT_MAIN("member", who_joins_gets_all, any_may_die_and_come_back, all_may_stop,
    nodes_go, other_tables_do_not_join, a_standby_forwards)

/*
 * Nodes that talk over sockets of this machine, on one loop; back-off, time
 * limits and latency follow a clock that the test moves.
 */
#include "cluster/net/tcp_network.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/cluster_certificate.h"
#include "tests/support/unit.h"

#define NODES 3
#define MS ((int64_t)1000000)

struct net;

struct node {
	struct net *net;
	uint64_t id;
	struct tcp_network *tcp;
	char address[64];
	int messages;
	size_t bytes;
	uint64_t last_from;
	char last[64];
	int requests, answers, links_closed, ups, downs;
	uint64_t link;
	bool answers_itself;
};

struct net {
	struct event_base *base;
	struct event *guard;
	struct clock *clock;
	struct random *random;
	struct log log;
	char *certificate, *key;
	struct node nodes[NODES];
};

static void
node_keep(struct node *n, struct slice bytes)
{
	size_t most = bytes.n < sizeof(n->last) ? bytes.n : sizeof(n->last) - 1;

	memcpy(n->last, bytes.p, most);
	n->last[most] = '\0';
	n->bytes = bytes.n;
}

static void
node_on_message(void *arg, uint64_t from, struct slice bytes)
{
	struct node *n = arg;

	n->messages++;
	n->last_from = from;
	node_keep(n, bytes);
}

static void
node_on_request(void *arg, uint64_t link, struct slice bytes)
{
	struct node *n = arg;

	n->requests++;
	n->link = link;
	node_keep(n, bytes);
	if (n->answers_itself)
		ck_assert(tcp_network_answer(n->tcp, link, SLICE("answer")));
}

static void
node_on_answer(void *arg, uint64_t from, struct slice bytes)
{
	struct node *n = arg;

	n->answers++;
	n->last_from = from;
	node_keep(n, bytes);
}

static void
node_on_link_closed(void *arg, uint64_t link)
{
	struct node *n = arg;

	ck_assert(link != 0);
	n->links_closed++;
}

static void
node_on_peer(void *arg, uint64_t id, bool up)
{
	struct node *n = arg;

	ck_assert(id != n->id);
	if (up)
		n->ups++;
	else
		n->downs++;
}

static void
net_on_guard(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	ck_abort_msg("nothing came for 20 s");
}

static void
node_start(struct node *n, const char *schema, const char *certificate,
    const char *key)
{
	struct tcp_identity identity = { n->id, schema, certificate, key };
	struct error e = { 0 };

	ck_assert(tcp_network_start(n->tcp, &identity, &e));
}

static void
net_init(struct net *t)
{
	struct timeval patience = { 20, 0 };

	signal(SIGPIPE, SIG_IGN); /* as the program does */
	memset(t, 0, sizeof(*t));
	t->base = event_base_new();
	t->guard = event_new(t->base, -1, 0, net_on_guard, NULL);
	ck_assert(event_add(t->guard, &patience) == 0);
	t->clock = clock_new();
	clock_freeze(t->clock, 1000000000 * MS);
	t->random = random_new_seeded(7);
	make_cluster_certificate(t->random, &t->certificate, &t->key);
	for (int i = 0; i < NODES; i++) {
		struct node *n = &t->nodes[i];
		struct tcp_network_options o = { .base = t->base,
			.clock = t->clock,
			.random = t->random,
			.log = &t->log,
			.arg = n,
			.on_message = node_on_message,
			.on_request = node_on_request,
			.on_answer = node_on_answer,
			.on_link_closed = node_on_link_closed,
			.on_peer = node_on_peer };
		struct error e = { 0 };

		n->net = t;
		n->id = (uint64_t)i + 1;
		n->tcp = tcp_network_new(&o);
		ck_assert(tcp_network_listen(n->tcp, "127.0.0.1:0", &e));
		snprintf(n->address, sizeof(n->address), "127.0.0.1:%d",
		    tcp_network_port(n->tcp));
		node_start(n, "tables", t->certificate, t->key);
	}
}

static void
net_release(struct net *t)
{
	for (int i = 0; i < NODES; i++)
		tcp_network_free(t->nodes[i].tcp);
	free(t->certificate);
	free(t->key);
	random_free(t->random);
	clock_free(t->clock);
	event_free(t->guard);
	event_base_free(t->base);
}

/* The loop runs until it holds; the guard ends one that never does. */
#define UNTIL(t, condition)                                                \
	do {                                                               \
		while (!(condition))                                       \
			ck_assert(                                         \
			    event_base_loop((t)->base, EVLOOP_ONCE) == 0); \
	} while (0)
/* The same while the clock moves 100 ms a round. */
#define UNTIL_MOVING(t, condition)                                             \
	do {                                                                   \
		while (!(condition)) {                                         \
			clock_advance((t)->clock, 100 * MS);                   \
			ck_assert(                                             \
			    event_base_loop((t)->base, EVLOOP_NONBLOCK) >= 0); \
			net_breathe(t);                                        \
		}                                                              \
	} while (0)

static void
net_on_breath(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* The kernel gets a millisecond to move bytes. */
static void
net_breathe(struct net *t)
{
	struct timeval moment = { 0, 1000 };

	ck_assert(event_base_once(t->base, -1, EV_TIMEOUT, net_on_breath, NULL,
		      &moment) == 0);
	ck_assert(event_base_loop(t->base, EVLOOP_ONCE) == 0);
}

static void
connect_nodes(struct net *t, int from, int to)
{
	struct node *a = &t->nodes[from], *b = &t->nodes[to];

	ck_assert(tcp_network_set_peer(a->tcp, b->id, b->address));
}

static void
connect_and_wait(struct net *t, int from, int to)
{
	connect_nodes(t, from, to);
	UNTIL(t, tcp_network_is_up(t->nodes[from].tcp, t->nodes[to].id));
}

START_TEST(messages)
{
	struct net t;
	struct node *a = &t.nodes[0], *b = &t.nodes[1];

	net_init(&t);
	ck_assert(!tcp_network_send(a->tcp, 2, SLICE("nobody")));
	connect_nodes(&t, 0, 1);
	connect_nodes(&t, 1, 0);
	/* What is sent while the connection is made arrives behind it. */
	ck_assert(tcp_network_send(a->tcp, 2, SLICE("early")));
	UNTIL(&t, b->messages == 1);
	ck_assert_str_eq(b->last, "early");
	ck_assert_uint_eq(b->last_from, 1);
	UNTIL(&t, tcp_network_is_up(b->tcp, 1));
	ck_assert(tcp_network_send(b->tcp, 1, SLICE("one")));
	ck_assert(tcp_network_send(b->tcp, 1, SLICE("two")));
	UNTIL(&t, a->messages == 2);
	ck_assert_str_eq(a->last, "two");
	ck_assert_int_eq(a->ups, 1);
	ck_assert_int_eq(b->ups, 1);
	net_release(&t);
}
END_TEST

START_TEST(long_messages_come_in_pieces)
{
	struct net t;
	struct node *a = &t.nodes[0], *b = &t.nodes[1];
	struct buf bytes;

	net_init(&t);
	connect_and_wait(&t, 0, 1);
	buf_init(&bytes, 0);
	while (bytes.n < (size_t)20 << 20)
		buf_str(&bytes, "a snapshot of a large state, ");
	b->answers_itself = true;
	ck_assert(
	    tcp_network_send(a->tcp, 2, (struct slice){ bytes.p, bytes.n }));
	ck_assert(tcp_network_ask(a->tcp, 2, SLICE("quick")));
	/* A request passes between the pieces. */
	UNTIL(&t, a->answers == 1);
	ck_assert_int_eq(b->messages, 0);
	UNTIL(&t, b->messages == 1);
	ck_assert_uint_eq(b->bytes, bytes.n);
	buf_release(&bytes);
	net_release(&t);
}
END_TEST

START_TEST(queues_are_bounded)
{
	struct net t;
	struct node *a = &t.nodes[0], *b = &t.nodes[1];
	char block[60000];
	int sent = 0;

	memset(block, 'x', sizeof(block));
	net_init(&t);
	connect_and_wait(&t, 0, 1);
	tcp_network_pause(b->tcp, true);
	while (
	    tcp_network_send(a->tcp, 2, (struct slice){ block, sizeof(block) }))
		ck_assert_int_lt(++sent, 1000);
	ck_assert_int_gt(sent, 10);
	ck_assert_int_eq(b->messages, 0);
	tcp_network_pause(b->tcp, false);
	UNTIL(&t, b->messages == sent);
	ck_assert(tcp_network_send(a->tcp, 2, SLICE("again")));
	UNTIL(&t, b->messages == sent + 1);
	net_release(&t);
}
END_TEST

START_TEST(strangers_are_refused)
{
	struct net t;
	struct node *a = &t.nodes[0], *b = &t.nodes[1], *c = &t.nodes[2];
	struct error e = { 0 };
	struct tcp_identity none = { 3, "tables", "nothing", "nothing" };
	char *certificate, *key;

	net_init(&t);
	make_cluster_certificate(t.random, &certificate, &key);
	node_start(c, "tables", certificate, key);
	connect_nodes(&t, 0, 2);
	connect_nodes(&t, 2, 0);
	ck_assert(tcp_network_send(a->tcp, 3, SLICE("secret")));
	ck_assert(tcp_network_send(c->tcp, 1, SLICE("secret")));
	connect_and_wait(&t, 0, 1);
	for (int i = 0; i < 50; i++) {
		clock_advance(t.clock, 100 * MS);
		net_breathe(&t);
	}
	ck_assert_int_eq(a->messages + b->messages + c->messages, 0);
	ck_assert(!tcp_network_is_up(a->tcp, 3));
	ck_assert(!tcp_network_is_up(c->tcp, 1));
	/* The right certificate opens. */
	node_start(c, "tables", t.certificate, t.key);
	UNTIL_MOVING(&t, tcp_network_is_up(a->tcp, 3));
	ck_assert(!tcp_network_start(c->tcp, &none, &e));
	ck_assert_str_eq(e.text, "the cluster's certificate cannot be used");
	free(certificate);
	free(key);
	net_release(&t);
}
END_TEST

START_TEST(other_tables_are_refused)
{
	struct net t;
	struct node *a = &t.nodes[0], *b = &t.nodes[1];

	net_init(&t);
	node_start(b, "other tables", t.certificate, t.key);
	connect_nodes(&t, 0, 1);
	connect_nodes(&t, 1, 0);
	for (int i = 0; i < 50; i++) {
		clock_advance(t.clock, 100 * MS);
		net_breathe(&t);
	}
	ck_assert(!tcp_network_is_up(a->tcp, 2));
	ck_assert(!tcp_network_is_up(b->tcp, 1));
	ck_assert_int_eq(a->ups + b->ups, 0);
	node_start(b, "tables", t.certificate, t.key);
	UNTIL_MOVING(&t, tcp_network_is_up(a->tcp, 2));
	net_release(&t);
}
END_TEST

START_TEST(who_was_away_is_called_again)
{
	struct net t;
	struct node *a = &t.nodes[0], *b = &t.nodes[1];
	struct tcp_identity identity;

	net_init(&t);
	connect_and_wait(&t, 0, 1);
	identity = (struct tcp_identity){ 2, "tables", t.certificate, t.key };
	tcp_network_stop(b->tcp);
	UNTIL(&t, a->downs == 1);
	ck_assert(!tcp_network_is_up(a->tcp, 2));
	ck_assert(!tcp_network_send(a->tcp, 2, SLICE("lost")));
	ck_assert(!tcp_network_ask(a->tcp, 2, SLICE("lost")));
	/* It calls in vain for a while, more and more seldom. */
	for (int i = 0; i < 50; i++) {
		clock_advance(t.clock, 1000 * MS);
		net_breathe(&t);
	}
	ck_assert_int_eq(a->ups, 1);
	ck_assert(tcp_network_start(b->tcp, &identity, &(struct error){ 0 }));
	UNTIL_MOVING(&t, a->ups == 2);
	ck_assert(tcp_network_send(a->tcp, 2, SLICE("found")));
	UNTIL(&t, b->messages == 1);
	net_release(&t);
}
END_TEST

START_TEST(silence_has_a_limit)
{
	struct net t;
	struct node *a = &t.nodes[0], *b = &t.nodes[1];
	int64_t began;

	net_init(&t);
	tcp_network_pause(b->tcp, true);
	connect_nodes(&t, 0, 1);
	ck_assert(tcp_network_send(a->tcp, 2, SLICE("waits")));
	net_breathe(&t);
	began = clock_now(t.clock);
	UNTIL_MOVING(&t, !tcp_network_send(a->tcp, 2, SLICE("no connection")));
	ck_assert_int_ge(clock_now(t.clock) - began, 10000 * MS);
	tcp_network_pause(b->tcp, false);
	UNTIL_MOVING(&t, tcp_network_is_up(a->tcp, 2));
	net_release(&t);
}
END_TEST

START_TEST(latency_and_losses)
{
	struct net t;
	struct node *a = &t.nodes[0], *b = &t.nodes[1];
	struct tcp_link slow = { .latency_ns = 300 * MS };
	struct tcp_link bad = { .loss_ppm = 500000 };
	int sent = 0;

	net_init(&t);
	connect_and_wait(&t, 0, 1);
	tcp_network_set_link(a->tcp, 2, &slow);
	ck_assert(tcp_network_send(a->tcp, 2, SLICE("late")));
	for (int i = 0; i < 20; i++)
		net_breathe(&t);
	ck_assert_int_eq(b->messages, 0);
	clock_advance(t.clock, 299 * MS);
	net_breathe(&t);
	ck_assert_int_eq(b->messages, 0);
	clock_advance(t.clock, MS);
	UNTIL(&t, b->messages == 1);
	tcp_network_set_link(a->tcp, 2, &bad);
	for (int i = 0; i < 100; i++)
		sent += tcp_network_send(a->tcp, 2, SLICE("perhaps"));
	ck_assert_int_gt(sent, 25);
	ck_assert_int_lt(sent, 75);
	UNTIL(&t, b->messages == 1 + sent);
	net_release(&t);
}
END_TEST

START_TEST(cut_links)
{
	struct net t;
	struct node *a = &t.nodes[0], *b = &t.nodes[1];
	struct tcp_link cut = { .cut = true }, whole = { 0 };

	net_init(&t);
	connect_and_wait(&t, 0, 1);
	connect_and_wait(&t, 1, 0);
	tcp_network_set_link(a->tcp, 2, &cut);
	ck_assert_int_eq(a->downs, 1);
	ck_assert_int_eq(a->links_closed, 1);
	UNTIL(&t, b->downs == 1);
	for (int i = 0; i < 50; i++) {
		clock_advance(t.clock, 100 * MS);
		net_breathe(&t);
	}
	ck_assert(!tcp_network_is_up(a->tcp, 2));
	ck_assert(!tcp_network_is_up(b->tcp, 1));
	tcp_network_set_link(a->tcp, 2, &whole);
	UNTIL_MOVING(
	    &t, tcp_network_is_up(a->tcp, 2) && tcp_network_is_up(b->tcp, 1));
	net_release(&t);
}
END_TEST

START_TEST(requests_and_answers)
{
	struct net t;
	struct node *a = &t.nodes[0], *b = &t.nodes[1];

	net_init(&t);
	connect_and_wait(&t, 0, 1);
	ck_assert(tcp_network_ask(a->tcp, 2, SLICE("question")));
	UNTIL(&t, b->requests == 1);
	ck_assert_str_eq(b->last, "question");
	ck_assert(!tcp_network_answer(b->tcp, b->link + 1, SLICE("?")));
	ck_assert(tcp_network_answer(b->tcp, b->link, SLICE("answer")));
	UNTIL(&t, a->answers == 1);
	ck_assert_str_eq(a->last, "answer");
	/* The peer goes: who would be answered is gone. */
	ck_assert(tcp_network_set_peer(a->tcp, 2, NULL));
	UNTIL(&t, b->links_closed == 1);
	ck_assert(!tcp_network_answer(b->tcp, b->link, SLICE("late")));
	ck_assert(!tcp_network_ask(a->tcp, 2, SLICE("?")));
	net_release(&t);
}
END_TEST

START_TEST(addresses)
{
	struct net t;
	struct error e = { 0 };
	struct tcp_network *n = NULL;
	char named[80];

	net_init(&t);
	n = t.nodes[0].tcp;
	ck_assert(!tcp_network_set_peer(n, 2, "nowhere"));
	ck_assert(!tcp_network_set_peer(n, 2, "host:99999"));
	ck_assert(!tcp_network_set_peer(n, 2, "[::1:8201"));
	ck_assert(!tcp_network_set_peer(n, 2, "::1:8201"));
	ck_assert(!tcp_network_set_peer(n, 2, "host:"));
	ck_assert(!tcp_network_listen(n, "host.invalid:1", &e));
	ck_assert_str_eq(e.text,
	    "cluster address host.invalid:1: an IP address and a port are "
	    "expected");
	/* A name is looked up without waiting; of its addresses the one that
	 * answers is found. */
	snprintf(named, sizeof(named), "https://localhost:%d",
	    tcp_network_port(t.nodes[1].tcp));
	ck_assert(tcp_network_set_peer(n, 2, named));
	UNTIL_MOVING(&t, tcp_network_is_up(n, 2));
	net_release(&t);
}
END_TEST

UNIT_MAIN("tcp_network", messages, long_messages_come_in_pieces,
    queues_are_bounded, strangers_are_refused, other_tables_are_refused,
    who_was_away_is_called_again, silence_has_a_limit, latency_and_losses,
    cut_links, requests_and_answers, addresses)

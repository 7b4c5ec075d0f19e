/*
 * The cluster, its faults, and what must hold once they are over.
 */
#include "tests/stress/nodesim/nodesim.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/seal/seal.h"
#include "server/listeners.h"
#include "server/nodes/node_control.h"
#include "store/capture.h"

#define CHAOS (240 * NODESIM_S)
#define LEADER_WAIT (120 * NODESIM_S)
#define SETTLE (60 * NODESIM_S)
/* More than the log keeps behind a snapshot: who is away needs one. */
#define BURST 1600

/* ---- chance, time, words ---- */

uint64_t
nodesim_below(struct nodesim *s, uint64_t n)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return (s->random >> 11) % n;
}

int64_t
nodesim_now(const struct nodesim *s)
{
	return clock_now(s->nodes->clock) - s->began_ns;
}

static void
nodesim_on_alarm(void *arg, int64_t now_ns)
{
	(void)now_ns;
	((struct nodesim_alarm *)arg)->due = true;
}

void
nodesim_set(struct nodesim *s, struct nodesim_alarm *a, int64_t in_ns)
{
	alarm_set(
	    s->nodes->clock, &a->alarm, clock_now(s->nodes->clock) + in_ns);
}

void
nodesim_fail(struct nodesim *s, const char *format, ...)
{
	va_list ap;

	if (s->failure[0])
		return;
	va_start(ap, format);
	vsnprintf(s->failure, s->failure_size, format, ap);
	va_end(ap);
}

void
nodesim_say(const struct nodesim *s, const char *format, ...)
{
	va_list ap;

	if (!s->o->verbose)
		return;
	printf("%9.3f ", (double)nodesim_now(s) / 1e9);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
}

/* ---- the process, as server/server.c makes it ---- */

static bool
nodesim_open(struct nodesim *s)
{
	struct options *o = &s->options;
	struct error e = { 0 };
	char seed[32];

	options_defaults(o);
	o->dev = o->dev_no_store_token = true;
	o->dev_root_token_id = "root";
	o->dev_listen_address = "127.0.0.1:0";
	o->admin_addr = "none";
	o->log_level = "error";
	o->nodes = "3";
	o->clock = "frozen";
	o->journal_size = "0";
	snprintf(seed, sizeof(seed), "%" PRIu64, s->seed);
	o->seed = seed;
	if (!host_init(&s->host, o, &e) ||
	    !instance_init(&s->first, &s->host, o, &e) ||
	    !listeners_open(&s->first, &e)) {
		nodesim_fail(s, "it does not start: %s", e.text);
		return false;
	}
	s->nodes = nodes_new(&s->host, NODESIM_NODES);
	s->nodes->rules_off = s->o->rules_off;
	s->began_ns = 1000 * NODESIM_S; /* the same for each run */
	clock_freeze(s->nodes->clock, s->began_ns);
	if (nodes_start(s->nodes, &e))
		return true;
	nodesim_fail(s, "it does not start: %s", e.text);
	return false;
}

static void
nodesim_close(struct nodesim *s)
{
	if (s->nodes) {
		for (int i = 0; i < NODESIM_CLIENTS; i++)
			alarm_cancel(
			    s->nodes->clock, &s->clients[i].next.alarm);
		for (int i = 0; i < NODESIM_NODES; i++)
			alarm_cancel(s->nodes->clock, &s->back[i].alarm);
		alarm_cancel(s->nodes->clock, &s->fault.alarm);
		alarm_cancel(s->nodes->clock, &s->mark.alarm);
	}
	nodes_free(s->nodes);
	nodesim_collect(s);
	listeners_close(&s->first);
	instance_release(&s->first);
	host_release(&s->host);
}

/* ---- faults ---- */

/* The nodes know nothing of it, unlike nodes_cut. */
static void
nodesim_cut(struct nodesim *s, int one, int other, bool cut)
{
	s->cut[one][other] = s->cut[other][one] = cut;
	memory_network_cut(s->nodes->network, s->nodes->node[one].number,
	    s->nodes->node[other].number, cut);
}

static void
nodesim_partition(struct nodesim *s, int alone, bool known)
{
	bool pair = nodesim_below(s, 4) == 0; /* one line only */

	s->counts->partitions++;
	nodesim_say(s, "cut n%d off%s%s", alone + 1, pair ? " from one" : "",
	    known ? "" : ", nobody knows");
	for (int i = 0; i < NODESIM_NODES; i++) {
		if (i == alone || (pair && (i + 1) % NODESIM_NODES == alone))
			continue;
		if (known)
			nodes_cut(s->nodes, alone, i, true);
		else
			nodesim_cut(s, alone, i, true);
	}
}

static void
nodesim_mend(struct nodesim *s)
{
	nodesim_say(s, "mend the network");
	for (int i = 0; i < NODESIM_NODES; i++)
		for (int k = 0; k < i; k++) {
			nodes_cut(s->nodes, i, k, false);
			nodesim_cut(s, i, k, false);
		}
}

static void
nodesim_shake(struct nodesim *s)
{
	static const double losses[] = { 0, 0, 0.05, 0.3, 0.7, 0.95 };
	int64_t latency_ns = (int64_t)nodesim_below(s, 900) * NODESIM_MS;
	double loss = losses[nodesim_below(s, 6)];

	if (nodesim_below(s, 2) == 0)
		latency_ns /= 30;
	nodesim_say(
	    s, "latency %d ms, loss %g", (int)(latency_ns / NODESIM_MS), loss);
	memory_network_set(
	    s->nodes->network, latency_ns, loss, s->nodes->random);
}

/* As a client that does not wait for answers. */
static void
nodesim_burst(struct nodesim *s)
{
	struct node *n = nodes_leader(s->nodes);

	if (!n || n->power != NODE_UP)
		return;
	nodesim_say(s, "many writes at %s", n->id);
	s->counts->bursts++;
	for (int i = 0; i < BURST; i++) {
		struct api_answer answer;

		api_call(n->in->api, "PUT", "cubbyhole/burst", "root",
		    slice_of("{\"a\":1}"), &answer);
		api_answer_release(&answer);
		if (!instance_commit(n->in) || !n->serves)
			return;
	}
}

static void
nodesim_fault(struct nodesim *s)
{
	int i = (int)nodesim_below(s, NODESIM_NODES);
	struct node *n = &s->nodes->node[i], *leader = nodes_leader(s->nodes);
	int64_t away_ns = (int64_t)nodesim_below(s, 30) * NODESIM_S;

	if (leader && nodesim_below(s, 3) > 0) {
		n = leader;
		i = (int)(n - s->nodes->node);
	}
	switch (nodesim_below(s, 12)) {
	case 0:
	case 1:
		nodesim_say(s, "kill %s", n->id);
		s->counts->kills++;
		node_kill(n);
		/* often at once: it has forgotten what it promised */
		nodesim_set(s, &s->back[i],
		    nodesim_below(s, 2) ? 20 * NODESIM_MS : away_ns);
		break;
	case 2:
		nodesim_say(s, "pause %s", n->id);
		s->counts->pauses++;
		node_pause(n);
		nodesim_set(s, &s->back[i], away_ns);
		break;
	case 3:
		nodesim_partition(s, i, true);
		break;
	case 4:
	case 5:
	case 6:
		nodesim_partition(s, i, false);
		break;
	case 7:
	case 8:
		nodesim_mend(s);
		memory_network_set(s->nodes->network,
		    (int64_t)nodesim_below(s, 20) * NODESIM_MS, 0,
		    s->nodes->random);
		break;
	case 9:
		nodesim_shake(s);
		break;
	case 10:
		nodesim_say(s, "%s steps down", n->id);
		s->counts->hand_overs++;
		if (n->serves)
			(void)cluster_hand_over(n->cluster);
		break;
	case 11:
		if (nodesim_below(s, 3) == 0) {
			nodesim_burst(s);
		} else if (n->power == NODE_UP) {
			nodesim_say(s, "seal %s", n->id);
			s->counts->seals++;
			seal_seal(&n->in->vault);
			nodesim_set(s, &s->back[i], away_ns);
		}
		break;
	}
}

/* Whatever keeps a node away ends. */
static void
nodesim_bring_back(struct nodesim *s, int i)
{
	struct node *n = &s->nodes->node[i];
	struct error e = { 0 };
	bool ok = true;

	nodesim_say(s, "%s comes back", n->id);
	node_resume(n);
	if (n->power == NODE_KILLED)
		ok = node_restart(n, &e);
	else if (seal_is_sealed(&n->in->vault))
		ok = node_unseal(n, &e);
	if (!ok)
		nodesim_fail(s, "%s does not come back: %s", n->id, e.text);
}

static void
nodesim_run_faults(struct nodesim *s)
{
	for (int i = 0; i < NODESIM_NODES; i++)
		if (s->back[i].due) {
			s->back[i].due = false;
			nodesim_bring_back(s, i);
		}
	if (!s->fault.due)
		return;
	s->fault.due = false;
	if (s->healed)
		return;
	nodesim_fault(s);
	nodesim_set(s, &s->fault,
	    (int64_t)nodesim_below(s, s->fault_gap_ms) * NODESIM_MS);
}

/* ---- the run ---- */

/* Two nodes serve at once only where the older cannot know of the other; of two
 * that served in one term, one's writes would be lost. */
static void
nodesim_look(struct nodesim *s)
{
	for (int i = 0; i < NODESIM_NODES; i++)
		for (int k = 0; k < i; k++) {
			const struct node *a = &s->nodes->node[i],
					  *b = &s->nodes->node[k];

			if (a->serves && b->serves && a->cluster &&
			    b->cluster &&
			    cluster_term(a->cluster) ==
				cluster_term(b->cluster))
				nodesim_fail(s, "%s and %s serve in one term",
				    a->id, b->id);
			s->counts->both += a->serves && b->serves;
		}
}

static void
nodesim_step(struct nodesim *s)
{
	clock_advance_to_next(s->nodes->clock);
	nodesim_run_faults(s);
	nodesim_run_clients(s);
	host_pass(&s->host, 0);
	nodesim_collect(s);
	nodesim_look(s);
}

/* Until then, or until it holds. */
static bool
nodesim_until(
    struct nodesim *s, int64_t for_ns, bool (*holds)(struct nodesim *s))
{
	int64_t end_ns = nodesim_now(s) + for_ns;

	s->mark.due = false;
	nodesim_set(s, &s->mark, for_ns);
	while (nodesim_now(s) < end_ns && !s->failure[0]) {
		nodesim_step(s);
		if (holds && holds(s))
			return true;
	}
	return false;
}

static bool
nodesim_is_served(struct nodesim *s)
{
	return nodes_leader(s->nodes) != NULL;
}

static bool
nodesim_is_answered(struct nodesim *s)
{
	return s->ops == NULL;
}

/* Have all applied what the leader has? */
static bool
nodesim_is_level(struct nodesim *s)
{
	const struct node *leader = nodes_leader(s->nodes);
	uint64_t last;

	if (!leader)
		return false;
	last = cluster_applied_index(leader->cluster);
	for (int i = 0; i < NODESIM_NODES; i++) {
		const struct node *n = &s->nodes->node[i];

		if (!n->cluster || cluster_applied_index(n->cluster) != last)
			return false;
	}
	return !store_has_pending_writes(leader->in->vault.store) &&
	    cluster_is_committed(
		leader->cluster, cluster_last_entry(leader->cluster));
}

static void
nodesim_fail_uneven(struct nodesim *s)
{
	nodesim_fail(s, "the nodes do not get level");
	for (int i = 0; i < NODESIM_NODES; i++) {
		const struct node *n = &s->nodes->node[i];

		nodesim_say(s,
		    "%s: term %d, applied %d, last entry %d, committed %d",
		    n->id, n->cluster ? (int)cluster_term(n->cluster) : -1,
		    n->cluster ? (int)cluster_applied_index(n->cluster) : -1,
		    n->cluster ? (int)cluster_last_entry(n->cluster) : -1,
		    n->cluster &&
			cluster_is_committed(
			    n->cluster, cluster_last_entry(n->cluster)));
	}
}

static void
nodesim_heal(struct nodesim *s)
{
	s->healed = true;
	nodesim_mend(s);
	memory_network_set(
	    s->nodes->network, 10 * NODESIM_MS, 0, s->nodes->random);
	for (int i = 0; i < NODESIM_NODES; i++) {
		alarm_cancel(s->nodes->clock, &s->back[i].alarm);
		s->back[i].due = false;
		nodesim_bring_back(s, i);
	}
}

static void
nodesim_compare(struct nodesim *s)
{
	struct buf first, image;

	for (int i = 0; i < NODESIM_NODES; i++) {
		struct store *store = s->nodes->node[i].in->vault.store;
		struct buf *into = i == 0 ? &first : &image;

		buf_init(into, SIZE_MAX / 2);
		if (!store_write_image(store, NULL, 0, into)) {
			nodesim_fail(s, "no image of n%d", i + 1);
		} else if (i > 0) {
			s->counts->compared++;
			if (image.n != first.n ||
			    memcmp(image.p, first.p, first.n) != 0)
				nodesim_fail(s,
				    "n%d has another database than n1", i + 1);
		}
		if (i > 0)
			buf_release(&image);
	}
	buf_release(&first);
}

/* After everything has healed: all is answered, all have the same, and each key
 * is read at each node and written once more. */
static void
nodesim_check(struct nodesim *s)
{
	if (!nodesim_until(s, LEADER_WAIT, nodesim_is_served))
		nodesim_fail(s, "nobody leads after everything has healed");
	if (!s->failure[0])
		(void)nodesim_until(s, 5 * NODESIM_S, NULL);
	if (!s->failure[0] && !nodesim_until(s, SETTLE, nodesim_is_answered))
		nodesim_fail(s, "a request has no answer");
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < NODESIM_NODES; i++)
			for (int key = 0; key < NODESIM_KEYS; key++) {
				if (s->failure[0])
					return;
				nodesim_ask(s, i, key,
				    round ? NODESIM_WRITE : NODESIM_READ,
				    &s->nodes->node[i]);
				if (!nodesim_until(
					s, SETTLE, nodesim_is_answered))
					nodesim_fail(s,
					    "k%d has no answer at n%d", key,
					    i + 1);
			}
	if (!s->failure[0] && !nodesim_until(s, SETTLE, nodesim_is_level))
		nodesim_fail_uneven(s);
	if (!s->failure[0])
		nodesim_compare(s);
}

static void
nodesim_chaos(struct nodesim *s)
{
	static const uint64_t gaps_ms[] = { 6000, 20000, 50000 };

	for (int i = 0; i < NODESIM_CLIENTS; i++) {
		alarm_init(&s->clients[i].next.alarm, nodesim_on_alarm,
		    &s->clients[i].next);
		nodesim_set(s, &s->clients[i].next, i * 100 * NODESIM_MS);
	}
	for (int i = 0; i < NODESIM_NODES; i++)
		alarm_init(&s->back[i].alarm, nodesim_on_alarm, &s->back[i]);
	alarm_init(&s->fault.alarm, nodesim_on_alarm, &s->fault);
	alarm_init(&s->mark.alarm, nodesim_on_alarm, &s->mark);
	memory_network_set(
	    s->nodes->network, 10 * NODESIM_MS, 0, s->nodes->random);
	nodesim_set(s, &s->fault, 3 * NODESIM_S);
	s->fault_gap_ms = gaps_ms[nodesim_below(s, 3)];
	(void)nodesim_until(s, CHAOS, NULL);
}

bool
nodesim_run(const struct nodesim_options *o, uint64_t seed,
    struct nodesim_counts *counts, char *failure, size_t size)
{
	struct nodesim *s = xcalloc(1, sizeof(*s));
	bool ok;

	s->o = o;
	s->counts = counts;
	s->seed = seed;
	s->random = seed * 0x2545f4914f6cdd1d + 1;
	s->next_value = 1;
	s->failure = failure;
	s->failure_size = size;
	failure[0] = '\0';
	if (nodesim_open(s)) {
		nodesim_chaos(s);
		if (!failure[0]) {
			nodesim_heal(s);
			nodesim_check(s);
		}
	}
	nodesim_close(s);
	ok = !failure[0];
	free(s);
	return ok;
}

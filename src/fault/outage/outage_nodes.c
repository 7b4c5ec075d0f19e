/*
 * Outages of a cluster, with several nodes in this process: nobody plays a part
 * then, nodes are really ended, cut off and kept from voting, and Raft does the
 * rest. A run wants something of its targets; outage_conditions.c adds up.
 */
#include <stdio.h>
#include <string.h>

#include "base/glob.h"
#include "core/seal/seal.h"
#include "core/state/clock_control.h"
#include "fault/outage/outage.h"

#define OUTAGE_S ((int64_t)1000000000)

bool
outage_run_has_nodes(const struct outage_run *run)
{
	return run->faults && run->faults->nodes.n > 0;
}

static const struct fault_nodes *
outage_nodes_of(const struct outage_run *run)
{
	return &run->faults->nodes;
}

static bool
outage_nodes_leads(const struct outage_run *run, int at)
{
	return outage_nodes_of(run)->leads(outage_nodes_of(run)->arg, at);
}

static bool
outage_nodes_is_up(const struct outage_run *run, int at)
{
	return outage_nodes_of(run)->is_up(outage_nodes_of(run)->arg, at);
}

static bool
outage_run_aims_at(const struct outage_run *run, int at)
{
	return (run->targets >> at & 1) != 0;
}

/* ---- which nodes ---- */

static bool
outage_nodes_match_word(const struct outage_run *run, const char *word, int at)
{
	const struct fault_nodes *n = outage_nodes_of(run);

	if (strcmp(word, "active") == 0 || strcmp(word, "standby") == 0)
		return (*word == 'a') == outage_nodes_leads(run, at);
	return glob_match(word, n->name(n->arg, at));
}

static bool
outage_nodes_match(const struct outage_run *run, const json_t *words, int at)
{
	json_t *word;
	size_t i;

	if (json_is_string(words))
		return outage_nodes_match_word(
		    run, json_string_value(words), at);
	json_array_foreach (words, i, word)
		if (outage_nodes_match_word(run, json_string_value(word), at))
			return true;
	return false;
}

static unsigned
outage_nodes_default(const struct outage_run *run)
{
	unsigned standbys = 0, active = 0, last = 0;
	int n = outage_nodes_of(run)->n;

	for (int i = 0; i < n; i++) {
		if (outage_nodes_leads(run, i))
			active |= 1U << i;
		else if (outage_nodes_is_up(run, i))
			standbys |= last = 1U << i;
	}
	switch (run->outage->target) {
	case TARGET_ALL:
		return (1U << n) - 1;
	case TARGET_ACTIVE:
		return active;
	case TARGET_STANDBYS:
		return standbys;
	case TARGET_LAST_STANDBY:
		return last;
	}
	return 0;
}

static bool
outage_nodes_find_targets(struct outage_run *run, struct error *c)
{
	const json_t *words = json_object_get(run->match, "node");
	const struct fault_nodes *n = outage_nodes_of(run);
	const char *names[FAULT_NODES_MAX + 3] = { "active", "standby" };

	run->targets = 0;
	if (!words) {
		run->targets = outage_nodes_default(run);
		return run->targets ||
		    outage_no_effect(c, "no node is %s",
			run->outage->target == TARGET_ACTIVE ? "active"
							     : "a standby");
	}
	for (int i = 0; i < n->n; i++) {
		names[i + 2] = n->name(n->arg, i);
		if (outage_nodes_match(run, words, i))
			run->targets |= 1U << i;
	}
	return run->targets ||
	    error_allowed(c, "match", "node", names, "no node is meant by it");
}

json_t *
outage_nodes_targets(const struct outage_run *run)
{
	const struct fault_nodes *n = outage_nodes_of(run);
	json_t *list = json_array();

	for (int i = 0; i < n->n; i++)
		if (outage_run_aims_at(run, i))
			json_array_append_new(
			    list, json_string(n->name(n->arg, i)));
	return list;
}

/* A match of more than nodes means some of the requests: those that a balancer
 * sent there. Rules are all of it then. */
bool
outage_run_is_of_requests(const struct outage_run *run)
{
	const char *key;
	json_t *value;

	if (!run->outage->rules)
		return false;
	json_object_foreach (run->match, key, value)
		if (strcmp(key, "node") != 0)
			return true;
	return false;
}

bool
outage_nodes_start(struct outage_run *run, struct error *c)
{
	const struct outage *o = run->outage;

	if (!outage_nodes_find_targets(run, c))
		return false;
	if (!o->start_on_nodes)
		return !o->start || o->start(run, c);
	if (outage_run_is_of_requests(run))
		return true;
	if (!run->nodes)
		run->nodes = xcalloc(FAULT_NODES_MAX, sizeof(*run->nodes));
	memset(run->nodes, 0, FAULT_NODES_MAX * sizeof(*run->nodes));
	memset(&run->round, 0, sizeof(run->round));
	run->round.at = -1;
	return o->start_on_nodes(run, c);
}

/* ---- what all want ---- */

static void
outage_nodes_add_claims(
    struct node_conditions *all, const struct outage_claims *one)
{
	all->sealed |= one->sealed;
	all->skew_ns = clock_control_add_skew(all->skew_ns, one->skew_ns);
	if (!all->has_role && one->has_role) {
		all->has_role = true;
		all->role = one->role;
	}
	if (one->listener == LISTENER_REFUSING ||
	    all->listener == LISTENER_OPEN)
		all->listener = one->listener;
}

static void
outage_nodes_add(struct node_conditions *all, const struct node_conditions *one)
{
	all->down |= one->down;
	all->sealed |= one->sealed;
	all->idle |= one->idle;
	all->knows_nobody |= one->knows_nobody;
	all->refuses |= one->refuses;
	all->line_lost |= one->line_lost;
	all->lags |= one->lags;
	all->cut_off |= one->cut_off;
	if (!all->redirects && one->redirects) {
		all->redirects = true;
		memcpy(all->leader_address, one->leader_address,
		    sizeof(all->leader_address));
	}
	if (!*all->version)
		memcpy(all->version, one->version, sizeof(all->version));
	outage_nodes_add_claims(all,
	    &(struct outage_claims){ .has_role = one->has_role,
		.role = one->role,
		.listener = one->listener });
}

/* The newest run decides where there can be one alone. */
struct node_conditions
outage_nodes_add_up(const struct faults *f, int at)
{
	struct node_conditions all = { .listener = LISTENER_OPEN };

	for (const struct outage_run *run = f->runs; run; run = run->next) {
		if (run->pending)
			continue;
		if (run->nodes)
			outage_nodes_add(&all, &run->nodes[at]);
		else if (outage_run_aims_at(run, at))
			outage_nodes_add_claims(&all, &run->claims);
	}
	return all;
}

/* ---- what each wants ---- */

#define OUTAGE_EACH_TARGET(run, at)                          \
	for (int at = 0; at < outage_nodes_of(run)->n; at++) \
		if (outage_run_aims_at(run, at))

/* Raft does not run there, so really nobody leads, and clients hear it. */
bool
outage_no_leader_on_nodes(struct outage_run *run, struct error *c)
{
	(void)c;
	OUTAGE_EACH_TARGET(run, at)
	{
		struct node_conditions *n = &run->nodes[at];

		n->idle = n->knows_nobody = true;
		n->refuses = strcmp(outage_param_str(run, "forwarding"),
				 "off") == 0;
		n->has_role = true;
		n->role = outage_param_int(run, "health") == 474
		    ? NODE_HA_UNHEALTHY
		    : NODE_STANDBY;
	}
	return true;
}

/* With an end nobody is elected before it; without one the election takes the
 * time that it takes. */
bool
outage_election_on_nodes(struct outage_run *run, struct error *c)
{
	const struct fault_nodes *n = outage_nodes_of(run);

	if (!n->give_up(n->arg))
		return outage_no_effect(c, "nobody leads already");
	for (int i = 0; i < n->n; i++)
		run->nodes[i].idle = run->ends_ns != 0;
	return true;
}

static bool
outage_nodes_take_down(struct outage_run *run, struct error *c)
{
	bool any = false;

	OUTAGE_EACH_TARGET(run, at)
	{
		any |= outage_nodes_is_up(run, at);
		run->nodes[at].down = true;
	}
	return any || outage_no_effect(c, "they are down already");
}

bool
outage_crash_on_nodes(struct outage_run *run, struct error *c)
{
	return outage_nodes_take_down(run, c);
}

bool
outage_quorum_loss_on_nodes(struct outage_run *run, struct error *c)
{
	int n = outage_nodes_of(run)->n, left = n;

	OUTAGE_EACH_TARGET(run, at)
	left--;
	if (2 * left > n)
		return outage_no_effect(
		    c, "%d of %d nodes are left, which is a majority", left, n);
	return outage_nodes_take_down(run, c);
}

bool
outage_split_on_nodes(struct outage_run *run, struct error *c)
{
	int n = outage_nodes_of(run)->n;
	unsigned others = ((1U << n) - 1) & ~run->targets;

	if (others == 0)
		return outage_no_effect(c, "no node is left on the other side");
	OUTAGE_EACH_TARGET(run, at)
	run->nodes[at].cut_off = others;
	return true;
}

bool
outage_redirect_on_nodes(struct outage_run *run, struct error *c)
{
	(void)c;
	OUTAGE_EACH_TARGET(run, at)
	{
		struct node_conditions *n = &run->nodes[at];

		n->redirects = true;
		snprintf(n->leader_address, sizeof(n->leader_address), "%s",
		    outage_param_str(run, "to"));
	}
	return true;
}

/* Measured: what cannot be forwarded is redirected to the active node. */
bool
outage_forward_fail_on_nodes(struct outage_run *run, struct error *c)
{
	const char *to = outage_param_str(run, "to");
	bool redirects = strcmp(outage_param_str(run, "as"), "redirect") == 0;

	(void)c;
	OUTAGE_EACH_TARGET(run, at)
	{
		struct node_conditions *n = &run->nodes[at];

		n->line_lost = true;
		n->redirects = redirects;
		snprintf(n->leader_address, sizeof(n->leader_address), "%s",
		    strcmp(to, "unreachable") == 0 ? "" : to);
	}
	return true;
}

bool
outage_stale_read_on_nodes(struct outage_run *run, struct error *c)
{
	(void)c;
	OUTAGE_EACH_TARGET(run, at)
	{
		run->nodes[at].lags = true;
		run->nodes[at].has_role = true;
		run->nodes[at].role = NODE_PERF_STANDBY;
	}
	return true;
}

bool
outage_dns_switch_on_nodes(struct outage_run *run, struct error *c)
{
	const char *as = outage_param_str(run, "as");

	(void)c;
	OUTAGE_EACH_TARGET(run, at)
	{
		struct node_conditions *n = &run->nodes[at];

		n->sealed = strcmp(as, "sealed") == 0;
		n->idle = n->knows_nobody = strcmp(as, "standby") == 0;
		if (strcmp(as, "refuse") == 0)
			n->listener = LISTENER_REFUSING;
	}
	return true;
}

bool
outage_sealed_on_nodes(struct outage_run *run, struct error *c)
{
	const struct fault_nodes *n = outage_nodes_of(run);
	bool any = false;

	OUTAGE_EACH_TARGET(run, at)
	{
		const struct vault *v = n->vault(n->arg, at);

		any |= !seal_is_sealed(v) || seal_is_suspended(v);
		run->nodes[at].sealed = true;
	}
	return any || outage_no_effect(c, "they are sealed already");
}

/* ---- those that come again ---- */

bool
outage_flapping_on_nodes(struct outage_run *run, struct error *c)
{
	run->round.next_ns = run->began_ns;
	return outage_param_duration_ns(run, "every") > 0 ||
	    error_field(c, "params", "every", "must be more than nothing");
}

bool
outage_flapping_phase(struct outage_run *run)
{
	const struct fault_nodes *n = outage_nodes_of(run);
	int64_t every_ns = outage_param_duration_ns(run, "every");

	if (clock_now(run->clock) >= run->round.next_ns) {
		(void)n->hand_over(n->arg);
		run->round.next_ns += every_ns;
	}
	alarm_set(run->clock, &run->phase_alarm, run->round.next_ns);
	return false;
}

bool
outage_rolling_on_nodes(struct outage_run *run, struct error *c)
{
	const char *to = outage_param_str(run, "to");

	run->round.next_ns = run->began_ns;
	return !*to || version_is_valid(to) ||
	    error_field(c, "params", "to", "is a version, such as 1.20.0");
}

/* The last standby is the first, the node that leads the last one. */
static int
outage_rolling_next(const struct outage_run *run)
{
	int active = -1;

	for (int i = outage_nodes_of(run)->n - 1; i >= 0; i--) {
		if (!outage_run_aims_at(run, i) || run->round.done >> i & 1)
			continue;
		if (!outage_nodes_leads(run, i))
			return i;
		active = i;
	}
	return active;
}

static void
outage_rolling_end_turn(struct outage_run *run, int64_t now_ns)
{
	struct node_conditions *n = &run->nodes[run->round.at];

	n->down = false;
	run->round.at = -1;
	run->round.next_ns += outage_param_duration_ns(run, "every");
	if (run->round.next_ns < now_ns)
		run->round.next_ns = now_ns;
}

/* A node goes down while somebody leads: not a second one before the cluster
 * has found together. */
static void
outage_rolling_begin_turn(struct outage_run *run, int at, int64_t now_ns)
{
	const struct fault_nodes *n = outage_nodes_of(run);

	if (!faults_can_write(run->faults) ||
	    (outage_nodes_leads(run, at) && n->hand_over(n->arg))) {
		run->round.next_ns = now_ns + OUTAGE_S;
		return;
	}
	run->round.at = at;
	run->round.done |= 1U << at;
	run->round.until_ns = now_ns + outage_param_duration_ns(run, "down");
	run->nodes[at].down = true;
	snprintf(run->nodes[at].version, sizeof(run->nodes[at].version), "%s",
	    outage_param_str(run, "to"));
}

/* A restart is over with its last node; the other version stays. */
bool
outage_rolling_phase(struct outage_run *run)
{
	int64_t now_ns = clock_now(run->clock);
	int at;

	if (run->round.at >= 0 && now_ns >= run->round.until_ns)
		outage_rolling_end_turn(run, now_ns);
	at = outage_rolling_next(run);
	if (run->round.at < 0 && at >= 0 && now_ns >= run->round.next_ns)
		outage_rolling_begin_turn(run, at, now_ns);
	if (run->round.at >= 0)
		alarm_set(run->clock, &run->phase_alarm, run->round.until_ns);
	else if (at >= 0)
		alarm_set(run->clock, &run->phase_alarm, run->round.next_ns);
	else if (!*outage_param_str(run, "to"))
		alarm_set(run->clock, &run->alarm, now_ns);
	return false;
}

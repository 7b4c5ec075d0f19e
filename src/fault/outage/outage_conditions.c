/*
 * What several outages may want of the node at once: sealed, not leading, not
 * reachable, another health, a wrong clock. Each run holds its claims; what
 * the node is follows from all of them, so they may end in any order.
 */
#include <stdio.h>
#include <string.h>

#include "core/seal/seal.h"
#include "core/state/clock_control.h"
#include "core/vault.h"
#include "fault/outage/outage.h"

static struct outage_claims
outage_conditions_add_up(const struct faults *f)
{
	struct outage_claims all = { .listener = LISTENER_OPEN };

	for (const struct outage_run *run = f->runs; run; run = run->next) {
		const struct outage_claims *one = &run->claims;

		if (run->pending)
			continue;
		all.sealed |= one->sealed;
		all.skew_ns = clock_control_add_skew(all.skew_ns, one->skew_ns);
		if (!all.has_role && one->has_role) {
			all.has_role = true;
			all.role = one->role;
		}
		if (!all.standby.on && one->standby.on)
			all.standby = one->standby;
		if (one->listener == LISTENER_REFUSING ||
		    all.listener == LISTENER_OPEN)
			all.listener = one->listener;
	}
	return all;
}

/* What is to be told once everything is in force: a listener may end runs. */
struct outage_news {
	char events[8][200];
	int n;
};

static void
outage_news_add(struct outage_news *news, const char *event)
{
	snprintf(news->events[news->n++], sizeof(news->events[0]), "%s", event);
}

static void
outage_news_add_node(
    struct outage_news *news, const struct vault *v, const char *state)
{
	char event[200];

	snprintf(
	    event, sizeof(event), "node:%.160s:%s", vault_node_name(v), state);
	outage_news_add(news, event);
}

static void
outage_conditions_set_seal(
    struct vault *v, bool sealed, struct outage_news *news)
{
	if (sealed && seal_suspend(v)) {
		outage_news_add(news, "sealed");
		outage_news_add_node(news, v, "sealed");
	} else if (!sealed && seal_resume(v)) {
		outage_news_add(news, "unsealed");
		outage_news_add_node(news, v, "active");
	}
}

static void
outage_conditions_set_standby(
    struct vault *v, const struct outage_claims *all, struct outage_news *news)
{
	bool was_on = v->standby.on, was_gone = v->standby.leader_is_gone;

	if (v->cluster) /* in a process of its own: the nodes agree on it */
		return;
	v->role = all->has_role ? all->role : NODE_ACTIVE;
	v->standby = all->standby;
	if (was_gone != v->standby.leader_is_gone)
		outage_news_add(news, was_gone ? "leader" : "no-leader");
	if (was_on != v->standby.on)
		outage_news_add_node(news, v, was_on ? "active" : "standby");
}

static void
outage_conditions_set_listener(
    struct faults *f, enum listener_state state, struct outage_news *news)
{
	enum listener_state before = f->listener_state;

	if (state == before || !f->host.set_listener_state)
		return;
	f->listener_state = state;
	f->host.set_listener_state(f->host.arg, state);
	if (state == LISTENER_REFUSING)
		outage_news_add_node(news, f->node, "down");
	else if (before == LISTENER_REFUSING)
		outage_news_add_node(news, f->node, "active");
}

/* Each node tells of what changed by itself. */
static void
outage_conditions_set_nodes(struct faults *f)
{
	for (int i = 0; i < f->nodes.n; i++) {
		struct node_conditions wanted = outage_nodes_add_up(f, i);

		f->nodes.set(f->nodes.arg, i, &wanted);
	}
}

static void
outage_conditions_set_node(struct faults *f)
{
	struct outage_claims all = outage_conditions_add_up(f);
	struct outage_news news = { .n = 0 };
	struct vault *v = f->node;

	outage_conditions_set_seal(v, all.sealed, &news);
	outage_conditions_set_standby(v, &all, &news);
	outage_conditions_set_listener(f, all.listener, &news);
	v->skew_ns += all.skew_ns - v->outage_skew_ns;
	v->outage_skew_ns = all.skew_ns;
	for (int i = 0; i < news.n; i++)
		faults_event(f, news.events[i]);
}

void
outage_conditions_update(struct faults *f)
{
	if (f->nodes.n > 0)
		outage_conditions_set_nodes(f);
	else
		outage_conditions_set_node(f);
}

/*
 * What faults and several nodes owe each other: order in time, and that nothing
 * is written while nobody leads.
 */
#include "fault/fault_nodes.h"

#include <string.h>

#include "fault/rule/rule.h"

bool
node_conditions_equal(
    const struct node_conditions *a, const struct node_conditions *b)
{
	return a->down == b->down && a->sealed == b->sealed &&
	    a->idle == b->idle && a->knows_nobody == b->knows_nobody &&
	    a->refuses == b->refuses && a->redirects == b->redirects &&
	    a->line_lost == b->line_lost && a->lags == b->lags &&
	    a->has_role == b->has_role && a->role == b->role &&
	    a->listener == b->listener && a->skew_ns == b->skew_ns &&
	    a->cut_off == b->cut_off &&
	    strcmp(a->leader_address, b->leader_address) == 0 &&
	    strcmp(a->version, b->version) == 0;
}

void
faults_set_nodes(struct faults *f, const struct fault_nodes *nodes)
{
	f->nodes = nodes ? *nodes : (struct fault_nodes){ .n = 0 };
}

bool
faults_wait_for_nodes(
    struct faults *f, struct clock *clock, struct alarm *alarm)
{
	if (f->nodes.n == 0 || clock != f->vault->clock ||
	    !f->nodes.is_behind(f->nodes.arg) || !clock_end_slice(clock))
		return false;
	alarm_set(clock, alarm, clock_now(clock));
	return true;
}

bool
faults_can_write(const struct faults *f)
{
	for (int i = 0; i < f->nodes.n; i++)
		if (f->nodes.leads(f->nodes.arg, i))
			return true;
	return f->nodes.n == 0;
}

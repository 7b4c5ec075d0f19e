/*
 * What faults and several nodes owe each other: order in time, and that nothing
 * is written while nobody leads.
 */
#include "fault/fault_nodes.h"

#include "fault/rule/rule.h"

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

/*
 * Events of nodes, each once.
 */
#include "server/nodes/node_events.h"

#include <stdio.h>

#define NODE_EVENT_MAX 300

void
node_tell_state(struct faults *f, const char *id, bool is_killed,
    const char *now, const char **told)
{
	const char *before = *told;
	char event[NODE_EVENT_MAX];

	*told = now;
	if (now == before || !before)
		return;
	snprintf(event, sizeof(event), "node:%.250s:%s", id,
	    is_killed ? "down" : now);
	faults_event(f, event);
}

void
nodes_tell_all(
    struct faults *f, struct nodes_told *told, bool sealed, bool leads)
{
	if (sealed != told->sealed) {
		told->sealed = sealed;
		faults_event(f, sealed ? "sealed" : "unsealed");
	}
	if (leads == told->leader)
		return;
	told->leader = leads;
	faults_event(f, leads ? "leader" : "no-leader");
}

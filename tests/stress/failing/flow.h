/*
 * What a team's first hour with a Vault looks like: secrets with two keys,
 * policies, AppRole, database credentials, certificates, leases, health. Asked
 * of an instance in this process through a socket, while one call fails.
 */
#ifndef MV_TESTS_STRESS_FLOW_H
#define MV_TESTS_STRESS_FLOW_H

#include <stdbool.h>
#include <stddef.h>

#define FLOW_STEPS_MAX 64
#define FLOW_VALUES_MAX 16

/* How far a flow came, in memory that outlives its process. */
struct flow_progress {
	int step; /* the one under way */
	bool acknowledged[FLOW_STEPS_MAX];
	char values[FLOW_VALUES_MAX][1024]; /* kept from answers */
	char why[2000];			    /* what was wrong; "": nothing */
};

/* All steps on a new database at path, then what a new instance finds there.
 * False with the reason in p->why. */
bool flow_run(const char *db, bool tls, struct flow_progress *p);
/* After a flow whose process ended: what was acknowledged is there, and nothing
 * of what had not begun. */
bool flow_check(const char *db, struct flow_progress *p);

const char *flow_step_name(int step);

#endif

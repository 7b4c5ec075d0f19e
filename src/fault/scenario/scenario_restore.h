/*
 * What a scenario changes beside its own outages and rules, kept from the
 * moment before the change, and put back: the rules of others, the clock, the
 * seed, and what the vault holds.
 */
#ifndef MV_FAULT_SCENARIO_SCENARIO_RESTORE_H
#define MV_FAULT_SCENARIO_SCENARIO_RESTORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct faults;
struct vault_snapshot;

struct scenario_restore {
	json_t *rules; /* [{"id", "rule"}] of those that it took away */
	json_t *clock; /* as clock_control_show told; NULL: not changed */
	bool has_seed;
	uint64_t seed;
	bool state_stays; /* nothing of it is put back */
	struct vault_snapshot *state;
	int64_t state_serial; /* a later one has a higher */
};

/* Each keeps what is there now, the first time that it is called. */
void scenario_keep_rule(
    struct scenario_restore *k, struct faults *f, const char *id);
void scenario_keep_clock(struct scenario_restore *k, struct faults *f);
void scenario_keep_seed(struct scenario_restore *k, struct faults *f);
/* Not while an outage keeps another state aside: that one is the true one. */
void scenario_keep_state(struct scenario_restore *k, struct faults *f);
/* Puts everything back and forgets it. A rule whose id somebody else has taken
 * stays away. later is the scenario that kept the state next, or NULL: it gets
 * what this one has kept, and puts it back at its own end. */
void scenario_put_back(struct scenario_restore *k,
    struct scenario_restore *later, struct faults *f);
void scenario_restore_release(struct scenario_restore *k);

#endif

/*
 * A cluster on a virtual clock: nodes, a network and disks that fail as a seed
 * says. The same seed does the same.
 */
#ifndef MV_TESTS_RAFTSIM_SIM_H
#define MV_TESTS_RAFTSIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cluster/consensus.h"

#define SIM_SLOTS 5

/* ---- disks ---- */

/* One node's disk with a small state machine on it. */
struct sim_disk {
	struct cluster_disk table;
	/* A pass begins; it is kept, or, when it may crash, as if it had not
	 * been. */
	void (*begin)(struct sim_disk *d, bool may_crash);
	void (*end)(struct sim_disk *d, bool keep);
	/* The leader's change, made in the state ahead of the log as entry
	 * index (0: not ahead); the bytes to propose are added to out. */
	void (*execute)(struct sim_disk *d, uint64_t index, uint64_t write,
	    struct buf *out);
	/* A number that says what the state is after its last command. */
	uint64_t (*state)(struct sim_disk *d);
	/* The write that a command is. */
	uint64_t (*write_of)(struct slice data);
	void (*free)(struct sim_disk *d);
};

struct sim_disk *memory_disk_new(void);
struct sim_disk *sqlite_disk_new(void);

/* ---- runs ---- */

struct sim_options {
	int chaos_ms;	    /* a fault each so many at most */
	bool membership;    /* nodes come and go */
	uint32_t rules_off; /* of the guard */
	struct sim_disk *(*disk_new)(void);
	bool verbose;
};

struct sim_counts {
	uint64_t crashes, partitions, transfers, changes, writes, acked,
	    installs, cuts, messages, compared;
};

/* Runs one seed. False: a check failed, and why is written to failure. */
bool sim_run(const struct sim_options *o, uint64_t seed,
    struct sim_counts *counts, char *failure, size_t size);

#endif

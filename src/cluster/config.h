/*
 * Configurations: who belongs to the cluster, as entries of the log have it.
 */
#ifndef MV_CLUSTER_CONFIG_H
#define MV_CLUSTER_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "cluster/disk.h"

/* The roles of a node in a configuration. */
enum cluster_role {
	ROLE_NONE = -1, /* not in it */
	ROLE_STANDBY,	/* has the log, no vote */
	ROLE_VOTER,
	ROLE_SPARE, /* neither */
};

/* A configuration as bytes: u8 1, u64 number of nodes, each: u64 number,
 * address and NUL, u8 role; numbers are little-endian. at counts from 0; false:
 * there is no such node. */
bool config_node(struct slice config, uint64_t at, uint64_t *id,
    const char **address, enum cluster_role *role);
/* Can it be read, with a voter in it? */
bool config_is_valid(struct slice config);
/* The role of a node; how many voters there are. */
enum cluster_role config_role(struct slice config, uint64_t id);
int config_voters(struct slice config);
/* The newest configuration at or below an index (0: of all); its index in
 * *found, 0 and an empty slice when there is none. */
struct slice config_at(
    const struct cluster_disk *d, uint64_t index, uint64_t *found);

#endif

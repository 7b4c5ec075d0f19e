/*
 * Snapshots: kept by the control API, freed with it.
 */
#ifndef MV_CONTROL_STATE_H
#define MV_CONTROL_STATE_H

#include "control/control.h"

struct vault_snapshot;

/* The snapshot with that name, borrowed; NULL: there is none. */
struct vault_snapshot *control_snapshot_named(
    struct control *c, const char *name);
/* Adds their names. */
void control_snapshot_names(const struct control *c, struct strs *out);
/* Frees the named snapshots. */
void control_snapshots_free(struct control *c);

#endif

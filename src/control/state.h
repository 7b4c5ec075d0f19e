/*
 * Snapshots: kept by the control API, freed with it. What is done before and
 * after a state leaves and comes in.
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

/* What leaves here is the state without what outages hold in it: sealed, a
 * policy that is away. Else it would be there for good after a restore. */
void control_lift_outages(struct control *c);
void control_lower_outages(struct control *c);
/* Another state is in force. */
void control_state_restored(struct control *c);
/* 500, with the text before "the log says more". */
enum handler_result control_state_error(struct request *req, const char *text);

#endif

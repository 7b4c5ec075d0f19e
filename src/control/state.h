/*
 * Snapshots: kept by the control API, freed with it.
 */
#ifndef MV_CONTROL_STATE_H
#define MV_CONTROL_STATE_H

#include "control/control.h"

/* Frees the named snapshots. */
void control_snapshots_free(struct control *c);

#endif

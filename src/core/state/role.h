/*
 * A node of a cluster leads, or follows. Who follows holds nothing of the state
 * in memory that it would answer from, and ends nothing by itself: its store is
 * changed by another.
 */
#ifndef MV_CORE_STATE_ROLE_H
#define MV_CORE_STATE_ROLE_H

#include "core/vault.h"

/* It follows now; leader_address is what clients are told of the leader, ""
 * when nobody is known. */
void vault_become_standby(struct vault *v, const char *leader_address);
/* It leads now, and its store has everything that others have written: memory
 * is read anew, what is due ends. */
void vault_become_active(struct vault *v);

#endif

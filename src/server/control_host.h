/*
 * What the instance lends to the control API, the journal and the faults.
 */
#ifndef MV_SERVER_CONTROL_HOST_H
#define MV_SERVER_CONTROL_HOST_H

#include "server/instance.h"

/* Makes journal, faults and the control API, and ties them to the instance. */
void control_open(struct instance *in);
void control_close(struct instance *in);

/* fault_host's; arg is the instance. Take an image (core/state/snapshot.h) before, to
 * come back. */
struct complaint;
bool host_rebirth(void *arg, struct complaint *c);

int host_operate(void *arg, const char *method, const char *path,
    const json_t *body, json_t **answer);
/* The outages of --fault and MOCKVAULT_FAULTS. false with the reason. */
bool control_begin(struct instance *in, char *why, size_t why_size);

#endif

/*
 * What the instance lends to the control API, the journal and the faults.
 */
#ifndef MV_SERVER_CONTROL_HOST_H
#define MV_SERVER_CONTROL_HOST_H

#include "base/error.h"
#include "server/instance.h"

/* Makes journal, faults and the control API, and ties them to the instance. */
void control_host_init(struct instance *in);
void control_host_release(struct instance *in);

/* fault_host's; arg is the instance. Take an image (core/state/snapshot.h)
 * before, to come back. */
struct error;
bool control_host_restart_dev(void *arg, struct error *c);

int admin_request_call(void *arg, const char *method, const char *path,
    const json_t *body, json_t **answer);
/* The outages of --fault and MOCKVAULT_FAULTS. false with the reason. */
bool control_host_start(struct instance *in, struct error *e);

#endif

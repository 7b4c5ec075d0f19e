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

/* fault_host's; arg is the instance. Take a snapshot (core/state/snapshot.h)
 * before, to come back. */
bool control_host_restart_dev(void *arg, struct error *c);

/* The control API works on this instance's vault: that of the node which leads.
 */
void control_host_follow(struct instance *first, struct instance *leader);

/* Opens the journal's file, starts the outages of --fault and MOCKVAULT_FAULTS
 * and the scenario of --scenario. false with the reason in e. */
bool control_host_start(struct instance *in, struct error *e);

/* Starts the scenario of --scenario, if there is one; false and the reason. */
bool control_host_start_scenario(struct instance *in, struct error *e);

#endif

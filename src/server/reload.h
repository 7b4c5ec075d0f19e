/*
 * SIGHUP: files that were named at the start are read again.
 */
#ifndef MV_SERVER_RELOAD_H
#define MV_SERVER_RELOAD_H

#include "server/instance.h"

/* Once at the start: what the files say now is known. */
void reload_init_fingerprints(struct instance *in);
/* Certificates, audit files, fixtures and the scenario. What changed is logged;
 * a file that is bad leaves everything as it was. */
void reload_all(struct instance *in);

#endif

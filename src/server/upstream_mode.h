/*
 * An instance that serves another server's state.
 */
#ifndef MV_SERVER_UPSTREAM_MODE_H
#define MV_SERVER_UPSTREAM_MODE_H

#include "server/instance.h"

/* Does it, by its options? */
bool upstream_mode_is_on(const struct options *o);
/* False: they contradict each other. Asked before anything is opened. */
bool upstream_mode_check_options(const struct options *o, struct error *e);
/* Puts the proxy in the place of our own state, when the options ask for it.
 * False, and why not. */
bool upstream_mode_init(struct instance *in, struct error *e);
/* "https://vault.example:8200", or NULL when the state is our own. */
const char *upstream_mode_url(const struct instance *in);
/* What stands before the first line of JSON. */
void upstream_mode_banner(const struct instance *in);

#endif

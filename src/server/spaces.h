/*
 * Spaces: copies of the main instance, or of an empty one, that share its
 * listeners. Each has its own store, clock, seal, tokens, rules and journal;
 * they are made from bytes that were prepared once, not by doing again what
 * made the original.
 */
#ifndef MV_SERVER_SPACES_H
#define MV_SERVER_SPACES_H

#include "server/instance.h"

struct spaces;

/* From now on in's server can have spaces; its listeners are open, host->spaces
 * is set. Nothing with -spaces-max=0 or an upstream. spaces_free ends it, once
 * the listeners are closed. */
bool spaces_open(struct instance *in, struct error *e);
/* NULL is allowed. */
void spaces_free(struct spaces *all);
/* Frees those that were dropped and that nobody uses any more; outside of the
 * callbacks of connections. */
void spaces_reap(struct spaces *all);
/* The jobs of the main instance end now: theirs are among them. */
void spaces_stop_jobs(struct spaces *all);

#endif

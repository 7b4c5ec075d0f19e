/*
 * What a server's life may hang on besides signals: the process that started
 * it, and standard input. A test that is killed then leaves no server.
 */
#ifndef MV_SERVER_LIFELINE_H
#define MV_SERVER_LIFELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct instance;
struct lifeline;

/* Watches what the options ask for; *out may be NULL then. false with the
 * reason in why. */
bool lifeline_new(struct instance *in, struct lifeline **out, struct error *e);
void lifeline_free(struct lifeline *l);

#endif

/*
 * Stand-ins: texts in the place of secrets. The same secret always gets the
 * same one, and nothing of it can be read back.
 */
#ifndef MV_PROXY_STANDIN_H
#define MV_PROXY_STANDIN_H

#include "clock/random.h"
#include "proxy/secrets.h"

struct standins;

/* None yet; random is borrowed. */
struct standins *standins_new(struct random *random);
/* NULL is none. */
void standins_free(struct standins *s);
/* The stand-in for a secret, made when it is first seen; borrowed. A number
 * gets a number. */
const char *standin_for(
    struct standins *s, enum secret_kind kind, const char *secret);
/* That of a text that was a secret before, or NULL. */
const char *standin_known(const struct standins *s, const char *text);

/* Adds a body with stand-ins; one that is no JSON as it is. */
void standins_put_body(struct standins *s, const struct secret_context *c,
    struct slice body, struct buf *out);
/* Adds a path; its segments, and a lease's id at its end, may be secrets. */
void standins_put_path(struct standins *s, const char *path, struct buf *out);

#endif

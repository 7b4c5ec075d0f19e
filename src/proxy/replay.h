/*
 * The answers of a recording, in the place of the server that gave them.
 */
#ifndef MV_PROXY_REPLAY_H
#define MV_PROXY_REPLAY_H

#include "api/api.h"
#include "base/error.h"

struct replay;

/* Reads a recording. NULL, and why it is none. */
struct replay *replay_new(const char *path, struct error *e);
/* NULL is none. */
void replay_free(struct replay *r);
/* For api_set_upstream, with the replay as its context. */
enum handler_result replay_serve(struct request *req);

#endif

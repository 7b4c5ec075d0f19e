/*
 * Scripts that prepare a server: they run in the order of their names, against
 * the server itself, before it is ready for anybody else.
 */
#ifndef MV_SERVER_INIT_SCRIPTS_H
#define MV_SERVER_INIT_SCRIPTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct host;
struct instance;

/*
 * Runs every *.sh of --init-dir, one after the other; the loop turns meanwhile.
 * Connections from other machines wait until all have ended. false with the
 * name of the script that failed in e; its output is on standard error. pass is
 * host_pass.
 */
bool init_scripts_run(struct instance *in,
    void (*pass)(struct host *h, int64_t wait_ns), struct error *e);
/* A child has ended; nothing when it was no script. */
void init_scripts_on_exit(struct instance *in, pid_t pid, int status);
/* [{"name","state"}] for the control API, the caller's; are all done? */
json_t *init_scripts_states(const struct instance *in, bool *ready);
/* Frees the list; the scripts have ended. */
void init_scripts_free(struct instance *in);

#endif

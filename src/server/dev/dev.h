/*
 * Development mode: initialised and unsealed at the start, with one key share
 * and a root token of the caller's choice.
 */
#ifndef MV_SERVER_DEV_DEV_H
#define MV_SERVER_DEV_DEV_H

#include "base/error.h"
#include "server/instance.h"

/*
 * Initialises and unseals in->vault; fills in->root_token and in->unseal_key. A
 * database from an earlier start keeps its key and its root token.
 */
bool dev_start(struct instance *in, struct error *e);
/* Unseals it with in->unseal_key, and does no more; nothing when it is
 * unsealed.
 */
bool dev_unseal(struct instance *in, struct error *e);
/* Has the key and the root token of another, which is the same vault. */
void dev_copy_credentials(struct instance *in, const struct instance *from);
/* Reads key and root token again, once another state is in force. */
void dev_read_credentials(struct instance *in);
/* Everything as after a restart without a file: empty, but for what
 * development mode starts with. false with the reason in e. */
bool dev_restart(struct instance *in, struct error *e);
/* Writes ~/.vault-token; a failure is logged, not fatal. */
void dev_store_token(struct instance *in);

#endif

/*
 * What the server says on standard output; harnesses read it line by line.
 */
#ifndef MV_SERVER_DEV_BANNER_H
#define MV_SERVER_DEV_BANNER_H

#include "server/instance.h"

/* "==> Vault server configuration:" and its sorted lines. */
void banner_configuration(const struct instance *in);
/* "==> Vault server started! ..." */
void banner_started(const struct instance *in);
/* Development mode: warning, exports, Unseal Key and Root Token. */
void banner_dev(const struct instance *in);
/* One JSON line: program, version, every bound address. */
void banner_json(const struct instance *in);

#endif

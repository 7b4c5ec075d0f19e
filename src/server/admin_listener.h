/*
 * The listener of the control API, which is not Vault's.
 */
#ifndef MV_SERVER_ADMIN_LISTENER_H
#define MV_SERVER_ADMIN_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "server/instance.h"

/* Opens it at -admin-addr or at the default address; nothing with "none". false
 * with the reason in e when an address that was asked for cannot be had. */
bool admin_listener_open(struct instance *in, struct error *e);
/* "http://127.0.0.1:8299", "" without one. */
void admin_listener_url(const struct instance *in, char *out, size_t size);

#endif

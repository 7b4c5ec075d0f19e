/*
 * The instance's listeners: which addresses, with which TLS.
 */
#ifndef MV_SERVER_LISTENERS_H
#define MV_SERVER_LISTENERS_H

#include "base/error.h"
#include "server/instance.h"

struct listener_address {
	char address[200];
	char url[220];
	bool tls;
};

/* Opens those of the flags and of the configuration, and the control API's.
 * false with the reason in e; listeners_close is still to be called. */
bool listeners_open(struct instance *in, struct error *e);
/* Closes them and every connection, and removes the files of -dev-tls. */
void listeners_close(struct instance *in);
/* SIGHUP: certificates are read again; a bad file keeps the old one. */
void listeners_reload(struct instance *in);
/* The i-th listener; false behind the last. */
bool listener_get_address(
    const struct instance *in, int i, struct listener_address *out);
/* The banner's line of the i-th listener. */
bool listener_describe(
    const struct instance *in, int i, char *out, size_t size);

#endif

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

bool listeners_open(struct instance *in, struct error *e);
void listeners_close(struct instance *in);
/* The control API's own listener. */
bool admin_listener_open(struct instance *in, struct error *e);
/* "http://127.0.0.1:8299", "" without one. */
void admin_listener_url(const struct instance *in, char *out, size_t size);
/* SIGHUP: certificates are read again; a bad file keeps the old one. */
void listeners_reload(struct instance *in);
/* The i-th listener; false behind the last. */
bool listener_get_address(
    const struct instance *in, int i, struct listener_address *out);
/* The banner's line of the i-th listener. */
bool listener_describe(
    const struct instance *in, int i, char *out, size_t size);

#endif

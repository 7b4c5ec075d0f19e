/*
 * Addresses and URLs as Go's net/url reads and writes them.
 */
#ifndef MV_CLI_VAULT_CLIENT_ADDRESS_H
#define MV_CLI_VAULT_CLIENT_ADDRESS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/mem.h"

struct address {
	char *scheme;	/* in lower case; "" without one */
	char *user;	/* "name:password" or NULL */
	char *host;	/* with its port and brackets, as written */
	char *path;	/* decoded */
	char *raw_path; /* as it came in a URL, NULL when path tells all */
	char *query;	/* behind "?", or NULL */
	char *socket;	/* of unix://, or NULL */
};

/* NULL, or Go's text. White space is cut, an IPv6 host is put in its short
 * form. */
const char *address_parse(
    struct arena *a, const char *text, struct address *out);
/* A Location header seen from the URL it came from; NULL, or Go's text. */
const char *address_resolve(struct arena *a, const struct address *base,
    const char *location, struct address *out);
/* The whole URL, and what stands behind the host in a request line. */
char *address_url(struct arena *a, const struct address *u);
char *address_target(struct arena *a, const struct address *u);
/* Host name without brackets, and the port or the scheme's. */
char *address_hostname(struct arena *a, const struct address *u);
char *address_port(struct arena *a, const struct address *u);
/* Adds "key=value", escaped, to a query; keys come in sorted. */
void address_query_add(struct buf *query, const char *key, const char *value);

#endif

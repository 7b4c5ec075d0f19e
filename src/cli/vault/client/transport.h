/*
 * One HTTP/1.1 exchange over TCP, TLS or a socket file, on libevent.
 */
#ifndef MV_CLI_VAULT_CLIENT_TRANSPORT_H
#define MV_CLI_VAULT_CLIENT_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/vault/client/address.h"
#include "cli/vault/client/trust.h"

/* An answer longer than this is cut. */
#define TRANSPORT_BODY_MAX ((size_t)1 << 31)

struct header {
	char *name; /* in Go's canonical form */
	char *value;
};

struct headers {
	struct header *list;
	int n;
};

/* Adds copies of name and value behind the others. */
void headers_add(
    struct arena *a, struct headers *h, const char *name, const char *value);
/* In the place of those of that name. */
void headers_set(
    struct arena *a, struct headers *h, const char *name, const char *value);
void headers_delete(struct headers *h, const char *name);
/* The first value, or NULL; the name's case does not count. */
const char *headers_get(const struct headers *h, const char *name);

struct exchange {
	struct arena *arena;
	/* what is asked */
	const char *method;
	struct address url;
	const struct headers *headers;
	struct slice body;	     /* p NULL: none */
	const struct trust *trust;   /* for https */
	const struct address *proxy; /* or NULL */
	int64_t deadline_ms;	     /* from now; 0 is none */
	/* what came */
	bool answered; /* status and headers are there */
	int status;
	struct headers reply;
	struct buf reply_body;
	const char *why; /* Go's text of what went wrong, or NULL */
	bool timed_out;
};

/* true when a whole answer came. The caller releases reply_body. */
bool exchange_run(struct exchange *x);

#endif

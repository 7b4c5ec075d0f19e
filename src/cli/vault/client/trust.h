/*
 * TLS for the vault command: whom it trusts, and who it says it is.
 */
#ifndef MV_CLI_VAULT_CLIENT_TRUST_H
#define MV_CLI_VAULT_CLIENT_TRUST_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "base/mem.h"

/* Empty texts are none. */
struct trust_options {
	const char *ca_cert; /* files; empty is none */
	const char *ca_path;
	const char *ca_bytes; /* PEM itself */
	const char *client_cert;
	const char *client_key;
	const char *server_name;
	bool insecure;
};

struct trust {
	struct arena *arena;
	SSL_CTX *context;
	bool insecure;
	const char *server_name; /* in the place of the host's, or empty */
};

/* What one connection's verification found. */
struct trust_check {
	struct arena *arena;
	const char *host;
	const char *why; /* Go's text, or NULL */
};

/* false with Go's text in *why; what is there already stays. */
bool trust_configure(
    struct trust *t, const struct trust_options *o, const char **why);
void trust_release(struct trust *t);
/* A client's end of a connection to `host`; `check` outlives it. */
SSL *trust_connect(
    const struct trust *t, const char *host, struct trust_check *check);
/* Go's text of a failed handshake. */
const char *trust_refusal(
    struct arena *a, const struct trust_check *check, unsigned long error);

#endif

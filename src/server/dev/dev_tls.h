/*
 * -dev-tls: a CA and a server certificate of the instance's own.
 */
#ifndef MV_SERVER_DEV_DEV_TLS_H
#define MV_SERVER_DEV_DEV_TLS_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct instance;

struct dev_tls {
	char dir[256];
	char ca_path[300];   /* vault-ca.pem */
	char cert_path[300]; /* vault-cert.pem */
	char key_path[300];  /* vault-key.pem */
	bool is_own_dir;     /* made by us: removed at the end */
	X509 *ca_cert;	     /* the CA, for certificates that faults show */
	EVP_PKEY *ca_key;
};

/* Writes the three files. false with the reason in e. */
bool dev_tls_create(struct instance *in, struct dev_tls *t, struct error *e);
/* The CA is forgotten, too. Vault 1.19: the files go when the server ends, a
 * temporary folder too. */
void dev_tls_remove(struct dev_tls *t);

#endif

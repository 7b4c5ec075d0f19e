/*
 * The certificate chain of a version, as the routes of keys show it.
 */
#ifndef MV_SECRETS_TRANSIT_CERTIFICATES_H
#define MV_SECRETS_TRANSIT_CERTIFICATES_H

#include "secrets/transit/key.h"

/* PEM without the last newline, malloc'ed. NULL when none was set. */
char *transit_chain_pem(const struct transit_version *ver);

#endif

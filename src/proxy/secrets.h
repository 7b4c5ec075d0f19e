/*
 * What is secret in a request of Vault's API and in its answer, by where it
 * stands.
 */
#ifndef MV_PROXY_SECRETS_H
#define MV_PROXY_SECRETS_H

#include <jansson.h>
#include <stdbool.h>

#include "proxy/json_rewrite.h"

enum secret_kind {
	SECRET_NONE,
	SECRET_TOKEN,
	SECRET_ACCESSOR,
	SECRET_ID,    /* of AppRole */
	SECRET_LEASE, /* a lease's id */
	SECRET_VALUE, /* what a secret says, a password, a key */
};

/* What the place alone does not tell. */
struct secret_context {
	const char *path; /* below /v1/ */
	bool is_list;
	bool is_answer; /* the body is the answer's */
	/* What the answer says of the mount, "kv"; "": it does not. */
	char mount_type[64];
	bool is_versioned; /* data holds data and metadata, as of KV v2 */
	bool is_leased;
};

/* Reads the answer (NULL: it is no JSON) of a request; path is borrowed. */
void secret_context_init(struct secret_context *c, const char *method,
    const char *path, const char *query, const json_t *answer);
/* Of a scalar as it is written. */
enum secret_kind secret_kind_of(const struct secret_context *c,
    const struct json_place *place, struct slice raw);

#endif

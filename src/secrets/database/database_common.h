/*
 * What the files of the database engine share.
 */
#ifndef MV_SECRETS_DATABASE_DATABASE_COMMON_H
#define MV_SECRETS_DATABASE_DATABASE_COMMON_H

#include <openssl/types.h>

#include "api/route.h"
#include "core/token/lease.h"
#include "core/expirer.h"
#include "secrets/database/call.h"
#include "secrets/database/database_store.h"

/* Answers a LIST with the names in a table of the request's mount. */
enum handler_result db_reply_names(struct request *req, enum db_table table);
/* The rows that both kinds of roles have in their tables. */
#define DB_CREDENTIAL_PARAMS                                                  \
	{ "credential_config", P_PAIRS, NULL, "How the credential is made" }, \
	    { "credential_type", P_STRING, "\"password\"",                    \
		    "password, rsa_private_key or client_certificate" },      \
	{                                                                     \
		"db_name", P_STRING, NULL, "Name of the connection"           \
	}

#define DB_NO_CONNECTION "failed to find entry for connection with name: \"%s\""
/* The connection a role names; false with Vault's refusal in e. */
bool db_connection_require(struct vault *v, struct arena *a, int64_t mount,
    const char *name, struct db_connection *c, struct error *e);
/* May the role have credentials of it? The same. */
bool db_role_is_allowed(
    const struct db_connection *c, const char *role, struct error *e);
/* Does the plugin give out this type of credential? */
bool db_credential_type_supported(
    const struct db_connection *c, const char *type);

/* A password or a key pair as a role wants it. secret is malloc'ed
 * (db_secret_wipe_free); public_key is "" for passwords. */
struct db_secret {
	char *secret;
	char *public_key;
};
/* pair is a key that db_secret_rsa_bits asked for, taken; or NULL: it is made
 * here. */
bool db_secret_make(struct vault *v, const struct db_connection *c,
    const char *type, struct slice config, EVP_PKEY *pair,
    struct db_secret *out, struct error *e);
/* The size of the key that it is going to make; 0 for none. */
int db_secret_rsa_bits(const char *type, struct slice config);
void db_secret_release(struct db_secret *s);

/* "credential_type" and "credential_config" of a write, into *type and
 * *config; false with a refusal in e. */
bool db_credential_params(struct request *req, const char **type,
    struct slice *config, struct error *e);

#endif

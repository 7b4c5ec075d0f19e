/*
 * What the files of the database engine share: connections and credentials.
 */
#include "secrets/database/database_common.h"

#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "api/reply.h"
#include "base/glob.h"
#include "base/text.h"
#include "core/crypto/keypair.h"
#include "core/policy/password_policy.h"

enum handler_result
db_reply_names(struct request *req, enum db_table table)
{
	struct strs names = strs_in(req->arena);

	db_names(req->vault, table, req->mount->id, &names);
	return reply_keys(req, &names);
}

bool
db_connection_require(struct vault *v, struct arena *a, int64_t mount,
    const char *name, struct db_connection *c, struct error *e)
{
	return db_connection_get(v, a, mount, name, c) ||
	    error_wrap(e, 500, DB_NO_CONNECTION, name);
}

bool
db_role_is_allowed(
    const struct db_connection *c, const char *role, struct error *e)
{
	for (char **allowed = c->allowed_roles; *allowed; allowed++)
		if (glob_match(*allowed, role))
			return true;
	return error_wrap(e, 500, "\"%s\" is not an allowed role", role);
}

bool
db_credential_type_supported(const struct db_connection *c, const char *type)
{
	const struct db_plugin *p = db_plugin_find(c->plugin);

	return strcmp(type, "password") == 0 ||
	    (strcmp(type, "rsa_private_key") == 0 && p && p->has_rsa_keys);
}

/* ---- secrets ---- */

/* A text of a role's credential_config; "" when it has none. */
static char *
db_credential_config_str(struct arena *a, struct slice config, const char *key)
{
	struct slice value = jsontext_get(config, key);

	if (!value.p)
		return arena_strdup(a, "");
	return jsontext_kind(value) == '"' ? jsontext_string(a, value, NULL)
					   : arena_strndup(a, value.p, value.n);
}

/* PKCS#8; NULL when OpenSSL cannot write it. */
static char *
db_secret_private_pem(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_secmem());

	if (bio &&
	    PEM_write_bio_PKCS8PrivateKey(
		bio, key, NULL, NULL, 0, NULL, NULL) == 1)
		return keypair_bio_text(bio);
	BIO_free(bio);
	return NULL;
}

static bool
db_secret_write_key_pair(EVP_PKEY *key, struct db_secret *out, struct error *e)
{

	if (!key)
		return error_wrap(e, 500, "failed to generate RSA key pair");
	out->secret = db_secret_private_pem(key);
	out->public_key = keypair_public_pem(key);
	EVP_PKEY_free(key);
	return (out->secret && out->public_key) ||
	    error_wrap(e, 500, "failed to generate RSA key pair");
}

void
db_secret_release(struct db_secret *s)
{
	db_secret_wipe_free(s->secret);
	free(s->public_key);
	*s = (struct db_secret){ 0 };
}

int
db_secret_rsa_bits(const char *type, struct slice config)
{
	struct arena *a;
	int bits;

	if (strcmp(type, "rsa_private_key") != 0)
		return 0;
	a = arena_new();
	bits = config.n > 2
	    ? atoi(db_credential_config_str(a, config, "key_bits"))
	    : 0;
	arena_free(a);
	return bits ? bits : 2048;
}

bool
db_secret_make(struct vault *v, const struct db_connection *c, const char *type,
    struct slice config, EVP_PKEY *pair, struct db_secret *out, struct error *e)
{
	struct arena *a = config.n > 2 ? arena_new() : NULL; /* "{}" */
	const char *policy = a
	    ? db_credential_config_str(a, config, "password_policy")
	    : "";
	struct error why = { 0 };

	*out = (struct db_secret){ 0 };
	if (strcmp(type, "rsa_private_key") == 0) {
		if (!pair)
			pair = keypair_rsa(
			    v->random, db_secret_rsa_bits(type, config));
		db_secret_write_key_pair(pair, out, e);
	} else {
		if (!*policy)
			policy = c->password_policy;
		out->secret = *policy ? password_generate_named(v, policy, &why)
				      : password_generate_default(v->random);
		out->public_key = xstrdup("");
	}
	if (a)
		arena_free(a);
	if (why.status)
		error_wrap(e, 500, "failed to generate password: %s", why.text);
	if (out->secret)
		return true;
	db_secret_release(out);
	return false;
}

/* ---- what roles of both kinds are told ---- */

static bool
db_str_is_one_of(const char *text, const char *const *known)
{
	for (; *known; known++)
		if (strcmp(text, *known) == 0)
			return true;
	return false;
}

#define INVALID "credential_config validation failed: "

static bool
db_credential_check_rsa(json_t *config, struct error *e)
{
	static const char *const sizes[] = { "0", "2048", "3072", "4096",
		NULL };
	const char *format = json_string_value(
	    json_object_get(config, "format"));
	const char *bits = json_string_value(
	    json_object_get(config, "key_bits"));
	int n;

	if (format && *format && strcasecmp(format, "pkcs8") != 0)
		return error_set(
		    e, 400, INVALID "invalid format: %.60s", format);
	if (bits && *bits && !db_str_is_one_of(bits, sizes))
		return error_set(
		    e, 400, INVALID "invalid key_bits: %.60s", bits);
	n = bits ? atoi(bits) : 0;
	json_object_clear(config);
	json_object_set_new(config, "format", json_string("pkcs8"));
	json_object_set_new(config, "key_bits", json_integer(n ? n : 2048));
	return true;
}

static bool
db_credential_check_certificate(json_t *config, struct error *e)
{
	static const char *const types[] = { "rsa", "ec", "ed25519", NULL };
	static const char *const needed[] = { "common_name_template", "ca_cert",
		"ca_private_key" };
	const char *type = json_string_value(
	    json_object_get(config, "key_type"));

	if (!type || !db_str_is_one_of(type, types))
		return error_set(e, 400, INVALID "invalid key_type");
	for (int i = 0; i < 3; i++)
		if (!json_object_get(config, needed[i]))
			return error_set(
			    e, 400, INVALID "missing required %s", needed[i]);
	return true;
}

/* What is left of it is what the type knows. */
static bool
db_credential_check_config(const char *type, json_t *config, struct error *e)
{
	json_t *policy;

	if (strcmp(type, "rsa_private_key") == 0)
		return db_credential_check_rsa(config, e);
	if (strcmp(type, "client_certificate") == 0)
		return db_credential_check_certificate(config, e);
	policy = json_incref(json_object_get(config, "password_policy"));
	json_object_clear(config);
	if (policy && *json_string_value(policy))
		json_object_set(config, "password_policy", policy);
	json_decref(policy);
	return true;
}

bool
db_credential_params(struct request *req, const char **type,
    struct slice *config, struct error *e)
{
	static const char *const types[] = { "password", "rsa_private_key",
		"client_certificate", NULL };
	json_t *given = param_json_tree(req, "credential_config");
	bool ok;

	if (param_is_given(req, "credential_type")) {
		*type = param_str(req, "credential_type");
		if (!db_str_is_one_of(*type, types)) {
			json_decref(given);
			return error_set(e, 400,
			    "invalid credential_type \"%.200s\"", *type);
		}
	}
	if (!given)
		given = json_object();
	ok = db_credential_check_config(*type, given, e);
	/* Vault: nothing new to say leaves what there was. */
	if (ok && json_object_size(given)) {
		struct buf text;

		buf_init(&text, 0);
		jsontext_put(&text, given);
		config->p = arena_strndup(req->arena, text.p, text.n);
		config->n = text.n;
		buf_release(&text);
	}
	json_decref(given);
	return ok;
}

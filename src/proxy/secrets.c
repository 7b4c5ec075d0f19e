/*
 * Keys with a meaning of their own come first; then the data of engines whose
 * answers are secrets. When in doubt it is a secret: a recording that hides too
 * much can still be replayed.
 */
#include "proxy/secrets.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct {
	const char *key;
	enum secret_kind kind;
} secret_keys[] = {
	{ "client_token", SECRET_TOKEN },
	{ "token", SECRET_TOKEN },
	{ "root_token", SECRET_TOKEN },
	{ "encoded_token", SECRET_VALUE },
	{ "encoded_root_token", SECRET_VALUE },
	{ "accessor", SECRET_ACCESSOR },
	{ "wrapped_accessor", SECRET_ACCESSOR },
	{ "token_accessor", SECRET_ACCESSOR },
	{ "secret_id_accessor", SECRET_ACCESSOR },
	{ "secret_id", SECRET_ID },
	{ "lease_id", SECRET_LEASE },
	{ "password", SECRET_VALUE },
	{ "passphrase", SECRET_VALUE },
	{ "bindpass", SECRET_VALUE },
	{ "private_key", SECRET_VALUE },
	{ "private_key_bytes", SECRET_VALUE },
	{ "pem_bundle", SECRET_VALUE },
	{ "plaintext", SECRET_VALUE },
	{ "random_bytes", SECRET_VALUE },
	{ "backup", SECRET_VALUE },
	{ "otp", SECRET_VALUE },
	{ "jwt", SECRET_VALUE },
	{ "token_reviewer_jwt", SECRET_VALUE },
	{ "pkcs7", SECRET_VALUE },
	{ "iam_request_headers", SECRET_VALUE },
	{ "iam_request_body", SECRET_VALUE },
	{ "secret_key", SECRET_VALUE },
	{ "access_key", SECRET_VALUE },
	{ "security_token", SECRET_VALUE },
	{ "client_secret", SECRET_VALUE },
	{ "oidc_client_secret", SECRET_VALUE },
	{ "credentials", SECRET_VALUE },
	{ "connection_url", SECRET_VALUE },
	{ "keys_base64", SECRET_VALUE },
	{ "recovery_keys", SECRET_VALUE },
	{ "recovery_keys_base64", SECRET_VALUE },
};

/* Engines whose data is not secret, but for the keys above. */
static const char *const open_engines[] = { "pki", "transit", "identity",
	"system", "token", "approle", "userpass", "ldap", "kubernetes", "jwt",
	"oidc", "cert", "github", NULL };

void
secret_context_init(struct secret_context *c, const char *method,
    const char *path, const char *query, const json_t *answer)
{
	const json_t *data = json_object_get(answer, "data");
	const char *type = json_string_value(
	    json_object_get(answer, "mount_type"));
	const char *lease = json_string_value(
	    json_object_get(answer, "lease_id"));

	memset(c, 0, sizeof(*c));
	c->path = path;
	c->is_list = strcmp(method, "LIST") == 0 ||
	    strstr(query, "list=true") != NULL;
	snprintf(c->mount_type, sizeof(c->mount_type), "%s", type ? type : "");
	c->is_leased = lease && *lease;
	c->is_versioned = json_is_object(json_object_get(data, "metadata")) &&
	    json_object_get(data, "data");
}

static bool
secret_is_at(const struct json_place *place, int level, const char *key)
{
	return place->depth > level && slice_is(place->keys[level], key);
}

/* Shares of keys, and the keys that transit gives out; in lists and elsewhere
 * "keys" are names. */
static bool
secret_is_key_share(
    const struct secret_context *c, const struct json_place *place)
{
	if (slice_is(json_place_key(place), "key"))
		return starts_with(c->path, "sys/") ||
		    strcmp(c->mount_type, "ssh") == 0;
	return secret_is_at(place, 0, "keys") ||
	    (strstr(c->path, "/export/") && secret_is_at(place, 1, "keys"));
}

static bool
secret_is_open_engine(const char *type)
{
	for (int i = 0; open_engines[i]; i++)
		if (strcmp(open_engines[i], type) == 0)
			return true;
	return false;
}

/* Paths of Vault itself, where the keys above say it all. */
static bool
secret_is_system_path(const char *path)
{
	return (starts_with(path, "sys/") &&
		   !starts_with(path, "sys/wrapping/wrap") &&
		   !starts_with(path, "sys/wrapping/unwrap") &&
		   !starts_with(path, "sys/raw/")) ||
	    starts_with(path, "auth/") || starts_with(path, "identity/");
}

static bool
secret_is_data_of_answer(
    const struct secret_context *c, const struct json_place *place)
{
	if (!secret_is_at(place, 0, "data") || c->is_list ||
	    secret_is_open_engine(c->mount_type))
		return false;
	if (c->is_versioned)
		return secret_is_at(place, 1, "data");
	return !(strcmp(c->mount_type, "kv") == 0 &&
	    (strstr(c->path, "/metadata/") || strstr(c->path, "/data/")));
}

/* The body of a write: KV v2 has what it keeps in data. */
static bool
secret_is_data_of_request(
    const struct secret_context *c, const struct json_place *place)
{
	if (secret_is_open_engine(c->mount_type))
		return false;
	if (strstr(c->path, "/metadata/") || strstr(c->path, "/destroy/") ||
	    strstr(c->path, "/delete/") || strstr(c->path, "/undelete/"))
		return false;
	return !(
	    strstr(c->path, "/data/") && secret_is_at(place, 0, "options"));
}

/* What is public by what it is, whatever holds it. */
static bool
secret_is_public_text(struct slice text)
{
	static const char *const begins[] = { "-----BEGIN CERTIFICATE-----",
		"-----BEGIN PUBLIC KEY-----", "-----BEGIN X509 CRL-----",
		"vault:v", NULL };

	for (int i = 0; begins[i]; i++)
		if (text.n > strlen(begins[i]) &&
		    memcmp(text.p, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

enum secret_kind
secret_kind_of(const struct secret_context *c, const struct json_place *place,
    struct slice raw)
{
	struct slice key = json_place_key(place), text = raw;

	if (raw.n == 0 || strchr("tfn", raw.p[0]) || slice_is(raw, "\"\""))
		return SECRET_NONE;
	if (raw.p[0] == '"')
		text = (struct slice){ raw.p + 1, raw.n - 2 };
	if (raw.p[0] == '"' && text_looks_like_token(text))
		return SECRET_TOKEN;
	for (size_t i = 0; raw.p[0] == '"' &&
	     i < sizeof(secret_keys) / sizeof(secret_keys[0]);
	     i++)
		if (slice_is(key, secret_keys[i].key))
			return secret_keys[i].kind;
	if (raw.p[0] == '"' && secret_is_key_share(c, place))
		return SECRET_VALUE;
	if (slice_is(key, "id") && strstr(c->path, "auth/token/"))
		return SECRET_TOKEN;
	if (secret_is_system_path(c->path) || secret_is_public_text(text))
		return SECRET_NONE;
	return (c->is_answer ? secret_is_data_of_answer(c, place)
			     : secret_is_data_of_request(c, place))
	    ? SECRET_VALUE
	    : SECRET_NONE;
}

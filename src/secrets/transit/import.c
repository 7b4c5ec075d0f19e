/*
 * Routes of transit that take keys made elsewhere: the wrapping key, a new key,
 * a version more.
 */
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/text.h"
#include "core/crypto/keypair.h"
#include "secrets/transit/transit_common.h"
#include "secrets/transit/key_material.h"

/* NULL: there is none yet, or what is kept has no key pair. */
static struct transit_key *
transit_import_find_wrapping_key(struct request *req)
{
	struct transit_key *k = transit_key_get(
	    req->vault, req->mount, TRANSIT_WRAPPING_KEY);

	return k && k->type->kind == TRANSIT_RSA &&
		transit_version_get(k, k->latest)
	    ? k
	    : NULL;
}

/* Made when it is first asked for. NULL: see e. */
static struct transit_key *
transit_import_get_wrapping_key(struct request *req, struct error *e)
{
	struct transit_key *k = transit_import_find_wrapping_key(req);
	bool ok;

	if (k)
		return k;
	k = transit_key_new(
	    TRANSIT_WRAPPING_KEY, transit_type_by_name("rsa-4096"));
	transit_take_async_key(req, k);
	ok = transit_key_rotate(k, req->vault->random, req->started_ns, e);
	if (ok)
		transit_key_save(req->vault, req->mount, k);
	transit_key_free(k);
	if (!ok)
		return NULL;
	/* It stays, whatever becomes of the request. */
	store_keep_request_writes(req->vault->store);
	return transit_key_get(req->vault, req->mount, TRANSIT_WRAPPING_KEY);
}

static enum handler_result
transit_import_read_wrapping_key(struct request *req)
{
	struct error e = { 0 };
	struct transit_key *k;
	json_t *data;
	char *pem;

	if (!transit_import_find_wrapping_key(req) &&
	    !transit_rsa_key_async(req, transit_type_by_name("rsa-4096")))
		return PENDING;
	k = transit_import_get_wrapping_key(req, &e);
	if (!k)
		return fail_error(req, &e);
	pem = transit_public_text(k->type, transit_version_get(k, k->latest));
	data = json_pack("{s:s}", "public_key", pem);
	free(pem);
	return reply_data(req, data);
}

/* ---- what is imported ---- */

static bool
transit_import_field_is_sent(const struct request *req, const char *name)
{
	for (size_t i = 0; i < req->nfields; i++)
		if (strcmp(req->fields[i].key, name) == 0)
			return true;
	return false;
}

/* Is it ciphertext (a private key), not public_key? Vault 1.19: whatever was
 * sent as "ciphertext" decides, and only "publicKey" stands against it. */
static bool
transit_import_read_kind(struct request *req, bool *private, struct error *e)
{
	*private = transit_import_field_is_sent(req, "ciphertext");
	return !*private || !transit_import_field_is_sent(req, "publicKey") ||
	    error_wrap(e, 500,
		"only one of the following fields, ciphertext and "
		"public_key, can be set");
}

static bool
transit_import_unwrap_ciphertext(
    struct request *req, struct buf *out, struct error *e)
{
	const char *hash = transit_oaep_hash_name(
	    param_str(req, "hash_function"));
	struct transit_key *k;
	struct slice wrapped;
	size_t bad;

	if (!hash)
		return error_set(e, 400, "unknown hash function: %s",
		    param_str(req, "hash_function"));
	if (!transit_decode_base64(
		req->arena, param_str(req, "ciphertext"), &wrapped, &bad))
		return error_wrap(
		    e, 500, "illegal base64 data at input byte %zu", bad);
	/* Vault 1.19: too little is refused before there is a wrapping key. */
	if (wrapped.n <= TRANSIT_WRAPPED_AES)
		return error_wrap(e, 500, "provided ciphertext is too short");
	k = transit_import_get_wrapping_key(req, e);
	return k &&
	    transit_unwrap_import(transit_version_pair(k->type,
				      transit_version_get(k, k->latest)),
		hash, wrapped, out, e);
}

/* The key's bytes; the caller wipes out. */
static bool
transit_import_read_bytes(struct request *req, const struct transit_type *type,
    bool private, struct buf *out, struct error *e)
{
	if (private)
		return transit_import_unwrap_ciphertext(req, out, e);
	if (!transit_type_is_asymmetric(type))
		return error_wrap(e, 500,
		    "provided type does not support "
		    "public_key import");
	buf_str(out, param_str(req, "public_key"));
	return true;
}

/* The handler result of an import into a key of the caller's, which ends here.
 */
static enum handler_result
transit_import_finish(struct request *req, struct transit_key *k,
    struct buf *bytes, bool ok, const struct error *e)
{
	enum handler_result v;

	if (ok)
		transit_key_save(req->vault, req->mount, k);
	v = ok ? reply_none(req) : fail_error(req, e);
	buf_wipe(bytes);
	transit_key_free(k);
	return v;
}

/* ---- a new key ---- */

/* Checks what an import of a new key asks for, in Vault's order. *private: the
 * key comes encrypted, not as a public key. */
static bool
transit_import_check(struct request *req, const struct transit_type **type,
    bool *private, struct error *e)
{
	char *name = arena_strdup(req->arena, param_str(req, "type"));

	if (transit_import_field_is_sent(req, "convergent_encryption"))
		return error_wrap(e, 500,
		    "import cannot be used on keys with "
		    "convergent encryption enabled");
	if (param_duration(req, "auto_rotate_period") > 0 &&
	    !param_bool(req, "allow_rotation"))
		return error_wrap(e, 500,
		    "allow_rotation must be set to true "
		    "if auto-rotation is enabled");
	if (!transit_import_read_kind(req, private, e))
		return false;
	lower_ascii(name);
	*type = transit_type_by_name(name);
	if (version_has(req->vault, VERSION_TRANSIT_VERIFY_CMAC) &&
	    (strcmp(name, "aes128-cmac") == 0 ||
		strcmp(name, "aes256-cmac") == 0))
		return error_set(e, 400, TRANSIT_CMAC_REFUSED);
	if (!*type)
		return error_set(
		    e, 400, "unknown key type: %s", param_str(req, "type"));
	if (transit_request_key(req))
		return error_wrap(e, 500,
		    "the import path cannot be used with an existing key; use "
		    "import-version to rotate an existing imported key");
	return true;
}

/* Vault 1.19: what the key would say itself is prefixed here. */
static bool
transit_import_first_version(struct request *req, struct transit_key *k,
    struct buf *bytes, bool private, struct error *e)
{
	struct error why = { 0 };

	return transit_import_material(k, (struct slice){ bytes->p, bytes->n },
		   private, req->vault->random, req->started_ns, &why) ||
	    error_wrap(e, 500, "error importing key: %s", why.text);
}

static enum handler_result
transit_import_key(struct request *req)
{
	const struct transit_type *type = NULL;
	struct error e = { 0 };
	struct transit_key *k;
	struct buf bytes;
	bool private = false, ok;

	if (!transit_import_check(req, &type, &private, &e))
		return fail_error(req, &e);
	k = transit_key_new(param_capture(req, "name"), type);
	k->imported = true;
	k->import_rotation = param_bool(req, "allow_rotation");
	k->derived = param_bool(req, "derived");
	k->kdf = k->derived ? TRANSIT_KDF_HKDF : TRANSIT_KDF_COUNTER;
	k->exportable = param_bool(req, "exportable");
	k->plaintext_backup = param_bool(req, "allow_plaintext_backup");
	k->rotate_period_ns = param_duration(req, "auto_rotate_period") *
	    NSEC_PER_SEC;
	buf_init(&bytes, 0);
	ok = transit_import_read_bytes(req, type, private, &bytes, &e) &&
	    transit_import_first_version(req, k, &bytes, private, &e);
	return transit_import_finish(req, k, &bytes, ok, &e);
}

/* ---- a version more, or its private half ---- */

static bool
transit_import_check_version(struct request *req, const struct transit_key *k,
    bool *private, struct error *e)
{
	if (!transit_import_read_kind(req, private, e))
		return false;
	if (!k)
		return error_wrap(e, 500,
		    "no key found with name %s; to import a new key, use the "
		    "import/ endpoint",
		    param_capture(req, "name"));
	if (!k->imported)
		return error_wrap(e, 500,
		    "the import_version endpoint can "
		    "only be used with an imported key");
	if (k->convergent)
		return error_wrap(e, 500,
		    "import_version cannot be used on keys with convergent "
		    "encryption enabled");
	return !param_is_given(req, "version") ||
	    transit_can_import_private(
		k, param_int(req, "version"), *private, e);
}

static enum handler_result
transit_import_version(struct request *req)
{
	struct transit_key *k = transit_request_key_own(req);
	struct error e = { 0 };
	struct slice all;
	struct buf bytes;
	bool private = false, ok;

	buf_init(&bytes, 0);
	ok = transit_import_check_version(req, k, &private, &e) &&
	    transit_import_read_bytes(req, k->type, private, &bytes, &e);
	all = (struct slice){ bytes.p ? bytes.p : "", bytes.n };
	if (ok && param_is_given(req, "version"))
		ok = transit_import_private_half(
		    k, param_int(req, "version"), all, &e);
	else if (ok)
		ok = transit_import_material(
		    k, all, private, req->vault->random, req->started_ns, &e);
	return transit_import_finish(req, k, &bytes, ok, &e);
}

#define SOURCES                                                                 \
	{                                                                       \
		"ciphertext", P_STRING, NULL,                                   \
		    "An AES key under the wrapping key, and the key under that" \
	}
#define HASH_FUNCTION                                              \
	{                                                          \
		"hash_function", P_STRING, "\"SHA256\"", "Of OAEP" \
	}
#define NAME                                      \
	{                                         \
		"name", P_STRING, NULL, "The key" \
	}
#define PUBLIC                                        \
	{                                             \
		"public_key", P_STRING, NULL,         \
		    "PEM; the key only verifies then" \
	}

static const struct param transit_import_params[] = {
	{ "allow_plaintext_backup", P_BOOL, NULL, "May be backed up" },
	{ "allow_rotation", P_BOOL, NULL, "May get versions made here" },
	{ "auto_rotate_period", P_SECONDS, NULL, "0, or at least an hour" },
	SOURCES,
	{ "context", P_STRING, NULL, "Which derived public key to show" },
	{ "derived", P_BOOL, NULL, "Every context has a key of its own" },
	{ "exportable", P_BOOL, NULL, "May be exported" },
	HASH_FUNCTION,
	NAME,
	PUBLIC,
	{ "type", P_STRING, "\"aes256-gcm96\"", "Type of the key" },
	PARAM_END,
};

static const struct param transit_version_params[] = {
	SOURCES,
	HASH_FUNCTION,
	NAME,
	PUBLIC,
	{ "version", P_INT, NULL, "Which version gets its private key" },
	PARAM_END,
};

const struct route transit_import_routes[] = {
	{ OP_READ, "wrapping_key", 0, NULL, transit_import_read_wrapping_key,
	    NULL, "The public key to wrap imported keys with" },
	{ OP_WRITE, "keys/{name}/import", 0, transit_import_params,
	    transit_import_key, NULL, "Import a key" },
	{ OP_WRITE, "keys/{name}/import_version", 0, transit_version_params,
	    transit_import_version, NULL, "Import a version of a key" },
	ROUTE_END,
};

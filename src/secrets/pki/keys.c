/*
 * Keys: listed, read, renamed, removed, made and imported.
 */
#include <string.h>

#include "base/text.h"
#include "core/crypto/digest.h"
#include "secrets/pki/pki_common.h"

static enum handler_result
pki_keys_list(struct request *req)
{
	struct pki_state *s = pki_state_get(req->vault, req->mount);
	json_t *keys = json_array(), *info = json_object();

	for (size_t i = 0; i < s->nkeys; i++) {
		struct pki_key *k = &s->keys[i];

		json_array_append_new(keys, json_string(k->id));
		json_object_set_new(info, k->id,
		    json_pack("{s:b, s:s}", "is_default",
			strcmp(k->id, s->default_key) == 0, "key_name",
			k->name));
	}
	return pki_reply_key_info(req, keys, info);
}

static struct pki_key *
pki_key_from_path(struct request *req, struct error *e)
{
	return pki_key_find(
	    req->vault, req->mount, param_capture(req, "key_ref"), e);
}

/* SHA-1 over the public key's bits, "01:ab:..."; "" when OpenSSL cannot encode
 * the key. */
static const char *
pki_key_subject_id(struct arena *a, EVP_PKEY *key)
{
	uint8_t id[DIGEST_SHA1_SIZE];
	char *text = arena_zalloc(a, 3 * sizeof(id));
	X509_PUBKEY *public = NULL;
	const unsigned char *bits;
	int length;

	if (X509_PUBKEY_set(&public, key) == 1 &&
	    X509_PUBKEY_get0_param(NULL, &bits, &length, NULL, public) == 1) {
		digest_sha1(bits, (size_t)length, id);
		for (size_t i = 0; i < sizeof(id); i++) {
			hex_encode(&id[i], 1, text + 3 * i);
			text[3 * i + 2] = i + 1 < sizeof(id) ? ':' : '\0';
		}
	}
	X509_PUBKEY_free(public);
	return text;
}

static json_t *
pki_key_json(struct request *req, const struct pki_key *k)
{
	const char *text = pki_key_subject_id(req->arena, k->key);

	return json_pack("{s:s, s:s, s:s, s:s}", "key_id", k->id, "key_name",
	    k->name, "key_type", k->type, "subject_key_id", text);
}

static enum handler_result
pki_key_read(struct request *req)
{
	struct error e = { 0 };
	struct pki_key *k = pki_key_from_path(req, &e);

	return k ? reply_data(req, pki_key_json(req, k)) : fail_error(req, &e);
}

static enum handler_result
pki_key_write(struct request *req)
{
	struct error e = { 0 };
	struct pki_key *k = pki_key_from_path(req, &e);
	const char *name = param_str(req, "key_name");
	char *id;

	if (!k || !pki_key_check_new_name(name, &e))
		return fail_error(req, &e);
	id = arena_strdup(req->arena, k->id);
	pki_key_rename(req, id, name);
	k = pki_key_find(req->vault, req->mount, id, &e);
	if (*name == '\0')
		reply_warn(req,
		    "Name successfully deleted, you will now need to reference "
		    "this key by it's Id: %s",
		    id);
	return reply_data(req,
	    json_pack("{s:s, s:s, s:s}", "key_id", k->id, "key_name", k->name,
		"key_type", k->type));
}

/* Deletes a key that no issuer uses. The answer warns when it was the default
 * key. */
static enum handler_result
pki_key_delete(struct request *req)
{
	struct error e = { 0 };
	struct pki_key *k = pki_key_from_path(req, &e);
	struct pki_state *s = pki_state_get(req->vault, req->mount);
	char *id;
	bool was_default;

	if (!k) /* Vault 1.19: what is gone is gone */
		return strstr(e.text, "unable to find") ? reply_none(req)
							: fail_error(req, &e);
	id = arena_strdup(req->arena, k->id);
	for (size_t i = 0; i < s->nissuers; i++)
		if (strcmp(s->issuers[i].key_id, id) == 0)
			return fail(req, 400,
			    "Failed to Delete Key.  Key in Use by Issuer: %s",
			    s->issuers[i].id);
	was_default = strcmp(id, s->default_key) == 0;
	pki_key_remove(req, id);
	if (!was_default)
		return reply_none(req);
	pki_config_put(
	    req->vault, req->mount, "keys", json_pack("{s:s}", "default", ""));
	reply_warn(req,
	    "Deleted key %s (via key_ref %s); this was configured as "
	    "the default key. Operations without an explicit key will "
	    "not work until a new default is configured.",
	    id, param_capture(req, "key_ref"));
	return reply_data(req, NULL);
}

/* Takes the key over. */
static enum handler_result
pki_key_reply_added(struct request *req, EVP_PKEY *key, const char *name,
    const char *export_as, bool *existed)
{
	struct error e = { 0 };
	char *id = pki_key_add(req, key, name, existed, &e), *pem = NULL;
	json_t *data;

	if (id && export_as)
		pem = x509_private_pem(key, false);
	if (!id || (export_as && !pem)) {
		EVP_PKEY_free(key);
		return fail_error(req, &e);
	}
	data = json_pack("{s:s, s:s, s:s}", "key_id", id, "key_name",
	    pki_key_find(req->vault, req->mount, id, &e)->name, "key_type",
	    x509_key_type(key));
	if (pem) {
		json_object_set_new(data, export_as, json_string(pem));
		secret_free(pem, strlen(pem));
	}
	EVP_PKEY_free(key);
	return reply_data(req, data);
}

/* keys/generate/internal, exported and kms: a new key; an RSA key is made on a
 * thread first. */
static enum handler_result
pki_keys_generate(struct request *req)
{
	const char *kind = param_capture(req, "exported"), *name;
	const char *type = param_str(req, "key_type");
	int64_t bits = param_int(req, "key_bits"), hash = 0;
	struct error e = { 0 }, why = { 0 };
	bool existed;
	EVP_PKEY *key;

	if (strcmp(kind, "internal") != 0 && strcmp(kind, "exported") != 0 &&
	    strcmp(kind, "kms") != 0)
		return fail_unsupported_path(req);
	if (!pki_key_param_name(req, &name, &e))
		return fail_error(req, &e);
	if (strcmp(kind, "kms") == 0) {
		const char *fault = pki_managed_key_fault(req);

		return fail_wrapped(
		    req, 500, "%s", fault ? fault : PKI_NO_MANAGED_KEYS);
	}
	if (!pki_key_check(type, &bits, &hash, &why))
		return fail(req, 400,
		    "Validation for key_type, key_bits failed: %s", why.text);
	if (!pki_key_generate_async(req, type, bits))
		return PENDING;
	key = pki_key_generate(req, type, bits);
	if (!key)
		return fail_wrapped(req, 500, "unknown key type: %s", type);
	return pki_key_reply_added(req, key, name,
	    strcmp(kind, "exported") == 0 ? "private_key" : NULL, &existed);
}

/* The one key of a text; what does not fit is said as Vault does. */
static EVP_PKEY *
pki_key_read_bundle(struct request *req, const char *pem, struct error *e)
{
	struct pem_block block;
	EVP_PKEY *key = NULL;
	struct error why = { 0 };
	bool rest;
	int n = 0;

	for (; pem_next(req->arena, &pem, &block, &rest); n++) {
		if (n == 0)
			key = x509_private_from_der(
			    block.der, (size_t)block.n, &why);
		pem_block_free(&block);
	}
	if (rest)
		error_set(e, 400,
		    "error when parsing block %d: invalid PEM data", n + 1);
	else if (n != 1)
		error_set(e, 400,
		    "only a single key can be present within the pem_bundle "
		    "for importing");
	else if (!key)
		*e = why;
	if (e->status) {
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

static enum handler_result
pki_key_import(struct request *req)
{
	const char *pem = param_str(req, "pem_bundle"), *name;
	struct error e = { 0 };
	bool existed = false;
	EVP_PKEY *key;
	enum handler_result v;

	if (!pki_key_param_name(req, &name, &e))
		return fail_error(req, &e);
	if (strlen(pem) < 64)
		return fail(req, 400,
		    "provided data for import was too short; perhaps a path "
		    "was passed to the API rather than the contents of a PEM "
		    "file");
	key = pki_key_read_bundle(req, pem, &e);
	if (!key)
		return fail_error(req, &e);
	v = pki_key_reply_added(req, key, name, NULL, &existed);
	if (existed)
		reply_warn(req,
		    "Key already imported, use key/ endpoint to update name.");
	pki_issuers_link_keys(req);
	return v;
}

/* ---- routes ---- */

static const struct param pki_key_params[] = {
	{ "key_name", P_STRING, NULL, "Name of the key" },
	{ "key_ref", P_STRING, "\"default\"", "Id, name or default" },
	PARAM_END,
};

static const struct param pki_key_make_params[] = {
	{ "exported", P_STRING, NULL, "internal or exported" },
	{ "managed_key_id", P_STRING, NULL, "Enterprise only" },
	{ "managed_key_name", P_STRING, NULL, "Enterprise only" },
	{ "key_bits", P_INT, NULL, "Bits of the key" },
	{ "key_name", P_STRING, NULL, "Name of the key" },
	{ "key_type", P_STRING, "\"rsa\"", "rsa, ec or ed25519" },
	{ "pem_bundle", P_STRING, NULL, "A private key, PEM" },
	PARAM_END,
};

const struct route pki_key_routes[] = {
	{ OP_LIST, "keys/?", 0, NULL, pki_keys_list, NULL,
	    "Fetch a list of all issuer keys" },
	{ OP_WRITE, "keys/generate/{exported}", 0, pki_key_make_params,
	    pki_keys_generate, NULL, "Generate a new key" },
	{ OP_WRITE, "keys/import", 0, pki_key_make_params, pki_key_import, NULL,
	    "Import a key" },
	{ OP_READ, "key/{key_ref}", 0, pki_key_params, pki_key_read, NULL,
	    "Fetch a key" },
	{ OP_WRITE, "key/{key_ref}", 0, pki_key_params, pki_key_write, NULL,
	    "Rename a key" },
	{ OP_DELETE, "key/{key_ref}", 0, pki_key_params, pki_key_delete, NULL,
	    "Remove a key" },
	ROUTE_END,
};

/*
 * Routes of transit that let keys out and back in: export, backup, restore.
 */
#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/crypto/keypair.h"
#include "secrets/transit/transit_common.h"
#include "secrets/transit/backup.h"
#include "secrets/transit/certificates.h"
#include "secrets/transit/key_material.h"

/* ---- export ---- */

static char *
transit_export_base64(const struct secret *s)
{
	struct buf text;

	buf_init(&text, 0);
	base64_encode(&text, s->p, s->n);
	buf_char(&text, '\0');
	return text.p;
}

/* Vault 1.19: without the last newline for EC, with it for RSA. */
static char *
transit_export_trim_pem(const struct transit_type *type, char *pem)
{
	size_t n = pem ? strlen(pem) : 0;

	if (type->kind == TRANSIT_EC && n && pem[n - 1] == '\n')
		pem[n - 1] = '\0';
	return pem;
}

/* PEM of a private key; "" when only the public one is here. */
static char *
transit_export_private_key(
    const struct transit_type *type, struct transit_version *ver)
{
	if (ver->material.n == 0)
		return xstrdup("");
	if (type->kind == TRANSIT_ED25519)
		return transit_export_base64(&ver->material);
	return transit_export_trim_pem(
	    type, keypair_private_pem(transit_version_pair(type, ver)));
}

static char *
transit_export_encryption_key(
    const struct transit_type *type, struct transit_version *ver)
{
	if (type->kind == TRANSIT_AEAD)
		return transit_export_base64(&ver->material);
	return type->kind == TRANSIT_RSA ? transit_export_private_key(type, ver)
					 : NULL;
}

static char *
transit_export_signing_key(
    const struct transit_type *type, struct transit_version *ver)
{
	return transit_export_private_key(type, ver);
}

static char *
transit_export_hmac_key(
    const struct transit_type *type, struct transit_version *ver)
{
	return transit_export_base64(
	    type->kind == TRANSIT_HMAC ? &ver->material : &ver->hmac);
}

static char *
transit_export_public_key(
    const struct transit_type *type, struct transit_version *ver)
{
	if (!transit_type_is_asymmetric(type))
		return NULL;
	return transit_export_trim_pem(type, transit_public_text(type, ver));
}

static char *
transit_export_chain(
    const struct transit_type *type, struct transit_version *ver)
{
	(void)type;
	return transit_chain_pem(ver);
}

struct export
{
	const char *name;
	bool public; /* needs no exportable key */
	bool (*supported)(const struct transit_type *type); /* NULL: all */
	const char *refusal;				    /* when it is not */
	char *(*text)(
	    const struct transit_type *type, struct transit_version *ver);
	enum version_change change; /* where it is known; 0: everywhere */
};

static const struct export transit_exports[] = {
	{ "encryption-key", false, transit_type_can_encrypt,
	    "encryption not supported for the key",
	    transit_export_encryption_key, VERSION_ALWAYS },
	{ "signing-key", false, transit_type_can_sign,
	    "signing not supported for the key", transit_export_signing_key,
	    VERSION_ALWAYS },
	{ "hmac-key", false, NULL, NULL, transit_export_hmac_key,
	    VERSION_ALWAYS },
	{ "public-key", true, NULL, NULL, transit_export_public_key,
	    VERSION_ALWAYS },
	{ "certificate-chain", true, transit_type_can_sign,
	    "certificate chain not supported for keys that do not support "
	    "signing",
	    transit_export_chain, VERSION_TRANSIT_CERTIFICATE_CHAIN },
};

static const struct export *
transit_export_find(const char *name)
{
	for (size_t i = 0;
	     i < sizeof(transit_exports) / sizeof(transit_exports[0]); i++)
		if (strcmp(transit_exports[i].name, name) == 0)
			return &transit_exports[i];
	return NULL;
}

static void
transit_export_set(
    json_t *keys, const struct transit_version *ver, const char *text)
{
	char number[24];

	snprintf(number, sizeof(number), "%lld", (long long)ver->number);
	json_object_set_new(keys, number, json_string(text));
}

static bool
transit_export_version(struct request *req, const struct transit_key *k,
    struct transit_version *ver, json_t *keys, const void *arg)
{
	const struct export *what = arg;
	char *text = what->text(k->type, ver);

	if (!text && what->text == transit_export_chain)
		return refuse_wrapped(req, 500,
		    "selected key version does not have a certificate "
		    "chain imported");
	if (!text)
		return refuse_wrapped(req, 500,
		    "unknown key type %s for export type %s", k->type->name,
		    what->name);
	transit_export_set(keys, ver, text);
	OPENSSL_cleanse(text, strlen(text));
	free(text);
	return true;
}

/* "latest", "3" or "v3". NULL: refused, the reply is written. */
static struct transit_version *
transit_export_get_version(
    struct request *req, const struct transit_key *k, const char *text)
{
	struct transit_version *ver = NULL;
	int64_t number = k->latest;
	char *end;

	if (strcmp(text, "latest") != 0) {
		text += *text == 'v';
		number = strtoll(text, &end, 10);
		if (*text == '\0' || *end) {
			fail(req, 400, "invalid key version");
			return NULL;
		}
	}
	if (number < k->min_decryption)
		fail(req, 400,
		    "version for export is below minimum decryption version");
	else if (!(ver = transit_version_get(k, number)))
		fail(req, 400, "version does not exist or cannot be found");
	return ver;
}

/* One version into an object of the answer; false: refused. arg is the loop's.
 */
typedef bool transit_export_fn(struct request *req, const struct transit_key *k,
    struct transit_version *ver, json_t *keys, const void *arg);

/* The version that the path names, or all that may be decrypted with. */
static bool
transit_export_versions(struct request *req, const struct transit_key *k,
    transit_export_fn *export_version, json_t *keys, const void *arg)
{
	const char *text = param_capture(req, "version");
	struct transit_version *ver;

	if (*text) {
		ver = transit_export_get_version(req, k, text);
		return ver && export_version(req, k, ver, keys, arg);
	}
	for (int i = 0; i < k->nversions; i++)
		if (transit_version_get(k, k->versions[i]->number) &&
		    !export_version(req, k, k->versions[i], keys, arg))
			return false;
	return true;
}

static enum handler_result
transit_export_reply(
    struct request *req, const struct transit_key *k, json_t *keys)
{
	return reply_data(req,
	    json_pack("{s:s, s:s, s:o}", "name", k->name, "type", k->type->name,
		"keys", keys));
}

static enum handler_result
transit_export_key(struct request *req)
{
	const char *type = param_capture(req, "type");
	const struct export *what = transit_export_find(type);
	struct transit_key *k;
	json_t *keys;

	if (strcmp(type, "cmac-key") == 0 &&
	    version_has(req->vault, VERSION_TRANSIT_VERIFY_CMAC))
		return fail(req, 400, TRANSIT_CMAC_REFUSED);
	if (!what || !version_has(req->vault, what->change))
		return fail(req, 400, "invalid export type: %s", type);
	k = transit_request_key(req);
	if (!k)
		return reply_none(req);
	if (!k->exportable && !what->public)
		return fail(req, 400, "private key material is not exportable");
	if (what->supported && !what->supported(k->type))
		return fail(req, 400, "%s", what->refusal);
	keys = json_object();
	if (transit_export_versions(req, k, transit_export_version, keys, what))
		return transit_export_reply(req, k, keys);
	json_decref(keys);
	return HANDLED;
}

/* ---- export under another key ---- */

/* What a version travels as: raw bytes, or PKCS#8. */
static bool
transit_byok_add_plain(const struct transit_type *type,
    struct transit_version *ver, struct buf *out)
{
	PKCS8_PRIV_KEY_INFO *info;
	unsigned char *der = NULL;
	EVP_PKEY *pair;
	int n;

	if (!transit_type_is_asymmetric(type)) {
		buf_add(out, ver->material.p, ver->material.n);
		return true;
	}
	pair = ver->material.n ? transit_version_pair(type, ver) : NULL;
	info = pair ? EVP_PKEY2PKCS8(pair) : NULL;
	n = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;
	PKCS8_PRIV_KEY_INFO_free(info);
	if (n <= 0)
		return false;
	buf_add(out, der, (size_t)n);
	OPENSSL_cleanse(der, (size_t)n);
	OPENSSL_free(der);
	return true;
}

/* Vault 1.19: the latest version of an RSA key; the texts are keysutil's. */
static EVP_PKEY *
transit_byok_destination(const struct transit_key *k, struct error *e)
{
	struct transit_version *ver = transit_version_get(k, k->latest);

	if (!transit_type_can_sign(k->type))
		error_wrap(e, 500,
		    "message signing not supported for key type %s",
		    k->type->name);
	else if (k->type->kind != TRANSIT_RSA || !ver)
		error_wrap(
		    e, 500, "unsupported key type in use; must be a rsa key");
	return e->status ? NULL : transit_version_pair(k->type, ver);
}

/* arg: the key to export to. */
static bool
transit_byok_export_version(struct request *req, const struct transit_key *k,
    struct transit_version *ver, json_t *keys, const void *arg)
{
	const char *hash = transit_oaep_hash_name(param_str(req, "hash"));
	struct buf plain, wrapped, text;
	struct error e = { 0 };
	EVP_PKEY *to;

	if (!hash)
		return refuse_wrapped(req, 500, "unknown hash function: %s",
		    param_str(req, "hash"));
	to = transit_byok_destination(arg, &e);
	buf_init(&plain, 0);
	buf_init(&wrapped, 0);
	buf_init(&text, 0);
	if (to && !transit_byok_add_plain(k->type, ver, &plain))
		error_wrap(&e, 500,
		    "failed to wrap target key for import: there is no private "
		    "key");
	else if (to &&
	    transit_wrap_export(to, hash, (struct slice){ plain.p, plain.n },
		req->vault->random, &wrapped, &e)) {
		base64_encode(&text, wrapped.p, wrapped.n);
		buf_char(&text, '\0');
		transit_export_set(keys, ver, text.p);
	}
	buf_wipe(&plain);
	buf_release(&wrapped);
	buf_release(&text);
	if (e.status)
		(void)fail_error(req, &e);
	return e.status == 0;
}

static enum handler_result
transit_byok_export(struct request *req)
{
	struct transit_key *to = transit_key_get(
	    req->vault, req->mount, param_capture(req, "destination"));
	struct transit_key *k = transit_key_get(
	    req->vault, req->mount, param_capture(req, "source"));
	json_t *keys;

	if (!to)
		return fail_wrapped(
		    req, 500, "no such destination key to export to");
	if (!k)
		return fail_wrapped(req, 500, "no such source key for export");
	if (!k->exportable)
		return fail(req, 400, "key is not exportable");
	keys = json_object();
	if (transit_export_versions(
		req, k, transit_byok_export_version, keys, to))
		return transit_export_reply(req, k, keys);
	json_decref(keys);
	return HANDLED;
}

/* ---- backup and restore ---- */

static enum handler_result
transit_backup_key(struct request *req)
{
	struct transit_key *k = transit_request_key_own(req);
	struct buf *out = &req->reply.data;

	if (!k)
		return fail_wrapped(req, 500, "key \"%s\" not found",
		    param_capture(req, "name"));
	if (!k->exportable || !k->plaintext_backup) {
		bool exportable = k->exportable;

		transit_key_free(k);
		return fail_wrapped(req, 500,
		    exportable ? "plaintext backup is disallowed on the policy"
			       : "exporting is disallowed on the policy");
	}
	k->backed_up_ns = req->started_ns;
	k->backup_version = k->latest;
	transit_key_save(req->vault, req->mount, k);
	buf_clear(out);
	buf_str(out, "{\"backup\":\"");
	transit_backup_write(k, out);
	buf_str(out, "\"}");
	transit_key_free(k);
	return reply_written(req);
}

/* Restores a key from a backup, under its own name or the one given. An
 * existing key is replaced only with force. */
static enum handler_result
transit_restore_key(struct request *req)
{
	const char *backup = param_str(req, "backup");
	const char *name = param_str(req, "name");
	struct error e = { 0 };
	struct transit_key *k;
	enum handler_result v;

	if (*backup == '\0')
		return fail(req, 400, "'backup' must be supplied");
	if (strchr(name, '/'))
		return fail_wrapped(req, 500, "key names cannot be paths");
	k = transit_backup_read(backup, &e);
	if (!k)
		return fail_error(req, &e);
	if (*name) {
		free(k->name);
		k->name = xstrdup(name);
	}
	if (*k->name == '\0' || strchr(k->name, '/'))
		v = fail_wrapped(req, 500, "key names cannot be paths");
	else if (!param_bool(req, "force") &&
	    transit_key_get(req->vault, req->mount, k->name))
		v = fail_wrapped(
		    req, 500, "key \"%s\" already exists", k->name);
	else {
		k->restored_ns = req->started_ns;
		k->restored_version = k->latest;
		transit_key_trim(k);
		transit_key_save(req->vault, req->mount, k);
		v = reply_none(req);
	}
	transit_key_free(k);
	return v;
}

static const struct param transit_export_params[] = {
	{ "name", P_STRING, NULL, "The key" },
	{ "type", P_STRING, NULL,
	    "encryption-key, signing-key, hmac-key or public-key" },
	{ "version", P_STRING, NULL, "One version, or latest" },
	PARAM_END,
};

static const struct param transit_byok_params[] = {
	{ "destination", P_STRING, NULL, "The key to export to" },
	{ "hash", P_STRING, "\"SHA256\"", "Of OAEP" },
	{ "source", P_STRING, NULL, "The key" },
	{ "version", P_STRING, NULL, "One version, or latest" },
	PARAM_END,
};

static const struct param transit_backup_params[] = {
	{ "name", P_STRING, NULL, "The key" },
	PARAM_END,
};

static const struct param transit_restore_params[] = {
	{ "backup", P_STRING, NULL, "What backup gave" },
	{ "force", P_BOOL, NULL, "Replace a key of that name" },
	{ "name", P_STRING, NULL, "Name of the key, else its own" },
	PARAM_END,
};

const struct route transit_backup_routes[] = {
	{ OP_READ, "export/{type}/{name}{version:none}", 0,
	    transit_export_params, transit_export_key, NULL, "Export a key" },
	{ OP_READ, "export/{type}/{name}/{version:more}", 0,
	    transit_export_params, transit_export_key, NULL,
	    "Export a version of a key" },
	{ OP_READ, "byok-export/{destination}/{source}{version:none}", 0,
	    transit_byok_params, transit_byok_export, NULL,
	    "Export a key under another one" },
	{ OP_READ, "byok-export/{destination}/{source}/{version:more}", 0,
	    transit_byok_params, transit_byok_export, NULL,
	    "Export a version of a key under another one" },
	{ OP_READ, "backup/{name}", 0, transit_backup_params,
	    transit_backup_key, NULL, "Back a key up, in plaintext" },
	{ OP_WRITE, "restore", 0, transit_restore_params, transit_restore_key,
	    NULL, "Restore a key" },
	{ OP_WRITE, "restore/{name:more}", 0, transit_restore_params,
	    transit_restore_key, NULL, "Restore a key under a name" },
	ROUTE_END,
};

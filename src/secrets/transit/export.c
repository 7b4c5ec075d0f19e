/*
 * Rows of transit that let keys out and back in: export, backup, restore.
 */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/crypto/keypair.h"
#include "secrets/transit/transit_common.h"
#include "secrets/transit/backup.h"

/* ---- export ---- */

static char *
bytes_text(const struct secret *s)
{
	struct buf text;

	buf_init(&text, 0);
	base64_encode(&text, s->p, s->n);
	buf_char(&text, '\0');
	return text.p;
}

/* Vault 1.19: without the last newline for EC, with it for RSA. */
static char *
trimmed(const struct transit_type *type, char *pem)
{
	size_t n = strlen(pem);

	if (type->kind == TRANSIT_EC && n && pem[n - 1] == '\n')
		pem[n - 1] = '\0';
	return pem;
}

/* PEM of a private key; "" when only the public one is here. */
static char *
private_text(const struct transit_type *type, struct transit_version *ver)
{
	if (ver->material.n == 0)
		return xstrdup("");
	if (type->kind == TRANSIT_ED25519)
		return bytes_text(&ver->material);
	return trimmed(type, keypair_private_pem(transit_pair(type, ver)));
}

static char *
encryption_text(const struct transit_type *type, struct transit_version *ver)
{
	if (type->kind == TRANSIT_AEAD)
		return bytes_text(&ver->material);
	return type->kind == TRANSIT_RSA ? private_text(type, ver) : NULL;
}

static char *
signing_text(const struct transit_type *type, struct transit_version *ver)
{
	return private_text(type, ver);
}

static char *
hmac_text(const struct transit_type *type, struct transit_version *ver)
{
	return bytes_text(type->kind == TRANSIT_HMAC ? &ver->material
						     : &ver->hmac);
}

static char *
public_text(const struct transit_type *type, struct transit_version *ver)
{
	if (!transit_asymmetric(type))
		return NULL;
	return trimmed(type, transit_public_text(type, ver));
}

struct export {
	const char *name;
	bool public; /* needs no exportable key */
	bool (*supported)(const struct transit_type *type); /* NULL: all */
	const char *refusal; /* when it is not */
	char *(*text)(const struct transit_type *type,
	    struct transit_version *ver); /* NULL: there is none */
};

static const struct export exports[] = {
	{ "encryption-key", false, transit_encrypts,
	    "encryption not supported for the key", encryption_text },
	{ "signing-key", false, transit_signs,
	    "signing not supported for the key", signing_text },
	{ "hmac-key", false, NULL, NULL, hmac_text },
	{ "public-key", true, NULL, NULL, public_text },
	{ "certificate-chain", true, transit_signs,
	    "certificate chain not supported for keys that do not support "
	    "signing", NULL },
};

static const struct export *
export_named(const char *name)
{
	for (size_t i = 0; i < sizeof(exports) / sizeof(exports[0]); i++)
		if (strcmp(exports[i].name, name) == 0)
			return &exports[i];
	return NULL;
}

static verdict
export_version(struct request *req, const struct transit_key *k,
    const struct export *what, struct transit_version *ver, json_t *keys)
{
	char *text = what->text ? what->text(k->type, ver) : NULL;
	char number[24];

	if (!what->text)
		return fail_wrapped(req, 500, "selected key version does not "
					      "have a certificate chain "
					      "imported");
	if (!text)
		return fail_wrapped(req, 500,
		    "unknown key type %s for export type %s", k->type->name,
		    what->name);
	snprintf(number, sizeof(number), "%lld", (long long)ver->number);
	json_object_set_new(keys, number, json_string(text));
	OPENSSL_cleanse(text, strlen(text));
	free(text);
	return NULL;
}

/* "latest", "3" or "v3". NULL with the refusal. */
static struct transit_version *
version_asked(struct request *req, const struct transit_key *k,
    const char *text, verdict *refusal)
{
	struct transit_version *ver = NULL;
	int64_t number = k->latest;
	char *end;

	if (strcmp(text, "latest") != 0) {
		text += *text == 'v';
		number = strtoll(text, &end, 10);
		if (*text == '\0' || *end) {
			*refusal = fail(req, 400, "invalid key version");
			return NULL;
		}
	}
	if (number < k->min_decryption)
		*refusal = fail(req, 400, "version for export is below minimum "
					  "decryption version");
	else if (!(ver = transit_version_of(k, number)))
		*refusal = fail(req, 400,
		    "version does not exist or cannot be found");
	return ver;
}

static verdict
export_all(struct request *req, const struct transit_key *k,
    const struct export *what, json_t *keys)
{
	const char *text = capture(req, "version");
	struct transit_version *ver;
	verdict v = NULL;

	if (*text) {
		ver = version_asked(req, k, text, &v);
		return ver ? export_version(req, k, what, ver, keys) : v;
	}
	for (int i = 0; i < k->nversions && !v; i++)
		if (transit_version_of(k, k->versions[i]->number))
			v = export_version(req, k, what, k->versions[i], keys);
	return v;
}

static verdict
export_key(struct request *req)
{
	const struct export *what = export_named(capture(req, "type"));
	struct transit_key *k;
	json_t *keys;
	verdict v;

	if (!what)
		return fail(req, 400, "invalid export type: %s",
		    capture(req, "type"));
	k = transit_named(req);
	if (!k)
		return reply_none(req);
	if (!k->exportable && !what->public)
		return fail(req, 400,
		    "private key material is not exportable");
	if (what->supported && !what->supported(k->type))
		return fail(req, 400, "%s", what->refusal);
	keys = json_object();
	v = export_all(req, k, what, keys);
	if (!v)
		return reply_data(req, json_pack("{s:s, s:s, s:o}", "name",
					   k->name, "type", k->type->name,
					   "keys", keys));
	json_decref(keys);
	return v;
}

/* ---- backup and restore ---- */

static verdict
backup_key(struct request *req)
{
	struct transit_key *k = transit_named_own(req);
	struct buf *out = &req->reply.data;

	if (!k)
		return fail_wrapped(req, 500, "key \"%s\" not found",
		    capture(req, "name"));
	if (!k->exportable || !k->plaintext_backup) {
		bool exportable = k->exportable;

		transit_key_free(k);
		return fail_wrapped(req, 500, exportable
			? "plaintext backup is disallowed on the policy"
			: "exporting is disallowed on the policy");
	}
	k->backed_up = req->started;
	k->backup_version = k->latest;
	transit_save(req->vault, req->mount, k);
	buf_clear(out);
	buf_str(out, "{\"backup\":\"");
	transit_backup_write(k, out);
	buf_str(out, "\"}");
	transit_key_free(k);
	return reply_written(req);
}

static verdict
restore_key(struct request *req)
{
	const char *backup = par_str(req, "backup");
	const char *name = par_str(req, "name");
	struct error e = { 0 };
	struct transit_key *k;
	verdict v = NULL;

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
	else if (!par_bool(req, "force") &&
	    transit_find(req->vault, req->mount, k->name))
		v = fail_wrapped(req, 500, "key \"%s\" already exists",
		    k->name);
	if (!v) {
		k->restored = req->started;
		k->restored_version = k->latest;
		transit_key_trim(k);
		transit_save(req->vault, req->mount, k);
		v = reply_none(req);
	}
	transit_key_free(k);
	return v;
}

static const struct param export_params[] = {
	{ "name", P_STRING, NULL, "The key" },
	{ "type", P_STRING, NULL,
	    "encryption-key, signing-key, hmac-key or public-key" },
	{ "version", P_STRING, NULL, "One version, or latest" },
	PARAM_END,
};

static const struct param backup_params[] = {
	{ "name", P_STRING, NULL, "The key" },
	PARAM_END,
};

static const struct param restore_params[] = {
	{ "backup", P_STRING, NULL, "What backup gave" },
	{ "force", P_BOOL, NULL, "Replace a key of that name" },
	{ "name", P_STRING, NULL, "Name of the key, else its own" },
	PARAM_END,
};

const struct route transit_backup_routes[] = {
	{ OP_READ, "export/{type}/{name}", 0, export_params, export_key, NULL,
	    "Export a key" },
	{ OP_READ, "export/{type}/{name}/{version:more}", 0, export_params,
	    export_key, NULL, "Export a version of a key" },
	{ OP_READ, "backup/{name}", 0, backup_params, backup_key, NULL,
	    "Back a key up, in plaintext" },
	{ OP_WRITE, "restore", 0, restore_params, restore_key, NULL,
	    "Restore a key" },
	{ OP_WRITE, "restore/{name:more}", 0, restore_params, restore_key,
	    NULL, "Restore a key under a name" },
	ROUTE_END,
};

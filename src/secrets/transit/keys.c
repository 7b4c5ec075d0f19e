/*
 * Routes of transit's keys: make, read, list, configure, rotate, trim, delete.
 */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/text.h"
#include "core/crypto/keypair.h"
#include "secrets/transit/certificates.h"
#include "secrets/transit/transit_common.h"

#define HOUR_NS (3600 * NSEC_PER_SEC)
#define NAME                                      \
	{                                         \
		"name", P_STRING, NULL, "The key" \
	}

/* ---- what a key looks like ---- */

char *
transit_public_text(
    const struct transit_type *type, struct transit_version *ver)
{
	EVP_PKEY *pair = transit_version_pair(type, ver);
	uint8_t raw[32];
	struct buf text;

	if (type->kind != TRANSIT_ED25519) {
		char *pem = keypair_public_pem(pair);

		return pem ? pem : xstrdup("");
	}
	buf_init(&text, 0);
	if (transit_ed25519_public(ver, raw))
		base64_encode(&text, raw, sizeof(raw));
	buf_char(&text, '\0');
	return text.p;
}

/* Vault 1.19: a derived Ed25519 key shows the public key for the context that
 * was asked with, or none. */
static char *
transit_keys_derived_public(const struct transit_key *k,
    struct transit_version *ver, struct slice context)
{
	struct error e = { 0 };
	EVP_PKEY *pair = NULL;
	struct buf text;
	uint8_t raw[32];
	size_t n = sizeof(raw);

	buf_init(&text, 0);
	if (context.n)
		pair = transit_derive_ed25519(k, ver, context, &e);
	if (pair && EVP_PKEY_get_raw_public_key(pair, raw, &n) == 1)
		base64_encode(&text, raw, sizeof(raw));
	EVP_PKEY_free(pair);
	buf_char(&text, '\0');
	return text.p;
}

static json_t *
transit_keys_version_json(const struct request *req,
    const struct transit_key *k, struct transit_version *ver,
    struct slice context)
{
	char *public, *chain;
	json_t *shown;

	if (!transit_type_is_asymmetric(k->type))
		return json_integer(ver->created_ns / NSEC_PER_SEC);
	public = k->derived && k->type->kind == TRANSIT_ED25519
	    ? transit_keys_derived_public(k, ver, context)
	    : transit_public_text(k->type, ver);
	chain = transit_chain_pem(ver);
	shown = json_pack("{s:s, s:o, s:s, s:s, s:s}", "certificate_chain",
	    chain ? chain : "", "creation_time",
	    reply_time_json(req, ver->created_ns), "hybrid_public_key", "",
	    "name", k->type->label, "public_key", public);
	free(chain);
	free(public);
	if (!version_has(req->vault, VERSION_TRANSIT_CERTIFICATE_CHAIN))
		json_object_del(shown, "certificate_chain");
	if (!version_has(req->vault, VERSION_TRANSIT_HYBRID_KEY))
		json_object_del(shown, "hybrid_public_key");
	return shown;
}

static void
transit_keys_add_versions(const struct request *req, json_t *data,
    const struct transit_key *k, struct slice context)
{
	json_t *keys = json_object();

	for (int i = 0; i < k->nversions; i++) {
		struct transit_version *ver = k->versions[i];
		char number[24];

		if (!transit_version_get(k, ver->number))
			continue;
		snprintf(
		    number, sizeof(number), "%lld", (long long)ver->number);
		json_object_set_new(keys, number,
		    transit_keys_version_json(req, k, ver, context));
	}
	json_object_set_new(data, "keys", keys);
}

static void
transit_keys_add_event(const struct request *req, json_t *data,
    const char *name, int64_t when_ns, int64_t version)
{
	if (when_ns)
		json_object_set_new(data, name,
		    json_pack("{s:o, s:I}", "time",
			reply_time_json(req, when_ns), "version",
			(json_int_t)version));
}

static void
transit_keys_add_derivation(json_t *data, const struct transit_key *k)
{
	bool hkdf = k->kdf == TRANSIT_KDF_HKDF;

	if (!k->derived)
		return;
	json_object_set_new(data, "kdf",
	    json_string(hkdf ? "hkdf_sha256" : "hmac-sha256-counter"));
	if (!hkdf)
		json_object_set_new(
		    data, "kdf_mode", json_string("hmac-sha256-counter"));
	json_object_set_new(
	    data, "convergent_encryption", json_boolean(k->convergent));
	if (k->convergent)
		json_object_set_new(data, "convergent_encryption_version",
		    json_integer(k->convergent_version));
}

/* Answers with all that a client may know of a key. context selects the public
 * keys of a derived Ed25519 key, "" none. */
static enum handler_result
transit_keys_reply_key(
    struct request *req, const struct transit_key *k, struct slice context)
{
	const struct transit_type *t = k->type;
	json_t *data = json_pack("{s:b, s:I, s:b, s:b, s:b, s:b, s:I, s:I, "
				 "s:I, s:I, s:s, s:b, s:b, s:b, s:b, s:s}",
	    "allow_plaintext_backup", (int)k->plaintext_backup,
	    "auto_rotate_period",
	    (json_int_t)(k->rotate_period_ns / NSEC_PER_SEC),
	    "deletion_allowed", (int)k->deletion_allowed, "derived",
	    (int)k->derived, "exportable", (int)k->exportable, "imported_key",
	    (int)k->imported, "latest_version", (json_int_t)k->latest,
	    "min_available_version", (json_int_t)k->min_available,
	    "min_decryption_version", (json_int_t)k->min_decryption,
	    "min_encryption_version", (json_int_t)k->min_encryption, "name",
	    k->name, "supports_decryption", (int)transit_type_can_encrypt(t),
	    "supports_derivation", (int)transit_type_can_derive(t),
	    "supports_encryption", (int)transit_type_can_encrypt(t),
	    "supports_signing", (int)transit_type_can_sign(t), "type", t->name);

	if (k->size)
		json_object_set_new(data, "key_size", json_integer(k->size));
	if (k->imported)
		json_object_set_new(data, "imported_key_allow_rotation",
		    json_boolean(k->import_rotation));
	transit_keys_add_event(
	    req, data, "backup_info", k->backed_up_ns, k->backup_version);
	transit_keys_add_event(
	    req, data, "restore_info", k->restored_ns, k->restored_version);
	transit_keys_add_derivation(data, k);
	/* Vault 1.19: an HMAC key shows no versions. */
	if (t->kind != TRANSIT_HMAC)
		transit_keys_add_versions(req, data, k, context);
	return reply_data(req, data);
}

/* Saves a key of the caller's, answers with its fields, frees it. */
static enum handler_result
transit_keys_save_reply(struct request *req, struct transit_key *k)
{
	enum handler_result v;

	transit_key_save(req->vault, req->mount, k);
	v = transit_keys_reply_key(req, k, (struct slice){ "", 0 });
	transit_key_free(k);
	return v;
}

static enum handler_result
transit_keys_fail(
    struct request *req, struct transit_key *k, const struct error *e)
{
	transit_key_free(k);
	return fail_error(req, e);
}

/* ---- making and reading ---- */

static const struct param transit_key_params[] = {
	{ "allow_plaintext_backup", P_BOOL, NULL, "May be backed up" },
	{ "auto_rotate_period", P_SECONDS, NULL, "0, or at least an hour" },
	{ "context", P_STRING, NULL, "Which derived public key to show" },
	{ "convergent_encryption", P_BOOL, NULL,
	    "Equal texts give equal ciphertexts" },
	{ "derived", P_BOOL, NULL, "Every context has a key of its own" },
	{ "exportable", P_BOOL, NULL, "May be exported" },
	{ "hybrid_key_type_ec", P_VERSION(P_STRING, VERSION_TRANSIT_HYBRID_KEY),
	    NULL, "Enterprise only" },
	{ "hybrid_key_type_pqc",
	    P_VERSION(P_STRING, VERSION_TRANSIT_HYBRID_KEY), NULL,
	    "Enterprise only" },
	{ "key_size", P_INT, NULL, "Bytes of an HMAC key" },
	{ "managed_key_id", P_STRING, NULL, "Enterprise only" },
	{ "managed_key_name", P_STRING, NULL, "Enterprise only" },
	NAME,
	{ "parameter_set", P_VERSION(P_STRING, VERSION_TRANSIT_HYBRID_KEY),
	    NULL, "Enterprise only" },
	{ "type", P_STRING, "\"aes256-gcm96\"", "Type of the key" },
	PARAM_END,
};

static bool
transit_keys_has_parameter_set(const char *set)
{
	return strcmp(set, "44") == 0 || strcmp(set, "65") == 0 ||
	    strcmp(set, "87") == 0;
}

/* What is wrong with a hybrid key, if anything. */
static const char *
transit_keys_hybrid_problem(struct request *req)
{
	static const char *const curves[] = { "ecdsa-p256", "ecdsa-p384",
		"ecdsa-p521", "ed25519", NULL };
	const char *pqc = param_str(req, "hybrid_key_type_pqc");
	const char *set = param_str(req, "parameter_set");
	const char *ec = param_str(req, "hybrid_key_type_ec");

	if (strcmp(pqc, "ml-dsa") != 0)
		return arena_printf(req->arena,
		    "invalid config for hybrid key: invalid PQC key type: %s",
		    pqc);
	if (!transit_keys_has_parameter_set(set))
		return arena_printf(req->arena,
		    "invalid config for hybrid key: invalid parameter set %s "
		    "for key type %s",
		    set, pqc);
	for (const char *const *c = curves; *c; c++)
		if (strcmp(ec, *c) == 0)
			return NULL;
	return arena_printf(req->arena,
	    "invalid config for hybrid key: invalid key type for hybrid key: "
	    "%s",
	    ec);
}

static const char *
transit_keys_ml_dsa_problem(struct request *req)
{
	const char *set = param_str(req, "parameter_set");

	return transit_keys_has_parameter_set(set)
	    ? NULL
	    : arena_printf(req->arena,
		  "invalid parameter set %s for key type ml-dsa", set);
}

#define TRANSIT_TYPE_REFUSED(type) \
	"key type " type " is only available in enterprise versions of Vault"

/* The types that a Community server knows and has not, since when, and what is
 * looked at before. */
static const struct transit_enterprise_type {
	const char *name;
	enum version_change change;
	const char *(*problem)(struct request *req);
	const char *text;
} transit_enterprise_types[] = {
	{ "aes128-cmac", VERSION_TRANSIT_VERIFY_CMAC, NULL,
	    TRANSIT_CMAC_REFUSED },
	{ "aes256-cmac", VERSION_TRANSIT_VERIFY_CMAC, NULL,
	    TRANSIT_CMAC_REFUSED },
	{ "ml-dsa", VERSION_TRANSIT_HYBRID_KEY, transit_keys_ml_dsa_problem,
	    TRANSIT_PQC_REFUSED },
	{ "hybrid", VERSION_TRANSIT_HYBRID_KEY, transit_keys_hybrid_problem,
	    TRANSIT_PQC_REFUSED },
	{ "slh-dsa", VERSION_TRANSIT_SLH_DSA, NULL, TRANSIT_PQC_REFUSED },
	{ "aes128-cbc", VERSION_TRANSIT_AES_CBC, NULL,
	    TRANSIT_TYPE_REFUSED("aes128-cbc") },
	{ "aes256-cbc", VERSION_TRANSIT_AES_CBC, NULL,
	    TRANSIT_TYPE_REFUSED("aes256-cbc") },
};

/* Why a type that only Enterprise has is refused. NULL: it is another one. */
static const char *
transit_keys_enterprise_problem(struct request *req, const char *type)
{
	for (size_t i = 0; i < sizeof(transit_enterprise_types) /
		 sizeof(transit_enterprise_types[0]);
	     i++) {
		const struct transit_enterprise_type *t =
		    &transit_enterprise_types[i];
		const char *why;

		if (strcmp(t->name, type) != 0 ||
		    !version_has(req->vault, t->change))
			continue;
		why = t->problem ? t->problem(req) : NULL;
		return why ? why : t->text;
	}
	return NULL;
}

/* The type asked for; NULL: refused, the reply is written. */
static const struct transit_type *
transit_keys_read_type(struct request *req)
{
	const char *name = param_str(req, "type"), *problem;
	const struct transit_type *type = transit_type_by_name(name);
	int64_t size = param_int(req, "key_size");

	problem = type ? NULL : transit_keys_enterprise_problem(req, name);
	if (!type && !problem)
		problem = arena_printf(req->arena, "unknown key type %s", name);
	else if (size && (!type || type->kind != TRANSIT_HMAC))
		problem = arena_printf(
		    req->arena, "key_size is not valid for algorithm %s", name);
	else if (size && (size < TRANSIT_HMAC_MIN || size > TRANSIT_HMAC_MAX))
		problem = arena_printf(
		    req->arena, "invalid key_size %lld", (long long)size);
	if (problem)
		fail(req, 400, "%s", problem);
	return problem ? NULL : type;
}

/* The refusals of a key that is new, not of one that exists. */
static bool
transit_keys_check_new(struct request *req, const struct transit_type *type)
{
	bool derived = param_bool(req, "derived");
	bool convergent = param_bool(req, "convergent_encryption");

	if (type->kind == TRANSIT_ED25519 && convergent)
		return refuse_wrapped(req, 500,
		    "convergent encryption not supported for keys of "
		    "type %s",
		    type->name);
	return transit_type_can_derive(type) || !(derived || convergent) ||
	    refuse_wrapped(req, 500,
		"key derivation and convergent encryption not supported for "
		"keys of type %s",
		type->name);
}

static struct transit_key *
transit_keys_new_from_request(
    struct request *req, const struct transit_type *type)
{
	struct transit_key *k = transit_key_new(
	    param_capture(req, "name"), type);

	k->derived = param_bool(req, "derived");
	k->convergent = param_bool(req, "convergent_encryption");
	k->convergent_version = k->convergent ? -1 : 0;
	k->kdf = k->derived ? TRANSIT_KDF_HKDF : TRANSIT_KDF_COUNTER;
	k->exportable = param_bool(req, "exportable");
	k->plaintext_backup = param_bool(req, "allow_plaintext_backup");
	k->rotate_period_ns = param_duration(req, "auto_rotate_period") *
	    NSEC_PER_SEC;
	k->size = param_int(req, "key_size");
	return k;
}

/* Vault 1.19: a key that exists is shown, whatever was asked for. */
static enum handler_result
transit_keys_write(struct request *req)
{
	int64_t period_ns = param_duration(req, "auto_rotate_period") *
	    NSEC_PER_SEC;
	const struct transit_type *type;
	struct error e = { 0 };
	struct transit_key *k;

	if (period_ns && period_ns < HOUR_NS)
		return fail(req, 400,
		    "auto rotate period must be 0 to disable "
		    "or at least an hour");
	if (!param_bool(req, "derived") &&
	    param_bool(req, "convergent_encryption"))
		return fail(req, 400,
		    "convergent encryption requires "
		    "derivation to be enabled");
	if (!(type = transit_keys_read_type(req)))
		return HANDLED;
	if ((k = transit_request_key(req)))
		return transit_keys_reply_key(req, k, (struct slice){ "", 0 });
	if (!transit_keys_check_new(req, type))
		return HANDLED;
	if (!transit_rsa_key_async(req, type))
		return PENDING;
	k = transit_keys_new_from_request(req, type);
	transit_take_async_key(req, k);
	if (!transit_key_rotate(k, req->vault->random, req->started_ns, &e))
		return transit_keys_fail(req, k, &e);
	return transit_keys_save_reply(req, k);
}

static enum handler_result
transit_keys_read(struct request *req)
{
	struct transit_key *k = transit_request_key(req);
	struct slice context = { "", 0 };
	size_t bad;

	if (!k)
		return reply_none(req);
	if (!transit_decode_base64(
		req->arena, param_str(req, "context"), &context, &bad))
		return fail(req, 400, "failed to base64-decode context");
	return transit_keys_reply_key(req, k, context);
}

static enum handler_result
transit_keys_list(struct request *req)
{
	bool hides_import = version_has(
	    req->vault, VERSION_TRANSIT_LIST_IMPORT);
	struct strs all = strs_in(req->arena), names = strs_in(req->arena);

	transit_key_names(req->vault, req->mount, &all);
	for (size_t i = 0; i < all.n; i++)
		if (!hides_import || strcmp(all.items[i], "import/") != 0)
			strs_add(&names, all.items[i]);
	return reply_keys(req, &names);
}

static enum handler_result
transit_keys_delete(struct request *req)
{
	const char *name = param_capture(req, "name");
	struct transit_key *k = transit_request_key(req);

	if (!k)
		return fail(req, 400,
		    "error deleting policy %s: could not "
		    "delete key; not found",
		    name);
	if (!k->deletion_allowed)
		return fail(req, 400,
		    "error deleting policy %s: deletion is "
		    "not allowed for this key",
		    name);
	transit_key_delete(req->vault, req->mount, name);
	return reply_none(req);
}

/* ---- changing ---- */

static const struct param transit_config_params[] = {
	{ "allow_plaintext_backup", P_BOOL, NULL, "May be backed up" },
	{ "auto_rotate_period", P_SECONDS, NULL, "0, or at least an hour" },
	{ "deletion_allowed", P_BOOL, NULL, "May be deleted" },
	{ "exportable", P_BOOL, NULL, "May be exported" },
	{ "min_decryption_version", P_INT, NULL,
	    "Oldest version that decrypts and verifies" },
	{ "min_encryption_version", P_INT, NULL,
	    "Oldest version that encrypts and signs" },
	NAME,
	PARAM_END,
};

/* One of the two minimums into *value; what: "decryption", "encryption". */
static bool
transit_keys_set_min_version(struct request *req, const struct transit_key *k,
    const char *what, int64_t *value, struct error *e)
{
	const char *field = arena_printf(req->arena, "min_%s_version", what);
	int64_t wanted = param_int(req, field);

	if (!param_is_given(req, field))
		return true;
	if (wanted < 0)
		return error_set(
		    e, 400, "min %s version cannot be negative", what);
	if (wanted == 0 && value == &k->min_decryption) {
		wanted = 1;
		reply_warn(req,
		    "since Vault 0.3, transit key numbering starts at "
		    "1; forcing minimum to 1");
	}
	if (wanted != *value && wanted > k->latest)
		return error_set(e, 400,
		    "cannot set min %s version of %lld, "
		    "latest key version is %lld",
		    what, (long long)wanted, (long long)k->latest);
	*value = wanted;
	return true;
}

static bool
transit_keys_set_min_versions(
    struct request *req, struct transit_key *k, struct error *e)
{
	if (!transit_keys_set_min_version(
		req, k, "decryption", &k->min_decryption, e) ||
	    !transit_keys_set_min_version(
		req, k, "encryption", &k->min_encryption, e))
		return false;
	if (k->min_encryption > 0 && k->min_encryption < k->min_decryption)
		return error_set(e, 400,
		    "cannot set min encryption/decryption values; min "
		    "encryption version of %lld must be greater than or equal "
		    "to min decryption version of %lld",
		    (long long)k->min_encryption, (long long)k->min_decryption);
	return true;
}

/* After everything else, and only when something changes. */
static bool
transit_keys_check_min_available(const struct transit_key *k, struct error *e)
{
	if (k->min_available > k->min_encryption)
		return error_set(e, 400,
		    "min encryption version should not "
		    "be less than min available version");
	if (k->min_available > k->min_decryption)
		return error_set(e, 400,
		    "min decryption version should not "
		    "be less then min available version");
	return true;
}

static bool
transit_keys_configure(
    struct request *req, struct transit_key *k, struct error *e)
{
	int64_t period_ns = param_duration(req, "auto_rotate_period") *
	    NSEC_PER_SEC;

	if (!transit_keys_set_min_versions(req, k, e))
		return false;
	if (param_is_given(req, "deletion_allowed"))
		k->deletion_allowed = param_bool(req, "deletion_allowed");
	k->exportable |= param_bool(req, "exportable");
	k->plaintext_backup |= param_bool(req, "allow_plaintext_backup");
	if (param_is_given(req, "auto_rotate_period")) {
		if (period_ns && period_ns < HOUR_NS)
			return error_set(e, 400,
			    "auto rotate period must be 0 to disable or at "
			    "least an hour");
		k->rotate_period_ns = period_ns;
	}
	return transit_keys_check_min_available(k, e);
}

static enum handler_result
transit_keys_write_config(struct request *req)
{
	struct transit_key *k = transit_request_key_own(req);
	struct error e = { 0 };

	if (!k)
		return fail(req, 400, "no existing key named %s could be found",
		    param_capture(req, "name"));
	if (!transit_keys_configure(req, k, &e))
		return transit_keys_fail(req, k, &e);
	return transit_keys_save_reply(req, k);
}

static const struct param transit_name_params[] = {
	{ "managed_key_id", P_STRING, NULL, "Enterprise only" },
	{ "managed_key_name", P_STRING, NULL, "Enterprise only" },
	NAME,
	PARAM_END,
};

static enum handler_result
transit_keys_rotate(struct request *req)
{
	const struct transit_key *current = transit_request_key(req);
	struct error e = { 0 };
	struct transit_key *k;

	if (!current)
		return fail(req, 400, "key not found");
	if (!transit_rsa_key_async(req, current->type))
		return PENDING;
	k = transit_request_key_own(req);
	transit_take_async_key(req, k);
	if (!transit_key_rotate(k, req->vault->random, req->started_ns, &e))
		return transit_keys_fail(req, k, &e);
	return transit_keys_save_reply(req, k);
}

static const struct param transit_trim_params[] = {
	{ "min_available_version", P_INT, NULL,
	    "Versions below it are deleted" },
	NAME,
	PARAM_END,
};

static const char *
transit_keys_trim_problem(const struct transit_key *k, int64_t wanted)
{
	if (wanted < k->min_available)
		return "minimum available version cannot be decremented";
	if (k->min_encryption == 0)
		return "minimum available version cannot be set when minimum "
		       "encryption version is not set";
	if (k->min_decryption == 0)
		return "minimum available version cannot be set when minimum "
		       "decryption version is not set";
	if (wanted > k->min_encryption)
		return "minimum available version cannot be greater than "
		       "minmum encryption version";
	if (wanted > k->min_decryption)
		return "minimum available version cannot be greater than "
		       "minimum decryption version";
	if (wanted < 0)
		return "minimum available version cannot be negative";
	if (wanted == 0)
		return "minimum available version should be positive";
	return NULL;
}

static enum handler_result
transit_keys_trim(struct request *req)
{
	int64_t wanted = param_int(req, "min_available_version");
	struct transit_key *k = transit_request_key_own(req);
	struct error e = { 0 };
	const char *problem;

	if (!k)
		return fail(req, 400, "invalid key name");
	problem = param_is_given(req, "min_available_version")
	    ? transit_keys_trim_problem(k, wanted)
	    : "missing min_available_version";
	if (problem) {
		error_set(&e, 400, "%s", problem);
		return transit_keys_fail(req, k, &e);
	}
	k->min_available = wanted;
	transit_key_trim(k);
	return transit_keys_save_reply(req, k);
}

const struct route transit_key_routes[] = {
	{ OP_WRITE, "keys/{name}/rotate", 0, transit_name_params,
	    transit_keys_rotate, NULL, "Make a new version of a key" },
	{ OP_WRITE, "keys/{name}/config", 0, transit_config_params,
	    transit_keys_write_config, NULL, "Configure a key" },
	{ OP_WRITE, "keys/{name}/trim", 0, transit_trim_params,
	    transit_keys_trim, NULL, "Delete old versions of a key" },
	{ OP_READ, "keys/{name}", 0, transit_key_params, transit_keys_read,
	    NULL, "Read a key" },
	{ OP_WRITE, "keys/{name}", 0, transit_key_params, transit_keys_write,
	    NULL, "Make a key" },
	{ OP_DELETE, "keys/{name}", 0, transit_key_params, transit_keys_delete,
	    NULL, "Delete a key" },
	{ OP_LIST, "keys/?", 0, NULL, transit_keys_list, NULL,
	    "Names of the keys" },
	ROUTE_END,
};

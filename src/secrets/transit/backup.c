/*
 * Vault's backup format: field names, numbers of types and big integers in
 * decimal as Go's encoding/json writes keysutil's structs.
 */
#include "secrets/transit/backup.h"

#include <openssl/x509.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/json/jsontext.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/crypto/crypto_error.h"
#include "core/crypto/keypair.h"

/* Digits of the largest number: RSA-4096's modulus has 1,234. */
#define DIGITS_MAX 1300
#define VERSIONS_MAX 100000

/* ---- writing ---- */

static void
transit_backup_put_bool(struct buf *out, const char *name, bool value)
{
	buf_printf(out, "\"%s\":%s,", name, value ? "true" : "false");
}

static void
transit_backup_put_int(struct buf *out, const char *name, int64_t value)
{
	buf_printf(out, "\"%s\":%lld,", name, (long long)value);
}

static void
transit_backup_put_time(struct buf *out, const char *name, int64_t ns)
{
	char text[RFC3339_MAX];

	rfc3339_nano(ns, text);
	buf_printf(out, "\"%s\":\"%s\",", name, text);
}

static void
transit_backup_put_bytes(
    struct buf *out, const char *name, const struct secret *s, bool has)
{
	buf_printf(out, "\"%s\":", name);
	if (has && s->n) {
		buf_char(out, '"');
		base64_encode(out, s->p, s->n);
		buf_str(out, "\",");
	} else {
		buf_str(out, "null,");
	}
}

/* A number of the key pair; null when it has none. */
static void
transit_backup_put_bignum(
    struct buf *out, const char *name, EVP_PKEY *pair, const char *param)
{
	BIGNUM *n = NULL;
	char *text = NULL;

	if (pair && param && EVP_PKEY_get_bn_param(pair, param, &n) == 1)
		text = BN_bn2dec(n);
	buf_printf(out, "\"%s\":%s,", name, text ? text : "null");
	if (text)
		OPENSSL_clear_free(text, strlen(text));
	BN_clear_free(n);
	crypto_clear_errors();
}

static void
transit_backup_end_object(struct buf *out, const char *after)
{
	out->p[out->n - 1] = '}';
	buf_str(out, after);
}

/* An RSA key as Go's JSON of rsa.PrivateKey or rsa.PublicKey, with a comma
 * behind it. */
static void
transit_backup_put_rsa(struct buf *out, EVP_PKEY *pair, bool private)
{
	static const char *const crt[][2] = {
		{ "Dp", OSSL_PKEY_PARAM_RSA_EXPONENT1 },
		{ "Dq", OSSL_PKEY_PARAM_RSA_EXPONENT2 },
		{ "Qinv", OSSL_PKEY_PARAM_RSA_COEFFICIENT1 },
	};

	buf_char(out, '{');
	transit_backup_put_bignum(out, "N", pair, OSSL_PKEY_PARAM_RSA_N);
	transit_backup_put_bignum(out, "E", pair, OSSL_PKEY_PARAM_RSA_E);
	if (private) {
		struct buf prime;

		transit_backup_put_bignum(
		    out, "D", pair, OSSL_PKEY_PARAM_RSA_D);
		buf_init(&prime, 0);
		transit_backup_put_bignum(
		    &prime, "", pair, OSSL_PKEY_PARAM_RSA_FACTOR1);
		buf_str(out, "\"Primes\":[");
		buf_add(out, prime.p + 3, prime.n - 3);
		buf_wipe(&prime);
		transit_backup_put_bignum(
		    &prime, "", pair, OSSL_PKEY_PARAM_RSA_FACTOR2);
		buf_add(out, prime.p + 3, prime.n - 4);
		buf_wipe(&prime);
		buf_str(out, "],\"Precomputed\":{");
		for (size_t i = 0; i < 3; i++)
			transit_backup_put_bignum(
			    out, crt[i][0], pair, crt[i][1]);
		buf_str(out, "\"CRTValues\":[]},");
	}
	transit_backup_end_object(out, ",");
}

static void
transit_backup_put_key_pairs(struct buf *out, const struct transit_type *type,
    struct transit_version *ver)
{
	EVP_PKEY *pair = transit_type_is_asymmetric(type)
	    ? transit_version_pair(type, ver)
	    : NULL;
	EVP_PKEY *ec = type->kind == TRANSIT_EC ? pair : NULL;
	EVP_PKEY *rsa = type->kind == TRANSIT_RSA ? pair : NULL;
	bool private = ver->material.n > 0;

	transit_backup_put_bignum(out, "ec_x", ec, OSSL_PKEY_PARAM_EC_PUB_X);
	transit_backup_put_bignum(out, "ec_y", ec, OSSL_PKEY_PARAM_EC_PUB_Y);
	transit_backup_put_bignum(
	    out, "ec_d", private ? ec : NULL, OSSL_PKEY_PARAM_PRIV_KEY);
	buf_str(out, "\"rsa_key\":");
	if (rsa && private)
		transit_backup_put_rsa(out, rsa, true);
	else
		buf_str(out, "null,");
	buf_str(out, "\"rsa_public_key\":");
	if (rsa)
		transit_backup_put_rsa(out, rsa, false);
	else
		buf_str(out, "null,");
}

static void
transit_backup_put_public(struct buf *out, const struct transit_type *type,
    struct transit_version *ver)
{
	char *pem = NULL;
	uint8_t raw[32];

	buf_str(out, "\"public_key\":");
	if (type->kind == TRANSIT_EC)
		pem = keypair_public_pem(transit_version_pair(type, ver));
	if (type->kind == TRANSIT_ED25519 && transit_ed25519_public(ver, raw)) {
		buf_char(out, '"');
		base64_encode(out, raw, sizeof(raw));
		buf_str(out, "\",");
		return;
	}
	jsontext_quote_str(out, pem ? pem : "");
	buf_char(out, ',');
	free(pem);
}

/* A list of certificates, DER in base64, or null. */
static void
transit_backup_put_chain(struct buf *out, const struct secret *chain)
{
	const unsigned char *p = chain->p, *end;

	buf_str(out, "\"certificate_chain\":");
	if (chain->n == 0) {
		buf_str(out, "null,");
		return;
	}
	buf_char(out, '[');
	end = p + chain->n;
	while (p < end) {
		const unsigned char *start = p;
		X509 *cert = d2i_X509(NULL, &p, end - p);

		X509_free(cert);
		if (!cert)
			break;
		buf_str(out, start == chain->p ? "\"" : ",\"");
		base64_encode(out, start, (size_t)(p - start));
		buf_char(out, '"');
	}
	buf_str(out, "],");
}

static void
transit_backup_put_version(struct buf *out, const struct transit_type *type,
    struct transit_version *ver)
{
	bool raw = !transit_type_is_asymmetric(type) ||
	    type->kind == TRANSIT_ED25519;

	buf_char(out, '{');
	transit_backup_put_bytes(out, "key", &ver->material, raw);
	transit_backup_put_bytes(out, "hmac_key", &ver->hmac, true);
	transit_backup_put_time(out, "time", ver->created_ns);
	transit_backup_put_key_pairs(out, type, ver);
	transit_backup_put_public(out, type, ver);
	transit_backup_put_int(out, "convergent_version", ver->convergent);
	transit_backup_put_int(
	    out, "creation_time", ver->created_ns / NSEC_PER_SEC);
	transit_backup_put_chain(out, &ver->chain);
	transit_backup_end_object(out, "");
}

/* The place of a version in the archive that was none. */
static void
transit_backup_put_empty_version(struct buf *out)
{
	buf_str(out,
	    "{\"key\":null,\"hmac_key\":null,"
	    "\"time\":\"0001-01-01T00:00:00Z\",\"ec_x\":null,"
	    "\"ec_y\":null,\"ec_d\":null,\"rsa_key\":null,"
	    "\"rsa_public_key\":null,\"public_key\":\"\","
	    "\"convergent_version\":0,\"creation_time\":0,"
	    "\"certificate_chain\":null}");
}

static void
transit_backup_put_event(
    struct buf *out, const char *name, int64_t when_ns, int64_t version)
{
	buf_printf(out, "\"%s\":", name);
	if (!when_ns) {
		buf_str(out, "null,");
		return;
	}
	buf_char(out, '{');
	transit_backup_put_time(out, "time", when_ns);
	transit_backup_put_int(out, "version", version);
	transit_backup_end_object(out, ",");
}

static void
transit_backup_put_keys(struct buf *out, const struct transit_key *k)
{
	buf_str(out, "\"keys\":{");
	for (int i = 0; i < k->nversions; i++) {
		struct transit_version *ver = k->versions[i];

		if (!transit_version_get(k, ver->number))
			continue;
		buf_printf(out, "\"%lld\":", (long long)ver->number);
		transit_backup_put_version(out, k->type, ver);
		buf_char(out, ',');
	}
	transit_backup_end_object(out, ",");
}

/* The key with all its settings, as keysutil.Policy in JSON. */
static void
transit_backup_put_policy(struct buf *out, const struct transit_key *k)
{
	buf_str(out, "{\"policy\":{\"name\":");
	jsontext_quote_str(out, k->name);
	buf_char(out, ',');
	if (k->size)
		transit_backup_put_int(out, "key_size", k->size);
	transit_backup_put_keys(out, k);
	transit_backup_put_bool(out, "derived", k->derived);
	transit_backup_put_int(out, "kdf", k->kdf);
	transit_backup_put_bool(out, "convergent_encryption", k->convergent);
	transit_backup_put_bool(out, "exportable", k->exportable);
	transit_backup_put_int(
	    out, "min_decryption_version", k->min_decryption);
	transit_backup_put_int(
	    out, "min_encryption_version", k->min_encryption);
	transit_backup_put_int(out, "latest_version", k->latest);
	transit_backup_put_int(out, "archive_version", k->latest);
	transit_backup_put_int(out, "archive_min_version", k->min_available);
	transit_backup_put_int(out, "min_available_version", k->min_available);
	transit_backup_put_bool(out, "deletion_allowed", k->deletion_allowed);
	transit_backup_put_int(
	    out, "convergent_version", k->convergent_version);
	transit_backup_put_int(out, "type", k->type->number);
	transit_backup_put_event(
	    out, "backup_info", k->backed_up_ns, k->backup_version);
	transit_backup_put_event(
	    out, "restore_info", k->restored_ns, k->restored_version);
	transit_backup_put_bool(
	    out, "allow_plaintext_backup", k->plaintext_backup);
	buf_str(out, "\"version_template\":\"\",\"storage_prefix\":\"\",");
	transit_backup_put_int(out, "auto_rotate_period", k->rotate_period_ns);
	transit_backup_put_bool(out, "Imported", k->imported);
	transit_backup_put_bool(
	    out, "AllowImportedKeyRotation", k->import_rotation);
	transit_backup_end_object(out, ",");
}

void
transit_backup_write(const struct transit_key *k, struct buf *out)
{
	struct buf json;

	buf_init(&json, 0);
	transit_backup_put_policy(&json, k);
	buf_str(&json, "\"archived_keys\":{\"keys\":[");
	for (int64_t n = k->min_available; n <= k->latest; n++) {
		struct transit_version *ver = transit_version_get_any(k, n);

		if (n > k->min_available)
			buf_char(&json, ',');
		if (ver)
			transit_backup_put_version(&json, k->type, ver);
		else
			transit_backup_put_empty_version(&json);
	}
	buf_str(&json, "]}}\n");
	base64_encode(out, json.p, json.n);
	buf_wipe(&json);
}

/* ---- reading ---- */

static int64_t
transit_backup_get_int(struct slice object, const char *name)
{
	struct slice v = jsontext_get(object, name);
	char digits[24];

	if (!v.p || jsontext_kind(v) != '0' || v.n >= sizeof(digits))
		return 0;
	memcpy(digits, v.p, v.n);
	digits[v.n] = '\0';
	return strtoll(digits, NULL, 10);
}

static bool
transit_backup_get_bool(struct slice object, const char *name)
{
	struct slice v = jsontext_get(object, name);

	return v.p && v.p[0] == 't';
}

static const char *
transit_backup_get_str(struct arena *a, struct slice object, const char *name)
{
	struct slice v = jsontext_get(object, name);

	return v.p && jsontext_kind(v) == '"' ? jsontext_string(a, v, NULL)
					      : "";
}

static int64_t
transit_backup_get_time_ns(
    struct arena *a, struct slice object, const char *name)
{
	int64_t ns = 0;

	return rfc3339_parse(transit_backup_get_str(a, object, name), &ns) ? ns
									   : 0;
}

static struct slice
transit_backup_get_object(struct slice object, const char *name)
{
	struct slice v = jsontext_get(object, name);

	return v.p && jsontext_kind(v) == '{' ? v : (struct slice){ "{}", 2 };
}

/* NULL when absent, or no whole number of a size that a key has. */
static BIGNUM *
transit_backup_get_bignum(struct slice v)
{
	char digits[DIGITS_MAX + 1];
	BIGNUM *n = NULL;

	if (!v.p || v.n > DIGITS_MAX || jsontext_kind(v) != '0')
		return NULL;
	memcpy(digits, v.p, v.n);
	digits[v.n] = '\0';
	if (BN_dec2bn(&n, digits) != (int)v.n) {
		BN_clear_free(n);
		n = NULL;
	}
	OPENSSL_cleanse(digits, sizeof(digits));
	return n;
}

static void
transit_backup_get_bytes(
    struct arena *a, struct slice object, const char *name, struct secret *s)
{
	const char *text = transit_backup_get_str(a, object, name);
	struct buf bytes;

	buf_init(&bytes, 0);
	if (base64_decode(&bytes, text, strlen(text), NULL) && bytes.n)
		secret_set(s, bytes.p, bytes.n);
	buf_wipe(&bytes);
}

static EVP_PKEY *
transit_backup_read_ec(
    const struct transit_type *type, struct slice entry, bool *private)
{
	BIGNUM *d = transit_backup_get_bignum(jsontext_get(entry, "ec_d"));
	BIGNUM *x = transit_backup_get_bignum(jsontext_get(entry, "ec_x"));
	BIGNUM *y = transit_backup_get_bignum(jsontext_get(entry, "ec_y"));
	EVP_PKEY *pair = x && y
	    ? keypair_ec_from_numbers(type->openssl, d, x, y)
	    : NULL;

	*private = d != NULL;
	BN_clear_free(d);
	BN_free(x);
	BN_free(y);
	return pair;
}

static EVP_PKEY *
transit_backup_read_rsa(struct arena *a, const struct transit_type *type,
    struct slice entry, bool *private)
{
	struct slice key = jsontext_get(entry, "rsa_key"), *primes = NULL, v;
	BIGNUM *n, *e, *p = NULL, *q = NULL;
	EVP_PKEY *pair = NULL;

	*private = key.p && jsontext_kind(key) == '{';
	if (!*private)
		key = transit_backup_get_object(entry, "rsa_public_key");
	n = transit_backup_get_bignum(jsontext_get(key, "N"));
	e = transit_backup_get_bignum(jsontext_get(key, "E"));
	v = jsontext_get(key, "Primes");
	if (*private && v.p && jsontext_kind(v) == '[' &&
	    jsontext_elements(a, v, &primes) == 2) {
		p = transit_backup_get_bignum(primes[0]);
		q = transit_backup_get_bignum(primes[1]);
	}
	if (n && e && (!*private || (p && q)) &&
	    BN_num_bytes(n) == type->bytes && BN_num_bytes(e) <= 8)
		pair = keypair_rsa_from_numbers(n, e, p, q);
	BN_free(n);
	BN_free(e);
	BN_clear_free(p);
	BN_clear_free(q);
	return pair;
}

static EVP_PKEY *
transit_backup_read_ed25519(struct arena *a, struct slice entry,
    const struct secret *material, bool *private)
{
	struct secret public = { NULL, 0 };
	EVP_PKEY *pair = NULL;

	*private = material->n > 0;
	if (material->n == 64)
		return EVP_PKEY_new_raw_private_key(
		    EVP_PKEY_ED25519, NULL, material->p, 32);
	transit_backup_get_bytes(a, entry, "public_key", &public);
	if (!*private && public.n == 32)
		pair = EVP_PKEY_new_raw_public_key(
		    EVP_PKEY_ED25519, NULL, public.p, public.n);
	secret_clear(&public);
	return pair;
}

/* Is there material, and is it the type's? */
static bool
transit_backup_read_material(struct arena *a, const struct transit_key *k,
    struct transit_version *ver, struct slice entry)
{
	EVP_PKEY *pair = NULL;
	bool private = false;

	transit_backup_get_bytes(a, entry, "key", &ver->material);
	switch (k->type->kind) {
	case TRANSIT_AEAD:
		return ver->material.n == (size_t)k->type->bytes;
	case TRANSIT_HMAC:
		return ver->material.n >= TRANSIT_HMAC_MIN &&
		    ver->material.n <= TRANSIT_HMAC_MAX;
	case TRANSIT_EC:
		pair = transit_backup_read_ec(k->type, entry, &private);
		break;
	case TRANSIT_RSA:
		pair = transit_backup_read_rsa(a, k->type, entry, &private);
		break;
	case TRANSIT_ED25519:
		pair = transit_backup_read_ed25519(
		    a, entry, &ver->material, &private);
		break;
	}
	crypto_clear_errors();
	if (!pair)
		return false;
	secret_clear(&ver->material);
	return transit_version_set_pair(k->type, ver, pair, private);
}

/* What is no certificate is passed over. */
static void
transit_backup_get_chain(
    struct arena *a, struct slice entry, struct secret *chain)
{
	struct slice list = jsontext_get(entry, "certificate_chain");
	struct slice *items = NULL;
	size_t n = list.p && jsontext_kind(list) == '['
	    ? jsontext_elements(a, list, &items)
	    : 0;
	struct buf all;

	buf_init(&all, 0);
	for (size_t i = 0; i < n; i++) {
		const char *text = jsontext_kind(items[i]) == '"'
		    ? jsontext_string(a, items[i], NULL)
		    : "";
		const unsigned char *p;
		struct buf der;
		X509 *cert = NULL;

		buf_init(&der, 0);
		if (base64_decode(&der, text, strlen(text), NULL) && der.n) {
			p = (const unsigned char *)der.p;
			cert = d2i_X509(NULL, &p, (long)der.n);
			if (cert && p == (unsigned char *)der.p + der.n)
				buf_add(&all, der.p, der.n);
		}
		X509_free(cert);
		buf_release(&der);
	}
	if (all.n)
		secret_set(chain, all.p, all.n);
	buf_release(&all);
}

/* An entry without time is a place in the archive that was never used. */
static bool
transit_backup_read_version(
    struct arena *a, struct transit_key *k, int64_t number, struct slice entry)
{
	struct transit_version *ver;
	int64_t created_ns, created_s;

	if (jsontext_kind(entry) != '{')
		return false;
	created_ns = transit_backup_get_time_ns(a, entry, "time");
	created_s = transit_backup_get_int(entry, "creation_time");
	if (!created_ns && created_s > 0 &&
	    created_s < INT64_MAX / NSEC_PER_SEC)
		created_ns = created_s * NSEC_PER_SEC;
	if (created_ns <= 0 || number < 1)
		return true;
	if (number > VERSIONS_MAX)
		return false;
	if (transit_version_get_any(k, number))
		return true;
	ver = transit_version_add(k, number, created_ns);
	ver->convergent = (int)transit_backup_get_int(
	    entry, "convergent_version");
	transit_backup_get_bytes(a, entry, "hmac_key", &ver->hmac);
	transit_backup_get_chain(a, entry, &ver->chain);
	return transit_backup_read_material(a, k, ver, entry);
}

static bool
transit_backup_read_versions(struct arena *a, struct transit_key *k,
    struct slice all, struct slice policy)
{
	struct slice archive = jsontext_get(
			 transit_backup_get_object(all, "archived_keys"),
			 "keys"),
		     *entries = NULL;
	struct jsontext_member *members = NULL;
	size_t n = jsontext_members(
	    a, transit_backup_get_object(policy, "keys"), &members);

	for (size_t i = 0; i < n; i++)
		if (!transit_backup_read_version(a, k,
			strtoll(members[i].key, NULL, 10), members[i].value))
			return false;
	if (!archive.p || jsontext_kind(archive) != '[')
		return true;
	n = jsontext_elements(a, archive, &entries);
	for (size_t i = 0; i < n; i++)
		if (!transit_backup_read_version(
			a, k, k->min_available + (int64_t)i, entries[i]))
			return false;
	return true;
}

/* Settings of a key from keysutil.Policy in JSON, without its versions. */
static void
transit_backup_read_policy(
    struct arena *a, struct transit_key *k, struct slice policy)
{
	struct slice backup = transit_backup_get_object(policy, "backup_info");

	k->size = transit_backup_get_int(policy, "key_size");
	k->derived = transit_backup_get_bool(policy, "derived");
	k->kdf = transit_backup_get_int(policy, "kdf") ? TRANSIT_KDF_HKDF
						       : TRANSIT_KDF_COUNTER;
	k->convergent = transit_backup_get_bool(
	    policy, "convergent_encryption");
	k->exportable = transit_backup_get_bool(policy, "exportable");
	k->min_decryption = transit_backup_get_int(
	    policy, "min_decryption_version");
	k->min_encryption = transit_backup_get_int(
	    policy, "min_encryption_version");
	k->latest = transit_backup_get_int(policy, "latest_version");
	k->min_available = transit_backup_get_int(
	    policy, "min_available_version");
	k->deletion_allowed = transit_backup_get_bool(
	    policy, "deletion_allowed");
	k->convergent_version = (int)transit_backup_get_int(
	    policy, "convergent_version");
	k->plaintext_backup = transit_backup_get_bool(
	    policy, "allow_plaintext_backup");
	k->rotate_period_ns = transit_backup_get_int(
	    policy, "auto_rotate_period");
	k->imported = transit_backup_get_bool(policy, "Imported");
	k->import_rotation = transit_backup_get_bool(
	    policy, "AllowImportedKeyRotation");
	k->backed_up_ns = transit_backup_get_time_ns(a, backup, "time");
	k->backup_version = transit_backup_get_int(backup, "version");
}

/* What keysutil asks of every key that it writes. */
static bool
transit_backup_check_versions(const struct transit_key *k, struct error *e)
{
	const char *name = k->name;

	if (k->min_decryption < 1)
		return error_wrap(e, 500,
		    "failed to restore the policy \"%s\": minimum decryption "
		    "version of %lld is less than 1",
		    name, (long long)k->min_decryption);
	if (k->latest < 1)
		return error_wrap(e, 500,
		    "failed to restore the policy \"%s\": latest version of "
		    "%lld is less than 1",
		    name, (long long)k->latest);
	if (k->min_encryption > 0 && k->min_encryption < k->min_decryption)
		return error_wrap(e, 500,
		    "failed to restore the policy \"%s\": minimum decryption "
		    "version of %lld is greater than minimum encryption "
		    "version %lld",
		    name, (long long)k->min_decryption,
		    (long long)k->min_encryption);
	if (k->min_decryption > k->latest)
		return error_wrap(e, 500,
		    "failed to restore the policy \"%s\": minimum decryption "
		    "version of %lld is greater than the latest version %lld",
		    name, (long long)k->min_decryption, (long long)k->latest);
	if (!transit_version_get_any(k, k->latest) ||
	    transit_version_get_any(k, k->latest + 1) || k->min_available < 0 ||
	    k->min_available > k->latest || k->rotate_period_ns < 0)
		return error_wrap(e, 500,
		    "failed to restore the policy \"%s\": need to move keys "
		    "from archive but archive version not up-to-date",
		    name);
	return true;
}

/* Convergent keys are derived, and of a type that can be. */
static bool
transit_backup_is_valid_policy(const struct transit_key *k)
{
	return k->latest <= VERSIONS_MAX && k->min_available >= 0 &&
	    k->min_available <= VERSIONS_MAX &&
	    (!k->derived || transit_type_can_derive(k->type)) &&
	    (!k->convergent || (k->derived && k->type->kind == TRANSIT_AEAD));
}

static struct transit_key *
transit_backup_read_key(struct arena *a, struct slice all, struct error *e)
{
	struct slice policy = jsontext_get(all, "policy");
	const struct transit_type *type = NULL;
	struct transit_key *k = NULL;

	if (jsontext_kind(all) == '{' && policy.p &&
	    jsontext_kind(policy) == '{')
		type = transit_type_by_number(
		    transit_backup_get_int(policy, "type"));
	if (type) {
		k = transit_key_new(
		    transit_backup_get_str(a, policy, "name"), type);
		transit_backup_read_policy(a, k, policy);
	}
	if (!k || !transit_backup_is_valid_policy(k) ||
	    !transit_backup_read_versions(a, k, all, policy))
		error_wrap(
		    e, 500, "backup data does not contain a valid policy");
	else if (transit_backup_check_versions(k, e))
		return k;
	transit_key_free(k);
	return NULL;
}

struct transit_key *
transit_backup_read(const char *text, struct error *e)
{
	struct arena *a = arena_new();
	struct transit_key *k = NULL;
	struct buf json, clean;
	struct error inner = { 0 };
	size_t bad;

	buf_init(&json, 0);
	buf_init(&clean, 0);
	if (!base64_decode(&json, text, strlen(text), &bad))
		error_wrap(
		    e, 500, "illegal base64 data at input byte %zu", bad);
	else if (jsontext_clean(&clean, json.n ? json.p : "", json.n,
		     JSONTEXT_DIGITS, &inner) < 0)
		error_wrap(e, 500, "%s", inner.text);
	else
		k = transit_backup_read_key(
		    a, (struct slice){ clean.p, clean.n }, e);
	buf_wipe(&json);
	buf_wipe(&clean);
	arena_free(a);
	return k;
}

/*
 * Transit's key ring: types, versions, derivation. OpenSSL does the
 * cryptography; layouts are those of Vault's sdk/helper/keysutil.
 */
#include "secrets/transit/key.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/crypto/keypair.h"

static const struct transit_type transit_types[] = {
	{ "aes256-gcm96", 0, TRANSIT_AEAD, 32, "AES-256-GCM", "" },
	{ "aes128-gcm96", 8, TRANSIT_AEAD, 16, "AES-128-GCM", "" },
	{ "chacha20-poly1305", 5, TRANSIT_AEAD, 32, "ChaCha20-Poly1305", "" },
	{ "ecdsa-p256", 1, TRANSIT_EC, 32, "prime256v1", "P-256" },
	{ "ecdsa-p384", 6, TRANSIT_EC, 48, "secp384r1", "P-384" },
	{ "ecdsa-p521", 7, TRANSIT_EC, 66, "secp521r1", "P-521" },
	{ "ed25519", 2, TRANSIT_ED25519, 32, "ED25519", "ed25519" },
	{ "rsa-2048", 3, TRANSIT_RSA, 256, "RSA", "rsa-2048" },
	{ "rsa-3072", 9, TRANSIT_RSA, 384, "RSA", "rsa-3072" },
	{ "rsa-4096", 4, TRANSIT_RSA, 512, "RSA", "rsa-4096" },
	{ "hmac", 11, TRANSIT_HMAC, 0, "", "" },
};

#define TYPES (sizeof(transit_types) / sizeof(transit_types[0]))

const struct transit_type *
transit_type_by_name(const char *name)
{
	for (size_t i = 0; i < TYPES; i++)
		if (strcmp(transit_types[i].name, name) == 0)
			return &transit_types[i];
	return NULL;
}

const struct transit_type *
transit_type_by_number(int64_t number)
{
	for (size_t i = 0; i < TYPES; i++)
		if (transit_types[i].number == number)
			return &transit_types[i];
	return NULL;
}

bool
transit_type_can_encrypt(const struct transit_type *t)
{
	return t->kind == TRANSIT_AEAD || t->kind == TRANSIT_RSA;
}

bool
transit_type_can_sign(const struct transit_type *t)
{
	return transit_type_is_asymmetric(t);
}

bool
transit_type_can_derive(const struct transit_type *t)
{
	return t->kind == TRANSIT_AEAD || t->kind == TRANSIT_ED25519;
}

bool
transit_type_is_asymmetric(const struct transit_type *t)
{
	return t->kind == TRANSIT_EC || t->kind == TRANSIT_ED25519 ||
	    t->kind == TRANSIT_RSA;
}

/* ---- bytes ---- */

void
secret_clear(struct secret *s)
{
	if (s->p)
		OPENSSL_cleanse(s->p, s->n);
	free(s->p);
	s->p = NULL;
	s->n = 0;
}

static void
secret_take(struct secret *s, uint8_t *p, size_t n)
{
	secret_clear(s);
	s->p = p;
	s->n = n;
}

void
secret_set(struct secret *s, const void *p, size_t n)
{
	uint8_t *copy = xmalloc(n ? n : 1);

	if (n)
		memcpy(copy, p, n);
	secret_take(s, copy, n);
}

void
buf_wipe(struct buf *b)
{
	if (b->p)
		OPENSSL_cleanse(b->p, b->cap);
	buf_release(b);
}

/* ---- keys and versions ---- */

struct transit_key *
transit_key_new(const char *name, const struct transit_type *type)
{
	struct transit_key *k = xcalloc(1, sizeof(*k));

	k->name = xstrdup(name);
	k->type = type;
	return k;
}

static void
transit_version_free(struct transit_version *ver)
{
	secret_clear(&ver->material);
	secret_clear(&ver->public);
	secret_clear(&ver->hmac);
	secret_clear(&ver->chain);
	EVP_CIPHER_CTX_free(ver->encrypt_ctx);
	EVP_CIPHER_CTX_free(ver->decrypt_ctx);
	EVP_PKEY_CTX_free(ver->sign_ctx);
	EVP_PKEY_CTX_free(ver->verify_ctx);
	EVP_MD_free(ver->digest);
	EVP_PKEY_free(ver->pair);
	free(ver);
}

void
transit_key_free(struct transit_key *k)
{
	if (!k)
		return;
	for (int i = 0; i < k->nversions; i++)
		transit_version_free(k->versions[i]);
	EVP_PKEY_free(k->next_pair);
	free(k->versions);
	free(k->name);
	free(k);
}

struct transit_version *
transit_version_get_any(const struct transit_key *k, int64_t number)
{
	int low = 0, high = k->nversions;

	while (low < high) {
		int middle = low + (high - low) / 2;

		if (k->versions[middle]->number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < k->nversions && k->versions[low]->number == number
	    ? k->versions[low]
	    : NULL;
}

struct transit_version *
transit_version_get(const struct transit_key *k, int64_t number)
{
	if (number < k->min_decryption || number > k->latest)
		return NULL;
	return transit_version_get_any(k, number);
}

struct transit_version *
transit_version_add(struct transit_key *k, int64_t number, int64_t now_ns)
{
	struct transit_version *ver = xcalloc(1, sizeof(*ver));
	int i = k->nversions++;

	ver->number = number;
	ver->created_ns = now_ns;
	k->versions = xrealloc(
	    k->versions, (size_t)k->nversions * sizeof(*k->versions));
	for (; i > 0 && k->versions[i - 1]->number > number; i--)
		k->versions[i] = k->versions[i - 1];
	k->versions[i] = ver;
	return ver;
}

void
transit_version_drop_last(struct transit_key *k)
{
	transit_version_free(k->versions[--k->nversions]);
}

void
transit_key_trim(struct transit_key *k)
{
	int n = 0;

	for (int i = 0; i < k->nversions; i++)
		if (k->versions[i]->number < k->min_available)
			transit_version_free(k->versions[i]);
		else
			k->versions[n++] = k->versions[i];
	k->nversions = n;
}

static EVP_PKEY *
transit_key_generate_pair(struct transit_key *k, struct random *r)
{
	const struct transit_type *type = k->type;
	EVP_PKEY *next_pair = k->next_pair;

	k->next_pair = NULL;
	if (next_pair)
		return next_pair;
	if (type->kind == TRANSIT_EC)
		return keypair_ec(r, type->openssl);
	if (type->kind == TRANSIT_RSA)
		return keypair_rsa(r, type->bytes * 8);
	return keypair_ed25519(r);
}

static void
transit_key_generate_bytes(struct secret *s, struct random *r, size_t n)
{
	uint8_t *p = xmalloc(n);

	random_bytes(r, p, n);
	secret_take(s, p, n);
}

static bool
transit_key_check_rotation(const struct transit_key *k, struct error *e)
{
	if (k->imported && !k->import_rotation)
		return error_wrap(e, 500,
		    "imported key %s does not allow "
		    "rotation within Vault",
		    k->name);
	if (k->type->kind == TRANSIT_HMAC &&
	    (k->size < TRANSIT_HMAC_MIN || k->size > TRANSIT_HMAC_MAX))
		return error_wrap(e, 500,
		    "invalid key size for HMAC key, must be between %d and %d "
		    "bytes",
		    TRANSIT_HMAC_MIN, TRANSIT_HMAC_MAX);
	return true;
}

/* The material of a new version, and its HMAC key. */
static bool
transit_key_generate(
    struct transit_key *k, struct transit_version *ver, struct random *r)
{
	bool hmac = k->type->kind == TRANSIT_HMAC;
	size_t n = hmac ? (size_t)k->size : (size_t)k->type->bytes;

	if (transit_type_is_asymmetric(k->type)) {
		if (!transit_version_set_pair(
			k->type, ver, transit_key_generate_pair(k, r), true))
			return false;
	} else {
		transit_key_generate_bytes(&ver->material, r, n);
	}
	if (hmac)
		secret_set(&ver->hmac, ver->material.p, n);
	else
		transit_key_generate_bytes(&ver->hmac, r, 32);
	return true;
}

bool
transit_key_rotate(
    struct transit_key *k, struct random *r, int64_t now_ns, struct error *e)
{
	struct transit_version *ver;

	if (!transit_key_check_rotation(k, e))
		return false;
	ver = transit_version_add(k, k->latest + 1, now_ns);
	if (!transit_key_generate(k, ver, r)) {
		transit_version_drop_last(k);
		return error_wrap(e, 500, "error generating key");
	}
	if (k->convergent &&
	    (k->convergent_version == -1 || k->convergent_version > 1))
		ver->convergent = 3;
	k->latest = ver->number;
	k->imported = false;
	if (k->min_decryption == 0)
		k->min_decryption = 1;
	return true;
}

/* ---- key pairs ---- */

/* Go keeps an Ed25519 key as seed and public key; HKDF takes all 64 bytes. */
static bool
transit_material_of_ed25519(EVP_PKEY *pair, struct secret *out)
{
	uint8_t both[64];
	size_t n = 32, m = 32;
	bool ok = EVP_PKEY_get_raw_private_key(pair, both, &n) == 1 &&
	    EVP_PKEY_get_raw_public_key(pair, both + 32, &m) == 1;

	if (ok)
		secret_set(out, both, sizeof(both));
	OPENSSL_cleanse(both, sizeof(both));
	return ok;
}

static bool
transit_material_of_pkcs8(EVP_PKEY *pair, struct secret *out)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pair);
	unsigned char *der = NULL;
	int n = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : 0;

	if (n > 0) {
		secret_set(out, der, (size_t)n);
		OPENSSL_clear_free(der, (size_t)n);
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	return n > 0;
}

bool
transit_version_set_pair(const struct transit_type *type,
    struct transit_version *ver, EVP_PKEY *pair, bool private)
{
	struct secret material = { 0 };
	unsigned char *der = NULL;
	int n = pair ? i2d_PUBKEY(pair, &der) : 0;
	bool ok = n > 0;

	if (ok && private)
		ok = type->kind == TRANSIT_ED25519
		    ? transit_material_of_ed25519(pair, &material)
		    : transit_material_of_pkcs8(pair, &material);
	if (ok) {
		secret_set(&ver->public, der, (size_t)n);
		EVP_PKEY_free(ver->pair);
		ver->pair = pair;
		if (private)
			secret_take(&ver->material, material.p, material.n);
	} else {
		EVP_PKEY_free(pair);
	}
	OPENSSL_free(der);
	return ok;
}

EVP_PKEY *
transit_version_pair(
    const struct transit_type *type, struct transit_version *ver)
{
	const unsigned char *p = ver->material.p;

	if (ver->pair)
		return ver->pair;
	if (type->kind == TRANSIT_ED25519 && ver->material.n == 64)
		ver->pair = EVP_PKEY_new_raw_private_key(
		    EVP_PKEY_ED25519, NULL, p, 32);
	else if (ver->material.n)
		ver->pair = d2i_AutoPrivateKey(NULL, &p, (long)ver->material.n);
	if (!ver->pair && ver->public.n) {
		p = ver->public.p;
		ver->pair = d2i_PUBKEY(NULL, &p, (long)ver->public.n);
	}
	return ver->pair;
}

bool
transit_ed25519_public(struct transit_version *ver, uint8_t out[32])
{
	EVP_PKEY *pair = transit_version_pair(
	    transit_type_by_name("ed25519"), ver);
	size_t n = 32;

	return pair && EVP_PKEY_get_raw_public_key(pair, out, &n) == 1;
}

/* ---- derivation ---- */

int
transit_convergent_scheme(
    const struct transit_key *k, const struct transit_version *ver)
{
	if (!k->convergent)
		return 0;
	if (ver && ver->convergent)
		return ver->convergent;
	return k->convergent_version ? k->convergent_version : 1;
}

static bool
transit_key_hmac_sha256(
    struct slice key, const struct buf *input, uint8_t out[32])
{
	unsigned n = 32;

	return HMAC(EVP_sha256(), key.p, (int)key.n, (const uint8_t *)input->p,
		   input->n, out, &n) != NULL;
}

/* RFC 5869 without salt. By hand, since OpenSSL's own takes no context beyond
 * some kilobytes. */
static bool
transit_key_hkdf(struct slice key, struct slice context, uint8_t *out, size_t n)
{
	static const char salt[32];
	uint8_t prk[32], block[32];
	struct buf input;
	bool ok;

	buf_init(&input, 0);
	buf_slice(&input, key);
	ok = transit_key_hmac_sha256(
	    (struct slice){ salt, sizeof(salt) }, &input, prk);
	for (char i = 1; ok && n > 0; i++) {
		size_t part = n < sizeof(block) ? n : sizeof(block);

		if (input.p)
			OPENSSL_cleanse(input.p, input.cap);
		buf_clear(&input);
		if (i > 1)
			buf_add(&input, block, sizeof(block));
		buf_slice(&input, context);
		buf_char(&input, i);
		ok = transit_key_hmac_sha256(
		    (struct slice){ (char *)prk, sizeof(prk) }, &input, block);
		memcpy(out, block, part);
		out += part;
		n -= part;
	}
	OPENSSL_cleanse(prk, sizeof(prk));
	OPENSSL_cleanse(block, sizeof(block));
	buf_wipe(&input);
	return ok;
}

/* One round gives the 256 bits that Vault asked for: counter 0, context, length
 * in bits. */
static bool
transit_key_counter_kdf(struct slice key, struct slice context, uint8_t out[32])
{
	static const uint8_t counter[4], bits[4] = { 0, 0, 1, 0 };
	struct buf input;
	bool ok;

	buf_init(&input, 0);
	buf_add(&input, counter, sizeof(counter));
	buf_slice(&input, context);
	buf_add(&input, bits, sizeof(bits));
	ok = transit_key_hmac_sha256(key, &input, out);
	buf_release(&input);
	return ok;
}

bool
transit_derive(const struct transit_key *k, const struct transit_version *ver,
    struct slice context, uint8_t *out, size_t n, struct error *e)
{
	struct slice key = { (const char *)ver->material.p, ver->material.n };
	uint8_t fixed[32];
	bool ok;

	if (context.n == 0)
		return error_set(e, 400,
		    "missing 'context' for key derivation; the key was created "
		    "using a derived key, which means additional, per-request "
		    "information must be included in order to perform "
		    "operations with the key");
	if (k->kdf == TRANSIT_KDF_HKDF) {
		ok = transit_key_hkdf(key, context, out, n);
	} else {
		ok = n <= sizeof(fixed) &&
		    transit_key_counter_kdf(key, context, fixed);
		if (ok)
			memcpy(out, fixed, n);
		OPENSSL_cleanse(fixed, sizeof(fixed));
	}
	return ok ||
	    error_wrap(e, 500,
		"could not derive key, length too "
		"small");
}

EVP_PKEY *
transit_derive_ed25519(const struct transit_key *k,
    const struct transit_version *ver, struct slice context, struct error *e)
{
	uint8_t seed[32];
	EVP_PKEY *pair = NULL;

	if (transit_derive(k, ver, context, seed, sizeof(seed), e))
		pair = EVP_PKEY_new_raw_private_key(
		    EVP_PKEY_ED25519, NULL, seed, sizeof(seed));
	OPENSSL_cleanse(seed, sizeof(seed));
	if (!pair)
		error_wrap(e, 500, "could not derive key");
	return pair;
}

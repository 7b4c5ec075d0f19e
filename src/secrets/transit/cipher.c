/*
 * Transit's ciphers over OpenSSL: AEAD with a random or a convergent nonce,
 * RSA.
 */
#include "secrets/transit/cipher.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/crypto/crypto_error.h"

#define NONCE 12
#define TAG 16
#define PREFIX "vault:v"

/* ---- "vault:vN:" ---- */

/* Go's strconv.Atoi of the whole slice. */
static bool
transit_cipher_parse_version(struct slice s, int64_t *out)
{
	char digits[24], *end;

	if (s.n == 0 || s.n >= sizeof(digits) || s.p[0] == ' ' ||
	    memchr(s.p, '\0', s.n))
		return false;
	memcpy(digits, s.p, s.n);
	digits[s.n] = '\0';
	if (!strchr("+-0123456789", digits[0]))
		return false;
	*out = strtoll(digits, &end, 10);
	return *end == '\0' && end > digits && *out != LLONG_MAX &&
	    *out != LLONG_MIN;
}

bool
transit_split_versioned(const struct transit_key *k, const char *what,
    struct slice text, int64_t *version, struct slice *rest, struct error *e)
{
	size_t skip = sizeof(PREFIX) - 1;
	const char *colon;
	bool cipher = strcmp(what, "ciphertext") == 0;

	if (text.n < skip || memcmp(text.p, PREFIX, skip) != 0)
		return error_set(e, 400, "invalid %s: no prefix", what);
	text.p += skip;
	text.n -= skip;
	colon = memchr(text.p, ':', text.n);
	if (!colon)
		return error_set(
		    e, 400, "invalid %s: wrong number of fields", what);
	rest->p = colon + 1;
	rest->n = text.n - (size_t)(rest->p - text.p);
	if (!transit_cipher_parse_version(
		(struct slice){ text.p, (size_t)(colon - text.p) }, version))
		return error_set(e, 400,
		    "invalid %s: version number could not be decoded", what);
	if (*version == 0 && cipher)
		*version = 1;
	if (*version > k->latest)
		return error_set(
		    e, 400, "invalid %s: version is too new", what);
	if (k->min_decryption > 0 && *version < k->min_decryption)
		return error_set(e, 400,
		    "ciphertext or signature version is "
		    "disallowed by policy (too old)");
	return true;
}

static struct transit_version *
transit_cipher_get_version(
    const struct transit_key *k, int64_t wanted, struct error *e)
{
	struct transit_version *ver;
	const char *why = NULL;

	if (wanted < 0)
		why = "requested version for encryption is negative";
	else if (wanted > k->latest)
		why = "requested version for encryption is higher than the "
		      "latest key version";
	else if (wanted && wanted < k->min_encryption)
		why = "requested version for encryption is less than the "
		      "minimum encryption key version";
	if (why) {
		error_set(e, 400, "%s", why);
		return NULL;
	}
	ver = transit_version_get(k, wanted ? wanted : k->latest);
	if (!ver)
		error_set(e, 400, "no such key version");
	return ver;
}

/* ---- AEAD ---- */

/* NULL when OpenSSL refuses. */
static EVP_CIPHER_CTX *
transit_cipher_new_ctx(
    const struct transit_type *type, const uint8_t *key, bool encrypt)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, type->openssl, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (!cipher || !ctx ||
	    EVP_CipherInit_ex2(ctx, cipher, key, NULL, encrypt, NULL) != 1) {
		EVP_CIPHER_CTX_free(ctx);
		ctx = NULL;
	}
	EVP_CIPHER_free(cipher);
	return ctx;
}

/* What one operation works with. */
struct aead {
	const struct transit_key *k;
	struct transit_version *ver;
	const struct transit_cipher_options *how;
	EVP_CIPHER_CTX *ctx;
	bool own;	       /* ctx belongs to the operation: a derived key */
	uint8_t nonce_key[32]; /* convergent keys */
	size_t nonce_key_size;
};

static void
transit_aead_release(struct aead *a)
{
	if (a->own)
		EVP_CIPHER_CTX_free(a->ctx);
	OPENSSL_cleanse(a->nonce_key, sizeof(a->nonce_key));
}

/* Prepares the context, and the key of nonces. A key that is not derived keeps
 * its prepared context. false with e. */
static bool
transit_aead_init(struct aead *a, bool encrypt, struct error *e)
{
	const struct transit_type *type = a->k->type;
	struct transit_version *ver = a->ver;
	EVP_CIPHER_CTX **kept = encrypt ? &ver->encrypt_ctx : &ver->decrypt_ctx;
	uint8_t derived[64];
	size_t n = (size_t)type->bytes;
	bool nonce = encrypt && transit_convergent_scheme(a->k, ver) > 2;

	if (ver->material.n != n)
		return error_wrap(e, 500,
		    "could not derive enc key, length "
		    "not correct");
	if (!a->k->derived) {
		if (!*kept)
			*kept = transit_cipher_new_ctx(
			    type, ver->material.p, encrypt);
		a->ctx = *kept;
		return a->ctx || error_wrap(e, 500, "could not prepare cipher");
	}
	if (!transit_derive(
		a->k, ver, a->how->context, derived, n + (nonce ? 32 : 0), e))
		return false;
	a->ctx = transit_cipher_new_ctx(type, derived, encrypt);
	a->own = true;
	if (nonce) {
		memcpy(a->nonce_key, derived + n, 32);
		a->nonce_key_size = 32;
	}
	OPENSSL_cleanse(derived, sizeof(derived));
	return a->ctx || error_wrap(e, 500, "could not prepare cipher");
}

/* Version 1 takes the client's nonce; 2 and 3 make it of the plaintext, keyed
 * by the context or by what was derived for it. */
static bool
transit_aead_make_nonce(const struct aead *a, struct random *r,
    struct slice plain, uint8_t nonce[NONCE], struct error *e)
{
	int scheme = transit_convergent_scheme(a->k, a->ver);
	struct slice key = { (const char *)a->nonce_key, a->nonce_key_size };
	uint8_t sum[32];
	unsigned n = sizeof(sum);

	if (scheme == 0) {
		random_bytes(r, nonce, NONCE);
		return true;
	}
	if (scheme == 1) {
		if (a->how->nonce.n != NONCE)
			return error_set(e, 400,
			    "base64-decoded nonce must be %d bytes long when "
			    "using convergent encryption with this key",
			    NONCE);
		memcpy(nonce, a->how->nonce.p, NONCE);
		return true;
	}
	if (scheme == 2)
		key = a->how->context;
	if (key.n == 0)
		return error_wrap(e, 500, "invalid hmac key length of zero");
	if (!HMAC(EVP_sha256(), key.p, (int)key.n, (const uint8_t *)plain.p,
		plain.n, sum, &n))
		return error_wrap(e, 500, "could not make the nonce");
	memcpy(nonce, sum, NONCE);
	return true;
}

/* The factory's numbering is Vault's: the associated data come first. */
static bool
transit_aead_decode_associated(
    const char *text, struct buf *out, struct error *e)
{
	size_t bad;

	if (!text || *text == '\0' ||
	    base64_decode(out, text, strlen(text), &bad))
		return true;
	return error_wrap(e, 500,
	    "unable to get associated_data/additional_data from factory[0]: "
	    "illegal base64 data at input byte %zu",
	    bad);
}

static bool
transit_aead_seal(EVP_CIPHER_CTX *ctx, const uint8_t nonce[NONCE],
    const struct buf *aad, struct slice plain, uint8_t *out)
{
	int n = 0, last = 0;

	return EVP_CipherInit_ex2(ctx, NULL, NULL, nonce, 1, NULL) == 1 &&
	    (aad->n == 0 ||
		EVP_CipherUpdate(ctx, NULL, &n, (const uint8_t *)aad->p,
		    (int)aad->n) == 1) &&
	    (plain.n == 0 ||
		EVP_CipherUpdate(ctx, out, &n, (const uint8_t *)plain.p,
		    (int)plain.n) == 1) &&
	    EVP_CipherFinal_ex(ctx, out + plain.n, &last) == 1 &&
	    EVP_CIPHER_CTX_ctrl(
		ctx, EVP_CTRL_AEAD_GET_TAG, TAG, out + plain.n) == 1;
}

static bool
transit_aead_open(EVP_CIPHER_CTX *ctx, const uint8_t *nonce,
    const struct buf *aad, struct slice text, uint8_t *out)
{
	size_t n = text.n - TAG;
	uint8_t tag[TAG];
	int m = 0, last = 0;

	memcpy(tag, text.p + n, TAG);
	return EVP_CipherInit_ex2(ctx, NULL, NULL, nonce, 0, NULL) == 1 &&
	    (aad->n == 0 ||
		EVP_CipherUpdate(ctx, NULL, &m, (const uint8_t *)aad->p,
		    (int)aad->n) == 1) &&
	    (n == 0 ||
		EVP_CipherUpdate(
		    ctx, out, &m, (const uint8_t *)text.p, (int)n) == 1) &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1 &&
	    EVP_CipherFinal_ex(ctx, out + n, &last) == 1;
}

static bool
transit_aead_encrypt(struct aead *a, struct random *r, struct slice plain,
    struct buf *raw, struct error *e)
{
	struct buf aad;
	uint8_t nonce[NONCE];
	size_t lead = transit_convergent_scheme(a->k, a->ver) == 1 ? 0 : NONCE;
	bool ok = transit_aead_init(a, true, e);

	buf_init(&aad, 0);
	ok = ok &&
	    transit_aead_decode_associated(a->how->associated_data, &aad, e) &&
	    transit_aead_make_nonce(a, r, plain, nonce, e);
	if (ok) {
		buf_reserve(raw, lead + plain.n + TAG);
		memcpy(raw->p, nonce, lead);
		raw->n = lead + plain.n + TAG;
		ok = transit_aead_seal(a->ctx, nonce, &aad, plain,
			 (uint8_t *)raw->p + lead) ||
		    error_wrap(e, 500, "encryption failed");
	}
	buf_release(&aad);
	transit_aead_release(a);
	return ok;
}

/* Go's two AEADs speak of themselves. */
static bool
transit_aead_auth_failed(const struct transit_key *k, struct error *e)
{
	crypto_clear_errors();
	return error_set(e, 400,
	    strcmp(k->type->openssl, "ChaCha20-Poly1305") == 0
		? "chacha20poly1305: message authentication failed"
		: "cipher: message authentication failed");
}

/* Decrypts raw, which is nonce, ciphertext and tag, or lacks the nonce when the
 * client gives it. Adds the plaintext to out. */
static bool
transit_aead_decrypt(
    struct aead *a, struct slice raw, struct buf *out, struct error *e)
{
	const struct transit_key *k = a->k;
	const struct transit_cipher_options *how = a->how;
	struct buf aad;
	bool given = k->convergent && k->convergent_version == 1;
	const char *nonce = given ? how->nonce.p : raw.p;
	bool ok = transit_aead_init(a, false, e);

	buf_init(&aad, 0);
	ok = ok &&
	    transit_aead_decode_associated(how->associated_data, &aad, e);
	if (ok && (raw.n < NONCE || (given && how->nonce.n != NONCE)))
		ok = error_set(e, 400, "invalid ciphertext length");
	if (ok && !given) {
		raw.p += NONCE;
		raw.n -= NONCE;
	}
	if (ok && raw.n < TAG)
		ok = transit_aead_auth_failed(k, e);
	if (ok) {
		buf_reserve(out, raw.n);
		ok = transit_aead_open(a->ctx, (const uint8_t *)nonce, &aad,
			 raw, (uint8_t *)out->p + out->n) ||
		    transit_aead_auth_failed(k, e);
		out->n += ok ? raw.n - TAG : 0;
	}
	buf_release(&aad);
	transit_aead_release(a);
	return ok;
}

/* ---- RSA ---- */

static bool
transit_rsa_set_padding(EVP_PKEY_CTX *ctx, const char *hash)
{
	if (!hash)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) ==
		    1;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx, hash, NULL) == 1 &&
	    EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, hash, NULL) == 1;
}

bool
transit_rsa_crypt(EVP_PKEY *pair, bool encrypt, const char *hash,
    struct slice in, struct buf *out)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pair, NULL);
	size_t n = (size_t)EVP_PKEY_get_size(pair);
	uint8_t *to;
	bool ok;

	buf_reserve(out, n ? n : 1);
	to = (uint8_t *)out->p + out->n;
	ok = ctx &&
	    (encrypt ? EVP_PKEY_encrypt_init(ctx)
		     : EVP_PKEY_decrypt_init(ctx)) == 1 &&
	    transit_rsa_set_padding(ctx, hash) &&
	    (encrypt
		    ? EVP_PKEY_encrypt(ctx, to, &n, (const uint8_t *)in.p, in.n)
		    : EVP_PKEY_decrypt(
			  ctx, to, &n, (const uint8_t *)in.p, in.n)) == 1;
	if (ok)
		out->n += n;
	EVP_PKEY_CTX_free(ctx);
	crypto_clear_errors();
	return ok;
}

static bool
transit_rsa_encrypt(const struct transit_key *k, struct transit_version *ver,
    const struct transit_cipher_options *how, struct slice plain,
    struct buf *raw, struct error *e)
{
	EVP_PKEY *pair = transit_version_pair(k->type, ver);

	if (pair &&
	    transit_rsa_crypt(
		pair, true, how->pkcs1 ? NULL : "SHA256", plain, raw))
		return true;
	return error_wrap(e, 500,
	    "failed to RSA encrypt the plaintext: "
	    "crypto/rsa: message too long for RSA key "
	    "size");
}

static bool
transit_rsa_decrypt(const struct transit_key *k, struct transit_version *ver,
    const struct transit_cipher_options *how, struct slice raw, struct buf *out,
    struct error *e)
{
	EVP_PKEY *pair = transit_version_pair(k->type, ver);

	if (ver->material.n == 0)
		return error_wrap(e, 500,
		    "cannot decrypt ciphertext, key version does not have a "
		    "private counterpart");
	if (pair &&
	    transit_rsa_crypt(
		pair, false, how->pkcs1 ? NULL : "SHA256", raw, out))
		return true;
	return error_wrap(e, 500,
	    "failed to RSA decrypt the ciphertext: "
	    "crypto/rsa: decryption error");
}

/* ---- both ---- */

bool
transit_encrypt(struct transit_key *k, struct random *r,
    const struct transit_cipher_options *how, struct slice plain,
    struct buf *out, struct error *e)
{
	struct transit_version *ver;
	struct buf raw;
	bool ok;

	if (!transit_type_can_encrypt(k->type))
		return error_set(e, 400,
		    "message encryption not supported "
		    "for key type %s",
		    k->type->name);
	ver = transit_cipher_get_version(k, how->version, e);
	if (!ver)
		return false;
	buf_init(&raw, 0);
	ok = k->type->kind == TRANSIT_AEAD
	    ? transit_aead_encrypt(
		  &(struct aead){ .k = k, .ver = ver, .how = how }, r, plain,
		  &raw, e)
	    : transit_rsa_encrypt(k, ver, how, plain, &raw, e);
	if (ok) {
		buf_str(out, PREFIX);
		buf_int(out, ver->number);
		buf_char(out, ':');
		base64_encode(out, raw.p, raw.n);
	}
	buf_release(&raw);
	return ok;
}

bool
transit_decrypt(struct transit_key *k, const struct transit_cipher_options *how,
    struct slice ciphertext, struct buf *out, struct error *e)
{
	struct transit_version *ver;
	struct slice rest;
	struct buf raw;
	int64_t number;
	bool ok;

	if (!transit_type_can_encrypt(k->type))
		return error_set(e, 400,
		    "message decryption not supported "
		    "for key type %s",
		    k->type->name);
	if (!transit_split_versioned(
		k, "ciphertext", ciphertext, &number, &rest, e))
		return false;
	ver = transit_version_get(k, number);
	if (transit_convergent_scheme(k, ver) == 1 && how->nonce.n == 0)
		return error_set(e, 400, "invalid convergent nonce supplied");
	buf_init(&raw, 0);
	ok = base64_decode(&raw, rest.p, rest.n, NULL);
	if (!ok)
		error_set(
		    e, 400, "invalid ciphertext: could not decode base64");
	else if (!ver)
		ok = error_set(e, 400, "no such key version");
	else if (k->type->kind == TRANSIT_AEAD)
		ok = transit_aead_decrypt(
		    &(struct aead){ .k = k, .ver = ver, .how = how },
		    (struct slice){ raw.p, raw.n }, out, e);
	else
		ok = transit_rsa_decrypt(
		    k, ver, how, (struct slice){ raw.p, raw.n }, out, e);
	buf_release(&raw);
	return ok;
}

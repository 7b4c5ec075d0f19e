/*
 * A transit key: its type, its versions, their material. Made, derived and
 * wiped here; knows neither routes nor the store.
 */
#ifndef MV_SECRETS_TRANSIT_KEY_H
#define MV_SECRETS_TRANSIT_KEY_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "clock/random.h"

enum transit_kind {
	TRANSIT_AEAD,
	TRANSIT_EC,
	TRANSIT_ED25519,
	TRANSIT_RSA,
	TRANSIT_HMAC,
};

struct transit_type {
	const char *name; /* "aes256-gcm96" */
	int number;	  /* keysutil's KeyType, as in a backup */
	enum transit_kind kind;
	int bytes;	     /* symmetric key, RSA modulus, EC coordinate */
	const char *openssl; /* cipher or curve */
	const char *label;   /* "P-256": `name` of a version; Go's curve */
};

#define TRANSIT_HMAC_MIN 32
#define TRANSIT_HMAC_MAX 512

/* A type by its name, or by keysutil's number; NULL when unknown. */
const struct transit_type *transit_type_by_name(const char *name);
const struct transit_type *transit_type_by_number(int64_t number);
/* What keys of a type are for. */
bool transit_type_can_encrypt(const struct transit_type *t);
bool transit_type_can_sign(const struct transit_type *t);
bool transit_type_can_derive(const struct transit_type *t);
/* A key pair. */
bool transit_type_is_asymmetric(const struct transit_type *t);

/* Bytes of one owner, wiped at their end. */
struct secret {
	uint8_t *p;
	size_t n;
};

/* A copy of p; wipes and frees what was there. */
void secret_set(struct secret *s, const void *p, size_t n);
/* Wipes and frees what is there. */
void secret_clear(struct secret *s);
/* Wipes, then releases. */
void buf_wipe(struct buf *b);

/* How a key's derived keys and nonces are made (keysutil's numbers). */
enum transit_kdf {
	TRANSIT_KDF_COUNTER, /* HMAC-SHA256 in counter mode: before Vault 0.6 */
	TRANSIT_KDF_HKDF,
};

struct transit_version {
	int64_t number;
	int64_t created_ns; /* ns */
	int convergent;	    /* version of the nonce's scheme, 0: the key's */
	/* Symmetric key; Ed25519 seed and public key; PKCS#8 of EC and RSA.
	 * Empty when only a public key was imported. */
	struct secret material;
	struct secret public; /* SubjectPublicKeyInfo of a key pair */
	struct secret hmac;
	struct secret chain; /* certificates, DER, one after the other */
	/* Made from these when first needed. */
	EVP_PKEY *pair;
	EVP_CIPHER_CTX *encrypt_ctx, *decrypt_ctx;
	EVP_PKEY_CTX *sign_ctx, *verify_ctx;
	EVP_MD *digest; /* what was hashed with last: */
	const char *digest_name;
};

struct transit_key {
	int64_t mount;
	char *name;
	const struct transit_type *type;
	bool derived, convergent, exportable, deletion_allowed;
	bool plaintext_backup, imported, import_rotation;
	enum transit_kdf kdf;
	int convergent_version; /* -1: each version has its own */
	int64_t size;		/* HMAC, in bytes; else 0 */
	int64_t latest, min_decryption, min_encryption, min_available;
	int64_t rotate_period_ns;	       /* ns; 0: never by itself */
	int64_t backed_up_ns, backup_version;  /* ns; 0: never */
	int64_t restored_ns, restored_version; /* ns; 0: never */
	struct transit_version **versions;     /* in order of number */
	int nversions;
	EVP_PKEY *next_pair; /* what the next version shall have, or NULL */
};

/* Without versions and settings; the caller frees it. */
struct transit_key *transit_key_new(
    const char *name, const struct transit_type *type);
/* Wipes and frees the key and its versions; NULL is fine. */
void transit_key_free(struct transit_key *k);

/* The version, when decryption may use it ("no such key version" else: NULL).
 */
struct transit_version *transit_version_get(
    const struct transit_key *k, int64_t number);
/* The same, archived or not. */
struct transit_version *transit_version_get_any(
    const struct transit_key *k, int64_t number);
/* An empty version after the latest; the key owns it. */
struct transit_version *transit_version_add(
    struct transit_key *k, int64_t number, int64_t now_ns);
/* Undoes transit_version_add of a number above all others. */
void transit_version_drop_last(struct transit_key *k);
/* Forgets versions below min_available. */
void transit_key_trim(struct transit_key *k);
/* A new version with material of its own, and the latest from now on. */
bool transit_key_rotate(
    struct transit_key *k, struct random *r, int64_t now_ns, struct error *e);

/* Takes material from a key pair; pair moves in, or ends here. false: OpenSSL
 * cannot encode it, the version is as it was. */
bool transit_version_set_pair(const struct transit_type *type,
    struct transit_version *ver, EVP_PKEY *pair, bool private);
/* The key pair of a version, borrowed; NULL when it cannot be read. */
EVP_PKEY *transit_version_pair(
    const struct transit_type *type, struct transit_version *ver);
/* The raw public key of an Ed25519 version; false when it has none. */
bool transit_ed25519_public(struct transit_version *ver, uint8_t out[32]);

/* Version of the nonce's scheme; 0: not convergent. */
int transit_convergent_scheme(
    const struct transit_key *k, const struct transit_version *ver);
/*
 * n bytes (at most 64) derived from a version and a context. Errors are
 * Vault's: 400 for the client's.
 */
bool transit_derive(const struct transit_key *k,
    const struct transit_version *ver, struct slice context, uint8_t *out,
    size_t n, struct error *e);
/* The key pair of a derived Ed25519 key, the caller's; NULL: see e. */
EVP_PKEY *transit_derive_ed25519(const struct transit_key *k,
    const struct transit_version *ver, struct slice context, struct error *e);

#endif

/*
 * Signatures and HMACs with a transit key: "vault:vN:" and base64.
 */
#ifndef MV_SECRETS_TRANSIT_SIGNATURE_H
#define MV_SECRETS_TRANSIT_SIGNATURE_H

#include "secrets/transit/key.h"

struct transit_hash {
	const char *name;    /* "sha2-256" */
	const char *openssl; /* "SHA256"; NULL: none */
	int size;	     /* bytes */
};

/* NULL when unknown. */
const struct transit_hash *transit_hash_by_name(const char *name);

struct transit_sign_options {
	int64_t version; /* signing: 0 for the latest */
	struct slice context;
	const struct transit_hash *hash;
	bool prehashed;	       /* input is the hash already */
	const char *algorithm; /* RSA: "pss", "pkcs1v15"; "" is pss */
	bool jws;	       /* signature in JWS's form, base64 URL */
	int64_t salt; /* PSS: bytes, 0 as long as can be, -1 the hash's */
};

/* What signing makes. */
struct transit_signature {
	struct buf text; /* "vault:vN:..."; the caller releases it */
	bool derived;	 /* the key is a derived Ed25519 key: */
	uint8_t public[32];
};

/* Signs the input; out is zeros before. false with Vault's text in e. */
bool transit_sign(struct transit_key *k, const struct transit_sign_options *how,
    struct slice input, struct transit_signature *out, struct error *e);
/* Checks a signature with its prefix "vault:vN:". false with Vault's text in e
 * when it cannot be checked; *valid is the result. */
bool transit_verify(struct transit_key *k,
    const struct transit_sign_options *how, struct slice input,
    struct slice signature, bool *valid, struct error *e);

/* The version's key for HMACs; NULL: e holds Vault's text. */
const struct secret *transit_hmac_key(
    const struct transit_key *k, int64_t version, struct error *e);
/* out has EVP_MAX_MD_SIZE bytes; how many were written, 0 when OpenSSL refuses.
 */
size_t transit_hmac(const struct secret *key, const struct transit_hash *hash,
    struct slice input, uint8_t *out);

#endif

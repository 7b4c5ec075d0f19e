/*
 * Encryption and decryption with a transit key. Ciphertexts are Vault's:
 * "vault:vN:" and base64 of nonce, text and tag, or of RSA's block.
 */
#ifndef MV_SECRETS_TRANSIT_CIPHER_H
#define MV_SECRETS_TRANSIT_CIPHER_H

#include "secrets/transit/key.h"

struct transit_cipher_options {
	int64_t version; /* encryption: 0 for the latest */
	struct slice context;
	struct slice nonce; /* only the oldest convergent keys take one */
	const char *associated_data; /* base64; NULL or "": none */
	bool pkcs1;		     /* RSA: PKCS #1 v1.5 in place of OAEP */
};

/* Adds the ciphertext to out. Errors: 400 the client's, 500 ours, as Vault
 * tells them apart; out is as it was then. */
bool transit_encrypt(struct transit_key *k, struct random *r,
    const struct transit_cipher_options *how, struct slice plain,
    struct buf *out, struct error *e);
/* Adds the plaintext to out, which the caller wipes. */
bool transit_decrypt(struct transit_key *k,
    const struct transit_cipher_options *how, struct slice ciphertext,
    struct buf *out, struct error *e);

/*
 * Splits "vault:vN:TEXT". what: "ciphertext" or "signature" in the errors.
 * N is checked against the key's versions; 0 is taken as 1 for ciphertexts.
 */
bool transit_split_versioned(const struct transit_key *k, const char *what,
    struct slice text, int64_t *version, struct slice *rest, struct error *e);

/* RSA with OAEP (hash: "SHA256"...) or PKCS #1 v1.5 (NULL). Adds to out; false
 * when OpenSSL refuses. */
bool transit_rsa_crypt(EVP_PKEY *pair, bool encrypt, const char *hash,
    struct slice in, struct buf *out);

#endif

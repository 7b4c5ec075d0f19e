/*
 * Key material that comes from elsewhere: PKCS#8, SubjectPublicKeyInfo, raw
 * bytes, and the wrapping it travels in.
 */
#ifndef MV_SECRETS_TRANSIT_KEY_MATERIAL_H
#define MV_SECRETS_TRANSIT_KEY_MATERIAL_H

#include "secrets/transit/key.h"

/* OpenSSL's name of "SHA256"... in any case; NULL when unknown. */
const char *transit_oaep_hash_name(const char *name);
/*
 * Opens what was wrapped for the RSA key (CKM_RSA_AES_KEY_WRAP): an AES key
 * under OAEP, then the key under that (RFC 5649). Adds to out, which the caller
 * wipes. What is wrapped is longer than TRANSIT_WRAPPED_AES, the AES key's
 * part.
 */
#define TRANSIT_WRAPPED_AES 512 /* an RSA-4096 block */
bool transit_unwrap_import(EVP_PKEY *wrapping, const char *hash,
    struct slice wrapped, struct buf *out, struct error *e);

/* The other way round: what that opens, for a key of any size. OAEP draws its
 * randomness itself. Adds to out. */
bool transit_wrap_export(EVP_PKEY *wrapping, const char *hash,
    struct slice plain, struct random *r, struct buf *out, struct error *e);

/* Imports bytes as the next version; private: PKCS#8 or raw, else PEM of a
 * public key. Nothing changes on an error. */
bool transit_import_material(struct transit_key *k, struct slice bytes,
    bool private, struct random *r, int64_t now_ns, struct error *e);
/* May this version get its private half? */
bool transit_can_import_private(const struct transit_key *k, int64_t version,
    bool private, struct error *e);
/* Gives it. */
bool transit_import_private_half(struct transit_key *k, int64_t version,
    struct slice bytes, struct error *e);

#endif

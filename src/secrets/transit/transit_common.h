/*
 * What the files of transit's routes share. Keys are key.h and
 * transit_store.h, cryptography is cipher.h and signature.h.
 */
#ifndef MV_SECRETS_TRANSIT_TRANSIT_COMMON_H
#define MV_SECRETS_TRANSIT_TRANSIT_COMMON_H

#include "api/reply.h"
#include "api/route.h"
#include "secrets/transit/transit_store.h"

/* Vault 1.19, Community. */
#define TRANSIT_CMAC_REFUSED                                         \
	"CMAC operations are only available in enterprise versions " \
	"of Vault"
#define TRANSIT_PQC_REFUSED \
	"PQC key types are only available in enterprise versions of Vault"

extern const struct route transit_key_routes[];
extern const struct route transit_crypt_routes[];
extern const struct route transit_sign_routes[];
extern const struct route transit_hmac_routes[];
extern const struct route transit_import_routes[];
extern const struct route transit_backup_routes[];
extern const struct route transit_certificate_routes[];

/* A version of an RSA key takes long to make. Call this before anything else is
 * done; after false the handler returns PENDING. */
bool transit_rsa_key_async(
    struct request *req, const struct transit_type *type);
/* Gives the key pair that was made so to the key that is to be rotated. */
void transit_take_async_key(struct request *req, struct transit_key *k);
/* The key that the path names: borrowed, or the caller's own. NULL: none. */
struct transit_key *transit_request_key(struct request *req);
struct transit_key *transit_request_key_own(struct request *req);
/* The public key of a version as a client sees it, malloc'ed: PEM, or base64 of
 * Ed25519. */
char *transit_public_text(
    const struct transit_type *type, struct transit_version *ver);

/* base64 into the arena; never NULL, so that OpenSSL takes nothing for a text.
 * false: *bad is where Go's decoder stops. */
bool transit_decode_base64(
    struct arena *a, const char *text, struct slice *out, size_t *bad);

/* How Vault decodes a batch. */
enum transit_batch_style {
	TRANSIT_BATCH_OWN,	/* code of its own: encrypt, decrypt */
	TRANSIT_BATCH_STRUCT,	/* mapstructure, to a struct: rewrap */
	TRANSIT_BATCH_STRINGS,	/* mapstructure, to strings: sign, hmac */
	TRANSIT_BATCH_ANYTHING, /* mapstructure, to any values: verify */
};

/* The objects of batch_input. */
struct transit_batch {
	enum transit_batch_style style;
	bool given;
	struct slice *items; /* clean JSON objects */
	size_t n;
	struct buf problems; /* what is wrong with members, a line each */
};

/* Reads batch_input. false: it is refused, the reply is written. A batch that
 * is given has an item; transit_batch_check ends the reading. */
bool transit_batch_read(struct request *req, enum transit_batch_style style,
    struct transit_batch *batch);
/* The members of one item as texts, of the names given ("" is passed over,
 * ends with NULL); values NULL when absent. Collects what is no text. */
void transit_item_strs(struct request *req, struct transit_batch *batch,
    size_t i, const char *const *names, const char **values);
/* Adds one to what transit_batch_check refuses. */
void transit_batch_add_problem(struct request *req, struct transit_batch *batch,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* false: there are problems, the reply with all of them is written. */
bool transit_batch_check(struct request *req, struct transit_batch *batch);

/* One answer's item: `"name":"text",`, the text quoted; nothing for NULL. */
void transit_put_member(struct buf *out, const char *name, const char *text);

#endif

/*
 * What the files of transit's rows share. Keys are transit_key.h and
 * transit_store.h, cryptography is transit_cipher.h and transit_sign.h.
 */
#ifndef MV_SECRETS_TRANSIT_TRANSIT_COMMON_H
#define MV_SECRETS_TRANSIT_TRANSIT_COMMON_H

#include "api/reply.h"
#include "api/route.h"
#include "secrets/transit/transit_store.h"

extern const struct route transit_key_routes[];
extern const struct route transit_crypt_routes[];
extern const struct route transit_sign_routes[];
extern const struct route transit_hmac_routes[];
extern const struct route transit_import_routes[];
extern const struct route transit_backup_routes[];

/* A version of an RSA key takes long: as async_key_prepare_rsa, before anything
 * is done; then into the key that is about to be rotated. */
enum handler_result transit_rsa_key_async(
    struct request *req, const struct transit_type *type);
void transit_take_async_key(struct request *req, struct transit_key *k);
/* The key that the path names, as transit_key_get and transit_key_load give it.
 */
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

/* The objects of batch_input. */
struct transit_batch {
	bool given;
	struct slice *items; /* clean JSON objects */
	size_t n;
};

/* false with the refusal. A batch that is given has an item. */
bool transit_batch_read(
    struct request *req, struct transit_batch *batch, enum handler_result *refusal);
/* The members of one item that are texts, of the names given (NULL-terminated);
 * values NULL when absent. Collects what is no text into problems. */
void transit_item_strs(struct request *req, const struct transit_batch *batch,
    size_t i, const char *const *names, const char *format, const char **values,
    struct buf *problems);
/* "failed to parse batch input" with the problems collected; NULL: none. */
enum handler_result transit_batch_fail_problems(struct request *req, struct buf *problems);
void transit_batch_add_problem(struct buf *problems, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* One answer's item: `"name":"text",`, the text quoted; nothing for NULL. */
void transit_put_member(struct buf *out, const char *name, const char *text);

#endif

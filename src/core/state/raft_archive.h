/*
 * The file of a raft snapshot: a gzip'ed tar of meta.json, state.bin,
 * SHA256SUMS and SHA256SUMS.sealed, as "vault operator raft snapshot inspect"
 * reads it. state.bin holds entries of raft's storage (length, key, value);
 * ours are pieces of one document, below one key.
 */
#ifndef MV_CORE_STATE_RAFT_ARCHIVE_H
#define MV_CORE_STATE_RAFT_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

#define RAFT_KEY_SIZE 32

struct raft_meta {
	int64_t index; /* of the last entry of raft's log */
	int64_t term;
	const char *node_id;
	const char *address; /* of the node for others, without a scheme */
	int64_t time_s;	     /* since 1970, on the vault's clock */
};

/* Appends the file that holds document; key seals its sums. false when zlib or
 * OpenSSL could not, or out is over, as it is when memory is short. */
bool raft_archive_write(struct buf *out, const struct raft_meta *meta,
    struct slice document, const uint8_t key[RAFT_KEY_SIZE]);

/* A file that is unpacked; to be released in any case. */
struct raft_archive {
	struct buf tar;
	struct slice meta, state, sums, sealed; /* in tar; p NULL: absent */
};

/* Unpacks a file. false with Vault's text in e. */
bool raft_archive_open(
    struct raft_archive *a, struct slice file, struct error *e);
void raft_archive_release(struct raft_archive *a);
/* Are meta.json and state.bin what SHA256SUMS says? false with Vault's text. */
bool raft_archive_check(const struct raft_archive *a, struct error *e);
/* Are the sums sealed by this key? */
bool raft_archive_is_sealed_by(
    const struct raft_archive *a, const uint8_t key[RAFT_KEY_SIZE]);
/* Appends the document of one of our files; false: it is not ours. */
bool raft_archive_document(const struct raft_archive *a, struct buf *document);
/* The next entry of state.bin, of size bytes; moves *state behind it. false at
 * its end, where state->n is 0, or where it is broken. */
bool raft_archive_next(
    struct slice *state, struct slice *key, struct slice *value, size_t *size);

#endif

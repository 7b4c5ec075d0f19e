/*
 * The journal keeps a digest of each request's token, so that a query can ask
 * for a token and the journal does not hold it.
 */
#ifndef MV_JOURNAL_MATCH_TOKEN_DIGEST_H
#define MV_JOURNAL_MATCH_TOKEN_DIGEST_H

#define TOKEN_DIGEST_SIZE 17 /* 16 hex digits and the NUL */

struct token_digester;

/* Makes digests with one OpenSSL context; token_digester_free ends it. */
struct token_digester *token_digester_new(void);
void token_digester_free(struct token_digester *d);
/* SipHash-2-4 under a fixed key. It is fast, and its 64 bits do not lead back
 * to the token, which has 142 random bits. */
void token_digest(
    struct token_digester *d, const char *token, char out[TOKEN_DIGEST_SIZE]);

#endif

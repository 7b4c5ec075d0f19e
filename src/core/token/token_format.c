/*
 * The texts of a token. A signed token is a protobuf message
 *     { 1: version, 2: HMAC-SHA256 of 3, 3: { 1: id } }
 * and an encrypted one is what Vault's barrier writes: term, version, nonce,
 * AES-GCM.
 */
#include "core/token/token_format.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/crypto/aes_gcm.h"
#include "core/crypto/digest.h"

#define HMAC_LEN DIGEST_SHA256_SIZE
#define NONCE_LEN AES_GCM_NONCE_SIZE
#define TAG_LEN AES_GCM_TAG_SIZE
#define TERM_LEN 4
#define BARRIER_HEADER_LEN (TERM_LEN + 1)
/* Vault: a longer "hvs." text is a signed one. */
#define TOKEN_SHORT_MAX 34

static const uint8_t token_format_barrier_header[BARRIER_HEADER_LEN] = { 0, 0,
	0, 1, 2 };
#define TOKEN_FORMAT_BARRIER_HEADER \
	((struct slice){            \
	    (const char *)token_format_barrier_header, BARRIER_HEADER_LEN })

enum token_format
token_format_of(const char *text)
{
	if (starts_with(text, "hvb.") || starts_with(text, "b."))
		return TOKEN_FORMAT_BATCH;
	if (starts_with(text, "hvs.") && strlen(text) > TOKEN_SHORT_MAX)
		return TOKEN_FORMAT_SIGNED;
	return TOKEN_FORMAT_PLAIN;
}

bool
token_format_is_generated_id(const char *id)
{
	return starts_with(id, "hvs.") || starts_with(id, "s.");
}

static void
token_format_put_bytes(struct buf *b, int field, const void *p, size_t n)
{
	buf_char(b, (char)(field << 3 | 2));
	buf_char(b, (char)n);
	buf_add(b, p, n);
}

/* Takes over b's bytes as text; b is released. */
static char *
token_format_take_string(struct buf *b)
{
	char *text = xstrndup(b->p ? b->p : "", b->n);

	buf_release(b);
	return text;
}

char *
token_format_sign(const struct digest_hmac *sign, const char *id)
{
	uint8_t sum[HMAC_LEN];
	struct buf inner, whole, text;

	buf_init(&inner, 0);
	buf_init(&whole, 0);
	buf_init(&text, 0);
	token_format_put_bytes(&inner, 1, id, strlen(id));
	digest_hmac_of(sign, inner.p, inner.n, sum);
	buf_add(&whole, "\x08\x01", 2);
	token_format_put_bytes(&whole, 2, sum, sizeof(sum));
	token_format_put_bytes(&whole, 3, inner.p, inner.n);
	buf_str(&text, "hvs.");
	base64url_encode(&text, whole.p, whole.n);
	buf_release(&inner);
	buf_release(&whole);
	return token_format_take_string(&text);
}

char *
token_format_inner_id(const char *text)
{
	/* version, field 2 and its length, the sum, field 3 and its length,
	 * field 1 and its length */
	enum { HEAD = 2 + 2 + HMAC_LEN + 2 + 2 };
	struct buf b;
	char *id = NULL;

	buf_init(&b, 0);
	if (base64url_decode(&b, text + 4, strlen(text + 4)) && b.n > HEAD &&
	    (uint8_t)b.p[HEAD - 1] == b.n - HEAD &&
	    !memchr(b.p + HEAD, '\0', b.n - HEAD))
		id = xstrndup(b.p + HEAD, b.n - HEAD);
	buf_release(&b);
	return id;
}

/* AES-256-GCM with the barrier's header as additional data: header, nonce,
 * ciphertext, tag. */
char *
token_format_encrypt(struct random *random, const uint8_t key[TOKEN_KEY_LEN],
    const char *text, size_t n)
{
	uint8_t nonce[NONCE_LEN], tag[TAG_LEN];
	uint8_t *sealed = xmalloc(n + 1);
	struct buf whole, out;

	random_bytes(random, nonce, sizeof(nonce));
	aes_gcm_encrypt(key, nonce, TOKEN_FORMAT_BARRIER_HEADER,
	    (const uint8_t *)text, n, sealed, tag);
	buf_init(&whole, 0);
	buf_init(&out, 0);
	buf_add(&whole, token_format_barrier_header,
	    sizeof(token_format_barrier_header));
	buf_add(&whole, nonce, sizeof(nonce));
	buf_add(&whole, sealed, n);
	buf_add(&whole, tag, sizeof(tag));
	buf_str(&out, "hvb.");
	base64url_encode(&out, whole.p, whole.n);
	buf_release(&whole);
	free(sealed);
	return token_format_take_string(&out);
}

/* Adds the text inside n bytes; false when they were not sealed with this key.
 */
static bool
token_format_decrypt_bytes(const uint8_t key[TOKEN_KEY_LEN], const uint8_t *p,
    size_t n, struct buf *out)
{
	const uint8_t *nonce = p + BARRIER_HEADER_LEN,
		      *sealed = nonce + NONCE_LEN;
	size_t inside;
	uint8_t *text;
	bool ok;

	if (n <= BARRIER_HEADER_LEN + NONCE_LEN + TAG_LEN ||
	    memcmp(p, token_format_barrier_header, BARRIER_HEADER_LEN) != 0)
		return false;
	inside = n - BARRIER_HEADER_LEN - NONCE_LEN - TAG_LEN;
	text = xmalloc(inside + 1);
	ok = aes_gcm_decrypt(key, nonce, TOKEN_FORMAT_BARRIER_HEADER, sealed,
	    inside, text, sealed + inside);
	if (ok)
		buf_add(out, text, inside);
	free(text);
	return ok;
}

bool
token_format_decrypt(
    const uint8_t key[TOKEN_KEY_LEN], const char *sealed, struct buf *out)
{
	const char *rest = strchr(sealed, '.') + 1;
	struct buf b;
	bool ok;

	buf_init(&b, 0);
	ok = base64url_decode(&b, rest, strlen(rest)) && b.n > 0 &&
	    token_format_decrypt_bytes(key, (const uint8_t *)b.p, b.n, out);
	buf_release(&b);
	return ok;
}

/* Vault: a chosen id is hashed with SHA-1, one of its own with an HMAC that is
 * told apart by its leading 'h'. */
char *
token_format_salted_id(const struct digest_hmac *sign, const char *id)
{
	uint8_t sum[HMAC_LEN];
	char hex[1 + 2 * HMAC_LEN + 1] = "h";

	if (token_format_is_generated_id(id)) {
		digest_hmac_of(sign, id, strlen(id), sum);
		hex_encode(sum, HMAC_LEN, hex + 1);
		return xstrdup(hex);
	}
	digest_sha1(id, strlen(id), sum);
	hex_encode(sum, DIGEST_SHA1_SIZE, hex);
	return xstrdup(hex);
}

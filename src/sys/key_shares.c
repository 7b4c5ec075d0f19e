/*
 * Key shares on the wire.
 */
#include "sys/key_shares.h"

#include <string.h>

#include "api/reply.h"
#include "base/json/jsontext.h"
#include "base/text.h"
#include "core/policy/acl.h"

const char *
key_shares_problem(int64_t shares, int64_t threshold)
{
	if (shares < 1)
		return "shares must be at least one";
	if (threshold < 1)
		return "threshold must be at least one";
	if (shares > 1 && threshold == 1)
		return "threshold must be greater than one for multiple "
		       "shares";
	if (shares > 255)
		return "shares must be less than 256";
	if (threshold > 255)
		return "threshold must be less than 256";
	if (threshold > shares)
		return "threshold cannot be larger than shares";
	return NULL;
}

/* The first OpenPGP packet: a tag, a length of its own or the old form, and so
 * many bytes. */
static const char *
key_shares_packet_problem(const uint8_t *p, size_t n)
{
	size_t header = 2, length = 0;

	if (n == 0)
		return "EOF";
	if (!(p[0] & 0x80))
		return "openpgp: invalid data: tag byte does not have MSB set";
	if (!(p[0] & 0x40))
		header = (p[0] & 3) == 3 ? 1 : 1 + (1U << (p[0] & 3));
	else if (n > 1 && p[1] >= 192)
		header = p[1] < 224 ? 3 : p[1] == 255 ? 6 : 2;
	if (n < header)
		return "unexpected EOF";
	for (size_t i = 1; i < header; i++)
		length = length << 8 | p[i];
	if ((p[0] & 0x40) && header == 3)
		length = length - (192U << 8) + 192;
	else if ((p[0] & 0x40) && header == 6)
		length = (size_t)p[2] << 24 | (size_t)p[3] << 16 |
		    (size_t)p[4] << 8 | p[5];
	return length > n - header ? "unexpected EOF" : NULL;
}

const char *
key_shares_pgp_problem(struct arena *a, const struct slice *keys, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *text = jsontext_string(a, keys[i], NULL);
		const char *why = NULL;
		struct buf bytes;
		size_t bad;

		buf_init(&bytes, 0);
		if (!base64_decode(&bytes, text, strlen(text), &bad)) {
			buf_release(&bytes);
			return arena_printf(a,
			    "error decoding given PGP key: illegal base64 "
			    "data at input byte %zu",
			    bad);
		}
		why = key_shares_packet_problem(
		    (const uint8_t *)bytes.p, bytes.n);
		buf_release(&bytes);
		if (why)
			return arena_printf(
			    a, "error parsing given PGP key: %s", why);
	}
	return NULL;
}

void
key_shares_show(json_t *body, const struct share *shares, int n)
{
	json_t *hex = json_array(), *base64 = json_array();

	for (int i = 0; i < n; i++) {
		char text[2 * SHARE_MAX + 1];
		struct buf b;

		hex_encode(shares[i].bytes, shares[i].size, text);
		json_array_append_new(hex, json_string(text));
		buf_init(&b, 0);
		base64_encode(&b, shares[i].bytes, shares[i].size);
		json_array_append_new(base64, json_string(b.p));
		buf_release(&b);
	}
	json_object_set_new(body, "keys", hex);
	json_object_set_new(body, "keys_base64", base64);
}

/* Vault 1.19: hex counts only when it gives 16 to 33 bytes. */
bool
key_shares_decode(struct request *req, const char *text, struct buf *out)
{
	size_t n = strlen(text);
	char *bytes = arena_alloc(req->arena, n + 1);
	long got = hex_decode(text, n, bytes);

	if (got >= SHARE_MIN && got <= SHARE_MAX) {
		buf_add(out, bytes, (size_t)got);
		return true;
	}
	return base64_decode(out, text, n, NULL);
}

bool
key_shares_authorize(struct request *req, bool open)
{
	struct acl_request q = {
		.path = req->path, .capability = CAP_UPDATE, .sudo = true
	};

	if (open || !version_has(req->vault, VERSION_SHARES_NEED_TOKEN))
		return true;
	if (req->op == OP_READ)
		q.capability = CAP_READ;
	else if (req->op == OP_DELETE)
		q.capability = CAP_DELETE;
	if (*req->token_text == '\0')
		(void)fail(req, 403, "permission denied");
	else if (!req->token)
		(void)fail_invalid_token(req);
	else if (!acl_allows(req->vault, req->token, &q))
		(void)fail(
		    req, 403, "1 error occurred:\n\t* permission denied\n\n");
	else
		return true;
	return false;
}

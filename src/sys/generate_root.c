/*
 * sys/generate-root: a root token for the key shares, under a one-time pad; and
 * sys/decode-token, which takes the pad off.
 */
#include <string.h>

#include "api/param.h"
#include "api/reply.h"
#include "base/text.h"
#include "core/seal/generate_root.h"
#include "sys/body_fields.h"
#include "sys/key_shares.h"
#include "sys/route_tables.h"

/* What an answer says beyond the state. */
struct generate_root_answer {
	const char *nonce;
	bool started, complete;
	int progress;
	const char *token;
	const char *otp;
	int otp_length;
};

static enum handler_result
generate_root_show(struct request *req, const struct generate_root_answer *s)
{
	return reply_bare(req, 200,
	    json_pack("{s:s, s:b, s:i, s:i, s:b, s:s, s:s, s:s, s:s, s:i}",
		"nonce", s->nonce, "started", (int)s->started, "progress",
		s->progress, "required", seal_get_config(req->vault).threshold,
		"complete", (int)s->complete, "encoded_token", s->token,
		"encoded_root_token", s->token, "pgp_fingerprint", "", "otp",
		s->otp, "otp_length", s->otp_length));
}

static enum handler_result
generate_root_show_attempt(struct request *req, const char *otp)
{
	const struct rootgen *g = req->vault->rootgen;
	struct generate_root_answer s = { g->nonce, g->started, false,
		g->shares.n, "", otp, ROOT_TOKEN_LEN };

	return generate_root_show(req, &s);
}

static enum handler_result
generate_root_read(struct request *req)
{
	return key_shares_authorize(req, req->vault->config.open_generate_root)
	    ? generate_root_show_attempt(req, "")
	    : HANDLED;
}

static enum handler_result
generate_root_start(struct request *req)
{
	const char *otp = "", *pgp_key = "";
	const struct body_field fields[] = {
		{ "otp", BODY_STRING, &otp },
		{ "pgp_key", BODY_STRING, &pgp_key },
	};
	struct error e = { 0 };

	if (!key_shares_authorize(req, req->vault->config.open_generate_root) ||
	    !body_fields_decode(
		req, "GenerateRootInitRequest", fields, 2, true))
		return HANDLED;
	if (*pgp_key && *otp == '\0')
		return fail(
		    req, 400, "error parsing PGP key: not supported here");
	if (!rootgen_start(req->vault, otp, &e))
		return fail_error(req, &e);
	return generate_root_show_attempt(
	    req, *otp ? "" : req->vault->rootgen->otp);
}

static enum handler_result
generate_root_cancel(struct request *req)
{
	if (!key_shares_authorize(req, req->vault->config.open_generate_root))
		return HANDLED;
	rootgen_cancel(req->vault);
	return reply_none(req);
}

static enum handler_result
generate_root_add_share(
    struct request *req, const struct buf *key, const char *nonce)
{
	struct rootgen *g = req->vault->rootgen;
	char token[64] = "";
	struct error e = { 0 };
	bool complete;
	struct generate_root_answer s = { arena_strdup(req->arena, g->nonce),
		true, false, 0, token, "", 0 };
	enum handler_result v;

	if (!rootgen_update(req->vault,
		(struct slice){ key->p ? key->p : "", key->n }, nonce,
		&complete, token, &e))
		return fail_error(req, &e);
	s.complete = complete;
	s.progress = complete ? seal_get_config(req->vault).threshold
			      : g->shares.n;
	v = generate_root_show(req, &s);
	if (complete)
		rootgen_cancel(req->vault);
	return v;
}

static enum handler_result
generate_root_update(struct request *req)
{
	const char *text = "", *nonce = "";
	const struct body_field fields[] = {
		{ "Key", BODY_STRING, &text },
		{ "Nonce", BODY_STRING, &nonce },
	};
	struct buf key;
	enum handler_result v;

	if (!key_shares_authorize(req, req->vault->config.open_generate_root) ||
	    !body_fields_decode(
		req, "GenerateRootUpdateRequest", fields, 2, false))
		return HANDLED;
	if (*text == '\0')
		return fail(req, 400,
		    "'key' must be specified in request body as JSON");
	buf_init(&key, 0);
	if (key_shares_decode(req, text, &key))
		v = generate_root_add_share(req, &key, nonce);
	else
		v = fail(
		    req, 400, "'key' must be a valid hex or base64 string");
	buf_release(&key);
	return v;
}

/* ---- taking the pad off ---- */

static const struct param decode_params[] = {
	{ "encoded_token", P_STRING, NULL, "What generate-root answered" },
	{ "otp", P_STRING, NULL, "The one-time pad" },
	PARAM_END,
};

/* Go's RawStdEncoding: no padding; line breaks are skipped. On failure *bad is
 * the offset that Go names. */
static bool
generate_root_decode_raw(
    struct request *req, struct buf *out, const char *text, size_t *bad)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz"
				       "0123456789+/";
	size_t n = strlen(text), kept = 0;
	char *clean = arena_alloc(req->arena, n + 4);

	for (*bad = 0; *bad < n; (*bad)++) {
		char c = text[*bad];

		if (c == '\n' || c == '\r')
			continue;
		if (!strchr(alphabet, c))
			return false;
		clean[kept++] = c;
	}
	*bad = n - 1;
	if (kept % 4 == 1)
		return false;
	while (kept % 4)
		clean[kept++] = '=';
	return base64_decode(out, clean, kept, bad);
}

/* Vault 1.19: without a pad both are base64 of a UUID's bytes, as before 1.0;
 * an empty pad is refused with the text of that. */
static enum handler_result
generate_root_decode_token(struct request *req)
{
	const char *encoded = param_str(req, "encoded_token");
	const char *otp = param_str(req, "otp");
	struct buf bytes;
	char *token;
	size_t n = strlen(otp), bad;
	enum handler_result v;

	buf_init(&bytes, 0);
	if (n == 0) {
		bool fine = base64_decode(
		    &bytes, encoded, strlen(encoded), &bad);

		v = fine ? fail(req, 500,
			       "error xoring token: decoded %s base64 value is "
			       "nil or empty",
			       bytes.n ? "second" : "first")
			 : fail(req, 500,
			       "error xoring token: error decoding first "
			       "base64 value: illegal base64 data at input "
			       "byte %zu",
			       bad);
	} else if (!generate_root_decode_raw(req, &bytes, encoded, &bad)) {
		v = fail(req, 500,
		    "error decoding base64'd token: illegal base64 data at "
		    "input byte %zu",
		    bad);
	} else if (bytes.n != n) {
		v = fail(req, 500,
		    "error xoring token: length of byte slices is not "
		    "equivalent: %zu != %zu",
		    bytes.n, n);
	} else {
		token = arena_alloc(req->arena, n);
		for (size_t i = 0; i < n; i++)
			token[i] = (char)(bytes.p[i] ^ otp[i]);
		buf_clear(&bytes);
		buf_str(&bytes, "{\"token\":");
		jsontext_quote(&bytes, token, n);
		buf_char(&bytes, '}');
		v = reply_text(req, (struct slice){ bytes.p, bytes.n });
	}
	buf_release(&bytes);
	return v;
}

/* Paths that exist for their help only. */
static enum handler_result
generate_root_no_operation(struct request *req)
{
	return fail_unsupported_operation(req);
}

#define OPEN (R_DEDICATED | R_UNAUTH)

const struct route sys_generate_root_routes[] = {
	{ OP_READ, "sys/generate-root/attempt", OPEN, NULL, generate_root_read,
	    NULL, "How far a root generation is" },
	{ OP_WRITE, "sys/generate-root/attempt", OPEN, NULL,
	    generate_root_start, NULL, "Begin a root generation" },
	{ OP_DELETE, "sys/generate-root/attempt", OPEN, NULL,
	    generate_root_cancel, NULL, "Give a root generation up" },
	{ OP_READ | OP_WRITE | OP_DELETE, "sys/generate-root/update", OPEN,
	    NULL, generate_root_update, NULL, "Give one key share" },
	ROUTE_END,
};

const struct route sys_decode_token_routes[] = {
	{ OP_WRITE, "sys/decode-token", R_UNAUTH, decode_params,
	    generate_root_decode_token, NULL, "Take the one-time pad off" },
	{ OP_READ | OP_WRITE | OP_DELETE, "sys/generate-root", 0, NULL,
	    generate_root_no_operation, NULL, "Root generation" },
	ROUTE_END,
};

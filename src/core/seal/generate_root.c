/*
 * Root generation.
 */
#include "core/seal/generate_root.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct rootgen *
rootgen_new(void)
{
	return xcalloc(1, sizeof(struct rootgen));
}

void
rootgen_free(struct rootgen *g)
{
	if (!g)
		return;
	OPENSSL_cleanse(g, sizeof(*g));
	free(g);
}

void
rootgen_cancel(struct vault *v)
{
	OPENSSL_cleanse(v->rootgen, sizeof(*v->rootgen));
}

bool
rootgen_start(struct vault *v, const char *otp, struct error *e)
{
	struct rootgen *g = v->rootgen;

	if (*otp && strlen(otp) != ROOT_TOKEN_LEN)
		return error_set(e, 400, "OTP string is wrong length");
	if (g->started)
		return error_set(e, 400, "root generation already in progress");
	g->started = true;
	random_uuid(v->random, g->nonce);
	if (*otp)
		snprintf(g->otp, sizeof(g->otp), "%s", otp);
	else
		random_base62(v->random, g->otp, ROOT_TOKEN_LEN);
	return true;
}

static bool
rootgen_make_token(
    struct vault *v, const char *otp, char out[64], struct error *e)
{
	char root[64];
	uint8_t xored[ROOT_TOKEN_LEN];
	struct buf text;

	if (!v->seal_hooks->create_root_token(v, root, e))
		return false;
	for (int i = 0; i < ROOT_TOKEN_LEN; i++)
		xored[i] = (uint8_t)(root[i] ^ otp[i]);
	buf_init(&text, 0);
	base64_encode_raw(&text, xored, sizeof(xored));
	snprintf(out, 64, "%s", text.p);
	buf_release(&text);
	OPENSSL_cleanse(root, sizeof(root));
	return true;
}

bool
rootgen_update(struct vault *v, struct slice share, const char *nonce,
    bool *complete, char token[64], struct error *e)
{
	struct rootgen *g = v->rootgen;
	struct error why = { 0 };
	bool is_correct;

	*complete = false;
	if (share.n < SHARE_MIN)
		return error_set(e, 400,
		    "invalid key: key is shorter than minimum %d bytes",
		    SHARE_MIN);
	if (share.n > SHARE_MAX)
		return error_set(e, 400,
		    "invalid key: key is longer than maximum %d bytes",
		    SHARE_MAX);
	if (!g->started)
		return error_set(e, 400, "no root generation in progress");
	if (strcmp(nonce, g->nonce) != 0)
		return error_set(e, 400,
		    "incorrect nonce supplied; nonce for this root generation "
		    "operation is \"%s\"",
		    g->nonce);
	if (!share_set_add(&g->shares, (const uint8_t *)share.p, share.n))
		return error_set(e, 400,
		    "given key has already been provided "
		    "during this generation operation");
	if (g->shares.n < seal_get_config(v).threshold)
		return true;
	is_correct = seal_authenticate(v, &g->shares, &why);
	share_set_clear(&g->shares);
	if (!is_correct)
		return error_set(e, 400,
		    "root generation aborted: unable to authenticate: %.900s",
		    why.text);
	*complete = true;
	return rootgen_make_token(v, g->otp, token, e);
}

/*
 * The generators of fixtures, by name in a table.
 */
#include "server/generators.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/text.h"
#include "core/crypto/certificate.h"
#include "core/crypto/keypair.h"

/* Ninety days, as Let's Encrypt gives. */
#define CERT_SECONDS ((int64_t)90 * 86400)

struct generator {
	const char *name;
	/* rest: what follows the name inside the braces. NULL: not understood. */
	json_t *(*make)(struct vault *v, const char *rest);
};

static json_t *
base64_json(const void *p, size_t n)
{
	struct buf out;
	json_t *text;

	buf_init(&out, 0);
	base64_encode(&out, p, n);
	text = json_string(out.p);
	buf_release(&out);
	return text;
}

static json_t *
pem_json(char *pem)
{
	json_t *text = base64_json(pem, strlen(pem));

	free(pem);
	return text;
}

static json_t *
key_pair(EVP_PKEY *key)
{
	json_t *pair = json_pack("{s:o, s:o}", "private_key",
	    pem_json(keypair_private_pem(key)), "public_key",
	    pem_json(keypair_public_pem(key)));

	EVP_PKEY_free(key);
	return pair;
}

static json_t *
make_es256(struct vault *v, const char *rest)
{
	return *rest ? NULL : key_pair(keypair_ec(v->rng, "prime256v1"));
}

static json_t *
make_rs256(struct vault *v, const char *rest)
{
	return *rest ? NULL : key_pair(keypair_rsa(v->rng, 2048));
}

static json_t *
make_aes256(struct vault *v, const char *rest)
{
	uint8_t key[32];

	if (*rest)
		return NULL;
	rng_bytes(v->rng, key, sizeof(key));
	return base64_json(key, sizeof(key));
}

static json_t *
make_uuid(struct vault *v, const char *rest)
{
	char uuid[37];

	if (*rest)
		return NULL;
	rng_uuid(v->rng, uuid);
	return json_string(uuid);
}

static json_t *
make_now(struct vault *v, const char *rest)
{
	char when[RFC3339_MAX];
	int64_t by = 0;

	if (*rest && ((*rest != '+' && *rest != '-') ||
			 !duration_parse(rest + 1, &by)))
		return NULL;
	rfc3339_s(vault_now(v) + (*rest == '-' ? -by : by), when);
	return json_string(when);
}

static json_t *
make_cert(struct vault *v, const char *rest)
{
	const char *dns[2] = { rest + 1, NULL };
	int64_t now = vault_now(v) / NSEC;
	struct cert_request what = { .common_name = rest + 1,
		.dns = dns,
		.not_before = now,
		.not_after = now + CERT_SECONDS };
	char expires[RFC3339_MAX];
	EVP_PKEY *key;
	X509 *cert;
	char *chain, *private;
	json_t *made;

	if (rest[0] != ':' || !rest[1])
		return NULL;
	key = keypair_rsa(v->rng, 2048);
	cert = keygen_cert(v->rng, &what, key, NULL, NULL);
	chain = keygen_cert_pem(cert);
	private = keypair_private_pem(key);
	rfc3339_s(what.not_after * NSEC, expires);
	made = json_pack("{s:s, s:s, s:s}", "fullchain", chain, "privkey",
	    private, "expires_at", expires);
	free(chain);
	free(private);
	X509_free(cert);
	EVP_PKEY_free(key);
	return made;
}

static const struct generator generators[] = {
	{ "es256", make_es256 },
	{ "rs256", make_rs256 },
	{ "aes256", make_aes256 },
	{ "uuid", make_uuid },
	{ "now", make_now },
	{ "cert", make_cert },
};

static json_t *
make_one(struct vault *v, const char *name, char *why, size_t why_size)
{
	json_t *made = NULL;

	for (size_t i = 0;
	     !made && i < sizeof(generators) / sizeof(generators[0]); i++)
		if (starts_with(name, generators[i].name))
			made = generators[i].make(v,
			    name + strlen(generators[i].name));
	if (!made)
		snprintf(why, why_size, "unknown generator {{%s}}", name);
	return made;
}

/* A generator in the middle of a text must make a text. */
static json_t *
splice(struct vault *v, const char *text, char *why, size_t why_size)
{
	const char *open = strstr(text, "{{");
	const char *close = open ? strstr(open, "}}") : NULL;
	json_t *made, *rest, *whole = NULL;
	char *name;

	if (!close)
		return json_string(text);
	name = xstrndup(open + 2, (size_t)(close - open - 2));
	made = make_one(v, name, why, why_size);
	free(name);
	rest = made ? splice(v, close + 2, why, why_size) : NULL;
	if (rest && !json_is_string(made))
		snprintf(why, why_size,
		    "%.*s makes an object and cannot stand inside a text",
		    (int)(close + 2 - open), open);
	else if (rest)
		whole = json_sprintf("%.*s%s%s", (int)(open - text), text,
		    json_string_value(made), json_string_value(rest));
	json_decref(made);
	json_decref(rest);
	return whole;
}

json_t *
generate(struct vault *v, const char *text, char *why, size_t why_size)
{
	size_t n = strlen(text);
	json_t *made;
	char *name;

	if (n < 4 || !starts_with(text, "{{") ||
	    strstr(text, "}}") != text + n - 2)
		return splice(v, text, why, why_size);
	name = xstrndup(text + 2, n - 4);
	made = make_one(v, name, why, why_size);
	free(name);
	return made;
}

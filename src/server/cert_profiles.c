/*
 * Expired, not yet valid, for another host, of an unknown CA, self-signed: the
 * configured certificate with one thing wrong. So that nothing else is wrong,
 * it is signed by a CA that clients trust, where its key is here: that of
 * -dev-tls, or the configured certificate itself when it is its own issuer.
 */
#include "server/cert_profiles.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/cidr.h"
#include "base/duration.h"
#include "core/crypto/certificate.h"
#include "core/crypto/keypair.h"
#include "server/instance.h"

#define DAY ((int64_t)86400)
#define YEAR (365 * DAY)
#define NAMES_MAX 32

static const struct profile {
	int64_t from; /* s from now */
	int64_t until;
	const char *host; /* NULL: the configured names */
	bool stranger;	  /* of a CA that nobody knows */
	bool self_signed;
} profiles[] = {
	[WIRE_CERT_EXPIRED] = { -YEAR, -DAY, NULL, false, false },
	[WIRE_CERT_NOT_YET_VALID] = { 30 * DAY, YEAR, NULL, false, false },
	[WIRE_CERT_WRONG_HOST] = { -DAY, YEAR, "another-host.invalid", false,
	    false },
	[WIRE_CERT_UNKNOWN_CA] = { -DAY, YEAR, NULL, true, false },
	[WIRE_CERT_SELF_SIGNED] = { -DAY, YEAR, NULL, false, true },
};

struct names {
	struct arena *arena;
	const char *dns[NAMES_MAX + 1];
	const char *ip[NAMES_MAX + 1];
	const char *common_name;
};

static void
read_names(struct names *out, X509 *like)
{
	GENERAL_NAMES *all =
	    X509_get_ext_d2i(like, NID_subject_alt_name, NULL, NULL);
	char cn[256] = "localhost";
	int ndns = 0, nip = 0;

	X509_NAME_get_text_by_NID(X509_get_subject_name(like), NID_commonName,
	    cn, sizeof(cn));
	out->common_name = arena_strdup(out->arena, cn);
	for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(all, i);

		if (g->type == GEN_DNS && ndns < NAMES_MAX)
			out->dns[ndns++] = arena_strndup(out->arena,
			    (const char *)ASN1_STRING_get0_data(g->d.dNSName),
			    (size_t)ASN1_STRING_length(g->d.dNSName));
		else if (g->type == GEN_IPADD && nip < NAMES_MAX &&
		    (out->ip[nip] = cidr_bytes_text(out->arena,
			 ASN1_STRING_get0_data(g->d.iPAddress),
			 ASN1_STRING_length(g->d.iPAddress))))
			nip++;
	}
	out->dns[ndns] = NULL;
	out->ip[nip] = NULL;
	GENERAL_NAMES_free(all);
}

/* A CA that exists for this one certificate. */
static void
make_ca(struct rng *r, int64_t now, X509 **ca, EVP_PKEY **key)
{
	struct cert_request what = { .common_name = "Unknown CA",
		.ca = true,
		.not_before = now - 2 * YEAR,
		.not_after = now + 2 * YEAR };

	*key = keypair_ec(r, "prime256v1");
	*ca = keygen_cert(r, &what, *key, NULL, NULL);
}

/* References to whom clients trust; false when that key is not here. */
static bool
trusted_ca(struct instance *in, const SSL_CTX *ctx, X509 **ca, EVP_PKEY **key)
{
	*ca = in->tls.issuer;
	*key = in->tls.issuer_key;
	if (!*ca) {
		*ca = SSL_CTX_get0_certificate(ctx);
		*key = SSL_CTX_get0_privatekey(ctx);
		if (!*ca || !*key || X509_check_issued(*ca, *ca) != X509_V_OK)
			return false;
	}
	X509_up_ref(*ca);
	EVP_PKEY_up_ref(*key);
	return true;
}

static void
sign(struct instance *in, struct rng *r, const struct profile *p,
    const SSL_CTX *ctx, const struct cert_request *what, X509 **cert,
    EVP_PKEY **key)
{
	X509 *ca = NULL;
	EVP_PKEY *ca_key = NULL;

	if (!p->self_signed &&
	    (p->stranger || !trusted_ca(in, ctx, &ca, &ca_key)))
		make_ca(r, clock_real_wall() / NSEC, &ca, &ca_key);
	*key = keypair_ec(r, "prime256v1");
	*cert = keygen_cert(r, what, *key, ca, ca_key);
	X509_free(ca);
	EVP_PKEY_free(ca_key);
}

/* Clients look at their own clocks, so the real time counts here. The instance's
 * randomness is left alone: a fault must not change the ids that follow. */
bool
cert_profile(void *arg, enum wire_cert profile, const SSL_CTX *ctx,
    X509 **cert, EVP_PKEY **key)
{
	struct instance *in = arg;
	const struct profile *p = &profiles[profile];
	int64_t now = clock_real_wall() / NSEC;
	X509 *like = SSL_CTX_get0_certificate(ctx);
	struct names names = { .arena = arena_new() };
	const char *other[] = { p->host, NULL };
	struct cert_request what = { .dns = p->host ? other : names.dns,
		.ip = p->host ? NULL : names.ip,
		.not_before = now + p->from,
		.not_after = now + p->until };
	struct rng *r = rng_seeded(in->vault.rng)
	    ? rng_new_seeded(in->seed + profile)
	    : rng_new();

	if (like)
		read_names(&names, like);
	what.common_name = p->host ? p->host : names.common_name;
	if (like)
		sign(in, r, p, ctx, &what, cert, key);
	rng_free(r);
	arena_free(names.arena);
	return like != NULL;
}

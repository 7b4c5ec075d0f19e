/*
 * What several files of the PKI engine need: new keys, and issuers and keys
 * found by a reference.
 */
#include "secrets/pki/pki_common.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api/async_key.h"
#include "base/duration.h"
#include "base/text.h"

/* ---- new keys ---- */

bool
pki_key_generate_async(struct request *req, const char *type, int64_t bits)
{
	return strcmp(type, "rsa") != 0 ||
	    async_key_prepare_rsa(req, (int)bits);
}

EVP_PKEY *
pki_key_generate(struct request *req, const char *type, int64_t bits)
{
	EVP_PKEY *key = strcmp(type, "rsa") == 0
	    ? async_key_take_rsa(req, (int)bits)
	    : NULL;

	return key ? key
		   : x509_key_generate(req->vault->random, type, (int)bits);
}

/* ---- answers ---- */

void
pki_put_authority_key_id(struct request *req, json_t *data, X509 *cert)
{
	if (version_has(req->vault, VERSION_PKI_AUTHORITY_KEY_ID))
		json_object_set_new(data, "authority_key_id",
		    json_string(x509_authority_key_id_str(req->arena, cert)));
}

/* ---- references ---- */

static bool
pki_is_default_ref(const char *ref)
{
	return strcmp(ref, "default") == 0;
}

struct pki_issuer *
pki_issuer_find(
    struct vault *v, const struct mount *m, const char *ref, struct error *e)
{
	struct pki_state *s = pki_state_get(v, m);
	const char *id = pki_is_default_ref(ref) ? s->default_issuer : ref;

	if (*id == '\0') {
		error_wrap(e, 500, "no default issuer currently configured");
		return NULL;
	}
	for (size_t i = 0; i < s->nissuers; i++)
		if (strcmp(s->issuers[i].id, id) == 0 ||
		    strcmp(s->issuers[i].name, id) == 0)
			return &s->issuers[i];
	error_wrap(e, 500, "unable to find PKI issuer for reference: %s", ref);
	return NULL;
}

struct pki_key *
pki_key_find(
    struct vault *v, const struct mount *m, const char *ref, struct error *e)
{
	struct pki_state *s = pki_state_get(v, m);
	const char *id = pki_is_default_ref(ref) ? s->default_key : ref;

	if (*id == '\0') {
		error_wrap(e, 500, "no default key currently configured");
		return NULL;
	}
	for (size_t i = 0; i < s->nkeys; i++)
		if (strcmp(s->keys[i].id, id) == 0 ||
		    strcmp(s->keys[i].name, id) == 0)
			return &s->keys[i];
	error_wrap(e, 500, "unable to find PKI key for reference: %s", ref);
	return NULL;
}

const char *
pki_managed_key_fault(const struct request *req)
{
	bool named = *param_str(req, "managed_key_name") != '\0';
	bool by_id = *param_str(req, "managed_key_id") != '\0';

	if (named && by_id)
		return "only one argument of managed_key_name or "
		       "managed_key_id should be specified";
	return named || by_id
	    ? NULL
	    : "missing argument managed_key_name or managed_key_id";
}

/* Vault 1.19: the names come sorted. */
static const struct {
	const char *name;
	unsigned bit;
} pki_usages[] = {
	{ "crl-signing", PKI_CRL_SIGNING },
	{ "issuing-certificates", PKI_ISSUING },
	{ "ocsp-signing", PKI_OCSP_SIGNING },
	{ "read-only", PKI_READ_ONLY },
};

unsigned
pki_usage_bit(const char *name)
{
	for (size_t i = 0; i < sizeof(pki_usages) / sizeof(pki_usages[0]); i++)
		if (strcmp(pki_usages[i].name, name) == 0)
			return pki_usages[i].bit;
	return 0;
}

const char *
pki_usage_str(char *out, size_t size, unsigned bits)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(pki_usages) / sizeof(pki_usages[0]); i++)
		if (bits & pki_usages[i].bit && n < size)
			n += (size_t)snprintf(out + n, size - n, "%s%s",
			    n ? "," : "", pki_usages[i].name);
	return out;
}

const char *
pki_issuer_lacks_usage(
    char *out, size_t size, const struct pki_issuer *i, unsigned bit)
{
	char wanted[PKI_USAGES_MAX], has[PKI_USAGES_MAX];

	snprintf(out, size,
	    "error while attempting to use issuer %s: requested usage %s for "
	    "issuer [id:%s%s%s] but only had usage %s",
	    i->id, pki_usage_str(wanted, sizeof(wanted), bit), i->id,
	    *i->name ? " / name:" : "", i->name,
	    pki_usage_str(has, sizeof(has), i->usage));
	return out;
}

#define NO_CA "could not fetch the CA certificate (was one set?): "

struct pki_issuer *
pki_signing_issuer(
    struct vault *v, const struct mount *m, const char *ref, struct error *e)
{
	struct error why = { 0 };
	struct pki_issuer *i = pki_issuer_find(v, m, ref, &why);
	char lack[PKI_LACKS_USAGE_MAX];

	if (!i) {
		error_wrap(e, 500, NO_CA "%.800s", why.text);
		return NULL;
	}
	if (!(i->usage & PKI_ISSUING)) {
		error_wrap(e, 500, "error fetching CA certificate: %s",
		    pki_issuer_lacks_usage(lack, sizeof(lack), i, PKI_ISSUING));
		return NULL;
	}
	if (!i->key) {
		error_wrap(e, 500,
		    NO_CA "unable to fetch corresponding key for issuer %s; "
			  "unable to use this issuer for signing",
		    i->id);
		return NULL;
	}
	return i;
}

/* ---- names ---- */

/* Vault 1.19: a name begins and ends with a word's character, as a name in a
 * path does. */
static bool
pki_is_name_well_formed(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && strchr("-.", name[0]) == NULL &&
	    strchr("-.", name[n - 1]) == NULL &&
	    strspn(name,
		"abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == n;
}

static bool
pki_name_check(const char *name, const char *kind, bool taken, struct error *e)
{
	if (strcasecmp(name, "default") == 0)
		return error_set(e, 400,
		    "reserved keyword 'default' can not be used as %s name",
		    kind);
	if (!pki_is_name_well_formed(name))
		return error_set(
		    e, 400, "%s name contained invalid characters", kind);
	return !taken || error_set(e, 400, "%s name already in use", kind);
}

bool
pki_issuer_param_name(struct request *req, const char **name, struct error *e)
{
	struct error none = { 0 };

	*name = trim_space(
	    arena_strdup(req->arena, param_str(req, "issuer_name")));
	if (!param_is_given(req, "issuer_name"))
		return true;
	if (**name == '\0')
		return error_set(e, 400, "expected non-empty issuer name");
	return pki_name_check(*name, "issuer",
	    pki_issuer_find(req->vault, req->mount, *name, &none) != NULL, e);
}

bool
pki_key_param_name(struct request *req, const char **name, struct error *e)
{
	struct error none = { 0 };

	*name = trim_space(
	    arena_strdup(req->arena, param_str(req, "key_name")));
	return !param_is_given(req, "key_name") ||
	    pki_name_check(*name, "key",
		pki_key_find(req->vault, req->mount, *name, &none) != NULL, e);
}

bool
pki_key_check_new_name(const char *name, struct error *e)
{
	return *name == '\0' || pki_is_name_well_formed(name) ||
	    error_set(e, 400, "new key name outside of valid character limits");
}

const char *
pki_go_duration(struct arena *a, int64_t ns)
{
	char text[DURATION_MAX];

	duration_format(ns, text);
	return arena_strdup(a, text);
}

char *
pki_go_list(struct arena *a, char *const *strings)
{
	return arena_printf(a, "[%s]", strs_join(a, strings, " "));
}

const char *
pki_format_param(struct request *req)
{
	static const char *const formats[] = { "pem", "der", "pem_bundle" };
	const char *format = param_str(req, "format");

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(format, formats[i]) == 0)
			return formats[i];
	return NULL;
}

enum handler_result
pki_reply_key_info(struct request *req, json_t *keys, json_t *info)
{
	if (json_array_size(keys) > 0)
		return reply_data(req,
		    json_pack("{s:o, s:o}", "key_info", info, "keys", keys));
	json_decref(keys);
	json_decref(info);
	return reply_keys(req, &(struct strs){ 0 });
}

/*
 * Issuers: listed, read, changed, revoked, removed.
 */
#include <openssl/x509v3.h>
#include <string.h>

#include "base/duration.h"
#include "base/json/jsontree.h"
#include "base/text.h"
#include "secrets/pki/pki_common.h"

static struct pki_issuer *
pki_issuer_from_path(struct request *req, struct error *e)
{
	return pki_issuer_find(
	    req->vault, req->mount, param_capture(req, "issuer_ref"), e);
}

/* ---- lists ---- */

static enum handler_result
pki_issuers_list(struct request *req)
{
	struct pki_state *s = pki_state_get(req->vault, req->mount);
	json_t *keys = json_array(), *info = json_object();

	for (size_t i = 0; i < s->nissuers; i++) {
		struct pki_issuer *it = &s->issuers[i];

		json_array_append_new(keys, json_string(it->id));
		json_object_set_new(info, it->id,
		    json_pack("{s:b, s:s, s:s, s:s}", "is_default",
			strcmp(it->id, s->default_issuer) == 0, "issuer_name",
			it->name, "key_id", it->key_id, "serial_number",
			it->serial));
	}
	return pki_reply_key_info(req, keys, info);
}

/* ---- one issuer ---- */

static json_t *
pki_issuer_chain_json(const struct pki_issuer *i)
{
	json_t *list = json_array();

	for (struct pki_issuer **c = i->chain; *c; c++)
		json_array_append_new(list, json_sprintf("%s\n", (*c)->pem));
	return list;
}

/* Answers with an issuer as Vault shows it; its times of revocation only when
 * it is revoked. */
static enum handler_result
pki_issuer_reply(struct request *req, const struct pki_issuer *i)
{
	char usage[PKI_USAGES_MAX];
	json_t *data = json_pack("{s:o, s:s+, s:b, s:s, s:s, s:s, s:s, s:o, "
				 "s:b, s:s, s:s}",
	    "ca_chain", pki_issuer_chain_json(i), "certificate", i->pem, "\n",
	    "enable_aia_url_templating", (int)i->urls.templating, "issuer_id",
	    i->id, "issuer_name", i->name, "key_id", i->key_id,
	    "leaf_not_after_behavior", i->leaf_behavior, "manual_chain",
	    i->manual_chain && *i->manual_chain
		? jsontree_strings(i->manual_chain)
		: json_null(),
	    "revoked", i->revoked_ns != 0, "revocation_signature_algorithm",
	    i->revocation_algorithm, "usage",
	    pki_usage_str(usage, sizeof(usage), i->usage));

	pki_urls_show(data, &i->urls);
	if (!version_has(req->vault, VERSION_PKI_DELTA_CRL_URLS))
		json_object_del(data, "delta_crl_distribution_points");
	if (ends_with(i->revocation_algorithm, "PSS"))
		reply_warn(req,
		    "Issuer uses a PSS Revocation Signature Algorithm. This "
		    "algorithm will be downgraded to PKCS#1v1.5 signature "
		    "scheme on OCSP responses, due to limitations in the OCSP "
		    "library.");
	if (i->revoked_ns) {
		json_object_set_new(data, "revocation_time",
		    json_integer(i->revoked_ns / NSEC_PER_SEC));
		json_object_set_new(data, "revocation_time_rfc3339",
		    reply_time_json(req, i->revoked_ns));
	}
	return reply_data(req, data);
}

static enum handler_result
pki_issuer_read(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *i = pki_issuer_from_path(req, &e);

	return i ? pki_issuer_reply(req, i) : fail_error(req, &e);
}

static enum handler_result
pki_issuer_read_json(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *i = pki_issuer_from_path(req, &e);

	if (!i)
		return fail_error(req, &e);
	return reply_data(req,
	    json_pack("{s:o, s:s+, s:s, s:s}", "ca_chain",
		pki_issuer_chain_json(i), "certificate", i->pem, "\n",
		"issuer_id", i->id, "issuer_name", i->name));
}

static enum handler_result
pki_issuer_read_raw(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *i = pki_issuer_from_path(req, &e);
	struct slice body;
	int n;

	if (!i)
		return fail_error(req, &e);
	if (ends_with(req->rel_path, "/pem"))
		return reply_raw(req, 200, "application/pem-certificate-chain",
		    slice_of(arena_printf(req->arena, "%s\n", i->pem)));
	body.p = (const char *)x509_der(req->arena, i->cert, &n);
	body.n = (size_t)n;
	return reply_raw(req, 200, "application/pkix-cert", body);
}

/* ---- changes ---- */

/* Reads the parameter usage into the issuer. false with e when a word is
 * unknown, or the certificate does not allow it. */
static bool
pki_issuer_read_usage(
    struct request *req, struct pki_issuer *i, struct error *e)
{
	unsigned bits = PKI_READ_ONLY;
	char all[PKI_USAGES_MAX];

	for (char **u = param_strings(req, "usage", NULL); *u; u++) {
		unsigned bit = pki_usage_bit(*u);

		if (!bit)
			return error_set(e, 400,
			    "Unable to parse specified usages: %s - valid "
			    "values are %s",
			    pki_go_list(
				req->arena, param_strings(req, "usage", NULL)),
			    pki_usage_str(all, sizeof(all), PKI_ALL_USAGES));
		bits |= bit;
	}
	if (i->revoked_ns && bits & PKI_ISSUING && !(i->usage & PKI_ISSUING))
		return error_set(e, 400,
		    "This issuer was revoked; unable to modify its usage to "
		    "include certificate signing again. Reissue this "
		    "certificate (preferably with a new key) and modify that "
		    "entry instead.");
	if (bits != i->usage && bits & PKI_CRL_SIGNING &&
	    !(X509_get_key_usage(i->cert) & KU_CRL_SIGN))
		return error_set(e, 400,
		    "This issuer's underlying certificate lacks the CRLSign "
		    "KeyUsage value; unable to set CRLSigningUsage on this "
		    "issuer as a result.");
	i->usage = bits;
	return true;
}

static bool
pki_issuer_read_leaf_behavior(
    struct request *req, struct pki_issuer *i, struct error *e)
{
	static const char *const words[] = { "err", "always_enforce_err",
		"truncate", "permit" };
	const char *leaf = param_str(req, "leaf_not_after_behavior");

	for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
		if (strcmp(words[k], leaf) != 0 ||
		    (strcmp(leaf, "always_enforce_err") == 0 &&
			!version_has(req->vault, VERSION_PKI_ALWAYS_ENFORCE)))
			continue;
		i->leaf_behavior = arena_strdup(req->arena, leaf);
		return true;
	}
	return error_set(e, 400,
	    "Unknown value for field `leaf_not_after_behavior`. Possible "
	    "values are `err`, `truncate`, and `permit`.");
}

static bool
pki_issuer_read_chain(
    struct request *req, struct pki_issuer *i, struct error *e)
{
	int n;
	char **refs = param_strings(req, "manual_chain", &n);

	i->manual_chain = arena_zalloc(
	    req->arena, ((size_t)n + 1) * sizeof(char *));
	for (int k = 0; k < n; k++) {
		const char *ref = k == 0 && strcmp(refs[0], "self") == 0
		    ? i->id
		    : refs[k];
		struct pki_issuer *at = pki_issuer_find(
		    req->vault, req->mount, ref, e);

		if (!at)
			return false;
		if (k == 0 && strcmp(at->id, i->id) != 0)
			return error_set(e, 400,
			    "expected first cert in chain to be a "
			    "self-reference, but was: %s/%s",
			    ref, at->id);
		i->manual_chain[k] = arena_strdup(req->arena, at->id);
	}
	return true;
}

/* Vault 1.19: PATCH takes a name away with an empty text, a write by leaving
 * it out. An issuer's own name is not in use. */
static bool
pki_issuer_read_name(struct request *req, struct pki_issuer *i, struct error *e)
{
	struct error why = { 0 };
	const char *name;

	if (!pki_issuer_param_name(req, &name, &why) &&
	    !(req->op == OP_PATCH && *name == '\0') &&
	    !(*name && strcmp(name, i->name) == 0))
		return error_set(e, why.status, "%s", why.text);
	i->name = arena_strdup(req->arena, name);
	return true;
}

static bool
pki_issuer_read_algorithm(
    struct request *req, struct pki_issuer *i, struct error *e)
{
	const char *name = param_str(req, "revocation_signature_algorithm");
	const struct x509_algorithm *a = x509_algorithm_by_name(name);
	EVP_PKEY *key = X509_get0_pubkey(i->cert);

	if (*name == '\0') {
		i->revocation_algorithm = arena_strdup(req->arena, "");
		return true;
	}
	if (!a)
		return error_set(e, 400,
		    "Unknown signature algorithm value: 0 - valid values are "
		    "%s",
		    x509_algorithm_names(req->arena));
	if (!key || !EVP_PKEY_is_a(key, a->key))
		return error_wrap(e, 500,
		    "unable to use issuer of type %s to sign with %s key type",
		    x509_go_key_type(key), a->go_name);
	i->revocation_algorithm = arena_strdup(req->arena, a->name);
	return true;
}

/* PATCH takes what is given, a write everything. Without any URL an issuer has
 * no fields of its own, and no templates either. */
static bool
pki_issuer_read_params(
    struct request *req, struct pki_issuer *i, struct error *e)
{
	static const struct {
		const char *name; /* the parameter that asks for it */
		bool (*read)(
		    struct request *req, struct pki_issuer *i, struct error *e);
	} parts[] = {
		{ "issuer_name", pki_issuer_read_name },
		{ "leaf_not_after_behavior", pki_issuer_read_leaf_behavior },
		{ "usage", pki_issuer_read_usage },
		{ "revocation_signature_algorithm", pki_issuer_read_algorithm },
	};
	bool all = req->op != OP_PATCH;

	for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++)
		if ((all || param_is_given(req, parts[k].name)) &&
		    !parts[k].read(req, i, e))
			return false;
	if (all || param_is_given(req, "enable_aia_url_templating"))
		i->urls.templating = param_bool(
		    req, "enable_aia_url_templating");
	if (!pki_urls_read(req, &i->urls, all, e))
		return false;
	if (x509_urls_are_empty(&i->urls.list))
		i->urls.templating = false;
	return !(all || param_is_given(req, "manual_chain")) ||
	    pki_issuer_read_chain(req, i, e);
}

static enum handler_result
pki_issuer_write(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *old = pki_issuer_from_path(req, &e), i;
	char *old_name;

	if (!old)
		return fail_error(req, &e);
	i = *old;
	i.id = arena_strdup(req->arena, old->id);
	i.key_id = arena_strdup(req->arena, old->key_id);
	old_name = arena_strdup(req->arena, old->name);
	if (!pki_issuer_read_params(req, &i, &e))
		return fail_error(req, &e);
	pki_issuer_save(req, &i);
	if (strcmp(old_name, i.name) != 0)
		pki_roles_warn_issuer(req, old_name);
	old = pki_issuer_find(req->vault, req->mount, i.id, &e);
	pki_urls_warn(req, &old->urls, old->id);
	return pki_issuer_reply(req, old);
}

/* Vault 1.19: what a revoked authority is still taken for. */
static void
pki_issuer_warn_revoked(struct request *req, const struct pki_issuer *i)
{
	struct pki_state *s = pki_state_get(req->vault, req->mount);
	bool has_parent = false;

	if (x509_is_issued_by(i->cert, i->cert))
		reply_warn(req,
		    "This issuer is a self-signed (potentially root) "
		    "certificate. This means it may not be considered revoked "
		    "if there is not an external, cross-signed variant of this "
		    "certificate. This issuer's serial number will not appear "
		    "on its own CRL.");
	for (size_t k = 0; k < s->nissuers && !has_parent; k++)
		has_parent = strcmp(s->issuers[k].id, i->id) != 0 &&
		    x509_is_issued_by(i->cert, s->issuers[k].cert);
	if (!has_parent)
		reply_warn(req,
		    "This issuer lacks another parent issuer within the mount. "
		    "This means it will not appear on any other CRLs and may "
		    "not be considered revoked by clients. Consider adding "
		    "this issuer to its issuer's CRL as well if it is not "
		    "self-signed.");
	if (strcmp(s->default_issuer, i->id) == 0)
		reply_warn(req,
		    "This issuer is currently configured as the default issuer "
		    "for this mount; operations such as certificate issuance "
		    "may not work until a new default issuer is selected.");
}

static enum handler_result
pki_issuer_revoke(struct request *req)
{
	struct error e = { 0 }, why = { 0 };
	struct pki_issuer *old = pki_issuer_from_path(req, &e), i;
	struct pki_cert cert;
	char *id;

	if (!old)
		return fail_error(req, &e);
	if (old->revoked_ns)
		return pki_issuer_reply(req, old);
	i = *old;
	id = arena_strdup(req->arena, old->id);
	i.usage &= ~(unsigned)PKI_ISSUING;
	i.revoked_ns = vault_now(req->vault);
	if (pki_cert_load(req->vault, req->arena, req->mount, i.serial, &cert))
		pki_cert_revoke(req->vault, req->mount, cert.serial,
		    i.revoked_ns, cert.issuer_id);
	pki_issuer_save(req, &i);
	if (!pki_crl_rebuild(req->vault, req->mount, &why))
		return fail_wrapped(req, 500,
		    "error encountered during CRL building: %s", why.text);
	old = pki_issuer_find(req->vault, req->mount, id, &e);
	pki_issuer_warn_revoked(req, old);
	return pki_issuer_reply(req, old);
}

/* Vault 1.19: an issuer that is not there is as good as deleted; without a
 * default issuer the word "default" is an error. */
static enum handler_result
pki_issuer_delete(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *i = pki_issuer_from_path(req, &e);
	struct pki_state *s = pki_state_get(req->vault, req->mount);
	bool was_default;
	char *id;

	if (!i) /* Vault 1.19: as if it had been there */
		return reply_data(req, NULL);
	id = arena_strdup(req->arena, i->id);
	pki_roles_warn_issuer(req, i->name);
	pki_roles_warn_issuer(req, id);
	was_default = strcmp(id, s->default_issuer) == 0;
	if (was_default) {
		pki_config_put(req->vault, req->mount, "issuers",
		    json_pack("{s:s, s:b}", "default", "",
			"default_follows_latest_issuer",
			(int)s->follow_latest));
		reply_warn(req,
		    "Deleted issuer %s (via issuer_ref %s); this was "
		    "configured as the default issuer. Operations without an "
		    "explicit issuer will not work until a new default is "
		    "configured.",
		    id, param_capture(req, "issuer_ref"));
		pki_roles_warn_issuer(req, "default");
	}
	pki_issuer_remove(req->vault, req->mount, id);
	return pki_crl_rebuild(req->vault, req->mount, &e)
	    ? reply_data(req, NULL)
	    : fail_error(req, &e);
}

/* ---- routes ---- */

static const struct param pki_issuer_ref_params[] = {
	{ "issuer_ref", P_STRING, "\"default\"", "Id, name or default" },
	PARAM_END,
};

static const struct param pki_issuer_params[] = {
	{ "crl_distribution_points", P_COMMA_STRINGS, NULL, "URLs of CRLs" },
	{ "delta_crl_distribution_points",
	    P_VERSION(P_COMMA_STRINGS, VERSION_PKI_DELTA_CRL_URLS), NULL,
	    "URLs of delta CRLs" },
	{ "enable_aia_url_templating", P_BOOL, NULL,
	    "The URLs may hold templates" },
	{ "issuer_name", P_STRING, NULL, "Name of the issuer" },
	{ "issuer_ref", P_STRING, "\"default\"", "Id, name or default" },
	{ "issuing_certificates", P_COMMA_STRINGS, NULL,
	    "URLs of the issuer's certificate" },
	{ "leaf_not_after_behavior", P_STRING, "\"err\"",
	    "err, truncate or permit" },
	{ "manual_chain", P_COMMA_STRINGS, NULL, "The chain, by hand" },
	{ "ocsp_servers", P_COMMA_STRINGS, NULL, "URLs of OCSP servers" },
	{ "revocation_signature_algorithm", P_STRING, NULL,
	    "How CRLs are signed" },
	{ "usage", P_COMMA_STRINGS,
	    "[\"read-only\",\"issuing-certificates\",\"crl-signing\","
	    "\"ocsp-signing\"]",
	    "What it may be used for" },
	PARAM_END,
};

#define ISSUER "issuer/{issuer_ref}"
const struct route pki_issuer_routes[] = {
	/* Vault 1.19: without the slash, which a LIST adds, a token is asked
	 * for. */
	{ OP_LIST, "issuers/", R_UNAUTH, NULL, pki_issuers_list, NULL,
	    "Fetch a list of CA certificates" },
	{ OP_LIST, "issuers", 0, NULL, pki_issuers_list, NULL,
	    "Fetch a list of CA certificates" },
	{ OP_READ, ISSUER, 0, pki_issuer_params, pki_issuer_read, NULL,
	    "Fetch an issuer" },
	{ OP_WRITE | OP_PATCH, ISSUER, 0, pki_issuer_params, pki_issuer_write,
	    NULL, "Change an issuer" },
	{ OP_DELETE, ISSUER, 0, pki_issuer_params, pki_issuer_delete, NULL,
	    "Remove an issuer" },
	{ OP_READ, ISSUER "/json", R_UNAUTH, pki_issuer_ref_params,
	    pki_issuer_read_json, NULL, "Fetch an issuer's certificate" },
	{ OP_READ, ISSUER "/pem", R_UNAUTH, pki_issuer_ref_params,
	    pki_issuer_read_raw, NULL, "Fetch an issuer's certificate" },
	{ OP_READ, ISSUER "/der", R_UNAUTH, pki_issuer_ref_params,
	    pki_issuer_read_raw, NULL, "Fetch an issuer's certificate" },
	{ OP_WRITE, ISSUER "/revoke", 0, pki_issuer_ref_params,
	    pki_issuer_revoke, NULL, "Revoke an issuer" },
	ROUTE_END,
};

/*
 * Issuers and keys: listed, read, changed, removed; keys made and imported.
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

static json_t *
pki_issuer_strings_or_null(char *const *list)
{
	return list && *list ? jsontree_strings(list) : json_null();
}

/* ---- lists ---- */

/* {"keys": [...], "key_info": {...}}; takes both. 404 without any. */
static enum handler_result
pki_issuers_reply_list(struct request *req, json_t *keys, json_t *info)
{
	if (json_array_size(keys) > 0)
		return reply_data(req,
		    json_pack("{s:o, s:o}", "key_info", info, "keys", keys));
	json_decref(keys);
	json_decref(info);
	return fail_empty(req, 404);
}

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
	return pki_issuers_reply_list(req, keys, info);
}

static enum handler_result
pki_keys_list(struct request *req)
{
	struct pki_state *s = pki_state_get(req->vault, req->mount);
	json_t *keys = json_array(), *info = json_object();

	for (size_t i = 0; i < s->nkeys; i++) {
		struct pki_key *k = &s->keys[i];

		json_array_append_new(keys, json_string(k->id));
		json_object_set_new(info, k->id,
		    json_pack("{s:b, s:s}", "is_default",
			strcmp(k->id, s->default_key) == 0, "key_name",
			k->name));
	}
	return pki_issuers_reply_list(req, keys, info);
}

/* ---- one issuer ---- */

static const struct {
	const char *name;
	unsigned bit;
} pki_issuer_usages[] = {
	{ "read-only", PKI_READ_ONLY },
	{ "issuing-certificates", PKI_ISSUING },
	{ "crl-signing", PKI_CRL_SIGNING },
	{ "ocsp-signing", PKI_OCSP_SIGNING },
};

#define NUSAGES (sizeof(pki_issuer_usages) / sizeof(pki_issuer_usages[0]))

/* Vault 1.19: the names come sorted. */
static char *
pki_issuer_usage_str(struct arena *a, unsigned bits)
{
	static const char *const sorted[] = { "crl-signing",
		"issuing-certificates", "ocsp-signing", "read-only" };
	char *out = arena_strdup(a, "");

	for (size_t k = 0; k < NUSAGES; k++)
		for (size_t i = 0; i < NUSAGES; i++)
			if (strcmp(pki_issuer_usages[i].name, sorted[k]) == 0 &&
			    bits & pki_issuer_usages[i].bit)
				out = arena_printf(a, "%s%s%s", out,
				    *out ? "," : "", sorted[k]);
	return out;
}

static json_t *
pki_issuer_chain_json(const struct pki_issuer *i)
{
	json_t *list = json_array();

	for (struct pki_issuer **c = i->chain; *c; c++)
		json_array_append_new(list, json_sprintf("%s\n", (*c)->pem));
	return list;
}

void
pki_urls_show(json_t *data, const struct pki_urls *u)
{
	json_object_set_new(
	    data, "issuing_certificates", jsontree_strings(u->list.issuing));
	json_object_set_new(
	    data, "crl_distribution_points", jsontree_strings(u->list.crl));
	json_object_set_new(
	    data, "ocsp_servers", jsontree_strings(u->list.ocsp));
}

static enum handler_result
pki_issuer_reply(struct request *req, const struct pki_issuer *i)
{
	json_t *data = json_pack("{s:o, s:s+, s:b, s:s, s:s, s:s, s:s, s:o, "
				 "s:b, s:s, s:s}",
	    "ca_chain", pki_issuer_chain_json(i), "certificate", i->pem, "\n",
	    "enable_aia_url_templating", (int)i->urls.templating, "issuer_id",
	    i->id, "issuer_name", i->name, "key_id", i->key_id,
	    "leaf_not_after_behavior", i->leaf_behavior, "manual_chain",
	    pki_issuer_strings_or_null(i->manual_chain), "revoked",
	    i->revoked_ns != 0, "revocation_signature_algorithm",
	    i->revocation_algorithm, "usage",
	    pki_issuer_usage_str(req->arena, i->usage));

	pki_urls_show(data, &i->urls);
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

/* Vault 1.19: what Go's url.ParseRequestURI takes, with a host or a dot. */
bool
pki_is_url_valid(const char *url)
{
	const char *host = strstr(url, "://"), *path;
	size_t n = strlen(url);

	if (n <= 3 || n >= 2083 || *url == '.' || strstr(url, "{{") ||
	    strpbrk(url, " \t\r\n<>\"\\^`|"))
		return false;
	if (*url == '/')
		return strchr(url, '.') != NULL;
	if (!host)
		return strchr(url, ':') && *url != ':';
	if (host == url || host[3] == '.')
		return false;
	path = strchr(host + 3, '/');
	return host[3] && (host[3] != '/' || (path && strchr(path, '.')));
}

static bool
pki_urls_read_list(struct request *req, const char *name, bool templating,
    char ***out, struct error *e)
{
	*out = param_strings(req, name, NULL);
	for (char **u = *out; *u && !templating; u++)
		if (!pki_is_url_valid(*u))
			return error_set(e, 400,
			    "invalid URL found in Authority Information "
			    "Access (AIA) parameter %s: %s",
			    name, *u);
	return true;
}

bool
pki_urls_read(
    struct request *req, struct pki_urls *out, bool templating, struct error *e)
{
	out->templating = templating;
	return pki_urls_read_list(req, "issuing_certificates", templating,
		   &out->list.issuing, e) &&
	    pki_urls_read_list(req, "crl_distribution_points", templating,
		&out->list.crl, e) &&
	    pki_urls_read_list(
		req, "ocsp_servers", templating, &out->list.ocsp, e);
}

static bool
pki_issuer_read_usage(
    struct request *req, struct pki_issuer *i, struct error *e)
{
	unsigned bits = PKI_READ_ONLY;

	for (char **u = param_strings(req, "usage", NULL); *u; u++) {
		unsigned bit = 0;

		for (size_t k = 0; k < NUSAGES; k++)
			if (strcmp(pki_issuer_usages[k].name, *u) == 0)
				bit = pki_issuer_usages[k].bit;
		if (!bit)
			return error_set(e, 400,
			    "Unable to parse specified usages: [%s] - valid "
			    "values are %s",
			    *u,
			    pki_issuer_usage_str(req->arena, PKI_ALL_USAGES));
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
		if (strcmp(words[k], leaf) != 0)
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

static bool
pki_issuer_read_name(struct request *req, struct pki_issuer *i, struct error *e)
{
	const char *name = param_str(req, "issuer_name");

	if (strcmp(name, i->name) == 0)
		return true;
	if (!pki_issuer_check_name(req, name, e))
		return false;
	i->name = arena_strdup(req->arena, name);
	return true;
}

/* PATCH takes what is given, a write everything. */
static enum handler_result
pki_issuer_write(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *old = pki_issuer_from_path(req, &e), i;
	bool all = req->op != OP_PATCH;
	bool urls = all || param_is_given(req, "issuing_certificates") ||
	    param_is_given(req, "crl_distribution_points") ||
	    param_is_given(req, "ocsp_servers");

	if (!old)
		return fail_error(req, &e);
	i = *old;
	i.id = arena_strdup(req->arena, old->id);
	i.key_id = arena_strdup(req->arena, old->key_id);
	if (((all || param_is_given(req, "issuer_name")) &&
		!pki_issuer_read_name(req, &i, &e)) ||
	    ((all || param_is_given(req, "leaf_not_after_behavior")) &&
		!pki_issuer_read_leaf_behavior(req, &i, &e)) ||
	    ((all || param_is_given(req, "usage")) &&
		!pki_issuer_read_usage(req, &i, &e)) ||
	    (urls &&
		!pki_urls_read(req, &i.urls,
		    param_bool(req, "enable_aia_url_templating"), &e)) ||
	    ((all || param_is_given(req, "manual_chain")) &&
		!pki_issuer_read_chain(req, &i, &e)))
		return fail_error(req, &e);
	if (all || param_is_given(req, "revocation_signature_algorithm"))
		i.revocation_algorithm = arena_strdup(req->arena,
		    param_str(req, "revocation_signature_algorithm"));
	pki_issuer_save(req, &i);
	return pki_issuer_reply(
	    req, pki_issuer_find(req->vault, req->mount, i.id, &e));
}

static enum handler_result
pki_issuer_revoke(struct request *req)
{
	struct error e = { 0 };
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
	pki_crl_rebuild(req->vault, req->mount);
	return pki_issuer_reply(
	    req, pki_issuer_find(req->vault, req->mount, id, &e));
}

static enum handler_result
pki_issuer_delete(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *i = pki_issuer_from_path(req, &e);
	struct pki_state *s = pki_state_get(req->vault, req->mount);
	bool was_default;
	char *id;

	if (!i)
		return fail_error(req, &e);
	id = arena_strdup(req->arena, i->id);
	was_default = strcmp(id, s->default_issuer) == 0;
	if (was_default)
		pki_config_put(req->vault, req->mount, "issuers",
		    json_pack("{s:s, s:b}", "default", "",
			"default_follows_latest_issuer",
			(int)s->follow_latest));
	pki_issuer_remove(req, id);
	if (!was_default)
		return reply_none(req);
	reply_warn(req,
	    "Deleted issuer %s (via issuer_ref %s); this was configured "
	    "as the default issuer. Operations without an explicit "
	    "issuer will not work until a new default is configured.",
	    id, param_capture(req, "issuer_ref"));
	return reply_data(req, NULL);
}

/* ---- keys ---- */

static struct pki_key *
pki_key_from_path(struct request *req, struct error *e)
{
	return pki_key_find(
	    req->vault, req->mount, param_capture(req, "key_ref"), e);
}

static json_t *
pki_key_json(struct request *req, const struct pki_key *k)
{
	unsigned char id[EVP_MAX_MD_SIZE];
	unsigned int n = 0;
	X509_PUBKEY *public = NULL;
	const unsigned char *bits;
	int length;
	char *text;

	X509_PUBKEY_set(&public, k->key);
	X509_PUBKEY_get0_param(NULL, &bits, &length, NULL, public);
	EVP_Digest(bits, (size_t)length, id, &n, EVP_sha1(), NULL);
	X509_PUBKEY_free(public);
	text = arena_alloc(req->arena, 3 * (size_t)n + 1);
	for (unsigned int i = 0; i < n; i++) {
		hex_encode(&id[i], 1, text + 3 * i);
		text[3 * i + 2] = i + 1 < n ? ':' : '\0';
	}
	return json_pack("{s:s, s:s, s:s, s:s}", "key_id", k->id, "key_name",
	    k->name, "key_type", k->type, "subject_key_id", text);
}

static enum handler_result
pki_key_read(struct request *req)
{
	struct error e = { 0 };
	struct pki_key *k = pki_key_from_path(req, &e);

	return k ? reply_data(req, pki_key_json(req, k)) : fail_error(req, &e);
}

static enum handler_result
pki_key_write(struct request *req)
{
	struct error e = { 0 };
	struct pki_key *k = pki_key_from_path(req, &e);
	const char *name = param_str(req, "key_name");
	char *id;

	if (!k)
		return fail_error(req, &e);
	if (strcmp(name, k->name) != 0 && !pki_key_check_name(req, name, &e))
		return fail_error(req, &e);
	id = arena_strdup(req->arena, k->id);
	pki_key_rename(req, id, name);
	k = pki_key_find(req->vault, req->mount, id, &e);
	return reply_data(req,
	    json_pack("{s:s, s:s, s:s}", "key_id", k->id, "key_name", k->name,
		"key_type", k->type));
}

static enum handler_result
pki_key_delete(struct request *req)
{
	struct error e = { 0 };
	struct pki_key *k = pki_key_from_path(req, &e);
	struct pki_state *s = pki_state_get(req->vault, req->mount);
	char *id;
	bool was_default;

	if (!k) /* Vault 1.19: what is gone is gone */
		return strstr(e.text, "unable to find") ? reply_none(req)
							: fail_error(req, &e);
	id = arena_strdup(req->arena, k->id);
	for (size_t i = 0; i < s->nissuers; i++)
		if (strcmp(s->issuers[i].key_id, id) == 0)
			return fail(req, 400,
			    "unable to delete key %s: in use by issuer %s", id,
			    s->issuers[i].id);
	was_default = strcmp(id, s->default_key) == 0;
	pki_key_remove(req, id);
	if (!was_default)
		return reply_none(req);
	pki_config_put(
	    req->vault, req->mount, "keys", json_pack("{s:s}", "default", ""));
	reply_warn(req,
	    "Deleted key %s (via key_ref %s); this was configured as "
	    "the default key. Operations without an explicit key will "
	    "not work until a new default is configured.",
	    id, param_capture(req, "key_ref"));
	return reply_data(req, NULL);
}

void
pki_issuers_link_keys(struct request *req)
{
	struct pki_state *s = pki_state_get(req->vault, req->mount);
	bool follow, unset;

	for (size_t i = 0; i < s->nissuers; i++)
		for (size_t k = 0; k < s->nkeys; k++) {
			struct pki_issuer it = s->issuers[i];

			if (it.key || !s->keys[k].key ||
			    EVP_PKEY_eq(
				s->keys[k].key, X509_get0_pubkey(it.cert)) != 1)
				continue;
			it.id = arena_strdup(req->arena, it.id);
			it.key_id = arena_strdup(req->arena, s->keys[k].id);
			follow = s->follow_latest;
			unset = *s->default_issuer == '\0';
			pki_issuer_save(req, &it);
			if (unset)
				pki_config_put(req->vault, req->mount,
				    "issuers",
				    json_pack("{s:s, s:b}", "default", it.id,
					"default_follows_latest_issuer",
					(int)follow));
			pki_issuers_link_keys(req);
			return;
		}
}

static enum handler_result
pki_key_reply_added(struct request *req, EVP_PKEY *key, bool exported)
{
	const char *name = param_str(req, "key_name");
	bool existed;
	char *id = pki_key_add(req, key, name, &existed);
	json_t *data = json_pack("{s:s, s:s, s:s}", "key_id", id, "key_name",
	    name, "key_type", x509_key_type(key));

	if (exported) {
		char *pem = x509_private_pem(key, false);

		json_object_set_new(data, "private_key", json_string(pem));
		secret_free(pem, strlen(pem));
	}
	return reply_data(req, data);
}

static enum handler_result
pki_keys_generate(struct request *req)
{
	const char *kind = param_capture(req, "exported");
	const char *type = param_str(req, "key_type");
	int64_t bits = param_int(req, "key_bits"), hash = 0;
	struct error e = { 0 };
	EVP_PKEY *key;
	enum handler_result v;

	if (strcmp(kind, "internal") != 0 && strcmp(kind, "exported") != 0)
		return fail_unsupported_path(req);
	if (!pki_key_check_name(req, param_str(req, "key_name"), &e) ||
	    !pki_key_check(type, &bits, &hash, &e))
		return fail_error(req, &e);
	if ((v = pki_key_generate_async(req, type, bits)))
		return v;
	key = pki_key_generate(req, type, bits);
	if (!key)
		return fail(req, 400, "unknown key type %s", type);
	v = pki_key_reply_added(req, key, strcmp(kind, "exported") == 0);
	EVP_PKEY_free(key);
	return v;
}

static enum handler_result
pki_key_import(struct request *req)
{
	const char *pem = param_str(req, "pem_bundle");
	struct error e = { 0 };
	EVP_PKEY *key;
	enum handler_result v;

	if (!pki_key_check_name(req, param_str(req, "key_name"), &e))
		return fail_error(req, &e);
	if (strlen(pem) < 64)
		return fail(req, 400,
		    "provided data for import was too short; perhaps a path "
		    "was passed to the API rather than the contents of a PEM "
		    "file?");
	key = x509_private_from_pem(pem);
	if (!key)
		return fail(req, 400,
		    "only a single key can be present within the pem_bundle "
		    "for importing");
	v = pki_key_reply_added(req, key, false);
	pki_issuers_link_keys(req);
	EVP_PKEY_free(key);
	return v;
}

/* ---- rows ---- */

static const struct param pki_issuer_ref_params[] = {
	{ "issuer_ref", P_STRING, "\"default\"", "Id, name or default" },
	PARAM_END,
};

static const struct param pki_issuer_params[] = {
	{ "crl_distribution_points", P_COMMA_STRINGS, NULL, "URLs of CRLs" },
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

static const struct param pki_key_params[] = {
	{ "key_name", P_STRING, NULL, "Name of the key" },
	{ "key_ref", P_STRING, "\"default\"", "Id, name or default" },
	PARAM_END,
};

static const struct param pki_key_make_params[] = {
	{ "exported", P_STRING, NULL, "internal or exported" },
	{ "key_bits", P_INT, NULL, "Bits of the key" },
	{ "key_name", P_STRING, NULL, "Name of the key" },
	{ "key_type", P_STRING, "\"rsa\"", "rsa, ec or ed25519" },
	{ "pem_bundle", P_STRING, NULL, "A private key, PEM" },
	PARAM_END,
};

static const struct param pki_import_params[] = {
	{ "certificate", P_STRING, NULL, "Certificates, PEM" },
	{ "pem_bundle", P_STRING, NULL, "Certificates and keys, PEM" },
	PARAM_END,
};

#define ISSUER "issuer/{issuer_ref}"
#define IMPORT(path)                                                    \
	{                                                               \
		OP_WRITE, path, 0, pki_import_params, pki_import, NULL, \
		    "Import issuers, and keys"                          \
	}

const struct route pki_issuer_routes[] = {
	{ OP_LIST, "issuers/?", R_UNAUTH, NULL, pki_issuers_list, NULL,
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
	IMPORT("config/ca"),
	IMPORT("intermediate/set-signed"),
	IMPORT("issuers/import/bundle"),
	IMPORT("issuers/import/cert"),
	{ OP_LIST, "keys/?", 0, NULL, pki_keys_list, NULL,
	    "Fetch a list of all issuer keys" },
	{ OP_WRITE, "keys/generate/{exported}", 0, pki_key_make_params,
	    pki_keys_generate, NULL, "Generate a new key" },
	{ OP_WRITE, "keys/import", 0, pki_key_make_params, pki_key_import, NULL,
	    "Import a key" },
	{ OP_READ, "key/{key_ref}", 0, pki_key_params, pki_key_read, NULL,
	    "Fetch a key" },
	{ OP_WRITE, "key/{key_ref}", 0, pki_key_params, pki_key_write, NULL,
	    "Rename a key" },
	{ OP_DELETE, "key/{key_ref}", 0, pki_key_params, pki_key_delete, NULL,
	    "Remove a key" },
	ROUTE_END,
};

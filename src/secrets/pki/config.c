/*
 * config/urls, config/issuers, config/keys, config/crl.
 */
#include <string.h>

#include "base/duration.h"
#include "base/text.h"
#include "secrets/pki/pki_common.h"

/* ---- urls ---- */

static json_t *
pki_config_urls_json(const struct pki_urls *u)
{
	json_t *data = json_pack(
	    "{s:b}", "enable_templating", (int)u->templating);

	pki_urls_show(data, u);
	return data;
}

static enum handler_result
pki_config_read_urls(struct request *req)
{
	return reply_data(req,
	    pki_config_urls_json(&pki_state_get(req->vault, req->mount)->urls));
}

static enum handler_result
pki_config_write_urls(struct request *req)
{
	struct pki_urls u = pki_state_get(req->vault, req->mount)->urls;
	struct pki_urls given;
	struct error e = { 0 };
	json_t *data;

	if (param_is_given(req, "enable_templating"))
		u.templating = param_bool(req, "enable_templating");
	if (!pki_urls_read(req, &given, u.templating, &e))
		return fail_error(req, &e);
	if (param_is_given(req, "issuing_certificates"))
		u.list.issuing = given.list.issuing;
	if (param_is_given(req, "crl_distribution_points"))
		u.list.crl = given.list.crl;
	if (param_is_given(req, "ocsp_servers"))
		u.list.ocsp = given.list.ocsp;
	data = pki_config_urls_json(&u);
	pki_config_put(req->vault, req->mount, "urls", json_incref(data));
	return reply_data(req, data);
}

/* ---- defaults ---- */

static json_t *
pki_config_issuers_json(const char *id, bool follow)
{
	return json_pack("{s:s, s:b}", "default", id,
	    "default_follows_latest_issuer", (int)follow);
}

static enum handler_result
pki_config_read_issuers(struct request *req)
{
	struct pki_state *s = pki_state_get(req->vault, req->mount);

	return reply_data(
	    req, pki_config_issuers_json(s->default_issuer, s->follow_latest));
}

static enum handler_result
pki_config_write_issuers(struct request *req)
{
	const char *ref = param_str(req, "default");
	bool follow = param_bool(req, "default_follows_latest_issuer");
	struct error e = { 0 };
	struct pki_issuer *i;
	json_t *data;

	if (*ref == '\0' || strcmp(ref, "default") == 0)
		return fail(req, 400,
		    "Invalid issuer specification; must be "
		    "non-empty and can't be 'default'.");
	i = pki_issuer_find(req->vault, req->mount, ref, &e);
	if (!i)
		return fail(
		    req, 400, "Error resolving issuer reference: %s", e.text);
	if (!i->key)
		reply_warn(req,
		    "This selected default issuer has no key associated "
		    "with it. Some operations like issuing certificates "
		    "and signing CRLs will be unavailable with the "
		    "requested default issuer until a key is imported or "
		    "the default issuer is changed.");
	data = pki_config_issuers_json(i->id, follow);
	pki_config_put(req->vault, req->mount, "issuers", json_incref(data));
	return reply_data(req, data);
}

static enum handler_result
pki_config_replace_root(struct request *req)
{
	struct error e = { 0 };
	struct pki_issuer *i = pki_issuer_find(
	    req->vault, req->mount, param_str(req, "default"), &e);
	json_t *data;

	if (!i)
		return fail(
		    req, 400, "Error resolving issuer reference: %s", e.text);
	data = pki_config_issuers_json(
	    i->id, pki_state_get(req->vault, req->mount)->follow_latest);
	pki_config_put(req->vault, req->mount, "issuers", json_incref(data));
	return reply_data(req, data);
}

static enum handler_result
pki_config_read_keys(struct request *req)
{
	return reply_data(req,
	    json_pack("{s:s}", "default",
		pki_state_get(req->vault, req->mount)->default_key));
}

static enum handler_result
pki_config_write_keys(struct request *req)
{
	const char *ref = param_str(req, "default");
	struct error e = { 0 };
	struct pki_key *k;
	json_t *data;

	if (*ref == '\0' || strcmp(ref, "default") == 0)
		return fail(req, 400,
		    "Invalid key specification; must be "
		    "non-empty and can't be 'default'.");
	k = pki_key_find(req->vault, req->mount, ref, &e);
	if (!k)
		return fail(
		    req, 400, "Error resolving issuer reference :%s", e.text);
	data = json_pack("{s:s}", "default", k->id);
	pki_config_put(req->vault, req->mount, "keys", json_incref(data));
	return reply_data(req, data);
}

/* ---- cluster ---- */

static enum handler_result
pki_config_read_cluster(struct request *req)
{
	struct pki_state *s = pki_state_get(req->vault, req->mount);

	return reply_data(req,
	    json_pack("{s:s, s:s}", "aia_path", s->cluster_aia_path, "path",
		s->cluster_path));
}

static enum handler_result
pki_config_write_cluster(struct request *req)
{
	static const char *const names[] = { "path", "aia_path" };
	json_t *data = pki_config_load(req->vault, req->mount, "cluster");

	for (int i = 0; i < 2; i++) {
		const char *url = param_str(req, names[i]);

		if (!param_is_given(req, names[i]) &&
		    json_object_get(data, names[i]))
			continue;
		if (param_is_given(req, names[i]) && !pki_is_url_valid(url)) {
			json_decref(data);
			return fail(req, 400,
			    "invalid, non-URL %s given to cluster: %s",
			    names[i], url);
		}
		json_object_set_new(data, names[i], json_string(url));
	}
	pki_config_put(req->vault, req->mount, "cluster", json_incref(data));
	return reply_data(req, data);
}

/* ---- crl ---- */

static const struct {
	const char *name;
	const char *text; /* the default of a duration; NULL: a flag, off */
} pki_crl_fields[] = {
	{ "auto_rebuild", NULL },
	{ "auto_rebuild_grace_period", "12h" },
	{ "cross_cluster_revocation", NULL },
	{ "delta_rebuild_interval", "15m" },
	{ "disable", NULL },
	{ "enable_delta", NULL },
	{ "expiry", "72h" },
	{ "ocsp_disable", NULL },
	{ "ocsp_expiry", "12h" },
	{ "unified_crl", NULL },
	{ "unified_crl_on_existing_paths", NULL },
};

#define CRL_FIELDS (sizeof(pki_crl_fields) / sizeof(pki_crl_fields[0]))

json_t *
pki_crl_config(struct vault *v, const struct mount *m)
{
	json_t *config = pki_config_load(v, m, "crl");

	for (size_t i = 0; i < CRL_FIELDS; i++)
		if (!json_object_get(config, pki_crl_fields[i].name))
			json_object_set_new(config, pki_crl_fields[i].name,
			    pki_crl_fields[i].text
				? json_string(pki_crl_fields[i].text)
				: json_false());
	json_object_set_new(config, "max_crl_entries", json_integer(100000));
	return config;
}

static enum handler_result
pki_config_read_crl(struct request *req)
{
	return reply_data(req, pki_crl_config(req->vault, req->mount));
}

static bool
pki_config_set_crl_field(
    struct request *req, json_t *config, size_t i, struct error *e)
{
	const char *name = pki_crl_fields[i].name, *text;
	int64_t ns;

	if (!param_is_given(req, name))
		return true;
	if (!pki_crl_fields[i].text) {
		json_object_set_new(
		    config, name, json_boolean(param_bool(req, name)));
		return true;
	}
	text = param_str(req, name);
	if (!duration_parse_go(text, &ns) || ns <= 0)
		return error_set(e, 400,
		    "given %s could not be decoded: time: invalid duration "
		    "\"%s\"",
		    name, text);
	json_object_set_new(config, name, json_string(text));
	return true;
}

/* Only Enterprise knows other clusters. */
static bool
pki_config_check_crl(const json_t *config, struct error *e)
{
	const char *grace = json_string_value(
	    json_object_get(config, "auto_rebuild_grace_period"));
	const char *expiry = json_string_value(
	    json_object_get(config, "expiry"));
	int64_t before = 0, life = 0;
	static const char *const enterprise[] = { "cross_cluster_revocation",
		"unified_crl", "unified_crl_on_existing_paths" };

	for (size_t i = 0; i < 3; i++)
		if (json_is_true(json_object_get(config, enterprise[i])))
			return error_set(e, 400,
			    i == 0
				? "Global, cross-cluster revocation queue "
				  "cannot be enabled when auto rebuilding is "
				  "disabled as the local cluster may not "
				  "have the certificate entry!"
				: "unified_crl can not be enabled on "
				  "non-Enterprise versions");
	duration_parse_go(grace, &before);
	duration_parse_go(expiry, &life);
	if (json_is_true(json_object_get(config, "auto_rebuild")) &&
	    before >= life)
		return error_set(e, 400,
		    "CRL auto-rebuilding grace period (%s) must be strictly "
		    "shorter than CRL expiry (%s) value when auto rebuilding "
		    "of CRLs is enabled",
		    grace, expiry);
	if (json_is_true(json_object_get(config, "enable_delta")) &&
	    !json_is_true(json_object_get(config, "auto_rebuild")))
		return error_set(e, 400,
		    "Delta CRLs cannot be enabled when auto rebuilding is "
		    "disabled as the complete CRL is always regenerated!");
	return true;
}

static enum handler_result
pki_config_write_crl(struct request *req)
{
	json_t *config = pki_crl_config(req->vault, req->mount);
	struct error e = { 0 };
	bool ok = true;

	for (size_t i = 0; i < CRL_FIELDS && ok; i++)
		ok = pki_config_set_crl_field(req, config, i, &e);
	if (!ok || !pki_config_check_crl(config, &e)) {
		json_decref(config);
		return fail_error(req, &e);
	}
	pki_config_put(req->vault, req->mount, "crl", json_incref(config));
	pki_crl_rebuild(req->vault, req->mount);
	return reply_data(req, config);
}

/* ---- rows ---- */

static const struct param pki_config_urls_params[] = {
	{ "crl_distribution_points", P_COMMA_STRINGS, NULL, "URLs of CRLs" },
	{ "enable_templating", P_BOOL, NULL, "The URLs may hold templates" },
	{ "issuing_certificates", P_COMMA_STRINGS, NULL,
	    "URLs of the issuer's certificate" },
	{ "ocsp_servers", P_COMMA_STRINGS, NULL, "URLs of OCSP servers" },
	PARAM_END,
};

static const struct param pki_config_issuers_params[] = {
	{ "default", P_STRING, NULL, "Id or name of the default issuer" },
	{ "default_follows_latest_issuer", P_BOOL, NULL,
	    "A new issuer with a key becomes the default" },
	PARAM_END,
};

static const struct param pki_config_cluster_params[] = {
	{ "aia_path", P_STRING, NULL, "URL that AIA fields start with" },
	{ "path", P_STRING, NULL, "URL of this mount" },
	PARAM_END,
};

static const struct param pki_config_replace_params[] = {
	{ "default", P_STRING, "\"next\"", "Id or name of the new default" },
	PARAM_END,
};

static const struct param pki_config_keys_params[] = {
	{ "default", P_STRING, NULL, "Id or name of the default key" },
	PARAM_END,
};

static const struct param pki_config_crl_params[] = {
	{ "auto_rebuild", P_BOOL, NULL, "Sign CRLs before they end" },
	{ "auto_rebuild_grace_period", P_STRING, "\"12h\"", "How long before" },
	{ "cross_cluster_revocation", P_BOOL, NULL, "Enterprise" },
	{ "delta_rebuild_interval", P_STRING, "\"15m\"",
	    "Time between delta CRLs" },
	{ "disable", P_BOOL, NULL, "CRLs without entries" },
	{ "enable_delta", P_BOOL, NULL, "Delta CRLs" },
	{ "expiry", P_STRING, "\"72h\"", "Life of a CRL" },
	{ "ocsp_disable", P_BOOL, NULL, "No OCSP" },
	{ "ocsp_expiry", P_STRING, "\"1h\"", "Life of an OCSP answer" },
	{ "unified_crl", P_BOOL, NULL, "Enterprise" },
	{ "unified_crl_on_existing_paths", P_BOOL, NULL, "Enterprise" },
	PARAM_END,
};

const struct route pki_config_routes[] = {
	{ OP_READ, "config/urls", 0, pki_config_urls_params,
	    pki_config_read_urls, NULL, "URLs that certificates carry" },
	{ OP_WRITE, "config/urls", 0, pki_config_urls_params,
	    pki_config_write_urls, NULL, "URLs that certificates carry" },
	{ OP_READ, "config/issuers", 0, pki_config_issuers_params,
	    pki_config_read_issuers, NULL, "The default issuer" },
	{ OP_WRITE, "config/issuers", 0, pki_config_issuers_params,
	    pki_config_write_issuers, NULL, "The default issuer" },
	{ OP_WRITE, "root/replace", 0, pki_config_replace_params,
	    pki_config_replace_root, NULL, "The default issuer" },
	{ OP_READ, "config/keys", 0, pki_config_keys_params,
	    pki_config_read_keys, NULL, "The default key" },
	{ OP_WRITE, "config/keys", 0, pki_config_keys_params,
	    pki_config_write_keys, NULL, "The default key" },
	{ OP_READ, "config/cluster", 0, pki_config_cluster_params,
	    pki_config_read_cluster, NULL, "Addresses for templates of URLs" },
	{ OP_WRITE, "config/cluster", 0, pki_config_cluster_params,
	    pki_config_write_cluster, NULL, "Addresses for templates of URLs" },
	{ OP_READ, "config/crl", 0, pki_config_crl_params, pki_config_read_crl,
	    NULL, "How CRLs are made" },
	{ OP_WRITE, "config/crl", 0, pki_config_crl_params,
	    pki_config_write_crl, NULL, "How CRLs are made" },
	ROUTE_END,
};

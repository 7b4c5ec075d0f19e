/*
 * config/urls, config/issuers, config/keys, config/crl.
 */
#include <string.h>

#include "base/duration.h"
#include "base/text.h"
#include "secrets/pki/pki_common.h"

/* ---- urls ---- */

static const struct param pki_config_urls_params[] = {
	{ "crl_distribution_points", P_COMMA_STRINGS, NULL, "URLs of CRLs" },
	{ "delta_crl_distribution_points",
	    P_VERSION(P_COMMA_STRINGS, VERSION_PKI_DELTA_CRL_URLS), NULL,
	    "URLs of delta CRLs" },
	{ "enable_templating", P_BOOL, NULL, "The URLs may hold templates" },
	{ "issuing_certificates", P_COMMA_STRINGS, NULL,
	    "URLs of the issuer's certificate" },
	{ "ocsp_servers", P_COMMA_STRINGS, NULL, "URLs of OCSP servers" },
	PARAM_END,
};

static json_t *
pki_config_urls_json(const struct pki_urls *u)
{
	json_t *data = json_pack(
	    "{s:b}", "enable_templating", (int)u->templating);

	pki_urls_show(data, u);
	return data;
}

/* Takes data over. */
static enum handler_result
pki_config_reply_urls(struct request *req, json_t *data)
{
	params_trim(req->vault, pki_config_urls_params, data);
	return reply_data(req, data);
}

static enum handler_result
pki_config_read_urls(struct request *req)
{
	return pki_config_reply_urls(req,
	    pki_config_urls_json(&pki_state_get(req->vault, req->mount)->urls));
}

static enum handler_result
pki_config_write_urls(struct request *req)
{
	struct pki_urls u = pki_state_get(req->vault, req->mount)->urls;
	struct pki_state *s = pki_state_get(req->vault, req->mount);
	struct error e = { 0 };
	json_t *data;

	if (param_is_given(req, "enable_templating"))
		u.templating = param_bool(req, "enable_templating");
	if (!pki_urls_read(req, &u, false, &e))
		return fail_error(req, &e);
	if (s->nissuers > 0)
		pki_urls_warn(req, &u, s->issuers[0].id);
	data = pki_config_urls_json(&u);
	pki_config_put(req->vault, req->mount, "urls", json_deep_copy(data));
	return pki_config_reply_urls(req, data);
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

/* Also root/replace, which has no default_follows_latest_issuer. */
static enum handler_result
pki_config_write_issuers(struct request *req)
{
	const char *ref = param_str(req, "default");
	bool follow = pki_state_get(req->vault, req->mount)->follow_latest;
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
	if (strcmp(req->rel_path, "root/replace") != 0 &&
	    param_is_given(req, "default_follows_latest_issuer"))
		follow = param_bool(req, "default_follows_latest_issuer");
	data = pki_config_issuers_json(i->id, follow);
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
		    req, 400, "Error resolving issuer reference: %s", e.text);
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

/* Go's url.Parse finds a scheme and a host. */
static bool
pki_config_is_absolute_url(const char *url)
{
	const char *at = strstr(url, "://");

	return at && at > url && strcspn(url, "/:?#") == (size_t)(at - url) &&
	    at[3] && !strchr("/?#", at[3]) && !strpbrk(url, " <>\"\\^`|{}");
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
		if (param_is_given(req, names[i]) &&
		    !pki_config_is_absolute_url(url)) {
			json_decref(data);
			return fail_wrapped(req, 500,
			    "invalid, non-URL %s given to cluster: %s",
			    names[i], url);
		}
		json_object_set_new(data, names[i], json_string(url));
	}
	pki_config_put(req->vault, req->mount, "cluster", json_incref(data));
	return reply_data(req, data);
}

/* ---- crl ---- */

/* Takes the configuration over. */
static enum handler_result
pki_config_show_crl(struct request *req, json_t *config)
{
	if (!version_has(req->vault, VERSION_PKI_MAX_CRL_ENTRIES))
		json_object_del(config, "max_crl_entries");
	return reply_data(req, config);
}

static enum handler_result
pki_config_read_crl(struct request *req)
{
	return pki_config_show_crl(req, pki_crl_config(req->vault, req->mount));
}

static bool
pki_config_set_crl_field(struct request *req, json_t *config,
    const struct pki_crl_field *f, struct error *e)
{
	const char *name = f->name, *text, *problem;
	int64_t ns;

	if (!param_is_given(req, name))
		return true;
	if (!f->text) {
		json_object_set_new(
		    config, name, json_boolean(param_bool(req, name)));
		return true;
	}
	text = param_str(req, name);
	problem = duration_parse_why(req->arena, text, &ns);
	if (problem)
		return error_set(
		    e, 400, "given %s could not be decoded: %s", name, problem);
	if (ns < 0 && strcmp(name, "ocsp_expiry") == 0)
		return error_set(e, 400,
		    "ocsp_expiry must be greater than or equal to 0 got: %s",
		    pki_go_duration(req->arena, ns));
	json_object_set_new(config, name, json_string(text));
	return true;
}

/* A duration of the configuration that may not reach the CRL's life. */
static bool
pki_config_check_crl_shorter(const json_t *config, const char *name,
    const char *what, const char *when, struct error *e)
{
	return pki_crl_config_duration_ns(config, name) <
	    pki_crl_config_duration_ns(config, "expiry") ||
	    error_set(e, 400,
		"CRL %s (%s) must be strictly shorter than CRL expiry (%s) "
		"value when %s",
		what, pki_crl_config_text(config, name),
		pki_crl_config_text(config, "expiry"), when);
}

/* In Vault's order. What concerns several clusters is Enterprise's. */
static bool
pki_config_check_crl(const json_t *config, struct error *e)
{
	bool rebuild = json_is_true(json_object_get(config, "auto_rebuild"));
	bool delta = json_is_true(json_object_get(config, "enable_delta"));
	bool unified = json_is_true(json_object_get(config, "unified_crl"));
	bool queue = json_is_true(
	    json_object_get(config, "cross_cluster_revocation"));

	if (!unified &&
	    json_is_true(
		json_object_get(config, "unified_crl_on_existing_paths")))
		return error_set(e, 400,
		    "unified_crl_on_existing_paths cannot be enabled if "
		    "unified_crl is disabled");
	if (rebuild &&
	    !pki_config_check_crl_shorter(config, "auto_rebuild_grace_period",
		"auto-rebuilding grace period",
		"auto-rebuilding of CRLs is enabled", e))
		return false;
	if (delta &&
	    !pki_config_check_crl_shorter(config, "delta_rebuild_interval",
		"delta rebuild window", "delta CRLs are enabled", e))
		return false;
	if (delta && !rebuild)
		return error_set(e, 400,
		    "Delta CRLs cannot be enabled when auto rebuilding is "
		    "disabled as the complete CRL is always regenerated!");
	if (queue)
		return error_set(e, 400,
		    rebuild
			? "Global, cross-cluster revocation queue "
			  "(cross_cluster_revocation) can only be enabled on "
			  "Vault Enterprise."
			: "Global, cross-cluster revocation queue cannot be "
			  "enabled when auto rebuilding is disabled as the "
			  "local cluster may not have the certificate entry!");
	return !unified ||
	    error_set(
		e, 400, "unified_crl can only be enabled on Vault Enterprise");
}

static enum handler_result
pki_config_write_crl(struct request *req)
{
	json_t *config = pki_crl_config(req->vault, req->mount);
	int64_t entries = param_int(req, "max_crl_entries");
	struct error e = { 0 };
	bool ok = true;

	for (const struct pki_crl_field *f = pki_crl_fields; f->name && ok; f++)
		ok = pki_config_set_crl_field(req, config, f, &e);
	/* Vault 1.19: 0 and less than -1 are passed over. */
	if (param_is_given(req, "max_crl_entries") &&
	    (entries == -1 || entries > 0))
		json_object_set_new(
		    config, "max_crl_entries", json_integer(entries));
	if (!ok || !pki_config_check_crl(config, &e)) {
		json_decref(config);
		return fail_error(req, &e);
	}
	pki_config_put(req->vault, req->mount, "crl", json_deep_copy(config));
	if (pki_crl_rebuild(req->vault, req->mount, &e))
		return pki_config_show_crl(req, config);
	json_decref(config);
	return fail_error(req, &e);
}

/* ---- routes ---- */

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
	{ "max_crl_entries", P_VERSION(P_INT, VERSION_PKI_MAX_CRL_ENTRIES),
	    "100000", "Most entries of a CRL; -1: any number" },
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
	    pki_config_write_issuers, NULL, "The default issuer" },
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

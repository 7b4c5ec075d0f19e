/*
 * sys/config: CORS, headers of the web page, headers that are audited, and the
 * configuration as it is.
 */
#include <string.h>
#include <strings.h>

#include "api/phases/cors.h"
#include "api/param.h"
#include "api/reply.h"
#include "base/json/jsontree.h"
#include "base/text.h"
#include "core/mount/audit.h"
#include "core/setting.h"
#include "sys/route_tables.h"

/* ---- cors ---- */

static const struct param cors_params[] = {
	{ "allowed_headers", P_COMMA_STRINGS, NULL, "Headers beyond Vault's" },
	{ "allowed_origins", P_COMMA_STRINGS, NULL, "Origins, or *" },
	{ "enable", P_BOOL, NULL, "Ignored, as Vault does" },
	PARAM_END,
};

static enum handler_result
config_cors_read(struct request *req)
{
	json_t *cors = setting_get(req->vault, SETTING_CORS);
	json_t *headers, *own;

	if (!cors)
		return reply_data(req, json_pack("{s:b}", "enabled", 0));
	headers = jsontree_strings(cors_headers);
	own = json_object_get(cors, "allowed_headers");
	json_array_extend(headers, own);
	json_object_set_new(cors, "allowed_headers", headers);
	json_object_set_new(cors, "enabled", json_true());
	return reply_data(req, cors);
}

static enum handler_result
config_cors_write(struct request *req)
{
	int n;
	char **origins = param_strings(req, "allowed_origins", &n);

	if (n == 0)
		return fail_wrapped(req, 500,
		    "at least one origin or the "
		    "wildcard must be provided");
	for (int i = 0; n > 1 && i < n; i++)
		if (strcmp(origins[i], "*") == 0)
			return fail_wrapped(req, 500,
			    "to allow all origins the '*' must be the only "
			    "value for allowed_origins");
	setting_put(req->vault, SETTING_CORS,
	    json_pack("{s:o, s:o}", "allowed_origins",
		jsontree_strings(origins), "allowed_headers",
		jsontree_strings(param_strings(req, "allowed_headers", NULL))));
	return reply_none(req);
}

static enum handler_result
config_cors_delete(struct request *req)
{
	setting_put(req->vault, SETTING_CORS, NULL);
	return reply_none(req);
}

/* ---- tables of headers: one setting, an object by name ---- */

#define UI_HEADERS "ui-headers"

static json_t *
config_header_table(struct request *req, const char *name)
{
	json_t *all = setting_get(req->vault, name);

	return all ? all : json_object();
}

static enum handler_result
config_header_remove(struct request *req, const char *name, const char *key)
{
	json_t *all = config_header_table(req, name);

	json_object_del(all, key);
	setting_put(req->vault, name, all);
	return reply_none(req);
}

static const struct param ui_params[] = {
	{ "header", P_STRING, NULL, "Name of the header" },
	{ "multivalue", P_BOOL, NULL, "Show every value" },
	{ "values", P_STRINGS, NULL, "Its values" },
	PARAM_END,
};

/* A header's name as Go writes it: "X-Custom". */
static const char *
config_header_go_name(struct arena *a, const char *name)
{
	char *out = arena_strdup(a, name);
	bool starts_word = true;

	lower_ascii(out);
	for (char *p = out; *p; p++) {
		if (starts_word && *p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
		starts_word = *p == '-';
	}
	return out;
}

/* Names are found in any case, as Go's headers. */
static const char *
config_header_known_name(json_t *all, const char *name)
{
	const char *key;
	json_t *value;

	json_object_foreach (all, key, value)
		if (strcasecmp(key, name) == 0)
			return key;
	return name;
}

static enum handler_result
config_ui_read(struct request *req)
{
	json_t *all = config_header_table(req, UI_HEADERS);
	json_t *values = json_object_get(
	    all, config_header_known_name(all, param_str(req, "header")));
	enum handler_result v;

	if (!values)
		v = reply_none(req);
	else if (param_bool(req, "multivalue"))
		v = reply_data(req, json_pack("{s:O}", "values", values));
	else
		v = reply_data(req,
		    json_pack("{s:O}", "value", json_array_get(values, 0)));
	json_decref(all);
	return v;
}

static enum handler_result
config_ui_write(struct request *req)
{
	const char *name = config_header_go_name(
	    req->arena, param_str(req, "header"));
	int n;
	char **values = param_strings(req, "values", &n);
	json_t *all;

	if (n == 0)
		return fail(req, 400, "header and values must be specified");
	if (strncasecmp(name, "X-Vault-", 8) == 0)
		return fail(req, 400, "X-Vault headers cannot be set");
	if (strcasecmp(name, "Content-Security-Policy") == 0)
		reply_warn(req,
		    "overriding default Content-Security-Policy which is "
		    "secure by default, proceed with caution");
	all = config_header_table(req, UI_HEADERS);
	json_object_set_new(
	    all, config_header_known_name(all, name), jsontree_strings(values));
	setting_put(req->vault, UI_HEADERS, all);
	return reply_data(req, NULL);
}

static enum handler_result
config_ui_delete(struct request *req)
{
	return config_header_remove(req, UI_HEADERS, param_str(req, "header"));
}

static enum handler_result
config_ui_list(struct request *req)
{
	json_t *all = config_header_table(req, UI_HEADERS), *value;
	struct strs keys = strs_in(req->arena);
	const char *key;

	json_object_foreach (all, key, value)
		strs_add(&keys, key);
	json_decref(all);
	return keys.n ? reply_keys(req, &keys) : fail_empty(req, 404);
}

static const struct param audited_params[] = {
	{ "header", P_STRING, NULL, "Name of the header" },
	{ "hmac", P_BOOL, NULL, "Hash its value?" },
	PARAM_END,
};

static const char *
config_lower_header(struct request *req)
{
	char *name = arena_strdup(req->arena, param_str(req, "header"));

	lower_ascii(name);
	return name;
}

static enum handler_result
config_audited_list(struct request *req)
{
	return reply_data(req,
	    json_pack("{s:o}", "headers",
		config_header_table(req, SETTING_AUDITED_HEADERS)));
}

static enum handler_result
config_audited_read(struct request *req)
{
	json_t *all = config_header_table(req, SETTING_AUDITED_HEADERS);
	json_t *one = json_object_get(all, config_lower_header(req));
	enum handler_result v = one
	    ? reply_data(req, json_pack("{s:O}", param_str(req, "header"), one))
	    : fail(req, 400, "Could not find header in config");

	json_decref(all);
	return v;
}

static enum handler_result
config_audited_write(struct request *req)
{
	json_t *all = config_header_table(req, SETTING_AUDITED_HEADERS);

	json_object_set_new(all, config_lower_header(req),
	    json_pack("{s:b}", "hmac", (int)param_bool(req, "hmac")));
	setting_put(req->vault, SETTING_AUDITED_HEADERS, all);
	return reply_none(req);
}

static enum handler_result
config_audited_delete(struct request *req)
{
	return config_header_remove(
	    req, SETTING_AUDITED_HEADERS, config_lower_header(req));
}

/* ---- the configuration ---- */

static enum handler_result
config_sanitized(struct request *req)
{
	return reply_data(req, json_deep_copy(req->vault->config.sanitized));
}

static const struct param reload_params[] = {
	{ "subsystem", P_STRING, NULL, "license" },
	PARAM_END,
};

static enum handler_result
config_reload_subsystem(struct request *req)
{
	if (strcmp(param_str(req, "subsystem"), "license") == 0)
		return reply_none(req);
	return fail_unsupported_path(req);
}

#define CORS "sys/config/cors"
#define UI "sys/config/ui/headers"
#define AUDITED "sys/config/auditing/request-headers"
#define S R_SUDO

const struct route sys_config_routes[] = {
	{ OP_READ, CORS, S | R_INJECT, cors_params, config_cors_read, NULL,
	    "Read the CORS settings" },
	{ OP_WRITE, CORS, S, cors_params, config_cors_write, NULL,
	    "Switch CORS on" },
	{ OP_DELETE, CORS, S, cors_params, config_cors_delete, NULL,
	    "Switch CORS off" },
	{ OP_LIST, UI "/?", S, NULL, config_ui_list, NULL,
	    "Headers of the web page" },
	{ OP_READ, UI "/{header:seg}", S, ui_params, config_ui_read, NULL,
	    "Read a header of the web page" },
	{ OP_WRITE, UI "/{header:seg}", S, ui_params, config_ui_write, NULL,
	    "Set a header of the web page" },
	{ OP_DELETE, UI "/{header:seg}", S, ui_params, config_ui_delete, NULL,
	    "Remove a header of the web page" },
	{ OP_READ, AUDITED, S | R_INJECT, NULL, config_audited_list, NULL,
	    "Headers that are audited" },
	{ OP_READ, AUDITED "/{header:seg}", S | R_INJECT, audited_params,
	    config_audited_read, NULL, "Is this header audited?" },
	{ OP_WRITE, AUDITED "/{header:seg}", S, audited_params,
	    config_audited_write, NULL, "Audit a header" },
	{ OP_DELETE, AUDITED "/{header:seg}", S, audited_params,
	    config_audited_delete, NULL, "Stop auditing a header" },
	{ OP_READ, "sys/config/state/sanitized", 0, NULL, config_sanitized,
	    NULL, "The configuration without its secrets" },
	{ OP_WRITE, "sys/config/reload/{subsystem:seg}", 0, reload_params,
	    config_reload_subsystem, NULL,
	    "Reload a part of the configuration" },
	ROUTE_END,
};

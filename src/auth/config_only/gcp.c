/*
 * gcp: the configuration and roles of its two kinds.
 */
#include "auth/config_only/config_only_common.h"

#include <string.h>

#include "api/rotation_params.h"
#include "base/go_text.h"
#include "base/text.h"
#include "base/json/jsontext.h"
#include "base/json/jsontree.h"

static const struct param gcp_config_params[] = {
	{ "credentials", P_STRING, NULL, "Credentials of a service account" },
	{ "custom_endpoint", P_PAIRS, NULL, "Endpoints of the APIs" },
	{ "gce_alias", P_STRING, NULL, "What names a GCE alias" },
	{ "gce_metadata", P_COMMA_STRINGS,
	    "[\"instance_creation_timestamp\",\"instance_id\",\"instance_name\",\"project_id\",\"project_number\",\"role\",\"service_account_id\",\"service_account_email\",\"zone\"]",
	    "Metadata of a GCE alias" },
	{ "google_certs_endpoint", P_STRING, NULL,
	    "Deprecated, without effect" },
	{ "iam_alias", P_STRING, NULL, "What names an IAM alias" },
	{ "iam_metadata", P_COMMA_STRINGS,
	    "[\"project_id\",\"role\",\"service_account_id\",\"service_account_email\"]",
	    "Metadata of an IAM alias" },
	{ "service_account_email", P_STRING, NULL,
	    "Service account to take on" },
	IDENTITY_TOKEN_PARAMS,
	ROTATION_PARAMS,
	PARAM_END,
};

static const struct param gcp_role_params[] = {
	{ "add_group_aliases", P_BOOL, NULL, "Group aliases from the project" },
	{ "allow_gce_inference", P_BOOL, "true",
	    "iam: take instances as well" },
	{ "bound_instance_groups", P_COMMA_STRINGS, NULL,
	    "gce: instance groups" },
	{ "bound_labels", P_COMMA_STRINGS, NULL, "gce: labels, key:value" },
	{ "bound_projects", P_COMMA_STRINGS, NULL, "Projects" },
	{ "bound_regions", P_COMMA_STRINGS, NULL, "gce: regions" },
	{ "bound_service_accounts", P_COMMA_STRINGS, NULL, "Service accounts" },
	{ "bound_zones", P_COMMA_STRINGS, NULL, "gce: zones" },
	{ "max_jwt_exp", P_SECONDS, "900",
	    "iam: longest life of a login's JWT" },
	OLD_ROLE_PARAMS,
	TOKEN_PARAMS,
	{ "type", P_STRING, NULL, "iam or gce" },
	{ "bound_instance_group", P_STRING, NULL,
	    "Old name of bound_instance_groups" },
	{ "bound_region", P_STRING, NULL, "Old name of bound_regions" },
	{ "bound_zone", P_STRING, NULL, "Old name of bound_zones" },
	{ "project_id", P_STRING, NULL, "Old name of bound_projects" },
	{ "service_accounts", P_COMMA_STRINGS, NULL,
	    "Old name of bound_service_accounts" },
	PARAM_END,
};

static const struct param gcp_edit_params[] = {
	{ "add", P_COMMA_STRINGS, NULL, "What is added" },
	{ "remove", P_COMMA_STRINGS, NULL, "What is taken away" },
	PARAM_END,
};

/* Vault 1.19: this method refuses fields that it does not know. */
static bool
gcp_check_unknown(struct request *req, struct error *e)
{
	struct strs unknown;

	strs_init(&unknown, req->arena);
	for (size_t i = 0; i < req->nfields; i++) {
		bool found = *param_capture(req, req->fields[i].key) != '\0';

		for (const struct param *p = req->route->params; p->name; p++)
			found |= strcmp(p->name, req->fields[i].key) == 0;
		if (!found)
			strs_add(&unknown, req->fields[i].key);
	}
	strs_sort(&unknown);
	return unknown.n == 0 ||
	    error_wrap(e, 422, "unknown fields: %s",
		go_quoted_list(req->arena, unknown.items));
}

/* Vault 1.19: in the words of Go's decoder. */
static bool
gcp_credentials_are_json(const char *text, struct error *e)
{
	struct error problem = { 0 };
	struct buf clean;
	bool ok, object;

	buf_init(&clean, 0);
	ok = jsontext_clean(
		 &clean, text, strlen(text), JSONTEXT_DIGITS, &problem) > 0;
	object = ok && clean.n && clean.p[0] == '{';
	buf_release(&clean);
	if (!ok)
		error_wrap(
		    e, 400, "failed to read credentials: %s", problem.text);
	else if (!object)
		error_wrap(e, 400,
		    "failed to read credentials: json: cannot unmarshal into "
		    "Go value of type gcputil.GcpCredentials");
	error_release(&problem);
	return object;
}

/* What the credentials say is kept instead of them, but for the key. */
static bool
gcp_config_read_credentials(struct config_entry *entry, struct error *e)
{
	static const char *const shown[] = { "client_email", "client_id",
		"private_key_id", "project_id" };
	const char *text = config_str(entry->data, "credentials");
	json_t *credentials;

	if (!param_is_given(entry->req, "credentials"))
		return true;
	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++)
		json_object_del(entry->data, shown[i]);
	if (*text == '\0')
		return true;
	if (!gcp_credentials_are_json(text, e))
		return false;
	credentials = json_loads(text, 0, NULL);
	if (*config_str(credentials, "private_key_id") == '\0') {
		json_decref(credentials);
		return error_wrap(e, 400, "missing private key in credentials");
	}
	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++)
		json_object_set_new(entry->data, shown[i],
		    json_string(config_str(credentials, shown[i])));
	json_decref(credentials);
	return true;
}

static const char *const gcp_iam_metadata[] = { "project_id", "role",
	"service_account_id", "service_account_email", NULL };
static const char *const gcp_gce_metadata[] = { "instance_creation_timestamp",
	"instance_id", "instance_name", "project_id", "project_number", "role",
	"service_account_id", "service_account_email", "zone", NULL };

/* A write names some of the endpoints; an empty one is forgotten. */
static bool
gcp_merge_endpoints(struct config_entry *entry, struct error *e)
{
	static const char *const known[] = { "api", "iam", "crm", "compute" };
	json_t *all, *given = json_object_get(entry->data, "custom_endpoint");
	const json_t *stood = json_object_get(entry->before, "custom_endpoint");
	const char *name;
	json_t *value;

	if (!param_is_given(entry->req, "custom_endpoint"))
		return true;
	all = json_is_object(stood) ? json_deep_copy(stood) : json_object();
	json_object_foreach (given, name, value) {
		bool found = false;

		for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
			found |= strcmp(known[i], name) == 0;
		if (!found) {
			json_decref(all);
			return error_wrap(e, 400,
			    "invalid custom endpoint type %s. Available types "
			    "are: 'api', 'iam', 'crm', 'compute'",
			    go_quoted(entry->req->arena, name));
		}
		if (json_string_length(value))
			json_object_set(all, name, value);
		else
			json_object_del(all, name);
	}
	json_object_set_new(entry->data, "custom_endpoint", all);
	return true;
}

/* Vault 1.19: what names an alias is checked at a login alone. */
static bool
gcp_config_check(struct config_entry *entry, struct error *e)
{
	const char *problem = rotation_params_problem(entry->req);
	bool audience = config_has(entry, "identity_token_audience");

	if (!gcp_check_unknown(entry->req, e) ||
	    !gcp_config_read_credentials(entry, e) ||
	    !config_check_metadata(entry, "iam_metadata", gcp_iam_metadata, 4,
		"failed to parse iam metadata: ", e) ||
	    !config_check_metadata(entry, "gce_metadata", gcp_gce_metadata, 9,
		"failed to parse gce metadata: ", e))
		return false;
	if (!gcp_merge_endpoints(entry, e))
		return false;
	if (problem)
		return error_wrap(e, 400, "%s", problem);
	if (audience && config_has(entry, "credentials"))
		return error_wrap(e, 400,
		    "only one of 'credentials' or 'identity_token_audience' "
		    "can be set");
	if (audience && !config_has(entry, "service_account_email"))
		return error_wrap(e, 400,
		    "missing required 'service_account_email' when "
		    "'identity_token_audience' is set");
	return config_refuse_identity_token(entry, e) &&
	    config_refuse_rotation(entry, e);
}

static void
gcp_config_show(struct request *req, json_t *data)
{
	static const char *const optional[] = { "client_email", "client_id",
		"private_key_id", "project_id", "custom_endpoint",
		"service_account_email", "iam_alias", "gce_alias", NULL };

	(void)req;
	config_drop_empty(data, optional);
}

static const char *const gcp_secrets[] = { "credentials",
	"google_certs_endpoint", NULL };

static const struct config_entry_type gcp_config_type = {
	.flags = CONFIG_DEFAULTS,
	.secrets = gcp_secrets,
	.check = gcp_config_check,
	.show = gcp_config_show,
};
CONFIG_UPDATED_SETTINGS_HANDLERS(gcp_config, &gcp_config_type)

/* ---- roles ---- */

static const char *const gcp_iam_fields[] = { "allow_gce_inference",
	"max_jwt_exp", NULL };
static const char *const gcp_gce_fields[] = { "bound_instance_groups",
	"bound_labels", "bound_regions", "bound_zones", NULL };

/* The fields of the other kind must not be given. */
static bool
gcp_role_check_kind(struct config_entry *entry, const char *type,
    const char *const *others, struct error *e)
{
	struct buf bad;
	bool ok;

	buf_init(&bad, 0);
	for (; *others; others++)
		if (param_is_given(entry->req, *others))
			buf_printf(&bad, "%s%s", bad.n ? "," : "", *others);
	ok = bad.n == 0 ||
	    error_set(e, 400, "invalid args found for role of type %s: %s",
		type, bad.p);
	buf_release(&bad);
	return ok;
}

/* Puts "key:value" texts into an object; what is none is named. */
static bool
gcp_add_labels(struct request *req, json_t *labels, char *const *texts,
    const char *refusal, struct error *e)
{
	struct strs bad;

	strs_init(&bad, req->arena);
	for (; *texts; texts++) {
		const char *colon = strchr(*texts, ':');

		if (!colon || colon == *texts)
			strs_add(&bad, *texts);
		else
			json_object_set_new(labels,
			    arena_strndup(
				req->arena, *texts, (size_t)(colon - *texts)),
			    json_string(colon + 1));
	}
	return bad.n == 0 ||
	    error_set(e, 400, "%s: %s", refusal,
		go_quoted_list(req->arena, bad.items));
}

static bool
gcp_role_read_labels(struct config_entry *entry, struct error *e)
{
	json_t *labels;
	bool ok;

	if (!json_is_array(json_object_get(entry->data, "bound_labels")))
		return true;
	labels = json_object();
	ok = gcp_add_labels(entry->req, labels,
	    param_strings(entry->req, "bound_labels", NULL),
	    "invalid labels given", e);
	json_object_set_new(entry->data, "bound_labels", labels);
	return ok;
}

/* The single names of before, for instances only: each adds to its list. */
static bool
gcp_role_read_singles(struct config_entry *entry, struct error *e)
{
	static const struct {
		const char *old, *now, *words;
	} singles[] = {
		{ "bound_region", "bound_regions", "region" },
		{ "bound_zone", "bound_zones", "zone" },
		{ "bound_instance_group", "bound_instance_groups",
		    "instance group" },
	};

	for (size_t i = 0; i < sizeof(singles) / sizeof(*singles); i++) {
		const char *old = singles[i].old, *now = singles[i].now;
		json_t *list = json_object_get(entry->data, now);

		if (!param_is_given(entry->req, old))
			continue;
		if (param_is_given(entry->req, now))
			return error_set(e, 400,
			    "cannot specify both \"%s\" and \"%s\"", old, now);
		reply_warn(entry->req,
		    "The \"%s\" field is deprecated. Please use \"%s\" "
		    "(plural) instead. You can still specify a single %s, but "
		    "multiple %ss are also now supported. The \"%s\" field "
		    "will be removed in a later release, so please update "
		    "accordingly.",
		    old, now, singles[i].words, singles[i].words, old);
		json_array_append_new(
		    list, json_string(param_str(entry->req, old)));
	}
	return true;
}

/* Old names of accounts and projects. Vault 1.19 forgets its warnings of these
 * two. */
static bool
gcp_role_read_old(struct config_entry *entry, struct error *e)
{
	struct request *req = entry->req;
	const char *project = param_str(req, "project_id");

	if (param_is_given(req, "service_accounts") &&
	    !param_is_given(req, "bound_service_accounts"))
		json_object_set_new(entry->data, "bound_service_accounts",
		    jsontree_strings(
			param_strings(req, "service_accounts", NULL)));
	if (!param_is_given(req, "project_id"))
		return true;
	if (param_is_given(req, "bound_projects"))
		return error_set(e, 400,
		    "only one of 'bound_projects' or 'project_id' can be "
		    "given");
	json_object_set_new(
	    entry->data, "bound_projects", json_pack("[s]", project));
	return true;
}

static bool
gcp_role_check_iam(struct config_entry *entry, struct error *e)
{
	const json_t *accounts = json_object_get(
	    entry->data, "bound_service_accounts");

	if (json_array_size(accounts) == 0)
		return error_set(e, 400,
		    "IAM role type must have at least one service account");
	if (json_array_size(accounts) > 1 &&
	    config_list_has(entry, "bound_service_accounts", "*"))
		return error_set(e, 400,
		    "cannot provide IAM service account wildcard '*' (for all "
		    "service accounts) with other service accounts");
	return config_int(entry->data, "max_jwt_exp") <= 3600 ||
	    error_set(e, 400, "max_jwt_exp cannot be more than 60 minutes");
}

static bool
gcp_role_check_gce(struct config_entry *entry, struct error *e)
{
	bool regions = config_has(entry, "bound_regions");
	bool zones = config_has(entry, "bound_zones");

	if (config_has(entry, "bound_instance_groups") && !regions && !zones)
		return error_set(e, 400,
		    "region or zone information must be specified if an "
		    "instance group is given");
	if (regions && zones)
		reply_warn(entry->req,
		    "Given both \"bound_regions\" and \"bound_zones\" fields "
		    "for role type \"gce\", \"bound_regions\" will be ignored "
		    "in favor of the more specific \"bound_zones\" field. To "
		    "fix this warning, update the role to remove either the "
		    "\"bound_regions\" or \"bound_zones\" field.");
	return true;
}

static bool
gcp_role_check_times(struct config_entry *entry, struct error *e)
{
	struct request *req = entry->req;

	if (config_ttl_is_above_mount(entry))
		reply_warn(req,
		    "Given ttl of %lld seconds greater than current "
		    "mount/system default of %lld seconds; ttl will be capped "
		    "at login time",
		    (long long)config_int(entry->data, "token_ttl"),
		    (long long)mount_default_ttl(req->vault, req->mount));
	if (config_max_ttl_is_above_mount(entry))
		reply_warn(req,
		    "Given max_ttl of %lld seconds greater than current "
		    "mount/system default of %lld seconds; max_ttl will be "
		    "capped at login time",
		    (long long)config_int(entry->data, "token_max_ttl"),
		    (long long)mount_max_ttl(req->vault, req->mount));
	if (config_ttl_is_above_max(entry))
		return error_set(e, 400, "ttl should be shorter than max_ttl");
	return config_check_period(entry,
	    "'period' of '%s' is greater than the backend's maximum lease TTL "
	    "of '%s'",
	    e);
}

/* The kind is chosen once; each has fields that the other must not have. A new
 * role gets its id. */
static bool
gcp_role_check(struct config_entry *entry, struct error *e)
{
	const char *type = config_str(entry->data, "type");
	const char *before = config_str(entry->before, "type");
	static const char *const old[] = { "service_accounts", "project_id",
		"bound_region", "bound_zone", "bound_instance_group" };
	char id[UUID_LEN + 1];

	if (!gcp_check_unknown(entry->req, e))
		return false;
	if (*before && strcmp(before, type) != 0)
		return error_set(
		    e, 400, "role type cannot be changed for an existing role");
	if (*type == '\0')
		return error_set(e, 400, "role type cannot be empty");
	if (!gcp_role_read_old(entry, e))
		return false;
	if (strcmp(type, "iam") == 0) {
		if (!gcp_role_check_kind(entry, type, gcp_gce_fields, e) ||
		    !gcp_role_check_iam(entry, e))
			return false;
	} else if (strcmp(type, "gce") != 0) {
		return error_set(e, 400, "role type '%s' is invalid", type);
	} else if (!gcp_role_check_kind(entry, type, gcp_iam_fields, e) ||
	    !gcp_role_read_singles(entry, e) ||
	    !gcp_role_read_labels(entry, e) || !gcp_role_check_gce(entry, e)) {
		return false;
	}
	for (size_t i = 0; i < sizeof(old) / sizeof(*old); i++)
		json_object_del(entry->data, old[i]);
	if (!gcp_role_check_times(entry, e))
		return false;
	if (!entry->before) {
		random_uuid(entry->req->vault->random, id);
		json_object_set_new(entry->data, "role_id", json_string(id));
	}
	return true;
}

static void
gcp_role_show(struct request *req, json_t *data)
{
	static const char *const optional[] = { "bound_service_accounts",
		"bound_projects", NULL };
	bool iam = strcmp(config_str(data, "type"), "iam") == 0;

	(void)req;
	config_drop_empty(data, optional);
	for (const char *const *f = iam ? gcp_gce_fields : gcp_iam_fields; *f;
	     f++)
		json_object_del(data, *f);
	config_drop_empty(data, gcp_gce_fields);
}

static const struct config_entry_type gcp_role_type = {
	.flags = CONFIG_LOWER_NAME | CONFIG_EMPTY_REPLY,
	.check = gcp_role_check,
	.show = gcp_role_show,
};
CONFIG_ENTRY_HANDLERS(gcp_role, &gcp_role_type)

CONFIG_LIST_HANDLER(gcp_role_list, "role/")

/* ---- one list of a role ---- */

static void
gcp_edit_accounts(struct request *req, json_t *role)
{
	struct strs accounts, removed, left;

	strs_init(&accounts, req->arena);
	strs_init(&removed, req->arena);
	strs_init(&left, req->arena);
	jsontree_to_strs(
	    json_object_get(role, "bound_service_accounts"), &accounts);
	strs_add_all(&accounts, param_strings(req, "add", NULL));
	strs_add_all(&removed, param_strings(req, "remove", NULL));
	for (size_t i = 0; i < accounts.n; i++)
		if (!strs_has(&removed, accounts.items[i]) &&
		    !strs_has(&left, accounts.items[i]))
			strs_add(&left, accounts.items[i]);
	json_object_set_new(
	    role, "bound_service_accounts", jsontree_of_strs(&left));
}

static bool
gcp_edit_labels(struct request *req, json_t *role, struct error *e)
{
	json_t *labels = json_object_get(role, "bound_labels");

	if (!json_is_object(labels)) {
		labels = json_object();
		json_object_set_new(role, "bound_labels", labels);
	}
	if (!gcp_add_labels(req, labels, param_strings(req, "add", NULL),
		"given invalid labels to add", e))
		return false;
	for (char **key = param_strings(req, "remove", NULL); *key; key++)
		json_object_del(labels, *key);
	return true;
}

/* Accounts belong to roles of iam, labels to those of gce. */
static bool
gcp_edit_role(struct request *req, json_t *role, bool accounts, struct error *e)
{
	struct config_entry entry = { .req = req, .data = role };
	const char *type = config_str(role, "type");
	const char *needed = accounts ? "iam" : "gce";

	if (strcmp(type, needed) != 0)
		return error_set(e, 400,
		    "role is type '%s', cannot edit attribute '%s' (expected "
		    "role type: '%s')",
		    type, accounts ? "service_accounts" : "labels", needed);
	if (!accounts)
		return gcp_edit_labels(req, role, e);
	gcp_edit_accounts(req, role);
	return gcp_role_check_iam(&entry, e);
}

static enum handler_result
gcp_role_edit(struct request *req, bool accounts)
{
	char *path = arena_printf(
	    req->arena, "role/%s", param_capture(req, "name"));
	struct error e = { 0 };
	int nadd, nremove;
	json_t *role;
	bool ok;

	if (!gcp_check_unknown(req, &e))
		return fail_error(req, &e);
	param_strings(req, "add", &nadd);
	param_strings(req, "remove", &nremove);
	if (nadd == 0 && nremove == 0)
		return fail(req, 400,
		    "must provide at least one value to add or remove");
	lower_ascii(path);
	role = config_entry_load(req, path);
	/* Vault 1.19 breaks the connection: it does not look for the role. */
	if (!role)
		return fail(req, 500, "internal error");
	ok = gcp_edit_role(req, role, accounts, &e);
	if (ok)
		config_entry_store(req, path, role);
	json_decref(role);
	return ok ? reply_data(req, NULL) : fail_error(req, &e);
}

static enum handler_result
gcp_role_edit_accounts(struct request *req)
{
	return gcp_role_edit(req, true);
}

static enum handler_result
gcp_role_edit_labels(struct request *req)
{
	return gcp_role_edit(req, false);
}

static const struct route gcp_routes[] = {
	CONFIG_LOGIN_ROUTE("login", config_only_login),
	CONFIG_UPDATED_SETTINGS_ROUTES(
	    "config", gcp_config_params, gcp_config, "the configuration"),
	{ OP_LIST, "role/?", 0, NULL, gcp_role_list, NULL,
	    "Names of the roles" },
	{ OP_LIST, "roles/?", 0, NULL, gcp_role_list, NULL,
	    "Names of the roles" },
	CONFIG_ENTRY_ROUTES("role/{name}", gcp_role_params, gcp_role, "a role"),
	{ OP_WRITE, "role/{name}/service-accounts", 0, gcp_edit_params,
	    gcp_role_edit_accounts, NULL, "Change a role's accounts" },
	{ OP_WRITE, "role/{name}/labels", 0, gcp_edit_params,
	    gcp_role_edit_labels, NULL, "Change a role's labels" },
	ROUTE_END,
};

CONFIG_ENGINE_PLUGIN(gcp, "v0.20.1", gcp_routes);

/*
 * Auth methods that can be enabled, tuned, configured and listed, but that let
 * nobody in: what they would ask (a directory, a cloud, a provider) is not
 * there. What is written to them is read back.
 */
#include <string.h>

#include "api/engine.h"
#include "auth/login.h"
#include "api/reply.h"
#include "auth/config_only/fields.h"
#include "core/mount/plain_kv.h"

static const char *
config_only_scope(struct request *req)
{
	return plain_kv_mount_scope(req->arena, req->mount);
}

static const char *
config_only_path(struct request *req)
{
	return param_capture(req, "path");
}

static bool
config_only_is_configured(struct request *req, const char *entry)
{
	return plain_kv_get(
	    req->vault, req->arena, config_only_scope(req), entry)
	    .p;
}

/* What a role of this name is kept under. */
static const char *
config_only_role_key(struct request *req, const char *role)
{
	return arena_printf(req->arena, "role/%s", role);
}

/* The config_only_default_role of config, for a login that names none. */
static const char *
config_only_default_role(struct request *req)
{
	struct slice config = plain_kv_get(
	    req->vault, req->arena, config_only_scope(req), "config");
	struct slice role = jsontext_get(config, "default_role");

	return role.p ? jsontext_string(req->arena, role, NULL) : "";
}

static enum handler_result
config_only_check_jwt(struct request *req)
{
	const char *role = login_field(req, "role");

	if (!config_only_is_configured(req, "config"))
		return fail(req, 400, "could not load configuration");
	if (*role == '\0')
		role = config_only_default_role(req);
	if (*role == '\0')
		return fail(req, 400, "missing role");
	if (!config_only_is_configured(req, config_only_role_key(req, role)))
		return fail(req, 400, "role \"%s\" could not be found", role);
	return GO_ON;
}

static enum handler_result
config_only_check_kubernetes(struct request *req)
{
	const char *role = login_field(req, "role");

	if (*role == '\0')
		return fail(req, 400, "missing role");
	if (*login_field(req, "jwt") == '\0')
		return fail(req, 400, "missing jwt");
	if (!config_only_is_configured(req, config_only_role_key(req, role)))
		return fail(req, 400, "invalid role name \"%s\"", role);
	if (!config_only_is_configured(req, "config"))
		return fail(req, 500, "could not load backend configuration");
	return GO_ON;
}

static enum handler_result
config_only_check_github(struct request *req)
{
	return config_only_is_configured(req, "config")
	    ? GO_ON
	    : fail(req, 400, "configuration has not been set");
}

static enum handler_result
config_only_check_cert(struct request *req)
{
	return req->tls ? GO_ON : fail(req, 400, "tls connection required");
}

/* What Vault refuses before it asks anybody. */
static const struct {
	const char *type;
	enum handler_result (*check)(struct request *req);
} config_only_login_checks[] = {
	{ "cert", config_only_check_cert },
	{ "github", config_only_check_github },
	{ "jwt", config_only_check_jwt },
	{ "kubernetes", config_only_check_kubernetes },
	{ "oidc", config_only_check_jwt },
};

static enum handler_result
config_only_login(struct request *req)
{
	enum handler_result v = GO_ON;

	for (size_t i = 0; !v &&
	     i < sizeof(config_only_login_checks) /
		     sizeof(*config_only_login_checks);
	     i++)
		if (strcmp(config_only_login_checks[i].type,
			req->mount->type) == 0 &&
		    strcmp(req->rel_path, "login") == 0)
			v = config_only_login_checks[i].check(req);
	if (v)
		return v;
	return fail(req, 400,
	    "logins through the auth method \"%s\" are not "
	    "supported by mockvault",
	    req->mount->type);
}

static enum handler_result
config_only_read(struct request *req)
{
	struct slice data = plain_kv_get(req->vault, req->arena,
	    config_only_scope(req), config_only_path(req));

	return data.p ? reply_text(req, data) : reply_none(req);
}

static enum handler_result
config_only_write(struct request *req)
{
	plain_kv_put(req->vault, config_only_scope(req), config_only_path(req),
	    req->json.p ? req->json : SLICE("{}"));
	return reply_none(req);
}

static enum handler_result
config_only_delete(struct request *req)
{
	plain_kv_delete(
	    req->vault, config_only_scope(req), config_only_path(req));
	return reply_none(req);
}

static enum handler_result
config_only_list(struct request *req)
{
	const char *type = req->mount->type;
	bool plural = strncmp(config_only_path(req), "roles", 5) == 0 &&
	    (strcmp(type, "gcp") == 0 || strcmp(type, "aws") == 0);
	char **keys;
	size_t n = plain_kv_list(req->vault, req->arena, config_only_scope(req),
	    plural ? "role/" : config_only_path(req), &keys);

	return reply_keys(req, keys, n);
}

#define ANY R_NO_FIELD_WARNINGS
#define OPEN (R_UNAUTH | ANY)

static const struct route routes[] = {
	{ OP_WRITE, "login", OPEN, NULL, config_only_login, NULL,
	    "Refused here" },
	{ OP_WRITE, "login/{path:more}", OPEN, NULL, config_only_login, NULL,
	    "Refused here" },
	{ OP_READ | OP_WRITE, "oidc/{path:more}", OPEN, NULL, config_only_login,
	    NULL, "Refused here" },
	{ OP_READ, "{path:more}", ANY, NULL, config_only_read, NULL,
	    "Read what was configured" },
	{ OP_WRITE, "{path:more}", ANY, NULL, config_only_write, NULL,
	    "Configure" },
	{ OP_DELETE, "{path:more}", ANY, NULL, config_only_delete, NULL,
	    "Remove what was configured" },
	{ OP_LIST, "{path:more}", ANY, NULL, config_only_list, NULL,
	    "Names of what was configured" },
	ROUTE_END,
};

#define COMMON                                                  \
	.table = MOUNT_AUTH, .on_unmount = plain_kv_on_unmount, \
	.help = "Configured like Vault's method; its logins are refused."
#define IN_TREE(name, ...)                                   \
	const struct engine engine_##name = { .type = #name, \
		.flags = ENGINE_IN_TREE,                     \
		COMMON,                                      \
		.tables = { __VA_ARGS__ } }
#define PLUGIN(name, v, ...)                                 \
	const struct engine engine_##name = { .type = #name, \
		.version = v "+builtin",                     \
		COMMON,                                      \
		.tables = { __VA_ARGS__ } }

IN_TREE(aws, routes);
IN_TREE(cert, config_only_cert_routes, routes);
IN_TREE(github, config_only_github_routes, routes);
IN_TREE(ldap, config_only_ldap_routes, routes);
IN_TREE(okta, config_only_okta_routes, routes);
IN_TREE(radius, config_only_radius_routes, routes);
PLUGIN(alicloud, "v0.20.0", routes);
PLUGIN(azure, "v0.20.1", routes);
PLUGIN(cf, "v0.20.0", routes);
PLUGIN(gcp, "v0.20.1", routes);
PLUGIN(jwt, "v0.23.0", config_only_jwt_routes, routes);
PLUGIN(kerberos, "v0.14.0", routes);
PLUGIN(kubernetes, "v0.21.0", config_only_kubernetes_routes, routes);
PLUGIN(oci, "v0.18.0", routes);
PLUGIN(oidc, "v0.23.0", config_only_jwt_routes, routes);

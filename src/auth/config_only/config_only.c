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
scope(struct request *req)
{
	return passthrough_scope(req->arena, req->mount);
}

static const char *
path(struct request *req)
{
	return capture(req, "path");
}

static bool
configured(struct request *req, const char *entry)
{
	return passthrough_get(req->vault, req->arena, scope(req), entry).p;
}

/* What a role of this name is kept under. */
static const char *
role_entry(struct request *req, const char *role)
{
	return arena_printf(req->arena, "role/%s", role);
}

/* The default_role of config, for a login that names none. */
static const char *
default_role(struct request *req)
{
	struct slice config =
	    passthrough_get(req->vault, req->arena, scope(req), "config");
	struct slice role = jtext_get(config, "default_role");

	return role.p ? jtext_string(req->arena, role, NULL) : "";
}

static verdict
check_jwt(struct request *req)
{
	const char *role = login_field(req, "role");

	if (!configured(req, "config"))
		return fail(req, 400, "could not load configuration");
	if (*role == '\0')
		role = default_role(req);
	if (*role == '\0')
		return fail(req, 400, "missing role");
	if (!configured(req, role_entry(req, role)))
		return fail(req, 400, "role \"%s\" could not be found", role);
	return NULL;
}

static verdict
check_kubernetes(struct request *req)
{
	const char *role = login_field(req, "role");

	if (*role == '\0')
		return fail(req, 400, "missing role");
	if (*login_field(req, "jwt") == '\0')
		return fail(req, 400, "missing jwt");
	if (!configured(req, role_entry(req, role)))
		return fail(req, 400, "invalid role name \"%s\"", role);
	if (!configured(req, "config"))
		return fail(req, 500, "could not load backend configuration");
	return NULL;
}

static verdict
check_github(struct request *req)
{
	return configured(req, "config")
	    ? NULL
	    : fail(req, 400, "configuration has not been set");
}

static verdict
check_cert(struct request *req)
{
	return req->tls ? NULL : fail(req, 400, "tls connection required");
}

/* What Vault refuses before it asks anybody. */
static const struct {
	const char *type;
	verdict (*check)(struct request *req);
} checks[] = {
	{ "cert", check_cert },
	{ "github", check_github },
	{ "jwt", check_jwt },
	{ "kubernetes", check_kubernetes },
	{ "oidc", check_jwt },
};

static verdict
login(struct request *req)
{
	verdict v = NULL;

	for (size_t i = 0; !v && i < sizeof(checks) / sizeof(*checks); i++)
		if (strcmp(checks[i].type, req->mount->type) == 0 &&
		    strcmp(req->rel, "login") == 0)
			v = checks[i].check(req);
	if (v)
		return v;
	return fail(req, 400, "logins through the auth method \"%s\" are not "
			      "supported by mockvault", req->mount->type);
}

static verdict
read_entry(struct request *req)
{
	struct slice data = passthrough_get(req->vault, req->arena, scope(req),
	    path(req));

	return data.p ? reply_text(req, data) : reply_none(req);
}

static verdict
write_entry(struct request *req)
{
	passthrough_put(req->vault, scope(req), path(req),
	    req->json.p ? req->json : SLICE("{}"));
	return reply_none(req);
}

static verdict
delete_entry(struct request *req)
{
	passthrough_delete(req->vault, scope(req), path(req));
	return reply_none(req);
}

static verdict
list_entries(struct request *req)
{
	const char *type = req->mount->type;
	bool plural = strncmp(path(req), "roles", 5) == 0 &&
	    (strcmp(type, "gcp") == 0 || strcmp(type, "aws") == 0);
	char **keys;
	size_t n = passthrough_list(req->vault, req->arena, scope(req),
	    plural ? "role/" : path(req), &keys);

	return reply_keys(req, keys, n);
}

#define ANY R_NO_FIELD_WARNINGS
#define OPEN (R_UNAUTH | ANY)

static const struct route routes[] = {
	{ OP_WRITE, "login", OPEN, NULL, login, NULL, "Refused here" },
	{ OP_WRITE, "login/{path:more}", OPEN, NULL, login, NULL,
	    "Refused here" },
	{ OP_READ | OP_WRITE, "oidc/{path:more}", OPEN, NULL, login, NULL,
	    "Refused here" },
	{ OP_READ, "{path:more}", ANY, NULL, read_entry, NULL,
	    "Read what was configured" },
	{ OP_WRITE, "{path:more}", ANY, NULL, write_entry, NULL,
	    "Configure" },
	{ OP_DELETE, "{path:more}", ANY, NULL, delete_entry, NULL,
	    "Remove what was configured" },
	{ OP_LIST, "{path:more}", ANY, NULL, list_entries, NULL,
	    "Names of what was configured" },
	ROUTE_END,
};

#define COMMON                                                               \
	.table = MOUNT_AUTH, .unmounted = passthrough_unmounted,             \
	.help = "Configured like Vault's method; its logins are refused."
#define IN_TREE(name, ...)                                  \
	const struct engine engine_##name = { .type = #name, \
		.flags = ENGINE_IN_TREE, COMMON,             \
		.tables = { __VA_ARGS__ } }
#define PLUGIN(name, v, ...)                                \
	const struct engine engine_##name = { .type = #name, \
		.version = v "+builtin", COMMON,             \
		.tables = { __VA_ARGS__ } }

IN_TREE(aws, routes);
IN_TREE(cert, others_cert_routes, routes);
IN_TREE(github, others_github_routes, routes);
IN_TREE(ldap, others_ldap_routes, routes);
IN_TREE(okta, others_okta_routes, routes);
IN_TREE(radius, others_radius_routes, routes);
PLUGIN(alicloud, "v0.20.0", routes);
PLUGIN(azure, "v0.20.1", routes);
PLUGIN(cf, "v0.20.0", routes);
PLUGIN(gcp, "v0.20.1", routes);
PLUGIN(jwt, "v0.23.0", others_jwt_routes, routes);
PLUGIN(kerberos, "v0.14.0", routes);
PLUGIN(kubernetes, "v0.21.0", others_kubernetes_routes, routes);
PLUGIN(oci, "v0.18.0", routes);
PLUGIN(oidc, "v0.23.0", others_jwt_routes, routes);

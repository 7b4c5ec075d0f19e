/*
 * Auth methods that can be enabled, tuned, configured and listed, but that let
 * nobody in: what they would ask (a directory, a cloud, a provider) is not
 * there. What is written to them is read back.
 */
#include "api/engine.h"
#include "api/entries.h"
#include "api/reply.h"
#include "core/passthrough.h"

static verdict
login(struct request *req)
{
	return fail(req, 400, "logins through the auth method \"%s\" are not "
			      "supported by mockvault", req->mount->type);
}

static verdict
read_entry(struct request *req)
{
	struct slice data = entry_get(req);

	return data.p ? reply_text(req, data) : reply_none(req);
}

static verdict
write_entry(struct request *req)
{
	entry_put(req, req->json.p ? req->json : SLICE("{}"));
	return reply_none(req);
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
	{ OP_DELETE, "{path:more}", ANY, NULL, entry_delete, NULL,
	    "Remove what was configured" },
	{ OP_LIST, "{path:more}", ANY, NULL, entry_list, NULL,
	    "Names of what was configured" },
	ROUTE_END,
};

#define COMMON                                                              \
	.table = MOUNT_AUTH, .tables = { routes }, .unmounted = passthrough_unmounted,  \
	.help = "Configured like Vault's method; its logins are refused."
#define IN_TREE(name)                                       \
	const struct engine engine_##name = { .type = #name, \
		.flags = ENGINE_IN_TREE, COMMON }
#define PLUGIN(name, v)                                     \
	const struct engine engine_##name = { .type = #name, \
		.version = v "+builtin", COMMON }

IN_TREE(aws);
IN_TREE(cert);
IN_TREE(github);
IN_TREE(ldap);
IN_TREE(okta);
IN_TREE(radius);
PLUGIN(alicloud, "v0.20.0");
PLUGIN(azure, "v0.20.1");
PLUGIN(cf, "v0.20.0");
PLUGIN(gcp, "v0.20.1");
PLUGIN(jwt, "v0.23.0");
PLUGIN(kerberos, "v0.14.0");
PLUGIN(kubernetes, "v0.21.0");
PLUGIN(oci, "v0.18.0");
PLUGIN(oidc, "v0.23.0");

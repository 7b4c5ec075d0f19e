/*
 * sys/audit: audit devices, and their hashes.
 */
#include <string.h>

#include "api/param.h"
#include "api/api.h"
#include "api/reply.h"
#include "base/go_text.h"
#include "core/mount/audit.h"
#include "core/mount/audit_lookup.h"
#include "core/seal/seal.h"
#include "sys/mounts/mount_info.h"
#include "sys/route_tables.h"

static const struct param params[] = {
	{ "description", P_STRING, NULL, "For people" },
	{ "local", P_BOOL, NULL, "Not replicated" },
	{ "options", P_PAIRS, NULL, "Where it writes, and how" },
	{ "path", P_STRING, NULL, "Its name" },
	{ "type", P_STRING, NULL, "file, syslog or socket" },
	PARAM_END,
};

static const struct param hash_params[] = {
	{ "input", P_STRING, NULL, "What to hash" },
	{ "path", P_STRING, NULL, "The device" },
	PARAM_END,
};

static enum handler_result
sys_audit_list(struct request *req)
{
	json_t *data = json_object();

	for (int i = 0; i < audit_count(req->vault); i++) {
		const struct audit_device *d = audit_at(req->vault, i);

		json_object_set_new(data, d->path,
		    json_pack("{s:s, s:s, s:s, s:O, s:b}", "path", d->path,
			"type", d->type, "description", d->description,
			"options", d->options, "local", (int)d->local));
	}
	return reply_data(req, data);
}

/* What is asked for; it keeps the options until audit_enable takes them. */
static struct audit_spec
sys_audit_read_spec(struct request *req)
{
	return (struct audit_spec){
		.path = mount_path_with_slash(req, param_str(req, "path")),
		.type = param_str(req, "type"),
		.description = param_str(req, "description"),
		.options = param_is_given(req, "options")
		    ? param_json_tree(req, "options")
		    : json_object(),
		.local = param_bool(req, "local"),
	};
}

static enum handler_result
sys_audit_enable_spec(struct request *req, const struct audit_spec *spec)
{
	struct error e = { 0 };

	return audit_enable(req->vault, spec, &e) ? reply_none(req)
						  : fail_error(req, &e);
}

/* A device whose host is looked up first. */
struct audit_enabling {
	struct request *req;
	struct audit_spec spec;
	bool pending;
	enum handler_result result;
};

static void
sys_audit_on_looked_up(void *arg, const struct audit_addresses *found)
{
	struct audit_enabling *a = arg;

	a->spec.known = found;
	if (seal_is_sealed(a->req->vault)) {
		json_decref(a->spec.options);
		a->result = fail_sealed(a->req);
	} else {
		a->result = sys_audit_enable_spec(a->req, &a->spec);
	}
	if (a->pending)
		pipeline_resume(a->req, a->result);
}

/* The answer waits until the name of a socket's host was looked up. */
static enum handler_result
sys_audit_enable(struct request *req)
{
	struct audit_enabling *a = arena_zalloc(req->arena, sizeof(*a));
	const char *name;

	a->req = req;
	a->spec = sys_audit_read_spec(req);
	name = audit_name_to_look_up(&a->spec);
	if (!name || req->internal)
		return sys_audit_enable_spec(req, &a->spec);
	a->pending = audit_lookup_start(
			 req->vault, name, sys_audit_on_looked_up, a) != NULL;
	return a->pending ? PENDING : a->result;
}

static enum handler_result
sys_audit_disable(struct request *req)
{
	audit_disable(
	    req->vault, mount_path_with_slash(req, param_str(req, "path")));
	return reply_none(req);
}

static enum handler_result
sys_audit_hash(struct request *req)
{
	const char *path = mount_path_with_slash(req, param_str(req, "path"));
	const struct audit_device *d = audit_find(req->vault, path);
	char text[AUDIT_HASH_MAX];

	if (*param_str(req, "input") == '\0')
		return fail(req, 400, "the \"input\" parameter is empty");
	if (!d)
		return fail(req, 400, "unknown audit backend %s",
		    go_quoted(req->arena, path));
	audit_hash(d, param_str(req, "input"), text);
	return reply_data(req, json_pack("{s:s}", "hash", text));
}

const struct route sys_audit_routes[] = {
	{ OP_READ, "sys/audit", R_SUDO | R_INJECT, NULL, sys_audit_list, NULL,
	    "Audit devices" },
	{ OP_WRITE, "sys/audit/{path:more}", R_SUDO, params, sys_audit_enable,
	    NULL, "Enable an audit device" },
	{ OP_DELETE, "sys/audit/{path:more}", R_SUDO, params, sys_audit_disable,
	    NULL, "Disable an audit device" },
	{ OP_WRITE, "sys/audit-hash/{path:more}", R_INJECT, hash_params,
	    sys_audit_hash, NULL, "The hash a device makes of a text" },
	ROUTE_END,
};

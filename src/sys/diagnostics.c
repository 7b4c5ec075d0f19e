/*
 * What is going on: requests in flight, versions that ran here, experiments;
 * and what an open edition says of replication, MFA and profiles.
 */
#include <string.h>

#include "api/api.h"
#include "api/param.h"
#include "api/reply.h"
#include "base/version.h"
#include "core/state/version_history.h"
#include "core/mount/mount.h"
#include "sys/route_tables.h"

/* ---- requests in flight ---- */

/* Who is held up before its path was looked at has only its target. */
static const char *
diagnostics_request_path(const struct request *one)
{
	const char *target = one->target;

	if (one->path)
		return arena_printf(one->arena, "/v1/%s", one->path);
	return arena_strndup(one->arena, target, strcspn(target, "?"));
}

static void
diagnostics_add_request(const struct request *one, void *arg)
{
	json_object_set_new(arg, one->id,
	    json_pack("{s:o, s:s, s:s, s:s, s:s}", "start_time",
		reply_time_json(one, one->started_ns), "client_remote_address",
		arena_printf(one->arena,
		    strchr(one->peer, ':') ? "[%s]:%d" : "%s:%d", one->peer,
		    one->peer_port),
		"request_path", diagnostics_request_path(one), "request_method",
		one->method, "client_id", ""));
}

static enum handler_result
diagnostics_in_flight(struct request *req)
{
	json_t *all = json_object();

	api_each_in_flight(req->api, diagnostics_add_request, all);
	return reply_bare(req, 200, all);
}

/* ---- versions ---- */

static enum handler_result
diagnostics_version_history(struct request *req)
{
	json_t *keys = json_array(), *info = json_object();
	json_t *all = versions_list(req->vault), *one;
	const char *before = NULL;
	size_t i;

	json_array_foreach (all, i, one) {
		const char *version = json_string_value(
		    json_object_get(one, "version"));

		json_array_append_new(keys, json_string(version));
		json_object_set_new(info, version,
		    json_pack("{s:s, s:s?, s:O}", "build_date",
			MOCKVAULT_BUILD_DATE, "previous_version", before,
			"timestamp_installed",
			json_object_get(one, "installed")));
		before = version;
	}
	json_decref(all);
	return reply_data(
	    req, json_pack("{s:o, s:o}", "keys", keys, "key_info", info));
}

/* ---- the open edition ---- */

static enum handler_result
diagnostics_experiments(struct request *req)
{
	return reply_data(req,
	    json_pack("{s:[s, s], s:[]}", "available",
		"core.audit.events.alpha1", "secrets.import.alpha1",
		"enabled"));
}

static enum handler_result
diagnostics_replication(struct request *req)
{
	return reply_data(req, json_pack("{s:s}", "mode", "disabled"));
}

/* Counts of clients are not kept: as Vault where there are none. */
static enum handler_result
diagnostics_no_activity(struct request *req)
{
	return reply_raw(req, 204, NULL, (struct slice){ "", 0 });
}

static enum handler_result
diagnostics_pprof(struct request *req)
{
	return fail(req, 501,
	    "mockvault is not a Go program: it has no "
	    "profiles to show");
}

static const struct param mfa_params[] = {
	{ "mfa_payload", P_MAP, NULL, "What the methods ask for" },
	{ "mfa_request_id", P_STRING, NULL, "The request to go on with" },
	PARAM_END,
};

/* No login is ever held for MFA here, so no request id is right. */
static enum handler_result
diagnostics_mfa_validate(struct request *req)
{
	if (*param_str(req, "mfa_request_id") == '\0')
		return fail(req, 400, "missing request ID");
	if (!param_is_given(req, "mfa_payload"))
		return fail(req, 400, "missing mfa payload");
	return fail(req, 400, "invalid request ID");
}

#define ACTIVITY "sys/internal/counters/activity"

/* ---- the router ---- */

/* The mounts as records of the router; trees other than root and storage know
 * no prefix. */
static enum handler_result
diagnostics_inspect_router(struct request *req)
{
	static const char *const tags[] = { "root", "storage", "uuid",
		"accessor" };
	const char *tag = param_str(req, "tag");
	json_t *list, *data;
	size_t known = 0;

	if (!req->vault->config.introspection_endpoint)
		return fail(req, 400,
		    "The Vault configuration must set "
		    "\"introspection_endpoint\" to true to enable this "
		    "endpoint");
	while (known < 4 && strcmp(tags[known], tag) != 0)
		known++;
	if (known == 4)
		return fail_unsupported_path(req);
	list = json_array();
	for (int t = MOUNT_SECRET; t <= MOUNT_AUTH; t++)
		for (int i = 0; i < mount_count(req->vault, t); i++) {
			const struct mount *m = mount_at(req->vault, t, i);
			json_t *one = json_pack("{s:s, s:s, s:s, s:s, s:s}",
			    "mount_path", m->name, "mount_namespace", "",
			    "uuid", m->uuid, "accessor", m->accessor,
			    "mount_type", m->type);

			if (known < 2) {
				json_object_set_new(
				    one, "tainted", json_boolean(m->tainted));
				json_object_set_new(one, "storage_prefix",
				    json_string(arena_printf(req->arena,
					"%s/%s/",
					t == MOUNT_AUTH ? "auth" : "logical",
					m->uuid)));
			}
			json_array_append_new(list, one);
		}
	data = json_object();
	json_object_set_new(data, tag, list);
	return reply_data(req, data);
}

static const struct param inspect_params[] = {
	{ "tag", P_STRING, NULL, "Name of subtree being observed" },
	PARAM_END,
};

#define OPEN (R_DEDICATED | R_UNAUTH | R_WHILE_SEALED | R_ON_STANDBY)

const struct route sys_in_flight_open_routes[] = {
	{ OP_READ, "sys/in-flight-req", OPEN | R_IF_IN_FLIGHT, NULL,
	    diagnostics_in_flight, NULL,
	    "Requests under way, where the configuration asks for no token" },
	ROUTE_END,
};

const struct route sys_pprof_open_routes[] = {
	{ OP_READ, "sys/pprof/?", OPEN | R_IF_PPROF, NULL, diagnostics_pprof,
	    NULL, "Profiles of Go; none here" },
	{ OP_READ | OP_WRITE, "sys/pprof/{profile:more}", OPEN | R_IF_PPROF,
	    NULL, diagnostics_pprof, NULL, "Profiles of Go; none here" },
	ROUTE_END,
};

const struct route sys_diagnostics_routes[] = {
	{ OP_READ, "sys/in-flight-req", 0, NULL, diagnostics_in_flight, NULL,
	    "Requests under way" },
	{ OP_LIST, "sys/version-history/?", 0, NULL,
	    diagnostics_version_history, NULL,
	    "Versions that ran on this storage" },
	{ OP_READ, "sys/experiments", 0, NULL, diagnostics_experiments, NULL,
	    "Experiments, and which are on" },
	{ OP_READ, "sys/replication/status", R_UNAUTH, NULL,
	    diagnostics_replication, NULL, "Replication is another edition's" },
	{ OP_READ, ACTIVITY "/monthly", 0, NULL, diagnostics_no_activity, NULL,
	    "Counts of clients this month" },
	{ OP_READ, ACTIVITY "/export", R_SUDO, NULL, diagnostics_no_activity,
	    NULL, "Every client" },
	{ OP_READ, "sys/pprof/?", 0, NULL, diagnostics_pprof, NULL,
	    "Profiles of Go; none here" },
	{ OP_READ | OP_WRITE, "sys/pprof/{profile:more}", 0, NULL,
	    diagnostics_pprof, NULL, "Profiles of Go; none here" },
	{ OP_WRITE, "sys/mfa/validate", R_UNAUTH, mfa_params,
	    diagnostics_mfa_validate, NULL, "The second factor of a login" },
	{ OP_READ, "sys/internal/inspect/router/{tag}", R_SUDO, inspect_params,
	    diagnostics_inspect_router, NULL,
	    "Expose the route entry and mount entry tables present in the "
	    "router" },
	ROUTE_END,
};

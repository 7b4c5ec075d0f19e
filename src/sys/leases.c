/*
 * sys/leases and its older paths: looking up, renewing, ending, listing.
 */
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/listing.h"
#include "api/param.h"
#include "api/reply.h"
#include "base/duration.h"
#include "base/text.h"
#include "core/token/lease.h"
#include "core/mount/mount.h"
#include "core/token/token.h"
#include "sys/route_tables.h"

static const struct param params[] = {
	{ "increment", P_SECONDS, NULL, "Wished life" },
	{ "lease_id", P_STRING, NULL, "The lease" },
	{ "prefix", P_STRING, NULL, "Start of lease ids" },
	{ "sync", P_BOOL, "true", "Answer when it is done" },
	{ "url_lease_id", P_PATH_STRING, NULL, "The lease, in the path" },
	PARAM_END,
};

static const struct param irrevocable_params[] = {
	{ "include_child_namespaces", P_BOOL, NULL, "Enterprise only" },
	{ "limit", P_STRING, NULL, "How many to show" },
	{ "type", P_STRING, NULL, "irrevocable" },
	PARAM_END,
};

static const char *
leases_id_param(struct request *req)
{
	const char *id = param_str(req, "lease_id");

	return *id ? id : param_capture(req, "url_lease_id");
}

static enum handler_result
leases_describe(struct request *req, const char *id, int64_t issued_ns,
    int64_t expires_ns, int64_t renewed_ns, bool renewable)
{
	return reply_data(req,
	    json_pack("{s:s, s:o, s:o, s:o, s:b, s:I}", "id", id, "issue_time",
		reply_time_json(req, issued_ns), "expire_time",
		reply_time_json(req, expires_ns), "last_renewal",
		reply_time_json(req, renewed_ns), "renewable", (int)renewable,
		"ttl",
		(json_int_t)ttl_seconds_left(expires_ns, req->started_ns)));
}

static enum handler_result
leases_lookup(struct request *req)
{
	const char *id = leases_id_param(req);
	struct lease *l;
	struct token *t;
	enum handler_result v;

	if (*id == '\0')
		return fail(req, 400, "lease_id must be specified");
	l = lease_find(req->vault, id);
	if (l) {
		v = leases_describe(req, id, l->issued_ns, l->expires_ns,
		    l->last_renewal_ns, l->renewable);
		lease_free(l);
		return v;
	}
	t = token_by_lease(req->vault, id);
	if (!t)
		return fail(req, 400, "invalid lease");
	v = leases_describe(req, id, t->issued_ns, t->expires_ns,
	    t->last_renewal_ns, t->renewable);
	token_unref(t);
	return v;
}

static bool
leases_list_some(
    struct request *req, struct strs *keys, const char **after, size_t n)
{
	return lease_list_some(
	    req->vault, param_capture(req, "prefix"), after, n, keys);
}

static enum handler_result
leases_list(struct request *req)
{
	return listing_reply(req, leases_list_some);
}

/* Vault 1.19: a token's lease is not renewed here. */
static enum handler_result
leases_renew_not_found(struct request *req, const char *id)
{
	struct token *t = token_by_lease(req->vault, id);

	token_unref(t);
	return fail(req, 400,
	    t ? "tokens cannot be renewed through this "
		"endpoint"
	      : "lease not found");
}

/* An answer that waits for what is pending. */
struct pending_renewal {
	struct request *req;
	const char *id;
	int64_t ttl_s;
};

static void
leases_on_renewed(void *arg, const struct error *e)
{
	struct pending_renewal *p = arg;

	pipeline_resume(p->req,
	    e->status ? fail_error(p->req, e)
		      : reply_leased(p->req, p->id, p->ttl_s, true, NULL));
}

/* sys/leases/renew: answered at once, or when what renews it has ended. */
static enum handler_result
leases_renew(struct request *req)
{
	const char *id = leases_id_param(req);
	char warning[TTL_WARNING_MAX] = "";
	struct pending_renewal *p;
	enum lease_result step;
	struct error e = { 0 };
	struct lease *l;
	int64_t ttl_s = 0;

	if (*id == '\0')
		return fail(req, 400, "lease_id must be specified");
	l = lease_find(req->vault, id);
	if (!l)
		return leases_renew_not_found(req, id);
	step = lease_renew(req->vault, l, param_duration(req, "increment"),
	    &ttl_s, warning, &e);
	lease_free(l);
	if (step == LEASE_FAILED)
		return fail_error(req, &e);
	if (*warning)
		reply_warn(req, "%s", warning);
	if (step == LEASE_DONE)
		return reply_leased(req, id, ttl_s, true, NULL);
	p = arena_alloc(req->arena, sizeof(*p));
	*p = (struct pending_renewal){ req, id, ttl_s };
	lease_pending_wait(req->vault, id, false, leases_on_renewed, p);
	return PENDING;
}

/* An answer that does not wait for the end: 202 and no body. */
static enum handler_result
leases_revoked_reply(struct request *req)
{
	return param_bool(req, "sync") ? reply_none(req)
				       : reply_raw(req, 202, NULL, SLICE(""));
}

static void
leases_on_revoked(void *arg, const struct error *e)
{
	struct request *req = arg;

	pipeline_resume(req, e->status ? fail_error(req, e) : reply_none(req));
}

/* The answer to an asynchronous one of a prefix with many. */
static void
leases_on_many_revoked(void *arg, const struct error *e)
{
	struct request *req = arg;

	pipeline_resume(
	    req, e->status ? fail_error(req, e) : leases_revoked_reply(req));
}

/* Nothing was pending: a token, or no lease at all. */
static enum handler_result
leases_revoke_token(struct request *req, const char *id)
{
	struct token *t = token_by_lease(req->vault, id);

	if (t)
		token_revoke(req->vault, t);
	token_unref(t);
	return leases_revoked_reply(req);
}

static enum handler_result
leases_revoke(struct request *req)
{
	const char *id = leases_id_param(req);
	enum lease_result step = LEASE_DONE;
	struct error e = { 0 };
	struct lease *l;

	if (*id == '\0')
		return fail(req, 400, "lease_id must be specified");
	l = lease_find(req->vault, id);
	if (!l)
		return leases_revoke_token(req, id);
	if (param_bool(req, "sync"))
		step = lease_revoke(req->vault, l, &e);
	else
		lease_revoke_or_retry(req->vault, l);
	lease_free(l);
	if (step == LEASE_FAILED)
		return fail_error(req, &e);
	if (step == LEASE_DONE)
		return leases_revoked_reply(req);
	lease_pending_wait(req->vault, id, false, leases_on_revoked, req);
	return PENDING;
}

/* Vault 1.19: a prefix is a folder of ids, with or without its slash, unless it
 * is the id of a lease. */
static const char *
leases_prefix(struct request *req)
{
	const char *prefix = param_capture(req, "prefix");
	struct lease *l = lease_find(req->vault, prefix);
	struct token *t = token_by_lease(req->vault, prefix);
	bool is_whole = l || t || prefix[strlen(prefix) - 1] == '/';

	lease_free(l);
	token_unref(t);
	return is_whole ? prefix : arena_printf(req->arena, "%s/", prefix);
}

static enum handler_result
leases_revoke_below(struct request *req, bool force)
{
	const char *prefix = leases_prefix(req);
	bool waits = force || param_bool(req, "sync");
	bool may_wait = !req->internal || req->forwarded;
	struct error e = { 0 };
	bool all_begun = may_wait
	    ? lease_revoke_prefix_in_slices(req->vault, prefix, force, &e)
	    : lease_revoke_prefix(req->vault, prefix, force, &e);

	if (e.status)
		return fail_error(req, &e);
	if ((waits || !all_begun) && lease_pending_count(req->vault, prefix)) {
		lease_pending_wait(req->vault, prefix, true,
		    waits ? leases_on_revoked : leases_on_many_revoked, req);
		return PENDING;
	}
	return force ? reply_none(req) : leases_revoked_reply(req);
}

static enum handler_result
leases_revoke_prefix(struct request *req)
{
	return leases_revoke_below(req, false);
}

static enum handler_result
leases_revoke_force(struct request *req)
{
	return leases_revoke_below(req, true);
}

static enum handler_result
leases_tidy(struct request *req)
{
	lease_retry_irrevocable(req->vault);
	reply_warn(req,
	    "Tidy operation successfully started. Any information from "
	    "the operation will be printed to Vault's server logs.");
	return reply_forced(req, 202, NULL);
}

/* ---- what could not be ended ---- */

static const char *
leases_mount_accessor(struct request *req, const char *id)
{
	const struct mount *m = mount_for_path(req->vault, id);

	return m ? m->accessor : "mount-accessor-not-found";
}

static enum handler_result
leases_count(struct request *req)
{
	json_t *counts;
	struct strs ids;

	if (strcmp(param_str(req, "type"), "irrevocable") != 0)
		return reply_none(req);
	counts = json_object();
	strs_init(&ids, req->arena);
	lease_list_irrevocable(req->vault, &ids);
	for (size_t i = 0; i < ids.n; i++) {
		const char *mount = leases_mount_accessor(req, ids.items[i]);
		json_int_t now = json_integer_value(
		    json_object_get(counts, mount));

		json_object_set_new(counts, mount, json_integer(now + 1));
	}
	return reply_data(req,
	    json_pack("{s:I, s:o}", "lease_count", (json_int_t)ids.n, "counts",
		counts));
}

static json_t *
leases_irrevocable_json(struct request *req, const char *id)
{
	struct lease *l = lease_find(req->vault, id);
	json_t *out = json_pack("{s:s, s:s, s:s}", "lease_id", id, "mount_id",
	    leases_mount_accessor(req, id), "error",
	    l && l->error ? l->error : "");

	lease_free(l);
	return out;
}

static enum handler_result
leases_list_irrevocable(struct request *req)
{
	json_t *leases;
	struct strs ids;

	if (strcmp(param_str(req, "type"), "irrevocable") != 0)
		return reply_none(req);
	leases = json_array();
	strs_init(&ids, req->arena);
	lease_list_irrevocable(req->vault, &ids);
	for (size_t i = 0; i < ids.n; i++)
		json_array_append_new(
		    leases, leases_irrevocable_json(req, ids.items[i]));
	return reply_data(req,
	    json_pack("{s:I, s:o}", "lease_count", (json_int_t)ids.n, "leases",
		leases));
}

/* Each call under its name and, of old, right below sys/. */
#define LEASE_ROUTE_AND_LEGACY(ops, path, flags, handler, help)          \
	{ ops, "sys/leases/" path, flags, params, handler, NULL, help }, \
	{                                                                \
		ops, "sys/" path, flags, params, handler, NULL, help     \
	}

const struct route sys_leases_routes[] = {
	{ OP_READ, "sys/leases", R_SUDO, irrevocable_params,
	    leases_list_irrevocable, NULL, "Leases that could not be ended" },
	{ OP_READ, "sys/leases/count", 0, irrevocable_params, leases_count,
	    NULL, "How many leases could not be ended" },
	{ OP_WRITE, "sys/leases/lookup", 0, params, leases_lookup, NULL,
	    "Describe a lease" },
	{ OP_LIST, "sys/leases/lookup/{prefix:rest}", R_SUDO, params,
	    leases_list, NULL, "Lease ids below a prefix" },
	{ OP_WRITE, "sys/leases/lookup/{url_lease_id:more}", 0, params,
	    leases_lookup, NULL, "Describe a lease" },
	LEASE_ROUTE_AND_LEGACY(
	    OP_WRITE, "renew", 0, leases_renew, "Renew a lease"),
	LEASE_ROUTE_AND_LEGACY(OP_WRITE, "renew/{url_lease_id:more}", 0,
	    leases_renew, "Renew a lease"),
	LEASE_ROUTE_AND_LEGACY(
	    OP_WRITE, "revoke", 0, leases_revoke, "End a lease"),
	LEASE_ROUTE_AND_LEGACY(OP_WRITE, "revoke-force/{prefix:more}", R_SUDO,
	    leases_revoke_force, "Forget every lease below a prefix"),
	LEASE_ROUTE_AND_LEGACY(OP_WRITE, "revoke-prefix/{prefix:more}", R_SUDO,
	    leases_revoke_prefix, "End every lease below a prefix"),
	LEASE_ROUTE_AND_LEGACY(OP_WRITE, "revoke/{url_lease_id:more}", 0,
	    leases_revoke, "End a lease"),
	{ OP_WRITE, "sys/leases/tidy", 0, NULL, leases_tidy, NULL,
	    "Clean up after leases" },
	ROUTE_END,
};

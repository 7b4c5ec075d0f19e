/*
 * sys/leases and its older paths: looking up, renewing, ending, listing.
 */
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
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
	{ "url_lease_id", P_STRING, NULL, "The lease, in the path" },
	PARAM_END,
};

static const struct param irrevocable_params[] = {
	{ "include_child_namespaces", P_BOOL, NULL, "Enterprise only" },
	{ "limit", P_STRING, NULL, "How many to show" },
	{ "type", P_STRING, NULL, "irrevocable" },
	PARAM_END,
};

static const char *
lease_id(struct request *req)
{
	const char *id = par_str(req, "lease_id");

	return *id ? id : capture(req, "url_lease_id");
}

static verdict
describe(struct request *req, const char *id, int64_t issued, int64_t expires,
    int64_t renewed, bool renewable)
{
	int64_t left = expires ? (expires - req->started) / NSEC : 0;

	return reply_data(req,
	    json_pack("{s:s, s:o, s:o, s:o, s:b, s:I}", "id", id, "issue_time",
		json_instant(req, issued), "expire_time", json_instant(req, expires),
		"last_renewal", json_instant(req, renewed), "renewable", (int)renewable,
		"ttl", (json_int_t)(left > 0 ? left : 0)));
}

static verdict
lookup(struct request *req)
{
	const char *id = lease_id(req);
	struct lease *l;
	struct token *t;
	verdict v;

	if (*id == '\0')
		return fail(req, 400, "lease_id must be specified");
	l = lease_find(req->vault, id);
	if (l) {
		v = describe(req, id, l->issued, l->expires, l->last_renewal,
		    l->renewable);
		lease_free(l);
		return v;
	}
	t = token_by_lease(req->vault, id);
	if (!t)
		return fail(req, 400, "invalid lease");
	v = describe(req, id, t->issued, t->expires, t->last_renewal,
	    t->renewable);
	token_put(t);
	return v;
}

static verdict
list(struct request *req)
{
	char **keys;
	size_t n = lease_list(req->vault, capture(req, "prefix"), &keys);
	verdict v = reply_keys(req, keys, n);

	for (size_t i = 0; i < n; i++)
		free(keys[i]);
	free(keys);
	return v;
}

/* Vault 1.19: a token's lease is not renewed here. */
static verdict
not_found(struct request *req, const char *id)
{
	struct token *t = token_by_lease(req->vault, id);

	token_put(t);
	return fail(req, 400, t ? "tokens cannot be renewed through this "
				  "endpoint"
				: "lease not found");
}

/* An answer that waits for what is underway. */
struct pending {
	struct request *req;
	const char *id;
	int64_t ttl;
};

static struct pending *
pending(struct request *req, const char *id, int64_t ttl)
{
	struct pending *p = arena_alloc(req->arena, sizeof(*p));

	*p = (struct pending){ req, id, ttl };
	return p;
}

static void
renewed(void *arg, const struct error *e)
{
	struct pending *p = arg;

	pipeline_resume(p->req, e->status
		? fail_error(p->req, e)
		: reply_leased(p->req, p->id, p->ttl, true, NULL));
}

static verdict
renew(struct request *req)
{
	const char *id = lease_id(req);
	char warning[LEASE_WARNING_MAX] = "";
	enum lease_step step;
	struct error e = { 0 };
	struct lease *l;
	int64_t ttl = 0;

	if (*id == '\0')
		return fail(req, 400, "lease_id must be specified");
	l = lease_find(req->vault, id);
	if (!l)
		return not_found(req, id);
	step = lease_renew(req->vault, l, par_secs(req, "increment"), &ttl,
	    warning, &e);
	lease_free(l);
	if (step == LEASE_FAILED)
		return fail_error(req, &e);
	if (*warning)
		warn(req, "%s", warning);
	if (step == LEASE_DONE)
		return reply_leased(req, id, ttl, true, NULL);
	lease_wait(req->vault, id, false, renewed, pending(req, id, ttl));
	return reply_later(req);
}

/* An answer that does not wait for the end: 202 and no body. */
static verdict
ended(struct request *req)
{
	return par_bool(req, "sync") ? reply_none(req)
				     : reply_raw(req, 202, NULL, SLICE(""));
}

static void
ended_later(void *arg, const struct error *e)
{
	struct request *req = arg;

	pipeline_resume(req, e->status ? fail_error(req, e)
				       : reply_none(req));
}

/* Nothing was underway: a token, or no lease at all. */
static verdict
revoke_other(struct request *req, const char *id)
{
	struct token *t = token_by_lease(req->vault, id);

	if (t)
		token_revoke(req->vault, t);
	token_put(t);
	return ended(req);
}

static verdict
revoke(struct request *req)
{
	const char *id = lease_id(req);
	enum lease_step step = LEASE_DONE;
	struct error e = { 0 };
	struct lease *l;

	if (*id == '\0')
		return fail(req, 400, "lease_id must be specified");
	l = lease_find(req->vault, id);
	if (!l)
		return revoke_other(req, id);
	if (par_bool(req, "sync"))
		step = lease_revoke(req->vault, l, &e);
	else
		lease_revoke_later(req->vault, l);
	lease_free(l);
	if (step == LEASE_FAILED)
		return fail_error(req, &e);
	if (step == LEASE_DONE)
		return ended(req);
	lease_wait(req->vault, id, false, ended_later, req);
	return reply_later(req);
}

static verdict
revoke_all(struct request *req, bool force)
{
	const char *prefix = capture(req, "prefix");
	struct error e = { 0 };

	lease_revoke_prefix(req->vault, prefix, force, &e);
	if (e.status)
		return fail_error(req, &e);
	if ((force || par_bool(req, "sync")) &&
	    lease_underway(req->vault, prefix)) {
		lease_wait(req->vault, prefix, true, ended_later, req);
		return reply_later(req);
	}
	return force ? reply_none(req) : ended(req);
}

static verdict
revoke_prefix(struct request *req)
{
	return revoke_all(req, false);
}

static verdict
revoke_force(struct request *req)
{
	return revoke_all(req, true);
}

static verdict
tidy(struct request *req)
{
	lease_tidy(req->vault);
	warn(req, "Tidy operation successfully started. Any information from "
		  "the operation will be printed to Vault's server logs.");
	return reply_forced(req, 202, NULL);
}

/* ---- what could not be ended ---- */

static const char *
accessor_of(struct request *req, const char *id)
{
	const struct mount *m = mount_route(req->vault, id);

	return m ? m->accessor : "mount-accessor-not-found";
}

static verdict
count(struct request *req)
{
	json_t *counts;
	char **ids;
	size_t n;

	if (strcmp(par_str(req, "type"), "irrevocable") != 0)
		return reply_none(req);
	counts = json_object();
	n = lease_irrevocable(req->vault, &ids);
	for (size_t i = 0; i < n; i++) {
		const char *mount = accessor_of(req, ids[i]);
		json_int_t now =
		    json_integer_value(json_object_get(counts, mount));

		json_object_set_new(counts, mount, json_integer(now + 1));
		free(ids[i]);
	}
	free(ids);
	return reply_data(req, json_pack("{s:I, s:o}", "lease_count",
				   (json_int_t)n, "counts", counts));
}

static json_t *
irrevocable(struct request *req, const char *id)
{
	struct lease *l = lease_find(req->vault, id);
	json_t *out = json_pack("{s:s, s:s, s:s}", "lease_id", id,
	    "mount_id", accessor_of(req, id), "error",
	    l && l->error ? l->error : "");

	lease_free(l);
	return out;
}

static verdict
list_irrevocable(struct request *req)
{
	json_t *leases;
	char **ids;
	size_t n;

	if (strcmp(par_str(req, "type"), "irrevocable") != 0)
		return reply_none(req);
	leases = json_array();
	n = lease_irrevocable(req->vault, &ids);
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(leases, irrevocable(req, ids[i]));
		free(ids[i]);
	}
	free(ids);
	return reply_data(req, json_pack("{s:I, s:o}", "lease_count",
				   (json_int_t)n, "leases", leases));
}

/* Each call under its name and, of old, right below sys/. */
#define TWICE(ops, path, flags, handler, help)                        \
	{ ops, "sys/leases/" path, flags, params, handler, NULL, help }, \
	{ ops, "sys/" path, flags, params, handler, NULL, help }

const struct route sys_leases_routes[] = {
	{ OP_READ, "sys/leases", R_SUDO, irrevocable_params, list_irrevocable,
	    NULL, "Leases that could not be ended" },
	{ OP_READ, "sys/leases/count", 0, irrevocable_params, count, NULL,
	    "How many leases could not be ended" },
	{ OP_WRITE, "sys/leases/lookup", 0, params, lookup, NULL,
	    "Describe a lease" },
	{ OP_LIST, "sys/leases/lookup/{prefix:rest}", R_SUDO, params, list,
	    NULL, "Lease ids below a prefix" },
	{ OP_WRITE, "sys/leases/lookup/{url_lease_id:more}", 0, params,
	    lookup, NULL, "Describe a lease" },
	TWICE(OP_WRITE, "renew", 0, renew, "Renew a lease"),
	TWICE(OP_WRITE, "renew/{url_lease_id:more}", 0, renew,
	    "Renew a lease"),
	TWICE(OP_WRITE, "revoke", 0, revoke, "End a lease"),
	TWICE(OP_WRITE, "revoke-force/{prefix:more}", R_SUDO, revoke_force,
	    "Forget every lease below a prefix"),
	TWICE(OP_WRITE, "revoke-prefix/{prefix:more}", R_SUDO, revoke_prefix,
	    "End every lease below a prefix"),
	TWICE(OP_WRITE, "revoke/{url_lease_id:more}", 0, revoke,
	    "End a lease"),
	{ OP_WRITE, "sys/leases/tidy", 0, NULL, tidy, NULL,
	    "Clean up after leases" },
	ROUTE_END,
};
